//! Bytes that came in are counted under their device, or under nobody, and add up.

use crate::scene::{DEVICE, HEARTBEAT, LONG, Scene, heartbeat, id};
use app::{App, QualityQuery};
use domain::quality::Rule;
use gateway::Limits;
use kernel::PhyId;
use std::time::Duration;
use store::protocol_quality::{Found, Grouping};
use tokio::time::{sleep, timeout};

async fn counted(app: &App) -> Vec<Found> {
    app.look_at_kpis().await.expect("a database");
    app.write_kpis().await.expect("a database");
    let query = QualityQuery::default();
    let found = app.protocol_quality(&query, Grouping::Device).await;
    found.expect("a database")
}

/// Waits until so many bytes of a device, or of nobody, have been counted.
async fn bytes(app: &App, device: Option<&PhyId>, wanted: usize) -> Found {
    let waiting = async {
        loop {
            let all = counted(app).await;
            let found = all
                .into_iter()
                .find(|found| found.phy_id.as_ref() == device);
            if let Some(found) = found
                && usize::try_from(found.bytes[0]) == Ok(wanted)
            {
                return found;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, waiting).await.expect("all bytes counted")
}

/// Good frames, a broken one, noise, the beginning of a frame, and a peer that nobody knows.
#[tokio::test]
async fn every_byte_is_counted_once() {
    let scene = Scene::new(Limits::default()).await;
    let mut pile = scene.device(DEVICE).await;
    let good = heartbeat(DEVICE);
    let mut broken = good.clone();
    let sum = broken.len() - 3;
    broken[sum] ^= 0x55;
    for bytes in [&broken[..], b"garbage"] {
        pile.send(bytes).await;
        pile.send(&good).await;
        pile.frame(HEARTBEAT).await;
    }
    pile.send(&good[..5]).await;
    drop(pile);
    let sent = 3 * good.len() + broken.len() + 7 + 5;
    let found = bytes(&scene.app, Some(&id(DEVICE)), sent).await;
    let [received, decoded, unknown, malformed, noise] = found.bytes;
    assert_eq!(usize::try_from(decoded), Ok(3 * good.len()));
    assert!(malformed > 0 && noise >= 12, "{:?}", found.bytes);
    assert_eq!(received, decoded + unknown + malformed + noise);
    let evidence = &found.evidence;
    assert_eq!((evidence.frames, evidence.bad_frames), (3, 1));
    assert_eq!(evidence.violations.get(&Rule::MalformedFrame), Some(&1));

    let mut stranger = scene.connect().await;
    stranger.send(b"GET / HTTP/1.1\r\n\r\n").await;
    drop(stranger);
    let found = bytes(&scene.app, None, 18).await;
    assert_eq!(found.bytes, [18, 0, 0, 0, 18]);
    scene.end().await;
}
