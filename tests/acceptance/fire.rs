//! Fire safety through the real program: sensors and loads that go wrong, one rule each, and a
//! relay that does not open.
//!
//! Rules look back over a minute of real time at least, so that these tests take a minute or two.

use crate::harness::wait::within;
use crate::harness::{DEVICE, Site, eventually, holds, networked, on_both_engines};
use crate::money::{give_plan, rich_member};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::SimDevice;
use simulator::pile::{Action, Dialect, Load, Setup};
use std::time::Duration;
use tokio::time::sleep;

/// What a rule of minutes may take here.
const MINUTES: Duration = Duration::from_mins(4);
/// An hour on the first port.
const HOURS_S: u32 = 36_000;

/// A device that tells of its charges twice a second.
fn talkative(number: u16) -> Setup {
    Setup {
        speed: 22,
        loads: vec![Load {
            capacity_wh: None,
            ..Load::e_bike()
        }],
        ..Setup::new(&format!("990000001{number:05}"), Dialect::V86)
    }
}

async fn set(site: &Site, key: &str, value: i64) {
    let path = format!("/api/v1/admin/settings/{key}");
    let body = json!({ "value": value });
    let answer = site.http.admin(Method::PUT, &path, Some(&body)).await;
    answer.data();
}

async fn does(device: &SimDevice, words: &str) {
    let action: Action = words.parse().expect("an action");
    device.act(action).await.expect("the device lives");
}

async fn charges(site: &Site, number: u16) -> (SimDevice, String) {
    let device = site.device(talkative(number)).await;
    let body = json!({"port_no": 1, "charge_mode": 1, "duration": HOURS_S, "amount": 5000,
                      "price_per_kwh": 150});
    let order_no = site.start_charging(&device, 1, &body).await;
    (device, order_no)
}

/// The cut-off of a device, with what led to it.
async fn cut_off(site: &Site, device: &str) -> Value {
    let what = format!("{device} is cut off");
    let row = within(MINUTES, &what, async || {
        let list = site
            .http
            .admin_get("/api/v1/admin/fire/cut-offs?size=100")
            .await;
        let rows = list.data()["items"].as_array().expect("a list").clone();
        rows.into_iter().find(|row| row["phy_id"] == device)
    });
    let id = row.await["cut_off_id"].clone();
    let path = format!("/api/v1/admin/fire/cut-offs/{id}");
    site.http.admin_get(&path).await.data().clone()
}

/// The charge was stopped by this rule, the readings were kept, the alarm was raised, and the port
/// is locked where the rule says so.
async fn assert_cut(site: &Site, device: &SimDevice, order_no: &str, rule: &str, locks: bool) {
    let seen = cut_off(site, device.id()).await;
    let row = &seen["cut_off"];
    assert_eq!(row["rule"], rule, "{seen}");
    assert_eq!(row["order_no"], order_no, "{seen}");
    let samples = seen["samples"].as_array().expect("readings");
    assert!(samples.len() > 1, "{rule}: {seen}");
    let (value, threshold) = (row["value"].as_i64(), row["threshold"].as_i64());
    assert!(value >= threshold && threshold > Some(0), "{seen}");
    let order = site.wait_status(order_no, "completed").await;
    assert_eq!(order["abnormal"], true, "{rule}: {order}");
    let alarm = match rule {
        "after_full" | "plateau" => "fire_battery".to_owned(),
        "night_power" | "night_time" => "fire_night".to_owned(),
        other => format!("fire_{other}"),
    };
    let raised = format!("/api/v1/admin/alarms?code={alarm}&phy_id={}", device.id());
    let raised = site.http.admin_get(&raised).await;
    let level = if alarm == "fire_night" { "W" } else { "C" };
    assert_eq!(raised.data()["items"][0]["level"], level, "{}", raised.text);
    let body = json!({"port_no": 1, "charge_mode": 1, "duration": 600, "amount": 500});
    let again = site.charge(device.id(), &body).await;
    let id = &row["cut_off_id"];
    if locks {
        assert_ne!(again.status, 200, "{rule}: {}", again.text);
        eventually("power is off", async || {
            let path = format!("/api/v1/admin/fire/cut-offs/{id}");
            let seen = site.http.admin_get(&path).await;
            (seen.data()["cut_off"]["state"] == "off").then_some(())
        })
        .await;
        let path = format!("/api/v1/admin/fire/cut-offs/{id}/release");
        let note = json!({"note": "looked at"});
        let released = site.http.admin_post(&path, &note).await;
        assert_eq!(
            released.data()["lock_state"],
            "released",
            "{}",
            released.text
        );
        site.charge(device.id(), &body).await.data();
    } else {
        assert_eq!(again.status, 200, "{rule}: {}", again.text);
    }
}

