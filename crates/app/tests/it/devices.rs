//! Strangers, announced devices, and what operators change.

use crate::scene::{DEVICE, Pile, Scene, id, settings};
use app::{AppError, DeviceChange, Downlink, NewDevice, Settings};
use device::{Admission, PortState};
use domain::device_status::DeviceStatus;
use kernel::PortNo;

/// Not one of ours.
const STRANGER: &str = "82241218000382";

testkit::both_engines! {
    /// A stranger is refused until somebody adopts it; its connection is told at once.
    async fn a_stranger_is_adopted(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = Pile::new(&scene, STRANGER);
        let admission = scene.app.first_contact(&pile.connection, &pile.device).await;
        assert_eq!(admission, Admission::Stranger);
        scene.app.adopt_device("test", &id(STRANGER)).await.expect("adopted");
        assert!(matches!(pile.word(), Some(Downlink::Identify(device)) if device == id(STRANGER)));
        let admission = scene.app.first_contact(&pile.connection, &pile.device).await;
        assert!(matches!(admission, Admission::Known(_)));
    }

    /// A0-02 and A0-03: announced by address alone, completed on first contact with its ports.
    async fn a_device_announced_by_address_is_completed(db: &store::Db) {
        let scene = Scene::new(db).await;
        let new = NewDevice { ip: "192.0.2.7".parse().ok(), ..NewDevice::default() };
        scene.app.create_device("test", new).await.expect("announced");
        let pile = scene.connect(STRANGER).await;
        let mut view = db.view().await.expect("a connection");
        let row = store::devices::find_by_phy_id(view.conn(), &pile.device).await;
        let row = row.expect("a readable row").expect("the device");
        assert_eq!(row.protocol.as_deref(), Some("toy"));
        assert_eq!(row.firmware_version.as_deref(), Some("v8.6"));
        let ports = store::ports::list(view.conn(), row.id).await.expect("readable rows");
        assert_eq!(ports.iter().map(|port| port.port_no).collect::<Vec<_>>(),
            [PortNo(1), PortNo(2), PortNo(3), PortNo(4)]);
    }

    /// Devices that another node has enrolled come by the hundred, strangers among them.
    async fn many_are_recognised_at_once(db: &store::Db) {
        let scene = Scene::new(db).await;
        let now = scene.app.now();
        let names: Vec<String> = (0..120).map(|number| format!("9090{number:010}")).collect();
        for name in &names[..100] {
            let new = store::devices::NewDevice {
                phy_id: Some(id(name)),
                protocol: Some("toy".to_owned()),
                ..store::devices::NewDevice::default()
            };
            let mut direct = db.direct().await.expect("a connection");
            store::devices::insert(direct.conn(), &new, now).await.expect("a new row");
        }
        let piles: Vec<Pile> = names.iter().map(|name| Pile::new(&scene, name)).collect();
        let contacts = piles.iter().map(|pile| {
            scene.app.first_contact(&pile.connection, &pile.device)
        });
        let admissions = futures_util::future::join_all(contacts).await;
        for (number, admission) in admissions.iter().enumerate() {
            let known = matches!(admission, Admission::Known(_));
            assert_eq!(known, number < 100, "{}: {admission:?}", names[number]);
        }
    }

    /// With automatic enrolment first contact is enough.
    async fn newcomers_are_enrolled_where_wanted(db: &store::Db) {
        let scene = Scene::with(db, Settings { auto_enrol: true, ..settings() }).await;
        let pile = scene.connect(STRANGER).await;
        assert!(scene.app.is_online(&pile.device));
    }

    /// Out of service: no new orders; retired: gone.
    async fn operators_take_devices_out_of_service(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let to = |status| DeviceChange { status: Some(status), ..DeviceChange::default() };
        let device = id(DEVICE);
        scene.app.change_device("test", &device, to(DeviceStatus::Disabled)).await.expect("done");
        assert!(matches!(scene.start(1).await, Err(AppError::Conflict("device disabled"))));
        scene.app.change_device("test", &device, to(DeviceStatus::Active)).await.expect("done");
        scene.start(1).await.expect("accepted");
        let refused = scene.app.change_device("test", &device, to(DeviceStatus::Retired)).await;
        assert!(matches!(refused, Err(AppError::Conflict("device has active orders"))));
        let start = pile.command().expect("a start");
        let no = device::Refusal { code: None, text: "no".to_owned() };
        pile.answers(&start, device::Outcome::Refused(no)).await;
        scene.app.change_device("test", &device, to(DeviceStatus::Retired)).await.expect("done");
        let mut closed = false;
        while let Some(word) = pile.word() {
            closed |= matches!(word, Downlink::Close);
        }
        assert!(closed, "a retired device is disconnected");
    }

    /// A port that nobody knew gets its row, power without an order gets its alarm.
    async fn power_without_an_order_is_seen(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        for _ in 0..8 {
            pile.shows(crate::scene::port_report(6, PortState::Charging)).await;
            scene.live_through(10).await;
            pile.is_heard();
        }
        let filter = store::events::EventFilter {
            event_type: Some("device.alarm".to_owned()),
            ..store::events::EventFilter::default()
        };
        let alarms = scene.events(&filter).await;
        assert_eq!(alarms.len(), 1);
        assert_eq!(alarms[0].payload["alarm_type"], "lonely_port");
        scene.app.flush().await;
        assert_eq!(scene.port(6).await.status, 1);
    }
}
