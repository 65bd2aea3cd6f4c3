//! A whole installation: program, database, webhook receiver, devices.

use super::database::{Database, Engine};
use super::http::{Answer, Http};
use super::program::{Launch, Program};
use super::wait::{PATIENCE, eventually};
use super::wire::Frame;
use serde_json::{Value, json};
use simulator::SimDevice;
use simulator::Target;
use simulator::device::Direction;
use simulator::family::Device;
use simulator::pile::{Dialect, Setup};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use tempfile::TempDir;
use testkit::db::write_migrated_sqlite;
use testkit::ports::free_address;
use testkit::receiver::{Received, Signature, TestReceiver};
use testkit::redis::RedisServer;

/// A4-E01: the two devices of the acceptance plan.
pub const DEVICE: &str = "82210225000520";
/// The other one.
pub const SECOND_DEVICE: &str = "82241218000382";
/// Signs webhooks.
pub const SECRET: &str = "your-secret-key";

/// A v8.6 device whose minute lasts a second.
pub fn fast(id: &str) -> Setup {
    Setup {
        speed: 60,
        ..Setup::new(id, Dialect::V86)
    }
}

/// A v8.6 device whose hour lasts twenty-four seconds: each of its minutes is told, also while
/// the machine has much else to do.
pub fn full_hour(id: &str) -> Setup {
    Setup {
        speed: 150,
        ..Setup::new(id, Dialect::V86)
    }
}

/// A networked gateway with one socket, whose minute lasts a quarter of a second.
pub fn networked(id: &str) -> Setup {
    Setup {
        speed: 240,
        ..Setup::new(id, Dialect::Networked)
    }
}

/// A running installation.
pub struct Site {
    /// The real program.
    pub program: Program,
    /// Calls to it.
    pub http: Http,
    /// Where its webhooks go.
    pub receiver: TestReceiver,
    /// Where it keeps everything.
    pub database: Database,
    /// Its two ports for devices.
    pub tcp: [SocketAddr; 2],
    folder: Folder,
    /// A program on a server is a node: what it does alone it must do there as well.
    _redis: Option<RedisServer>,
}

impl Site {
    /// An installation as the test configuration describes it.
    pub async fn open(engine: Engine) -> Self {
        Self::with(engine, &[]).await
    }

    /// With some keys of the configuration changed: `("SWEEP_S", "1")`,
    /// `("THIRD_PARTY__ENABLE_QUEUE", "false")`.
    pub async fn with(engine: Engine, changes: &[(&str, &str)]) -> Self {
        Self::on(Database::create(engine).await, changes).await
    }

    /// On a given database.
    pub async fn on(database: Database, changes: &[(&str, &str)]) -> Self {
        let receiver = TestReceiver::start_with_secret(SECRET)
            .await
            .expect("a free port");
        let folder = Folder::create();
        let (http, tcp) = (free_address(), [free_address(), free_address()]);
        let redis = (database.url())
            .map(|_| RedisServer::start())
            .transpose()
            .expect("Redis starts");
        let url = redis.as_ref().map(RedisServer::url);
        let redis_key = url.as_deref().map(|url| ("REDIS__URL", url));
        let launch = Launch {
            config: folder.path().join("openpile.yaml"),
            variables: (redis_key.iter().chain(changes))
                .map(|(key, value)| (format!("OPENPILE__{key}"), (*value).to_owned()))
                .collect(),
            log_file: folder.path().join("stdout.log"),
            ignores_file_size_signal: false,
        };
        if matches!(database, Database::Sqlite) {
            let data = folder.path().join("data");
            std::fs::create_dir(&data).expect("the folder is new");
            write_migrated_sqlite(&data.join("openpile.db"))
                .await
                .expect("a database in the folder");
        }
        let text = configuration(folder.path(), http, tcp, &receiver.url(), database.url());
        std::fs::write(&launch.config, text).expect("the folder can be written");
        let program = Program::start(launch).await;
        Self {
            program,
            http: Http::new(http),
            receiver,
            database,
            tcp,
            folder,
            _redis: redis,
        }
    }

