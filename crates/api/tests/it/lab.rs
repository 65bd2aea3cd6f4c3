//! The API with an application behind it, on an embedded database of its own. Every answer that
//! passes through here is compared with the OpenAPI document.

use crate::schema::Documented;
use api::{Api, Rates, Readiness, Settings};
use app::{App, Background, Downlink, InboxReader, NewDevice, Parts};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bus::Bus;
use channels::camera::{Eye, Looking, Snapshot};
use channels::invoice::{LocalIssuer, LocalIssuerSettings};
use channels::mail::Mail;
use channels::parking::{HttpParking, HttpParkingSettings, ParkingVendors};
use channels::payment::mock::{MockChannel, MockConfig};
use device::{
    ChargeConfirmation, ChargeKey, Command, CommandFault, Detection, Direction, EndReason,
    EndReport, Envelope, Event, Link, OfflinePolicy, Profile, Protocol, RecordDetails,
    Registration, Registry, Rhythm,
};
use domain::PortConflictPolicy;
use domain::invoice::Seller;
use kernel::{Clock, Energy, ManualClock, PhyId, PortNo, Timestamp};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use testkit::db::TestDb;
use tokio::sync::Mutex;

use tower::ServiceExt;

/// The key of the third-party API.
pub(crate) const KEY: &str = "test-api-key";
/// The key of the administration.
pub(crate) const ADMIN: &str = "test-admin-key";
/// A device that every lab has: four ports, never connected.
pub(crate) const DEVICE: &str = "82210225000520";
/// Where the clock stands: 2024-10-20 15:00 in Shanghai.
pub(crate) const NOW_S: i64 = 1_729_407_600;

/// Wide enough that no test meets it by accident.
pub(crate) const GENEROUS: Rates = Rates {
    write: api::Bucket::new(10_000, 10_000),
    read: api::Bucket::new(10_000, 10_000),
};

/// An API to be called.
pub(crate) struct Lab {
    pub(crate) api: Api,
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) db: TestDb,
    pub(crate) router: Router,
    background: Background,
    /// What connections are told; nobody reads it, but somebody is there.
    inboxes: Mutex<Vec<InboxReader>>,
    documented: Documented,
    pub(crate) texts: Arc<Texts>,
    pub(crate) letters: Arc<Letters>,
}

/// Keeps the letters that would have been sent.
#[derive(Debug, Default)]
pub(crate) struct Letters(parking_lot::Mutex<Vec<Mail>>);

impl Letters {
    /// Address, subject and names of the files of every letter.
    pub(crate) fn sent(&self) -> Vec<(String, String, Vec<String>)> {
        let letters = self.0.lock();
        let files = |mail: &Mail| {
            mail.attachments
                .iter()
                .map(|file| file.name.clone())
                .collect()
        };
        letters
            .iter()
            .map(|mail| (mail.to.clone(), mail.subject.clone(), files(mail)))
            .collect()
    }
}

impl channels::mail::MailChannel for Letters {
    fn send<'a>(&'a self, mail: &'a Mail) -> channels::mail::Sending<'a> {
        self.0.lock().push(mail.clone());
        Box::pin(async { Ok(()) })
    }
}

/// Reads frames of the bench.
#[derive(Debug)]
struct BenchReader;

impl app::FrameReader for BenchReader {
    fn read(&self, text: &str, protocol: Option<&str>) -> Result<Value, app::Unread> {
        if protocol.is_some_and(|name| name != "bench") {
            return Err(app::Unread::Protocol("the protocol is bench".to_owned()));
        }
        let bytes = hex::decode(text).map_err(|problem| app::Unread::Text(problem.to_string()))?;
        Ok(serde_json::json!({ "valid": true, "hex": hex::encode(bytes) }))
    }
}

/// A camera that always sees the same.
#[derive(Debug)]
struct Still;

impl Eye for Still {
    fn knock<'a>(&'a self, _host: &'a str, _port: u16) -> Looking<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn look<'a>(
        &'a self,
        _url: &'a str,
        _account: Option<(&'a str, &'a str)>,
    ) -> Looking<'a, Snapshot> {
        let picture = Snapshot {
            content_type: "image/jpeg".to_owned(),
            bytes: b"jpeg".to_vec(),
        };
        Box::pin(async { Ok(picture) })
    }
}

/// An operator whose platform may issue invoices.
fn operator() -> app::Settings {
    let mut settings = app::Settings::default();
    settings.invoices.platform = Seller {
        name: "某某充电运营有限公司".to_owned(),
        tax_no: "91510100MA6CXXXX0X".to_owned(),
        ..Seller::default()
    };
    settings
}

/// Copies of the database lie beside it and go with it.
fn copies_beside(db: &TestDb) -> app::BackupRules {
    let folder = std::path::Path::new(db.target()).parent();
    app::BackupRules {
        folder: folder.expect("a file in a folder").join("backups"),
        every: None,
        keep: 2,
    }
}

