//! Alarms, and who is told of them.

use super::{Case, act, read, write};
use crate::lab::{Lab, NOW_S};
use axum::http::Method;
use kernel::Timestamp;
use serde_json::json;
use store::alarms::{self, NewAlarm};

async fn raised(lab: &Lab, object: &str) -> i64 {
    let new = NewAlarm {
        code: "port_fault".to_owned(),
        level: "C".to_owned(),
        object_type: "test".to_owned(),
        object_id: object.to_owned(),
        device_id: None,
        port_no: None,
        order_no: None,
        message: "短路".to_owned(),
        details: json!({}),
        at: Timestamp::from_unix_seconds(NOW_S),
    };
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let row = alarms::raise(tx.conn(), &new).await.expect("raised");
    tx.commit().await.expect("committed");
    row.id
}

async fn made(lab: &Lab, path: &str, body: serde_json::Value, id: &str) -> i64 {
    let reply = lab.post(&format!("/api/v1/admin/{path}"), body).await;
    reply.expect(200).data()[id].as_i64().expect("an id")
}

pub(super) async fn cases(lab: &Lab) -> Vec<Case> {
    let at = |path: &str| format!("/api/v1/admin/{path}");
    let [seen, taken, mended, ticketed] = [
        raised(lab, "a").await,
        raised(lab, "b").await,
        raised(lab, "c").await,
        raised(lab, "d").await,
    ];
    let letters = json!({"name":"值班","kind":"mail","recipients":["a@example.com"]});
    let kept = made(lab, "notice-channels", letters.clone(), "channel_id").await;
    let gone = made(lab, "notice-channels", letters, "channel_id").await;
    let until = NOW_S + 3600;
    let mute = json!({"code":"port_fault","ends_at":until,"reason":"检修"});
    let muted = made(lab, "alarm-mutes", mute, "mute_id").await;
    let wish = json!({"title":"插座松动","level":"major"});
    let [fresh, begun, done] = [
        made(lab, "fault-tickets", wish.clone(), "ticket_id").await,
        made(lab, "fault-tickets", wish.clone(), "ticket_id").await,
        made(lab, "fault-tickets", wish, "ticket_id").await,
    ];
    for ticket in [begun, done] {
        let path = at(&format!("fault-tickets/{ticket}/assign"));
        lab.post(&path, json!({"assignee":"admin"}))
            .await
            .expect(200);
    }
    for event in ["begin", "finish"] {
        let path = at(&format!("fault-tickets/{done}/move"));
        lab.post(&path, json!({"event":event})).await.expect(200);
    }
    let rule = at("alarm-rules/device_offline");
    vec![
        read(
            "show_alarm",
            at(&format!("alarms/{seen}")),
            Some(("/api/v1/admin/alarms/999999", 404)),
        ),
        act(
            "ack_alarm",
            Method::POST,
            &at(&format!("alarms/{taken}/ack")),
            Some("/api/v1/admin/alarms/999999/ack"),
        ),
        write(
            "resolve_alarm",
            Method::POST,
            &at(&format!("alarms/{mended}/resolve")),
            r#"{"note":"已更换"}"#,
            r#"{"note":""}"#,
        ),
        write(
            "ticket_for_alarm",
            Method::POST,
            &at(&format!("alarms/{ticketed}/ticket")),
            r#"{"text":"请检查"}"#,
            r#"{"text":7}"#,
        ),
        read("list_alarm_rules", at("alarm-rules"), None),
        write(
            "change_alarm_rule",
            Method::PUT,
            &rule,
            r#"{"enabled":true,"level":"W","recover_s":30,"repeat_s":900}"#,
            r#"{"enabled":true,"level":"W","recover_s":30,"repeat_s":1}"#,
        ),
        act(
            "reset_alarm_rule",
            Method::DELETE,
            &rule,
            Some("/api/v1/admin/alarm-rules/nothing"),
        ),
        read(
            "list_alarm_mutes",
            at("alarm-mutes?in_force=true"),
            Some(("/api/v1/admin/alarm-mutes?size=501", 400)),
        ),
        write(
            "mute_alarms",
            Method::POST,
            &at("alarm-mutes"),
            &format!(r#"{{"code":"device_offline","ends_at":{until},"reason":"检修"}}"#),
            &format!(
                r#"{{"code":"device_offline","ends_at":{},"reason":"检修"}}"#,
                NOW_S - 1
            ),
        ),
        act(
            "lift_alarm_mute",
            Method::DELETE,
            &at(&format!("alarm-mutes/{muted}")),
            Some("/api/v1/admin/alarm-mutes/999999"),
        ),
        read(
            "list_alarm_notices",
            at("alarm-notices?state=pending"),
            Some(("/api/v1/admin/alarm-notices?state=x", 400)),
        ),
        read(
            "list_notice_channels",
            at("notice-channels"),
            Some(("/api/v1/admin/notice-channels?size=501", 400)),
        ),
        write(
            "create_notice_channel",
            Method::POST,
            &at("notice-channels"),
            r#"{"name":"值班","kind":"sms","recipients":["13800138000"],"quiet_from":"22:00",
                "quiet_until":"07:00","levels":{"C":"at_once","W":"never","I":"never"}}"#,
            r#"{"name":"值班","kind":"sms","recipients":["1380013800"]}"#,
        ),
        read(
            "show_notice_channel",
            at(&format!("notice-channels/{kept}")),
            Some(("/api/v1/admin/notice-channels/999999", 404)),
        ),
        write(
            "change_notice_channel",
            Method::PUT,
            &at(&format!("notice-channels/{kept}")),
            r#"{"name":"值班","kind":"mail","recipients":["b@example.com"],"digest_at":"08:30"}"#,
            r#"{"name":"值班","kind":"mail","recipients":["b@example.com"],"digest_at":"8:30"}"#,
        ),
        act(
            "test_notice_channel",
            Method::POST,
            &at(&format!("notice-channels/{kept}/test")),
            Some("/api/v1/admin/notice-channels/999999/test"),
        ),
        act(
            "remove_notice_channel",
            Method::DELETE,
            &at(&format!("notice-channels/{gone}")),
            Some("/api/v1/admin/notice-channels/999999"),
        ),
        read(
            "list_fault_tickets",
            at("fault-tickets?source=manual&sort=due_at"),
            Some(("/api/v1/admin/fault-tickets?state=x", 400)),
        ),
        write(
            "create_fault_ticket",
            Method::POST,
            &at("fault-tickets"),
            r#"{"title":"雨棚漏水","level":"minor"}"#,
            r#"{"title":"","level":"minor"}"#,
        ),
        read(
            "show_fault_ticket",
            at(&format!("fault-tickets/{fresh}")),
            Some(("/api/v1/admin/fault-tickets/999999", 404)),
        ),
        write(
            "assign_fault_ticket",
            Method::POST,
            &at(&format!("fault-tickets/{fresh}/assign")),
            r#"{"assignee":"admin"}"#,
            r#"{"assignee":"nobody-at-all"}"#,
        ),
        write(
            "move_fault_ticket",
            Method::POST,
            &at(&format!("fault-tickets/{begun}/move")),
            r#"{"event":"begin"}"#,
            r#"{"event":"verify"}"#,
        ),
        write(
            "verify_fault_ticket",
            Method::POST,
            &at(&format!("fault-tickets/{done}/verify")),
            r#"{"note":"好了"}"#,
            r#"{"note":7}"#,
        ),
    ]
}