    /// The test's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where simulated devices connect.
    pub fn target(&self) -> Target {
        Target::loopback(self.tcp[0]).expect("a loopback address")
    }

    /// Switches a device on and waits until the program knows it with all its ports.
    pub async fn device(&self, setup: Setup) -> SimDevice {
        let (id, ports) = (setup.id.clone(), usize::from(setup.ports));
        let device = self.strange_device(setup);
        self.wait_device(&id, "online with its ports", |seen| {
            seen["online"] == true && seen["ports"].as_array().is_some_and(|p| p.len() >= ports)
        })
        .await;
        device
    }

    /// Switches a device on.
    pub fn strange_device(&self, device: impl Into<Device>) -> SimDevice {
        SimDevice::spawn(device, self.target()).expect("there can be such a device")
    }

    /// The read API's view of a device; null while it is unknown.
    pub async fn device_view(&self, id: &str) -> Value {
        let mut answer = self.http.get(&format!("/api/v1/third/devices/{id}")).await;
        answer.body["data"].take()
    }

    /// Waits until a device looks as wished.
    pub async fn wait_device(
        &self,
        id: &str,
        what: &str,
        wished: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut last = Value::Null;
        let waiting = async {
            eventually(&format!("device {id} {what}"), async || {
                last = self.device_view(id).await;
                wished(&last).then(|| last.clone())
            })
            .await
        };
        waiting.await
    }

    /// Waits until a port looks as wished.
    pub async fn wait_port(
        &self,
        id: &str,
        port: u16,
        what: &str,
        wished: impl Fn(&Value) -> bool,
    ) -> Value {
        let seen = self
            .wait_device(id, what, |seen| wished(&port_of(seen, port)))
            .await;
        port_of(&seen, port)
    }

    /// A start call.
    pub async fn charge(&self, id: &str, body: &Value) -> Answer {
        self.http
            .post(&format!("/api/v1/third/devices/{id}/charge"), body)
            .await
    }

    /// A start call that must succeed; the order's number.
    pub async fn start(&self, id: &str, body: &Value) -> String {
        let answer = self.charge(id, body).await;
        answer.data()["order_no"]
            .as_str()
            .expect("an order number")
            .to_owned()
    }

    /// Starts, plugs in, and waits until the order charges.
    pub async fn start_charging(&self, device: &SimDevice, port: u16, body: &Value) -> String {
        let order_no = self.start(device.id(), body).await;
        device.plug(port).await.expect("the device lives");
        self.wait_status(&order_no, "charging").await;
        order_no
    }

    /// A stop call.
    pub async fn stop(&self, id: &str, body: &Value) -> Answer {
        self.http
            .post(&format!("/api/v1/third/devices/{id}/stop"), body)
            .await
    }

    /// An order as the read API shows it.
    pub async fn order(&self, order_no: &str) -> Value {
        let answer = self
            .http
            .get(&format!("/api/v1/third/orders/{order_no}"))
            .await;
        answer.data().clone()
    }

    /// Waits until an order looks as wished.
    pub async fn wait_order(
        &self,
        order_no: &str,
        what: &str,
        wished: impl Fn(&Value) -> bool,
    ) -> Value {
        eventually(&format!("order {order_no} {what}"), async || {
            let order = self.order(order_no).await;
            wished(&order).then_some(order)
        })
        .await
    }

    /// Waits until an order has a status.
    pub async fn wait_status(&self, order_no: &str, status: &str) -> Value {
        self.wait_order(order_no, status, |order| order["status"] == status)
            .await
    }

    /// Waits for the first event of this type about an order (or, with an empty number, any).
    pub async fn event(&self, event_type: &str, order_no: &str) -> Received {
        let event = self.receiver.wait_for(event_type, order_no).await;
        let event = event.unwrap_or_else(|missing| panic!("{missing}"));
        assert_eq!(event.signature, Signature::Valid, "{event:?}");
        event
    }