/// Keeps the codes that would have been sent.
#[derive(Debug, Default)]
pub(crate) struct Texts(parking_lot::Mutex<Vec<(String, String)>>);

impl Texts {
    /// The last code to that number.
    pub(crate) async fn code(&self, phone: &str) -> String {
        for _ in 0..200 {
            let found = self
                .0
                .lock()
                .iter()
                .rev()
                .find(|(to, _)| to == phone)
                .cloned();
            if let Some((_, code)) = found {
                return code;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("no code to {phone}");
    }

    /// Forgets what was sent.
    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }
}

impl channels::sms::SmsChannel for Texts {
    fn send<'a>(&'a self, sms: &'a channels::sms::Sms) -> channels::sms::Sending<'a> {
        Box::pin(async move {
            let code = sms.values.first().map(|(_, code)| code.clone());
            self.0
                .lock()
                .push((sms.phone.clone(), code.unwrap_or_default()));
            Ok(())
        })
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    /// The envelope's data.
    pub(crate) fn data(&self) -> &Value {
        &self.body["data"]
    }

    /// The envelope's message.
    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// The field that the refusal names.
    pub(crate) fn field(&self) -> &str {
        self.body["data"]["field"].as_str().unwrap_or_default()
    }

    /// Asserts the status and the envelope.
    pub(crate) fn expect(self, status: u16) -> Self {
        let reply = self.answers(status);
        assert_eq!(reply.body["timestamp"], NOW_S);
        reply
    }

    /// The same where the clock has moved on.
    pub(crate) fn answers(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        let code = if status < 300 { 0 } else { status };
        assert_eq!(self.body["code"], code, "{}", self.body);
        let request_id = self.body["request_id"].as_str().expect("a request id");
        let digits = request_id.strip_prefix("req-").expect("its prefix");
        assert!(digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(self.headers["x-request-id"], request_id);
        self
    }
}

impl Lab {
    /// With the usual keys and generous rates.
    pub(crate) async fn new() -> Self {
        Self::with(Settings {
            rates: GENEROUS,
            ..usual()
        })
        .await
    }

    /// With settings of the test's own.
    pub(crate) async fn with(settings: Settings) -> Self {
        let db = TestDb::sqlite().await.expect("a database");
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(NOW_S)));
        let texts = Arc::new(Texts::default());
        let letters = Arc::new(Letters::default());
        let mock = MockChannel::new(MockConfig::local(), clock.clone()).expect("a channel");
        let parts = Parts {
            clock: clock.clone() as Arc<dyn Clock>,
            db: db.db.clone(),
            outside: app::Outside {
                sms: texts.clone(),
                mail: letters.clone(),
                chat: Arc::new(channels::chat::NoChat),
                issuer: Arc::new(LocalIssuer::new(
                    clock.clone(),
                    LocalIssuerSettings::default(),
                )),
                parking: nowhere(&clock),
                payments: app::PaymentChannels::default().with_mock(mock),
                cameras: Arc::new(Still),
                frames: Arc::new(BenchReader),
                ..app::Outside::default()
            },
            bus: Bus::in_process(),
            protocols: Registry::new(vec![Arc::new(Bench)]),
            settings: app::Settings {
                backups: copies_beside(&db),
                ..operator()
            },
        };
        let (app, background) = App::start(parts).await.expect("an application");
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let readiness = Readiness::default();
        readiness.set(true);
        let api = Api::new(app.clone(), settings, metrics, readiness)
            .await
            .expect("an API");
        let router = api::router(api.clone());
        let lab = Self {
            api,
            app,
            clock,
            db,
            router,
            background,
            inboxes: Mutex::default(),
            documented: Documented::load(),
            texts,
            letters,
        };
        lab.device(DEVICE, 4).await;
        lab
    }

    /// Adds a device.
    pub(crate) async fn device(&self, phy_id: &str, ports: u16) -> PhyId {
        let phy_id: PhyId = phy_id.parse().expect("a device id");
        let new = NewDevice {
            phy_id: Some(phy_id.clone()),
            protocol: Some("bench".to_owned()),
            port_count: Some(ports),
            ..NewDevice::default()
        };
        self.app.create_device("test", new).await.expect("a device");
        phy_id
    }

