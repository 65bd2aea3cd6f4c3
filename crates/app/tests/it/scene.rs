//! A platform on a database, a clock that tests move, and devices that tests speak for.

use crate::toy::Toy;
use app::{
    App, Caller, Connection, Downlink, Inbox, InboxReader, NewDevice, Parts, Settings, Started,
};
use bus::Bus;
use device::{
    Admission, Answer, ChargeConfirmation, ChargeKey, Command, CommandReport, Direction, Dispatch,
    EndReason, EndReport, Envelope, Event, FrameNote, Outcome, PortReport, PortState, Progress,
    Protocol, Receipt, Registration, Registry, Vitals,
};
use domain::order::{Order, ServiceFeeMode};
use domain::policy::PortConflictPolicy;
use domain::request::start_plan;
use kernel::{
    ApiKeyId, Clock, CommandId, Energy, ManualClock, OrderNo, PhyId, PortNo, Power, Timestamp,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::Db;
use store::events::EventFilter;

/// 2024-10-20 15:00 in Shanghai.
pub(crate) const NOON: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);
/// The device of most tests.
pub(crate) const DEVICE: &str = "82210225000520";

/// A platform without background tasks: tests flush, sweep and deliver when they want to.
pub(crate) struct Scene {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    protocol: Arc<dyn Protocol>,
}

impl Scene {
    /// On this database, with a device of four ports.
    pub(crate) async fn new(db: &Db) -> Self {
        Self::with(db, settings()).await
    }

    pub(crate) async fn with(db: &Db, settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::at(NOON));
        Self::among(db, settings, clock, app::Outside::default()).await
    }

    /// With a world outside of the test's own.
    pub(crate) async fn among(
        db: &Db,
        settings: Settings,
        clock: Arc<ManualClock>,
        outside: app::Outside,
    ) -> Self {
        let scene = Self::begun(db, settings, clock, outside).await;
        let new = NewDevice {
            phy_id: Some(id(DEVICE)),
            port_count: Some(4),
            rated_power_w: Some(6000),
            ..NewDevice::default()
        };
        scene
            .app
            .create_device("test", new)
            .await
            .expect("a new device");
        scene
    }

    /// Another program on a database that was used before.
    pub(crate) async fn restarted(db: &Db, settings: Settings, clock: Arc<ManualClock>) -> Self {
        Self::begun(db, settings, clock, app::Outside::default()).await
    }

    /// The same with a world outside of the test's own.
    pub(crate) async fn restarted_among(
        db: &Db,
        settings: Settings,
        clock: Arc<ManualClock>,
        outside: app::Outside,
    ) -> Self {
        Self::begun(db, settings, clock, outside).await
    }

    async fn begun(
        db: &Db,
        settings: Settings,
        clock: Arc<ManualClock>,
        outside: app::Outside,
    ) -> Self {
        let protocol: Arc<dyn Protocol> = Arc::new(Toy);
        let (app, _) = App::new(Parts {
            clock: clock.clone(),
            db: db.clone(),
            outside,
            bus: Bus::in_process(),
            protocols: Registry::new(vec![protocol.clone()]),
            settings,
        });
        app.restore().await.expect("a readable database");
        Self {
            app,
            clock,
            protocol,
        }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Lets time pass second by second, as the sweep does.
    pub(crate) async fn live_through(&self, seconds: u64) {
        for _ in 0..seconds {
            self.advance(1);
            self.app.sweep().await;
        }
    }

    pub(crate) async fn connect(&self, device: &str) -> Pile {
        let pile = Pile::new(self, device);
        let admission = self.app.first_contact(&pile.connection, &pile.device).await;
        assert!(matches!(admission, Admission::Known(_)), "{device} is ours");
        pile.arrive().await;
        pile
    }

    pub(crate) async fn start(&self, port: u16) -> Result<Started, app::AppError> {
        let body = json!({ "port_no": port, "charge_mode": 1, "duration": 3600, "amount": 1000,
            "price_per_kwh": 150, "service_fee": 100 });
        let plan = start_plan(&body).expect("a legal request");
        Box::pin(self.app.start_charging(&caller(), &id(DEVICE), plan)).await
    }

    pub(crate) async fn order(&self, order_no: OrderNo) -> Order {
        let mut view = self.app.db().view().await.expect("a connection");
        let order = store::orders::find_by_no(view.conn(), order_no)
            .await
            .expect("a readable row");
        order.expect("the order exists")
    }

    /// Types of the events of an order, in sequence.
    pub(crate) async fn told(&self, order_no: OrderNo) -> Vec<String> {
        let filter = EventFilter {
            order_no: Some(order_no),
            ..EventFilter::default()
        };
        let mut events = self.events(&filter).await;
        events.sort_by_key(|event| event.sequence_no);
        events.into_iter().map(|event| event.event_type).collect()
    }

    pub(crate) async fn events(&self, filter: &EventFilter) -> Vec<store::events::Event> {
        let mut view = self.app.db().view().await.expect("a connection");
        let page = store::PageRequest { page: 1, size: 100 };
        store::events::list(view.conn(), filter, page)
            .await
            .expect("readable rows")
            .items
    }

    pub(crate) async fn port(&self, port: u16) -> store::ports::Port {
        let mut view = self.app.db().view().await.expect("a connection");
        let device = store::devices::find_by_phy_id(view.conn(), &id(DEVICE)).await;
        let device = device.expect("a readable row").expect("the device").id;
        let port = store::ports::find(view.conn(), device, PortNo(port)).await;
        port.expect("a readable row").expect("the port")
    }

    /// The causes of the alarms that are not over, the oldest first.
    pub(crate) async fn open_alarms(&self) -> Vec<String> {
        let mut view = self.app.db().view().await.expect("a connection");
        let filter = store::alarms::AlarmFilter {
            open: true,
            ..Default::default()
        };
        let page = store::PageRequest { page: 1, size: 100 };
        let alarms = store::alarms::list(view.conn(), &filter, page).await;
        let items = alarms.expect("readable rows").items;
        items.into_iter().rev().map(|alarm| alarm.code).collect()
    }

    /// The open alarm of that cause about a port.
    pub(crate) async fn locking_alarm(&self, code: &str) -> i64 {
        let mut view = self.app.db().view().await.expect("a connection");
        let filter = store::alarms::AlarmFilter {
            open: true,
            code: Some(code.to_owned()),
            ..Default::default()
        };
        let page = store::PageRequest { page: 1, size: 100 };
        let alarms = store::alarms::list(view.conn(), &filter, page).await;
        let mut items = alarms.expect("readable rows").items.into_iter();
        let of_port = items.find(|alarm| alarm.object_type == "port");
        of_port.expect("an alarm about a port").id
    }

    /// Waits for work that the end of a connection left behind.
    pub(crate) async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        comm_log: false,
        ..Settings::default()
    }
}

