//! Tariffs and the prices of devices. One tariff is there; the first case makes the second.

use super::{Case, read, write};
use crate::lab::{DEVICE, Lab, NOW_S};
use axum::http::Method;
use device::Rate;
use domain::tariff::VersionState;
use kernel::{PortNo, Price, Timestamp};
use store::devices;
use store::tariffs::{self, Scope};

/// A tariff that is in force at the device.
pub(super) async fn prices(lab: &Lab) {
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let now = Timestamp::from_unix_seconds(NOW_S);
    let id = tariffs::insert(tx.conn(), "Night", "anna", now)
        .await
        .expect("written");
    let rate = Rate {
        electricity: Price(80_000),
        service: Price(40_000),
    };
    let (rates, slots) = ([rate], [0; 48]);
    let prices = (rates.as_slice(), slots.as_slice());
    let version = tariffs::insert_version(tx.conn(), id, prices, now, "anna", now)
        .await
        .expect("written");
    let approved = (VersionState::Draft, VersionState::Approved);
    let moved = tariffs::move_version(tx.conn(), version, approved, Some(("ben", None)), now);
    assert!(moved.await.expect("moved"));
    let device = devices::find_by_phy_id(tx.conn(), &DEVICE.parse().expect("an id")).await;
    let device = device.expect("read").expect("there").id;
    let scope = Scope::Port(device, PortNo(1));
    tariffs::bind(tx.conn(), id, scope, "ben", now)
        .await
        .expect("bound");
    let scope = Scope::Device(device);
    tariffs::bind(tx.conn(), id, scope, "ben", now)
        .await
        .expect("bound");
    tx.commit().await.expect("committed");
}

pub(super) fn cases() -> Vec<Case> {
    let admin = "/api/v1/admin";
    vec![
        write(
            "create_tariff",
            Method::POST,
            &format!("{admin}/tariffs"),
            r#"{"name":"City","prices":{"rates":[{"elec_p5":80000,"service_p5":40000}],
                "day":[{"from":"00:00","to":"24:00","kind":"sharp"}]}}"#,
            r#"{"name":"City","prices":{"rates":[],"day":[],"slots":[]}}"#,
        ),
        read(
            "list_tariffs",
            format!("{admin}/tariffs"),
            Some(("/api/v1/admin/tariffs?page=0", 400)),
        ),
        read(
            "show_tariff",
            format!("{admin}/tariffs/2"),
            Some(("/api/v1/admin/tariffs/9", 404)),
        ),
        write(
            "write_tariff",
            Method::PUT,
            &format!("{admin}/tariffs/2"),
            r#"{"rates":[{"elec_p5":90000,"service_p5":40000}],
                "day":[{"from":"00:00","to":"24:00","kind":"sharp"}]}"#,
            r#"{"rates":[{"elec_p5":90000}]}"#,
        ),
        write(
            "decide_tariff",
            Method::POST,
            &format!("{admin}/tariffs/2/versions/1"),
            r#"{"action":"submit","note":"spring"}"#,
            r#"{"action":"shout"}"#,
        ),
        write(
            "bind_tariff",
            Method::PUT,
            &format!("{admin}/tariffs/bindings"),
            &format!(r#"{{"tariff_id":1,"device_phy_id":"{DEVICE}","port_no":2}}"#),
            r#"{"tariff_id":1,"station_id":1,"device_phy_id":"82210225000520"}"#,
        ),
        write(
            "preview_tariff",
            Method::POST,
            &format!("{admin}/tariffs/2/preview"),
            r#"{"from":1729407600,"until":1729414800,"kwh":30.5}"#,
            r#"{"from":1729414800,"until":1729407600,"kwh":30.5}"#,
        ),
        read(
            "device_tariff",
            format!("{admin}/devices/{DEVICE}/tariff?port_no=1"),
            Some(("/api/v1/admin/devices/x/tariff", 404)),
        ),
        write(
            "push_tariff",
            Method::POST,
            &format!("{admin}/devices/{DEVICE}/tariff"),
            "{}",
            r#"{"wait":99}"#,
        ),
        read(
            "tariff_pushes",
            format!("{admin}/devices/{DEVICE}/tariff/pushes"),
            Some(("/api/v1/admin/devices/x/tariff/pushes", 404)),
        ),
    ]
}
