//! Who gives the id of a device from where the device may not connect from.

use crate::scene::{DEVICE, Pile, Scene, id};
use app::DeviceChange;
use domain::networks::Networks;
use std::time::Duration;
use store::Db;
use store::alarms::{AlarmFilter, AlarmRow};
use tokio::time::{sleep, timeout};

/// Nothing here takes longer.
const LONG: Duration = Duration::from_secs(20);

async fn allow(scene: &Scene, networks: &[&str]) {
    let change = DeviceChange {
        allow_networks: Some(Networks::parse(networks).expect("networks")),
        ..DeviceChange::default()
    };
    let changed = scene.app.change_device("anna", &id(DEVICE), change).await;
    changed.expect("changed");
}

/// The alarm, once it tells of so many.
async fn alarm(scene: &Scene, count: i64) -> AlarmRow {
    let filter = AlarmFilter {
        open: true,
        ..AlarmFilter::default()
    };
    let looking = async {
        loop {
            let mut view = scene.app.db().view().await.expect("a connection");
            let page = store::PageRequest { page: 1, size: 10 };
            let rows = store::alarms::list(view.conn(), &filter, page).await;
            drop(view);
            let rows = rows.expect("readable rows").items;
            let found = rows
                .into_iter()
                .find(|row| row.code == "device_impostor" && i64::from(row.count) >= count);
            if let Some(row) = found {
                return row;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, looking).await.expect("an alarm")
}

testkit::both_engines! {
    /// Once a minute, however often he comes; a program that is started again knows the list.
    async fn who_comes_from_elsewhere_is_told(db: &Db) {
        let scene = Scene::new(db).await;
        let genuine = scene.connect(DEVICE).await;
        assert!(!scene.app.is_impostor(&genuine.connection, &id(DEVICE)));
        allow(&scene, &["203.0.113.0/24"]).await;
        let scene = Scene::restarted(db, crate::scene::settings(), scene.clock.clone()).await;
        let impostor = Pile::new(&scene, DEVICE);
        scene.app.first_contact(&impostor.connection, &impostor.device).await;
        for _ in 0..5 {
            assert!(scene.app.is_impostor(&impostor.connection, &impostor.device));
        }
        let told = alarm(&scene, 1).await;
        assert_eq!(told.code, "device_impostor");
        assert!(told.message.contains("192.0.2.7"), "{}", told.message);
        assert_eq!(told.count, 1);
        scene.advance(60);
        assert!(scene.app.is_impostor(&impostor.connection, &impostor.device));
        assert_eq!(alarm(&scene, 2).await.count, 2);
        allow(&scene, &["192.0.2.0/24"]).await;
        assert!(!scene.app.is_impostor(&impostor.connection, &impostor.device));
    }
}
