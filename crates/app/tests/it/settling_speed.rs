//! How many bills with holds, ledger, shares and events a second, beside one-row commits of the same
//! database. Not part of the tests:
//! `cargo test -p app --test it settling_speed -- --ignored --nocapture`.

use crate::promotions::Market;
use crate::scene::{NOON, Pile, end, id};
use app::{NewDevice, PayBy, Place};
use device::ChargeKey;
use domain::ledger::{Asset, postings};
use domain::request::start_plan;
use domain::settlement::Wishes;
use kernel::Fen;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Db, ledger, members, settings, stations};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// Devices of four ports, each with a charge of a member of its own.
const DEVICES: u64 = 100;
/// Reports under way at the same time, and commits.
const CLIENTS: usize = 8;
/// How long one-row commits go on.
const COMMITS: Duration = Duration::from_secs(3);

/// A running charge: the device that reports its end, and what it calls it.
type Running = (Arc<Pile>, ChargeKey, u16);

async fn charges(market: &Market, db: &Db) -> Vec<Running> {
    let app = &market.scene.app;
    let mut running = Vec::new();
    for number in 0..DEVICES {
        let device = id(&format!("{}", 82_210_225_100_000 + number));
        let new = NewDevice {
            phy_id: Some(device.clone()),
            port_count: Some(4),
            rated_power_w: Some(6000),
            ..NewDevice::default()
        };
        app.create_device("test", new).await.expect("a device");
        let mut tx = db.begin().await.expect("a transaction");
        let at = market.station.0;
        let taken = stations::take_devices(tx.conn(), at, std::slice::from_ref(&device), NOON);
        assert_eq!(taken.await.expect("ok"), 1);
        tx.commit().await.expect("committed");
        let tariff = Some(market.tariff);
        let bound = app.bind_tariff("anna", tariff, Place::Device(device.clone()));
        bound.await.expect("bound");
        let mut pile = market.scene.connect(device.as_str()).await;
        let mut orders = Vec::new();
        for port in 1..=4_u16 {
            let phone = format!("139{:08}", number * 4 + u64::from(port));
            let mut tx = db.begin().await.expect("a transaction");
            let member = members::register(tx.conn(), &phone, NOON).await;
            let member = member.expect("registered");
            let paid = postings::recharge(&phone, member, Asset::Mock, Fen(20_000), Fen(100));
            let posted = ledger::post(tx.conn(), &[paid], "test", NOON).await;
            posted.expect("posted");
            tx.commit().await.expect("committed");
            let member = app.member(member).await.expect("there");
            let plan = json!({"port_no": port, "charge_mode": 4, "amount": 10_000});
            let plan = start_plan(&plan).expect("a legal request");
            let wishes = Wishes::default();
            let started = app
                .start_for_member(&member, &device, plan, PayBy::Wallet, wishes)
                .await;
            let order = started.expect("started").order;
            pile.begins(&order).await;
            orders.push((ChargeKey::Order(order.order_no), port));
        }
        let pile = Arc::new(pile);
        running.extend(
            orders
                .into_iter()
                .map(|(key, port)| (pile.clone(), key, port)),
        );
    }
    running
}

/// Commits a second.
async fn one_row(db: &Db) -> f64 {
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let db = db.clone();
        clients.spawn(async move {
            let mut count = 0_u32;
            while began.elapsed() < COMMITS {
                let key = format!("speed-{client}-{count}");
                let mut direct = db.direct().await.expect("a connection");
                let put = settings::put(direct.conn(), &key, &Value::from(1), "test", NOON).await;
                put.expect("written");
                count += 1;
            }
            count
        });
    }
    let count: u32 = clients.join_all().await.into_iter().sum();
    f64::from(count) / began.elapsed().as_secs_f64()
}

async fn measured(db: &Db) {
    let market = Market::new(db).await;
    let running = charges(&market, db).await;
    let total = u32::try_from(running.len()).expect("few");
    market.scene.advance(3600);
    let before = one_row(db).await;
    let waiting = Arc::new(Mutex::new(VecDeque::from(running)));
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let waiting = waiting.clone();
        clients.spawn(async move {
            loop {
                let next = waiting.lock().await.pop_front();
                let Some((pile, key, port)) = next else { break };
                assert!(pile.ends(end(key, port, 3600, 1000)).await.is_some());
            }
        });
    }
    clients.join_all().await;
    let settled = f64::from(total) / began.elapsed().as_secs_f64();
    let after = one_row(db).await;
    let commits = f64::midpoint(before, after);
    let mut view = db.view().await.expect("a connection");
    let report = ledger::verify(view.conn()).await.expect("read");
    assert!(report.is_clean(), "{report:#?}");
    println!(
        "{}: {settled:.0} settlements/s with ledger, shares and events; {commits:.0} one-row \
         commits/s; {:.2}",
        db.engine(),
        settled / commits
    );
}

testkit::measured_on_both_engines! { measured }
