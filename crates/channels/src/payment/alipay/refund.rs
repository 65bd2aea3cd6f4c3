//! Refunds: order, ask.

use super::answer::is_absent;
use super::trade::amount;
use super::{AMOUNT_MAX, Alipay};
use crate::payment::error::ChannelError;
use crate::payment::moment::parse_civil;
use crate::payment::refund::{Refund, RefundState};
use crate::payment::rules::{check_number, check_refund, cut_chars};
use serde::Deserialize;
use serde_json::json;

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 256;

#[derive(Deserialize)]
struct Ordered {
    trade_no: String,
    /// `Y` when money moved by this very call.
    fund_change: Option<String>,
}

/// A refund as a query shows it: without any fact when there is none.
#[derive(Deserialize)]
struct Found {
    trade_no: Option<String>,
    out_request_no: Option<String>,
    refund_amount: Option<String>,
    refund_status: Option<String>,
    gmt_refund_pay: Option<String>,
}

impl Alipay {
    pub(super) async fn give_back(&self, refund: &Refund) -> Result<RefundState, ChannelError> {
        check_number(&refund.payment_no)?;
        check_number(&refund.refund_no)?;
        check_refund(refund.amount, refund.payment_amount, AMOUNT_MAX)?;
        let content = json!({
            "out_trade_no": refund.payment_no,
            "out_request_no": refund.refund_no,
            "refund_amount": refund.amount.yuan(),
            "refund_reason": cut_chars(&refund.reason, REASON_CHARS_MAX),
        });
        let ordered: Ordered = self.call("alipay.trade.refund", &content, None).await?;
        if ordered.fund_change.as_deref() == Some("Y") {
            return Ok(RefundState::Success {
                channel_no: ordered.trade_no,
                amount: refund.amount,
                at: None,
            });
        }
        // No money moved: a repeat of what was done before, or something still on its way.
        match self
            .ask_refund(&refund.payment_no, &refund.refund_no)
            .await?
        {
            RefundState::NotFound => Ok(RefundState::Processing),
            state => Ok(state),
        }
    }

    pub(super) async fn ask_refund(
        &self,
        payment_no: &str,
        refund_no: &str,
    ) -> Result<RefundState, ChannelError> {
        check_number(payment_no)?;
        check_number(refund_no)?;
        let content = json!({
            "out_trade_no": payment_no,
            "out_request_no": refund_no,
            "query_options": ["gmt_refund_pay"],
        });
        let found: Found = match self
            .call("alipay.trade.fastpay.refund.query", &content, None)
            .await
        {
            Err(error) if is_absent(&error) => return Ok(RefundState::NotFound),
            other => other?,
        };
        found.state(refund_no)
    }
}

impl Found {
    fn state(self, refund_no: &str) -> Result<RefundState, ChannelError> {
        // Without a state nothing was received, or it could not be done: the same number may be
        // sent again.
        let Some(status) = self.refund_status else {
            return Ok(RefundState::NotFound);
        };
        let (Some(number), Some(refunded)) = (&self.out_request_no, &self.refund_amount) else {
            return Err(ChannelError::malformed("a refund without number or amount"));
        };
        if number != refund_no {
            return Err(ChannelError::malformed("an answer about another refund"));
        }
        match status.as_str() {
            "REFUND_SUCCESS" => Ok(RefundState::Success {
                amount: amount(refunded)?,
                at: self.gmt_refund_pay.as_deref().and_then(parse_civil),
                channel_no: self.trade_no.unwrap_or_default(),
            }),
            "REFUND_FAIL" => Ok(RefundState::Failed {
                reason: "the platform could not refund".to_owned(),
            }),
            _ => Ok(RefundState::Processing),
        }
    }
}
