//! Peers on the device port that send anything but what they should. Each gets the documented
//! answer, every byte is counted, nobody else is disturbed.

use crate::harness::metrics::Metrics;
use crate::harness::site::body_a;
use crate::harness::wire::{self, Meter, Settlement};
use crate::harness::{DEVICE, Peer, SECOND_DEVICE, Site, eventually, fast, holds, on_both_engines};
use serde_json::json;
use simulator::pile::{Action, Setup};
use std::time::Duration;

/// A charging order on a peer that is played by hand.
async fn charging(site: &Site, peer: &mut Peer) -> String {
    site.wait_port(DEVICE, 1, "known", |port| port["port_no"] == 1)
        .await;
    let order_no = site.start(DEVICE, &body_a()).await;
    let start = peer.expect("a start", |frame| frame.cmd == 0x0082).await;
    peer.send(&wire::control_answer(DEVICE, start.seq, 0, &order_no, 1))
        .await;
    peer.send(&wire::confirm(DEVICE, 3, &order_no, 1, 0)).await;
    peer.expect("a noted confirm", |frame| frame.cmd == 0x0004)
        .await;
    site.wait_status(&order_no, "charging").await;
    order_no
}

async fn received_bytes(site: &Site) -> f64 {
    Metrics::of(&site.http)
        .await
        .sum("openpile_bytes_received_total", &[])
}

/// A count as the metrics have it.
fn exact(count: u64) -> f64 {
    u32::try_from(count)
        .map(f64::from)
        .expect("some hundred bytes")
}

const HALF_AN_HOUR: Meter = Meter {
    duration_s: 1800,
    power_dw: 15_000,
    energy: 262,
    state: 1,
};
const AN_HOUR: Settlement = Settlement {
    duration_s: 3600,
    energy: 523,
    amount_fen: 785,
    reason: 0,
};

