//! J22: a member's debt is given up, once two persons want it.

use super::post;
use crate::staff::{Actor, Proposal, WRITE_OFF};
use crate::{App, AppError};
use domain::ledger::{Account, postings};
use kernel::{Fen, MemberId};
use serde::Deserialize;
use serde_json::{Value, json};
use store::pending_operations::PendingOperation;
use store::{Tx, ledger, members};

/// Longest reason, in characters.
const REASON_MAX: usize = 200;

/// What was proposed.
#[derive(Debug, Deserialize)]
struct Wanted {
    member_id: i64,
    amount_fen: i64,
    reason: String,
}

impl App {
    /// Proposes to give up what a member owes, or part of it; a second person confirms it.
    ///
    /// # Errors
    /// [`AppError::Invalid`] without a sum or a reason, [`AppError::NotFound`] without such a
    /// member, [`AppError::Conflict`] when less is owed.
    pub async fn propose_write_off(
        &self,
        actor: &Actor,
        member: MemberId,
        amount: Fen,
        reason: &str,
    ) -> Result<PendingOperation, AppError> {
        let invalid = |field: &str, problem: &str| AppError::Invalid {
            field: field.to_owned(),
            problem: problem.to_owned(),
        };
        if amount <= Fen::ZERO {
            return Err(invalid("amount_fen", "must be more than 0"));
        }
        if reason.trim().is_empty() || reason.chars().count() > REASON_MAX {
            return Err(invalid("reason", "must have 1 to 200 characters"));
        }
        let mut tx = self.db.begin().await?;
        let found = members::find(tx.conn(), member).await?;
        found.ok_or(AppError::NotFound("member"))?;
        let owed = ledger::balance(tx.conn(), &Account::ReceivableMember(member)).await?;
        if owed < amount {
            return Err(AppError::Conflict("less is owed"));
        }
        let proposal = Proposal {
            kind: WRITE_OFF.to_owned(),
            payload: json!({"member_id": member, "amount_fen": amount, "reason": reason}),
            summary: format!(
                "核销会员 {member} 欠款 {} 元：{}",
                amount.yuan(),
                reason.trim()
            ),
        };
        let operation = self.propose_in(&mut tx, actor, proposal).await?;
        tx.commit().await?;
        Ok(operation)
    }

    /// The second person agrees.
    pub(crate) async fn write_off_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        operation: &PendingOperation,
    ) -> Result<Value, AppError> {
        let wanted: Wanted = serde_json::from_value(operation.payload.clone())
            .map_err(|fault| AppError::Internal(fault.to_string()))?;
        let (member, amount) = (MemberId(wanted.member_id), Fen(wanted.amount_fen));
        let debt = Account::ReceivableMember(member);
        let owed = ledger::lock(tx.conn(), &[debt]).await?;
        let owed = owed.first().copied().unwrap_or_default();
        if owed < amount {
            return Err(AppError::Conflict("less is owed by now"));
        }
        let key = format!("operation:{}", operation.id);
        let journal = postings::write_off(member, &key, amount, &wanted.reason);
        post(tx, &[journal], &actor.name, self.now()).await?;
        let object = format!("member:{member}");
        let before = Some(json!({"owed_fen": owed}));
        let after = json!({"owed_fen": owed - amount, "reason": wanted.reason});
        let action = "member.write_off";
        self.audit_in(tx, actor, action, &object, before, Some(after.clone()))
            .await?;
        Ok(after)
    }
}
