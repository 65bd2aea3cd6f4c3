//! Peers that write garbage, stop in the middle, or belong to somebody else.

use crate::scene::{DEVICE, HEARTBEAT, STATUS, Scene, heartbeat, id, status};
use gateway::Limits;
use tokio::io::AsyncWriteExt;

/// Bytes may come in any pieces.
#[tokio::test]
async fn frames_in_pieces_are_whole() {
    let scene = Scene::new(Limits::default()).await;
    let mut pile = scene.connect().await;
    for byte in heartbeat(DEVICE) {
        pile.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    pile.frame(HEARTBEAT).await;
    let mut glued = heartbeat(DEVICE);
    glued.extend(status(DEVICE, &[0, 0]));
    pile.send(&glued).await;
    pile.frame(HEARTBEAT).await;
    pile.frame(STATUS).await;
    scene.end().await;
}

/// Broken frames between good ones are logged with their device and disturb nobody; a length
/// that cannot be is passed over.
#[tokio::test]
async fn broken_frames_are_skipped() {
    let scene = Scene::new(Limits::default()).await;
    let mut pile = scene.device(DEVICE).await;
    let mut broken = heartbeat(DEVICE);
    let sum = broken.len() - 3;
    broken[sum] ^= 0x55;
    for bytes in [&broken[..], &[0xfc, 0xff, 0xff, 0xff, 1, 2, 3], b"garbage"] {
        pile.send(bytes).await;
        pile.send(&heartbeat(DEVICE)).await;
        pile.frame(HEARTBEAT).await;
    }
    let line = scene
        .log_line("noise", |line| line.result.as_deref() == Some("checksum"))
        .await;
    assert_eq!(line.phy_id, Some(id(DEVICE)));
    scene.end().await;
}

/// Nothing but broken frames: closed, and the device is offline.
#[tokio::test]
async fn endless_garbage_is_closed() {
    let scene = Scene::new(Limits::default()).await;
    let mut pile = scene.device(DEVICE).await;
    let mut broken = heartbeat(DEVICE);
    let sum = broken.len() - 3;
    broken[sum] ^= 0x55;
    for _ in 0..20 {
        if pile.stream.write_all(&broken).await.is_err() {
            break;
        }
    }
    pile.closed().await;
    scene
        .until("offline", |app| !app.is_online(&id(DEVICE)))
        .await;
    scene.end().await;
}

/// A frame in the name of another device is not believed.
#[tokio::test]
async fn a_connection_speaks_for_its_own_device_only() {
    let scene = Scene::new(Limits::default()).await;
    let mut pile = scene.device(DEVICE).await;
    pile.send(&heartbeat("82241218000382")).await;
    pile.send(&heartbeat(DEVICE)).await;
    pile.frame(HEARTBEAT).await;
    scene
        .log_line("noise", |line| line.result.as_deref() == Some("foreign id"))
        .await;
    scene.end().await;
}

/// A peer that says it will write no more is let go.
#[tokio::test]
async fn a_half_open_connection_is_closed() {
    let scene = Scene::new(Limits::default()).await;
    let mut pile = scene.device(DEVICE).await;
    pile.stream.shutdown().await.expect("half closed");
    pile.closed().await;
    scene
        .until("offline", |app| !app.is_online(&id(DEVICE)))
        .await;
    scene.end().await;
}
