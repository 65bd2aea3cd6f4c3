//! Commands that wait, expire, or lose their connection.

use crate::scene::{DEVICE, Scene, caller, id};
use app::{AppError, StopRequest};
use device::{Command, Outcome, ParamValue};
use domain::command::CommandState;
use domain::order::OrderStatus;
use kernel::PortNo;
use std::time::Duration;

async fn state_of(scene: &Scene, id: kernel::CommandId) -> CommandState {
    let mut view = scene.app.db().view().await.expect("a connection");
    let row = store::commands::find(view.conn(), id)
        .await
        .expect("a readable row");
    row.expect("the command").state
}

fn params() -> Command {
    Command::SetParams {
        socket: None,
        values: vec![ParamValue {
            id: "1".to_owned(),
            value: 60.into(),
        }],
        via: None,
    }
}

testkit::both_engines! {
    /// A4-X1: accepted while the device is away, delivered when it returns.
    async fn a_start_waits_for_its_device(db: &store::Db) {
        let scene = Scene::new(db).await;
        let order = scene.start(1).await.expect("queued").order;
        assert!(!order.start_sent);
        scene.advance(120);
        let mut pile = scene.connect(DEVICE).await;
        assert!(scene.order(order.order_no).await.start_sent, "marked before the first byte");
        pile.begins(&order).await;
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Charging);
    }

    /// A socket must not switch on hours later.
    async fn a_start_expires(db: &store::Db) {
        let scene = Scene::new(db).await;
        let order = scene.start(1).await.expect("queued").order;
        scene.advance(601);
        scene.app.sweep().await;
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Cancelled);
        let mut pile = scene.connect(DEVICE).await;
        assert!(pile.command().is_none());
        let mut view = db.view().await.expect("a connection");
        let rows = store::commands::list_of_order(view.conn(), order.order_no).await;
        assert_eq!(rows.expect("readable rows")[0].state, CommandState::Expired);
    }

    /// A pending order that is stopped while its device is away never reaches the device.
    async fn a_waiting_start_is_taken_back(db: &store::Db) {
        let scene = Scene::new(db).await;
        let order = scene.start(1).await.expect("queued").order;
        let request = StopRequest { port: Some(PortNo(1)), ..StopRequest::default() };
        let stopping = scene.app.stop_charging(&caller(), &id(DEVICE), request).await;
        assert_eq!(stopping.expect("a pending order").order.status, OrderStatus::Cancelled);
        assert_eq!(scene.told(order.order_no).await, ["order.created", "order.cancelled"]);
        let mut pile = scene.connect(DEVICE).await;
        assert!(pile.command().is_none());
    }

    /// Handed over again after a lost connection, and given up when that keeps happening.
    async fn lost_connections_wear_a_command_out(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        let first = pile.command().expect("a start");
        assert!(!first.attempted);
        for _ in 0..3 {
            pile.leave();
            scene.settle().await;
            pile = scene.connect(DEVICE).await;
            let again = pile.command().expect("the same start");
            assert_eq!((again.id, again.msg_id, again.attempted), (first.id, first.msg_id, true));
        }
        pile.leave();
        scene.settle().await;
        let mut last = scene.connect(DEVICE).await;
        assert_eq!(state_of(&scene, first.id).await, CommandState::Dead);
        assert!(scene.open_alarms().await.contains(&"command_dead".to_owned()));
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Failed);
        let stop = last.command().expect("what the device did is unknown");
        assert!(matches!(stop.command, Command::StopCharge { .. }));
    }

    /// A0-07: the answer ends the wait, and so does the deadline.
    async fn answer_and_deadline_race(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let device = id(DEVICE);
        let wait = Some(Duration::from_secs(20));
        let asking = scene.app.send_command("test", &device, params(), wait);
        let answering = async {
            let dispatch = loop {
                match pile.command() {
                    Some(dispatch) => break dispatch,
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            };
            pile.accepts(&dispatch).await;
        };
        let (ticket, ()) = tokio::join!(asking, answering);
        let ticket = ticket.expect("accepted");
        assert_eq!(ticket.state, "acked");
        assert!(matches!(ticket.outcome, Some(Outcome::Accepted { .. })));
        let wait = Some(Duration::from_millis(50));
        let ticket = scene.app.send_command("test", &device, params(), wait).await;
        let ticket = ticket.expect("accepted");
        assert_eq!((ticket.state.as_str(), ticket.outcome), ("sent", None));
        let mut view = db.view().await.expect("a connection");
        let row = store::devices::find_by_phy_id(view.conn(), &device).await;
        let row = row.expect("a readable row").expect("the device");
        let kept = store::device_params::list(view.conn(), row.id).await.expect("readable rows");
        assert_eq!((kept[0].param_id.as_str(), kept[0].value), ("1", 60));
    }

    /// What a device cannot do is refused before anything is stored.
    async fn impossible_commands_are_refused(db: &store::Db) {
        let scene = Scene::new(db).await;
        let device = id(DEVICE);
        let refused = scene.app.send_command("test", &device, Command::SyncTime, None).await;
        assert!(matches!(refused, Err(AppError::NotSupported(_))));
        let nobody = scene.app.send_command("test", &id("00000000000000"), params(), None).await;
        assert!(matches!(nobody, Err(AppError::NotFound("device"))));
        let mut view = db.view().await.expect("a connection");
        let open = store::commands::devices_with_open(view.conn()).await.expect("readable rows");
        assert!(open.is_empty());
    }
}
