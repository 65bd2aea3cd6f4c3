//! Kill -9 at many points: nothing that was acknowledged is lost, nothing is billed twice.

use crate::harness::http::{API_KEY, try_send};
use crate::harness::site::frames;
use crate::harness::{DEVICE, SECOND_DEVICE, Site, eventually, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::SimDevice;
use simulator::device::Direction;
use simulator::pile::{Automatic, Dialect, Load, Setup};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;
use tokio::time::sleep;

/// How often the program is killed at least. Where the machine is slow, a kill may come before any
/// port is free again; more rounds follow until enough starts were acknowledged.
const ROUNDS: usize = 7;
const ROUNDS_MAX: usize = 40;
const ORDERS: usize = 10;
/// The latest moment of a kill after the calls of its round.
const LATEST_MS: u64 = 1_400;
/// A charge of this many seconds lasts a third of a second here.
const CHARGE_S: u16 = 60;
const PORTS: u16 = 4;

/// A device whose user plugs in and out by himself.
fn busy(id: &str, seed: u64) -> Setup {
    Setup {
        speed: 180,
        seed,
        ports: PORTS,
        loads: vec![Load {
            wh_per_hour: 60_000,
            capacity_wh: None,
            ..Load::acceptance(0)
        }],
        automatic: Some(Automatic {
            plug_after: Duration::from_secs(1),
            unplug_after: Some(Duration::from_secs(10)),
        }),
        ..Setup::new(id, Dialect::V86)
    }
}

/// Numbers that follow from a seed alone: a failure can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn seed() -> u64 {
    let fixed = std::env::var("OPENPILE_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    fixed.unwrap_or_else(|| RandomState::new().build_hasher().finish())
}

/// Tries a start on every port; the numbers of the orders that were acknowledged.
async fn start_everywhere(site: &Site, devices: &[SimDevice]) -> Vec<String> {
    let mut calls = Vec::new();
    for device in devices {
        for port in 1..=PORTS {
            let body = json!({"port_no": port, "charge_mode": 1, "duration": CHARGE_S,
                              "amount": 5000, "price_per_kwh": 150});
            let path = format!("/api/v1/third/devices/{}/charge", device.id());
            let request = site
                .http
                .request(Method::POST, &path)
                .header("X-Api-Key", API_KEY);
            calls.push(tokio::spawn(try_send(request.json(&body))));
        }
    }
    let mut orders = Vec::new();
    for call in calls {
        // Errors are calls that the kill has cut off: nobody was promised anything.
        if let Ok(Ok(answer)) = call.await
            && answer.status == 200
        {
            orders.push(
                answer.data()["order_no"]
                    .as_str()
                    .expect("a number")
                    .to_owned(),
            );
        }
    }
    orders
}

/// What the devices themselves counted: order → seconds, 0.01 kWh.
fn settlements(devices: &[SimDevice]) -> BTreeMap<String, (u32, u16)> {
    devices
        .iter()
        .flat_map(|device| frames(device, Direction::Up, 0x0003))
        .map(|frame| {
            let body = &frame.body;
            let seconds = u32::from_be_bytes([body[17], body[18], body[19], body[20]]);
            (
                frame.order_at(0),
                (seconds, u16::from_be_bytes([body[21], body[22]])),
            )
        })
        .collect()
}

fn terminal(order: &Value) -> bool {
    matches!(
        order["status"].as_str(),
        Some("completed" | "failed" | "cancelled")
    )
}

on_both_engines! {
    async fn a4_n07_kill_9_at_many_points(engine) {
        let seed = seed();
        eprintln!("OPENPILE_TEST_SEED={seed}");
        let mut dice = Dice(seed);
        let changes = [("RATE__WRITE__BURST", "1000"), ("SWEEP_S", "1"),
                       ("OFFLINE_RETRY_S", "1"), ("ACK_RETRIES", "20")];
        let mut site = Site::with(engine, &changes).await;
        let mut devices = Vec::new();
        for (id, salt) in [(DEVICE, 1), (SECOND_DEVICE, 2)] {
            devices.push(site.device(busy(id, seed.wrapping_add(salt))).await);
        }
        let mut acknowledged = BTreeSet::new();
        for round in 0..ROUNDS_MAX {
            if round >= ROUNDS && acknowledged.len() >= ORDERS {
                break;
            }
            let delay = Duration::from_millis(dice.below(LATEST_MS));
            let (orders, ()) = {
                let calls = start_everywhere(&site, &devices);
                if dice.below(4) == 0 {
                    // In the midst of the calls themselves.
                    let id = site.program.id().to_string();
                    tokio::join!(calls, async {
                        sleep(delay / 20).await;
                        let killed = std::process::Command::new("kill").args(["-9", &id]).status();
                        assert!(killed.expect("kill exists").success());
                    })
                } else {
                    tokio::join!(calls, async {})
                }
            };
            acknowledged.extend(orders);
            sleep(delay).await;
            site.program.kill();
            site.program.start_again().await;
        }
        assert!(acknowledged.len() >= ORDERS, "most calls come through: {acknowledged:?}");

        for order_no in &acknowledged {
            let order = site.wait_order(order_no, "comes to an end", terminal).await;
            assert_eq!(order["status"], "completed", "seed {seed}: {order}");
        }
        eventually("no device keeps a settlement", async || {
            for device in &devices {
                let views = device.ports().await;
                if views.iter().any(|view| view.session.is_some()) {
                    return None;
                }
            }
            let told = settlements(&devices).into_keys().collect::<BTreeSet<_>>();
            let heard: BTreeSet<String> = devices
                .iter()
                .flat_map(|device| frames(device, Direction::Down, 0x0003))
                .map(|frame| frame.order_at(0))
                .collect();
            (told == heard).then_some(())
        })
        .await;

        let told = settlements(&devices);
        for order_no in acknowledged.iter().chain(told.keys()) {
            let order = site.order(order_no).await;
            let (seconds, energy) = told[order_no];
            assert_eq!(order["status"], "completed", "seed {seed}: {order}");
            assert_eq!(order["duration_sec"], seconds, "seed {seed}: {order}");
            let fen = (u32::from(energy) * 150 + 50) / 100;
            assert_eq!(order["final_amount_fen"], fen, "seed {seed}: {order}");
            assert_eq!(order["provisional"], false, "seed {seed}: {order}");
        }
        for order_no in told.keys() {
            site.event("order.completed", order_no).await;
        }
        assert_told_once(&site, &told);
        if let Some(rows) = site.database.psql(
            "SELECT order_no FROM device_records WHERE kind='matched' GROUP BY order_no \
             HAVING count(*) > 1",
        ) {
            assert!(rows.is_empty(), "seed {seed}: settled twice: {rows:?}");
        }
    }

    /// A kill between the commit of a settlement and its acknowledgement: the device repeats, is
    /// answered, and nothing changes.
    async fn a4_n07_killed_before_the_acknowledgement(engine) {
        use crate::harness::wire::{self, Settlement};
        use crate::harness::Peer;
        let mut site = Site::open(engine).await;
        let end = Settlement { duration_s: 60, energy: 10, amount_fen: 15, reason: 0 };
        for delay_ms in [0, 1, 2, 4, 8, 16] {
            let mut peer = Peer::gateway(site.tcp[0], DEVICE, 1).await;
            site.wait_port(DEVICE, 1, "known", |port| port["port_no"] == 1).await;
            let body = json!({"port_no": 1, "charge_mode": 1, "duration": 60, "amount": 500,
                              "price_per_kwh": 150});
            let order_no = site.start(DEVICE, &body).await;
            let start = peer.expect("a start", |frame| frame.cmd == 0x0082).await;
            peer.send(&wire::control_answer(DEVICE, start.seq, 0, &order_no, 1)).await;
            peer.send(&wire::confirm(DEVICE, 3, &order_no, 1, 0)).await;
            peer.expect("a noted confirm", |frame| frame.cmd == 0x0004).await;
            peer.send(&wire::settlement(DEVICE, 4, &order_no, 1, end)).await;
            sleep(Duration::from_millis(delay_ms)).await;
            site.program.kill();
            site.program.start_again().await;
            let mut peer = Peer::gateway(site.tcp[0], DEVICE, 1).await;
            peer.send(&wire::settlement(DEVICE, 5, &order_no, 1, end)).await;
            let noted = peer.expect("a noted settlement", |frame| frame.cmd == 0x0003).await;
            assert_eq!(noted.order_at(0), order_no);
            let order = site.order(&order_no).await;
            assert_eq!(order["status"], "completed", "{order}");
            assert_eq!(order["final_amount_fen"], 15, "{order}");
            assert_eq!(order["adjusted"], false, "billed once: {order}");
            site.event("order.completed", &order_no).await;
            let path = format!("/api/v1/admin/webhooks/events?type=order.completed&order_no={order_no}");
            let events = site.http.admin_get(&path).await;
            assert_eq!(events.data()["total"], 1, "told once: {}", events.text);
        }
    }
}

/// Webhooks may be repeated after a crash, but under the same id: a receiver that looks at ids
/// sees every fact once.
fn assert_told_once(site: &Site, orders: &BTreeMap<String, (u32, u16)>) {
    for order_no in orders.keys() {
        let events = site.events_of(order_no);
        for kind in [
            "order.created",
            "charging.started",
            "charging.ended",
            "order.completed",
        ] {
            let ids: BTreeSet<&str> = events
                .iter()
                .filter(|event| event.event_type() == kind)
                .map(testkit::receiver::Received::event_id)
                .collect();
            assert_eq!(ids.len(), 1, "{kind} of {order_no}: {ids:?}");
        }
    }
}
