//! The lists of devices, ports, stations and sessions show what is live.

use crate::lab::{ADMIN, DEVICE, Lab};
use axum::http::Method;
use device::{Envelope, Event, PortReport, PortState, Vitals};
use kernel::{PortNo, Voltage};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Has the device tell what a port is doing.
async fn report(lab: &Lab, port: u16, state: PortState) {
    let report = PortReport {
        port: PortNo(port),
        state,
        raw: 0,
        faults: Vec::new(),
        reachable: true,
        plugged: None,
        charge: None,
        meter: None,
        voltage: Some(Voltage(2201)),
        current: None,
        power: None,
        temperature_c: None,
    };
    let envelope = Envelope {
        device: DEVICE.parse().expect("an id"),
        at: lab.app.now(),
        device_time: None,
        msg_id: None,
        receipt: None,
        raw: None,
        event: Event::Status {
            vitals: Vitals::default(),
            ports: vec![report],
        },
    };
    let connection = lab.connect().await;
    if !lab.app.absorb(&connection, &envelope) {
        lab.app.handle(&connection, envelope).await;
    }
}

fn numbers(data: &Value) -> Vec<u64> {
    let items = data["items"].as_array().expect("ports").iter();
    items
        .map(|port| port["port_no"].as_u64().expect("a number"))
        .collect()
}

async fn read(lab: &Lab, path: &str) -> Value {
    let path = format!("/api/v1/admin/{path}");
    lab.get(&path).await.expect(200).data().clone()
}

#[tokio::test]
async fn a_page_of_ports_is_followed_by_what_changes() {
    let lab = Lab::new().await;
    lab.arrive().await;
    let all = read(&lab, "ports?size=1000").await;
    assert_eq!(numbers(&all), [1, 2, 3, 4]);
    assert_eq!((&all["whole"], &all["total"]), (&json!(true), &json!(4)));
    let version = all["version"].as_str().expect("a version").to_owned();
    let none = read(&lab, &format!("ports?since={version}")).await;
    assert_eq!(numbers(&none), [] as [u64; 0]);
    assert_eq!(none["whole"], json!(false));
    assert_eq!(none["version"], version, "nothing has changed");

    report(&lab, 2, PortState::Plugged).await;
    let some = read(&lab, &format!("ports?since={version}")).await;
    assert_eq!(numbers(&some), [2]);
    let port = &some["items"][0];
    assert_eq!(port["state"], "plugged");
    assert_eq!(port["voltage"], json!(220.1));
    assert_eq!(port["device_phy_id"], DEVICE);
    assert_eq!(port["online"], json!(true));
    let later = some["version"].as_str().expect("a version").to_owned();
    // The same again is no change.
    report(&lab, 2, PortState::Plugged).await;
    let none = read(&lab, &format!("ports?since={later}")).await;
    assert_eq!(numbers(&none), [] as [u64; 0]);
    // An order that takes a port shows on it.
    let order = lab.order_on(1).await;
    let taken = read(&lab, &format!("ports?since={later}")).await;
    assert_eq!(numbers(&taken), [1]);
    assert_eq!(taken["items"][0]["order_no"], order);
    // Who follows from the beginning hears of both, and who filters learns what no longer fits.
    let both = read(&lab, &format!("ports?since={version}&state=idle")).await;
    assert_eq!(numbers(&both), [1, 2]);
    let plugged = read(&lab, "ports?state=plugged").await;
    assert_eq!(numbers(&plugged), [2]);
    assert_eq!(
        numbers(&read(&lab, "ports?online=false").await),
        [] as [u64; 0]
    );
    assert_eq!(numbers(&read(&lab, "ports?page=2&size=3").await), [4]);
    // Another run's version, and one of the future, are answered with everything.
    for since in ["1-1", &version.replace('-', "-ffffff")] {
        let all = read(&lab, &format!("ports?since={since}")).await;
        assert_eq!((numbers(&all).len(), &all["whole"]), (4, &json!(true)));
    }
    let refused = lab.get("/api/v1/admin/ports?since=yesterday").await;
    assert_eq!(refused.expect(400).field(), "since");
    lab.get("/api/v1/admin/ports?size=1001").await.expect(400);
    // A device that is away takes all its ports along.
    let version = read(&lab, "ports").await["version"].clone();
    let version = version.as_str().expect("a version");
    let connection = lab.connect().await;
    lab.app.left(&DEVICE.parse().expect("an id"), &connection);
    let gone = read(&lab, &format!("ports?since={version}")).await;
    assert_eq!(numbers(&gone), [1, 2, 3, 4]);
    assert_eq!(gone["items"][3]["online"], json!(false));
    lab.close().await;
}

