//! A peer on the device port that does exactly what the test writes.

use super::wait::PATIENCE;
use super::wire::{self, DOWN, Frame};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// One connection.
pub struct Peer {
    stream: TcpStream,
    unread: Vec<u8>,
    /// Bytes sent so far.
    pub sent: u64,
}

impl Peer {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the program listens");
        stream.set_nodelay(true).expect("a TCP socket");
        Self {
            stream,
            unread: Vec::new(),
            sent: 0,
        }
    }

    /// Connects as a v8.6 gateway with so many idle ports and waits until it is known.
    pub async fn gateway(address: SocketAddr, gateway: &str, ports: usize) -> Self {
        let mut peer = Self::connect(address).await;
        peer.send(&wire::heartbeat(gateway, 1)).await;
        peer.expect("the time", |frame| frame.cmd == 0x0000).await;
        peer.send(&wire::status(gateway, 2, &vec![0; ports])).await;
        peer.expect("a noted status", |frame| frame.cmd == 0x0021)
            .await;
        peer
    }

    /// Sends bytes.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).await.expect("the connection is up");
    }

    /// Sends bytes to a program that may have hung up.
    pub async fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.sent += bytes.len() as u64;
        Ok(())
    }

    /// The next frame for which `wanted` holds; others are dropped.
    pub async fn expect(&mut self, what: &str, wanted: impl Fn(&Frame) -> bool) -> Frame {
        let found = timeout(PATIENCE, async {
            loop {
                let frame = self
                    .next()
                    .await
                    .unwrap_or_else(|| panic!("hung up before {what}"));
                if wanted(&frame) {
                    return frame;
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("never came: {what}"))
    }

    /// The next frame; `None` at the end of the connection.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.take_frame() {
                return Some(frame);
            }
            let mut buffer = [0; 2048];
            match self.stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.unread.extend_from_slice(&buffer[..count]),
            }
        }
    }

    fn take_frame(&mut self) -> Option<Frame> {
        let length = self.unread.get(2..4)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]])) + 4;
        if self.unread.len() < length {
            return None;
        }
        assert!(
            self.unread.starts_with(&DOWN),
            "not a frame to a device: {:02x?}",
            self.unread
        );
        let bytes: Vec<u8> = self.unread.drain(..length).collect();
        Some(Frame::read(&bytes).unwrap_or_else(|| panic!("not a frame: {bytes:02x?}")))
    }

    /// Waits until the program closes the connection.
    pub async fn wait_closed(&mut self) {
        let closed = timeout(PATIENCE, async { while self.next().await.is_some() {} });
        closed.await.expect("the program closes the connection");
    }

    /// Whether the program has closed the connection.
    pub async fn is_closed(&mut self) -> bool {
        let mut buffer = [0; 2048];
        match timeout(Duration::from_millis(5), self.stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => true,
            Ok(Ok(count)) => {
                self.unread.extend_from_slice(&buffer[..count]);
                false
            }
            Err(_) => false,
        }
    }

    /// The local address, which the program sees.
    pub fn address(&self) -> SocketAddr {
        self.stream.local_addr().expect("a connected socket")
    }
}
