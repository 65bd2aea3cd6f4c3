//! A small HTTP client on kept-alive connections: it costs a tenth of a full one, and here the
//! generator shares its cores with what it measures.

use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// Longest call.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest answer that is believed.
const ANSWER_MAX: usize = 1 << 20;

/// One connection to the server.
#[derive(Debug)]
pub struct Http {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: String,
}

impl Answer {
    /// The text of the first member with this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("\"{name}\":\""))?;
        rest.split_once('"').map(|(text, _)| text)
    }
}

impl Http {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(2048),
        })
    }

    /// One call; an empty body makes it a GET.
    ///
    /// # Errors
    /// When the connection breaks or the answer takes too long.
    pub async fn call(&mut self, path: &str, body: &str) -> Result<Answer> {
        let method = if body.is_empty() { "GET" } else { "POST" };
        self.send(method, super::server::API_KEY, path, body).await
    }

    /// One call with any method and anybody's key.
    ///
    /// # Errors
    /// As [`Http::call`].
    pub async fn send(
        &mut self,
        method: &str,
        key: &str,
        path: &str,
        body: &str,
    ) -> Result<Answer> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        tokio::time::timeout(PATIENCE, async {
            self.stream.write_all(request.as_bytes()).await?;
            self.answer().await
        })
        .await
        .with_context(|| format!("{method} {path} took too long"))?
    }

    async fn answer(&mut self) -> Result<Answer> {
        self.buffer.clear();
        let (status, head, length) = loop {
            self.more().await?;
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
                let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length:"));
                let length = length.and_then(|text| text.trim().parse::<usize>().ok());
                break (
                    status.context("no status")?,
                    end + 4,
                    length.context("no length")?,
                );
            }
        };
        ensure!(length <= ANSWER_MAX, "an answer of {length} bytes");
        while self.buffer.len() < head + length {
            self.more().await?;
        }
        let body = String::from_utf8_lossy(&self.buffer[head..head + length]).into_owned();
        Ok(Answer { status, body })
    }

    async fn more(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(())
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

/// Connections that wait for calls; one more is made when all are in use, as open-loop load
/// needs.
#[derive(Debug)]
pub struct HttpPool {
    address: SocketAddr,
    idle: Mutex<Vec<Http>>,
}

impl HttpPool {
    /// Makes `count` connections beforehand.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn connect(address: SocketAddr, count: usize) -> Result<Self> {
        let mut idle = Vec::with_capacity(count);
        for _ in 0..count {
            idle.push(Http::connect(address).await?);
        }
        Ok(Self {
            address,
            idle: Mutex::new(idle),
        })
    }

    /// One call on any connection.
    ///
    /// # Errors
    /// As [`Http::call`].
    pub async fn call(&self, path: &str, body: &str) -> Result<Answer> {
        let mut http = self.take().await?;
        let answer = http.call(path, body).await?;
        self.idle.lock().await.push(http);
        Ok(answer)
    }

    /// One call with any method and anybody's key.
    ///
    /// # Errors
    /// As [`Http::call`].
    pub async fn send(&self, method: &str, key: &str, path: &str, body: &str) -> Result<Answer> {
        let mut http = self.take().await?;
        let answer = http.send(method, key, path, body).await?;
        self.idle.lock().await.push(http);
        Ok(answer)
    }

    async fn take(&self) -> Result<Http> {
        let idle = self.idle.lock().await.pop();
        match idle {
            Some(http) => Ok(http),
            None => Http::connect(self.address).await,
        }
    }
}
