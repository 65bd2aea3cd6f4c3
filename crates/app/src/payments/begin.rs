//! A payment is written down and announced to its channel.

use crate::{App, AppError};
use channels::payment::{PaymentMethod, Prepay};
use domain::document_no::DocumentKind;
use domain::payment::{PaymentEvent, PaymentState};
use kernel::Fen;
use std::net::IpAddr;
use std::time::Duration;
use store::members::Member;
use store::payments::{self, PaymentRow};
use store::{Tx, document_numbers};
use tracing::warn;

/// What is to be paid, and how.
pub(super) struct Due<'a> {
    /// What for: `recharge`, `prepay`.
    pub(super) biz_type: &'a str,
    /// The number of that.
    pub(super) biz_no: &'a str,
    /// How much.
    pub(super) amount: Fen,
    /// How the payer meets the cashier.
    pub(super) method: PaymentMethod,
    /// The payer has so much time.
    pub(super) valid: Duration,
}

impl App {
    /// Writes a payment down. Should we fall over then, the channel is asked when the payer's
    /// time is over.
    pub(super) async fn write_payment_in(
        &self,
        tx: &mut Tx,
        member: &Member,
        due: &Due<'_>,
    ) -> Result<PaymentRow, AppError> {
        let now = self.now();
        let number = document_numbers::next(tx.conn(), DocumentKind::Payment, now).await?;
        let payment = PaymentRow {
            payment_no: number.to_string(),
            biz_type: due.biz_type.to_owned(),
            biz_no: due.biz_no.to_owned(),
            member: Some(member.member_id()),
            channel: due.method.as_str().to_owned(),
            amount: due.amount,
            state: PaymentState::Created,
            payer_id: match due.method {
                PaymentMethod::WechatJsapi | PaymentMethod::WechatMini => member.wx_openid.clone(),
                PaymentMethod::AlipayMini => member.ali_user_id.clone(),
                _ => None,
            },
            channel_trade_no: None,
            ticket: None,
            asked: 0,
            expire_at: now + due.valid,
            paid_at: None,
            refunded: Fen::ZERO,
            created_at: now,
        };
        payments::insert(tx.conn(), &payment, payment.expire_at, now).await?;
        Ok(payment)
    }

    /// Announces a payment to its channel; from then on the payer may pay.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when the channel does not answer, [`AppError::Conflict`] when it
    /// refuses, or is not configured.
    pub(super) async fn announce_payment(
        &self,
        payment: &PaymentRow,
        description: &str,
        ip: Option<IpAddr>,
    ) -> Result<PaymentRow, AppError> {
        let method = PaymentMethod::from_name(&payment.channel);
        let known = method.and_then(|method| Some((method, self.outside.payments.of(method)?)));
        let (method, channel) = known.ok_or(super::NOT_OFFERED)?;
        let payment_no = &payment.payment_no;
        let prepay = Prepay {
            payment_no: payment_no.clone(),
            amount: payment.amount,
            description: description.to_owned(),
            payer: payment.payer_id.clone(),
            method,
            notify_url: None,
            expires_at: payment.expire_at,
            client_ip: ip,
        };
        match channel.create_prepay(&prepay).await {
            Ok(ticket) => {
                let valid_for = payment.expire_at.since(payment.created_at);
                let event = PaymentEvent::Prepaid { valid_for };
                self.payment_step(payment_no, event, Some(ticket.client_params))
                    .await
            }
            Err(error) if error.is_outcome_unknown() => {
                warn!(payment_no, %error, "the channel did not answer; it is asked later");
                Err(AppError::Unavailable)
            }
            Err(error) => {
                warn!(payment_no, %error, "the channel refused a payment");
                self.payment_step(payment_no, PaymentEvent::ClosedByChannel, None)
                    .await?;
                Err(AppError::Conflict("the payment channel refused"))
            }
        }
    }
}