    /// Whatever was delivered and accepted about one order, in the order of its arrival.
    pub fn deliveries_of(&self, order_no: &str) -> Vec<Received> {
        let mut deliveries = self.receiver.received();
        deliveries.retain(|event| event.accepted() && event.order_no() == order_no);
        deliveries
    }

    /// The events of one order: what was delivered again, because its answer came too late, is
    /// the same event.
    pub fn events_of(&self, order_no: &str) -> Vec<Received> {
        let mut events = self.deliveries_of(order_no);
        let mut known = HashSet::new();
        events.retain(|event| known.insert(event.event_id().to_owned()));
        events
    }

    /// The types of all accepted events of an order.
    pub fn event_types(&self, order_no: &str) -> Vec<String> {
        self.events_of(order_no)
            .iter()
            .map(|event| event.event_type().to_owned())
            .collect()
    }

    /// Open alarms with this code.
    pub async fn alarms(&self, code: &str) -> Vec<Value> {
        let answer = self
            .http
            .admin_get(&format!("/api/v1/admin/alarms?code={code}"))
            .await;
        answer.data()["items"].as_array().expect("a list").clone()
    }

    /// Waits for an alarm with this code.
    pub async fn wait_alarm(&self, code: &str) -> Value {
        eventually(&format!("alarm {code}"), async || {
            self.alarms(code).await.pop()
        })
        .await
    }
}

/// One port of a device's view; null when there is none.
pub fn port_of(device: &Value, port: u16) -> Value {
    let ports = device["ports"].as_array();
    let found = ports.and_then(|ports| ports.iter().find(|view| view["port_no"] == port));
    found.cloned().unwrap_or(Value::Null)
}

/// Body A of the acceptance plan: an hour, ten yuan.
pub fn body_a() -> Value {
    json!({
        "port_no": 1, "charge_mode": 1, "duration": 3600, "amount": 1000,
        "price_per_kwh": 150, "service_fee": 100
    })
}

/// Frames that went over a device's connection, of one command.
pub fn frames(device: &SimDevice, direction: Direction, cmd: u16) -> Vec<Frame> {
    device
        .frames()
        .iter()
        .filter(|record| record.direction == direction)
        .filter_map(|record| Frame::read(&record.bytes))
        .filter(|frame| frame.cmd == cmd)
        .collect()
}

/// The longest that a device waits for anything in these tests.
pub const DEVICE_PATIENCE: std::time::Duration = PATIENCE;

pub(super) fn configuration(
    folder: &Path,
    http: SocketAddr,
    tcp: [SocketAddr; 2],
    webhook: &str,
    database: Option<&str>,
) -> String {
    let mut text = format!(
        r#"data_dir: "{folder}/data"
http: {{ listen: "{http}" }}
tcp: {{ listen: ["{first}", "{second}"] }}
devices: {{ auto_enrol: true }}
third_party:
  webhook_url: "{webhook}"
  webhook_secret: "{SECRET}"
  enable_queue: true
  api_keys: ["test-api-key", "test-api-key-12345"]
admin: {{ api_keys: ["test-admin-key", "test-second-admin-key"] }}
webhook:
  allow_networks: ["127.0.0.0/8"]
  fast_retries_s: [0.1, 0.2, 0.4, 0.8]
  slow_retries_s: [2, 2]
rate: {{ read: {{ burst: 100000, refill_per_s: 100000 }} }}
# Devices whose clocks run faster talk faster.
limits: {{ frames_per_second: 5000, bytes_per_second: 2000000 }}
log: {{ level: info, format: json }}
"#,
        folder = folder.display(),
        first = tcp[0],
        second = tcp[1],
    );
    if let Some(url) = database {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "database: {{ url: \"{url}\", connections: 8 }}");
    }
    text
}

/// A folder for temporary files; left to be looked at when the test has failed.
struct Folder(TempDir);

impl Folder {
    fn create() -> Self {
        let made = tempfile::Builder::new()
            .prefix("openpile-acceptance-")
            .tempdir();
        Self(made.expect("the temporary folder can be written"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.0.disable_cleanup(std::thread::panicking());
    }
}