#[tokio::test]
async fn devices_are_found_and_shown_with_their_ports() {
    let lab = Lab::new().await;
    let second = "82210225000777";
    lab.device(second, 2).await;
    lab.arrive().await;
    report(&lab, 2, PortState::Plugged).await;
    let path = format!("/api/v1/admin/devices/{second}");
    let name = r#"{"name":"东门 A_1"}"#;
    let headers = [("X-Api-Key", ADMIN)];
    lab.call(Method::PATCH, &path, &headers, name)
        .await
        .expect(200);
    let found = async |query: &str| -> Vec<String> {
        let data = read(&lab, &format!("devices?{query}")).await;
        let items = data["items"].as_array().expect("devices").iter();
        let id = |device: &Value| device["device_phy_id"].as_str().expect("an id").to_owned();
        items.map(id).collect()
    };
    assert_eq!(found("q=822102250005").await, [DEVICE]);
    assert_eq!(found("q=0777").await, [second]);
    assert_eq!(found("q=a_1").await, [second]);
    assert_eq!(found("q=a%251").await, [] as [&str; 0]);
    assert_eq!(found("q=0225000").await, [] as [&str; 0], "in the middle");
    assert_eq!(found("sort=-phy_id").await, [second, DEVICE]);
    assert_eq!(found("sort=phy_id").await, [DEVICE, second]);
    lab.get("/api/v1/admin/devices?sort=x").await.expect(400);
    // Who is online is written down with the next flush.
    let until = Instant::now() + PATIENCE;
    while found("online=true").await != [DEVICE] {
        assert!(Instant::now() < until, "never seen online");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(found("online=false").await, [second]);
    let data = read(&lab, &format!("devices?q={DEVICE}")).await;
    let tally = json!({"total": 4, "idle": 3, "charging": 0, "occupied": 1, "fault": 0,
        "offline": 0});
    assert_eq!(data["items"][0]["ports"], tally);
    let data = read(&lab, &format!("devices?q={second}")).await;
    assert_eq!(data["items"][0]["ports"]["offline"], 2);
    lab.close().await;
}

#[tokio::test]
async fn stations_are_shown_with_what_goes_on_there() {
    let lab = Lab::new().await;
    let body = json!({"station_no": "CD001", "name": "天府站", "owner_org_id": 1});
    let made = lab.post("/api/v1/admin/stations", body).await.expect(200);
    let station = made.data()["station_id"].as_i64().expect("an id");
    let bound = lab
        .call(
            Method::PATCH,
            &format!("/api/v1/admin/devices/{DEVICE}"),
            &[("X-Api-Key", ADMIN)],
            json!({"station_id": station}).to_string(),
        )
        .await;
    bound.expect(200);
    lab.arrive().await;
    let order = lab.order_on(1).await;
    lab.begin(&order, 1).await;
    let line = read(&lab, "stations").await["items"][0].clone();
    assert_eq!(
        (&line["devices"], &line["devices_online"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(line["ports"]["charging"], 1);
    assert_eq!(line["ports"]["idle"], 3);
    assert_eq!(line["kwh_today"], json!(0.0));
    lab.end(&order, 1).await;
    // Sales are added up anew after some seconds.
    lab.clock.advance(Duration::from_secs(11));
    let line = lab.get("/api/v1/admin/stations").await.answers(200).data()["items"][0].clone();
    assert_eq!(line["kwh_today"], json!(1.0));
    assert_eq!(line["ports"]["charging"], 0);
    assert_eq!(
        line["station_name"],
        Value::Null,
        "it is the station itself"
    );
    let ports = lab
        .get(&format!("/api/v1/admin/ports?station_id={station}"))
        .await;
    let ports = ports.answers(200);
    assert_eq!(ports.data()["items"][0]["station_name"], "天府站");
    assert_eq!(ports.data()["total"], 4);
    lab.close().await;
}

#[tokio::test]
async fn sessions_are_listed_and_closed_by_hand() {
    let lab = Lab::new().await;
    let none = read(&lab, "ops/sessions").await;
    assert_eq!(none["total"], 0);
    let kick = format!("/api/v1/admin/ops/sessions/{DEVICE}");
    let headers = [("X-Api-Key", ADMIN)];
    let refused = lab.call(Method::DELETE, &kick, &headers, "").await;
    assert_eq!(refused.expect(404).message(), "session not found");
    lab.arrive().await;
    lab.order_on(1).await;
    let one = read(&lab, "ops/sessions").await;
    let line = &one["items"][0];
    assert_eq!(line["device_phy_id"], DEVICE);
    assert_eq!(line["ip"], "203.0.113.7");
    assert_eq!(line["remote_port"], 4711);
    assert_eq!(line["pending_commands"], 1);
    for (query, total) in [
        ("ip=203.0.113.7", 1),
        ("ip=203.0.113.8", 0),
        ("protocol=bench", 1),
        ("protocol=bkv", 0),
    ] {
        let found = read(&lab, &format!("ops/sessions?{query}")).await;
        assert_eq!(found["total"], total, "{query}");
    }
    lab.call(Method::DELETE, &kick, &headers, "")
        .await
        .expect(200);
    let told = lab.told().await;
    let closes = |word: &app::Downlink| matches!(word, app::Downlink::Close);
    assert!(told.iter().any(closes), "{told:?}");
    lab.close().await;
}
