//! Which e-bike plan an order is billed by.

use crate::{App, AppError};
use domain::order::PlanSnapshot;
use domain::pricing::ebike::{EbikePlan, Told};
use domain::request::StartPlan;
use kernel::{DeviceId, PortNo, Timestamp};
use store::Tx;
use store::price_rules::{self, RuleInForce, RuleKind};

impl App {
    /// The plan that a new order is billed by: the one that the caller named; else that of the
    /// port, where neither a price was agreed nor a tariff applies.
    ///
    /// # Errors
    /// [`AppError::Semantic`] when the named plan is not in force.
    pub(crate) async fn plan_of(
        &self,
        tx: &mut Tx,
        (device, port): (DeviceId, PortNo),
        request: &StartPlan,
        has_tariff: bool,
        at: Timestamp,
    ) -> Result<Option<Box<PlanSnapshot>>, AppError> {
        let kind = RuleKind::Ebike;
        if let Some(id) = request.plan_id {
            let found = price_rules::version_in_force(tx.conn(), kind, id, at).await?;
            let found = found.ok_or_else(|| AppError::Semantic {
                field: "plan_id".to_owned(),
                problem: "is no plan in force".to_owned(),
            })?;
            return snapshot(found).map(Some);
        }
        if request.price_per_kwh.is_some() || has_tariff {
            return Ok(None);
        }
        let found = price_rules::in_force(tx.conn(), kind, device, port, at).await?;
        found.map(snapshot).transpose()
    }
}

/// A stored version as an order keeps it.
fn snapshot(found: RuleInForce) -> Result<Box<PlanSnapshot>, AppError> {
    let plan: EbikePlan = serde_json::from_value(found.version.terms)
        .map_err(|error| AppError::Internal(format!("stored plan: {error}")))?;
    Ok(Box::new(PlanSnapshot {
        plan_id: found.version.rule_id,
        version: found.version.version,
        name: found.name,
        told: Told::default(),
        plan,
    }))
}