pub(crate) fn id(text: &str) -> PhyId {
    text.parse().expect("a legal id")
}

pub(crate) fn caller() -> Caller {
    Caller {
        api_key: Some(ApiKeyId(1)),
        name: "test".to_owned(),
        port_conflict: PortConflictPolicy::Reject,
        service_fee_mode: ServiceFeeMode::Informational,
        settles_with_us: false,
    }
}

/// A device and its connection.
pub(crate) struct Pile {
    pub(crate) device: PhyId,
    pub(crate) connection: Arc<Connection>,
    inbox: InboxReader,
    app: Arc<App>,
    clock: Arc<ManualClock>,
}

impl Pile {
    pub(crate) fn new(scene: &Scene, device: &str) -> Self {
        Self::of(scene.app.clone(), scene, device)
    }

    /// A device that is connected to another program.
    pub(crate) fn of(app: Arc<App>, scene: &Scene, device: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (sender, inbox) = Inbox::new();
        let connection = Arc::new(Connection {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            peer: "192.0.2.7:40000".parse().expect("an address"),
            protocol: scene.protocol.clone(),
            inbox: sender,
            since: scene.clock.now(),
            traffic: Arc::default(),
        });
        let clock = scene.clock.clone();
        Self {
            device: id(device),
            connection,
            inbox,
            app,
            clock,
        }
    }

    /// What the gateway does once the platform has said that the device is one of ours.
    pub(crate) async fn arrive(&self) {
        self.app.attach(&self.connection, &self.device);
        self.app.arrived(&self.connection, &self.device).await;
        self.says(Event::Registered(Registration {
            firmware: Some("v8.6".to_owned()),
            port_count: Some(4),
            ..Registration::default()
        }))
        .await;
        self.app.deliver(&self.device).await.expect("a database");
    }

    /// A frame of the device came, whatever it says: it is there.
    pub(crate) fn is_heard(&self) {
        let note = FrameNote {
            direction: Direction::Up,
            device: self.device.clone(),
            cmd: 0,
            kind: "heartbeat",
            msg_id: None,
            data_len: 0,
            raw: Box::default(),
        };
        self.app.frame_seen(&self.connection, note);
    }

    pub(crate) fn leave(&self) {
        self.app.left(&self.device, &self.connection);
    }

    /// Hands an event in as the gateway does; the answer, if the device waits for one.
    pub(crate) async fn says(&self, event: Event) -> Option<Answer> {
        self.hand_in(event, None).await
    }

