//! Closed-loop clients: each connection asks, waits for the answer, and asks again. The same
//! clients for the echo server, the MQTT broker and the server itself.

use super::beat::Beat;
use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections being set up at the same time.
pub const CONNECTING_MAX: usize = 200;

/// Local addresses that connections are spread over: one has only so many ports.
const SOURCES: u64 = 8;

/// Time for one connection, and for a first answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the end of an answer is told.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    /// So many bytes.
    Bytes(usize),
    /// A heartbeat's answer, past whatever else the server says.
    Heartbeat(Beat),
}

/// One client.
#[derive(Debug)]
struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

/// Some clients of one server.
#[derive(Debug)]
pub struct Clients {
    clients: Vec<Client>,
    reply: Reply,
}

/// Connects to a loopback server; the local address is chosen by the client's number.
///
/// # Errors
/// When it does not answer in time.
pub async fn connect(address: SocketAddr, number: u64) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    let last = u8::try_from(number % SOURCES + 1).unwrap_or(1);
    socket.bind(SocketAddr::new(
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)),
        0,
    ))?;
    socket.set_nodelay(true)?;
    tokio::time::timeout(PATIENCE, socket.connect(address))
        .await
        .context("connecting takes too long")?
        .with_context(|| format!("connecting to {address}"))
}

impl Clients {
    /// Connects so many clients and lets each ask once. `greet` says what is written and how
    /// many bytes are read before the first request; it may be empty.
    ///
    /// # Errors
    /// When a connection fails.
    pub async fn connect(
        address: SocketAddr,
        count: u64,
        reply: Reply,
        greet: impl Fn(u64) -> (Vec<u8>, usize),
        request: impl Fn(u64) -> Vec<u8>,
    ) -> Result<Self> {
        let doors = Arc::new(Semaphore::new(CONNECTING_MAX));
        let mut joining = JoinSet::new();
        for number in 0..count {
            let (doors, greeting, request) = (doors.clone(), greet(number), request(number));
            joining.spawn(async move {
                let _door = doors.acquire().await?;
                let mut stream = connect(address, number).await?;
                let (hello, answer) = greeting;
                stream.write_all(&hello).await?;
                stream.read_exact(&mut vec![0; answer]).await?;
                let mut client = Client {
                    stream,
                    request,
                    buffer: Vec::with_capacity(64),
                };
                tokio::time::timeout(PATIENCE, client.ask(reply))
                    .await
                    .context("no answer to the first request")??;
                anyhow::Ok(client)
            });
        }
        let mut clients = Vec::new();
        while let Some(joined) = joining.join_next().await {
            clients.push(joined??);
        }
        Ok(Self { clients, reply })
    }

    /// Logs the devices with these numbers in; each beats its heart from then on. The answers of all devices of
    /// a family are as long as the one that is returned beside them.
    ///
    /// # Errors
    /// When the server does not take one.
    pub async fn log_in(
        server: SocketAddr,
        numbers: Range<u64>,
        beat: Beat,
    ) -> Result<(Self, usize)> {
        let doors = Arc::new(Semaphore::new(CONNECTING_MAX));
        let mut joining = JoinSet::new();
        for number in numbers {
            let doors = doors.clone();
            joining.spawn(async move { beat.log_in(server, number, &doors).await });
        }
        let (mut clients, mut answer) = (Vec::new(), 0);
        while let Some(joined) = joining.join_next().await {
            let device = joined??;
            answer = device.answer.len();
            clients.push(Client {
                stream: device.stream,
                request: device.heartbeat,
                buffer: Vec::with_capacity(64),
            });
        }
        let reply = Reply::Heartbeat(beat);
        Ok((Self { clients, reply }, answer))
    }

    /// What the first client asks; empty when there is none.
    pub fn request(&self) -> Vec<u8> {
        let first = self.clients.first();
        first
            .map(|client| client.request.clone())
            .unwrap_or_default()
    }

    /// Lets all clients ask as fast as they are answered. Returns the answers and the time.
    ///
    /// # Errors
    /// When a connection breaks.
    pub async fn run(&mut self, time: Duration) -> Result<(u64, Duration)> {
        let stop = Arc::new(AtomicBool::new(false));
        let reply = self.reply;
        let began = Instant::now();
        let mut running = JoinSet::new();
        for mut client in self.clients.drain(..) {
            let stop = stop.clone();
            running.spawn(async move {
                let mut answers = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    client.ask(reply).await?;
                    answers += 1;
                }
                anyhow::Ok((client, answers))
            });
        }
        tokio::time::sleep(time).await;
        stop.store(true, Ordering::Relaxed);
        let took = began.elapsed();
        let mut answers = 0;
        while let Some(joined) = running.join_next().await {
            let (client, count) = joined??;
            self.clients.push(client);
            answers += count;
        }
        ensure!(answers > 0, "not one answer");
        Ok((answers, took))
    }
}

impl Client {
    async fn ask(&mut self, reply: Reply) -> Result<()> {
        self.stream.write_all(&self.request).await?;
        match reply {
            Reply::Bytes(count) => {
                self.buffer.resize(count, 0);
                self.stream.read_exact(&mut self.buffer).await?;
            }
            Reply::Heartbeat(beat) => {
                while beat.answer(&mut self.buffer).is_none() {
                    let read = self.stream.read_buf(&mut self.buffer).await?;
                    ensure!(read > 0, "the server closed a connection");
                }
            }
        }
        Ok(())
    }
}
