//! A pile whose integrator has changed the frames: it charges nevertheless, the log shows what
//! is unknown, and the operator settles lengths and dialect while it stays connected.

use super::charger::Charger;
use crate::harness::{Site, eventually, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::device::Direction;
use simulator::family::Family;

/// Bytes of a frame before and after its body: header with command, checksum.
const AROUND: usize = 9;

/// Length of the bodies that the pile has received with this command, the newest last.
fn lengths(charger: &Charger, command: u8) -> Vec<usize> {
    let frames = charger.sim.frames();
    let down = frames
        .iter()
        .filter(|frame| frame.direction == Direction::Down);
    let told = down.filter(|frame| frame.bytes.get(6..8) == Some(&[command, 0]));
    told.map(|frame| frame.bytes.len() - AROUND).collect()
}

async fn pin(site: &Site, id: &str, traits: Value) {
    let path = format!("/api/v1/admin/devices/{id}");
    let body = json!({"pinned": traits});
    site.http
        .admin(Method::PATCH, &path, Some(&body))
        .await
        .data();
}

on_both_engines! {
    async fn an_unknown_layout_charges_and_is_shown_as_it_is(engine) {
        let site = Site::open(engine).await;
        let charger = Charger::usual(&site, Family::Infypower, "odd_length").await;
        let order_no = charger.begin(&site).await;
        charger.stop(&site, &order_no).await;
        let order = site.wait_status(&order_no, "completed").await;
        assert!(order["total_kwh"].as_f64() > Some(0.0), "{order}");
        let path = format!("/api/v1/admin/comm-logs?type=status&phy_id={}", charger.id);
        eventually("the unknown tail in the log", async || {
            let lines = site.http.admin_get(&path).await;
            let text = lines.data()["items"].to_string().to_lowercase();
            (text.contains("eeeeeeeeee") && text.contains("decoded")).then_some(())
        })
        .await;
    }

    async fn lengths_are_settled_while_the_pile_stays_connected(engine) {
        let site = Site::open(engine).await;
        // It signs in again every half hour, here every three seconds.
        let charger = Charger::hasty(&site, Family::Infypower, 600).await;
        for wanted in [4, 9, 142] {
            pin(&site, &charger.id, json!({"signin_answer": wanted.to_string()})).await;
            let before = lengths(&charger, 105).len();
            eventually(&format!("a sign-in answered with {wanted} bytes"), async || {
                let seen = lengths(&charger, 105);
                (seen.len() > before && seen.last() == Some(&wanted)).then_some(())
            })
            .await;
        }
        let gone = site.receiver.received().iter().any(|e| e.event_type() == "device.offline");
        assert!(!gone, "it stayed connected");
        pin(&site, &charger.id, json!({"dialect": "shenghong-5.3"})).await;
        let view = format!("/api/v1/admin/devices/{}", charger.id);
        let seen = site.http.admin_get(&view).await;
        assert!(seen.text.contains("shenghong-5.3"), "{}", seen.text);
    }
}
