//! The server over TLS: calls, pages that stay open, and peers that do not speak it.

use crate::lab::{ADMIN, Lab};
use crate::socket::Server;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::tls::{connect, shipped};
use tls::{Endpoint, Files};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// Longer than anything here takes, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

async fn secured(lab: &Lab) -> Server {
    let files = Files {
        cert: shipped("server.pem"),
        key: shipped("server.key"),
        client_ca: None,
    };
    let endpoint = Endpoint::open("http.tls", files, &["http/1.1"]).expect("usable");
    Server::start_with(lab, Some(endpoint)).await
}

#[tokio::test]
async fn calls_are_answered_over_tls() {
    let lab = Lab::new().await;
    let server = secured(&lab).await;
    let mut stream = connect(server.connect().await, None).await.expect("agreed");
    for connection in ["keep-alive", "close"] {
        let request =
            format!("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        stream.flush().await.expect("sent");
        let mut answer = [0; 15];
        let read = timeout(PATIENCE, stream.read_exact(&mut answer)).await;
        read.expect("in time").expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        if connection == "keep-alive" {
            let mut rest = [0; 4096];
            let read = timeout(PATIENCE, stream.read(&mut rest)).await;
            read.expect("in time").expect("the rest");
        }
    }
    let mut rest = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    read.expect("in time").expect("closed with a goodbye");
    server.stop().await;
    lab.close().await;
}

#[tokio::test]
async fn live_pages_work_over_tls() {
    let lab = Lab::new().await;
    let server = secured(&lab).await;
    let stream = connect(server.connect().await, None).await.expect("agreed");
    let opened = tokio_tungstenite::client_async("ws://localhost/api/v1/admin/live", stream).await;
    let mut page = opened.expect("a socket").0;
    let words = Message::text(json!({ "token": ADMIN }).to_string());
    page.send(words).await.expect("sent");
    let heard = timeout(PATIENCE, page.next()).await.expect("in time");
    let Some(Ok(Message::Text(heard))) = heard else {
        panic!("{heard:?}");
    };
    let heard: Value = serde_json::from_str(&heard).expect("JSON");
    assert_eq!(heard, json!({ "ready": true }));
    server.stop().await;
    lab.close().await;
}

#[tokio::test]
async fn a_listener_with_a_certificate_speaks_nothing_else() {
    let lab = Lab::new().await;
    let server = secured(&lab).await;
    let answer = server
        .exchange(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    assert!(!answer.contains("HTTP"), "{answer}");
    let silent = server.connect().await;
    server.stop().await;
    drop(silent);
    lab.close().await;
}
