//! Those who share a bill by name, wherever they stand in the tree.

use crate::AppError;
use domain::commission::{CommissionRule, FeeType};
use domain::org::OrgType;
use domain::settlement::Place;
use kernel::OrgId;
use store::{Tx, orgs};

/// Refuses a rule that names somebody who cannot earn.
///
/// # Errors
/// [`AppError::Semantic`] for the first payee that is no agent and no merchant.
pub(super) async fn check_payees(tx: &mut Tx, rule: &CommissionRule) -> Result<(), AppError> {
    for fee in FeeType::ALL.iter().copied() {
        for (index, payee) in rule.of(fee).payees() {
            let org = orgs::find(tx.conn(), payee.0).await?;
            let earns = |kind| matches!(kind, OrgType::Agent | OrgType::Merchant);
            if !org.is_some_and(|org| earns(org.kind)) {
                return Err(AppError::Semantic {
                    field: format!("terms.{}.payees[{index}].org_id", fee.as_str()),
                    problem: "must be an agent or a merchant".to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// The place with every agent that a rule names beside the chain above the owner: an agent earns
/// as an agent everywhere.
pub(super) async fn with_payees(
    tx: &mut Tx,
    place: &Place,
    rule: &CommissionRule,
) -> Result<Place, AppError> {
    let mut place = place.clone();
    let mut strangers: Vec<OrgId> = FeeType::ALL
        .iter()
        .flat_map(|fee| rule.of(*fee).payees())
        .map(|(_, payee)| payee)
        .filter(|payee| Some(*payee) != place.owner && !place.agents.contains(payee))
        .collect();
    strangers.sort_unstable();
    strangers.dedup();
    if !strangers.is_empty() {
        place
            .agents
            .extend(orgs::agents_among(tx.conn(), &strangers).await?);
    }
    Ok(place)
}
