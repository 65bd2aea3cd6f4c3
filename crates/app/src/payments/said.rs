//! What a channel says about a payment, by callback or when asked.

use super::asset_of;
use crate::money::{post, raise};
use crate::{App, AppError};
use channels::payment::{
    Callback, CallbackAnswer, ChannelName, PaymentMethod, PaymentState as Said, RawCallback,
};
use domain::ledger::{Asset, postings};
use domain::message::Message;
use domain::payment::{
    Addressee, PayerTime, Payment, PaymentEffect, PaymentEvent, PaymentJournal, PaymentState,
};
use kernel::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use store::Tx;
use store::payments::{self, PaymentRow};
use store::prepaid_orders;
use tracing::{error, info, warn};

/// A channel that was asked often enough is asked again so much later.
const LATER: Duration = Duration::from_mins(30);

/// What a step leads to outside the transaction.
#[derive(Default)]
struct Aftermath {
    close: bool,
    reject: bool,
}

impl App {
    /// Takes a channel's callback. What it says is durable when it is accepted.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the channel is not configured.
    pub async fn payment_callback(
        &self,
        name: ChannelName,
        raw: &RawCallback,
    ) -> Result<CallbackAnswer, AppError> {
        let channel = self.outside.payments.by_name(name);
        let channel = channel.ok_or(AppError::NotFound("channel"))?;
        let callback = match channel.verify_callback(raw) {
            Ok(callback) => callback,
            Err(error) => {
                warn!(channel = %name, %error, "a callback was refused");
                metrics::counter!("openpile_payment_callbacks_total", "result" => "refused")
                    .increment(1);
                return Ok(channel.reject_callback("not verified"));
            }
        };
        let done = match &callback {
            Callback::Payment { payment_no, state } => {
                self.payment_said(payment_no, state, Some(name)).await
            }
            Callback::Transfer { transfer_no, state } => {
                self.withdrawal_said(transfer_no, state, Some(name)).await
            }
            // Refunds are asked about; other events are nobody's.
            Callback::Refund { .. } | Callback::Other { .. } => Ok(true),
        };
        Ok(match done {
            Ok(true) => channel.accept_callback(),
            Ok(false) => channel.reject_callback("does not match"),
            Err(AppError::NotFound(_)) => {
                error!(channel = %name, ?callback, "a callback for a payment that is not ours");
                channel.reject_callback("unknown payment")
            }
            Err(error) => {
                warn!(channel = %name, %error, "a callback could not be stored");
                channel.reject_callback("try again")
            }
        })
    }

    /// Takes what a channel says about a payment. False when it cannot be true.
    pub(crate) async fn payment_said(
        &self,
        payment_no: &str,
        state: &Said,
        by: Option<ChannelName>,
    ) -> Result<bool, AppError> {
        let mut tx = self.db.begin().await?;
        let row = payments::lock(tx.conn(), payment_no).await?;
        let mut row = row.ok_or(AppError::NotFound("payment"))?;
        let served = PaymentMethod::from_name(&row.channel).map(PaymentMethod::channel);
        let ours = by.is_none() || by == served;
        let now = self.now();
        let event = match state {
            Said::Paid(paid) | Said::Refunded(paid) => {
                row.channel_trade_no = Some(paid.channel_no.clone());
                row.paid_at = row.paid_at.or(Some(paid.paid_at));
                PaymentEvent::Succeeded {
                    amount: paid.amount,
                    addressee: if ours {
                        Addressee::Us
                    } else {
                        Addressee::Other
                    },
                }
            }
            Said::Closed => PaymentEvent::ClosedByChannel,
            Said::NotFound | Said::NotPaid | Said::Paying => PaymentEvent::Unpaid {
                time: if now >= row.expire_at {
                    PayerTime::Over
                } else {
                    PayerTime::Running
                },
                attempt: u32::try_from(row.asked).unwrap_or(0).max(1),
            },
        };
        let after = self.step_in(&mut tx, &mut row, event, now).await?;
        tx.commit().await?;
        self.tell_order_of(&row).await;
        if after.close {
            self.close_at_channel(&row).await;
        }
        Ok(!after.reject)
    }

