//! Each documented operation: it succeeds, refuses callers without a key, bad input and fields
//! that it does not know. A new operation without a line here fails the test.

mod alarms;
mod consistency;
mod devices;
mod figures;
pub(crate) mod marketing;
mod money;
mod ops;
mod parties;
mod rules;
mod screen;
mod site;
mod staff;
mod system;
mod tariffs;
mod traces;

use crate::lab::{ADMIN, DEVICE, KEY, Lab, NOW_S};
use crate::schema::Documented;
use axum::http::Method;
use kernel::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::deliveries::{self, Attempt, Verdict};
use store::events::{self, NewEvent, Target};

/// How an operation is tried.
struct Case {
    id: &'static str,
    method: Method,
    /// A good call: path and body.
    good: (String, String),
    /// A call that is refused for its input: path, body, status.
    bad: Option<(String, String, u16)>,
}

fn read(id: &'static str, good: impl Into<String>, bad: Option<(&str, u16)>) -> Case {
    Case {
        id,
        method: Method::GET,
        good: (good.into(), String::new()),
        bad: bad.map(|(path, status)| (path.to_owned(), String::new(), status)),
    }
}

/// A write whose bad input is another body.
fn write(id: &'static str, method: Method, path: &str, good: &str, bad: &str) -> Case {
    Case {
        id,
        method,
        good: (path.to_owned(), good.to_owned()),
        bad: Some((path.to_owned(), bad.to_owned(), 400)),
    }
}

/// A write whose only input is its path.
fn act(id: &'static str, method: Method, good: &str, bad: Option<&str>) -> Case {
    Case {
        id,
        method,
        good: (good.to_owned(), String::new()),
        bad: bad.map(|path| (path.to_owned(), String::new(), 404)),
    }
}

/// What the cases need to exist.
struct Props {
    pending: String,
    charging: String,
    held: String,
    command: i64,
    event: String,
    dead: i64,
    left_in: String,
}

async fn props(lab: &Lab) -> Props {
    let pending = lab.order_on(3).await;
    let charging = lab.order_on(4).await;
    lab.begin(&charging, 4).await;
    let held = lab.order_on(2).await;
    lab.begin(&held, 2).await;
    lab.end_in_doubt(&held, 2).await;
    let sent = lab
        .post(&format!("/api/v1/admin/devices/{DEVICE}/query"), json!({}))
        .await;
    let sent = if sent.status == 200 {
        sent
    } else {
        panic!("{}", sent.body)
    };
    let params = json!({"params":[{"id":1,"value":1}]});
    let sent_params = lab
        .post(&format!("/api/v1/third/devices/{DEVICE}/params"), params)
        .await
        .expect(200);
    drop(sent);
    tariffs::prices(lab).await;
    let (event, dead) = dead_letter(lab).await;
    let left_in = rules::left_in(lab, &held).await;
    Props {
        pending,
        charging,
        held,
        command: sent_params.data()["command_id"].as_i64().expect("an id"),
        event,
        dead,
        left_in,
    }
}

async fn dead_letter(lab: &Lab) -> (String, i64) {
    let at = Timestamp::from_unix_seconds(NOW_S);
    let event = NewEvent {
        event_type: "device.online".into(),
        order_no: None,
        device_id: None,
        phy_id: Some(DEVICE.parse().expect("an id")),
        port_no: None,
        data: json!({}),
        at,
        targets: vec![Target {
            url: "https://example.com/h?token=1".to_owned(),
            api_key_id: None,
        }],
    };
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let ids = events::insert(tx.conn(), &[event]).await.expect("written");
    let event_id = ids.into_iter().next().expect("one event");
    let delivery = deliveries::list_of_event(tx.conn(), &event_id)
        .await
        .expect("read")
        .remove(0);
    let attempt = Attempt {
        delivery_id: delivery.id,
        attempt: 1,
        at,
        http_status: Some(410),
        error: Some("gone".to_owned()),
        duration_ms: 3,
        verdict: Verdict::Dead,
    };
    deliveries::record(tx.conn(), &[attempt])
        .await
        .expect("written");
    tx.commit().await.expect("committed");
    (event_id, delivery.id)
}