    /// The same with the time of the device's own clock.
    pub(crate) async fn says_at(&self, event: Event, said: Timestamp) -> Option<Answer> {
        self.hand_in(event, Some(said)).await
    }

    async fn hand_in(&self, event: Event, said: Option<Timestamp>) -> Option<Answer> {
        let waits = matches!(
            event,
            Event::Ended(_) | Event::Confirmed(_) | Event::TariffAsked { .. }
        );
        let envelope = Envelope {
            device: self.device.clone(),
            at: self.clock.now(),
            device_time: said,
            msg_id: None,
            receipt: waits.then_some(Receipt(1)),
            raw: Some(Box::from(&b"frame"[..])),
            event,
        };
        self.app.inspect(&self.connection, &envelope, None);
        if self.app.absorb(&self.connection, &envelope) {
            return None;
        }
        self.app.handle(&self.connection, envelope).await
    }

    /// The next stored command; questions about ports and other words are passed over.
    pub(crate) fn command(&mut self) -> Option<Dispatch> {
        while let Some(downlink) = self.inbox.take() {
            if let Downlink::Command(dispatch) = downlink
                && dispatch.id > CommandId(0)
            {
                return Some(*dispatch);
            }
        }
        None
    }

    /// The next word of any kind.
    pub(crate) fn word(&mut self) -> Option<Downlink> {
        self.inbox.take()
    }

    pub(crate) async fn answers(&self, dispatch: &Dispatch, outcome: Outcome) {
        self.says(Event::Command(CommandReport {
            command: dispatch.id,
            outcome,
        }))
        .await;
    }

    pub(crate) async fn accepts(&self, dispatch: &Dispatch) {
        self.answers(
            dispatch,
            Outcome::Accepted {
                port: None,
                session: None,
                data: None,
            },
        )
        .await;
    }

    pub(crate) async fn confirms(&self, order: OrderNo, port: u16) -> Option<Answer> {
        self.says(Event::Confirmed(ChargeConfirmation {
            charge: ChargeKey::Order(order),
            port: PortNo(port),
            accepted: true,
        }))
        .await
    }

    pub(crate) async fn progresses(&self, order: OrderNo, port: u16, seconds: u32, centi_kwh: i64) {
        self.says(Event::Progress(progress(
            ChargeKey::Order(order),
            port,
            seconds,
            centi_kwh,
        )))
        .await;
    }

    pub(crate) async fn ends(&self, report: EndReport) -> Option<Answer> {
        self.says(Event::Ended(report)).await
    }

    pub(crate) async fn shows(&self, report: PortReport) {
        self.says(Event::Status {
            vitals: Vitals::default(),
            ports: vec![report],
        })
        .await;
    }

    /// Takes the start command, accepts it and begins to charge.
    pub(crate) async fn begins(&mut self, order: &Order) {
        let dispatch = self.command().expect("a start command");
        self.begins_with(&dispatch, order).await;
    }

    /// The same with a command that was taken before.
    pub(crate) async fn begins_with(&self, dispatch: &Dispatch, order: &Order) {
        assert!(
            matches!(&dispatch.command, Command::StartCharge(plan) if plan.order == order.order_no)
        );
        self.accepts(dispatch).await;
        let answer = self.confirms(order.order_no, order.port_no.0).await;
        assert_eq!(answer, Some(Answer::Stored));
    }
}

pub(crate) fn progress(charge: ChargeKey, port: u16, seconds: u32, centi_kwh: i64) -> Progress {
    Progress {
        charge,
        port: PortNo(port),
        duration_s: seconds,
        energy: Energy::from_centi_kwh(centi_kwh),
        power: Some(Power::from_watts(1500)),
        peak_power: Some(Power::from_watts(1800)),
        voltage: None,
        current: None,
        temperature_c: Some(35),
        soc: None,
        remaining_min: None,
        device_amount: None,
    }
}

pub(crate) fn end(charge: ChargeKey, port: u16, seconds: u32, centi_kwh: i64) -> EndReport {
    EndReport {
        charge,
        port: PortNo(port),
        duration_s: seconds,
        energy: Energy::from_centi_kwh(centi_kwh),
        device_amount: None,
        reason: EndReason::Normal,
        reason_raw: 0,
        peak_power: Some(Power::from_watts(1800)),
        tier_minutes: Vec::new(),
        card_no: None,
        ended_at: None,
        details: None,
    }
}

pub(crate) fn port_report(port: u16, state: PortState) -> PortReport {
    PortReport {
        port: PortNo(port),
        state,
        raw: 0,
        faults: Vec::new(),
        reachable: true,
        plugged: None,
        charge: None,
        meter: None,
        voltage: None,
        current: None,
        power: None,
        temperature_c: None,
    }
}
