//! Versions of prices, where they apply, and what became of them on devices.

use crate::fixtures::{NOW, device, later, phy};
use device::{Rate, TariffTable};
use domain::tariff::VersionState;
use kernel::{DeviceId, PortNo, Price, Timestamp};
use store::tariffs::{self, PushNote, Scope};
use store::{Db, PageRequest, Tx, devices};

const ALL: PageRequest = PageRequest { page: 1, size: 50 };

fn rates(electricity: i64) -> Vec<Rate> {
    let rate = |electricity| Rate {
        electricity: Price(electricity),
        service: Price(40_000),
    };
    vec![rate(electricity), rate(30_000)]
}

fn slots() -> Vec<u8> {
    [vec![1; 16], vec![0; 32]].concat()
}

/// A tariff whose first version is in force since `from`.
async fn approved(db: &Db, name: &str, from: Timestamp) -> i64 {
    let mut tx = db.begin().await.expect("a transaction");
    let id = tariffs::insert(tx.conn(), name, "anna", NOW)
        .await
        .expect("a row");
    version(&mut tx, id, from).await;
    tx.commit().await.expect("committed");
    id
}

/// The next version of a tariff, approved.
async fn version(tx: &mut Tx, tariff: i64, from: Timestamp) {
    let prices = (&rates(100_000)[..], &slots()[..]);
    let row = tariffs::insert_version(tx.conn(), tariff, prices, from, "anna", NOW).await;
    let row = row.expect("a version");
    for step in [
        (VersionState::Draft, VersionState::Submitted),
        (VersionState::Submitted, VersionState::Approved),
    ] {
        let moved = tariffs::move_version(tx.conn(), row, step, Some(("bela", None)), NOW).await;
        assert!(moved.expect("ok"));
    }
}

async fn bind(db: &Db, tariff: i64, scope: Scope) {
    let mut tx = db.begin().await.expect("a transaction");
    tariffs::bind(tx.conn(), tariff, scope, "anna", NOW)
        .await
        .expect("bound");
    tx.commit().await.expect("committed");
}

async fn in_station(db: &Db, device: DeviceId) {
    let mut lease = db.direct().await.expect("a connection");
    let moved = devices::set_station(lease.conn(), device, Some(7), later(1)).await;
    assert!(moved.expect("ok"));
}

/// Name and version of what is in force.
async fn in_force(
    db: &Db,
    device: DeviceId,
    port: Option<u16>,
    at: Timestamp,
) -> Option<(String, i32)> {
    let mut view = db.view().await.expect("a connection");
    let found = tariffs::in_force(view.conn(), device, port.map(PortNo), at).await;
    let found = found.expect("readable rows")?;
    Some((found.name, found.version))
}

fn named(name: &str, version: i32) -> (String, i32) {
    (name.to_owned(), version)
}

