//! Bytes that came in are counted under their device, or under nobody, and add up.

use crate::scene::{DEVICE, HEARTBEAT, LONG, Scene, heartbeat, id};
use app::{App, NewDevice, QualityQuery, Settings};
use domain::quality::Rule;
use gateway::Limits;
use kernel::{PhyId, PortNo};
use std::time::Duration;
use store::PageRequest;
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

/// A frame of an AP3000 device.
fn socket_frame(id: u32, msg_id: u16, cmd: u8, data: &[u8]) -> Vec<u8> {
    let mut out = b"DNY".to_vec();
    let length = u16::try_from(data.len() + 9).expect("short");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&id.to_le_bytes());
    out.extend_from_slice(&msg_id.to_le_bytes());
    out.push(cmd);
    out.extend_from_slice(data);
    let sum = out
        .iter()
        .fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    out.extend_from_slice(&sum.to_le_bytes());
    out
}

/// A dual socket tells of its ninety-ninth: the frame itself is the evidence, and no port comes of
/// it.
#[tokio::test]
async fn a_port_that_is_not_there_is_kept_with_its_frame() {
    const SOCKET: &str = "04A26CF3";
    let scene = Scene::with(Limits::default(), Settings::default()).await;
    let new = NewDevice {
        phy_id: Some(id(SOCKET)),
        ..NewDevice::default()
    };
    let device = scene.app.create_device("test", new).await.expect("new");
    let registration = socket_frame(0x04A2_6CF3, 1, 0x20, &[0x80, 2, 2, 0, 0x31, 0]);
    let mut power = [0_u8; 31];
    power[0] = 98;
    power[1] = 1;
    power[2] = 60;
    power[7] = 100;
    power[15..].copy_from_slice(b"THD1600000000001");
    let report = socket_frame(0x04A2_6CF3, 2, 0x06, &power);
    let mut pile = scene.connect().await;
    pile.send(&registration).await;
    scene
        .until("the count of its ports", |app| {
            app.live().read(&id(SOCKET), |live| live.ports.len()) == Some(2)
        })
        .await;
    pile.send(&report).await;
    let sent = registration.len() + report.len();
    let found = bytes(&scene.app, Some(&id(SOCKET)), sent).await;
    assert_eq!(found.model, "31");
    assert_eq!(found.evidence.violations.get(&Rule::UnknownPort), Some(&1));
    let page = PageRequest { page: 1, size: 10 };
    let examples = scene
        .app
        .protocol_quality_examples(&QualityQuery::default(), page)
        .await;
    let examples = examples.expect("a database").items;
    let [example] = &examples[..] else {
        panic!("{examples:?}")
    };
    assert_eq!(example.last_port_no, Some(PortNo(99)));
    let frame = hex::encode_upper(&report);
    assert_eq!(example.last_raw_hex.as_deref(), Some(frame.as_str()));
    assert!(scene.app.flush().await);
    let mut view = scene.test.db.view().await.expect("a connection");
    let port = store::ports::find(view.conn(), device, PortNo(99)).await;
    assert!(port.expect("a readable row").is_none());
    drop(view);
    drop(pile);
    scene.end().await;
}
