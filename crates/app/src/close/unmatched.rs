//! J21: money of a channel without a reason goes back or to a member, once two persons want it.

use crate::money::post;
use crate::staff::{Actor, Proposal, RESOLVE_UNMATCHED};
use crate::{App, AppError};
use domain::ledger::{Account, postings};
use domain::payment::PaymentState;
use kernel::{Fen, MemberId};
use serde::Deserialize;
use serde_json::{Value, json};
use store::pending_operations::PendingOperation;
use store::unmatched::{self, UnmatchedRow};
use store::{Page, PageRequest, Tx, ledger, members, payments, refunds};

/// Longest reason, in characters.
const REASON_MAX: usize = 200;

const NOTHING: AppError = AppError::NotFound("money without a reason");

/// Where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnmatchedWay {
    /// Back by the way that it came: for payments that came after they had been closed.
    Refund,
    /// Into the wallet of the member whose it is.
    Wallet(MemberId),
}

/// What was proposed.
#[derive(Debug, Deserialize)]
struct Wanted {
    reference: String,
    amount_fen: i64,
    member_id: Option<i64>,
    reason: String,
}

impl App {
    /// A page of what waits for its reason, oldest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_unmatched(
        &self,
        reference: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<UnmatchedRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(unmatched::list(view.conn(), reference, page).await?)
    }

    /// Proposes where all that is left under a name goes; a second person confirms it.
    ///
    /// # Errors
    /// [`AppError::Invalid`] without a reason, [`AppError::NotFound`] when nothing waits under that
    /// name or there is no such member, [`AppError::Conflict`] when it cannot go back, or goes back
    /// already.
    pub async fn propose_unmatched(
        &self,
        actor: &Actor,
        reference: &str,
        way: UnmatchedWay,
        reason: &str,
    ) -> Result<PendingOperation, AppError> {
        if reason.trim().is_empty() || reason.chars().count() > REASON_MAX {
            return Err(AppError::Invalid {
                field: "reason".to_owned(),
                problem: format!("must have 1 to {REASON_MAX} characters"),
            });
        }
        let mut tx = self.db.begin().await?;
        let left = unmatched::left(tx.conn(), reference).await?;
        if left <= Fen::ZERO {
            return Err(NOTHING);
        }
        check_way(&mut tx, reference, way, left).await?;
        let (member, goes) = match way {
            UnmatchedWay::Refund => (None, "原路退回".to_owned()),
            UnmatchedWay::Wallet(id) => (Some(id.0), format!("转入会员 {id} 钱包")),
        };
        let proposal = Proposal {
            kind: RESOLVE_UNMATCHED.to_owned(),
            payload: json!({
                "reference": reference, "amount_fen": left, "member_id": member, "reason": reason,
            }),
            summary: format!("待核款 {reference} {} 元{goes}", left.yuan()),
        };
        let operation = self.propose_in(&mut tx, actor, proposal).await?;
        tx.commit().await?;
        Ok(operation)
    }

    /// The second person agrees.
    pub(crate) async fn resolve_unmatched_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        operation: &PendingOperation,
    ) -> Result<Value, AppError> {
        let wanted: Wanted = serde_json::from_value(operation.payload.clone())
            .map_err(|fault| AppError::Internal(fault.to_string()))?;
        let now = self.now();
        let way = match wanted.member_id {
            None => UnmatchedWay::Refund,
            Some(id) => UnmatchedWay::Wallet(MemberId(id)),
        };
        let amount = Fen(wanted.amount_fen);
        // The payment before the accounts, as those do who send refunds.
        let payment = payments::lock(tx.conn(), &wanted.reference).await?;
        ledger::lock(tx.conn(), &[Account::SuspenseUnmatched]).await?;
        let left = unmatched::left(tx.conn(), &wanted.reference).await?;
        if left != amount {
            return Err(AppError::Conflict("another sum is left of it by now"));
        }
        check_way(tx, &wanted.reference, way, amount).await?;
        let result = match (way, payment) {
            (UnmatchedWay::Refund, Some(payment)) => {
                let refund_no = self.refund_late_payment(tx, &payment, now).await?;
                json!({"refund_no": refund_no})
            }
            (UnmatchedWay::Refund, None) => return Err(NOTHING),
            (UnmatchedWay::Wallet(member), _) => {
                let key = format!("operation:{}", operation.id);
                let journal = postings::unmatched_credited(&wanted.reference, &key, member, amount)
                    .with_memo(&wanted.reason);
                post(tx, &[journal], &actor.name, now).await?;
                self.pay_debts_in(tx, member, &key).await?;
                json!({"member_id": member, "amount_fen": amount})
            }
        };
        let object = format!("unmatched:{}", wanted.reference);
        let before = json!({"left_fen": left});
        let after = json!({"result": result, "reason": wanted.reason});
        let action = "unmatched.resolve";
        self.audit_in(tx, actor, action, &object, Some(before), Some(after))
            .await?;
        Ok(result)
    }
}

/// Whether it can go there.
async fn check_way(
    tx: &mut Tx,
    reference: &str,
    way: UnmatchedWay,
    amount: Fen,
) -> Result<(), AppError> {
    let payment = payments::find(tx.conn(), reference).await?;
    if let Some(payment) = &payment
        && refunds::waiting_of(tx.conn(), &payment.biz_no).await? > Fen::ZERO
    {
        return Err(AppError::Conflict("its refund is under way"));
    }
    match way {
        UnmatchedWay::Refund => {
            let late = |row: &payments::PaymentRow| {
                row.state == PaymentState::PaidLate && row.amount == amount
            };
            if !payment.as_ref().is_some_and(late) {
                return Err(AppError::Conflict(
                    "only a late payment goes back as it came",
                ));
            }
        }
        UnmatchedWay::Wallet(id) => {
            let member = members::find(tx.conn(), id).await?;
            member.ok_or(AppError::NotFound("member"))?;
        }
    }
    Ok(())
}
