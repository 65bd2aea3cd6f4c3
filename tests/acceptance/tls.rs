//! Calls and devices over TLS, and certificates that are renewed while the program runs.

use crate::harness::wait::{PATIENCE, eventually};
use crate::harness::{DEVICE, Engine, Site, wire};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use testkit::ports::free_address;
use testkit::tls::{connect, shipped};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

type Stream = TlsStream<TcpStream>;

/// Puts a certificate of the tests where the program reads its own.
fn put(folder: &Path, name: &str) {
    for kind in ["pem", "key"] {
        let from = shipped(&format!("{name}.{kind}"));
        std::fs::copy(from, folder.join(format!("own.{kind}"))).expect("copied");
    }
}

async fn speak(address: SocketAddr) -> Stream {
    let stream = TcpStream::connect(address).await.expect("a listener");
    connect(stream, None).await.expect("agreed")
}

/// Says something and waits for an answer.
async fn said(stream: &mut Stream, words: &[u8]) -> Vec<u8> {
    stream.write_all(words).await.expect("sent");
    stream.flush().await.expect("sent");
    let mut answer = vec![0; 64 * 1024];
    let read = timeout(PATIENCE, stream.read(&mut answer)).await;
    let read = read.expect("in time").expect("an answer");
    answer.truncate(read);
    answer
}

fn shown(stream: &Stream) -> &[u8] {
    &stream.get_ref().1.peer_certificates().expect("shown")[0]
}

async fn metrics(http: SocketAddr) -> String {
    let mut stream = speak(http).await;
    let request = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.expect("sent");
    stream.flush().await.expect("sent");
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    read.expect("in time").expect("an answer");
    String::from_utf8(answer).expect("text")
}

/// A certificate is renewed on SIGHUP; the device that is there stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_renewed_while_a_device_stays() {
    let folder = TempDir::new().expect("a folder");
    put(folder.path(), "server");
    let (http, tcp) = (free_address(), free_address());
    let own = |kind: &str| {
        folder
            .path()
            .join(format!("own.{kind}"))
            .display()
            .to_string()
    };
    let (cert, key) = (own("pem"), own("key"));
    let ports = format!("[{{ listen: [\"{tcp}\"], cert: {cert}, key: {key} }}]");
    let mut site = Site::with(
        Engine::Sqlite,
        &[
            ("HTTP__LISTEN", &http.to_string()),
            ("HTTP__TLS__CERT", &cert),
            ("HTTP__TLS__KEY", &key),
            ("TCP__TLS", &ports),
        ],
    )
    .await;
    let mut device = speak(tcp).await;
    assert_eq!(
        said(&mut device, &wire::heartbeat(DEVICE, 1)).await[..2],
        wire::DOWN
    );
    let old = shown(&device).to_vec();
    put(folder.path(), "renewed");
    let pid = site.program.id().to_string();
    let told = Command::new("kill").args(["-HUP", &pid]).status();
    assert!(told.expect("kill exists").success());
    for address in [tcp, http] {
        eventually("the new certificate is shown", async || {
            let stream = speak(address).await;
            (shown(&stream) != old).then_some(())
        })
        .await;
    }
    assert_eq!(
        said(&mut device, &wire::heartbeat(DEVICE, 2)).await[..2],
        wire::DOWN
    );
    let metrics = metrics(http).await;
    for line in [
        "openpile_certificate_reloads_total{certificate=\"http.tls\",result=\"taken\"} 1",
        "openpile_certificate_reloads_total{certificate=\"tcp.tls[0]\",result=\"taken\"} 1",
        "openpile_certificate_days_left{certificate=\"tcp.tls[0]\"}",
    ] {
        assert!(metrics.contains(line), "no {line} in\n{metrics}");
    }
    assert!(site.program.stop().await.success());
}

/// Without certificates the signal changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hangup_does_not_end_the_program() {
    let mut site = Site::open(Engine::Sqlite).await;
    let pid = site.program.id().to_string();
    let told = Command::new("kill").args(["-HUP", &pid]).status();
    assert!(told.expect("kill exists").success());
    let log = site.program.log();
    log.wait("the signal is heard", |line| {
        line["msg"] == "told to read certificates anew"
    })
    .await;
    assert_eq!(site.http.get("/healthz").await.status, 200);
    assert!(site.program.stop().await.success());
}
