//! Rules around a charge that the plan's cases presuppose: prices, changes, devices that may not
//! charge, stops that must wait.

use crate::harness::site::{DEVICE_PATIENCE, body_a, frames};
use crate::harness::wire::{self, Settlement};
use crate::harness::{DEVICE, Engine, Peer, SECOND_DEVICE, Site, fast, on_both_engines};
use kernel::PortNo;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::device::Direction;
use simulator::pile::{Action, Event};

/// Charges on a peer that is played by hand and settles with these values.
async fn settled(site: &Site, peer: &mut Peer, body: &Value, end: Settlement) -> Value {
    let order_no = site.start(DEVICE, body).await;
    let start = peer.expect("a start", |frame| frame.cmd == 0x0082).await;
    peer.send(&wire::control_answer(DEVICE, start.seq, 0, &order_no, 1))
        .await;
    peer.send(&wire::confirm(DEVICE, 3, &order_no, 1, 0)).await;
    peer.expect("a noted confirm", |frame| frame.cmd == 0x0004)
        .await;
    peer.send(&wire::settlement(DEVICE, 4, &order_no, 1, end))
        .await;
    peer.expect("a noted settlement", |frame| frame.cmd == 0x0003)
        .await;
    site.order(&order_no).await
}

/// A bill and its refund, in fen, under a service fee mode.
async fn billed(engine: Engine, mode: &str, body: Value, end: (u32, u16)) -> (i64, i64) {
    let site = Site::with(engine, &[("SERVICE_FEE_MODE", mode)]).await;
    let mut peer = Peer::gateway(site.tcp[0], DEVICE, 1).await;
    site.wait_port(DEVICE, 1, "known", |port| port["port_no"] == 1)
        .await;
    let end = Settlement {
        duration_s: end.0,
        energy: end.1,
        amount_fen: 0,
        reason: 0,
    };
    let order = settled(&site, &mut peer, &body, end).await;
    let fen = |key: &str| order[key].as_i64().expect("a number");
    (fen("final_amount_fen"), fen("refund_fen"))
}

