use crate::fixtures::{NOW, device, later, phy};
use domain::device_status::DeviceStatus;
use domain::org::Scope;
use kernel::{DeviceId, PortNo};
use std::collections::BTreeMap;
use store::devices::{self, AdminChange, DeviceFilter, Identity, LiveDevice, NewDevice};
use store::{Db, PageRequest, constraint, device_labels, ports};

testkit::both_engines! {
    async fn a_device_is_found_as_it_was_stored(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut lease = db.view().await.expect("a connection");
        let found = devices::find_by_phy_id(lease.conn(), &phy("82210225000520"))
            .await.expect("a query").expect("the device");
        assert_eq!(found.id, id);
        assert_eq!(found.status, DeviceStatus::Registered);
        assert_eq!(found.created_at, NOW);
        assert_eq!(found.offline_after_s, None);
        let by_row = devices::find(lease.conn(), id).await.expect("a query");
        assert_eq!(by_row.as_ref(), Some(&found));
        assert_eq!(devices::find(lease.conn(), DeviceId(999)).await.expect("a query"), None);
        assert_eq!(devices::all(lease.conn()).await.expect("a query"), [found]);
    }

    async fn two_devices_cannot_share_an_id(db: &Db) {
        device(db, "82210225000520").await;
        let twin = NewDevice { phy_id: Some(phy("82210225000520")), ..NewDevice::default() };
        let mut lease = db.direct().await.expect("a connection");
        let refused = devices::insert(lease.conn(), &twin, NOW).await.expect_err("a twin");
        assert!(refused.violates(constraint::DEVICE_PHY_ID), "{refused:?}");
    }

    async fn an_announced_address_meets_its_device_once(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        let announced = NewDevice { ip: Some("10.0.0.7".to_owned()), ..NewDevice::default() };
        let id = devices::insert(tx.conn(), &announced, NOW).await.expect("an entry");
        devices::insert(tx.conn(), &announced, NOW).await.expect("a second entry");
        let waiting = devices::find_awaiting_contact(tx.conn(), "10.0.0.7")
            .await.expect("a query").expect("an entry");
        assert_eq!((waiting.id, waiting.phy_id), (id, None));
        let name = phy("82241218000382");
        assert!(devices::identify(tx.conn(), id, &name, "bkv", later(5)).await.expect("ok"));
        assert!(!devices::identify(tx.conn(), id, &name, "bkv", later(5)).await.expect("ok"));
        let next = devices::find_awaiting_contact(tx.conn(), "10.0.0.7").await.expect("a query");
        assert!(next.is_some_and(|next| next.id != id), "the second entry still waits");
        let other = devices::find_awaiting_contact(tx.conn(), "10.0.0.8").await.expect("a query");
        assert_eq!(other, None);
        tx.commit().await.expect("committed");
    }

    async fn what_a_device_tells_is_merged(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut tx = db.begin().await.expect("a transaction");
        let first = Identity {
            iccid: Some("898604".to_owned()),
            firmware_version: Some("v1.9\0".to_owned()),
            port_count: Some(4),
            ip: Some("10.0.0.7".to_owned()),
            ..Identity::default()
        };
        assert!(devices::update_identity(tx.conn(), id, &first, later(1)).await.expect("ok"));
        let second = Identity {
            dialect: Some("v8.6".to_owned()),
            device_model: Some("组网版设备".to_owned()),
            ..Identity::default()
        };
        assert!(devices::update_identity(tx.conn(), id, &second, later(2)).await.expect("ok"));
        assert!(!devices::update_identity(tx.conn(), DeviceId(999), &second, NOW).await.expect("ok"));
        let found = devices::find(tx.conn(), id).await.expect("a query").expect("the device");
        assert_eq!(found.iccid.as_deref(), Some("898604"));
        assert_eq!(found.firmware_version.as_deref(), Some("v1.9\u{fffd}"), "no NUL is stored");
        assert_eq!(found.port_count, Some(4));
        assert_eq!(found.dialect.as_deref(), Some("v8.6"));
        assert_eq!(found.device_model.as_deref(), Some("组网版设备"));
        assert_eq!(found.updated_at, later(2));
        tx.commit().await.expect("committed");
    }

    async fn traits_are_learnt_one_by_one(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut tx = db.begin().await.expect("a transaction");
        for (key, value) in [("dialect", "networked"), ("ack", "short"), ("dialect", "v8.6")] {
            let learnt = BTreeMap::from([(key.to_owned(), value.to_owned())]);
            devices::learn(tx.conn(), id, &learnt, later(1)).await.expect("ok").expect("known");
        }
        let none = devices::learn(tx.conn(), DeviceId(9), &BTreeMap::new(), NOW).await.expect("ok");
        assert_eq!(none, None);
        let mut found = devices::find(tx.conn(), id).await.expect("a query").expect("the device");
        assert_eq!(found.profile.get("dialect"), Some("v8.6"));
        assert_eq!(found.profile.get("ack"), Some("short"));
        found.profile.pinned.insert("dialect".to_owned(), "networked".to_owned());
        assert!(devices::set_profile(tx.conn(), id, &found.profile, NOW).await.expect("ok"));
        let again = devices::find(tx.conn(), id).await.expect("a query").expect("the device");
        assert_eq!(again.profile.get("dialect"), Some("networked"), "pinned wins");
        tx.commit().await.expect("committed");
    }

    async fn signs_of_life_of_many_are_one_statement(db: &Db) {
        let (first, second) = (device(db, "82210225000520").await, device(db, "82241218000382").await);
        let life = |id, seen, ip: Option<&str>| LiveDevice {
            id,
            last_seen_at: Some(seen),
            online_since: Some(NOW),
            rssi: Some(-71),
            temp: None,
            ip: ip.map(str::to_owned),
        };
        let mut lease = db.direct().await.expect("a connection");
        let batch = [life(first, later(9), Some("10.0.0.7")), life(second, later(8), None)];
        assert_eq!(devices::flush_live(lease.conn(), None, &batch).await.expect("ok"), 2);
        assert_eq!(devices::flush_live(lease.conn(), None, &[]).await.expect("ok"), 0);
        let offline = LiveDevice { online_since: None, rssi: None, ..life(first, later(3), None) };
        assert_eq!(devices::flush_live(lease.conn(), None, &[offline]).await.expect("ok"), 1);
        let found = devices::find(lease.conn(), first).await.expect("a query").expect("there");
        assert_eq!(found.last_seen_at, Some(later(9)), "life never goes back");
        assert_eq!(found.online_since, None);
        assert_eq!((found.rssi, found.ip.as_deref()), (Some(-71), Some("10.0.0.7")));
        let counted = devices::count(lease.conn(), later(8)).await.expect("a query");
        assert_eq!(counted, (2, 1));
    }

    async fn lists_are_narrowed_and_paged(db: &Db) {
        for number in 0..5 {
            let id = device(db, &format!("9900000000000{number}")).await;
            if number % 2 == 0 {
                let mut lease = db.direct().await.expect("a connection");
                assert!(devices::set_status(lease.conn(), id, DeviceStatus::Disabled, later(1))
                    .await.expect("ok"));
                assert!(devices::set_offline_after(lease.conn(), id, Some(30), later(1))
                    .await.expect("ok"));
            }
        }
        let mut lease = db.view().await.expect("a connection");
        let filter = DeviceFilter {
            status: Some(DeviceStatus::Disabled),
            protocol: Some("bkv".to_owned()),
            ..DeviceFilter::default()
        };
        let page = PageRequest { page: 2, size: 2 };
        let page = devices::list(lease.conn(), &filter, None, page).await.expect("a query");
        assert_eq!((page.total, page.page, page.size, page.items.len()), (3, 2, 2, 1));
        assert_eq!(page.items[0].offline_after_s, Some(30));
        let huge = PageRequest { page: 0, size: 1_000_000 };
        let all = devices::list(lease.conn(), &DeviceFilter::default(), None, huge).await.expect("ok");
        assert_eq!((all.total, all.page, all.size), (5, 1, store::PAGE_SIZE_MAX));
        let silent = DeviceFilter { seen_since: Some(NOW), ..DeviceFilter::default() };
        let none = devices::list(lease.conn(), &silent, None, huge).await.expect("a query");
        assert_eq!(none.total, 0);
    }

    async fn devices_are_searched_and_sorted(db: &Db) {
        let (first, second) = (device(db, "82210225000520").await, device(db, "AB10_7").await);
        let mut lease = db.direct().await.expect("a connection");
        let change = AdminChange { name: Some("East 100%".to_owned()), ..AdminChange::default() };
        assert!(devices::change_by_hand(lease.conn(), second, &change, NOW).await.expect("ok"));
        let life = LiveDevice {
            id: first,
            last_seen_at: Some(later(9)),
            online_since: Some(NOW),
            rssi: None,
            temp: None,
            ip: None,
        };
        devices::flush_live(lease.conn(), None, &[life]).await.expect("ok");
        let page = PageRequest::default();
        for (text, found) in [
            ("8221", vec![first]), ("0520", vec![first]), ("2500", vec![]), ("ab10", vec![second]),
            ("b10", vec![]), ("AST 1", vec![second]), ("%", vec![second]), ("_7", vec![second]),
            ("\\", vec![]),
        ] {
            let filter = DeviceFilter { text: Some(text.to_owned()), ..DeviceFilter::default() };
            let rows = devices::list(lease.conn(), &filter, None, page).await.expect("a query");
            let ids: Vec<_> = rows.items.iter().map(|row| row.id).collect();
            assert_eq!(ids, found, "{text}");
        }
        for (online, found) in [(true, first), (false, second)] {
            let filter = DeviceFilter { online: Some(online), ..DeviceFilter::default() };
            let rows = devices::list(lease.conn(), &filter, None, page).await.expect("a query");
            assert_eq!((rows.total, rows.items[0].id), (1, found));
        }
        for name in devices::SORT.names().split(", ") {
            let filter = DeviceFilter::default();
            let rows = devices::list(lease.conn(), &filter, Some(name), page).await;
            assert_eq!(rows.expect("a query").items.len(), 2, "{name}");
        }
    }

    async fn lists_of_the_fleet_have_their_labels(db: &Db) {
        let (first, second) = (device(db, "82210225000520").await, device(db, "AB10").await);
        let mut lease = db.direct().await.expect("a connection");
        let labels = device_labels::of_devices(lease.conn(), &[first, second]).await.expect("ok");
        assert_eq!(labels.len(), 2);
        assert!(labels.iter().all(|label| !label.tariff_synced && label.station_id.is_none()));
        assert_eq!(device_labels::of_devices(lease.conn(), &[]).await.expect("ok"), []);
        ports::ensure(lease.conn(), first, &[PortNo(1), PortNo(2)], NOW).await.expect("ok");
        let named = device_labels::of_ports(lease.conn(), &[first, second]).await.expect("ok");
        assert_eq!(named.len(), 2);
        assert_eq!(device_labels::open_commands(lease.conn(), &[first]).await.expect("ok"), []);
        assert_eq!(device_labels::station_tariffs(lease.conn(), &[7].into()).await.expect("ok"), []);
        assert_eq!(device_labels::station_sales(lease.conn(), NOW).await.expect("ok"), []);
        let all = device_labels::seen(lease.conn(), &Scope::Everything).await.expect("ok");
        assert_eq!(all, None);
        let nobody = Scope::Within("/1/99/".to_owned());
        let none = device_labels::seen(lease.conn(), &nobody).await.expect("ok");
        assert_eq!(none.map(|ids| ids.len()), Some(0));
        let platform = Scope::Within("/1/".to_owned());
        let both = device_labels::seen(lease.conn(), &platform).await.expect("ok");
        assert_eq!(both, Some([first, second].into()));
    }

    async fn an_operator_knows_better(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut lease = db.direct().await.expect("a connection");
        for name in ["gate", "yard"] {
            let change = AdminChange { name: Some(name.to_owned()), ..AdminChange::default() };
            assert!(devices::change_by_hand(lease.conn(), id, &change, later(1)).await.expect("ok"));
        }
        let nothing = AdminChange::default();
        assert!(devices::change_by_hand(lease.conn(), id, &nothing, later(2)).await.expect("ok"));
        assert!(!devices::change_by_hand(lease.conn(), DeviceId(9), &nothing, NOW).await.expect("ok"));
        let found = devices::find(lease.conn(), id).await.expect("a query").expect("there");
        assert_eq!((found.name.as_deref(), found.updated_at), (Some("yard"), later(2)));
    }
}
