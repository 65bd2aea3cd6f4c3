//! What leaving a plug in would cost by a rule.

use crate::Api;
use crate::admin::rules::{RuleId, version_of};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use axum::extract::State;
use domain::pricing::occupancy::{OccupancyClock, OccupancyRule};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use store::price_rules::RuleKind;
use utoipa::ToSchema;

/// Longest wait of a preview, seconds: a month.
const WAIT_MAX_S: i64 = 31 * 86_400;

/// A wait to be priced.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": 1_729_407_600, "until": 1_729_409_000}))]
pub(crate) struct WaitPreviewBody {
    /// The version; the newest when absent.
    version: Option<i32>,
    /// End of the charge, Unix seconds.
    from: i64,
    /// When the plug comes out, Unix seconds.
    until: i64,
}

/// What a wait would cost.
#[derive(Serialize, ToSchema)]
pub(crate) struct WaitPreviewOut {
    /// Seconds that count.
    charge_seconds: i64,
    /// Started units.
    units: i64,
    /// What they cost, fen.
    #[schema(example = 450)]
    fee_fen: i64,
}

/// Shows what leaving a plug in would cost.
#[utoipa::path(
    post,
    path = "/api/v1/admin/occupancy-rules/{occupancy_rule_id}/preview",
    tag = "administration",
    operation_id = "preview_occupancy_rule",
    extensions(("x-access" = json!("order.occupancy.view"))),
    params(("occupancy_rule_id" = i64, Path, description = "Its id", example = 1)),
    request_body = WaitPreviewBody,
    responses(
        (status = 200, description = "The fee", body = Envelope<WaitPreviewOut>),
        (status = 404, description = "No such rule or version", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(RuleId(id)): At<RuleId>,
    Payload(body): Payload<WaitPreviewBody>,
) -> Answer<WaitPreviewOut> {
    let range = 0..=i64::from(u32::MAX);
    if !range.contains(&body.from) || !range.contains(&body.until) {
        return Err(Failure::invalid("from", "must be Unix seconds"));
    }
    if !(0..=WAIT_MAX_S).contains(&(body.until - body.from)) {
        let problem = "must not be before from, nor more than a month after it";
        return Err(Failure::invalid("until", problem));
    }
    let view = api.app().rule(RuleKind::Occupancy, id).await?;
    let version = version_of(view.versions, body.version)?;
    let rule: OccupancyRule =
        serde_json::from_value(version.terms).map_err(|_| Failure::not_found("version"))?;
    let clock = OccupancyClock::begun(Timestamp::from_unix_seconds(body.from));
    let fee = clock.fee(&rule, Timestamp::from_unix_seconds(body.until));
    Ok(ok(WaitPreviewOut {
        charge_seconds: fee.seconds,
        units: fee.units,
        fee_fen: fee.fen.0,
    }))
}
