//! Transfers to persons: order, ask.

use super::answer::is_absent;
use super::trade::{amount, is_user_id};
use super::{AMOUNT_MAX, Alipay};
use crate::payment::error::ChannelError;
use crate::payment::moment::parse_civil;
use crate::payment::rules::{check_amount, check_number, cut_chars};
use crate::payment::transfer::{Transfer, TransferState};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;

/// Longest remark, in characters.
const REMARK_CHARS_MAX: usize = 200;
/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 128;
const PRODUCT: &str = "TRANS_ACCOUNT_NO_PWD";
const SCENE: &str = "DIRECT_TRANSFER";

/// A transfer as order, query and callback show it, in parts.
#[derive(Deserialize)]
pub(super) struct TransferFacts {
    pub(super) out_biz_no: String,
    order_id: Option<String>,
    pub(super) status: String,
    #[serde(alias = "trans_date")]
    pay_date: Option<String>,
    trans_amount: Option<String>,
    fail_reason: Option<String>,
}

impl TransferFacts {
    pub(super) fn state(self) -> Result<TransferState, ChannelError> {
        Ok(match self.status.as_str() {
            "SUCCESS" => TransferState::Success {
                channel_no: self.order_id.unwrap_or_default(),
                amount: self.trans_amount.as_deref().map(amount).transpose()?,
                at: self.pay_date.as_deref().and_then(parse_civil),
            },
            "DEALING" | "INIT" | "WAIT_PAY" | "UNKNOWN" => TransferState::Processing,
            // REFUND: the payee's bank gave the money back.
            "FAIL" | "CLOSED" | "REFUND" => TransferState::Failed {
                reason: self.fail_reason.unwrap_or(self.status),
            },
            other => {
                let what = format!("transfer status {}", cut_chars(other, 32));
                return Err(ChannelError::Malformed(what));
            }
        })
    }
}

impl Alipay {
    pub(super) async fn pay_out(&self, transfer: &Transfer) -> Result<TransferState, ChannelError> {
        check_number(&transfer.transfer_no)?;
        check_amount(transfer.amount, AMOUNT_MAX)?;
        if transfer.payee.is_empty() {
            return Err(ChannelError::Invalid("the payee's id is missing"));
        }
        let kind = if is_user_id(&transfer.payee) {
            "ALIPAY_USER_ID"
        } else {
            "ALIPAY_OPEN_ID"
        };
        let mut content = json!({
            "out_biz_no": transfer.transfer_no,
            "trans_amount": transfer.amount.yuan(),
            "product_code": PRODUCT,
            "biz_scene": SCENE,
            "order_title": cut_chars(&transfer.remark, TITLE_CHARS_MAX),
            "payee_info": {"identity": transfer.payee, "identity_type": kind},
            "remark": cut_chars(&transfer.remark, REMARK_CHARS_MAX),
        });
        if let Some(name) = &transfer.payee_name {
            content["payee_info"]["name"] = json!(name.expose_secret());
        }
        let notify_url = transfer.notify_url.as_deref();
        let facts = self
            .call("alipay.fund.trans.uni.transfer", &content, notify_url)
            .await?;
        read(facts, &transfer.transfer_no)
    }

    pub(super) async fn ask_transfer(
        &self,
        transfer_no: &str,
    ) -> Result<TransferState, ChannelError> {
        check_number(transfer_no)?;
        let content = json!({
            "out_biz_no": transfer_no,
            "product_code": PRODUCT,
            "biz_scene": SCENE,
        });
        match self
            .call("alipay.fund.trans.common.query", &content, None)
            .await
        {
            Err(error) if is_absent(&error) => Ok(TransferState::NotFound),
            other => read(other?, transfer_no),
        }
    }
}

fn read(facts: TransferFacts, transfer_no: &str) -> Result<TransferState, ChannelError> {
    if facts.out_biz_no != transfer_no {
        return Err(ChannelError::malformed("an answer about another transfer"));
    }
    facts.state()
}
