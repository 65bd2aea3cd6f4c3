use super::{Case, act, read, write};
use crate::lab::{DEVICE, Lab};
use app::staff::{Actor, Credentials, MAKE_SUPER, Proposal};
use axum::http::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "a long way to 7";

async fn made(lab: &Lab, path: &str, body: Value, id: &str) -> i64 {
    let reply = lab
        .post(&format!("/api/v1/admin/{path}"), body)
        .await
        .expect(200);
    let data = reply.data();
    let row = if data["admin"].is_object() {
        &data["admin"]
    } else {
        data
    };
    row[id].as_i64().expect("an id")
}

async fn waiting(lab: &Lab, admin: i64) -> i64 {
    let proposal = Proposal {
        kind: MAKE_SUPER.to_owned(),
        payload: json!({ "admin_id": admin }),
        summary: "a test".to_owned(),
    };
    let operation = lab.app.propose(&Actor::trusted("another"), proposal).await;
    operation.expect("proposed").id
}

fn list(id: &'static str, path: &str) -> Case {
    let all = format!("/api/v1/admin/{path}");
    read(id, all.clone(), Some((&format!("{all}?page=0"), 400)))
}

fn orgs(kind: &'static str, ids: [&'static str; 5], org: i64) -> Vec<Case> {
    let all = format!("/api/v1/admin/{kind}");
    let one = format!("{all}/{org}");
    let name = r#"{"name":"一家"}"#;
    vec![
        list(ids[0], kind),
        write(ids[1], Method::POST, &all, name, "{}"),
        read(ids[2], &one, Some((&format!("{all}/x"), 404))),
        write(ids[3], Method::PUT, &one, name, r#"{"name":""}"#),
        write(
            ids[4],
            Method::PUT,
            &format!("{one}/state"),
            r#"{"enabled":true}"#,
            "{}",
        ),
    ]
}

/// The console's own operations.
pub(super) async fn cases(lab: &Lab) -> Vec<Case> {
    lab.app
        .open_console(Some(PASSWORD))
        .await
        .expect("a super administrator");
    let credentials = Credentials {
        username: "admin".to_owned(),
        password: PASSWORD.to_owned(),
        code: None,
        ip: None,
        user_agent: None,
    };
    let session = lab.app.log_in(credentials).await.expect("logged in");
    let session_id = session.actor.session_id.expect("an id");
    let clerk = json!({"username":"clerk","org_id":1,"password":PASSWORD});
    let clerk = made(lab, "admins", clerk, "admin_id").await;
    let role = json!({"code":"r","name":"角色","granted":["order.charge.view"]});
    let role = made(lab, "roles", role, "role_id").await;
    let name = json!({"name":"一家"});
    let agent = made(lab, "agents", name.clone(), "org_id").await;
    let merchant = made(lab, "merchants", name.clone(), "org_id").await;
    let company = made(lab, "companies", name, "org_id").await;
    let station = json!({"station_no":"S1","name":"站","owner_org_id":merchant});
    let station = made(lab, "stations", station, "station_id").await;
    let operation = waiting(lab, clerk).await;

    let base = "/api/v1/admin";
    let admin = |rest: &str| format!("{base}/admins/{clerk}{rest}");
    let role_at = |rest: &str| format!("{base}/roles/{role}{rest}");
    let mut cases = vec![
        write(
            "log_in",
            Method::POST,
            &format!("{base}/session"),
            &json!({"username":"Admin ","password":PASSWORD}).to_string(),
            "{}",
        ),
        write(
            "refresh_session",
            Method::POST,
            &format!("{base}/session/refresh"),
            &json!({"refresh_token":session.refresh_token}).to_string(),
            "{}",
        ),
        read("show_session", format!("{base}/session"), None),
        act("log_out", Method::DELETE, &format!("{base}/session"), None),
        act(
            "offer_second_factor",
            Method::POST,
            &format!("{base}/session/totp"),
            None,
        ),
        read("get_homepage_sidebar", format!("{base}/sidebar"), None),
        read(
            "get_default_permission",
            format!("{base}/permissions/default"),
            None,
        ),
        act(
            "upgrade_roles",
            Method::POST,
            &format!("{base}/permissions/upgrade"),
            None,
        ),
        list("list_admins", "admins"),
        write(
            "create_admin",
            Method::POST,
            &format!("{base}/admins"),
            r#"{"username":"second","org_id":1}"#,
            r#"{"username":"s p","org_id":1}"#,
        ),
        read(
            "show_admin",
            admin(""),
            Some(("/api/v1/admin/admins/x", 404)),
        ),
        write(
            "change_admin",
            Method::PUT,
            &admin(""),
            &json!({"role_ids":[role]}).to_string(),
            r#"{"role_ids":[77]}"#,
        ),
        write(
            "change_admin_back",
            Method::PUT,
            &admin(""),
            r#"{"role_ids":[]}"#,
            r#"{"role_ids":[77]}"#,
        ),
        write(
            "enable_admin",
            Method::PUT,
            &admin("/state"),
            r#"{"enabled":true}"#,
            "{}",
        ),
        act(
            "reset_admin_password",
            Method::POST,
            &admin("/password"),
            Some("/api/v1/admin/admins/77/password"),
        ),
        act(
            "unlock_admin",
            Method::POST,
            &admin("/unlock"),
            Some("/api/v1/admin/admins/77/unlock"),
        ),
        act(
            "propose_super_admin",
            Method::POST,
            &admin("/super"),
            Some("/api/v1/admin/admins/77/super"),
        ),
        read(
            "list_admin_sessions",
            admin("/sessions"),
            Some(("/api/v1/admin/admins/77/sessions", 404)),
        ),
        act(
            "kick_admin_session",
            Method::DELETE,
            &format!("{base}/admins/1/sessions/{session_id}"),
            Some(&admin(&format!("/sessions/{session_id}"))),
        ),
        act(
            "kick_admin",
            Method::DELETE,
            &admin("/sessions"),
            Some("/api/v1/admin/admins/77/sessions"),
        ),
        list("list_roles", "roles"),
        write(
            "create_role",
            Method::POST,
            &format!("{base}/roles"),
            r#"{"code":"n","name":"新","granted":[]}"#,
            r#"{"code":"n","name":"新","granted":["no.such.leaf"]}"#,
        ),
        read(
            "show_role",
            role_at(""),
            Some(("/api/v1/admin/roles/x", 404)),
        ),
        write(
            "change_role",
            Method::PUT,
            &role_at(""),
            r#"{"code":"r","name":"改","granted":["order.charge.view","ds.orders.vin"]}"#,
            r#"{"code":"r","name":"改"}"#,
        ),
        write(
            "copy_role",
            Method::POST,
            &role_at("/copy"),
            r#"{"code":"c","name":"副本"}"#,
            "{}",
        ),
        act(
            "remove_role",
            Method::DELETE,
            &role_at(""),
            Some("/api/v1/admin/roles/77"),
        ),
        list("list_stations", "stations"),
        write(
            "create_station",
            Method::POST,
            &format!("{base}/stations"),
            &json!({"station_no":"S2","name":"站二","owner_org_id":merchant}).to_string(),
            r#"{"station_no":"S 2","name":"站二","owner_org_id":1}"#,
        ),
        read(
            "show_station",
            format!("{base}/stations/{station}"),
            Some(("/api/v1/admin/stations/x", 404)),
        ),
        write(
            "change_station",
            Method::PUT,
            &format!("{base}/stations/{station}"),
            r#"{"station_no":"S1","name":"站","owner_org_id":1,"lng":104.06}"#,
            r#"{"station_no":"S1","name":"站","owner_org_id":1,"lng":204.06}"#,
        ),
        write(
            "bind_devices",
            Method::POST,
            &format!("{base}/stations/{station}/devices"),
            &json!({"phy_ids":[DEVICE]}).to_string(),
            r#"{"phy_ids":[]}"#,
        ),
        read(
            "list_audit_logs",
            format!("{base}/audit-logs"),
            Some(("/api/v1/admin/audit-logs?from=-1", 400)),
        ),
        read(
            "list_operations",
            format!("{base}/operations"),
            Some(("/api/v1/admin/operations?state=x", 400)),
        ),
        write(
            "decide_operation",
            Method::POST,
            &format!("{base}/operations/{operation}/decision"),
            r#"{"approve":true}"#,
            "{}",
        ),
    ];
    // The second change only frees the role again.
    for case in &mut cases {
        if case.id == "change_admin_back" {
            case.id = "change_admin";
        }
    }
    let names = [
        "list_agents",
        "create_agent",
        "show_agent",
        "change_agent",
        "enable_agent",
    ];
    cases.extend(orgs("agents", names, agent));
    let names = [
        "list_merchants",
        "create_merchant",
        "show_merchant",
        "change_merchant",
        "enable_merchant",
    ];
    cases.extend(orgs("merchants", names, merchant));
    let names = [
        "list_companies",
        "create_company",
        "show_company",
        "change_company",
        "enable_company",
    ];
    cases.extend(orgs("companies", names, company));
    cases
}
