//! What a charge would cost by a plan.

use crate::Api;
use crate::admin::rules::{RuleId, version_of};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::view::TierOut;
use axum::extract::State;
use domain::pricing::ebike::{EbikePlan, TIERS_MAX, TierMeter, TierRule, Usage, bill, tier_lines};
use kernel::{Energy, Fen, Power, Timestamp};
use serde::{Deserialize, Serialize};
use store::price_rules::RuleKind;
use utoipa::ToSchema;

/// Longest charge of a preview, seconds: a day.
const SECONDS_MAX: u32 = 86_400;

/// A charge to be priced.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"duration": 4500, "kwh": 0.4, "amount": 300}))]
pub(crate) struct PlanPreviewBody {
    /// The version; the newest when absent.
    version: Option<i32>,
    /// Seconds charged.
    #[schema(minimum = 0, maximum = 86_400)]
    duration: u32,
    /// Energy, kWh.
    #[schema(minimum = 0, maximum = 1000)]
    kwh: f64,
    /// What was prepaid, fen; 0 when absent.
    #[schema(minimum = 0, maximum = 1_000_000)]
    amount: Option<i64>,
    /// When it begins, Unix seconds; now when absent.
    from: Option<i64>,
    /// Minutes in each tier; when absent all of them at the mean power.
    tier_minutes: Option<Vec<u16>>,
    /// Highest power after the warm-up, W; the mean power when absent.
    #[schema(minimum = 0, maximum = 100_000)]
    max_power_w: Option<u32>,
}

/// What a charge would cost, and what the amount buys.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanPreviewOut {
    /// All of it, fen.
    #[schema(example = 125)]
    total_fen: i64,
    /// Electricity, fen.
    elec_fen: i64,
    /// Service, fen.
    service_fen: i64,
    /// What is left of the amount, fen.
    refund_fen: i64,
    /// Time by tier.
    tiers: Vec<TierOut>,
    /// Longest time that the amount buys, seconds.
    bought_seconds: u32,
    /// Energy that the amount buys, kWh, where that follows from the plan.
    bought_kwh: Option<f64>,
    /// Minutes that the amount buys in each tier.
    bought_tier_minutes: Vec<i64>,
    /// Electricity and service fee are billed apart, as the price authority wants it.
    billed_apart: bool,
}

/// Shows what a charge would cost by a plan, and what an amount buys.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ebike-plans/{ebike_plan_id}/preview",
    tag = "administration",
    operation_id = "preview_ebike_plan",
    extensions(("x-access" = json!("device.ebikeplan.view"))),
    params(("ebike_plan_id" = i64, Path, description = "Its id", example = 1)),
    request_body = PlanPreviewBody,
    responses(
        (status = 200, description = "The bill", body = Envelope<PlanPreviewOut>),
        (status = 404, description = "No such plan or version", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(RuleId(id)): At<RuleId>,
    Payload(body): Payload<PlanPreviewBody>,
) -> Answer<PlanPreviewOut> {
    let amount = Fen(body.amount.unwrap_or(0));
    if !(0..=1_000_000).contains(&amount.0) {
        return Err(Failure::invalid("amount", "must be 0 to 1000000 fen"));
    }
    if body.duration > SECONDS_MAX {
        return Err(Failure::invalid("duration", "must be 0 to 86400 seconds"));
    }
    if !(0.0..=1000.0).contains(&body.kwh) {
        return Err(Failure::invalid("kwh", "must be 0 to 1000"));
    }
    if body.max_power_w.is_some_and(|watts| watts > 100_000) {
        return Err(Failure::invalid("max_power_w", "must be 0 to 100000"));
    }
    let minutes = body.tier_minutes.clone().unwrap_or_default();
    if minutes.len() > TIERS_MAX {
        return Err(Failure::invalid("tier_minutes", "must be at most 5"));
    }
    let view = api.app().rule(RuleKind::Ebike, id).await?;
    let version = version_of(view.versions, body.version)?;
    let plan: EbikePlan =
        serde_json::from_value(version.terms).map_err(|_| Failure::not_found("version"))?;
    let now = api.app().now();
    let energy = e4(body.kwh);
    let (tier_seconds, max_power) = metered(&plan, &body, &minutes, energy);
    let usage = Usage {
        amount,
        prepaid: true,
        duration_s: i64::from(body.duration),
        energy,
        start: body.from.map_or(now, Timestamp::from_unix_seconds),
        by_slot: None,
        tier_seconds,
        max_power,
    };
    let sum = bill(&plan, &usage);
    let bought = plan.bought(amount);
    let lines = tier_lines(&plan, &usage);
    let of_tier = (0..plan.tiers.len()).filter_map(|tier| plan.minutes_in_tier(tier, amount));
    Ok(ok(PlanPreviewOut {
        total_fen: sum.total.0,
        elec_fen: sum.elec.0,
        service_fen: sum.service.0,
        refund_fen: sum.refund.0,
        tiers: lines.into_iter().map(TierOut::from).collect(),
        bought_seconds: bought.duration_s,
        bought_kwh: bought.energy.map(Energy::kwh),
        bought_tier_minutes: of_tier.collect(),
        billed_apart: plan.bills_apart(),
    }))
}

/// Time by tier and the power that decides.
fn metered(
    plan: &EbikePlan,
    body: &PlanPreviewBody,
    minutes: &[u16],
    energy: Energy,
) -> ([i64; TIERS_MAX], Power) {
    let seconds = i64::from(body.duration);
    // 0.0001 kWh are 3600 of 0.1 W·s.
    let mean = Power(energy.0 * 3600 / seconds.max(1));
    let highest = body
        .max_power_w
        .map(|watts| Power::from_watts(i64::from(watts)));
    let mut meter = TierMeter::default();
    meter.close(plan, seconds, mean);
    let mut by_tier = meter.seconds();
    if !minutes.is_empty() && plan.tier_rule == TierRule::Accumulate {
        by_tier = [0; TIERS_MAX];
        for (seconds, minutes) in by_tier.iter_mut().zip(minutes) {
            *seconds = i64::from(*minutes) * 60;
        }
    }
    (by_tier, highest.unwrap_or(mean))
}

/// Energy of a preview; nothing is billed by it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be at most 1000"
)]
fn e4(kwh: f64) -> Energy {
    Energy((kwh * 10_000.0).round() as i64)
}
