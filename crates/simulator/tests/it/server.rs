//! A server for tests: answers what a platform must answer, says what a test tells it to say,
//! and keeps every frame.

use bkv::frame::{Expect, Scan, scan};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, tcp::OwnedWriteHalf};

/// A frame that a device sent.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) device: String,
    pub(crate) command: u16,
    pub(crate) body: Vec<u8>,
}

#[derive(Default)]
struct State {
    heard: Vec<Heard>,
    peers: Vec<IpAddr>,
    writers: HashMap<String, Arc<tokio::sync::Mutex<OwnedWriteHalf>>>,
    sequence: u32,
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let server = Self {
            address: listener.local_addr().expect("bound"),
            state: Arc::default(),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                accepting.lock().peers.push(peer.ip());
                tokio::spawn(accepting.clone().serve(stream));
            }
        });
        server
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with the lock")
    }

    async fn serve(self, stream: TcpStream) {
        let (mut reader, writer) = stream.into_split();
        let writer = Arc::new(tokio::sync::Mutex::new(writer));
        let mut pending = Vec::new();
        while matches!(reader.read_buf(&mut pending).await, Ok(count) if count > 0) {
            loop {
                let (length, raw) = match scan(&pending, Expect::Up) {
                    Scan::Frame(frame) => (frame.raw.len(), Some(frame.raw.to_vec())),
                    Scan::Skip(count) => (count, None),
                    Scan::Bad(_) => (1, None),
                    Scan::Wait => break,
                };
                pending.drain(..length);
                if let Some(raw) = raw {
                    self.take_in(&raw, &writer).await;
                }
            }
        }
    }

    async fn take_in(&self, raw: &[u8], writer: &Arc<tokio::sync::Mutex<OwnedWriteHalf>>) {
        let heard = Heard {
            device: hex::encode(&raw[11..18]),
            command: u16::from_be_bytes([raw[4], raw[5]]),
            body: raw[18..raw.len() - 3].to_vec(),
        };
        let sequence = u32::from_be_bytes([raw[6], raw[7], raw[8], raw[9]]);
        let writers = Arc::clone(writer);
        self.lock().writers.insert(heard.device.clone(), writers);
        let answer = match heard.command {
            0x0000 => Some(hex::decode("20241020150000").expect("hex digits")),
            0x0021 => Some(vec![0]),
            0x0003 | 0x0004 => Some([&heard.body[..16], &[0]].concat()),
            _ => None,
        };
        let (device, command) = (heard.device.clone(), heard.command);
        self.lock().heard.push(heard);
        if let Some(body) = answer {
            self.write(&device, command, sequence, &body).await;
        }
    }

    /// Says something to a device.
    pub(crate) async fn say(&self, device: &str, command: u16, body: &[u8]) {
        let sequence = {
            let mut state = self.lock();
            state.sequence += 1;
            state.sequence
        };
        self.write(device, command, sequence, body).await;
    }

    async fn write(&self, device: &str, command: u16, sequence: u32, body: &[u8]) {
        let writer = self.lock().writers.get(device).cloned();
        let id = hex::decode(device).expect("hex digits");
        let mut inside = command.to_be_bytes().to_vec();
        inside.extend_from_slice(&sequence.to_be_bytes());
        inside.push(0);
        inside.extend_from_slice(&id);
        inside.extend_from_slice(body);
        let frame = sealed(&inside);
        let writer = writer.expect("the device has spoken");
        // A device may have gone meanwhile.
        let _ = writer.lock().await.write_all(&frame).await;
    }

    /// Starts a v8.6 order.
    pub(crate) async fn order(&self, device: &str, port: u8, seconds: u16, order: &str) {
        self.say(device, 0x82, &control(port, 1, seconds, order))
            .await;
    }

    /// Stops a v8.6 order.
    pub(crate) async fn stop(&self, device: &str, port: u8, order: &str) {
        self.say(device, 0x82, &control(port, 0, 0, order)).await;
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.lock().heard.clone()
    }

    /// Local addresses that connections came from, in order.
    pub(crate) fn peers(&self) -> Vec<IpAddr> {
        self.lock().peers.clone()
    }

    /// Waits until a frame fits.
    pub(crate) async fn wait(&self, what: &str, fits: impl Fn(&Heard) -> bool) -> Heard {
        let look = async {
            loop {
                if let Some(found) = self.heard().into_iter().find(|heard| fits(heard)) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(10), look).await;
        found.unwrap_or_else(|_| panic!("{what} did not come"))
    }
}

fn control(port: u8, switch: u8, seconds: u16, order: &str) -> Vec<u8> {
    let mut body = vec![1, 0, 0, 0x03, 0xE8, port, switch];
    body.extend_from_slice(&seconds.to_be_bytes());
    body.extend_from_slice(order.as_bytes());
    body
}

fn sealed(inside: &[u8]) -> Vec<u8> {
    let length = u16::try_from(inside.len() + 3)
        .expect("short")
        .to_be_bytes();
    let mut frame = vec![0xFC, 0xFF, length[0], length[1]];
    frame.extend_from_slice(inside);
    let sum = frame[2..]
        .iter()
        .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    frame.extend_from_slice(&[sum, 0xFC, 0xEE]);
    frame
}
