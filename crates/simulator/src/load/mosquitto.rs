//! mosquitto, an MQTT broker written in C, as the measure of a good keep-alive.

use super::echo::{await_listener, free_address};
use super::ping::{Clients, Reply};
use super::process::{Folder, Program};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// Where Debian puts it, besides the path.
const PLACES: [&str; 3] = [
    "/usr/sbin/mosquitto",
    "/usr/local/sbin/mosquitto",
    "/usr/bin/mosquitto",
];

/// PINGREQ.
const PING: [u8; 2] = [0xC0, 0x00];
/// Bytes of PINGRESP.
const PONG: usize = 2;
/// Bytes of CONNACK.
const CONNACK: usize = 4;

/// A broker as a process of its own.
#[derive(Debug)]
pub struct Mosquitto {
    /// The process.
    pub program: Program,
    address: SocketAddr,
}

impl Mosquitto {
    /// Starts it.
    ///
    /// # Errors
    /// When it is not installed or does not come up.
    pub async fn start(folder: &Folder) -> Result<Self> {
        let found = PLACES.iter().map(PathBuf::from).find(|path| path.exists());
        let binary = found.context("mosquitto is not installed (scripts/install mosquitto)")?;
        let address = free_address()?;
        let config = folder.path().join("mosquitto.conf");
        std::fs::write(
            &config,
            format!(
                "listener {} 127.0.0.1\nallow_anonymous true\npersistence false\n\
                 max_connections -1\nset_tcp_nodelay true\nlog_type error\n",
                address.port()
            ),
        )?;
        let program = Program::spawn(command(&binary, &config), &folder.path().join("broker.log"))?;
        await_listener(address, Duration::from_secs(10))
            .await
            .context("mosquitto is silent")?;
        Ok(Self { program, address })
    }

    /// Clients that send keep-alives.
    ///
    /// # Errors
    /// When one cannot connect.
    pub async fn clients(&self, count: u64) -> Result<Clients> {
        let hello = |number| (hello(number), CONNACK);
        Clients::connect(self.address, count, Reply::Bytes(PONG), hello, |_| {
            PING.to_vec()
        })
        .await
    }
}

fn command(binary: &Path, config: &Path) -> Command {
    let mut command = Command::new(binary);
    command.arg("-c").arg(config);
    command
}

/// CONNECT of MQTT 3.1.1: a clean session without keep-alive.
fn hello(number: u64) -> Vec<u8> {
    let id = format!("load{number}");
    let mut rest = vec![0, 4];
    rest.extend(b"MQTT");
    rest.extend([4, 2, 0, 0, 0, u8::try_from(id.len()).unwrap_or(0)]);
    rest.extend(id.as_bytes());
    let mut packet = vec![0x10, u8::try_from(rest.len()).unwrap_or(0)];
    packet.extend(rest);
    packet
}
