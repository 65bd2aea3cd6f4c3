//! J15: a wallet is corrected by two persons.

use crate::money::post;
use crate::staff::{ADJUST_BALANCE, Actor, Proposal};
use crate::{App, AppError};
use domain::ledger::{Account, MemberPurse, postings};
use kernel::{Fen, MemberId};
use serde_json::{Value, json};
use store::pending_operations::PendingOperation;
use store::{Tx, ledger, members};

/// Most of one correction.
const AMOUNT_MAX: Fen = Fen(10_000_000);
/// Longest reason, in characters.
const REASON_MAX: usize = 200;

impl App {
    /// Proposes to put money into a member's wallet, or, with an amount below zero, to take some
    /// out; a second person has to confirm it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a member, [`AppError::Invalid`] for an amount or a
    /// reason that cannot be, [`AppError::Conflict`] when less is in the wallet.
    pub async fn propose_adjustment(
        &self,
        actor: &Actor,
        member: MemberId,
        amount: Fen,
        reason: &str,
    ) -> Result<PendingOperation, AppError> {
        let invalid = |field: &str, problem: String| AppError::Invalid {
            field: field.to_owned(),
            problem,
        };
        if amount == Fen::ZERO || amount.0.saturating_abs() > AMOUNT_MAX.0 {
            let problem = format!("must be up to {} to either side, and not 0", AMOUNT_MAX.0);
            return Err(invalid("amount_fen", problem));
        }
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_MAX {
            let problem = format!("must have 1 to {REASON_MAX} characters");
            return Err(invalid("reason", problem));
        }
        let mut tx = self.db.begin().await?;
        let row = members::find(tx.conn(), member).await?;
        row.ok_or(AppError::NotFound("member"))?;
        let wallet = Account::Member(member, MemberPurse::Cash);
        let held = ledger::lock(tx.conn(), &[wallet]).await?[0];
        if held + amount < Fen::ZERO {
            return Err(AppError::Conflict(crate::money::BALANCE_TOO_LOW));
        }
        let proposal = Proposal {
            kind: ADJUST_BALANCE.to_owned(),
            payload: json!({"member_id": member, "amount_fen": amount, "reason": reason}),
            summary: format!("会员 {member} 余额调整 {} 元：{reason}", amount.yuan()),
        };
        let operation = self.propose_in(&mut tx, actor, proposal).await?;
        tx.commit().await?;
        Ok(operation)
    }

    /// Carries a confirmed correction out: J15, once by the operation's number. What comes in
    /// pays first what the member owes.
    pub(crate) async fn adjust_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        operation: &PendingOperation,
    ) -> Result<Value, AppError> {
        let payload = &operation.payload;
        let member = MemberId(payload["member_id"].as_i64().unwrap_or_default());
        let amount = Fen(payload["amount_fen"].as_i64().unwrap_or_default());
        let reason = payload["reason"].as_str().unwrap_or_default();
        let row = members::find(tx.conn(), member).await?;
        row.ok_or(AppError::NotFound("member"))?;
        let wallet = Account::Member(member, MemberPurse::Cash);
        let before = ledger::lock(tx.conn(), std::slice::from_ref(&wallet)).await?[0];
        if before + amount < Fen::ZERO {
            return Err(AppError::Conflict(crate::money::BALANCE_TOO_LOW));
        }
        let key = format!("operation:{}", operation.id);
        let journal = postings::adjust(member, &key, amount, reason);
        post(tx, &[journal], &actor.name, self.now()).await?;
        if amount > Fen::ZERO {
            self.pay_debts_in(tx, member, &key).await?;
        }
        let after = ledger::lock(tx.conn(), &[wallet]).await?[0];
        let object = format!("member:{member}");
        let (old, new) = (json!({"cash_fen": before}), json!({"cash_fen": after}));
        let action = "member.adjust_balance";
        self.audit_in(tx, actor, action, &object, Some(old), Some(new))
            .await?;
        Ok(json!({"cash_fen": after}))
    }
}
