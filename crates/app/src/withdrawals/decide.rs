//! Somebody else grants a withdrawal, or does not.

use super::{Step, identity, identity_of};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::org::OrgType;
use domain::withdrawal::{Approval, WithdrawalEvent, WithdrawalState};
use store::withdrawals::WithdrawalRow;

/// Longest reason, in characters.
const REASON_MAX: usize = 200;

impl App {
    /// Grants a withdrawal. Above the limit for one person this is the first of two words, and
    /// the withdrawal waits for the second.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a withdrawal, [`AppError::Conflict`] for who asked for
    /// it, for the same person twice, and once it is decided.
    pub async fn approve_withdrawal(
        &self,
        actor: &Actor,
        kind: OrgType,
        withdraw_no: &str,
    ) -> Result<WithdrawalRow, AppError> {
        let rules = self.money_rules().withdrawals;
        let me = identity_of(actor);
        let at = (kind, withdraw_no);
        self.withdrawal_step(actor, at, "withdraw.approve", |row, now| {
            if me == identity(&row.applied_by, row.applied_by_id) {
                return Err(AppError::Conflict("nobody decides on his own request"));
            }
            let two = row.amount_fen > rules.second_reviewer_above;
            let approval = match row.first_audit_by.take() {
                None if two => {
                    if row.state != WithdrawalState::Submitted {
                        return Err(AppError::Conflict("it is decided already"));
                    }
                    row.first_audit_by = Some(me);
                    return Ok(Step::Stay);
                }
                Some(first) => {
                    row.first_audit_by = Some(first.clone());
                    Approval::Two(first, me)
                }
                None => Approval::One(me),
            };
            row.audited_by = Some(actor.name.clone());
            row.audited_at = Some(now);
            Ok(Step::Event(WithdrawalEvent::Approve(approval)))
        })
        .await
    }

    /// Does not grant a withdrawal, or takes a grant back before it is paid; the sum is payable
    /// again.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a withdrawal, [`AppError::Conflict`] once it is paid
    /// or on its way, [`AppError::Invalid`] without a reason.
    pub async fn reject_withdrawal(
        &self,
        actor: &Actor,
        kind: OrgType,
        withdraw_no: &str,
        reason: &str,
    ) -> Result<WithdrawalRow, AppError> {
        let reason = reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > REASON_MAX {
            return Err(AppError::Invalid {
                field: "reason".to_owned(),
                problem: format!("must have 1 to {REASON_MAX} characters"),
            });
        }
        let at = (kind, withdraw_no);
        self.withdrawal_step(actor, at, "withdraw.reject", |row, now| {
            row.audited_by = Some(actor.name.clone());
            row.audited_at = Some(now);
            row.fail_reason = Some(reason.clone());
            Ok(Step::Event(WithdrawalEvent::Reject { reason }))
        })
        .await
    }
}
