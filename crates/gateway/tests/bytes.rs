//! Every byte that comes in has one fate, and the fates add up. A program of its own, because
//! counters belong to the process.

#[expect(dead_code, reason = "the scene of the other tests")]
#[path = "it/scene.rs"]
mod scene;

use metrics_exporter_prometheus::PrometheusBuilder;
use scene::{DEVICE, HEARTBEAT, Scene, heartbeat, status};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// The sum of all samples of a metric.
fn sum(text: &str, name: &str) -> u64 {
    let of_it = text.lines().filter(|line| line.starts_with(name));
    of_it
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[tokio::test]
async fn bytes_add_up() {
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .expect("the only recorder");
    let scene = Scene::new(gateway::Limits::default()).await;
    let mut broken = heartbeat(DEVICE);
    let sum_place = broken.len() - 3;
    broken[sum_place] ^= 0x55;
    let mut sent = 0;
    let conversations: [&[&[u8]]; 5] = [
        &[
            &heartbeat(DEVICE),
            &status(DEVICE, &[0, 1]),
            &broken,
            b"noise between",
            &heartbeat(DEVICE),
        ],
        // Ends in the middle of a frame.
        &[&heartbeat(DEVICE), &heartbeat(DEVICE)[..17]],
        &[b"\x16\x03\x01 something else"],
        &[
            &heartbeat("82241218000382"),
            &status("82241218000382", &[0]),
        ],
        &[&heartbeat(DEVICE)[..3]],
    ];
    for conversation in conversations {
        let mut peer = scene.connect().await;
        for bytes in conversation {
            peer.send(bytes).await;
            sent += bytes.len() as u64;
        }
        if conversation.len() > 1 {
            peer.frame(HEARTBEAT).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        peer.stream.shutdown().await.ok();
        peer.closed().await;
    }
    assert!(scene.gateway.close(Duration::from_secs(5)).await);
    let text = metrics.render();
    assert_eq!(sum(&text, "openpile_bytes_received_total{"), sent, "{text}");
    for fate in ["decoded", "malformed", "skipped", "incomplete", "noise"] {
        let one = format!("openpile_bytes_received_total{{fate=\"{fate}\"}}");
        assert!(sum(&text, &one) > 0, "{fate}");
    }
    scene.end().await;
}
