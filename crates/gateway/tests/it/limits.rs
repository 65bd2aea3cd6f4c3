//! What one peer may take from the others.

use crate::scene::{DEVICE, HEARTBEAT, LONG, Scene, heartbeat};
use app::NewDevice;
use gateway::Limits;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};

/// The well-behaved neighbour.
const NEIGHBOUR: &str = "82241218000382";

async fn with_neighbour(limits: Limits) -> Scene {
    let scene = Scene::new(limits).await;
    let new = NewDevice {
        phy_id: NEIGHBOUR.parse().ok(),
        ..NewDevice::default()
    };
    scene.app.create_device("test", new).await.expect("new");
    scene
}

/// The neighbour is answered whatever others do, within what [`scene`](crate::scene) waits for a
/// frame: how soon depends on the machine.
async fn is_served(scene: &Scene) {
    let mut neighbour = scene.device(NEIGHBOUR).await;
    neighbour.send(&heartbeat(NEIGHBOUR)).await;
    neighbour.frame(HEARTBEAT).await;
}

/// A peer that does not read what we write is closed and holds nobody up.
#[tokio::test]
async fn a_slow_reader_is_closed() {
    let scene = with_neighbour(Limits {
        frames_per_second: u32::MAX,
        bytes_per_second: u32::MAX,
        write_timeout: Duration::from_millis(500),
        ..Limits::default()
    })
    .await;
    let mut slow = scene.device(DEVICE).await;
    let burst = heartbeat(DEVICE).repeat(500);
    let mut sent = 0_usize;
    let stuffing = async {
        // Answers pile up in both sockets' buffers until ours is full.
        while slow.stream.write_all(&burst).await.is_ok() {
            sent += burst.len();
            assert!(sent < 256 * 1024 * 1024, "nobody takes so much");
        }
    };
    let (stuffed, ()) = tokio::join!(timeout(LONG * 3, stuffing), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        is_served(&scene).await;
    });
    stuffed.expect("closed");
    is_served(&scene).await;
    scene.end().await;
}

/// A peer that sends faster than it may is slowed down, then closed.
#[tokio::test]
async fn a_flood_is_closed() {
    let scene = with_neighbour(Limits {
        frames_per_second: 20,
        flood_close_after: Duration::from_millis(500),
        ..Limits::default()
    })
    .await;
    let mut flooder = scene.device(DEVICE).await;
    let burst = heartbeat(DEVICE).repeat(5);
    let began = Instant::now();
    let flooding = async {
        while flooder.stream.write_all(&burst).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let (outcome, ()) = tokio::join!(timeout(LONG, flooding), is_served(&scene));
    outcome.expect("closed");
    assert!(
        began.elapsed() >= Duration::from_millis(500),
        "a burst is borne"
    );
    scene.end().await;
}

/// Whoever says nothing, or never enough to be known, is let go.
#[tokio::test]
async fn silent_peers_are_closed() {
    let scene = Scene::new(Limits {
        unidentified_close_after: Duration::from_millis(300),
        ..Limits::default()
    })
    .await;
    let mut silent = scene.connect().await;
    let mut hesitant = scene.connect().await;
    hesitant.send(&heartbeat(DEVICE)[..1]).await;
    for peer in [&mut silent, &mut hesitant] {
        assert!(peer.closed().await < Duration::from_secs(2));
    }
    scene.end().await;
}

/// More connections than one address may have are refused, until one leaves.
#[tokio::test]
async fn connections_are_limited() {
    for limits in [
        Limits {
            connections_max: 2,
            ..Limits::default()
        },
        Limits {
            connections_per_address_max: 2,
            ..Limits::default()
        },
    ] {
        let scene = Scene::new(limits).await;
        let first = scene.device(DEVICE).await;
        let _second = scene.connect().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut third = scene.connect().await;
        assert!(third.closed().await < Duration::from_secs(1));
        drop(first);
        scene
            .until("a free place", |app| app.sessions().is_empty())
            .await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        scene.device(DEVICE).await;
        scene.end().await;
    }
}
