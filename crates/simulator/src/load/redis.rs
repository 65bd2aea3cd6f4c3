//! A private Redis server.

use super::echo::{await_listener, free_address};
use super::process::{Folder, Program};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;

/// Time to come up.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// The server; it ends when this value is dropped.
#[derive(Debug)]
pub struct Redis {
    address: SocketAddr,
    _program: Program,
}

impl Redis {
    /// Starts one with nothing in it.
    ///
    /// # Errors
    /// When Redis is not installed or does not come up.
    pub async fn start(folder: &Folder) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new("redis-server");
        command.args(["--port", &address.port().to_string()]).args([
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        let program = Program::spawn(command, &folder.path().join("redis.log"))
            .context("Redis is not installed (scripts/install redis)")?;
        await_listener(address, START_TIMEOUT).await?;
        Ok(Self {
            address,
            _program: program,
        })
    }

    /// Its address for the nodes.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// How many commands it has been given so far.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn commands(&self) -> Result<u64> {
        const NAME: &str = "total_commands_processed:";
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(b"INFO stats\r\nQUIT\r\n").await?;
        let mut said = String::new();
        stream.read_to_string(&mut said).await?;
        let count = said.lines().find_map(|line| line.strip_prefix(NAME));
        count
            .and_then(|count| count.trim().parse().ok())
            .context("Redis does not count its commands")
    }
}
