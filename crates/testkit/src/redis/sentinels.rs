//! A Redis server with a replica, and sentinels that promote the replica when it has to be.

use super::{RedisServer, keep, until};
use crate::ports::free_address;
use anyhow::Result;
use std::fs;
use std::process::{Child, Command};
use std::sync::Mutex;
use tempfile::TempDir;

/// What the sentinels call the master.
const NAME: &str = "openpile";
const SENTINELS: usize = 3;

/// Ends the sentinel when its input closes.
const KEEPER: &str = r#"redis-server "$1" --sentinel >/dev/null & read -r _; kill -9 $!"#;

/// A master, its replica and three sentinels.
#[derive(Debug)]
pub struct WatchedRedis {
    master: RedisServer,
    replica: RedisServer,
    sentinels: Vec<Sentinel>,
    _folder: TempDir,
}

#[derive(Debug)]
struct Sentinel {
    port: u16,
    child: Mutex<Child>,
}

impl WatchedRedis {
    /// Starts them. Blocks for some seconds.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let master = RedisServer::start()?;
        let port = master.port().to_string();
        let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &port])?;
        let sentinels: Result<Vec<_>> = (0..SENTINELS)
            .map(|number| {
                let file = folder.path().join(format!("sentinel-{number}.conf"));
                let own = free_address().port();
                fs::write(
                    &file,
                    format!(
                        "port {own}\nbind 127.0.0.1\n\
                         sentinel monitor {NAME} 127.0.0.1 {port} 2\n\
                         sentinel down-after-milliseconds {NAME} 1000\n\
                         sentinel failover-timeout {NAME} 5000\n"
                    ),
                )?;
                let shell = ["-c", KEEPER, "keeper"];
                let child = keep(Command::new("sh").args(shell).arg(&file))?;
                Ok(Sentinel {
                    port: own,
                    child: Mutex::new(child),
                })
            })
            .collect();
        let watched = Self {
            master,
            replica,
            sentinels: sentinels?,
            _folder: folder,
        };
        until("the sentinels know each other and the replica", || {
            let known = watched.sentinels.iter().all(|sentinel| {
                sentinel.says("num-other-sentinels", "2") && sentinel.says("num-slaves", "1")
            });
            let follows = watched.replica.cli(&["INFO", "replication"])?;
            Ok(known && follows.contains("master_link_status:up"))
        })?;
        Ok(watched)
    }

    /// Where the sentinels are, for the program.
    pub fn url(&self) -> String {
        let address = |sentinel: &Sentinel| format!("127.0.0.1:{}", sentinel.port);
        let addresses: Vec<String> = self.sentinels.iter().map(address).collect();
        format!("redis-sentinel://{}/{NAME}", addresses.join(","))
    }

    /// Ends the master, and waits until the sentinels name the replica. Blocks.
    pub fn lose_master(&self) -> Result<()> {
        self.master.kill()?;
        let port = self.replica.port().to_string();
        until("the replica is master", || {
            let named = self.sentinels.iter().all(|one| one.says("port", &port));
            Ok(named && self.replica.cli(&["ROLE"])?.starts_with("master"))
        })
    }
}

impl Sentinel {
    /// Whether a field of what it knows about the master has that value.
    fn says(&self, field: &str, value: &str) -> bool {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string(), "SENTINEL", "MASTER", NAME])
            .output();
        let Ok(output) = output else { return false };
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines();
        lines.any(|line| line == field) && lines.next() == Some(value)
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        let child = child.unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(child.stdin.take());
        // Nothing to do about one that is gone already.
        let _ = child.wait();
    }
}