    /// Calls, and compares the answer with the document.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let headers = request.headers();
        let staffed = headers.contains_key("authorization") || headers.contains_key("cookie");
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24)
            .await
            .expect("a body");
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        let kind = headers.get("content-type");
        if kind.is_none_or(|kind| kind.as_bytes().starts_with(b"application/json")) {
            self.documented
                .check(&method, &path, status, &body, staffed);
        }
        Reply {
            status,
            headers,
            body,
        }
    }

    /// Calls with headers and a body of the test's own.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request"))
            .await
    }

    /// Reads with the third-party key.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, &[("X-Api-Key", key_for(path))], "")
            .await
    }

    /// Writes with the third-party key. No `Content-Type`, as in the published examples.
    pub(crate) async fn post(&self, path: &str, body: impl ToString) -> Reply {
        let headers = [("X-Api-Key", key_for(path))];
        self.call(Method::POST, path, &headers, body.to_string())
            .await
    }

    /// Starts a charge.
    pub(crate) async fn charge(&self, phy_id: &str, body: Value) -> Reply {
        self.post(&format!("/api/v1/third/devices/{phy_id}/charge"), body)
            .await
    }

    /// Starts a charge of an hour on that port; its order number.
    pub(crate) async fn order_on(&self, port_no: u16) -> String {
        let body = serde_json::json!({
            "port_no": port_no, "charge_mode": 1, "duration": 3600, "amount": 1000
        });
        let reply = self.charge(DEVICE, body).await.expect(200);
        reply.data()["order_no"]
            .as_str()
            .expect("an order number")
            .to_owned()
    }

    /// Connects the device and has it begin an order.
    pub(crate) async fn begin(&self, order_no: &str, port_no: u16) {
        let confirmation = ChargeConfirmation {
            charge: ChargeKey::Order(order_no.parse().expect("an order number")),
            port: PortNo(port_no),
            accepted: true,
        };
        self.say(Event::Confirmed(confirmation)).await;
    }

    /// Has the device tell how much an order has taken so far.
    pub(crate) async fn meter(&self, order_no: &str, port_no: u16, centi_kwh: i64) {
        let progress = device::Progress {
            charge: ChargeKey::Order(order_no.parse().expect("an order number")),
            port: PortNo(port_no),
            duration_s: 60,
            energy: Energy::from_centi_kwh(centi_kwh),
            power: Some(kernel::Power::from_watts(1500)),
            peak_power: None,
            voltage: None,
            current: None,
            temperature_c: None,
            soc: Some(40),
            remaining_min: None,
            device_amount: None,
        };
        self.say(Event::Progress(progress)).await;
    }

    /// Has the device end an order with a record that contradicts itself.
    pub(crate) async fn end_in_doubt(&self, order_no: &str, port_no: u16) {
        let details = RecordDetails {
            doubts: vec!["period_sum".into()],
            ..RecordDetails::default()
        };
        self.end_with(order_no, port_no, Some(Box::new(details)))
            .await;
    }

    /// Has the device end an order after 10 minutes and 1 kWh.
    pub(crate) async fn end(&self, order_no: &str, port_no: u16) {
        self.end_with(order_no, port_no, None).await;
    }

    async fn end_with(&self, order_no: &str, port_no: u16, details: Option<Box<RecordDetails>>) {
        let report = EndReport {
            charge: ChargeKey::Order(order_no.parse().expect("an order number")),
            port: PortNo(port_no),
            duration_s: 600,
            energy: Energy::from_centi_kwh(100),
            device_amount: None,
            reason: EndReason::Normal,
            reason_raw: 0,
            peak_power: None,
            tier_minutes: Vec::new(),
            card_no: None,
            ended_at: None,
            details,
        };
        self.say(Event::Ended(report)).await;
    }

    /// Has the device end an order after ten minutes.
    pub(crate) async fn end_with_energy(&self, order_no: &str, port_no: u16, centi_kwh: i64) {
        self.clock.advance(Duration::from_mins(10));
        let report = EndReport {
            charge: ChargeKey::Order(order_no.parse().expect("an order number")),
            port: PortNo(port_no),
            duration_s: 600,
            energy: Energy::from_centi_kwh(centi_kwh),
            device_amount: None,
            reason: EndReason::Normal,
            reason_raw: 0,
            peak_power: None,
            tier_minutes: Vec::new(),
            card_no: None,
            ended_at: None,
            details: None,
        };
        self.say(Event::Ended(report)).await;
    }

    /// Has the device connect.
    pub(crate) async fn connect(&self) -> Arc<app::Connection> {
        let device: PhyId = DEVICE.parse().expect("a device id");
        self.connection(&device).await
    }

    /// Connects the device.
    pub(crate) async fn arrive(&self) {
        let device: PhyId = DEVICE.parse().expect("a device id");
        let connection = self.connection(&device).await;
        self.app.arrived(&connection, &device).await;
    }

    async fn connection(&self, device: &PhyId) -> Arc<app::Connection> {
        let (inbox, downlinks) = app::Inbox::new();
        self.inboxes.lock().await.push(downlinks);
        let connection = Arc::new(app::Connection {
            id: 1,
            peer: ([203, 0, 113, 7], 4711).into(),
            protocol: Arc::new(Bench),
            inbox,
            since: self.clock.now(),
            traffic: Arc::default(),
        });
        self.app.attach(&connection, device);
        connection
    }

    /// What the newest connection was told.
    pub(crate) async fn told(&self) -> Vec<Downlink> {
        let mut inboxes = self.inboxes.lock().await;
        let newest = inboxes.last_mut().expect("a connection");
        std::iter::from_fn(|| newest.take()).collect()
    }

    /// Connects the device and has it say what it is.
    pub(crate) async fn register(&self, model: &str, firmware: &str) {
        self.say(Event::Registered(Registration {
            model: Some(model.to_owned()),
            firmware: Some(firmware.to_owned()),
            ..Registration::default()
        }))
        .await;
    }

    async fn say(&self, event: Event) {
        let connection = self.connect().await;
        let envelope = Envelope {
            device: DEVICE.parse().expect("a device id"),
            at: self.clock.now(),
            device_time: None,
            msg_id: None,
            receipt: None,
            raw: None,
            event,
        };
        self.app.handle(&connection, envelope).await;
    }

    /// Ends everything.
    pub(crate) async fn close(self) {
        let Self {
            api,
            app,
            db,
            router,
            background,
            ..
        } = self;
        background.stop().await;
        drop((api, app, router));
        db.remove().await.expect("removed");
    }
}

