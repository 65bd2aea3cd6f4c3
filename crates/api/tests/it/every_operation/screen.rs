use super::{Case, act, read, write};
use crate::lab::Lab;
use axum::http::Method;

const BASE: &str = "/api/v1/admin";

/// The big screen and its tokens, the analytics, the first page.
pub(super) async fn cases(lab: &Lab) -> Vec<Case> {
    let body = r#"{"name":"hall"}"#;
    let made = lab.post(&format!("{BASE}/screen-tokens"), body).await;
    let token = made.expect(200).data()["screen_token_id"].clone();
    let mut cases = vec![
        read("show_dashboard", format!("{BASE}/dashboard"), None),
        read(
            "show_screen",
            format!("{BASE}/screen"),
            Some(("/api/v1/admin/screen?org_id=999", 404)),
        ),
        read(
            "list_screen_tokens",
            format!("{BASE}/screen-tokens"),
            Some(("/api/v1/admin/screen-tokens?page=x", 400)),
        ),
        write(
            "make_screen_token",
            Method::POST,
            &format!("{BASE}/screen-tokens"),
            body,
            r#"{"name":"x","area_code":"51"}"#,
        ),
        act(
            "revoke_screen_token",
            Method::DELETE,
            &format!("{BASE}/screen-tokens/{token}"),
            Some("/api/v1/admin/screen-tokens/999999"),
        ),
    ];
    for (id, path, bad) in [
        ("screen_map", "map", "area_code=5101"),
        ("screen_counters", "counters", "area_code=5101"),
        ("screen_pile_types", "pile-types", "area_code=5101"),
        ("screen_port_status", "port-status", "area_code=5101"),
        ("screen_recharge", "recharge", "area_code=5101"),
        ("screen_charging", "charging", "area_code=5101"),
        ("screen_load", "load", "area_code=5101"),
        ("screen_periods", "periods", "area_code=5101"),
        ("screen_ranking", "ranking", "period=year"),
        ("screen_alarms", "alarms", "area_code=5101"),
        ("screen_live_orders", "live-orders", "area_code=5101"),
        ("screen_gauges", "gauges", "area_code=5101"),
        ("screen_members", "members", "area_code=5101"),
    ] {
        cases.push(asked(id, &format!("screen/{path}"), bad));
    }
    for (id, path, bad) in [
        ("analyse_orders", "order", "granularity=minute"),
        ("group_orders", "order/groups", "by=colour"),
        ("order_heat_map", "order/heat-map", "from=2&to=1"),
        ("order_failures", "order/failures", "granularity=minute"),
        ("analyse_members", "member", "granularity=minute"),
        ("member_retention", "member/retention", "from=2&to=1"),
        ("member_classes", "member/classes", "granularity=minute"),
        (
            "recharge_conversion",
            "member/conversion",
            "granularity=minute",
        ),
        ("analyse_finance", "finance", "area_code=5101"),
        ("analyse_income", "finance/income", "from=2&to=1"),
        ("receivables", "finance/receivables", "page=x"),
        ("analyse_operation", "operation", "from=1&granularity=hour"),
        ("rank_stations", "operation/stations", "sort=beauty"),
        ("compare_areas", "operation/areas", "level=village"),
        ("analyse_quality", "quality", "granularity=minute"),
        (
            "quality_by_firmware",
            "quality/firmware",
            "from=1&granularity=week",
        ),
    ] {
        cases.push(asked(id, &format!("analytics/{path}"), bad));
    }
    cases
}

/// A list that is good without a query and refuses another.
fn asked(id: &'static str, path: &str, bad: &str) -> Case {
    let path = format!("{BASE}/{path}");
    Case {
        id,
        method: Method::GET,
        bad: Some((format!("{path}?{bad}"), String::new(), 400)),
        good: (path, String::new()),
    }
}
