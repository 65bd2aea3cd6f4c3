//! E-bike plans, occupancy rules, and plugs that were left in.

use super::{Case, read, write};
use crate::lab::{DEVICE, Lab, NOW_S};
use axum::http::Method;
use domain::occupancy::{Occupancy, OccupancyState, occupancy_no};
use domain::pricing::occupancy::{Fee, OccupancyClock, OccupancyRule};
use kernel::{Fen, PortNo, Timestamp};
use store::{devices, occupancies};

/// A plug that was left in after an order, and costs.
pub(super) async fn left_in(lab: &Lab, order_no: &str) -> String {
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let now = Timestamp::from_unix_seconds(NOW_S);
    let device = devices::find_by_phy_id(tx.conn(), &DEVICE.parse().expect("an id")).await;
    let occupancy = Occupancy {
        occ_no: occupancy_no(now, 1),
        order_no: order_no.parse().expect("an order"),
        device_id: device.expect("read").expect("there").id,
        phy_id: DEVICE.parse().expect("an id"),
        port_no: PortNo(2),
        member_ref: None,
        api_key_id: None,
        rule: OccupancyRule::default(),
        state: OccupancyState::ToPay,
        started_at: now,
        ended_at: Some(now),
        clock: OccupancyClock::default(),
        fee: Fee {
            seconds: 30,
            units: 1,
            fen: Fen(50),
        },
        note: None,
    };
    let put = occupancies::put(tx.conn(), &occupancy, now).await;
    put.expect("written");
    tx.commit().await.expect("committed");
    occupancy.occ_no
}

pub(super) fn cases(occ_no: &str) -> Vec<Case> {
    let plan = r#"{"mode":"tier","tiers":[{"max_w":200,"fen":25,"minutes":60}]}"#;
    let rule = r#"{"exempt_windows":[{"from":"22:00","to":"07:00"}]}"#;
    let mut cases = of_kind("ebike_plan", "ebike-plans", 1, "plan", plan);
    cases.push(write(
        "preview_ebike_plan",
        Method::POST,
        "/api/v1/admin/ebike-plans/1/preview",
        r#"{"duration":2160,"kwh":0.09,"amount":100}"#,
        r#"{"duration":2160,"kwh":-1,"amount":100}"#,
    ));
    cases.extend(of_kind(
        "occupancy_rule",
        "occupancy-rules",
        2,
        "rule",
        rule,
    ));
    cases.push(write(
        "preview_occupancy_rule",
        Method::POST,
        "/api/v1/admin/occupancy-rules/2/preview",
        r#"{"from":1729407600,"until":1729409000}"#,
        r#"{"from":1729409000,"until":1729407600}"#,
    ));
    let all = "/api/v1/admin/occupancies";
    cases.extend([
        read(
            "list_occupancies",
            format!("{all}?state=to_pay&device_phy_id={DEVICE}"),
            Some(("/api/v1/admin/occupancies?state=x", 400)),
        ),
        read(
            "show_occupancy",
            format!("{all}/{occ_no}"),
            Some(("/api/v1/admin/occupancies/OC1", 404)),
        ),
        write(
            "reduce_occupancy",
            Method::POST,
            &format!("{all}/{occ_no}/reduce"),
            r#"{"fee_fen":20,"reason":"the barrier was stuck"}"#,
            r#"{"fee_fen":50,"reason":"the barrier was stuck"}"#,
        ),
        write(
            "waive_occupancy",
            Method::POST,
            &format!("{all}/{occ_no}/waive"),
            r#"{"reason":"the barrier was stuck"}"#,
            r#"{"reason":" "}"#,
        ),
    ]);
    cases
}

/// What plans and rules have in common. `id`: that of the one that the first case makes.
fn of_kind(name: &'static str, path: &'static str, id: i64, field: &str, terms: &str) -> Vec<Case> {
    let all = format!("/api/v1/admin/{path}");
    let one = format!("{all}/{id}");
    let op = |verb: &str| -> &'static str { format!("{verb}_{name}").leak() };
    vec![
        write(
            op("create"),
            Method::POST,
            &all,
            &format!(r#"{{"name":"Court","{field}":{terms}}}"#),
            &format!(r#"{{"name":"Court","{field}":{{"colour":1}}}}"#),
        ),
        Case {
            id: format!("list_{name}s").leak(),
            method: Method::GET,
            good: (all.clone(), String::new()),
            bad: Some((format!("{all}?page=0"), String::new(), 400)),
        },
        Case {
            id: op("show"),
            method: Method::GET,
            good: (one.clone(), String::new()),
            bad: Some((format!("{all}/99"), String::new(), 404)),
        },
        write(
            op("write"),
            Method::PUT,
            &one,
            &format!(r#"{{"{field}":{terms},"effective_at":1729407000}}"#),
            "{}",
        ),
        write(
            op("decide"),
            Method::POST,
            &format!("{one}/versions/1"),
            r#"{"action":"submit","note":"spring"}"#,
            r#"{"action":"shout"}"#,
        ),
        write(
            op("bind"),
            Method::PUT,
            &format!("{all}/bindings"),
            &format!(r#"{{"id":{id},"device_phy_id":"{DEVICE}","port_no":2}}"#),
            r#"{"id":1,"station_id":1,"device_phy_id":"82210225000520"}"#,
        ),
    ]
}
