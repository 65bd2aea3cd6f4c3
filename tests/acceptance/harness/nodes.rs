//! Several nodes over one PostgreSQL and one Redis, with a balancer before their device ports.

use super::balancer::Balancer;
use super::database::Database;
use super::http::{Answer, Http};
use super::program::{Launch, Program};
use super::site::{SECRET, configuration};
use super::wait::eventually;
use serde_json::{Value, json};
use simulator::family::Device;
use simulator::{SimDevice, Target};
use std::net::SocketAddr;
use tempfile::TempDir;
use testkit::ports::free_address;
use testkit::receiver::{Received, TestReceiver};
use testkit::redis::RedisServer;

/// What makes a cluster of the tests notice a death within seconds.
const QUICK: [(&str, &str); 6] = [
    ("CLUSTER__BEAT_S", "0.5"),
    ("CLUSTER__DEAD_AFTER_S", "3"),
    ("RATE__WRITE__BURST", "1000"),
    ("RATE__WRITE__REFILL_PER_S", "1000"),
    ("OFFLINE_RETRY_S", "2"),
    ("SWEEP_S", "2"),
];

/// Keys of the configuration as environment variables spell them, and their values.
pub type Variables = Vec<(String, String)>;

fn owned(variables: &[(&str, &str)]) -> Variables {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

/// One node.
pub struct Node {
    /// The real program.
    pub program: Program,
    /// Calls to it.
    pub http: Http,
    /// Its port for devices.
    pub tcp: SocketAddr,
    _folder: TempDir,
}

/// A cluster.
pub struct Nodes {
    /// Its nodes: `node-0`, `node-1` and so on.
    pub all: Vec<Node>,
    /// Before their device ports.
    pub balancer: Balancer,
    /// What they ring each other with.
    pub redis: RedisServer,
    /// What they share.
    pub database: Database,
    /// Where webhooks go.
    pub receiver: TestReceiver,
}

impl Nodes {
    /// So many nodes.
    pub async fn open(count: usize) -> Self {
        Self::with(count, Database::create(super::Engine::Postgres).await, &[]).await
    }

    /// With some keys of the configuration changed, on a given database.
    pub async fn with(count: usize, database: Database, changes: &[(&str, &str)]) -> Self {
        let redis = RedisServer::start().expect("Redis starts");
        let changes = owned(changes);
        Self::each(count, database, redis, |_| changes.clone()).await
    }

    /// With keys of its own for each node, on a given database and Redis.
    pub async fn each(
        count: usize,
        database: Database,
        redis: RedisServer,
        changes: impl Fn(usize) -> Variables,
    ) -> Self {
        let receiver = TestReceiver::start_with_secret(SECRET)
            .await
            .expect("a free port");
        let mut nodes = Vec::new();
        for number in 0..count {
            let mut variables = owned(&QUICK);
            variables.push(("REDIS__URL".to_owned(), redis.url()));
            variables.push(("CLUSTER__NODE".to_owned(), format!("node-{number}")));
            variables.extend(changes(number));
            nodes.push(Node::start(&database, &receiver.url(), variables).await);
        }
        let balancer = Balancer::before(nodes.iter().map(|node| node.tcp).collect()).await;
        Self {
            all: nodes,
            balancer,
            redis,
            database,
            receiver,
        }
    }

    /// Where devices connect.
    pub fn target(&self) -> Target {
        Target::loopback(self.balancer.address()).expect("a loopback address")
    }

    /// Switches a device on and waits until all nodes know it as online.
    pub async fn device(&self, device: impl Into<Device>) -> SimDevice {
        let device = SimDevice::spawn(device, self.target()).expect("there can be such a device");
        for node in &self.all {
            node.wait_online(device.id(), true).await;
        }
        device
    }

    /// Has new connections taken by that node, or by the others while it takes none.
    pub fn next_to(&self, node: usize) {
        let count = self.all.len();
        let order = (0..count).map(|place| self.all[(node + place) % count].tcp);
        self.balancer.prefer(order.collect());
    }

    /// The events of an order as they were accepted, each once, in the order of their arrival.
    pub fn events_of(&self, order_no: &str) -> Vec<Received> {
        let mut events = self.receiver.received();
        let mut seen = std::collections::HashSet::new();
        events.retain(|event| {
            event.accepted()
                && event.order_no() == order_no
                && seen.insert(event.event_id().to_owned())
        });
        events
    }

    /// Rows of the shared database.
    pub fn psql(&self, sql: &str) -> Vec<Vec<String>> {
        self.database.psql(sql).expect("PostgreSQL")
    }
}

impl Node {
    async fn start(database: &Database, receiver: &str, variables: Variables) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("openpile-acceptance-")
            .tempdir()
            .expect("a temporary folder");
        let (http, tcp) = (free_address(), [free_address(), free_address()]);
        let launch = Launch {
            config: folder.path().join("openpile.yaml"),
            variables: variables
                .into_iter()
                .map(|(key, value)| (format!("OPENPILE__{key}"), value))
                .collect(),
            log_file: folder.path().join("stdout.log"),
            ignores_file_size_signal: false,
        };
        let text = configuration(folder.path(), http, tcp, receiver, database.url());
        std::fs::write(&launch.config, text).expect("the folder can be written");
        Self {
            program: Program::start(launch).await,
            http: Http::new(http),
            tcp: tcp[0],
            _folder: folder,
        }
    }

    /// The read API's view of a device; null while it is unknown.
    pub async fn device_view(&self, id: &str) -> Value {
        let mut answer = self.http.get(&format!("/api/v1/third/devices/{id}")).await;
        answer.body["data"].take()
    }

    /// Waits until this node sees a device as online, or not.
    pub async fn wait_online(&self, id: &str, online: bool) {
        eventually(&format!("device {id} online: {online}"), async || {
            let seen = self.device_view(id).await;
            (seen["online"] == online).then_some(())
        })
        .await;
    }

    /// Waits until there is an open alarm of that kind, or none.
    pub async fn wait_alarm(&self, code: &str, open: bool) {
        eventually(&format!("alarm {code}: {open}"), async || {
            let path = format!("/api/v1/admin/alarms?code={code}&open=true");
            let answer = self.http.admin_get(&path).await;
            let any = answer.data()["total"].as_i64() > Some(0);
            (any == open).then_some(())
        })
        .await;
    }

    /// A start call that must succeed; the order's number.
    pub async fn start_charge(&self, id: &str, port: u16, seconds: u32) -> String {
        let body = json!({"port_no": port, "charge_mode": 1, "duration": seconds,
                          "amount": 5000, "price_per_kwh": 150});
        let path = format!("/api/v1/third/devices/{id}/charge");
        let answer = self.post_until_taken(&path, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let number = answer.data()["order_no"].as_str();
        number.expect("an order number").to_owned()
    }

    /// A stop call.
    pub async fn stop_charge(&self, id: &str, port: u16, order_no: &str) {
        let body = json!({"port_no": port, "order_no": order_no});
        let path = format!("/api/v1/third/devices/{id}/stop");
        let answer = self.post_until_taken(&path, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// A call, said again while its device moves from one node to another.
    async fn post_until_taken(&self, path: &str, body: &Value) -> Answer {
        eventually("a call is taken", async || {
            let answer = self.http.post(path, body).await;
            (answer.status != 503).then_some(answer)
        })
        .await
    }

    /// Waits until this node shows an order with a status.
    pub async fn wait_status(&self, order_no: &str, status: &str) -> Value {
        eventually(&format!("order {order_no} {status}"), async || {
            let path = format!("/api/v1/third/orders/{order_no}");
            let mut answer = self.http.get(&path).await;
            let order = answer.body["data"].take();
            (order["status"] == status).then_some(order)
        })
        .await
    }
}
