//! A Redis Cluster.

use super::{RedisServer, until};
use crate::ports::free_address;
use anyhow::{Result, ensure};
use std::process::Command;

/// Servers that hold slots, and as many that follow them.
const MASTERS: usize = 3;

/// Three masters with a replica each.
#[derive(Debug)]
pub struct RedisCluster {
    servers: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts one. Blocks for some seconds.
    pub fn start() -> Result<Self> {
        let servers: Result<Vec<_>> = (0..2 * MASTERS)
            .map(|_| {
                RedisServer::start_with(&[
                    "--cluster-enabled",
                    "yes",
                    "--cluster-port",
                    &free_address().port().to_string(),
                    "--cluster-node-timeout",
                    "1000",
                    "--repl-diskless-sync-delay",
                    "0",
                ])
            })
            .collect();
        let cluster = Self { servers: servers? };
        cluster.join()?;
        Ok(cluster)
    }

    fn join(&self) -> Result<()> {
        let output = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(self.addresses())
            .args(["--cluster-replicas", "1", "--cluster-yes"])
            .output()?;
        ensure!(output.status.success(), "redis-cli: {output:?}");
        self.await_whole(2 * MASTERS)?;
        // One that has never had its master's data does not take over.
        until("every replica has what its master has", || {
            let mut following = 0;
            for server in self.living() {
                let info = server.cli(&["INFO", "replication"])?;
                following += usize::from(info.contains("master_link_status:up"));
            }
            Ok(following == MASTERS)
        })
    }

    fn addresses(&self) -> impl Iterator<Item = String> {
        let address = |server: &RedisServer| format!("127.0.0.1:{}", server.port());
        self.servers.iter().map(address)
    }

    /// Waits until those that live say that all slots are held, and that so many are connected.
    fn await_whole(&self, connected: usize) -> Result<()> {
        until("the cluster is whole", || {
            let mut whole = true;
            for server in self.living() {
                let info = server.cli(&["CLUSTER", "INFO"])?;
                let nodes = server.cli(&["CLUSTER", "NODES"])?;
                let there = nodes.lines().filter(|line| !line.contains("fail")).count();
                whole &= info.contains("cluster_state:ok") && there >= connected;
            }
            Ok(whole)
        })
    }

    fn living(&self) -> impl Iterator<Item = &RedisServer> {
        self.servers.iter().filter(|server| server.is_alive())
    }

    /// Where it is, for the program.
    pub fn url(&self) -> String {
        let addresses: Vec<String> = self.addresses().collect();
        format!("redis-cluster://{}", addresses.join(","))
    }

    /// Ends the master that holds a key, and waits until its replica has taken over. Blocks.
    pub fn lose_master_of(&self, key: &str) -> Result<()> {
        let mut lost = None;
        for server in self.living() {
            // Whoever holds it answers; everybody else says where it is.
            let answer = server.cli(&["EXISTS", key])?;
            let role = server.cli(&["ROLE"])?;
            if role.starts_with("master") && !answer.starts_with("MOVED") {
                lost = Some(server);
            }
        }
        let lost = lost.ok_or_else(|| anyhow::anyhow!("nobody holds {key}"))?;
        lost.kill()?;
        until("the others notice", || {
            let mut noticed = true;
            for server in self.living() {
                noticed &= server.cli(&["CLUSTER", "NODES"])?.contains("fail");
            }
            Ok(noticed)
        })?;
        self.await_whole(2 * MASTERS - 1)
    }
}
