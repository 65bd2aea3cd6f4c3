//! Settings, dictionaries, notices, payment channels, texts, keys, permissions.

use super::{Case, act, read, write};
use crate::lab::{ADMIN, Lab};
use axum::http::Method;
use serde_json::{Value, json};

async fn made(lab: &Lab, path: &str, body: Value) -> Value {
    let reply = lab.post(&format!("/api/v1/admin/{path}"), body).await;
    reply.expect(200).data().clone()
}

fn list(id: &'static str, path: &str) -> Case {
    let all = format!("/api/v1/admin/{path}");
    read(id, all.clone(), Some((&format!("{all}?size=501"), 400)))
}

pub(super) async fn cases(lab: &Lab) -> Vec<Case> {
    let base = "/api/v1/admin";
    let at = |path: &str| format!("{base}/{path}");
    made(lab, "dicts", json!({"code":"left","name":"留"})).await;
    let word = json!({"value":"a","label":"甲"});
    let entry = made(lab, "dicts/left/entries", word).await["entry_id"].clone();
    let gone = made(lab, "dicts/left/entries", json!({"value":"b","label":"乙"})).await;
    let gone = gone["entry_id"].clone();
    made(lab, "dicts", json!({"code":"gone","name":"去"})).await;
    let notice = json!({"title":"t","body":"b","audience":"staff"});
    let kept = made(lab, "notices", notice.clone()).await["notice_id"].clone();
    let taken = made(lab, "notices", notice).await["notice_id"].clone();
    let key = made(lab, "api-keys", json!({"name":"k"})).await["row"]["key_id"].clone();
    let key = |rest: &str| format!("{base}/api-keys/{key}{rest}");
    let headers = [("X-Api-Key", ADMIN)];
    let stations = lab.call(Method::GET, &at("stations"), &headers, "").await;
    let station = stations.data()["items"][0]["station_id"].clone();
    let grants = format!("{base}/stations/{station}/grants");
    let setting = at("settings/site.name");
    vec![
        list("list_permissions", "permissions"),
        read(
            "list_settings",
            at("settings"),
            Some(("/api/v1/admin/settings?group=x", 400)),
        ),
        write(
            "change_setting",
            Method::PUT,
            &setting,
            r#"{"value":"某某充电"}"#,
            r#"{"value":7}"#,
        ),
        read(
            "setting_history",
            format!("{setting}/history"),
            Some(("/api/v1/admin/settings/nothing/history", 404)),
        ),
        list("list_dicts", "dicts"),
        write(
            "create_dict",
            Method::POST,
            &at("dicts"),
            r#"{"code":"fault_kind","name":"故障类型"}"#,
            r#"{"code":"Fault","name":"故障类型"}"#,
        ),
        read(
            "show_dict",
            at("dicts/left"),
            Some(("/api/v1/admin/dicts/x", 404)),
        ),
        write(
            "change_dict",
            Method::PUT,
            &at("dicts/left"),
            r#"{"name":"留下"}"#,
            r#"{"name":""}"#,
        ),
        act(
            "remove_dict",
            Method::DELETE,
            &at("dicts/gone"),
            Some("/api/v1/admin/dicts/x"),
        ),
        write(
            "create_dict_entry",
            Method::POST,
            &at("dicts/left/entries"),
            r#"{"value":"c","label":"丙"}"#,
            r#"{"value":"","label":"丙"}"#,
        ),
        write(
            "change_dict_entry",
            Method::PUT,
            &at(&format!("dict-entries/{entry}")),
            r#"{"value":"a","label":"甲甲","enabled":false}"#,
            r#"{"value":"other","label":"甲"}"#,
        ),
        act(
            "remove_dict_entry",
            Method::DELETE,
            &at(&format!("dict-entries/{gone}")),
            Some("/api/v1/admin/dict-entries/99"),
        ),
        list("list_notices", "notices"),
        list("staff_notices", "session/notices"),
        write(
            "create_notice",
            Method::POST,
            &at("notices"),
            r#"{"title":"维护","body":"今晚","audience":"members"}"#,
            r#"{"title":"维护","body":"今晚","audience":"nobody"}"#,
        ),
        read(
            "show_notice",
            at(&format!("notices/{kept}")),
            Some(("/api/v1/admin/notices/99", 404)),
        ),
        write(
            "change_notice",
            Method::PUT,
            &at(&format!("notices/{kept}")),
            r#"{"title":"维护完","body":"好了","audience":"everybody","pinned":true}"#,
            r#"{"title":"","body":"好了","audience":"everybody"}"#,
        ),
        act(
            "remove_notice",
            Method::DELETE,
            &at(&format!("notices/{taken}")),
            Some("/api/v1/admin/notices/99"),
        ),
        read("list_payment_channels", at("payment-channels"), None),
        write(
            "enable_payment_channel",
            Method::PUT,
            &at("payment-channels/mock/state"),
            r#"{"enabled":true}"#,
            r#"{"enabled":"x"}"#,
        ),
        act(
            "test_payment_channel",
            Method::POST,
            &at("payment-channels/mock/test"),
            Some("/api/v1/admin/payment-channels/barter/test"),
        ),
        read("list_sms_templates", at("sms-templates"), None),
        write(
            "change_sms_template",
            Method::PUT,
            &at("sms-templates/SMS_LOGIN"),
            r#"{"text":"码${code}","provider_code":"T1"}"#,
            r#"{"text":""}"#,
        ),
        write(
            "test_sms_template",
            Method::POST,
            &at("sms-templates/SMS_LOGIN/test"),
            r#"{"phone":"13800138000"}"#,
            r#"{"phone":"1"}"#,
        ),
        list("list_sms_log", "sms-log"),
        list("list_api_keys", "api-keys"),
        write(
            "create_api_key",
            Method::POST,
            &at("api-keys"),
            r#"{"name":"某某平台","ip_allow":["203.0.113.0/24"],"rate":{"read":{"burst":5,"refill_per_s":2}}}"#,
            r#"{"name":"某某平台","ip_allow":["nowhere"]}"#,
        ),
        read(
            "show_api_key",
            key(""),
            Some(("/api/v1/admin/api-keys/99", 404)),
        ),
        write(
            "change_api_key",
            Method::PUT,
            &key(""),
            r#"{"name":"另一名","scopes":["third"]}"#,
            r#"{"name":"x","device_allow":[" "]}"#,
        ),
        act(
            "rotate_api_key",
            Method::POST,
            &key("/rotate"),
            Some("/api/v1/admin/api-keys/99/rotate"),
        ),
        write(
            "enable_api_key",
            Method::PUT,
            &key("/state"),
            r#"{"enabled":false}"#,
            r#"{"enabled":1}"#,
        ),
        read("show_station_grants", grants.clone(), None),
        write(
            "grant_station",
            Method::PUT,
            &grants,
            r#"{"org_ids":[1]}"#,
            r#"{"org_ids":["x"]}"#,
        ),
    ]
}
