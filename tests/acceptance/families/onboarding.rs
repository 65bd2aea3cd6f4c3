//! A0-01, A0-03, A0-05, A0-06 and A0-09: a pile of Infypower from noise to a charge.

use super::charger::{AMOUNT, until_full};
use crate::harness::{Site, eventually, on_both_engines};
use serde_json::{Value, json};
use simulator::family::{Device, Family, Wishes};
use simulator::{SimDevice, Target};
use std::net::Ipv4Addr;

/// Where the stranger comes from.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
/// The acceptance plan's pile number.
const PILE: &str = "2900300800103";
/// Times real time: few enough reports that a line of single bytes can carry them.
const SPEED: u32 = 6;

async fn log_lines(site: &Site, filter: &str) -> Vec<Value> {
    let path = format!("/api/v1/admin/comm-logs?size=200&{filter}");
    let answer = site.http.admin_get(&path).await;
    answer.data()["items"].as_array().expect("a list").clone()
}

/// The pile at the listener that this family is configured with.
fn stranger(site: &Site) -> SimDevice {
    let model = Family::Infypower.model(None, "normal").expect("it exists");
    let device = model.device(&Wishes {
        number: 0,
        ports: 2,
        speed: SPEED,
        seed: 1,
        automatic: None,
        heartbeat: None,
        source: Some(STRANGER),
    });
    let Device::Infypower(mut setup) = device else {
        unreachable!("the model says so")
    };
    PILE.clone_into(&mut setup.id);
    let listener = Target::loopback(site.tcp[1]).expect("a loopback address");
    SimDevice::spawn(setup, listener).expect("there can be such a device")
}

async fn act(pile: &SimDevice, text: &str) {
    let action = text.parse().expect("an action");
    pile.act(action).await.expect("the device lives");
}

on_both_engines! {
    async fn an_infypower_pile_from_noise_to_a_charge(engine) {
        let site = Site::with(engine, &[("DEVICES__AUTO_ENROL", "false")]).await;
        let pile = stranger(&site);
        let noise = eventually("A0-01: noise from an unknown address", async || {
            log_lines(&site, &format!("type=noise&ip={STRANGER}")).await.pop()
        })
        .await;
        let raw = noise["raw_hex"].as_str().expect("A0-01: the frame").to_lowercase();
        assert!(raw.starts_with("aaf5"), "A0-01: {noise}");
        // 32 bytes of text, filled up with zeros.
        let number = format!("{:0<64}", hex::encode(PILE));
        assert!(raw.contains(&number), "A0-05: {noise}");

        let entry = json!({"ip": STRANGER.to_string()});
        site.http.admin_post("/api/v1/admin/devices", &entry).await.data();
        let seen = site.wait_device(PILE, "A0-03, A0-05: filled in", |seen| {
            seen["online"] == true
                && seen["firmware"].is_string()
                && seen["ports"].as_array().is_some_and(|p| p.len() == 2)
        });
        let seen = seen.await;
        assert_eq!(seen["protocol"], "infypower", "A0-03: {seen}");

        // Every byte by itself: the length comes from the header, the rest when it is there.
        act(&pile, "slow 1").await;
        act(&pile, "plug 1").await;
        let order_no = site.start(PILE, &until_full()).await;
        site.wait_status(&order_no, "charging").await;
        act(&pile, "wrong-checksum").await;
        eventually("A0-06: the checksum is verified", async || {
            let lines = log_lines(&site, &format!("type=noise&ip={STRANGER}")).await;
            let reasons = lines.iter().filter_map(|line| line["result"].as_str());
            reasons.into_iter().any(|reason| reason.contains("checksum")).then_some(())
        })
        .await;
        act(&pile, "unplug 1").await;
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["amount"], AMOUNT, "{order}");

        for kind in ["start", "record", "status"] {
            let what = format!("A0-09: {kind} is found by device and type");
            let lines = eventually(&what, async || {
                let lines = log_lines(&site, &format!("type={kind}&phy_id={PILE}")).await;
                (!lines.is_empty()).then_some(lines)
            })
            .await;
            assert!(lines.iter().all(|line| line["type"] == kind), "A0-09: {lines:?}");
        }
    }
}
