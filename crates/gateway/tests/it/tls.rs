//! Devices that speak TLS, and peers that do not.

use crate::scene::{DEVICE, HEARTBEAT, LONG, Peer, STATUS, Scene, heartbeat, id, status};
use domain::networks::Networks;
use gateway::Limits;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use testkit::tls::{connect, shipped};
use tls::{Endpoint, Files};
use tokio::io::{AsyncWriteExt as _, join, sink, split};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A platform that also listens for devices that speak TLS.
struct Secured {
    scene: Scene,
    address: SocketAddr,
}

impl Secured {
    async fn new(limits: Limits) -> Self {
        Self::asking_for(limits, None).await
    }

    async fn asking_for(limits: Limits, client_ca: Option<&str>) -> Self {
        let scene = Scene::new(limits).await;
        let files = Files {
            cert: shipped("server.pem"),
            key: shipped("server.key"),
            client_ca: client_ca.map(shipped),
        };
        let endpoint: Arc<Endpoint> = Endpoint::open("tcp.tls[0]", files, &[]).expect("usable");
        let any = "127.0.0.1:0".parse().expect("an address");
        let address = scene.gateway.listen_tls(any, endpoint).expect("a port");
        Self { scene, address }
    }

    /// A peer that has said nothing, not even that it speaks TLS.
    async fn plain(&self) -> Peer {
        let stream = TcpStream::connect(self.address).await;
        Peer::over(stream.expect("a listener"))
    }

    async fn peer(&self, own: Option<&str>) -> Peer<TlsStream<TcpStream>> {
        let stream = connect(self.plain().await.stream, own).await;
        Peer::over(stream.expect("agreed"))
    }

    async fn device(&self, own: Option<&str>) -> Peer<TlsStream<TcpStream>> {
        let mut peer = self.peer(own).await;
        say(&mut peer, &heartbeat(DEVICE)).await;
        peer.frame(HEARTBEAT).await;
        peer
    }
}

async fn say(peer: &mut Peer<TlsStream<TcpStream>>, bytes: &[u8]) {
    peer.send(bytes).await;
    peer.stream.flush().await.expect("writable");
}

#[tokio::test]
async fn a_device_lives_over_tls() {
    let secured = Secured::new(Limits::default()).await;
    let mut pile = secured.device(None).await;
    secured
        .scene
        .until("online", |app| app.is_online(&id(DEVICE)))
        .await;
    say(&mut pile, &status(DEVICE, &[0, 1])).await;
    pile.frame(STATUS).await;
    pile.stream.shutdown().await.expect("a goodbye");
    secured
        .scene
        .until("offline", |app| !app.is_online(&id(DEVICE)))
        .await;
    pile.closed().await;
    secured.scene.end().await;
}

/// What comes in records larger than what is read at a time is not left lying.
#[tokio::test]
async fn much_at_once_is_heard_to_the_end() {
    let limits = Limits {
        frames_per_second: u32::MAX,
        bytes_per_second: u32::MAX,
        ..Limits::default()
    };
    let secured = Secured::new(limits).await;
    let pile = secured.device(None).await;
    let mut words = heartbeat(DEVICE).repeat(1500);
    words.extend(status(DEVICE, &[0, 1]));
    let (mut reading, mut writing) = split(pile.stream);
    let writing = tokio::spawn(async move {
        writing.write_all(&words).await.expect("writable");
        writing.flush().await.expect("writable");
        writing
    });
    let mut ears = Peer::over(join(&mut reading, sink()));
    ears.frame(STATUS).await;
    drop(writing.await.expect("written"));
    drop(reading);
    secured.scene.end().await;
}

#[tokio::test]
async fn with_authorities_a_device_shows_who_it_is() {
    let limits = Limits::default();
    let secured = Secured::asking_for(limits, Some("authority.pem")).await;
    for unknown in [None, Some("foreign")] {
        let plain = secured.plain().await;
        // With TLS 1.3 the client may think that all is well until it reads.
        if let Ok(stream) = connect(plain.stream, unknown).await {
            Peer::over(stream).closed().await;
        }
    }
    assert!(!secured.scene.app.is_online(&id(DEVICE)));
    let pile = secured.device(Some("device")).await;
    drop(pile);
    secured.scene.end().await;
}

/// Neither a plain peer nor a silent one holds a place for long.
#[tokio::test]
async fn who_does_not_agree_on_tls_is_closed() {
    let limits = Limits {
        connections_max: 2,
        tls_handshake: Duration::from_millis(200),
        ..Limits::default()
    };
    let secured = Secured::new(limits).await;
    let mut plain = secured.plain().await;
    plain.send(&heartbeat(DEVICE)).await;
    plain.closed().await;
    let (mut silent, mut hesitant) = (secured.plain().await, secured.plain().await);
    hesitant.send(&[0x16, 3, 1]).await;
    silent.closed().await;
    hesitant.closed().await;
    // Places are given back when tasks end, a moment after their sockets.
    let served = async {
        loop {
            if let Ok(stream) = connect(secured.plain().await.stream, None).await {
                return stream;
            }
        }
    };
    let stream = tokio::time::timeout(LONG, served).await.expect("a place");
    let mut pile = Peer::over(stream);
    say(&mut pile, &heartbeat(DEVICE)).await;
    pile.frame(HEARTBEAT).await;
    secured.scene.end().await;
}

#[tokio::test]
async fn limits_hold_for_tls_as_well() {
    let limits = Limits {
        connections_per_address_max: 1,
        unidentified_close_after: Duration::from_millis(300),
        ..Limits::default()
    };
    let secured = Secured::new(limits).await;
    let mut first = secured.peer(None).await;
    let refused = connect(secured.plain().await.stream, None).await;
    assert!(refused.is_err(), "one from each address");
    first.closed().await;
    secured.scene.end().await;
}

#[tokio::test]
async fn connections_from_elsewhere_are_closed_at_once() {
    for (networks, served) in [(["10.0.0.0/8"], false), (["127.0.0.0/8"], true)] {
        let limits = Limits {
            allow_networks: Networks::parse(&networks).expect("networks"),
            ..Limits::default()
        };
        let secured = Secured::new(limits).await;
        if served {
            secured.device(None).await;
            secured.scene.device(DEVICE).await;
        } else {
            secured.plain().await.closed().await;
            secured.scene.connect().await.closed().await;
        }
        secured.scene.end().await;
    }
}