on_both_engines! {
    /// The published price examples, from the call to the bill.
    async fn tp1_to_tp6_prices(engine) {
        let hour = (3600, 523);
        let tp1 = billed(engine, "informational", body_a(), hour).await;
        assert_eq!(tp1, (785, 215), "TP1");
        let tp2 = billed(engine, "permille_on_top", body_a(), hour).await;
        assert_eq!(tp2, (863, 137), "TP2");
        let tp3 = billed(engine, "fen_per_kwh_on_top", body_a(), hour).await;
        assert_eq!(tp3, (837, 163), "TP3");
        let by_time = json!({"port_no": 1, "charge_mode": 1, "duration": 3600, "amount": 1000});
        let tp4 = billed(engine, "informational", by_time, (1200, 174)).await;
        assert_eq!(tp4, (333, 667), "TP4");
        let little = json!({"port_no": 1, "charge_mode": 1, "duration": 3600, "amount": 500,
                            "price_per_kwh": 150});
        let tp5 = billed(engine, "informational", little, (20, 2)).await;
        assert_eq!(tp5, (3, 497), "TP5");
        let minutes = json!({"port_no": 1, "charge_mode": 1, "duration": 300, "amount": 500});
        let tp6 = billed(engine, "informational", minutes, (60, 9)).await;
        assert_eq!(tp6, (100, 400), "TP6");
    }

    /// 0x008A: the time of a running order is changed.
    async fn a_running_order_is_changed(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let path = format!("/api/v1/admin/orders/{order_no}/adjust");
        site.http.admin_post(&path, &json!({"duration": 240})).await.data();
        let changed = |event: &Event| {
            matches!(event, Event::CommandReceived { command, .. } if command == "0x008a")
        };
        device.wait_note(DEVICE_PATIENCE, changed).await.expect("0x008A on the wire");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["duration_sec"], 240, "{order}");
        assert_eq!(order["end_reason"], "normal", "{order}");
    }

    /// A disabled device takes no new orders; what runs there runs to its end.
    async fn a_disabled_device(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let path = format!("/api/v1/admin/devices/{DEVICE}");
        let disabled = json!({"status": "disabled"});
        site.http.admin(Method::PATCH, &path, Some(&disabled)).await.data();
        let two = json!({"port_no": 2, "charge_mode": 1, "duration": 60, "amount": 100});
        let answer = site.charge(DEVICE, &two).await;
        assert_eq!(answer.status, 409, "{}", answer.text);
        assert_eq!(answer.body["message"], "device disabled", "{}", answer.text);
        device.unplug(1).await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason"], "normal", "{order}");
    }

    /// R28: only where it is switched on does a start create the device.
    async fn r28_auto_create(engine) {
        let site = Site::open(engine).await;
        assert_eq!(site.charge(DEVICE, &body_a()).await.status, 404, "R28");
        drop(site);
        let site = Site::with(engine, &[("THIRD__AUTO_CREATE_DEVICE", "true")]).await;
        let order_no = site.start(DEVICE, &body_a()).await;
        let device = site.strange_device(fast(DEVICE));
        device.plug(1).await.expect("the device lives");
        site.wait_status(&order_no, "charging").await;
    }

    /// A stop for a device that is away waits for it.
    async fn a_stop_waits_for_its_device(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        device.act(Action::Cut { silent: false }).await.expect("the device lives");
        site.wait_device(DEVICE, "offline", |seen| seen["online"] == false).await;
        let answer = site.stop(DEVICE, &json!({"port_no": 1, "order_no": order_no})).await;
        assert_eq!(answer.data()["status"], "charging", "{}", answer.text);
        device.restore().await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason"], "remote_stop", "{order}");
    }

    /// Cards get an answer, though none is known here.
    async fn cards_are_answered(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let swipe = Action::Swipe { port: PortNo(1), card: "1000000001".into(), balance_fen: 0, password: None };
        device.act(swipe).await.expect("the device lives");
        let answered = |event: &Event| matches!(event, Event::CardAnswered { .. });
        let note = device.wait_note(DEVICE_PATIENCE, answered).await.expect("0x0002 down");
        let Event::CardAnswered { result, .. } = note.event else {
            panic!("waited for this");
        };
        assert_ne!(result, 0, "no account, no charge");
        assert!(frames(&device, Direction::Down, 0x0082).is_empty(), "nothing starts");
    }

    /// A connection belongs to one gateway: frames in another's name change nothing there.
    async fn frames_in_another_name(engine) {
        let site = Site::open(engine).await;
        let other = site.device(fast(SECOND_DEVICE)).await;
        let order_no = site.start_charging(&other, 1, &body_a()).await;
        let mut peer = Peer::gateway(site.tcp[0], DEVICE, 1).await;
        let end = Settlement { duration_s: 1, energy: 1, amount_fen: 1, reason: 0 };
        peer.send(&wire::settlement(SECOND_DEVICE, 7, &order_no, 1, end)).await;
        peer.send(&wire::status(DEVICE, 8, &[0])).await;
        peer.expect("its own is answered", |frame| frame.seq == 8 && frame.gateway == DEVICE).await;
        assert_eq!(site.order(&order_no).await["status"], "charging");
        assert_eq!(site.device_view(SECOND_DEVICE).await["online"], true);
    }

    /// Addresses given through the API must not lead inside.
    async fn webhooks_do_not_go_inside(engine) {
        let changes = [("WEBHOOK__ALLOW_NETWORKS", "[]"), ("RATE__WRITE__BURST", "50")];
        let site = Site::with(engine, &changes).await;
        let _device = site.device(fast(DEVICE)).await;
        for url in ["http://127.0.0.1:1/x", "http://10.1.2.3/x", "http://[::1]/x", "ftp://a.b/c",
                    "http://169.254.1.1/x", "not a url"] {
            let mut body = body_a();
            body["notify_url"] = url.into();
            let answer = site.charge(DEVICE, &body).await;
            assert!(matches!(answer.status, 400 | 422), "{url}: {}", answer.text);
        }
        // The address in the configuration is the operator's own.
        let order_no = site.start(DEVICE, &body_a()).await;
        site.event("order.created", &order_no).await;
    }
}
