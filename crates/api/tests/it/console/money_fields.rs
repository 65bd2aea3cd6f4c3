//! Sums and shares in answers stand under the leaves of their rows.

use super::world::world;
use domain::permission::dataset;
use serde_json::Value;
use std::collections::BTreeSet;

/// Leaves of pages that are about nothing but money or prices, or about sums of many rows: who may
/// open one sees its sums.
const OF_MONEY: &[&str] = &[
    "analytics.",
    "finance.",
    "interconnect.clearing.",
    "marketing.",
    "device.ebikeplan.",
    "device.tariff.",
    "order.charge.refund",
    "order.occupancy.approve_rule",
    "order.occupancy.bind_rule",
    "order.occupancy.edit_rule",
    "order.recharge.",
    "order.refund.",
    "screen.",
    "system.config.",
];
/// What is agreed or asked for, not what somebody has.
const AGREED: &[&str] = &["member_daily_fen", "cap_fen"];
/// Sums that are fields everywhere, also on such pages.
const ALWAYS: &[&str] = &["base_fen", "rate_bp", "cash_fen", "balance_fen"];
/// Operations about sums of nobody: the platform's own books, what somebody would have to pay, a day
/// of everything, which the leaf of the analytics opens.
const OF_NOBODY: &[&str] = &["ledger_lines", "preview_occupancy_rule", "show_dashboard"];

fn names(
    document: &Value,
    schema: &Value,
    seen: &mut BTreeSet<String>,
    out: &mut BTreeSet<String>,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        if seen.insert(name.to_owned()) {
            names(
                document,
                &document["components"]["schemas"][name],
                seen,
                out,
            );
        }
        return;
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        if name.ends_with("_fen") || name == "rate_bp" {
            out.insert(name.clone());
        }
        names(document, inner, seen, out);
    }
    for inner in ["items", "additionalProperties"] {
        if schema[inner].is_object() {
            names(document, &schema[inner], seen, out);
        }
    }
    for choices in ["allOf", "oneOf", "anyOf"] {
        for inner in schema[choices].as_array().into_iter().flatten() {
            names(document, inner, seen, out);
        }
    }
}

#[test]
fn every_sum_is_a_field_of_its_row() {
    let text = api::openapi().to_json().expect("JSON");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let (mut checked, mut open) = (0, Vec::new());
    for (path, item) in document["paths"].as_object().expect("paths") {
        if !path.starts_with("/api/v1/admin/") {
            continue;
        }
        for (method, operation) in item.as_object().expect("operations") {
            let answer = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            let (mut seen, mut sums) = (BTreeSet::new(), BTreeSet::new());
            names(&document, answer, &mut seen, &mut sums);
            let declared = &operation["x-permission"];
            let leaf = declared["access"].as_str().unwrap_or_default();
            let said = &declared["dataset"];
            let many = said.as_array().into_iter().flatten();
            let sets = said
                .as_str()
                .into_iter()
                .chain(many.filter_map(Value::as_str));
            let known: BTreeSet<&str> = sets
                .filter_map(dataset)
                .flat_map(|set| {
                    set.fields
                        .iter()
                        .flat_map(|field| field.keys.iter().copied())
                })
                .collect();
            let id = operation["operationId"].as_str().unwrap_or_default();
            let of_money = OF_MONEY.iter().any(|page| leaf.starts_with(page));
            for sum in sums {
                checked += 1;
                let agreed = AGREED.contains(&sum.as_str());
                let always = ALWAYS.contains(&sum.as_str());
                let excused = agreed || OF_NOBODY.contains(&id) || (of_money && !always);
                if !known.contains(sum.as_str()) && !excused {
                    open.push(format!("{method} {path}: {sum}"));
                }
            }
        }
    }
    assert!(checked > 200, "{checked}");
    assert!(open.is_empty(), "{open:#?}");
}

#[tokio::test]
async fn an_account_without_fields_sees_no_sums() {
    let world = world().await;
    let leaves = [
        "user.member.view",
        "user.company.view",
        "finance.merchant.view",
        "system.operation.view",
        "user.vehicle.view",
        "user.merchant.view",
    ];
    let platform = world.platform().await;
    let token = world.who_may(&platform, "bare", &leaves).await;
    let company = format!("/api/v1/admin/companies/{}/account", world.company.id);
    let adjust = serde_json::json!({"credit_fen":500,"reason":"x"});
    let path = format!("/api/v1/admin/companies/{}/adjust-credit", world.company.id);
    world.lab.post(&path, adjust).await.expect(200);
    for path in [
        "/api/v1/admin/members/1",
        company.as_str(),
        "/api/v1/admin/earnings",
        "/api/v1/admin/operations",
        "/api/v1/admin/vehicles",
        "/api/v1/admin/merchants",
    ] {
        let reply = world.get(&token, path).await.expect(200);
        let text = reply.data().to_string();
        for sum in [
            "frozen_fen",
            "owed_fen",
            "held_fen",
            "credit_fen",
            "credit_left_fen",
            "rate_bp",
            "base_fen",
            "cash_fen",
            "limit_fen",
            "balance_fen",
            "month_income_fen",
        ] {
            assert!(!text.contains(sum), "{path}: {text}");
        }
    }
    world.lab.close().await;
}
