//! Ids that a call names, in its path, its query and its body: a row of somebody else's does not
//! exist.

use crate::Api;
use crate::failure::Failure;
use app::AppError;
use domain::card::plain_number;
use domain::org::Scope;
use kernel::OrderNo;
use serde_json::Value;
use store::row_owners::{self, Addressed};

/// What ids are called in paths, and what they stand for.
const IN_PATHS: &[(&str, Addressed, &str)] = &[
    ("phy_id", Addressed::Device, "device"),
    ("order_no", Addressed::Order, "order"),
    ("card_no", Addressed::Card, "card"),
    ("vin", Addressed::Vehicle, "vehicle"),
    ("occ_no", Addressed::Occupancy, "occupancy"),
    ("parking_rule_id", Addressed::ParkingRule, "rule"),
    ("reservation_no", Addressed::Reservation, "reservation"),
    ("station_id", Addressed::Station, "station"),
    ("org_id", Addressed::Org, "organisation"),
    ("admin_id", Addressed::Admin, "account"),
    ("role_id", Addressed::Role, "role"),
    ("session_id", Addressed::Session, "session"),
    ("operation_id", Addressed::Operation, "operation"),
    (
        "settlement_account_id",
        Addressed::SettlementAccount,
        "settlement account",
    ),
    ("statement_id", Addressed::Statement, "statement"),
    ("withdraw_no", Addressed::Withdrawal, "withdrawal"),
    ("activity_id", Addressed::Activity, "activity"),
    ("coupon_id", Addressed::Coupon, "coupon"),
    ("grant_id", Addressed::CouponGrant, "coupon"),
    ("batch_id", Addressed::CodeBatch, "batch of codes"),
    ("review_id", Addressed::Review, "review"),
    ("fault_id", Addressed::FaultReport, "fault report"),
    ("complaint_id", Addressed::Complaint, "complaint"),
    ("picture", Addressed::Picture, "picture"),
    ("req_no", Addressed::Invoice, "invoice"),
    ("member_id", Addressed::Member, "member"),
    ("tariff_id", Addressed::Tariff, "tariff"),
    ("ebike_plan_id", Addressed::Rule, "rule"),
    ("occupancy_rule_id", Addressed::Rule, "rule"),
    ("alarm_id", Addressed::Alarm, "alarm"),
    ("mute_id", Addressed::Mute, "mute"),
    ("ticket_id", Addressed::Ticket, "ticket"),
    ("cut_off_id", Addressed::CutOff, "cut-off"),
    ("camera_id", Addressed::Camera, "camera"),
    ("screen_token_id", Addressed::ScreenToken, "token"),
];

/// What ids are called in queries and at the top of bodies.
const ELSEWHERE: &[(&str, Addressed, &str)] = &[
    ("phy_id", Addressed::Device, "device"),
    ("device_phy_id", Addressed::Device, "device"),
    ("phy_ids", Addressed::Device, "device"),
    ("order_no", Addressed::Order, "order"),
    ("station_id", Addressed::Station, "station"),
    ("org_id", Addressed::Org, "organisation"),
    ("parent_id", Addressed::Org, "organisation"),
    ("admin_id", Addressed::Admin, "account"),
    ("role_id", Addressed::Role, "role"),
];

/// Whether a route names rows that can be looked up.
pub(super) fn addresses(route: &str) -> bool {
    route
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .any(|name| IN_PATHS.iter().any(|(known, ..)| *known == name))
}

/// The ids of a path. Ids of another kind are left to the handler. Who reads sees the orders that
/// they pay as well.
pub(super) async fn check_path<'a>(
    api: &Api,
    scope: &Scope,
    reads: bool,
    params: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), Failure> {
    for (name, text) in params {
        if let Some((_, what, word)) = IN_PATHS.iter().find(|(known, ..)| *known == name) {
            let paid = reads && *what == Addressed::Order && is_paid(api, scope, text).await?;
            if !paid {
                check(api, scope, *what, word, text).await?;
            }
        }
    }
    Ok(())
}

async fn is_paid(api: &Api, scope: &Scope, order_no: &str) -> Result<bool, Failure> {
    let mut view = api.app().db().view().await.map_err(AppError::from)?;
    let paid = row_owners::is_paid_by(view.conn(), order_no, scope).await;
    Ok(paid.map_err(AppError::from)?)
}

/// The ids of a query.
pub(super) async fn check_query(
    api: &Api,
    scope: &Scope,
    pairs: &[(String, String)],
) -> Result<(), Failure> {
    for (name, text) in pairs {
        if let Some((_, what, word)) = ELSEWHERE.iter().find(|(known, ..)| *known == name) {
            // Part of a number names no row: the list finds what is seen.
            if *what == Addressed::Order && text.parse::<OrderNo>().is_err() {
                continue;
            }
            check(api, scope, *what, word, text).await?;
        }
    }
    Ok(())
}

/// The ids at the top of a body. What a row stands under is looked up where one is made: later
/// it is above who names it, and cannot be changed.
pub(super) async fn check_body(
    api: &Api,
    scope: &Scope,
    body: &Value,
    makes: bool,
) -> Result<(), Failure> {
    for (name, value) in body.as_object().into_iter().flatten() {
        if name == "parent_id" && !makes {
            continue;
        }
        let known = ELSEWHERE.iter().find(|(known, ..)| known == name);
        let Some((_, what, word)) = known else {
            continue;
        };
        let one = std::slice::from_ref(value);
        let ids = value.as_array().map_or(one, Vec::as_slice);
        for id in ids {
            let text = match id {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                // Of the wrong type, or nothing: the handler says so.
                _ => continue,
            };
            check(api, scope, *what, word, &text).await?;
        }
    }
    Ok(())
}

async fn check(
    api: &Api,
    scope: &Scope,
    what: Addressed,
    word: &str,
    text: &str,
) -> Result<(), Failure> {
    let key = match what {
        Addressed::Card => plain_number(text),
        _ => text.to_owned(),
    };
    let mut view = api.app().db().view().await.map_err(AppError::from)?;
    let seen = row_owners::is_seen(view.conn(), what, &key, scope)
        .await
        .map_err(AppError::from)?;
    if seen {
        Ok(())
    } else {
        Err(Failure::not_found(word))
    }
}
