//! A fleet that charges while one node after the other is lost, hangs and is restarted.

use super::soundness::{assert_sound, assert_told_in_order};
use crate::harness::{Nodes, eventually, fast};
use simulator::SimDevice;
use std::process::Command;

const DEVICES: usize = 18;

/// Devices, and the order that each of them has at present.
struct Fleet {
    devices: Vec<SimDevice>,
    orders: Vec<String>,
    /// All orders that there have been.
    ever: Vec<String>,
}

impl Fleet {
    async fn open(site: &Nodes) -> Self {
        let ids = (0..DEVICES).map(|number| format!("82210226{number:06}"));
        let devices: Vec<SimDevice> = ids
            .map(|id| SimDevice::spawn(fast(&id), site.target()).expect("a device"))
            .collect();
        let mut fleet = Self {
            devices,
            orders: Vec::new(),
            ever: Vec::new(),
        };
        fleet.wait_online(site, 0).await;
        for place in 0..DEVICES {
            let order_no = fleet.start(site, place % site.all.len(), place).await;
            fleet.orders.push(order_no);
        }
        fleet
    }

    /// Starts a charge through that node and waits until it flows.
    async fn start(&mut self, site: &Nodes, node: usize, place: usize) -> String {
        let device = &self.devices[place];
        let order_no = site.all[node].start_charge(device.id(), 1, 65_000).await;
        device.plug(1).await.expect("the device lives");
        site.all[node].wait_status(&order_no, "charging").await;
        self.ever.push(order_no.clone());
        order_no
    }

    /// Ends every third charge through that node, and begins others in their place.
    async fn turn_over(&mut self, site: &Nodes, node: usize, from: usize) {
        for place in (from..DEVICES).step_by(3) {
            self.stop(site, node, place).await;
            self.orders[place] = self.start(site, node, place).await;
        }
    }

    async fn stop(&self, site: &Nodes, node: usize, place: usize) {
        let (device, order_no) = (self.devices[place].id(), &self.orders[place]);
        site.all[node].stop_charge(device, 1, order_no).await;
        site.all[node].wait_status(order_no, "completed").await;
    }

    async fn wait_online(&self, site: &Nodes, node: usize) {
        for device in &self.devices {
            site.all[node].wait_online(device.id(), true).await;
        }
    }

    /// Waits until the nodes that live carry every device.
    async fn wait_carried(&self, site: &Nodes) {
        eventually("every device is carried by a node that lives", async || {
            let rows = site.psql(
                "select count(*) from devices d join cluster_runs r on r.id = d.session_run \
                 where r.state in ('up', 'draining')",
            );
            (rows == [[DEVICES.to_string()]]).then_some(())
        })
        .await;
    }
}

fn signal(site: &Nodes, node: usize, name: &str) {
    let id = site.all[node].program.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status();
    assert!(sent.expect("kill exists").success());
}

async fn wait_nodes(site: &Nodes, count: usize) {
    eventually(&format!("{count} nodes live"), async || {
        let rows = site.psql("select count(*) from cluster_runs where state in ('up', 'draining')");
        (rows == [[count.to_string()]]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_charges_through_every_loss() {
    let mut site = Nodes::open(3).await;
    let mut fleet = Fleet::open(&site).await;

    // A machine dies.
    site.all[1].program.kill();
    wait_nodes(&site, 2).await;
    fleet.wait_carried(&site).await;
    fleet.turn_over(&site, 0, 0).await;
    site.all[1].program.start_again().await;
    wait_nodes(&site, 3).await;

    // Another hangs; what it holds is taken over, and it begins anew.
    signal(&site, 2, "-STOP");
    wait_nodes(&site, 2).await;
    site.balancer.cut();
    fleet.wait_carried(&site).await;
    fleet.turn_over(&site, 1, 1).await;
    signal(&site, 2, "-CONT");
    wait_nodes(&site, 3).await;
    fleet.wait_carried(&site).await;

    // Each is restarted in its turn, as an upgrade does.
    for node in 0..3 {
        assert!(site.all[node].program.stop().await.success());
        fleet.wait_carried(&site).await;
        fleet.turn_over(&site, (node + 1) % 3, 2).await;
        site.all[node].program.start_again().await;
        wait_nodes(&site, 3).await;
    }

    fleet.wait_online(&site, 0).await;
    for place in 0..DEVICES {
        fleet.stop(&site, place % 3, place).await;
    }
    for order_no in &fleet.ever {
        assert_told_in_order(&site, order_no).await;
    }
    assert_sound(&site);
}
