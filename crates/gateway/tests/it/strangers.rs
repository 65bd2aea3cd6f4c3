//! Peers that are not ours yet.

use crate::scene::{HEARTBEAT, SETTLEMENT, STATUS, Scene, heartbeat, id, settlement, status};
use app::{NewDevice, Settings};
use gateway::Limits;
use std::time::Duration;

const STRANGER: &str = "82241218000382";

/// A0-01: bytes of no known protocol are kept with the address that they came from.
#[tokio::test]
async fn noise_is_kept_with_its_address() {
    let scene = Scene::with(Limits::default(), Settings::default()).await;
    let mut peer = scene.connect().await;
    peer.send(b"GET / HTTP/1.1\r\n").await;
    peer.closed().await;
    let line = scene.log_line("noise", |_| true).await;
    assert_eq!(line.ip, "127.0.0.1");
    assert_eq!(
        line.raw_hex.to_uppercase(),
        "474554202F20485454502F312E310D0A"
    );
    scene.end().await;
}

/// A0-02, A0-03: a stranger's frames are noise until somebody enters its address; the rest of the
/// entry is filled in from what it says, on the connection that it has.
#[tokio::test]
async fn a_stranger_is_adopted_by_its_address() {
    let scene = Scene::with(Limits::default(), Settings::default()).await;
    let mut peer = scene.device(STRANGER).await;
    let line = scene.log_line("noise", |_| true).await;
    assert_eq!(line.phy_id, Some(id(STRANGER)));
    assert_eq!(line.raw_hex.to_lowercase(), hex_of(&heartbeat(STRANGER)));
    // Answered, it would forget what nobody has stored.
    let record = settlement(STRANGER, "THD1600000000001", 1);
    peer.send(&record).await;
    assert!(peer.is_quiet(SETTLEMENT, Duration::from_millis(300)).await);
    let new = NewDevice {
        ip: "127.0.0.1".parse().ok(),
        ..NewDevice::default()
    };
    scene
        .app
        .create_device("test", new)
        .await
        .expect("announced");
    scene
        .until("adopted", |app| app.is_online(&id(STRANGER)))
        .await;
    peer.send(&heartbeat(STRANGER)).await;
    peer.frame(HEARTBEAT).await;
    peer.send(&status(STRANGER, &[0, 1])).await;
    peer.frame(STATUS).await;
    scene.until("two ports", |app| ports_of(app) == 2).await;
    let view = scene.app.device(&id(STRANGER)).await.expect("ours");
    assert_eq!(view.row.firmware_version.as_deref(), Some("v8.6.0"));
    assert_eq!(view.row.protocol.as_deref(), Some("bkv"));
    scene.end().await;
}

#[tokio::test]
async fn a_stranger_is_adopted_by_its_id() {
    let scene = Scene::with(Limits::default(), Settings::default()).await;
    let mut peer = scene.device(STRANGER).await;
    scene
        .app
        .adopt_device("test", &id(STRANGER))
        .await
        .expect("adopted");
    scene
        .until("adopted", |app| app.is_online(&id(STRANGER)))
        .await;
    peer.send(&status(STRANGER, &[0])).await;
    peer.frame(STATUS).await;
    scene.end().await;
}

fn ports_of(app: &app::App) -> usize {
    app.live()
        .read(&id(STRANGER), |live| live.ports.len())
        .unwrap_or(0)
}

fn hex_of(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string");
        text
    })
}