on_both_engines! {
    async fn heat_and_power_are_cut_off(engine) {
        let site = Site::open(engine).await;
        for (key, value) in [
            ("fire.over_power_s", 10),
            ("fire.power_max_w", 3000),
            // All day but for a minute that no test meets twice.
            ("fire.night_until_min", 1439),
            ("fire.night_power_w", 2000),
        ] {
            set(&site, key, value).await;
        }
        let (hot, hot_order) = charges(&site, 1).await;
        let (strong, strong_order) = charges(&site, 4).await;
        let (night, night_order) = charges(&site, 5).await;
        does(&hot, "heat 1 60").await;
        does(&strong, "draw 1 3500").await;
        does(&night, "draw 1 2500").await;
        for celsius in [80, 90] {
            does(&hot, &format!("heat 1 {celsius}")).await;
            sleep(Duration::from_secs(2)).await;
        }
        assert_cut(&site, &hot, &hot_order, "temp_high", true).await;
        assert_cut(&site, &strong, &strong_order, "over_power", false).await;
        assert_cut(&site, &night, &night_order, "night_power", false).await;
    }

    /// Both look back over a minute, so that they share it.
    async fn heat_that_rises_and_a_full_battery_that_draws_again(engine) {
        let site = Site::open(engine).await;
        set(&site, "fire.rise_window_s", 60).await;
        set(&site, "fire.rebound_s", 10).await;
        let (rising, rising_order) = charges(&site, 1).await;
        let (full, full_order) = charges(&site, 2).await;
        does(&rising, "heat 1 46").await;
        does(&full, "draw 1 900").await;
        sleep(Duration::from_secs(5)).await;
        does(&full, "draw 1 9").await;
        sleep(Duration::from_secs(65)).await;
        does(&rising, "heat 1 58").await;
        does(&full, "draw 1 800").await;
        assert_cut(&site, &rising, &rising_order, "temp_rise", true).await;
        assert_cut(&site, &full, &full_order, "after_full", true).await;
    }

    /// Full power for longer than batteries of that kind take.
    async fn a_battery_that_does_not_get_full(engine) {
        let site = Site::open(engine).await;
        set(&site, "fire.usual_minutes", 1).await;
        let (device, order_no) = charges(&site, 1).await;
        assert_cut(&site, &device, &order_no, "plateau", true).await;
    }

    /// Longer than is allowed at night; nothing is locked.
    async fn a_night_has_its_minutes(engine) {
        let site = Site::open(engine).await;
        set(&site, "fire.night_until_min", 1439).await;
        set(&site, "fire.night_minutes", 1).await;
        let (device, order_no) = charges(&site, 1).await;
        assert_cut(&site, &device, &order_no, "night_time", false).await;
    }

    /// Whoever pays is told why it stopped.
    async fn the_member_is_told(engine) {
        let changes = [("PAYMENTS__MOCK", "true"), ("SMS__LOG_CODES", "true")];
        let site = Site::with(engine, &changes).await;
        let device = site.device(talkative(1)).await;
        give_plan(&site, device.id()).await;
        let phone = rich_member(&site).await;
        device.plug(1).await.expect("the device lives");
        let wish = json!({"device": device.id(), "port_no": 1, "charge_mode": 4});
        let started = phone.call(Method::POST, "/charges", Some(&wish)).await;
        let order_no = started.data()["order_no"].as_str().expect("a number").to_owned();
        site.wait_status(&order_no, "charging").await;
        for celsius in [60, 80, 90] {
            does(&device, &format!("heat 1 {celsius}")).await;
            sleep(Duration::from_secs(2)).await;
        }
        let told = eventually("the member is told", async || {
            let list = phone.call(Method::GET, "/messages", None).await;
            let rows = list.data()["items"].as_array().expect("a list").clone();
            rows.into_iter().find(|row| row["kind"] == "charge_cut_off")
        });
        let told = told.await;
        assert_eq!(told["about"], order_no.as_str(), "{told}");
        assert!(told["text"].as_str().is_some_and(|text| text.contains("温度过高")), "{told}");
        site.wait_status(&order_no, "completed").await;
    }

    /// Power that flows on after a charge: critical, and nobody charges there until somebody has
    /// looked, also after a restart.
    async fn a_stuck_relay_locks_its_port(engine) {
        let mut site = Site::open(engine).await;
        let device = site.device(networked(DEVICE)).await;
        does(&device, "stuck 1 on").await;
        device.plug(1).await.expect("the device lives");
        let body = json!({"port_no": 1, "charge_mode": 1, "duration": 60, "amount": 500});
        let order_no = site.start(DEVICE, &body).await;
        site.wait_status(&order_no, "completed").await;
        let seen = cut_off(&site, DEVICE).await;
        assert_eq!(seen["cut_off"]["rule"], "relay_stuck", "{seen}");
        assert_eq!(seen["cut_off"]["order_no"], Value::Null, "{seen}");
        assert_eq!(seen["cut_off"]["lock_state"], "locked", "{seen}");
        assert!(seen["samples"][0]["power_w"].as_f64() > Some(5.0), "{seen}");
        site.wait_alarm("relay_stuck").await;
        let refused = site.charge(DEVICE, &body).await;
        assert_ne!(refused.status, 200, "{}", refused.text);
        let id = seen["cut_off"]["cut_off_id"].clone();
        let release = format!("/api/v1/admin/fire/cut-offs/{id}/release");
        let note = json!({"note": "relay replaced"});
        let early = site.http.admin_post(&release, &note).await;
        assert_eq!(early.status, 409, "{}", early.text);

        does(&device, "stuck 1 off").await;
        site.program.kill();
        site.program.start_again().await;
        site.wait_device(DEVICE, "is back", |seen| seen["online"] == true).await;
        holds(Duration::from_secs(3), "it stays locked", async || {
            site.charge(DEVICE, &body).await.status != 200
        })
        .await;
        eventually("it is released", async || {
            (site.http.admin_post(&release, &note).await.status == 200).then_some(())
        })
        .await;
        let order_no = site.start(DEVICE, &body).await;
        site.wait_status(&order_no, "completed").await;
    }
}