    /// A step that is ours; the payment afterwards.
    pub(super) async fn payment_step(
        &self,
        payment_no: &str,
        event: PaymentEvent,
        ticket: Option<Value>,
    ) -> Result<PaymentRow, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let row = payments::lock(tx.conn(), payment_no).await?;
        let mut row = row.ok_or(AppError::NotFound("payment"))?;
        if ticket.is_some() {
            row.ticket = ticket;
        }
        // A callback may have been faster than the answer.
        if row.state == PaymentState::Created || !matches!(event, PaymentEvent::Prepaid { .. }) {
            self.step_in(&mut tx, &mut row, event, now).await?;
        } else {
            payments::update(tx.conn(), &row, None, now).await?;
        }
        tx.commit().await?;
        self.tell_order_of(&row).await;
        Ok(row)
    }

    async fn step_in(
        &self,
        tx: &mut Tx,
        row: &mut PaymentRow,
        event: PaymentEvent,
        now: Timestamp,
    ) -> Result<Aftermath, AppError> {
        let payment = Payment {
            state: row.state,
            amount: row.amount,
        };
        let Ok(step) = payment.next(event) else {
            warn!(
                payment_no = row.payment_no,
                state = row.state.as_str(),
                ?event,
                "said about a payment that is beyond it"
            );
            return Ok(Aftermath::default());
        };
        row.state = step.to;
        let mut after = Aftermath::default();
        let mut next_query = None;
        for effect in &step.effects {
            match effect {
                PaymentEffect::QueryAfter(pause) => {
                    // Nobody waits longer than the payer's time for the answer that it is over.
                    let later = now + *pause;
                    let over = row.expire_at;
                    next_query = Some(if now < over { later.min(over) } else { later });
                }
                PaymentEffect::LeaveToReconciliation => {
                    next_query = Some(row.expire_at.max(now + LATER));
                }
                PaymentEffect::CloseAtChannel => after.close = true,
                PaymentEffect::Post(PaymentJournal::Received) => self.receive(tx, row, now).await?,
                PaymentEffect::Post(PaymentJournal::Unmatched) => {
                    let journal = postings::unmatched(&row.payment_no, asset(row), row.amount)
                        .at_channel(&row.payment_no, row.paid_at.unwrap_or(now));
                    post(tx, &[journal], "channel", now).await?;
                }
                // Received money is delivered where it is posted.
                PaymentEffect::Deliver => {}
                PaymentEffect::RefundAll => {
                    self.refund_late_payment(tx, row, now).await?;
                }
                PaymentEffect::Raise(code) => {
                    let details = json!({"amount_fen": row.amount, "state": row.state.as_str()});
                    raise(tx, *code, ("payment", &row.payment_no), details, now).await?;
                }
                PaymentEffect::RejectCallback => after.reject = true,
            }
        }
        if step.to == PaymentState::Closed && row.biz_type == "recharge" {
            payments::set_recharge(tx.conn(), &row.biz_no, "closed", None).await?;
        }
        if step.to == PaymentState::Closed
            && row.biz_type == "prepay"
            && let Ok(order_no) = row.biz_no.parse()
        {
            prepaid_orders::settle(tx.conn(), order_no, "closed", now).await?;
        }
        // What cannot be true changes nothing, not even when the channel is asked next.
        if !after.reject {
            payments::update(tx.conn(), row, next_query, now).await?;
        }
        Ok(after)
    }

    /// An order that waits for this payment hears of it at once; should that fail, soon.
    async fn tell_order_of(&self, row: &PaymentRow) {
        if row.biz_type != "prepay" {
            return;
        }
        if let Err(error) = self.tell_prepaid_orders().await {
            warn!(order_no = row.biz_no, %error, "the order hears of its payment later");
        }
    }

    /// J1: the money is there and goes where it was meant to go, in the same transaction.
    async fn receive(&self, tx: &mut Tx, row: &PaymentRow, now: Timestamp) -> Result<(), AppError> {
        if row.biz_type == "prepay" {
            return self.receive_prepaid(tx, row, now).await;
        }
        let recharge = payments::find_recharge(tx.conn(), &row.biz_no).await?;
        let (Some(recharge), Some(member)) = (recharge, row.member) else {
            return Err(AppError::Internal(format!(
                "payment {} is for nothing",
                row.payment_no
            )));
        };
        let (pay, gift) = (recharge.pay_fen, recharge.gift_fen);
        let journal = postings::recharge(&recharge.recharge_no, member, asset(row), pay, gift)
            .at_channel(&row.payment_no, row.paid_at.unwrap_or(now));
        post(tx, &[journal], "channel", now).await?;
        payments::set_recharge(tx.conn(), &recharge.recharge_no, "paid", Some(now)).await?;
        self.pay_debts_in(tx, member, &recharge.recharge_no).await?;
        let told = Message::recharged(&recharge.recharge_no, pay, gift);
        self.tell_in(tx, Some(member), &told).await?;
        metrics::counter!("openpile_recharges_total").increment(1);
        info!(
            recharge_no = recharge.recharge_no,
            amount = pay.0,
            "wallet topped up"
        );
        Ok(())
    }

    async fn close_at_channel(&self, row: &PaymentRow) {
        let method = PaymentMethod::from_name(&row.channel);
        let Some(channel) = method.and_then(|method| self.outside.payments.of(method)) else {
            return;
        };
        if let Err(error) = channel.close(&row.payment_no).await {
            // A payment that comes after all goes back by itself.
            warn!(payment_no = row.payment_no, %error, "not closed at its channel");
        }
    }
}

/// Where a payment's money is in the books.
pub(super) fn asset(row: &PaymentRow) -> Asset {
    let method = PaymentMethod::from_name(&row.channel);
    method.map_or(Asset::Bank, |method| asset_of(method.channel()))
}
