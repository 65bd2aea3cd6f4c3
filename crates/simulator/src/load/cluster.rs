//! Several nodes over one PostgreSQL and one Redis.

use super::Plan;
use super::postgres::Postgres;
use super::process::Folder;
use super::redis::Redis;
use super::server::{Launcher, Node, Server, Setup};
use anyhow::Result;
use std::net::SocketAddr;
use std::time::Duration;

/// The nodes and what they share.
#[derive(Debug)]
pub struct Cluster<'a> {
    /// The nodes that run.
    pub nodes: Vec<Server>,
    /// How each of them is run.
    pub launchers: Vec<Launcher<'a>>,
    /// What they ring each other with.
    pub redis: Redis,
    /// What they share; ends behind them.
    _postgres: Postgres,
    _folders: Vec<Folder>,
}

impl<'a> Cluster<'a> {
    /// Starts so many nodes, communication log off.
    ///
    /// # Errors
    /// When one of them, PostgreSQL or Redis does not come up.
    pub async fn start(plan: &'a Plan, name: &str, count: usize, sample: u32) -> Result<Self> {
        let mut folders = vec![Folder::new(name)?];
        let postgres = Postgres::start().await?;
        let redis = Redis::start(&folders[0]).await?;
        let (mut nodes, mut launchers) = (Vec::new(), Vec::new());
        for number in 0..count {
            let folder = Folder::new(&format!("{name}-{number}"))?;
            let setup = Setup {
                database_url: Some(postgres.url()),
                heartbeat_sample: sample,
                node: Some(Node {
                    name: format!("node-{number}"),
                    redis_url: redis.url(),
                }),
                ..Setup::default()
            };
            let launcher = Launcher::new(&plan.program, &folder, &setup)?;
            nodes.push(launcher.start().await?);
            launchers.push(launcher);
            folders.push(folder);
        }
        Ok(Self {
            nodes,
            launchers,
            redis,
            _postgres: postgres,
            _folders: folders,
        })
    }

    /// Where the nodes take devices.
    pub fn doors(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.tcp).collect()
    }

    /// Processor time of all nodes together.
    ///
    /// # Errors
    /// When one of them has ended.
    pub fn cpu(&self) -> Result<Duration> {
        self.nodes.iter().map(|node| node.program.cpu()).sum()
    }
}
