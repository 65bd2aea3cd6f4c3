//! A device that may connect from some networks only. All of 127.0.0.0/8 is this machine.

use crate::scene::{DEVICE, HEARTBEAT, Peer, STATUS, Scene, heartbeat, id, status};
use app::DeviceChange;
use domain::networks::Networks;
use gateway::Limits;
use tokio::net::TcpSocket;

async fn allow(scene: &Scene, networks: &[&str]) {
    let change = DeviceChange {
        allow_networks: Some(Networks::parse(networks).expect("networks")),
        ..DeviceChange::default()
    };
    let changed = scene.app.change_device("test", &id(DEVICE), change).await;
    changed.expect("changed");
}

/// A peer at another address of this machine.
async fn elsewhere(scene: &Scene) -> Peer {
    let socket = TcpSocket::new_v4().expect("a socket");
    let from = "127.0.0.2:0".parse().expect("an address");
    socket.bind(from).expect("an address of this machine");
    let stream = socket.connect(scene.address).await;
    Peer::over(stream.expect("a listener"))
}

/// Whoever gives its id from elsewhere is closed and told of, and does not take its session.
#[tokio::test]
async fn an_impostor_does_not_disturb_the_device() {
    let scene = Scene::new(Limits::default()).await;
    allow(&scene, &["127.0.0.1/32"]).await;
    let mut pile = scene.device(DEVICE).await;
    let session = || scene.app.sessions().find(&id(DEVICE)).map(|held| held.id);
    let genuine = session().expect("a session");
    for _ in 0..3 {
        let mut impostor = elsewhere(&scene).await;
        impostor.send(&heartbeat(DEVICE)).await;
        impostor.send(&status(DEVICE, &[1, 1])).await;
        impostor.closed().await;
        assert_eq!(session(), Some(genuine));
    }
    pile.send(&status(DEVICE, &[0, 0])).await;
    pile.frame(STATUS).await;
    let line = scene
        .log_line("noise", |line| {
            line.result.as_deref() == Some("network not allowed")
        })
        .await;
    assert_eq!(line.phy_id, Some(id(DEVICE)));
    assert_eq!(line.ip, "127.0.0.2");
    scene.end().await;
}

/// A list that leaves out where the device is ends its session; an empty one lets it in again.
#[tokio::test]
async fn a_new_list_holds_at_once() {
    let scene = Scene::new(Limits::default()).await;
    let mut pile = scene.device(DEVICE).await;
    allow(&scene, &["127.0.0.0/8"]).await;
    pile.send(&heartbeat(DEVICE)).await;
    pile.frame(HEARTBEAT).await;
    allow(&scene, &["10.0.0.0/8"]).await;
    pile.closed().await;
    let mut again = scene.connect().await;
    again.send(&heartbeat(DEVICE)).await;
    again.closed().await;
    assert!(!scene.app.is_online(&id(DEVICE)));
    allow(&scene, &[]).await;
    scene.device(DEVICE).await;
    scene.end().await;
}