/// The usual keys.
pub(crate) fn usual() -> Settings {
    Settings {
        third_party_keys: vec![KEY.to_owned()],
        admin_keys: vec![ADMIN.to_owned()],
        port_conflict: PortConflictPolicy::Reject,
        ..Settings::default()
    }
}

fn key_for(path: &str) -> &'static str {
    if path.starts_with("/api/v1/admin") {
        ADMIN
    } else {
        KEY
    }
}

/// A protocol without a wire: its devices never connect, commands to them wait.
#[derive(Debug)]
pub(crate) struct Bench;

impl Protocol for Bench {
    fn name(&self) -> &'static str {
        "bench"
    }

    fn label(&self) -> &'static str {
        "Bench"
    }

    fn detect(&self, _first: &[u8]) -> Detection {
        Detection::No
    }

    fn link(&self) -> Box<dyn Link> {
        unreachable!("nothing is ever detected as this protocol")
    }

    fn rhythm(&self, _profile: &Profile) -> Rhythm {
        Rhythm {
            heartbeat: Duration::from_secs(11),
            offline_after: Duration::from_secs(30),
            close_after: Duration::from_secs(30),
            report: Duration::from_secs(11),
            query_after: Duration::from_mins(1),
        }
    }

    fn offline_policy(&self) -> OfflinePolicy {
        OfflinePolicy::Complete
    }

    fn queues(&self, _command: &Command) -> bool {
        true
    }

    fn check(&self, _profile: &Profile, command: &Command) -> Result<(), CommandFault> {
        match command {
            Command::Restart { .. } => Err(CommandFault::NotSupported("restart")),
            Command::StartCharge(plan) if plan.duration_s > Some(65_535) => {
                Err(CommandFault::OutOfRange {
                    field: "duration",
                    problem: "must be at most 65535 seconds".to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    fn wire_command(&self, _profile: &Profile, command: &Command) -> Option<u16> {
        match command {
            Command::StartCharge(_) | Command::StopCharge { .. } => Some(0x82),
            Command::SetParams { via, .. } => Some(via.unwrap_or(0x83)),
            _ => None,
        }
    }

    fn describe(&self, frame: &[u8], _: Direction, _: &Profile) -> Option<String> {
        Some(format!(r#"{{"length":{}}}"#, frame.len()))
    }

    fn fields(&self, frame: &[u8], _: Direction, _: &Profile) -> Option<String> {
        let (length, hex) = (frame.len(), hex::encode(frame));
        Some(format!(
            r#"[{{"offset":0,"length":{length},"hex":"{hex}","name":"all","value":{length},"meaning":null,"about":"all of it"}}]"#
        ))
    }

    fn port_of_hole(&self, _profile: &Profile, socket: u8, hole: u8) -> Option<PortNo> {
        Some(PortNo((u16::from(socket) - 1) * 2 + u16::from(hole) + 1))
    }
}

/// A car park that cannot be reached.
fn nowhere(clock: &Arc<ManualClock>) -> ParkingVendors {
    let settings = HttpParkingSettings {
        base: "http://127.0.0.1:9/".to_owned(),
        app_key: "openpile".to_owned(),
        secret: "parking-secret".to_owned(),
        timeout: Duration::from_millis(500),
    };
    let vendor = HttpParking::new(clock.clone(), settings).expect("legal settings");
    ParkingVendors::default().with("north", Arc::new(vendor))
}
