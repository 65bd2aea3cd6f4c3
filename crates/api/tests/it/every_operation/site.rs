//! Fire safety, power, cameras, risks, calls, the search.

use super::{Case, act, read, write};
use crate::lab::{ADMIN, DEVICE, Lab, NOW_S};
use axum::http::Method;
use kernel::{DeviceId, Timestamp};
use serde_json::json;
use store::devices;
use store::failure_risks::{self, NewRisk};
use store::fire_cut_offs::{self, NewCutOff};

/// A cut-off whose power is off and whose port is locked.
async fn cut_off(lab: &Lab) -> i64 {
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let phy_id = DEVICE.parse().expect("an id");
    let device = devices::find_by_phy_id(tx.conn(), &phy_id).await;
    let device_id: DeviceId = device.expect("read").expect("there").id;
    let at = Timestamp::from_unix_seconds(NOW_S);
    let new = NewCutOff {
        device_id,
        phy_id,
        port_no: Some(kernel::PortNo(1)),
        station_id: None,
        order_no: None,
        rule: "temp_high",
        value: 91,
        threshold: 85,
        limits: json!({"temp_max_c": 85}),
        samples: json!([{"at": at, "power": 1500, "temperature_c": 91}]),
        at,
        locked: true,
    };
    let id = fire_cut_offs::insert(tx.conn(), &new)
        .await
        .expect("written");
    fire_cut_offs::set_state(tx.conn(), id, "off", Some(at))
        .await
        .expect("written");
    let risk = NewRisk {
        device_id,
        port_no: 0,
        score: 64,
        level: "high",
        reasons: json!([{"factor": "temperature", "then": 31, "now": 46, "unit": "°C",
            "points": 22}]),
    };
    failure_risks::replace(tx.conn(), &[risk], at, at)
        .await
        .expect("written");
    tx.commit().await.expect("committed");
    id
}

async fn camera(lab: &Lab, station: &str) -> String {
    let body = json!({"station_id": station.parse::<i64>().expect("an id"), "camera": {
        "name": "c", "snapshot_url": "http://192.0.2.7/snap.jpg",
        "stream_url": "rtsp://192.0.2.7/1"}});
    let made = lab.post("/api/v1/admin/cameras", body).await.expect(200);
    made.data()["camera_id"].to_string()
}

