//! The server that is measured: `openpile serve` as a process of its own, with its own
//! configuration and its own database.

use super::echo::{await_listener, free_address};
use super::http::Http;
use super::process::{Folder, Program};
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// The key that the measurements call with.
pub const API_KEY: &str = "load-key";

/// The keys of two operators: prices need two people.
pub const OPERATOR_KEYS: [&str; 2] = ["load-operator", "load-second-operator"];

/// Time to come up.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Between two looks at a server that comes to rest.
const SETTLE_GAP: Duration = Duration::from_secs(5);
/// It is at rest when so many looks in a row find nothing new.
const CALM_LOOKS: u32 = 3;
/// One that is not at rest after so many looks is measured as it is.
const SETTLE_LOOKS: u32 = 20;

/// Signs the webhooks.
const WEBHOOK_SECRET: &str = "load-secret";

/// What differs between measurements.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// PostgreSQL; without it, SQLite in the data folder.
    pub database_url: Option<String>,
    /// Whether every frame is kept.
    pub comm_log: bool,
    /// Where the webhooks go; without it, none are sent.
    pub webhook: Option<SocketAddr>,
    /// Heartbeats between two announcements to third parties.
    pub heartbeat_sample: u32,
    /// Its place among several nodes; without it, it is alone.
    pub node: Option<Node>,
}

/// One of several nodes.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// What the nodes ring each other with.
    pub redis_url: String,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// The process.
    pub program: Program,
    /// Where it takes devices.
    pub tcp: SocketAddr,
    /// Where it takes calls.
    pub http: SocketAddr,
}

/// How a server is run, and run again on the same data.
#[derive(Debug)]
pub struct Launcher<'a> {
    binary: &'a Path,
    config: PathBuf,
    log: PathBuf,
    tcp: SocketAddr,
    http: SocketAddr,
}

impl<'a> Launcher<'a> {
    /// Writes the configuration; the data goes into `folder` as well.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn new(binary: &'a Path, folder: &Folder, setup: &Setup) -> Result<Self> {
        let (tcp, http) = (free_address()?, free_address()?);
        let config = folder.path().join("server.yaml");
        std::fs::write(&config, setup.yaml(folder.path(), tcp, http))?;
        Ok(Self {
            binary,
            config,
            log: folder.path().join("server.log"),
            tcp,
            http,
        })
    }

    /// Runs the server and returns at once.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn spawn(&self) -> Result<Server> {
        let mut command = Command::new(self.binary);
        command.arg("serve").arg("--config").arg(&self.config);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("OPENPILE__") {
                command.env_remove(name);
            }
        }
        let program = Program::spawn(command, &self.log)?;
        Ok(Server {
            program,
            tcp: self.tcp,
            http: self.http,
        })
    }

    /// Runs the server and waits until it is ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(&self) -> Result<Server> {
        let mut server = self.spawn()?;
        if let Err(error) = server.ready().await {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let last = log.lines().last().unwrap_or_default().to_owned();
            return Err(error.context(format!("the server did not come up: {last}")));
        }
        Ok(server)
    }
}

impl Server {
    /// Waits until what is under way is written and what is spare has been given back: until
    /// the memory stays as it is for a while. Returns the bytes that are resident then.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn settled(&self) -> Result<u64> {
        let (mut resident, mut calm) = (0, 0);
        for _ in 0..SETTLE_LOOKS {
            tokio::time::sleep(SETTLE_GAP).await;
            let before = std::mem::replace(&mut resident, self.program.resident()?);
            let moved = resident.abs_diff(before) > before / 100;
            calm = if moved { 0 } else { calm + 1 };
            if calm == CALM_LOOKS {
                break;
            }
        }
        Ok(resident)
    }

    async fn ready(&mut self) -> Result<()> {
        await_listener(self.http, START_TIMEOUT).await?;
        let began = tokio::time::Instant::now();
        loop {
            ensure!(self.program.is_running(), "it has ended");
            ensure!(began.elapsed() < START_TIMEOUT, "it never became ready");
            let mut http = Http::connect(self.http).await?;
            let answer = http
                .call("/readyz", "")
                .await
                .context("asking whether it is ready")?;
            if answer.status == 200 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Setup {
    fn yaml(&self, folder: &Path, tcp: SocketAddr, http: SocketAddr) -> String {
        let database = match &self.database_url {
            Some(url) => format!("database: {{ url: \"{url}\", connections: 32 }}\n"),
            None => String::new(),
        };
        let node = match &self.node {
            Some(node) => format!(
                "redis: {{ url: \"{}\" }}\ncluster: {{ node: {} }}\n",
                node.redis_url, node.name
            ),
            None => String::new(),
        };
        let webhook = match self.webhook {
            Some(address) => format!(
                "  webhook_url: \"http://{address}/webhook\"\n  webhook_secret: {WEBHOOK_SECRET}\n"
            ),
            None => String::new(),
        };
        format!(
            "data_dir: \"{}\"\n{database}{node}\
             http: {{ listen: \"{http}\" }}\n\
             tcp: {{ listen: [\"{tcp}\"] }}\n\
             devices: {{ auto_enrol: true }}\n\
             heartbeat_sample: {}\n\
             third_party:\n  enable_queue: true\n  api_keys: [\"{API_KEY}\"]\n{webhook}\
             admin: {{ api_keys: [\"{}\", \"{}\"] }}\n\
             webhook: {{ allow_networks: [\"127.0.0.0/8\"] }}\n\
             rate:\n  write: {{ burst: 1000000, refill_per_s: 1000000 }}\n  \
             read: {{ burst: 1000000, refill_per_s: 1000000 }}\n\
             limits: {{ frames_per_second: 1000000, bytes_per_second: 100000000 }}\n\
             comm_log: {{ enabled: {} }}\n\
             log: {{ level: warn }}\n",
            folder.join("data").display(),
            self.heartbeat_sample.max(1),
            OPERATOR_KEYS[0],
            OPERATOR_KEYS[1],
            self.comm_log,
        )
    }
}
