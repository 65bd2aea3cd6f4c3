//! Endpoints over real sockets.

use kernel::{Clock, ManualClock, Timestamp};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tls::{Endpoint, Files, HandshakeError, Keeper, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

/// Nothing here takes longer.
const LONG: Duration = Duration::from_secs(20);
/// In the lifetime of all certificates but `expired`.
const NOW: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);
/// When `server` and `renewed` expire.
const SERVER_ENDS: i64 = 4_701_974_400;
const RENEWED_ENDS: i64 = 4_733_510_399;

fn shipped(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/tls")).join(name)
}

/// A folder whose certificate and key are replaced.
struct Folder(TempDir);

impl Folder {
    fn with(name: &str) -> Self {
        let folder = Self(TempDir::new().expect("a folder"));
        folder.put_cert(name);
        folder.put_key(name);
        folder
    }

    fn put_cert(&self, name: &str) {
        let from = shipped(&format!("{name}.pem"));
        std::fs::copy(from, self.0.path().join("cert.pem")).expect("copied");
    }

    fn put_key(&self, name: &str) {
        let from = shipped(&format!("{name}.key"));
        std::fs::copy(from, self.0.path().join("cert.key")).expect("copied");
    }

    fn put(&self, name: &str) {
        self.put_cert(name);
        self.put_key(name);
    }

    fn files(&self) -> Files {
        Files {
            cert: self.0.path().join("cert.pem"),
            key: self.0.path().join("cert.key"),
            client_ca: None,
        }
    }

    fn open(&self) -> Arc<Endpoint> {
        Endpoint::open("test", self.files(), &[]).expect("usable")
    }
}

fn expires(endpoint: &Endpoint) -> i64 {
    endpoint.expires_at().unix_seconds()
}

/// A client that trusts the authority of the tests, and shows a certificate if it has one.
fn client(own: Option<&str>) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(shipped("authority.pem")).expect("readable");
    roots.add(authority).expect("an authority");
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("known versions")
        .with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let cert = CertificateDer::from_pem_file(shipped(&format!("{name}.pem")));
            let key = PrivateKeyDer::from_pem_file(shipped(&format!("{name}.key")));
            builder
                .with_client_auth_cert(vec![cert.expect("readable")], key.expect("readable"))
                .expect("a pair")
        }
    };
    TlsConnector::from(Arc::new(config))
}

/// Both ends of a connection.
async fn ends() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let (near, far) = tokio::join!(TcpStream::connect(address), listener.accept());
    (near.expect("connected"), far.expect("accepted").0)
}

async fn accept(endpoint: &Endpoint, stream: TcpStream) -> Result<Stream, HandshakeError> {
    let peer = stream.peer_addr().expect("connected");
    endpoint.accept(stream, peer, LONG).await
}

/// Connects to an endpoint; the client's end is none when it saw the handshake fail.
async fn meet(
    endpoint: &Endpoint,
    own: Option<&str>,
) -> (Option<TlsStream<TcpStream>>, Result<Stream, HandshakeError>) {
    let (near, far) = ends().await;
    let name = ServerName::try_from("localhost").expect("a name");
    let (near, far) = tokio::join!(
        async { client(own).connect(name, near).await.ok() },
        accept(endpoint, far)
    );
    (near, far)
}

