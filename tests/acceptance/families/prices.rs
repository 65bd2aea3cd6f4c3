//! Tariffs from the operator's desk over the wire to the bill, by card and by vehicle.

use super::charger::{Charger, PRICE, dialect};
use super::desk;
use crate::harness::{Site, eventually, on_both_engines};
use serde_json::{Value, json};
use simulator::family::Family;
use std::time::Duration;
use tokio::time::sleep;

const VIN: &str = "LSVAA49J132047371";
const CHIP: &str = "00000000D14B0A54";
const CARD: &str = "1000000001";
/// The chip, as a socket reads it.
const SOCKET_CHIP: &str = "DD887766";
/// A question about the same card within this time is a repeat, and answered as before.
const SAME_SWIPE: Duration = Duration::from_secs(10);

/// The newest order of a device once it delivers.
async fn order_of(site: &Site, pile: &Charger) -> Value {
    let path = format!("/api/v1/third/orders?phy_id={}&size=1", pile.id);
    eventually("a charge at the device delivers", async || {
        let list = site.http.get(&path).await;
        let order = list.data()["items"][0].clone();
        (order["total_kwh"].as_f64() > Some(0.01)).then_some(order)
    })
    .await
}

async fn assert_tariff_bill(site: &Site, order_no: &str) {
    let order = site.wait_order(order_no, "completed", |order| {
        order["status"] == "completed" && order["provisional"] == false
    });
    let order = order.await;
    assert_eq!(order["settle_status"], "settled", "{order}");
    let kwh = order["total_kwh"].as_f64().expect("energy");
    let billed = order["final_amount_fen"].as_f64().expect("a bill");
    assert!((billed - kwh * PRICE).abs() <= 3.0, "{order}");
    let device = order["device_amount_fen"]
        .as_f64()
        .expect("the pile's own sum");
    assert!((billed - device).abs() <= 3.0, "{order}");
}

/// Readers of one family see the chip, those of the other what is written on it.
fn swipe(family: Family) -> String {
    let seen = if family == Family::Ykc { CHIP } else { CARD };
    format!("swipe 1 {seen}")
}

/// Waits until the reader was told no.
async fn wait_refusal(site: &Site, pile: &Charger) {
    let (kind, verdict) = match pile.family {
        Family::Ykc => ("start", "0x0032"),
        _ => ("card", "0xcb"),
    };
    let path = format!(
        "/api/v1/admin/comm-logs?phy_id={}&direction=down&type={kind}",
        pile.id
    );
    eventually(&format!("the card is refused at {}", pile.id), async || {
        let lines = site.http.admin_get(&path).await;
        let lines = lines.data()["items"].as_array().expect("a list");
        lines
            .iter()
            .any(|line| line["cmd"] == verdict)
            .then_some(())
    })
    .await;
    let port = pile.sim.port(1).await.expect("a port");
    assert!(!port.charging, "{}", pile.id);
}

on_both_engines! {
    async fn a_vehicle_is_charged_by_the_pile_s_tariff(engine) {
        let site = Site::open(engine).await;
        let body = json!({"vin": VIN, "limit_fen": 20_000});
        site.http.admin_post("/api/v1/admin/vehicles", &body).await.data();
        // Of Infypower's dialects only Shenghong's asks the platform.
        let asks = dialect(Family::Infypower, "shenghong-5.3/dc");
        for (family, dialect) in [(Family::Ykc, 0), (Family::Infypower, asks)] {
            let pile = Charger::open(&site, family, dialect, "normal").await;
            if family != Family::Ykc {
                desk::give_tariff(&site, &pile.id).await;
            }
            pile.act("plug 1").await;
            pile.act(&format!("vin 1 {VIN}")).await;
            let order = order_of(&site, &pile).await;
            assert_eq!((&order["source"], &order["vin"]), (&json!("vin"), &json!(VIN)));
            let order_no = order["order_no"].as_str().expect("a number");
            pile.act("unplug 1").await;
            assert_tariff_bill(&site, order_no).await;
        }
    }

    async fn a_card_is_charged_by_the_socket_s_plan(engine) {
        let site = Site::open(engine).await;
        let plan = json!({"name": "By energy", "plan": {"mode": "energy", "unit_price_fen": 150}});
        let card = json!({"card_no": CARD, "physical_no": SOCKET_CHIP, "limit_fen": 2_000});
        site.http.admin_post("/api/v1/admin/cards", &card).await.data();
        for (family, seen) in [(Family::Bkv, CARD), (Family::Ap3000, SOCKET_CHIP)] {
            let socket = Charger::usual(&site, family, "normal").await;
            desk::give_rule(&site, "ebike-plans", &socket.id, &plan).await;
            socket.act("plug 1").await;
            socket.act(&format!("swipe 1 {seen}")).await;
            let order = order_of(&site, &socket).await;
            assert_eq!((&order["source"], &order["card_no"]), (&json!("card"), &json!(CARD)));
            socket.act("unplug 1").await;
            socket.assert_billed(&site, order["order_no"].as_str().expect("a number")).await;
        }
    }

    async fn a_card_is_charged_by_the_pile_s_tariff(engine) {
        let site = Site::open(engine).await;
        let mut piles = Vec::new();
        for family in [Family::Ykc, Family::Infypower] {
            let pile = Charger::usual(&site, family, "normal").await;
            if family != Family::Ykc {
                desk::give_tariff(&site, &pile.id).await;
            }
            pile.act("plug 1").await;
            pile.act(&swipe(pile.family)).await;
            wait_refusal(&site, &pile).await;
            piles.push(pile);
        }
        let card = json!({"card_no": CARD, "physical_no": CHIP, "limit_fen": 20_000});
        site.http.admin_post("/api/v1/admin/cards", &card).await.data();
        sleep(SAME_SWIPE).await;
        for pile in &piles {
            pile.act(&swipe(pile.family)).await;
            let order = order_of(&site, pile).await;
            assert_eq!(order["card_no"], CARD, "{order}");
            pile.act("button 1").await;
            assert_tariff_bill(&site, order["order_no"].as_str().expect("a number")).await;
        }
    }
}
