//! Refunds: order, ask.

use super::answer::is_absent;
use super::{AMOUNT_MAX, Wechat};
use crate::payment::error::ChannelError;
use crate::payment::moment::parse_rfc3339;
use crate::payment::refund::{Refund, RefundState};
use crate::payment::rules::{check_number, check_refund, cut_bytes, cut_chars};
use kernel::Fen;
use serde::Deserialize;
use serde_json::json;

/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 80;

/// A refund as the order and the query show it.
#[derive(Deserialize)]
struct RefundAnswer {
    out_refund_no: String,
    #[serde(flatten)]
    facts: RefundFacts,
}

/// What answers and callbacks say of a refund.
#[derive(Deserialize)]
pub(super) struct RefundFacts {
    pub(super) refund_id: String,
    /// Callbacks call it `refund_status`.
    #[serde(alias = "refund_status")]
    status: String,
    success_time: Option<String>,
    amount: Amount,
}

#[derive(Deserialize)]
struct Amount {
    refund: i64,
}

impl RefundFacts {
    pub(super) fn state(&self) -> Result<RefundState, ChannelError> {
        Ok(match self.status.as_str() {
            "SUCCESS" => RefundState::Success {
                channel_no: self.refund_id.clone(),
                amount: Fen(self.amount.refund),
                at: self.success_time.as_deref().and_then(parse_rfc3339),
            },
            "PROCESSING" => RefundState::Processing,
            "ABNORMAL" => RefundState::Abnormal {
                reason: "the payer's account or card cannot take the refund".to_owned(),
            },
            "CLOSED" => RefundState::Failed {
                reason: "the platform closed the refund".to_owned(),
            },
            other => {
                let what = format!("refund status {}", cut_chars(other, 32));
                return Err(ChannelError::Malformed(what));
            }
        })
    }
}

impl Wechat {
    pub(super) async fn give_back(&self, refund: &Refund) -> Result<RefundState, ChannelError> {
        check_number(&refund.payment_no)?;
        check_number(&refund.refund_no)?;
        check_refund(refund.amount, refund.payment_amount, AMOUNT_MAX)?;
        let notify_url = refund.notify_url.as_ref();
        let mut body = json!({
            "out_trade_no": refund.payment_no,
            "out_refund_no": refund.refund_no,
            "notify_url": notify_url.unwrap_or(&self.config.refund_notify_url),
            "amount": {
                "refund": refund.amount,
                "total": refund.payment_amount,
                "currency": "CNY",
            },
        });
        let reason = cut_bytes(&refund.reason, REASON_BYTES_MAX);
        if !reason.is_empty() {
            body["reason"] = json!(reason);
        }
        let ordered = self.post("/v3/refund/domestic/refunds", &body).await;
        let answer: RefundAnswer = match ordered {
            Ok(answer) => answer,
            Err(refusal @ ChannelError::Refused { .. }) => {
                return self.after_refusal(refund, refusal).await;
            }
            Err(other) => return Err(other),
        };
        read(&answer, &refund.refund_no)
    }

    /// A refusal of a number that exists is a repeat of what was accepted before.
    async fn after_refusal(
        &self,
        refund: &Refund,
        refusal: ChannelError,
    ) -> Result<RefundState, ChannelError> {
        match self.look_up(&refund.refund_no).await {
            Ok(Some(answer)) if answer.facts.amount.refund == refund.amount.0 => {
                read(&answer, &refund.refund_no)
            }
            // There is none, or another one has this number: ours was not done.
            Ok(_) => Err(refusal),
            Err(_) => Err(refusal.into_unknown()),
        }
    }

    async fn look_up(&self, refund_no: &str) -> Result<Option<RefundAnswer>, ChannelError> {
        let target = format!("/v3/refund/domestic/refunds/{refund_no}");
        match self.get(&target).await {
            Err(error) if is_absent(&error) => Ok(None),
            other => other.map(Some),
        }
    }

    pub(super) async fn ask_refund(&self, refund_no: &str) -> Result<RefundState, ChannelError> {
        check_number(refund_no)?;
        match self.look_up(refund_no).await? {
            None => Ok(RefundState::NotFound),
            Some(answer) => read(&answer, refund_no),
        }
    }
}

fn read(answer: &RefundAnswer, refund_no: &str) -> Result<RefundState, ChannelError> {
    if answer.out_refund_no != refund_no {
        return Err(ChannelError::malformed("an answer about another refund"));
    }
    answer.facts.state()
}
