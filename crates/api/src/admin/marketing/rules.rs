//! Rules of points (积分规则) and of the daily check-in (签到规则): the platform's.

use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::payload::Payload;
use crate::run_to_end::run_to_end;
use app::{CheckInChange, PromotionChange, PromotionSettings};
use axum::extract::State;
use domain::checkin::CheckInRules;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Rules of points, gifts and member levels.
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object, example = json!({"rules": {"points_cap": 1000,
    "points_per_yuan": 1, "points_funded_by": "platform", "wallet_order": "principal_first",
    "gift_in_split": "included"}, "levels": [{"level": 1, "off_bp": 500,
    "funded_by": "platform"}]}))]
pub(crate) struct PointsRules(PromotionSettings);

/// What is decided anew about points, gifts and member levels; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object, example = json!({"rules": {"points_per_yuan": 2}}))]
pub(crate) struct PointsRulesBody(PromotionChange);

/// Shows the rules of points and of member levels.
#[utoipa::path(
    get,
    path = "/api/v1/admin/points-rules",
    tag = "administration",
    operation_id = "show_points_rules",
    extensions(("x-access" = json!("marketing.points.view"))),
    responses((status = 200, description = "The rules", body = Envelope<PointsRules>))
)]
pub(crate) async fn points(State(api): State<Api>) -> Answer<PointsRules> {
    Ok(ok(PointsRules(api.app().promotion_settings())))
}

/// Decides about points and member levels. Bills that stand do not change.
#[utoipa::path(
    put,
    path = "/api/v1/admin/points-rules",
    tag = "administration",
    operation_id = "set_points_rules",
    extensions(("x-access" = json!("marketing.points.edit")), ("x-audit" = json!("own"))),
    request_body = PointsRulesBody,
    responses((status = 200, description = "The rules", body = Envelope<PointsRules>))
)]
pub(crate) async fn set_points(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(PointsRulesBody(change)): Payload<PointsRulesBody>,
) -> Answer<PointsRules> {
    let app = api.app().clone();
    let work = async move { app.set_promotion_settings(&actor, change).await };
    let rules = run_to_end(work).await?;
    Ok(ok(PointsRules(rules)))
}

/// Rules of the daily check-in.
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object, example = json!({"enabled": true, "ladder": [1, 2, 3, 4, 5, 6, 10]}))]
pub(crate) struct LadderRules(CheckInRules);

/// What is decided anew about the daily check-in; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object, example = json!({"enabled": false}))]
pub(crate) struct LadderRulesBody(CheckInChange);

/// Shows the rules of the daily check-in.
#[utoipa::path(
    get,
    path = "/api/v1/admin/checkin-rules",
    tag = "administration",
    operation_id = "show_checkin_rules",
    extensions(("x-access" = json!("marketing.checkin.view"))),
    responses((status = 200, description = "The rules", body = Envelope<LadderRules>))
)]
pub(crate) async fn check_in(State(api): State<Api>) -> Answer<LadderRules> {
    Ok(ok(LadderRules(api.app().check_in_rules().await?)))
}

/// Decides about the daily check-in: the points of each day of a streak, 1 to 31 of them.
#[utoipa::path(
    put,
    path = "/api/v1/admin/checkin-rules",
    tag = "administration",
    operation_id = "set_checkin_rules",
    extensions(("x-access" = json!("marketing.checkin.edit")), ("x-audit" = json!("own"))),
    request_body = LadderRulesBody,
    responses((status = 200, description = "The rules", body = Envelope<LadderRules>))
)]
pub(crate) async fn set_check_in(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(LadderRulesBody(change)): Payload<LadderRulesBody>,
) -> Answer<LadderRules> {
    let app = api.app().clone();
    let work = async move { app.set_check_in_rules(&actor, change).await };
    let rules = run_to_end(work).await?;
    Ok(ok(LadderRules(rules)))
}