pub(super) async fn cases(lab: &Lab) -> Vec<Case> {
    let cut = cut_off(lab).await;
    let headers = [("X-Api-Key", ADMIN)];
    let stations = "/api/v1/admin/stations";
    let stations = lab.call(Method::GET, stations, &headers, "").await;
    let station = stations.data()["items"][0]["station_id"].to_string();
    let (kept, gone) = (camera(lab, &station).await, camera(lab, &station).await);
    let base = "/api/v1/admin";
    let fire = format!("{base}/fire/cut-offs");
    let limits = format!("{base}/stations/{station}/fire-limits");
    let power = format!("{base}/power/stations/{station}");
    let device = format!("{base}/power/devices/{DEVICE}");
    let cameras = format!("{base}/cameras");
    vec![
        read(
            "list_cut_offs",
            format!("{fire}?rule=temp_high&state=off&lock_state=locked&phy_id={DEVICE}"),
            Some(("/api/v1/admin/fire/cut-offs?rule=x", 400)),
        ),
        read(
            "show_cut_off",
            format!("{fire}/{cut}"),
            Some(("/api/v1/admin/fire/cut-offs/999", 404)),
        ),
        write(
            "release_cut_off",
            Method::POST,
            &format!("{fire}/{cut}/release"),
            r#"{"note":"插座已更换"}"#,
            r#"{"note":" "}"#,
        ),
        write(
            "set_fire_limits",
            Method::PUT,
            &limits,
            r#"{"limits":{"temp_max_c":75}}"#,
            r#"{"limits":{"temp":75}}"#,
        ),
        read(
            "show_fire_limits",
            limits.clone(),
            Some(("/api/v1/admin/stations/999/fire-limits", 404)),
        ),
        act(
            "end_fire_limits",
            Method::DELETE,
            &limits,
            Some("/api/v1/admin/stations/999/fire-limits"),
        ),
        read(
            "list_station_loads",
            format!("{base}/power/stations?name=x"),
            Some(("/api/v1/admin/power/stations?size=0", 400)),
        ),
        read(
            "show_station_load",
            power.clone(),
            Some(("/api/v1/admin/power/stations/999", 404)),
        ),
        read(
            "station_power_curve",
            format!("{power}/curve"),
            Some((&format!("{power}/curve?from=1000&until=999"), 400)),
        ),
        read(
            "device_power_curve",
            format!("{device}/curve?port_no=1"),
            Some((&format!("{device}/curve?until=x"), 400)),
        ),
        write(
            "set_station_capacity",
            Method::PUT,
            &format!("{power}/capacity"),
            r#"{"capacity_w":630000,"reserve_w":30000}"#,
            r#"{"capacity_w":0}"#,
        ),
        write(
            "set_station_balancing",
            Method::PUT,
            &format!("{power}/balancing"),
            r#"{"enabled":true}"#,
            r#"{"enabled":1}"#,
        ),
        read(
            "show_power_plan",
            format!("{power}/plan"),
            Some(("/api/v1/admin/power/stations/999/plan", 404)),
        ),
        write(
            "set_device_share",
            Method::PUT,
            &format!("{device}/share"),
            r#"{"weight":3,"least_pct":40}"#,
            r#"{"weight":0,"least_pct":40}"#,
        ),
        read(
            "list_cameras",
            format!("{cameras}?station_id={station}"),
            Some(("/api/v1/admin/cameras?state=x", 400)),
        ),
        write(
            "create_camera",
            Method::POST,
            &cameras,
            &format!(
                r#"{{"station_id":{station},"camera":{{"name":"n","snapshot_url":"http://192.0.2.8/s"}}}}"#
            ),
            &format!(r#"{{"station_id":{station},"camera":{{"name":"n"}}}}"#),
        ),
        read(
            "show_camera",
            format!("{cameras}/{kept}"),
            Some(("/api/v1/admin/cameras/999", 404)),
        ),
        write(
            "change_camera",
            Method::PUT,
            &format!("{cameras}/{kept}"),
            r#"{"name":"m","snapshot_url":"http://192.0.2.7/snap.jpg","stream_url":"rtsp://192.0.2.7/1"}"#,
            r#"{"name":"m","snapshot_url":"ftp://192.0.2.7/"}"#,
        ),
        act(
            "camera_snapshot",
            Method::POST,
            &format!("{cameras}/{kept}/snapshot"),
            Some("/api/v1/admin/cameras/999/snapshot"),
        ),
        act(
            "play_camera",
            Method::POST,
            &format!("{cameras}/{kept}/play"),
            Some("/api/v1/admin/cameras/999/play"),
        ),
        act(
            "remove_camera",
            Method::DELETE,
            &format!("{cameras}/{gone}"),
            Some("/api/v1/admin/cameras/999"),
        ),
        read(
            "list_failure_risks",
            format!("{base}/failure-risks?level=high&kind=device&min_score=60"),
            Some(("/api/v1/admin/failure-risks?level=x", 400)),
        ),
        act(
            "assess_failure_risks",
            Method::POST,
            &format!("{base}/failure-risks"),
            None,
        ),
        read(
            "list_interface_calls",
            format!("{base}/interface-calls?method=GET&route=orders"),
            Some(("/api/v1/admin/interface-calls?method=x", 400)),
        ),
        read(
            "interface_call_totals",
            format!("{base}/interface-calls/totals"),
            Some(("/api/v1/admin/interface-calls/totals?from=5&until=4", 400)),
        ),
        read(
            "search",
            format!("{base}/search?q={DEVICE}"),
            Some(("/api/v1/admin/search?q=x", 400)),
        ),
    ]
}