fn third_party(props: &Props) -> Vec<Case> {
    let device = format!("/api/v1/third/devices/{DEVICE}");
    let charge = r#"{"port_no":1,"charge_mode":1,"duration":60,"amount":100}"#;
    vec![
        write(
            "charge",
            Method::POST,
            &format!("{device}/charge"),
            charge,
            "{}",
        ),
        write(
            "stop",
            Method::POST,
            &format!("{device}/stop"),
            r#"{"port_no":1}"#,
            "{}",
        ),
        read("device", &device, Some(("/api/v1/third/devices/x", 404))),
        read(
            "devices",
            "/api/v1/third/devices",
            Some(("/api/v1/third/devices?page=0", 400)),
        ),
        read(
            "order",
            format!("/api/v1/third/orders/{}", props.pending),
            Some(("/api/v1/third/orders/x", 404)),
        ),
        read(
            "orders",
            "/api/v1/third/orders",
            Some(("/api/v1/third/orders?status=x", 400)),
        ),
        read(
            "order_samples",
            format!("/api/v1/third/orders/{}/samples", props.pending),
            Some(("/api/v1/third/orders/x/samples", 404)),
        ),
        write(
            "params",
            Method::POST,
            &format!("{device}/params"),
            r#"{"params":[{"id":1,"value":1}]}"#,
            r#"{"params":[]}"#,
        ),
        read(
            "command",
            format!("/api/v1/third/commands/{}", props.command),
            Some(("/api/v1/third/commands/x", 404)),
        ),
        read("definitions", "/api/v1/third/status/definitions", None),
    ]
}

fn open() -> Vec<Case> {
    vec![
        read(
            "device_life",
            format!("/api/devices/{DEVICE}"),
            Some(("/api/devices/x", 404)),
        ),
        read("healthz", "/healthz", None),
        read("readyz", "/readyz", None),
        read("metrics", "/metrics", None),
    ]
}

