//! Private Redis servers for tests: one, a cluster of them, or a pair that sentinels watch.

mod cluster;
mod sentinels;

pub use cluster::RedisCluster;
pub use sentinels::WatchedRedis;

use crate::ports::free_address;
use anyhow::{Context as _, Result, bail, ensure};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longest wait until the server takes connections.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Redis server on a free loopback port, with nothing in it. It ends when this value is dropped,
/// or its process dies in any way.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    arguments: Vec<String>,
    child: Mutex<Child>,
    _folder: TempDir,
}

impl RedisServer {
    /// Starts one. Blocks for a moment.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// Starts one with further arguments.
    pub fn start_with(arguments: &[&str]) -> Result<Self> {
        let port = free_address().port();
        // A replica keeps what it is sent in a file, which no other server may find.
        let folder = tempfile::tempdir()?;
        let own = ["--dir".to_owned(), folder.path().display().to_string()];
        let given = arguments.iter().map(|&text| text.to_owned());
        let arguments: Vec<String> = own.into_iter().chain(given).collect();
        let child = run(port, &arguments)?;
        let server = Self {
            port,
            arguments,
            child: Mutex::new(child),
            _folder: folder,
        };
        server.await_ready()?;
        Ok(server)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What `redis-cli` prints for a command; nothing is an empty text.
    pub fn cli(&self, command: &[&str]) -> Result<String> {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(command)
            .output()
            .context("redis-cli is installed")?;
        ensure!(output.status.success(), "{command:?}: {output:?}");
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned())
    }

    /// Ends it at once; what it held is lost. Blocks.
    pub fn kill(&self) -> Result<()> {
        let mut child = self.child();
        drop(child.stdin.take());
        child.wait()?;
        Ok(())
    }

    /// Starts it again, on the same port, with nothing in it. Blocks.
    pub fn resume(&self) -> Result<()> {
        *self.child() = run(self.port, &self.arguments)?;
        self.await_ready()
    }

    fn is_alive(&self) -> bool {
        matches!(self.child().try_wait(), Ok(None))
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Child> {
        self.child
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn await_ready(&self) -> Result<()> {
        until(
            &format!("redis-server starts on port {}", self.port),
            || {
                let ended = self.child().try_wait()?;
                ensure!(ended.is_none(), "redis-server ended with {ended:?}");
                Ok(TcpStream::connect(("127.0.0.1", self.port)).is_ok())
            },
        )
    }
}

/// Waits until something is so.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever starts a server waits for it"
)]
fn until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let since = Instant::now();
    while !is_so()? {
        if since.elapsed() > PATIENCE {
            bail!("{what}: not within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Ends the server when its input closes: however we end, it ends with us.
const KEEPER: &str = r#"redis-server "$@" >/dev/null & read -r _; kill -9 $!"#;

fn run(port: u16, arguments: &[String]) -> Result<Child> {
    keep(
        Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .args(arguments),
    )
}

fn keep(command: &mut Command) -> Result<Child> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .context("running the shell that keeps Redis")
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Nothing to do about one that is gone already.
        let _ = self.kill();
    }
}
