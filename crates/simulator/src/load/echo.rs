//! The bare echo server: what the machine and the runtime can do when nothing is done.

use super::process::{Folder, Program};
use anyhow::{Context, Result};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// As the server's own, so that a storm of connections is no unfair comparison.
const LISTEN_BACKLOG: i32 = 4096;

/// Ports for servers.
const PORTS: Range<u16> = 20_000..32_000;

/// Its buffer, one per connection.
const BUFFER: usize = 64;

/// Time for it to come up.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Echoes on `address` until the process ends; the program `openpile load --echo`.
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve(address: SocketAddr) -> io::Result<()> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    let listener = TcpListener::from_std(socket.into())?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(echo(stream));
    }
}

async fn echo(mut stream: TcpStream) {
    let mut buffer = [0; BUFFER];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        if stream.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// The echo server as a process of its own.
#[derive(Debug)]
pub struct EchoProcess {
    /// The process.
    pub program: Program,
    /// Where it listens.
    pub address: SocketAddr,
}

impl EchoProcess {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(program: &Path, folder: &Folder) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(program);
        command.args(["load", "--echo", &address.to_string()]);
        let program = Program::spawn(command, &folder.path().join("echo.log"))?;
        await_listener(address, START_TIMEOUT)
            .await
            .context("the echo server does not answer")?;
        Ok(Self { program, address })
    }
}

/// A loopback address that nobody listens on, and that no outgoing connection of the fleets can
/// take meanwhile: below the range of ports that systems give to those.
///
/// # Errors
/// When there is none.
pub fn free_address() -> io::Result<SocketAddr> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % u32::from(PORTS.end - PORTS.start)).unwrap_or(0);
    for _ in PORTS {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(own);
        let port = PORTS.start + turn % (PORTS.end - PORTS.start);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if std::net::TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// Waits until something listens.
///
/// # Errors
/// When nothing does in time.
pub async fn await_listener(address: SocketAddr, within: Duration) -> Result<()> {
    let connect = async {
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(within, connect)
        .await
        .context("nobody listens there")
}