fn rest(props: &Props) -> Vec<Case> {
    let admin = "/api/v1/admin";
    let (pending, charging) = (&props.pending, &props.charging);
    let order = |no: &str, rest: &str| format!("{admin}/orders/{no}{rest}");
    let reason = r#"{"reason":"a test"}"#;
    vec![
        read(
            "list_orders",
            format!("{admin}/orders"),
            Some(("/api/v1/admin/orders?size=0", 400)),
        ),
        read(
            "show_order",
            order(pending, ""),
            Some(("/api/v1/admin/orders/x", 404)),
        ),
        read(
            "order_history",
            order(pending, "/history"),
            Some(("/api/v1/admin/orders/x/history", 404)),
        ),
        read(
            "order_story",
            order(charging, "/story"),
            Some(("/api/v1/admin/orders/x/story", 404)),
        ),
        read(
            "order_curve",
            order(charging, "/samples?since=0"),
            Some(("/api/v1/admin/orders/x/samples", 404)),
        ),
        write(
            "adjust_order",
            Method::POST,
            &order(charging, "/adjust"),
            r#"{"duration":7200,"kwh":5.5}"#,
            r#"{"kwh":0.00001}"#,
        ),
        write(
            "stop_port",
            Method::POST,
            &format!("{admin}/devices/{DEVICE}/ports/4/stop"),
            reason,
            "{}",
        ),
        write(
            "stop_order",
            Method::POST,
            &order(charging, "/stop"),
            reason,
            "{}",
        ),
        write(
            "start_test_charge",
            Method::POST,
            &format!("{admin}/devices/{DEVICE}/test-charge"),
            r#"{"port_no":255,"duration":600}"#,
            r#"{"port_no":1,"duration":59}"#,
        ),
        write(
            "set_port_service",
            Method::PUT,
            &format!("{admin}/devices/{DEVICE}/ports/1/service"),
            r#"{"in_service":false}"#,
            "{}",
        ),
        write(
            "cancel_order",
            Method::POST,
            &order(pending, "/cancel"),
            reason,
            "{}",
        ),
        write(
            "finish_order",
            Method::POST,
            &order(charging, "/finish"),
            reason,
            "{}",
        ),
        write(
            "review_order",
            Method::POST,
            &order(&props.held, "/review"),
            r#"{"reason":"a test","kwh":1.5}"#,
            "{}",
        ),
        write(
            "handle_order",
            Method::POST,
            &order(&props.held, "/handle"),
            r#"{"note":"a test"}"#,
            "{}",
        ),
        read(
            "comm_logs",
            format!("{admin}/comm-logs?type=start&ip=203.0.113.7&fields=true"),
            Some(("/api/v1/admin/comm-logs?ip=x", 400)),
        ),
        read(
            "noise",
            format!("{admin}/noise"),
            Some(("/api/v1/admin/noise?to=x", 400)),
        ),
        Case {
            id: "upload_firmware",
            method: Method::POST,
            good: (
                format!("{admin}/firmware?family=bench&version=v9.1&file_name=gw.bin"),
                "image".to_owned(),
            ),
            bad: Some((
                format!("{admin}/firmware?family=bench&version=new&file_name=gw.bin"),
                "image".to_owned(),
                400,
            )),
        },
        write(
            "add_firmware_address",
            Method::POST,
            &format!("{admin}/firmware/addresses"),
            r#"{"family":"bench","version":"v9.2","host":"203.0.113.7","path":"gw.bin"}"#,
            r#"{"family":"bench","version":"v9.2","host":"example.com","path":"gw.bin"}"#,
        ),
        read(
            "list_firmware",
            format!("{admin}/firmware?family=bench"),
            Some(("/api/v1/admin/firmware?size=0", 400)),
        ),
        write(
            "create_campaign",
            Method::POST,
            &format!("{admin}/firmware/campaigns"),
            r#"{"name":"Spring","firmware_id":2}"#,
            r#"{"name":"Spring","firmware_id":2,"wave":0}"#,
        ),
        read(
            "list_campaigns",
            format!("{admin}/firmware/campaigns"),
            Some(("/api/v1/admin/firmware/campaigns?page=0", 400)),
        ),
        read(
            "show_campaign",
            format!("{admin}/firmware/campaigns/1"),
            Some(("/api/v1/admin/firmware/campaigns/9", 404)),
        ),
        write(
            "move_campaign",
            Method::POST,
            &format!("{admin}/firmware/campaigns/1"),
            r#"{"action":"abort"}"#,
            r#"{"action":"jump"}"#,
        ),
        act(
            "remove_firmware",
            Method::DELETE,
            &format!("{admin}/firmware/1"),
            Some("/api/v1/admin/firmware/9"),
        ),
        write(
            "add_card",
            Method::POST,
            &format!("{admin}/cards"),
            r#"{"card_no":"0001000000001","limit_fen":10000,"password":"1234"}"#,
            r#"{"card_no":"1","limit_fen":0}"#,
        ),
        read(
            "list_cards",
            format!("{admin}/cards?status=active"),
            Some(("/api/v1/admin/cards?status=x", 400)),
        ),
        read(
            "show_card",
            format!("{admin}/cards/1000000001"),
            Some(("/api/v1/admin/cards/7", 404)),
        ),
        write(
            "change_card",
            Method::PUT,
            &format!("{admin}/cards/1000000001"),
            r#"{"limit_fen":500,"status":"lost"}"#,
            r#"{"limit_fen":500,"status":"x"}"#,
        ),
        act(
            "remove_card",
            Method::DELETE,
            &format!("{admin}/cards/1000000001"),
            Some("/api/v1/admin/cards/1000000002"),
        ),
        write(
            "add_vehicle",
            Method::POST,
            &format!("{admin}/vehicles"),
            r#"{"vin":"LSVAU2180E2123456","limit_fen":10000}"#,
            r#"{"vin":"LSV","limit_fen":10000}"#,
        ),
        read(
            "list_vehicles",
            format!("{admin}/vehicles?vin=LSVAU2180E2123456"),
            Some(("/api/v1/admin/vehicles?vin=x", 400)),
        ),
        read(
            "show_vehicle",
            format!("{admin}/vehicles/LSVAU2180E2123456"),
            Some(("/api/v1/admin/vehicles/x", 404)),
        ),
        write(
            "change_vehicle",
            Method::PUT,
            &format!("{admin}/vehicles/LSVAU2180E2123456"),
            r#"{"limit_fen":500}"#,
            r#"{"limit_fen":-1}"#,
        ),
        act(
            "remove_vehicle",
            Method::DELETE,
            &format!("{admin}/vehicles/LSVAU2180E2123456"),
            Some("/api/v1/admin/vehicles/LSVAU2180E2123457"),
        ),
        read(
            "alarms",
            format!("{admin}/alarms?open=true&phy_id={DEVICE}"),
            Some(("/api/v1/admin/alarms?state=x", 400)),
        ),
        read(
            "events",
            format!("{admin}/webhooks/events?type=order.created"),
            Some(("/api/v1/admin/webhooks/events?order_no=x", 400)),
        ),
        read(
            "deliveries",
            format!("{admin}/webhooks/events/{}/deliveries", props.event),
            Some(("/api/v1/admin/webhooks/events/x/deliveries", 404)),
        ),
        read(
            "dead_letters",
            format!("{admin}/webhooks/dead-letters"),
            Some(("/api/v1/admin/webhooks/dead-letters?page=x", 400)),
        ),
        act(
            "replay_dead_letter",
            Method::POST,
            &format!("{admin}/webhooks/dead-letters/{}/replay", props.dead),
            Some("/api/v1/admin/webhooks/dead-letters/999999/replay"),
        ),
        act(
            "replay_dead_letters",
            Method::POST,
            &format!("{admin}/webhooks/dead-letters/replay"),
            None,
        ),
        read(
            "list_commands",
            format!("{admin}/commands?phy_id={DEVICE}"),
            Some(("/api/v1/admin/commands?state=x", 400)),
        ),
        read(
            "show_command",
            format!("{admin}/commands/{}", props.command),
            Some(("/api/v1/admin/commands/x", 404)),
        ),
        read(
            "dead_commands",
            format!("{admin}/commands/dead-letters"),
            Some(("/api/v1/admin/commands/dead-letters?phy_id=%20", 400)),
        ),
        read("stats", format!("{admin}/stats"), None),
    ]
}

