//! Refunds that their channel could not deliver or refused: somebody ends them otherwise, or asks
//! for them once more.

use super::decide::{machine, refused};
use super::wish::wallet_name;
use crate::money::post;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::ledger::{Account, Asset, MemberPurse, postings};
use domain::message::Message;
use domain::payment::PaymentEvent;
use domain::refund::{RefundEvent, RefundKind, RefundRoute, RefundState};
use kernel::Fen;
use serde_json::json;
use store::payments::PaymentRow;
use store::refunds::{self, RefundRow};
use store::{Tx, alarms, ledger, payments};

/// How a refund that its channel cannot deliver comes to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherWay {
    /// Into the member's wallet.
    Wallet,
    /// Out of the bank account, against a voucher.
    Bank {
        /// The bank's number of it.
        voucher: String,
    },
}

impl App {
    /// Ends a refund that its channel cannot deliver.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a refund, [`AppError::Conflict`] for who asked for it,
    /// in any other state, or into a wallet that is nobody's.
    pub async fn end_refund_otherwise(
        &self,
        actor: &Actor,
        refund_no: &str,
        way: &OtherWay,
    ) -> Result<RefundRow, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let row = refunds::lock(tx.conn(), refund_no).await?;
        let mut row = row.ok_or(AppError::NotFound("refund"))?;
        if row.applicant == actor.name {
            return Err(AppError::Conflict("nobody decides on his own request"));
        }
        let before = json!({"state": row.state.as_str(), "route": row.route.as_str()});
        let event = match way {
            OtherWay::Wallet => RefundEvent::ToWallet,
            OtherWay::Bank { .. } => RefundEvent::PaidOffline,
        };
        if row.state != RefundState::Abnormal {
            return Err(AppError::Conflict("its channel can still deliver it"));
        }
        row.state = machine(&row).next(&event).map_err(refused)?.to;
        row.auditor = Some(actor.name.clone());
        row.finished_at = Some(now);
        let journal = match way {
            OtherWay::Wallet => {
                let member = row.member.ok_or(AppError::Conflict("it has no member"))?;
                row.route = RefundRoute::Wallet;
                postings::refund_failed(refund_no, member, row.amount)
            }
            OtherWay::Bank { .. } => postings::refund_paid(refund_no, Asset::Bank, row.amount),
        };
        post(&mut tx, &[journal], &actor.name, now).await?;
        if row.route == RefundRoute::Original {
            let number = row.payment_no.clone().unwrap_or_default();
            let payment = payments::lock(tx.conn(), &number).await?;
            let payment = payment.ok_or(AppError::NotFound("payment"))?;
            self.count_at_payment_in(&mut tx, payment, row.amount)
                .await?;
        }
        refunds::update(tx.conn(), &row, None, now).await?;
        let code = AlarmCode::RefundAbnormal.as_str();
        alarms::recover(tx.conn(), code, "refund", refund_no, now).await?;
        let voucher = match way {
            OtherWay::Wallet => None,
            OtherWay::Bank { voucher } => Some(voucher),
        };
        let after = json!({"state": row.state.as_str(), "route": row.route.as_str(),
                           "voucher": voucher});
        let object = format!("refund:{refund_no}");
        self.audit_in(
            &mut tx,
            actor,
            "refund.otherwise",
            &object,
            Some(before),
            Some(after),
        )
        .await?;
        self.tell_in(
            &mut tx,
            row.member,
            &Message::refunded(&row.refund_no, row.amount, row.route),
        )
        .await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Asks for a refund once more that its channel has refused: under a new number, which
    /// somebody else has to agree to.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a refund, [`AppError::Conflict`] in any other state, or
    /// when the money has gone elsewhere since.
    pub async fn retry_refund(
        &self,
        actor: &Actor,
        refund_no: &str,
    ) -> Result<RefundRow, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let failed = refunds::lock(tx.conn(), refund_no).await?;
        let failed = failed.ok_or(AppError::NotFound("refund"))?;
        if failed.state != RefundState::Failed {
            return Err(AppError::Conflict("its channel has not refused it"));
        }
        let payment_no = failed.payment_no.clone().unwrap_or_default();
        let payment = payments::lock(tx.conn(), &payment_no).await?;
        let payment = payment.ok_or(AppError::NotFound("payment"))?;
        let given = refunds::of_payment(tx.conn(), &payment_no, refund_no).await?;
        if given + failed.amount > payment.amount {
            return Err(AppError::Conflict(
                "it has been asked for once more already",
            ));
        }
        match (failed.kind, failed.member) {
            (RefundKind::AutoUnused, _) => {
                return Err(AppError::Conflict("the money is in the wallet"));
            }
            (RefundKind::WalletWithdraw, Some(member)) => {
                let pocket = Account::Member(member, MemberPurse::Cash);
                let free = ledger::lock(tx.conn(), &[pocket]).await?;
                let asked = refunds::waiting_of(tx.conn(), &wallet_name(member)).await?;
                if free[0] - asked < failed.amount {
                    return Err(AppError::Conflict(crate::money::BALANCE_TOO_LOW));
                }
            }
            _ => {}
        }
        let (kind, route) = (failed.kind, RefundRoute::Original);
        let again = RefundRow {
            payment_no: failed.payment_no.clone(),
            biz_no: failed.biz_no.clone(),
            member: failed.member,
            reason: failed.reason.clone(),
            applicant: actor.name.clone(),
            state: RefundState::Requested,
            ..self.blank(&mut tx, failed.amount, kind, route, now).await?
        };
        refunds::insert(tx.conn(), &again, None).await?;
        let made = json!({"refund_no": again.refund_no, "amount_fen": again.amount});
        let object = format!("refund:{refund_no}");
        self.audit_in(&mut tx, actor, "refund.retry", &object, None, Some(made))
            .await?;
        tx.commit().await?;
        Ok(again)
    }

    /// What went back counts at its payment, which is locked.
    pub(super) async fn count_at_payment_in(
        &self,
        tx: &mut Tx,
        mut payment: PaymentRow,
        amount: Fen,
    ) -> Result<(), AppError> {
        payment.refunded = payment.refunded + amount;
        let whole = domain::payment::Payment {
            state: payment.state,
            amount: payment.amount,
        };
        let total = payment.refunded;
        if let Ok(step) = whole.next(PaymentEvent::Refunded { total }) {
            payment.state = step.to;
        }
        payments::update(tx.conn(), &payment, None, self.now()).await?;
        Ok(())
    }
}