on_both_engines! {
    /// Garbage before, between and after frames; frames glued together and torn apart.
    async fn streams_are_resynchronised_and_bytes_add_up(engine) {
        let site = Site::open(engine).await;
        let mut peer = Peer::gateway(site.tcp[0], DEVICE, 1).await;
        let order_no = charging(&site, &mut peer).await;

        let mut glued = Vec::new();
        for seq in 10..15 {
            glued.extend(wire::status(DEVICE, seq, &[1]));
        }
        peer.send(&glued).await;
        for seq in 10..15 {
            peer.expect("an answer for each", |frame| frame.cmd == 0x21 && frame.seq == seq).await;
        }
        for byte in wire::progress(DEVICE, 20, &order_no, 1, HALF_AN_HOUR) {
            peer.send(&[byte]).await;
        }
        site.wait_order(&order_no, "taken from single bytes", |order| {
            order["duration_sec"] == 1800
        })
        .await;

        peer.send(b"\x0e\x00garbage\xfc").await;
        let mut broken = wire::status(DEVICE, 21, &[1]);
        let checksum = broken.len() - 3;
        broken[checksum] ^= 0x55;
        peer.send(&broken).await;
        let mut cut = wire::status(DEVICE, 22, &[1]);
        cut.truncate(20);
        cut.extend(wire::status(DEVICE, 23, &[1]));
        peer.send(&cut).await;
        peer.expect("the next good frame", |frame| frame.cmd == 0x21 && frame.seq == 23).await;
        // A length that no frame has.
        peer.send(&[0xFC, 0xFE, 0xFF, 0xFF]).await;
        peer.send(&wire::status(DEVICE, 24, &[1])).await;
        peer.expect("the next good frame", |frame| frame.cmd == 0x21 && frame.seq == 24).await;
        // A sound frame with a body that makes no sense, and one with an unknown command.
        peer.send(&wire::up(DEVICE, 0x0003, 25, b"too short")).await;
        peer.send(&wire::up(DEVICE, 0x4242, 26, b"what?")).await;
        peer.send(&wire::status(DEVICE, 27, &[1])).await;
        peer.expect("the next good frame", |frame| frame.cmd == 0x21 && frame.seq == 27).await;

        let order = site.order(&order_no).await;
        assert_eq!(order["status"], "charging", "{order}");
        peer.send(&wire::settlement(DEVICE, 30, &order_no, 1, AN_HOUR)).await;
        peer.expect("a noted settlement", |frame| frame.cmd == 0x0003 && frame.seq == 30).await;
        let sent = peer.sent;
        eventually("every byte is counted", async || {
            let all = (received_bytes(&site).await - exact(sent)).abs() < 0.5;
            all.then_some(())
        })
        .await;
        let metrics = Metrics::of(&site.http).await;
        for fate in ["skipped", "malformed", "unknown", "decoded"] {
            let label = format!("fate=\"{fate}\"");
            let bytes = metrics.sum("openpile_bytes_received_total", &[&label]);
            assert!(bytes > 0.0, "{fate} bytes are told apart");
        }
        let bad = metrics.sum("openpile_frames_total", &["valid=\"false\""]);
        assert!(bad > 0.0, "bad frames are counted");
    }

    async fn ten_malformed_frames_end_a_connection(engine) {
        let site = Site::open(engine).await;
        let other = site.device(fast(SECOND_DEVICE)).await;
        let order_no = site.start_charging(&other, 1, &body_a()).await;
        let mut peer = Peer::gateway(site.tcp[0], DEVICE, 1).await;
        for seq in 10..20 {
            let mut broken = wire::status(DEVICE, seq, &[0]);
            let checksum = broken.len() - 3;
            broken[checksum] ^= 0x55;
            if peer.try_send(&broken).await.is_err() {
                break;
            }
        }
        peer.wait_closed().await;
        assert_eq!(site.order(&order_no).await["status"], "charging", "nobody else is disturbed");
        let _again = Peer::gateway(site.tcp[0], DEVICE, 1).await;
    }

    async fn strangers_are_noise(engine) {
        let site = Site::with(engine, &[("TCP_IDLE_CLOSE_S", "1")]).await;
        let mut http = Peer::connect(site.tcp[0]).await;
        http.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        http.wait_closed().await;
        let mut silent = Peer::connect(site.tcp[0]).await;
        silent.wait_closed().await;
        let mut half = Peer::connect(site.tcp[0]).await;
        half.send(&[0xFC]).await;
        half.wait_closed().await;
        eventually("the noise log has it", async || {
            let noise = site.http.admin_get("/api/v1/admin/noise?size=200").await;
            let lines = noise.data()["items"].as_array().expect("a list").clone();
            let hex = hex::encode("GET / HTTP/1.1");
            lines
                .iter()
                .any(|line| {
                    let raw = line["raw_hex"].as_str().unwrap_or_default().to_lowercase();
                    raw.starts_with(&hex) && line["ip"] == "127.0.0.1"
                })
                .then_some(())
        })
        .await;
        assert!(received_bytes(&site).await >= 27.0, "noise is counted");
    }

    /// The newer connection is the device; the older one is closed and heard no more.
    async fn two_connections_claim_one_device(engine) {
        let site = Site::open(engine).await;
        let mut first = Peer::gateway(site.tcp[0], DEVICE, 1).await;
        let order_no = charging(&site, &mut first).await;
        let mut second = Peer::gateway(site.tcp[1], DEVICE, 1).await;
        first.wait_closed().await;
        site.program
            .log()
            .wait("the address of both", |line| {
                line["msg"] == "device reconnected"
                    && line["device"] == DEVICE
                    && line["to"] == second.address().to_string()
            })
            .await;
        second.send(&wire::progress(DEVICE, 5, &order_no, 1, HALF_AN_HOUR)).await;
        site.wait_order(&order_no, "goes on", |order| order["duration_sec"] == 1800).await;
        site.stop(DEVICE, &json!({"port_no": 1})).await.data();
        let stop = second.expect("the stop", |frame| frame.cmd == 0x0082).await;
        assert_eq!(stop.order_at(9), order_no);
        assert_eq!(site.device_view(DEVICE).await["online"], true);
    }

    /// Orders that are not the port's own, and reports that come again or otherwise.
    async fn reports_that_do_not_fit(engine) {
        let site = Site::open(engine).await;
        let mut peer = Peer::gateway(site.tcp[0], DEVICE, 2).await;
        let order_no = charging(&site, &mut peer).await;
        let before = site.order(&order_no).await;

        let strange = "THD1000000000001";
        peer.send(&wire::progress(DEVICE, 5, strange, 1, HALF_AN_HOUR)).await;
        peer.send(&wire::settlement(DEVICE, 6, strange, 1, AN_HOUR)).await;
        let noted = peer.expect("an orphan is answered too", |frame| frame.cmd == 0x0003).await;
        assert_eq!((noted.order_at(0).as_str(), noted.body[16]), (strange, 0));
        let order = site.order(&order_no).await;
        assert_eq!(order["status"], "charging", "the port's own order is not touched: {order}");
        assert_eq!(order["duration_sec"], before["duration_sec"], "{order}");
        let alarms = eventually("an alarm for the orphan", async || {
            let open = site.http.admin_get("/api/v1/admin/alarms?open=true").await;
            let items = open.data()["items"].as_array().expect("a list").clone();
            (!items.is_empty()).then_some(items)
        })
        .await;
        assert!(alarms.iter().all(|alarm| alarm["order_no"] != order_no.as_str()), "{alarms:?}");

        peer.send(&wire::settlement(DEVICE, 7, &order_no, 1, AN_HOUR)).await;
        peer.expect("noted", |frame| frame.cmd == 0x0003 && frame.seq == 7).await;
        let settled = site.order(&order_no).await;
        assert_eq!(settled["final_amount_fen"], 785, "{settled}");
        // O16: the same again.
        peer.send(&wire::settlement(DEVICE, 8, &order_no, 1, AN_HOUR)).await;
        peer.expect("noted again", |frame| frame.cmd == 0x0003 && frame.seq == 8).await;
        assert_eq!(site.order(&order_no).await, settled, "O16");
        // O17: with other values.
        let other = Settlement { energy: 600, ..AN_HOUR };
        peer.send(&wire::settlement(DEVICE, 9, &order_no, 1, other)).await;
        peer.expect("noted as well", |frame| frame.cmd == 0x0003 && frame.seq == 9).await;
        assert_eq!(site.order(&order_no).await["final_amount_fen"], 785, "O17");
        site.wait_alarm("billing_mismatch").await;

        // Values that go backwards are dropped.
        let two = json!({"port_no": 2, "charge_mode": 1, "duration": 3600, "amount": 1000});
        let second = site.start(DEVICE, &two).await;
        let start = peer.expect("a start", |frame| frame.cmd == 0x0082).await;
        peer.send(&wire::control_answer(DEVICE, start.seq, 0, &second, 2)).await;
        peer.send(&wire::progress(DEVICE, 11, &second, 2, HALF_AN_HOUR)).await;
        site.wait_order(&second, "counts", |order| order["duration_sec"] == 1800).await;
        let backwards = Meter { duration_s: 60, energy: 5, ..HALF_AN_HOUR };
        peer.send(&wire::progress(DEVICE, 12, &second, 2, backwards)).await;
        peer.send(&wire::status(DEVICE, 13, &[0, 1])).await;
        peer.expect("all is read", |frame| frame.seq == 13).await;
        let order = site.order(&second).await;
        assert_eq!(order["duration_sec"], 1800, "{order}");
        assert_eq!(order["total_kwh"], 2.62, "{order}");
    }

    async fn slow_writers_are_served(engine) {
        let site = Site::open(engine).await;
        // Slower than others, or it could not even say all that it has to say.
        let device = site.device(Setup { speed: 12, ..fast(DEVICE) }).await;
        let slow = Action::SlowWrites(Some(Duration::from_millis(1)));
        device.act(slow).await.expect("the device lives");
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.wait_order(&order_no, "reports", |o| o["duration_sec"].as_i64() > Some(20)).await;
        site.stop(DEVICE, &json!({"port_no": 1})).await.data();
        site.wait_status(&order_no, "completed").await;
    }

    /// A peer that sends more than its share is slowed down, then closed; others do not notice.
    async fn floods_are_held_and_closed(engine) {
        let changes = [("LIMITS__FRAMES_PER_SECOND", "100"), ("LIMITS__FLOOD_CLOSE_AFTER_S", "1")];
        let site = Site::with(engine, &changes).await;
        let calm = site.device(fast(SECOND_DEVICE)).await;
        let order_no = site.start_charging(&calm, 1, &body_a()).await;
        let mut peer = Peer::gateway(site.tcp[0], DEVICE, 1).await;
        let flood: Vec<u8> = (0..50).flat_map(|seq| wire::status(DEVICE, seq, &[0])).collect();
        eventually("the flood is cut off", async || {
            let hung_up = peer.try_send(&flood).await.is_err();
            (hung_up || peer.is_closed().await).then_some(())
        })
        .await;
        let flooded = site.program.log().wait("it is logged", |line| line["msg"] == "peer floods");
        flooded.await;
        let seconds = site.order(&order_no).await["duration_sec"].as_i64();
        site.wait_order(&order_no, "the other charges on", |order| {
            order["status"] == "charging" && order["duration_sec"].as_i64() > seconds
        })
        .await;
    }

    /// Many connections that never say a whole word cost nothing but their sockets.
    async fn drips_and_limits(engine) {
        let changes = [("LIMITS__CONNECTIONS_PER_ADDRESS_MAX", "20"), ("TCP_IDLE_CLOSE_S", "2")];
        let site = Site::with(engine, &changes).await;
        let mut idle = Vec::new();
        for _ in 0..30 {
            let mut peer = Peer::connect(site.tcp[0]).await;
            // Those above the limit may be closed already.
            let _ = peer.try_send(&[0xFC]).await;
            idle.push(peer);
        }
        let refused = eventually("those above the limit are refused", async || {
            let metrics = Metrics::of(&site.http).await;
            let refused = metrics.sum("openpile_connections_refused_total", &[]);
            (refused > 9.5).then_some(refused)
        })
        .await;
        assert!(refused < 10.5, "only those: {refused}");
        for mut peer in idle {
            peer.wait_closed().await;
        }
        let _device = site.device(fast(DEVICE)).await;
        site.charge(DEVICE, &body_a()).await.data();
    }

    /// Everything at once, and a charge beside it that nothing touches.
    async fn nobody_else_is_disturbed(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let hour = json!({"port_no": 1, "charge_mode": 1, "duration": 300, "amount": 1000,
                          "price_per_kwh": 150});
        let order_no = site.start_charging(&device, 1, &hour).await;
        let mut peers = Vec::new();
        for number in 0..20_u8 {
            let mut peer = Peer::connect(site.tcp[usize::from(number % 2)]).await;
            let bytes: Vec<u8> = (0..200_u8).map(|byte| byte.wrapping_mul(number)).collect();
            let _ = peer.try_send(&bytes).await;
            let _ = peer.try_send(&wire::heartbeat("82210225009999", 1)).await;
            peers.push(peer);
        }
        device.act(Action::WrongChecksum).await.expect("the device lives");
        device.act(Action::Malformed).await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["duration_sec"], 300, "{order}");
        assert_eq!(order["final_amount_fen"], 66, "{order}");
        holds(Duration::from_millis(200), "the program lives", async || {
            site.http.get_bare("/healthz").await.body["data"]["status"] == "ok"
        })
        .await;
    }
}