async fn give_sockets(lab: &Lab) {
    use store::gateway_sockets::{self, GatewaySocket};
    let device = lab
        .app
        .device(&DEVICE.parse().expect("an id"))
        .await
        .expect("ours");
    let socket = GatewaySocket {
        gateway_id: device.row.id,
        socket_no: 2,
        socket_mac: Some("301015011403".to_owned()),
        socket_uid: None,
        channel: Some(4),
        status: 1,
        signal: None,
        temp: None,
        firmware: None,
        last_seen_at: None,
    };
    let mut lease = lab.db.db.direct().await.expect("a connection");
    let now = Timestamp::from_unix_seconds(NOW_S);
    gateway_sockets::put(lease.conn(), &[socket], now)
        .await
        .expect("written");
}

#[tokio::test]
async fn succeeds_needs_a_key_and_refuses_bad_input() {
    let lab = Lab::new().await;
    let props = props(&lab).await;
    give_sockets(&lab).await;
    let cases: Vec<Case> = third_party(&props)
        .into_iter()
        .chain(open())
        .chain(consistency::cases(&lab, &props.charging).await)
        .chain(devices::cases())
        .chain(rest(&props))
        .chain(tariffs::cases())
        .chain(rules::cases(&props.left_in))
        .chain(staff::cases(&lab).await)
        .chain(money::cases(&lab).await)
        .chain(parties::cases(&lab).await)
        .chain(marketing::cases(&lab, &props.held).await)
        .chain(alarms::cases(&lab).await)
        .chain(system::cases(&lab).await)
        .chain(figures::cases(&lab).await)
        .chain(site::cases(&lab).await)
        .chain(screen::cases(&lab).await)
        .chain(ops::cases(&lab).await)
        .collect();

    let tried: BTreeSet<&str> = cases
        .iter()
        .map(|case| case.id)
        .chain(["restart_device"])
        // Needs a device that is connected: see the tests of the fleet.
        .chain(["kick_device_session"])
        // Need a command that was given up: see the tests of the administration.
        .chain(["retry_dead_command", "remove_dead_command"])
        // These are for accounts, not for keys: see the tests of the console.
        .chain(["change_password", "set_second_factor", "look_as_agent"])
        .chain(parties::FOR_ACCOUNTS)
        // Needs a bill that somebody here paid; answered in the channel's own words.
        .chain(["refund_order", "payment_callback"])
        // Needs an issuer's paper: see the tests of invoices.
        .chain(["invoice_file"])
        .collect();
    let document = Documented::load();
    let documented: BTreeSet<&str> = document
        .operations()
        // Members' calls have a session, not a key: `members` tries them.
        .filter(|(_, _, operation)| operation["tags"][0] != "member")
        .map(|(_, _, operation)| operation["operationId"].as_str().expect("an id"))
        .collect();
    assert_eq!(tried, documented, "every documented operation is tried");

    let mut problems = Vec::new();
    for case in &cases {
        let Case {
            id,
            method,
            good,
            bad,
        } = case;
        let key = if good.0.starts_with("/api/v1/admin") {
            ADMIN
        } else {
            KEY
        };
        let headers = [("X-Api-Key", key)];
        let public = ["log_in", "refresh_session"].contains(id);
        if good.0.starts_with("/api/v1/") && !public {
            let reply = lab.call(method.clone(), &good.0, &[], good.1.clone()).await;
            assert_eq!(reply.status, 401, "{id} without a key: {}", reply.body);
        }
        if let Some((path, body, status)) = bad {
            let reply = lab.call(method.clone(), path, &headers, body.clone()).await;
            assert_eq!(
                reply.status.as_u16(),
                *status,
                "{id} with bad input: {}",
                reply.body
            );
        }
        if let Ok(Value::Object(mut body)) = serde_json::from_str(&good.1) {
            body.insert("chip_no".to_owned(), json!(1));
            let body = Value::Object(body).to_string();
            let reply = lab.call(method.clone(), &good.0, &headers, body).await;
            let refused = (reply.status.as_u16(), reply.field());
            assert_eq!(refused, (400, "chip_no"), "{id}: {}", reply.body);
        }
        let written = traces::newest(&lab).await;
        let reply = lab
            .call(method.clone(), &good.0, &headers, good.1.clone())
            .await;
        assert_eq!(reply.status, 200, "{id}: {}", reply.body);
        if key == ADMIN && *method != Method::GET {
            problems.extend(traces::problem(&lab, id, method, written).await);
        }
    }

    assert!(problems.is_empty(), "{}", problems.join("\n"));

    let restart = format!("/api/v1/admin/devices/{DEVICE}/restart");
    lab.call(Method::POST, &restart, &[], "{}")
        .await
        .expect(401);
    lab.post(&restart, r#"{"wait":"x"}"#).await.expect(400);
    let refused = lab.post(&restart, "{}").await.expect(422);
    assert!(
        refused.message().contains("not supported"),
        "{}",
        refused.message()
    );
    lab.close().await;
}