/// What is said at one end is heard at the other.
async fn speaks(near: &mut TlsStream<TcpStream>, far: &mut Stream) {
    let mut heard = [0; 4];
    for word in [b"ping", b"pong"] {
        near.write_all(word).await.expect("written");
        near.flush().await.expect("written");
        timeout(LONG, far.read_exact(&mut heard))
            .await
            .expect("in time")
            .expect("read");
        assert_eq!(&heard, word);
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_and_connections_live_on() {
    let folder = Folder::with("server");
    let endpoint = folder.open();
    assert_eq!(expires(&endpoint), SERVER_ENDS);
    let (near, far) = meet(&endpoint, None).await;
    let (mut near, mut far) = (near.expect("trusted"), far.expect("agreed"));
    speaks(&mut near, &mut far).await;
    folder.put("renewed");
    endpoint.look(NOW, false);
    assert_eq!(expires(&endpoint), RENEWED_ENDS);
    speaks(&mut near, &mut far).await;
    let (newer, _far) = meet(&endpoint, None).await;
    let newer = newer.expect("trusted");
    let shown = newer.get_ref().1.peer_certificates().expect("one")[0].clone();
    let renewed = CertificateDer::from_pem_file(shipped("renewed.pem")).expect("readable");
    assert_eq!(shown, renewed);
}

/// Whoever replaces the files one after the other is given until the next look.
#[test]
fn a_pair_that_is_replaced_in_two_steps_is_not_refused() {
    let folder = Folder::with("server");
    let endpoint = folder.open();
    folder.put_cert("renewed");
    endpoint.look(NOW, false);
    assert_eq!(expires(&endpoint), SERVER_ENDS);
    folder.put_key("renewed");
    endpoint.look(NOW, false);
    assert_eq!(expires(&endpoint), RENEWED_ENDS);
}

#[tokio::test]
async fn what_is_bad_is_refused_and_the_old_stays() {
    let folder = Folder::with("server");
    let endpoint = folder.open();
    let bad: [(&str, &dyn Fn()); 5] = [
        ("another's key", &|| folder.put_key("renewed")),
        ("no key", &|| write(&folder.files().key, "nothing")),
        ("half a certificate", &|| {
            let whole = std::fs::read_to_string(shipped("server.pem")).expect("readable");
            write(&folder.files().cert, &whole[..whole.len() / 2]);
        }),
        ("an expired one", &|| folder.put("expired")),
        ("none at all", &|| {
            std::fs::remove_file(folder.files().cert).expect("removed");
        }),
    ];
    for (what, put) in bad {
        put();
        for asked in [false, false, false, true] {
            endpoint.look(NOW, asked);
            assert_eq!(expires(&endpoint), SERVER_ENDS, "{what}");
        }
        let (near, _far) = meet(&endpoint, None).await;
        assert!(near.is_some(), "{what}");
        folder.put("server");
        endpoint.look(NOW, false);
    }
    folder.put("renewed");
    endpoint.look(NOW, false);
    assert_eq!(expires(&endpoint), RENEWED_ENDS, "it goes on looking");
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
}

#[test]
fn what_cannot_be_used_is_refused_at_the_start() {
    let folder = Folder::with("server");
    folder.put_key("renewed");
    let refusal = |files: Files| {
        Endpoint::open("test", files, &[])
            .expect_err("refused")
            .to_string()
    };
    let text = refusal(folder.files());
    assert!(text.contains("cannot be used"), "{text}");
    let text = refusal(Files {
        cert: shipped("none.pem"),
        ..folder.files()
    });
    assert!(text.contains("none.pem"), "{text}");
    let text = refusal(Files {
        client_ca: Some(shipped("server.key")),
        ..Folder::with("server").files()
    });
    assert!(text.contains("server.key"), "{text}");
}

#[tokio::test]
async fn with_authorities_only_certificates_of_theirs_come_in() {
    let folder = Folder::with("server");
    let files = Files {
        client_ca: Some(shipped("authority.pem")),
        ..folder.files()
    };
    let endpoint = Endpoint::open("test", files, &[]).expect("usable");
    let (near, far) = meet(&endpoint, Some("device")).await;
    let (mut near, mut far) = (near.expect("trusted"), far.expect("known"));
    speaks(&mut near, &mut far).await;
    for unknown in [None, Some("foreign")] {
        let (_near, far) = meet(&endpoint, unknown).await;
        assert!(
            matches!(far, Err(HandshakeError::Refused(_))),
            "{unknown:?}"
        );
    }
}

#[tokio::test]
async fn who_does_not_speak_tls_is_let_go() {
    let endpoint = Folder::with("server").open();
    for words in [
        &b"GET / HTTP/1.1\r\nHost: pile\r\n\r\n"[..],
        &[0xfc, 0xfe, 0, 0x2c, 0, 0, 1],
        b"898604D9162390488297",
    ] {
        let (mut near, far) = ends().await;
        near.write_all(words).await.expect("written");
        let refused = accept(&endpoint, far).await;
        assert!(matches!(refused, Err(HandshakeError::Plain)), "{words:?}");
    }
    let (near, far) = ends().await;
    drop(near);
    let refused = accept(&endpoint, far).await;
    assert!(matches!(refused, Err(HandshakeError::Broken(_))));
}

#[tokio::test]
async fn a_silent_peer_holds_nothing() {
    let endpoint = Folder::with("server").open();
    let (mut near, far) = ends().await;
    // The beginning of a record that never ends.
    near.write_all(&[0x16, 3, 1, 2, 0]).await.expect("written");
    let peer = far.peer_addr().expect("connected");
    let refused = endpoint.accept(far, peer, Duration::from_millis(50)).await;
    assert!(matches!(refused, Err(HandshakeError::Slow)));
    let mut rest = Vec::new();
    timeout(LONG, near.read_to_end(&mut rest))
        .await
        .expect("closed")
        .ok();
}

/// Asked for, the look does not wait for the clock.
#[tokio::test]
async fn a_keeper_looks_when_it_is_asked() {
    let folder = Folder::with("server");
    let endpoint = folder.open();
    let keeper = Keeper::new(vec![endpoint.clone()]);
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW));
    let stop = CancellationToken::new();
    let keeping = tokio::spawn(keeper.clone().run(clock, stop.clone()));
    folder.put("renewed");
    keeper.ask();
    let waiting = async {
        while expires(&endpoint) != RENEWED_ENDS {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, waiting).await.expect("taken");
    stop.cancel();
    timeout(LONG, keeping).await.expect("ends").expect("whole");
}
