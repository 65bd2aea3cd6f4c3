//! The server on a real socket.

use crate::lab::{DEVICE, KEY, Lab};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tls::Endpoint;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(lab: &Lab) -> Self {
        Self::start_with(lab, None).await
    }

    /// With an endpoint it speaks TLS.
    pub(crate) async fn start_with(lab: &Lab, endpoint: Option<Arc<Endpoint>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let (api, pages) = (lab.api.clone(), axum::Router::new());
        let task = tokio::spawn(api::serve_with(
            listener,
            endpoint,
            api,
            pages,
            stop.clone(),
        ));
        Self {
            address,
            stop,
            task,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address)
            .await
            .expect("a connection")
    }

    /// Sends bytes and reads until the server closes.
    pub(crate) async fn exchange(&self, request: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The server may refuse and close before everything has been sent.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .expect("an end");
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.task)
            .await
            .expect("stops")
            .expect("does not panic");
    }
}

fn request(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn a_charge_over_tcp() {
    let lab = Lab::new().await;
    let server = Server::start(&lab).await;
    let body = r#"{"port_no":1,"charge_mode":1,"duration":60,"amount":100}"#;
    let path = format!("/api/v1/third/devices/{DEVICE}/charge");
    let answer = server
        .exchange(request("POST", &path, body).as_bytes())
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(r#""message":"charge started successfully""#));
    server.stop().await;
    lab.close().await;
}

#[tokio::test]
async fn garbage_disturbs_nobody() {
    let lab = Lab::new().await;
    let server = Server::start(&lab).await;
    let long_path = format!("/{}", "x".repeat(20_000));
    let many_headers = "X-Much: 1\r\n".repeat(100);
    let long_header = format!("X-Long: {}\r\n", "x".repeat(20_000));
    for garbage in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec(),
        b"\xfc\xfe\x00\x18\x00\x00\x00\x00\x00\x00\x00\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        format!("GET {long_path} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes(),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{many_headers}\r\n").into_bytes(),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{long_header}\r\n").into_bytes(),
        b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_vec(),
    ] {
        let answer = server.exchange(&garbage).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{}: {answer}",
            String::from_utf8_lossy(&garbage[..garbage.len().min(40)])
        );
    }
    let answer = server
        .exchange(request("GET", "/healthz", "").as_bytes())
        .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.stop().await;
    lab.close().await;
}

#[tokio::test]
async fn one_connection_serves_many_calls() {
    let lab = Lab::new().await;
    let server = Server::start(&lab).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .expect("sent");
        let mut answer = [0; 1024];
        let read = timeout(PATIENCE, stream.read(&mut answer))
            .await
            .expect("in time");
        let text = String::from_utf8_lossy(&answer[..read.expect("an answer")]).into_owned();
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    }
    server.stop().await;
    lab.close().await;
}

#[tokio::test]
async fn a_shutdown_lets_open_calls_finish() {
    let lab = Lab::new().await;
    let server = Server::start(&lab).await;
    let mut idle = server.connect().await;
    let mut busy = server.connect().await;
    let whole = request("GET", &format!("/api/v1/third/devices/{DEVICE}"), "{}");
    let (head, tail) = whole.split_at(whole.len() - 1);
    busy.write_all(head.as_bytes()).await.expect("sent");
    // The server has seen the head once it answers another call.
    server
        .exchange(request("GET", "/healthz", "").as_bytes())
        .await;
    server.stop.cancel();
    let mut nothing = Vec::new();
    timeout(PATIENCE, idle.read_to_end(&mut nothing))
        .await
        .expect("closed")
        .expect("closed");
    assert!(nothing.is_empty());
    busy.write_all(tail.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    timeout(PATIENCE, busy.read_to_end(&mut answer))
        .await
        .expect("in time")
        .expect("an answer");
    assert!(String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200"));
    assert!(
        TcpStream::connect(server.address).await.is_err(),
        "nobody listens any more"
    );
    server.stop().await;
    lab.close().await;
}
