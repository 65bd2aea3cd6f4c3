//! Firmware that is taken out of service, and comes back.

use crate::scene::{DEVICE, Pile, Scene, end, id, settings};
use app::staff::Actor;
use app::{App, AppError, BlockWish, Blocked, DeviceChange, NewDevice};
use device::{Answer, ChargeKey, Event, Registration};
use domain::device_status::DeviceStatus;
use domain::order::OrderStatus;
use domain::version::VersionRange;
use kernel::Fen;

const MODEL: &str = "组网版设备";
const OTHER: &str = "82210225000521";
const THIRD: &str = "82210225000522";

fn key() -> Actor {
    Actor::trusted("key:ops")
}

fn wish(range: &str) -> BlockWish {
    BlockWish {
        device_model: MODEL.to_owned(),
        range: VersionRange::parse(range).expect("a range"),
        reason: "end reports are missing".to_owned(),
    }
}

async fn block(app: &App, range: &str) -> i64 {
    match app
        .block_firmware(&key(), wish(range))
        .await
        .expect("blocked")
    {
        Blocked::Done(block) => block.id,
        Blocked::Waits(operation) => panic!("{operation:?}"),
    }
}

async fn status(scene: &Scene, device: &str) -> DeviceStatus {
    let mut view = scene.app.db().view().await.expect("a connection");
    let row = store::devices::find_by_phy_id(view.conn(), &id(device)).await;
    row.expect("readable").expect("the device").status
}

async fn runs(pile: &Pile, firmware: &str) {
    pile.says(Event::Registered(Registration {
        model: Some(MODEL.to_owned()),
        firmware: Some(firmware.to_owned()),
        port_count: Some(4),
        ..Registration::default()
    }))
    .await;
}

async fn device(scene: &Scene, phy_id: &str, firmware: &str) -> Pile {
    let new = NewDevice {
        phy_id: Some(id(phy_id)),
        port_count: Some(4),
        ..NewDevice::default()
    };
    scene
        .app
        .create_device("test", new)
        .await
        .expect("a device");
    let pile = scene.connect(phy_id).await;
    runs(&pile, firmware).await;
    pile
}

async fn set(scene: &Scene, phy_id: &str, status: DeviceStatus) {
    let change = DeviceChange {
        status: Some(status),
        ..DeviceChange::default()
    };
    let changed = scene.app.change_device("test", &id(phy_id), change).await;
    changed.expect("changed");
}

testkit::both_engines! {
    /// Versions are compared as numbers; a running order ends normally, no new one begins.
    async fn a_block_takes_exactly_the_old_firmware_out_of_service(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut old = scene.connect(DEVICE).await;
        runs(&old, "v1.9").await;
        let _new = device(&scene, OTHER, "v10.0").await;
        let order = scene.start(1).await.expect("accepted").order;
        old.begins(&order).await;
        let preview = scene.app.preview_block(MODEL, &wish("<2.0.0").range).await;
        let preview = preview.expect("readable");
        assert_eq!((preview.devices, preview.active_orders), (1, 1));
        assert_eq!(preview.named, [id(DEVICE)]);
        assert_eq!(status(&scene, DEVICE).await, DeviceStatus::Registered, "only looked at");

        block(&scene.app, "<2.0.0").await;
        assert_eq!(status(&scene, DEVICE).await, DeviceStatus::Disabled);
        assert_eq!(status(&scene, OTHER).await, DeviceStatus::Registered);
        assert!(matches!(scene.start(2).await, Err(AppError::Conflict("device disabled"))));
        let answer = old.ends(end(ChargeKey::Order(order.order_no), 1, 3600, 523)).await;
        assert_eq!(answer, Some(Answer::Stored));
        let done = scene.order(order.order_no).await;
        assert_eq!((done.status, done.final_amount), (OrderStatus::Completed, Some(Fen(785))));
    }

    /// Devices that come later with such firmware are out as well, also after a restart; new
    /// firmware brings them back.
    async fn a_device_that_connects_later_is_stopped_and_an_update_frees_it(db: &store::Db) {
        let scene = Scene::new(db).await;
        block(&scene.app, ">=1.2 <2.0.0").await;
        let scene = Scene::restarted(db, settings(), scene.clock.clone()).await;
        let pile = device(&scene, OTHER, "v1.5").await;
        assert_eq!(status(&scene, OTHER).await, DeviceStatus::Disabled);
        let wish = serde_json::json!({
            "port_no": 1, "charge_mode": 1, "duration": 600, "amount": 500
        });
        let plan = domain::request::start_plan(&wish).expect("legal");
        let (caller, device) = (crate::scene::caller(), id(OTHER));
        let refused = scene.app.start_charging(&caller, &device, plan).await;
        assert!(matches!(refused, Err(AppError::Conflict("device disabled"))));
        runs(&pile, "v1.9.9").await;
        assert_eq!(status(&scene, OTHER).await, DeviceStatus::Disabled);
        runs(&pile, "v2.0").await;
        assert_eq!(status(&scene, OTHER).await, DeviceStatus::Registered);
        let list = scene.app.list_blocks(Some(true), store::PageRequest { page: 1, size: 20 });
        assert_eq!(list.await.expect("readable").items[0].devices, 0);
    }

    /// Lifted, a block frees exactly what it took, and not what somebody else did.
    async fn lifting_frees_exactly_what_the_block_took(db: &store::Db) {
        let scene = Scene::new(db).await;
        let _one = device(&scene, OTHER, "v1.0").await;
        set(&scene, OTHER, DeviceStatus::Active).await;
        let _two = device(&scene, THIRD, "v1.1").await;
        set(&scene, THIRD, DeviceStatus::Disabled).await;
        let wide = block(&scene.app, "<2.0.0").await;
        let narrow = block(&scene.app, "<1.1").await;
        let held = |blocks: store::Page<store::firmware_blocks::FirmwareBlock>| {
            blocks.items.iter().map(|block| block.devices).collect::<Vec<_>>()
        };
        let page = store::PageRequest { page: 1, size: 20 };
        let list = scene.app.list_blocks(None, page).await.expect("readable");
        assert_eq!(held(list), [1, 1], "the newest first; the one by hand belongs to none");

        let lifted = scene.app.lift_block(&key(), wide).await.expect("lifted");
        assert!(lifted.lifted_at.is_some());
        assert_eq!(status(&scene, OTHER).await, DeviceStatus::Disabled, "the other still holds");
        let again = scene.app.lift_block(&key(), wide).await;
        assert!(matches!(again, Err(AppError::Conflict(_))), "{again:?}");
        scene.app.lift_block(&key(), narrow).await.expect("lifted");
        assert_eq!(status(&scene, OTHER).await, DeviceStatus::Active);
        assert_eq!(status(&scene, THIRD).await, DeviceStatus::Disabled, "by hand");
        let missing = scene.app.lift_block(&key(), 999).await;
        assert!(matches!(missing, Err(AppError::NotFound("firmware block"))));
    }
}
