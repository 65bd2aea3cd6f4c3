//! A webhook receiver that notes when each event arrived and says 200 at once.

use anyhow::Result;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Arrivals that may wait for the measurement.
const ARRIVALS_MAX: usize = 100_000;
/// Longest request that is believed.
const REQUEST_MAX: usize = 64 * 1024;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// An event that arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its type.
    pub event_type: String,
    /// Its order; empty when it concerns none.
    pub order_no: String,
    /// When its last byte was there.
    pub at: Instant,
}

/// The receiver; it ends when this value is dropped.
#[derive(Debug)]
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    /// What arrives.
    pub arrivals: mpsc::Receiver<Arrival>,
    listening: JoinHandle<()>,
}

impl Receiver {
    /// Listens on a free port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (sender, arrivals) = mpsc::channel(ARRIVALS_MAX);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(receive(stream, sender.clone()));
            }
        });
        Ok(Self {
            address,
            arrivals,
            listening,
        })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn receive(mut stream: TcpStream, arrivals: mpsc::Sender<Arrival>) {
    let mut buffer = Vec::with_capacity(4096);
    // Answers are short, and a delayed one would slow the sender's next event.
    let _ = stream.set_nodelay(true);
    while let Some((head, length)) = request(&mut stream, &mut buffer).await {
        let at = Instant::now();
        let body = String::from_utf8_lossy(&buffer[head..head + length]);
        let arrival = Arrival {
            event_type: text(&body, "event_type").to_owned(),
            order_no: text(&body, "order_no").to_owned(),
            at,
        };
        if arrivals.send(arrival).await.is_err() || stream.write_all(ANSWER).await.is_err() {
            return;
        }
        buffer.drain(..head + length);
    }
}

/// Reads until a whole request is there: where its body begins, and how long it is.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(usize, usize)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))?;
            let length: usize = length.trim().parse().ok()?;
            if buffer.len() >= end + 4 + length {
                return Some((end + 4, length));
            }
        }
        if buffer.len() > REQUEST_MAX || !matches!(stream.read_buf(buffer).await, Ok(1..)) {
            return None;
        }
    }
}

fn text<'a>(body: &'a str, name: &str) -> &'a str {
    let found = body
        .split_once(&format!("\"{name}\":\""))
        .and_then(|(_, rest)| rest.split_once('"'));
    found.map_or("", |(text, _)| text)
}
