//! Refunds go to their channels, under their own numbers, until the channel says what became of
//! them.

use super::decide::{machine, refused};
use crate::money::{post, raise};
use crate::payments::asset_of;
use crate::{App, AppError};
use channels::payment::{self, PaymentChannel, PaymentMethod, RefundState as Said};
use domain::alarm::AlarmCode;
use domain::ledger::{Account, Journal, MemberPurse, postings};
use domain::message::Message;
use domain::refund::{RefundEvent, RefundKind, RefundRoute, RefundState, RefundedPayment};
use kernel::Fen;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use store::payments::PaymentRow;
use store::refunds::{self, RefundRow};
use store::{ledger, payments};
use tracing::{error, info, warn};

/// Refunds of one look.
const REFUNDS_MAX: u32 = 20;
/// A channel is asked again after so long at most.
const PAUSE_MAX: Duration = Duration::from_mins(30);

impl App {
    /// Sends what is agreed and asks about what is under way; how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn send_refunds(&self) -> Result<usize, AppError> {
        let mut view = self.db.view().await?;
        let due = refunds::due(view.conn(), self.now(), REFUNDS_MAX).await?;
        drop(view);
        for row in &due {
            if let Err(error) = self.move_refund(&row.refund_no).await {
                warn!(refund_no = row.refund_no, %error, "refund not moved");
            }
        }
        Ok(due.len())
    }

    async fn move_refund(&self, refund_no: &str) -> Result<(), AppError> {
        let Some((row, payment, first)) = self.take_refund(refund_no).await? else {
            return Ok(());
        };
        let method = PaymentMethod::from_name(&payment.channel);
        let Some(channel) = method.and_then(|method| self.outside.payments.of(method)) else {
            error!(
                refund_no,
                "the channel of a refund is not configured any more"
            );
            return Ok(());
        };
        let said = ask(channel, &row, &payment, first).await;
        self.refund_said(refund_no, &said).await
    }

    /// J8, J12, J21: the money leaves where it was before the channel hears of it.
    async fn take_refund(
        &self,
        refund_no: &str,
    ) -> Result<Option<(RefundRow, PaymentRow, bool)>, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let Some(mut row) = refunds::lock(tx.conn(), refund_no).await? else {
            return Ok(None);
        };
        let payment_no = row.payment_no.clone().unwrap_or_default();
        let payment = payments::lock(tx.conn(), &payment_no).await?;
        let payment = payment.ok_or(AppError::NotFound("payment"))?;
        let first = row.state == RefundState::Approved;
        if first {
            let others = refunds::of_payment(tx.conn(), &payment_no, refund_no).await?;
            let event = RefundEvent::Send {
                payment: RefundedPayment {
                    amount: payment.amount,
                    refunded: others,
                    paid_at: payment.paid_at.unwrap_or(payment.created_at),
                },
                at: now,
            };
            match machine(&row).next(&event) {
                Ok(step) => row.state = step.to,
                Err(why) => {
                    let details = json!({"why": why.to_string()});
                    let object = ("refund", refund_no);
                    raise(&mut tx, AlarmCode::RefundAbnormal, object, details, now).await?;
                    refunds::update(tx.conn(), &row, None, now).await?;
                    tx.commit().await?;
                    return Ok(None);
                }
            }
            if let Some(member) = row
                .member
                .filter(|_| row.kind == RefundKind::WalletWithdraw)
            {
                let pocket = Account::Member(member, MemberPurse::Cash);
                let debt = Account::ReceivableMember(member);
                let held = ledger::lock(tx.conn(), &[pocket, debt]).await?;
                if held[0] - held[1].max(Fen::ZERO) < row.amount {
                    warn!(
                        refund_no,
                        "the wallet holds less by now, or something is owed: the refund is refused"
                    );
                    row.state = RefundState::Rejected;
                    row.finished_at = Some(now);
                    refunds::update(tx.conn(), &row, None, now).await?;
                    tx.commit().await?;
                    return Ok(None);
                }
            }
            post(&mut tx, &[taken(&row)?], "system", now).await?;
        } else if !matches!(row.state, RefundState::Processing | RefundState::Abnormal) {
            refunds::update(tx.conn(), &row, None, now).await?;
            tx.commit().await?;
            return Ok(None);
        }
        row.asked = row.asked.saturating_add(1);
        let doubled = 5_u64 << u32::try_from(row.asked.min(9)).unwrap_or(9);
        let pause = Duration::from_secs(doubled).min(PAUSE_MAX);
        refunds::update(tx.conn(), &row, Some(now + pause), now).await?;
        tx.commit().await?;
        Ok(Some((row, payment, first)))
    }

    /// Takes what a channel says about a refund.
    pub(crate) async fn refund_said(&self, refund_no: &str, said: &Said) -> Result<(), AppError> {
        let event = match said {
            Said::Processing | Said::NotFound => return Ok(()),
            Said::Success { .. } => RefundEvent::Succeeded,
            Said::Abnormal { .. } => RefundEvent::Undeliverable,
            Said::Failed { .. } => RefundEvent::Closed,
        };
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let row = refunds::lock(tx.conn(), refund_no).await?;
        let mut row = row.ok_or(AppError::NotFound("refund"))?;
        let before = row.state;
        let Ok(step) = machine(&row).next(&event) else {
            warn!(
                refund_no,
                state = before.as_str(),
                "said about a refund that is beyond it"
            );
            return Ok(());
        };
        row.state = step.to;
        if row.state == before {
            return Ok(());
        }
        let payment_no = row.payment_no.clone().unwrap_or_default();
        let payment = payments::lock(tx.conn(), &payment_no).await?;
        let payment = payment.ok_or(AppError::NotFound("payment"))?;
        let mut next = None;
        match (&row.state, said) {
            (RefundState::Success, Said::Success { channel_no, at, .. }) => {
                row.channel_refund_no = Some(channel_no.clone());
                let method = PaymentMethod::from_name(&payment.channel);
                let asset = method.map_or(domain::ledger::Asset::Bank, |m| asset_of(m.channel()));
                let paid = postings::refund_paid(refund_no, asset, row.amount)
                    .at_channel(refund_no, at.unwrap_or(now));
                post(&mut tx, &[paid], "channel", now).await?;
                self.count_at_payment_in(&mut tx, payment, row.amount)
                    .await?;
                row.finished_at = Some(now);
                info!(refund_no, amount = row.amount.0, "refund paid out");
            }
            (RefundState::Failed, _) => {
                let back = match into_wallet(&row) {
                    Some(journal) => journal,
                    None => taken(&row)?.reversed("the channel refused"),
                };
                post(&mut tx, &[back], "channel", now).await?;
                row.finished_at = Some(now);
                error!(
                    refund_no,
                    "the channel refused a refund: the money is where it was, or in the wallet"
                );
            }
            (RefundState::Abnormal, _) if let Some(journal) = into_wallet(&row) => {
                let step = machine(&row)
                    .next(&RefundEvent::ToWallet)
                    .map_err(refused)?;
                post(&mut tx, &[journal], "channel", now).await?;
                row.state = step.to;
                row.route = RefundRoute::Wallet;
                row.finished_at = Some(now);
                warn!(
                    refund_no,
                    "the channel cannot deliver it: it is in the wallet"
                );
            }
            // Somebody decides; the channel is asked now and then meanwhile.
            (RefundState::Abnormal, _) => {
                let details = json!({"why": "the channel cannot deliver it"});
                let object = ("refund", refund_no);
                raise(&mut tx, AlarmCode::RefundAbnormal, object, details, now).await?;
                next = Some(now + PAUSE_MAX);
            }
            _ => {}
        }
        let told = match row.state {
            RefundState::Failed if into_wallet(&row).is_none() => {
                Some(Message::refund_failed(refund_no, row.amount))
            }
            RefundState::Failed => {
                let route = RefundRoute::Wallet;
                Some(Message::refunded(refund_no, row.amount, route))
            }
            RefundState::Success => Some(Message::refunded(refund_no, row.amount, row.route)),
            _ => None,
        };
        if let Some(told) = told {
            self.tell_in(&mut tx, row.member, &told).await?;
        }
        refunds::update(tx.conn(), &row, next, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What takes the money out of where it was.
fn taken(row: &RefundRow) -> Result<Journal, AppError> {
    Ok(match (row.kind, row.member) {
        (RefundKind::WalletWithdraw, Some(member)) => {
            postings::wallet_withdraw(&row.refund_no, member, row.amount)
        }
        (RefundKind::AutoUnused, _) => {
            let order_no = row
                .biz_no
                .parse()
                .map_err(|_| AppError::Internal(format!("refund {} of no order", row.refund_no)))?;
            postings::refund_prepay(order_no, &row.refund_no, row.amount)
        }
        _ => {
            let reference = row.payment_no.as_deref().unwrap_or(&row.biz_no);
            postings::unmatched_resolved(reference, &row.refund_no, row.amount)
        }
    })
}

/// What was paid for one order alone and cannot go back goes to the member's wallet.
fn into_wallet(row: &RefundRow) -> Option<Journal> {
    let member = row.member.filter(|_| row.kind == RefundKind::AutoUnused)?;
    Some(postings::refund_failed(&row.refund_no, member, row.amount))
}

/// The first time it is sent; then asked for, and sent again under its number only if the channel
/// knows nothing of it.
async fn ask(
    channel: &Arc<dyn PaymentChannel>,
    row: &RefundRow,
    payment: &PaymentRow,
    first: bool,
) -> Said {
    let order = payment::Refund {
        payment_no: payment.payment_no.clone(),
        refund_no: row.refund_no.clone(),
        amount: row.amount,
        payment_amount: payment.amount,
        reason: row.reason.clone(),
        notify_url: None,
    };
    let known = if first {
        Ok(Said::NotFound)
    } else {
        channel
            .query_refund(&payment.payment_no, &row.refund_no)
            .await
    };
    let said = match known {
        Ok(Said::NotFound) => channel.refund(&order).await,
        other => other,
    };
    match said {
        Ok(state) => state,
        Err(fault) if fault.is_outcome_unknown() => {
            warn!(refund_no = row.refund_no, %fault, "the channel did not answer clearly");
            Said::Processing
        }
        Err(fault) => Said::Failed {
            reason: fault.to_string(),
        },
    }
}
