use crate::fixtures::{NOW, device, later, phy, stored};
use kernel::{DeviceId, RunId, Timestamp};
use std::time::Duration;
use store::cluster::runs::{NewRun, RunState};
use store::cluster::{leases, runs, sessions};
use store::commands::{self, NewCommand};
use store::{Db, devices, orders};

const TERM: Duration = Duration::from_mins(1);

async fn run(db: &Db, node: &str) -> Option<RunId> {
    let new = NewRun {
        node: node.to_owned(),
        home: format!("home of {node}"),
        version: "1".to_owned(),
    };
    let tx = db.begin().await.expect("a transaction");
    runs::begin(tx, &new).await.expect("ok")
}

async fn claim(db: &Db, run: RunId, device: DeviceId) -> i64 {
    let mut lease = db.direct().await.expect("a connection");
    let claims = sessions::claim(lease.conn(), run, &[device]).await;
    claims.expect("ok")[0].session_epoch
}

testkit::both_engines! {
    async fn a_node_has_one_run_at_a_time(db: &Db) {
        let first = run(db, "a").await.expect("begun");
        assert_eq!(run(db, "a").await, None, "the name is taken");
        let other = run(db, "b").await.expect("begun");
        let mut lease = db.direct().await.expect("a connection");
        assert!(runs::beat(lease.conn(), first).await.expect("ok"));
        runs::drain(lease.conn(), other).await.expect("ok");
        let living = runs::living(lease.conn()).await.expect("ok");
        let states: Vec<_> = living.iter().map(|run| (run.id, run.state)).collect();
        assert_eq!(states, [(first, RunState::Up), (other, RunState::Draining)]);
        assert!(living.iter().all(|run| (0..60_000).contains(&run.silent_ms)));
        // Patience that nobody can have: both count as silent.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let ended = runs::end_silent(lease.conn(), Duration::ZERO).await.expect("ok");
        assert_eq!(ended, [first, other]);
        assert!(!runs::beat(lease.conn(), first).await.expect("ok"), "the dead do not come back");
        let lost = runs::lost_nodes(lease.conn(), Timestamp(0)).await.expect("ok");
        assert_eq!(lost, ["a", "b"]);
        drop(lease);
        let again = run(db, "a").await.expect("the name is free");
        let mut lease = db.direct().await.expect("a connection");
        let found = runs::of_node(lease.conn(), "a").await.expect("ok").expect("one");
        assert_eq!((found.id, found.home.as_str()), (again, "home of a"));
        let lost = runs::lost_nodes(lease.conn(), Timestamp(0)).await.expect("ok");
        assert_eq!(lost, ["b"], "the other is back");
        assert!(runs::end(lease.conn(), again).await.expect("ok"));
        assert!(!runs::end(lease.conn(), again).await.expect("ok"));
        let nodes = runs::nodes(lease.conn()).await.expect("ok");
        let shown: Vec<_> = nodes.iter().map(|node| (node.node.as_str(), node.state, node.devices)).collect();
        assert_eq!(shown, [("a", RunState::Gone, 0), ("b", RunState::Lost, 0)]);
        assert_eq!(runs::purge(lease.conn()).await.expect("ok"), 0, "not long ago");
    }

    async fn work_is_one_runs_until_it_is_given_back_or_its_lease_ends(db: &Db) {
        let (one, other) = (run(db, "a").await.expect("begun"), run(db, "b").await.expect("begun"));
        let mut lease = db.direct().await.expect("a connection");
        let works = ["sweep", "outbox"];
        let held = leases::take(lease.conn(), one, &works, TERM).await.expect("ok");
        assert_eq!(held.len(), 2);
        let held = leases::take(lease.conn(), other, &["outbox", "reports"], TERM).await.expect("ok");
        assert_eq!(held, ["reports"]);
        // Kept by whoever has it.
        let held = leases::take(lease.conn(), one, &works, Duration::ZERO).await.expect("ok");
        assert_eq!(held.len(), 2);
        tokio::time::sleep(Duration::from_millis(5)).await;
        let held = leases::take(lease.conn(), other, &["outbox"], TERM).await.expect("ok");
        assert_eq!(held, ["outbox"], "its lease had ended");
        leases::give_back(lease.conn(), other, &["reports"]).await.expect("ok");
        let who = leases::held(lease.conn()).await.expect("ok");
        let who: Vec<_> = who.iter().map(|lease| (lease.work.as_str(), lease.run_id)).collect();
        assert_eq!(who, [("outbox", other)]);
        leases::give_back_all(lease.conn(), other).await.expect("ok");
        assert!(leases::held(lease.conn()).await.expect("ok").is_empty());
    }

    async fn an_older_epoch_ends_nothing(db: &Db) {
        let (one, other) = (run(db, "a").await.expect("begun"), run(db, "b").await.expect("begun"));
        let id = device(db, "82210225000520").await;
        let first = claim(db, one, id).await;
        let second = claim(db, other, id).await;
        assert!(second > first);
        let mut lease = db.direct().await.expect("a connection");
        let freed = sessions::release(lease.conn(), one, &[(id, first)]).await.expect("ok");
        assert!(freed.is_empty(), "it has moved");
        assert_eq!(sessions::holders(lease.conn()).await.expect("ok"), [other]);
        let held = sessions::of_run(lease.conn(), other).await.expect("ok");
        assert_eq!((held.len(), held[0].session_epoch), (1, second));
        assert!(sessions::of_run(lease.conn(), one).await.expect("ok").is_empty());
        let row = devices::find(lease.conn(), id).await.expect("ok").expect("there");
        assert_eq!((row.session_run, row.session_epoch), (Some(other), second));
        let freed = sessions::release(lease.conn(), other, &[(id, second)]).await.expect("ok");
        assert_eq!(freed[0].phy_id, phy("82210225000520"));
        drop(lease);
        let third = claim(db, one, id).await;
        assert!(third > second, "epochs go on after an end");
        let mut lease = db.direct().await.expect("a connection");
        let freed = sessions::release_of_run(lease.conn(), one, 10).await.expect("ok");
        assert_eq!((freed.len(), freed[0].session_epoch), (1, third));
    }

    async fn a_command_is_handed_over_by_the_run_that_holds_the_device(db: &Db) {
        let (one, other) = (run(db, "a").await.expect("begun"), run(db, "b").await.expect("begun"));
        let id = device(db, "82210225000520").await;
        claim(db, one, id).await;
        let new = NewCommand {
            device_id: id,
            phy_id: phy("82210225000520"),
            order_no: None,
            trace: None,
            command: device::Command::SyncTime,
            expire_at: None,
            at: NOW,
        };
        let mut lease = db.direct().await.expect("a connection");
        let command = commands::enqueue(lease.conn(), &new).await.expect("ok");
        let handed = commands::hand_over(lease.conn(), Some(other), &[command], NOW).await;
        assert_eq!(handed.expect("ok"), 0, "the device is not there");
        let handed = commands::hand_over(lease.conn(), Some(one), &[command], NOW).await;
        assert_eq!(handed.expect("ok"), 1);
    }

    async fn orders_of_devices_that_nobody_holds_are_found(db: &Db) {
        let one = run(db, "a").await.expect("begun");
        let id = device(db, "82210225000520").await;
        let order = stored(db, "THD1729407600001", id, 1).await;
        let mut lease = db.direct().await.expect("a connection");
        let alone = orders::devices_alone_with_orders(lease.conn()).await.expect("ok");
        assert_eq!(alone, [phy("82210225000520")]);
        let alive = orders::list_alive_of(lease.conn(), &[id]).await.expect("ok");
        assert_eq!(alive, [order]);
        drop(lease);
        claim(db, one, id).await;
        let mut lease = db.direct().await.expect("a connection");
        let alone = orders::devices_alone_with_orders(lease.conn()).await.expect("ok");
        assert!(alone.is_empty());
        // Signs of life come from the run that holds the device.
        let life = |at| devices::LiveDevice {
            id,
            last_seen_at: Some(later(at)),
            online_since: Some(NOW),
            rssi: None,
            temp: None,
            ip: None,
        };
        let stranger = Some(RunId(one.0 + 1));
        let written = devices::flush_live(lease.conn(), stranger, &[life(9)]).await;
        assert_eq!(written.expect("ok"), 0);
        let written = devices::flush_live(lease.conn(), Some(one), &[life(5)]).await;
        assert_eq!(written.expect("ok"), 1);
    }
}
