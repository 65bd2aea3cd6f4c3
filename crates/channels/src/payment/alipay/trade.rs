//! Payments: announce, ask, close.

use super::answer::is_absent;
use super::parameters::encoded;
use super::{AMOUNT_MAX, Alipay};
use crate::payment::error::ChannelError;
use crate::payment::moment::{civil, parse_civil};
use crate::payment::prepay::{Paid, PaymentMethod, PaymentState, Prepay, PrepayTicket};
use crate::payment::rules::{check_amount, check_number, cut_chars};
use crate::payment::yuan;
use kernel::Fen;
use serde::Deserialize;
use serde_json::{Value, json};

/// Longest subject, in characters.
const SUBJECT_CHARS_MAX: usize = 256;
/// Length of the older user ids, which begin with `2088`; all others are open ids.
const USER_ID_LENGTH: usize = 16;

#[derive(Deserialize)]
struct Created {
    out_trade_no: String,
    trade_no: String,
}

/// A payment as a query and a callback show it.
#[derive(Deserialize)]
pub(super) struct Trade {
    pub(super) out_trade_no: String,
    #[serde(rename = "trade_no")]
    pub(super) number: String,
    #[serde(rename = "trade_status")]
    pub(super) status: String,
    pub(super) total_amount: String,
    /// When it was paid; callbacks call it `gmt_payment`.
    #[serde(alias = "gmt_payment")]
    pub(super) send_pay_date: Option<String>,
    pub(super) buyer_open_id: Option<String>,
    #[serde(alias = "buyer_id")]
    pub(super) buyer_user_id: Option<String>,
}

/// A person's id and what the platform calls that kind of id.
pub(super) fn is_user_id(id: &str) -> bool {
    id.len() == USER_ID_LENGTH && id.starts_with("2088") && id.bytes().all(|b| b.is_ascii_digit())
}

impl Trade {
    pub(super) fn state(&self) -> Result<PaymentState, ChannelError> {
        Ok(match self.status.as_str() {
            "WAIT_BUYER_PAY" => PaymentState::NotPaid,
            "TRADE_SUCCESS" | "TRADE_FINISHED" => PaymentState::Paid(self.paid()?),
            // Closed after it was paid: given back as a whole.
            "TRADE_CLOSED" if self.send_pay_date.is_some() => PaymentState::Refunded(self.paid()?),
            "TRADE_CLOSED" => PaymentState::Closed,
            other => {
                let what = format!("trade_status {}", cut_chars(other, 32));
                return Err(ChannelError::Malformed(what));
            }
        })
    }

    fn paid(&self) -> Result<Paid, ChannelError> {
        let paid_at = self.send_pay_date.as_deref().and_then(parse_civil);
        let payer = self.buyer_open_id.as_ref().or(self.buyer_user_id.as_ref());
        Ok(Paid {
            channel_no: self.number.clone(),
            amount: amount(&self.total_amount)?,
            paid_at: paid_at
                .ok_or_else(|| ChannelError::malformed("a paid trade without its time"))?,
            payer: payer.cloned(),
        })
    }
}

/// Reads an amount that cannot be negative.
pub(super) fn amount(text: &str) -> Result<Fen, ChannelError> {
    yuan::parse(text)
        .filter(|amount| *amount >= Fen::ZERO)
        .ok_or_else(|| ChannelError::malformed("an amount that is none"))
}

impl Alipay {
    pub(super) async fn announce(&self, prepay: &Prepay) -> Result<PrepayTicket, ChannelError> {
        check_number(&prepay.payment_no)?;
        check_amount(prepay.amount, AMOUNT_MAX)?;
        let mut content = json!({
            "out_trade_no": prepay.payment_no,
            "total_amount": prepay.amount.yuan(),
            "subject": cut_chars(&prepay.description, SUBJECT_CHARS_MAX),
            "time_expire": civil(prepay.expires_at),
        });
        let notify_url = prepay.notify_url.as_ref();
        let notify_url = notify_url.unwrap_or(&self.config.payment_notify_url);
        match prepay.method {
            PaymentMethod::AlipayMini => {
                let payer = prepay.payer.as_deref().filter(|payer| !payer.is_empty());
                let payer = payer.ok_or(ChannelError::Invalid("the payer's id is missing"))?;
                let kind = if is_user_id(payer) {
                    "buyer_id"
                } else {
                    "buyer_open_id"
                };
                content[kind] = json!(payer);
                content["product_code"] = json!("JSAPI_PAY");
                content["op_app_id"] = json!(self.config.app_id);
                let created: Created = self
                    .call("alipay.trade.create", &content, Some(notify_url))
                    .await?;
                if created.out_trade_no != prepay.payment_no {
                    return Err(ChannelError::malformed("an answer about another payment"));
                }
                Ok(PrepayTicket {
                    client_params: json!({"tradeNO": created.trade_no}),
                    reference: created.trade_no,
                })
            }
            PaymentMethod::AlipayApp => Ok(self.app_ticket(prepay, content, notify_url)),
            _ => Err(ChannelError::Invalid("not a payment method of Alipay")),
        }
    }

    /// The app itself takes our signed order to Alipay; nothing is sent from here.
    fn app_ticket(&self, prepay: &Prepay, mut content: Value, notify_url: &str) -> PrepayTicket {
        content["product_code"] = json!("QUICK_MSECURITY_PAY");
        let order = self.signed("alipay.trade.app.pay", &content, Some(notify_url));
        PrepayTicket {
            reference: prepay.payment_no.clone(),
            client_params: json!({"orderString": encoded(&order)}),
        }
    }

    pub(super) async fn ask_payment(&self, payment_no: &str) -> Result<PaymentState, ChannelError> {
        check_number(payment_no)?;
        let content = json!({"out_trade_no": payment_no});
        let trade: Trade = match self.call("alipay.trade.query", &content, None).await {
            Err(error) if is_absent(&error) => return Ok(PaymentState::NotFound),
            other => other?,
        };
        if trade.out_trade_no != payment_no {
            return Err(ChannelError::malformed("an answer about another payment"));
        }
        trade.state()
    }

    pub(super) async fn close_payment(&self, payment_no: &str) -> Result<(), ChannelError> {
        check_number(payment_no)?;
        let content = json!({"out_trade_no": payment_no});
        match self
            .call::<Value>("alipay.trade.close", &content, None)
            .await
        {
            // An app's order that was never opened; `time_expire` keeps it from being paid later.
            Err(error) if is_absent(&error) => Ok(()),
            other => other.map(drop),
        }
    }
}
