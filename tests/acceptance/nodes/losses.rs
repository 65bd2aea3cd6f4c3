//! Nodes that die, hang, or are cut off.

use super::soundness::assert_sound;
use crate::harness::database::Database;
use crate::harness::nodes::Node;
use crate::harness::{DEVICE, Engine, Nodes, SECOND_DEVICE, eventually, fast};
use std::process::Command;

fn signal(node: &Node, name: &str) {
    let id = node.program.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status();
    assert!(sent.expect("kill exists").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_loses_nothing() {
    let mut site = Nodes::open(2).await;
    site.next_to(0);
    let device = site.device(fast(DEVICE)).await;
    let other = site.device(fast(SECOND_DEVICE)).await;
    let order_no = site.all[1].start_charge(DEVICE, 1, 3600).await;
    device.plug(1).await.expect("the device lives");
    site.all[1].wait_status(&order_no, "charging").await;
    // One of the two never comes back: somebody has to end its order.
    site.next_to(1);
    site.all[0].program.kill();
    drop(other);
    let left = &site.all[1];
    eventually("the device is at the node that is left", async || {
        let rows = site.psql(&format!(
            "select count(*) from devices d join cluster_runs r on r.id = d.session_run \
             where d.phy_id = '{DEVICE}' and r.node = 'node-1'"
        ));
        (rows == [["1"]]).then_some(())
    })
    .await;
    left.wait_online(SECOND_DEVICE, false).await;
    left.stop_charge(DEVICE, 1, &order_no).await;
    left.wait_status(&order_no, "completed").await;
    eventually("the bill is told", async || {
        let events = site.events_of(&order_no);
        events
            .iter()
            .any(|event| event.event_type() == "order.completed")
            .then_some(())
    })
    .await;
    site.all[1].wait_alarm("node_down", true).await;
    // The dead one comes back at once, under its name.
    site.all[0].program.start_again().await;
    site.all[1].wait_alarm("node_down", false).await;
    site.all[0].wait_status(&order_no, "completed").await;
    site.all[0].wait_online(DEVICE, true).await;
    assert_sound(&site);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_hangs_is_taken_for_dead_and_comes_back() {
    let site = Nodes::open(2).await;
    site.next_to(0);
    let device = site.device(fast(DEVICE)).await;
    let order_no = site.all[1].start_charge(DEVICE, 1, 3600).await;
    device.plug(1).await.expect("the device lives");
    site.all[1].wait_status(&order_no, "charging").await;
    signal(&site.all[0], "-STOP");
    site.next_to(1);
    site.balancer.cut();
    eventually("the others take it for dead", async || {
        let rows = site.psql("select node from cluster_runs where state in ('up', 'draining')");
        (rows == [["node-1"]]).then_some(())
    })
    .await;
    site.all[1].wait_online(DEVICE, true).await;
    site.all[1].stop_charge(DEVICE, 1, &order_no).await;
    site.all[1].wait_status(&order_no, "completed").await;
    signal(&site.all[0], "-CONT");
    eventually("it begins anew", async || {
        let rows = site
            .psql("select node from cluster_runs where state in ('up', 'draining') order by node");
        (rows == [["node-0"], ["node-1"]]).then_some(())
    })
    .await;
    site.all[0].wait_status(&order_no, "completed").await;
    site.all[0].wait_online(DEVICE, true).await;
    let again = site.all[0].start_charge(DEVICE, 1, 3600).await;
    site.all[1].wait_status(&again, "charging").await;
    assert_sound(&site);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_charging_goes_on_and_with_it_all_is_as_before() {
    let site = Nodes::open(2).await;
    site.next_to(0);
    let device = site.device(fast(DEVICE)).await;
    let order_no = site.all[0].start_charge(DEVICE, 1, 3600).await;
    device.plug(1).await.expect("the device lives");
    site.all[0].wait_status(&order_no, "charging").await;
    site.redis.kill().expect("it was there");
    // At its own node at once; from the other one it takes until the queue is looked at.
    site.all[0].stop_charge(DEVICE, 1, &order_no).await;
    site.all[1].wait_status(&order_no, "completed").await;
    let second = site.all[1].start_charge(DEVICE, 1, 3600).await;
    site.all[1].wait_status(&second, "charging").await;
    site.all[0].wait_alarm("redis_down", true).await;
    site.redis.resume().expect("Redis starts");
    site.all[0].wait_alarm("redis_down", false).await;
    eventually("the register is written anew", async || {
        let there = site
            .redis
            .cli(&["GET", &format!("session:{DEVICE}")])
            .ok()?;
        there.contains("node-0").then_some(())
    })
    .await;
    site.all[1].stop_charge(DEVICE, 1, &second).await;
    site.all[0].wait_status(&second, "completed").await;
    assert_sound(&site);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_open_at_one_end_only_is_noticed() {
    let database = Database::create(Engine::Postgres).await;
    let site = Nodes::with(2, database, &[("OFFLINE_AFTER_S", "3")]).await;
    site.next_to(0);
    let _device = site.device(fast(DEVICE)).await;
    site.balancer.swallow(true);
    for node in &site.all {
        node.wait_online(DEVICE, false).await;
    }
    // The device knows nothing of it, and goes on with its heartbeats.
    site.balancer.swallow(false);
    for node in &site.all {
        node.wait_online(DEVICE, true).await;
    }
}

/// What a server says that is to use a database and must not.
fn refusal(database: &str, variables: &[(&str, &str)]) -> String {
    let output = Command::new(crate::harness::program::binary())
        .args(["serve"])
        .env("OPENPILE__DATABASE__URL", database)
        .envs(
            variables
                .iter()
                .map(|(key, value)| (format!("OPENPILE__{key}"), value)),
        )
        .env(
            "OPENPILE__DATA_DIR",
            tempfile::tempdir().expect("a folder").path(),
        )
        .output()
        .expect("the program can be started");
    assert!(!output.status.success());
    let [out, errors] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{errors}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_node_of_one_name_is_refused() {
    let site = Nodes::open(1).await;
    let said = refusal(
        site.database.url().expect("PostgreSQL"),
        &[
            ("REDIS__URL", &site.redis.url()),
            ("CLUSTER__NODE", "node-0"),
            ("CLUSTER__BEAT_S", "0.5"),
            ("CLUSTER__DEAD_AFTER_S", "3"),
        ],
    );
    assert!(
        said.contains("another node of this name is alive"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_by_itself_is_refused_where_nodes_are() {
    let site = Nodes::open(1).await;
    let said = refusal(site.database.url().expect("PostgreSQL"), &[]);
    assert!(said.contains("another server uses this database"), "{said}");
    site.all[0].wait_alarm("node_down", false).await;
}