testkit::both_engines! {
    async fn a_version_is_written_rewritten_and_reviewed(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        let id = tariffs::insert(tx.conn(), "T1", "anna", NOW).await.expect("a row");
        let (rates, slots) = (rates(120_000), slots());
        let row = tariffs::insert_version(tx.conn(), id, (&rates, &slots), later(60), "anna", NOW)
            .await
            .expect("a version");
        let found = tariffs::find_version(tx.conn(), id, 1).await.expect("ok").expect("there");
        assert_eq!((found.id, found.version, found.state), (row, 1, VersionState::Draft));
        assert_eq!((found.effective_at, found.written_by.as_str()), (later(60), "anna"));
        let model = domain::tariff::model_number(row);
        assert_eq!(found.table, TariffTable { model, rates: rates.clone(), slots: slots.clone() });
        assert!(found.table.is_complete());

        let dearer = self::rates(130_000);
        let rewritten =
            tariffs::rewrite_version(tx.conn(), row, (&dearer, &slots), NOW, "cyn", later(1)).await;
        assert!(rewritten.expect("ok"));
        let step = (VersionState::Draft, VersionState::Submitted);
        assert!(tariffs::move_version(tx.conn(), row, step, None, later(2)).await.expect("ok"));
        let again = tariffs::move_version(tx.conn(), row, step, None, later(2)).await;
        assert!(!again.expect("ok"), "it is not a draft any more");
        let late =
            tariffs::rewrite_version(tx.conn(), row, (&rates, &slots), NOW, "anna", later(3)).await;
        assert!(!late.expect("ok"), "what was submitted stays as it is");
        let step = (VersionState::Submitted, VersionState::Approved);
        let by = Some(("bela", Some("as agreed")));
        assert!(tariffs::move_version(tx.conn(), row, step, by, later(4)).await.expect("ok"));
        let late =
            tariffs::rewrite_version(tx.conn(), row, (&rates, &slots), NOW, "anna", later(5)).await;
        assert!(!late.expect("ok"), "what was approved is never rewritten");

        let found = tariffs::find_version(tx.conn(), id, 1).await.expect("ok").expect("there");
        assert_eq!((found.table.rates, found.written_by.as_str()), (dearer, "cyn"));
        assert_eq!((found.written_at, found.state), (later(1), VersionState::Approved));
        assert_eq!(found.reviewed_by.as_deref(), Some("bela"));
        assert_eq!(found.reviewed_at, Some(later(4)));
        assert_eq!(found.review_note.as_deref(), Some("as agreed"));
        tx.commit().await.expect("committed");
    }

    async fn versions_count_per_tariff_and_numbers_per_version(db: &Db) {
        let first = approved(db, "first", NOW).await;
        let second = approved(db, "second", NOW).await;
        let mut tx = db.begin().await.expect("a transaction");
        version(&mut tx, first, later(10)).await;
        tx.commit().await.expect("committed");
        let mut view = db.view().await.expect("a connection");
        let versions = tariffs::list_versions(view.conn(), first).await.expect("ok");
        let counted: Vec<i32> = versions.iter().map(|version| version.version).collect();
        assert_eq!(counted, [2, 1], "newest first");
        let other = tariffs::list_versions(view.conn(), second).await.expect("ok");
        assert_eq!(other.len(), 1);
        assert_ne!(versions[0].table.model, versions[1].table.model);
        assert_ne!(versions[1].table.model, other[0].table.model);
        let page = tariffs::list(view.conn(), &domain::org::Scope::Everything, ALL).await.expect("ok");
        let names: Vec<&str> = page.items.iter().map(|tariff| tariff.name.as_str()).collect();
        assert_eq!(names, ["second", "first"]);
        assert!(tariffs::find(view.conn(), second + 1).await.expect("ok").is_none());
        assert!(tariffs::find_version(view.conn(), second, 2).await.expect("ok").is_none());
    }

    async fn the_ports_own_prices_go_before_the_devices_before_the_stations(db: &Db) {
        let at_station = device(db, "82210225000520").await;
        let elsewhere = device(db, "82210225000521").await;
        in_station(db, at_station).await;
        assert_eq!(in_force(db, at_station, Some(1), NOW).await, None);
        let [station, whole, port] = [
            approved(db, "station", NOW).await,
            approved(db, "device", NOW).await,
            approved(db, "port", NOW).await,
        ];
        bind(db, station, Scope::Station(7)).await;
        assert_eq!(in_force(db, at_station, Some(1), NOW).await, Some(named("station", 1)));
        assert_eq!(in_force(db, elsewhere, Some(1), NOW).await, None);
        bind(db, whole, Scope::Device(at_station)).await;
        bind(db, port, Scope::Port(at_station, PortNo(2))).await;
        assert_eq!(in_force(db, at_station, Some(1), NOW).await, Some(named("device", 1)));
        assert_eq!(in_force(db, at_station, Some(2), NOW).await, Some(named("port", 1)));
        // The device itself holds one table for all of its ports.
        assert_eq!(in_force(db, at_station, None, NOW).await, Some(named("device", 1)));

        // One tariff per place.
        bind(db, station, Scope::Port(at_station, PortNo(2))).await;
        assert_eq!(in_force(db, at_station, Some(2), NOW).await, Some(named("station", 1)));
        let mut view = db.view().await.expect("a connection");
        assert!(tariffs::list_bindings(view.conn(), port).await.expect("ok").is_empty());
        let places = tariffs::list_bindings(view.conn(), station).await.expect("ok");
        assert_eq!((places[0].scope.as_str(), places[0].station_id), ("station", Some(7)));
        assert_eq!(places[1].phy_id, Some(phy("82210225000520")));
        assert_eq!(places[1].port_no, Some(PortNo(2)));
        drop(view);

        let mut tx = db.begin().await.expect("a transaction");
        let scope = Scope::Device(at_station);
        assert!(tariffs::unbind(tx.conn(), scope).await.expect("ok"));
        assert!(!tariffs::unbind(tx.conn(), scope).await.expect("ok"), "none was left");
        tx.commit().await.expect("committed");
        assert_eq!(in_force(db, at_station, Some(1), NOW).await, Some(named("station", 1)));
    }

    async fn a_version_is_in_force_from_its_instant_until_the_next(db: &Db) {
        let device = device(db, "82210225000520").await;
        let tariff = approved(db, "T1", later(100)).await;
        bind(db, tariff, Scope::Device(device)).await;
        let mut tx = db.begin().await.expect("a transaction");
        version(&mut tx, tariff, later(200)).await;
        // A draft is nobody's price.
        let prices = (&rates(1)[..], &slots()[..]);
        tariffs::insert_version(tx.conn(), tariff, prices, later(50), "anna", NOW)
            .await
            .expect("a draft");
        tx.commit().await.expect("committed");
        for (seconds, version) in [(99, None), (100, Some(1)), (199, Some(1)), (200, Some(2))] {
            let expected = version.map(|version| named("T1", version));
            let at = later(seconds);
            assert_eq!(in_force(db, device, Some(1), at).await, expected, "{seconds} s");
            let mut view = db.view().await.expect("a connection");
            let wanted = tariffs::all_in_force(view.conn(), at).await.expect("ok");
            let alone = tariffs::in_force(view.conn(), device, None, at).await.expect("ok");
            let alone = alone.map(|snapshot| (device, snapshot.table.model));
            let all: Vec<_> = wanted.iter().map(|row| (row.device_id, row.model_no)).collect();
            assert_eq!(all, Vec::from_iter(alone), "{seconds} s");
        }
        let mut tx = db.begin().await.expect("a transaction");
        let second = tariffs::find_version(tx.conn(), tariff, 2).await.expect("ok").expect("it");
        let step = (VersionState::Approved, VersionState::Retired);
        let by = Some(("bela", None));
        assert!(tariffs::move_version(tx.conn(), second.id, step, by, NOW).await.expect("ok"));
        tx.commit().await.expect("committed");
        assert_eq!(in_force(db, device, Some(1), later(300)).await, Some(named("T1", 1)));
    }

    async fn devices_are_wanted_to_hold_their_own_prices_not_those_of_a_port(db: &Db) {
        let (one, two) = (device(db, "82210225000520").await, device(db, "82210225000521").await);
        in_station(db, one).await;
        in_station(db, two).await;
        let (shared, own) = (approved(db, "shared", NOW).await, approved(db, "own", NOW).await);
        bind(db, shared, Scope::Station(7)).await;
        bind(db, own, Scope::Device(two)).await;
        bind(db, own, Scope::Port(one, PortNo(1))).await;
        let mut view = db.view().await.expect("a connection");
        let mut model = Vec::new();
        for tariff in [shared, own] {
            let version = tariffs::find_version(view.conn(), tariff, 1).await.expect("ok");
            model.push(version.expect("it").table.model);
        }
        let mut wanted: Vec<_> = tariffs::all_in_force(view.conn(), NOW)
            .await
            .expect("ok")
            .into_iter()
            .map(|row| (row.device_id, row.model_no))
            .collect();
        wanted.sort_unstable();
        assert_eq!(wanted, [(one, model[0]), (two, model[1])]);
    }

    async fn what_became_of_prices_is_listed_newest_first(db: &Db) {
        let (one, two) = (device(db, "82210225000520").await, device(db, "82210225000521").await);
        let note = |device_id, result: &str, seconds| PushNote {
            device_id,
            phy_id: phy("82210225000520"),
            model_no: 62,
            result: result.to_owned(),
            detail: (result == "refused").then(|| "charging".to_owned()),
            at: later(seconds),
        };
        let mut tx = db.begin().await.expect("a transaction");
        for note in [note(one, "refused", 1), note(one, "accepted", 2), note(two, "same", 3)] {
            tariffs::note_push(tx.conn(), &note).await.expect("noted");
        }
        tariffs::set_held(tx.conn(), one, Some(62), true, later(2)).await.expect("noted");
        tx.commit().await.expect("committed");
        let mut view = db.view().await.expect("a connection");
        let page = tariffs::list_pushes(view.conn(), one, ALL).await.expect("ok");
        assert_eq!(page.items, [note(one, "accepted", 2), note(one, "refused", 1)]);
    }
}
