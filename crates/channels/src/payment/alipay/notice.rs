//! Callbacks: verify, read.

use super::Alipay;
use super::parameters::{Parameters, signed_text};
use super::trade::Trade;
use super::transfer::TransferFacts;
use crate::payment::MESSAGE_BYTES_MAX;
use crate::payment::callback::{Callback, RawCallback};
use crate::payment::error::ChannelError;
use crate::payment::refund::RefundState;
use crate::payment::rules::cut_chars;

/// Messages about transfers.
const TRANSFER_CHANGED: &str = "alipay.fund.trans.order.changed";

impl Alipay {
    pub(super) fn read_notice(&self, callback: &RawCallback) -> Result<Callback, ChannelError> {
        if callback.body.len() > MESSAGE_BYTES_MAX {
            return Err(ChannelError::malformed("a callback of more than 64 KiB"));
        }
        let parameters: Parameters = form_urlencoded::parse(&callback.body)
            .into_owned()
            .collect();
        let get = |name: &str| parameters.get(name).map(String::as_str);
        self.verify_notice(&parameters)?;
        if get("app_id") != Some(self.config.app_id.as_str()) {
            return Err(ChannelError::WrongMerchant);
        }
        match get("msg_method") {
            Some(TRANSFER_CHANGED) => {
                let content = get("biz_content").unwrap_or_default();
                let facts: TransferFacts = serde_json::from_str(content)
                    .map_err(|error| ChannelError::malformed(format!("callback: {error}")))?;
                return Ok(Callback::Transfer {
                    transfer_no: facts.out_biz_no.clone(),
                    state: facts.state()?,
                });
            }
            Some(other) => {
                return Ok(Callback::Other {
                    event: cut_chars(other, 64).to_owned(),
                });
            }
            None => {}
        }
        if get("seller_id") != Some(self.config.seller_id.as_str()) {
            return Err(ChannelError::WrongMerchant);
        }
        read_trade(&parameters)
    }

    fn verify_notice(&self, parameters: &Parameters) -> Result<(), ChannelError> {
        let sign = parameters.get("sign").ok_or(ChannelError::BadSignature)?;
        if parameters
            .get("sign_type")
            .is_none_or(|kind| kind != "RSA2")
        {
            return Err(ChannelError::BadSignature);
        }
        let verifies = |except: &[&str]| {
            let text = signed_text(parameters, except);
            self.platform.verifies(text.as_bytes(), sign)
        };
        // Messages are signed with `sign_type` among the parameters, notifications without it.
        if verifies(&["sign", "sign_type"]) || verifies(&["sign"]) {
            Ok(())
        } else {
            Err(ChannelError::BadSignature)
        }
    }
}

fn read_trade(parameters: &Parameters) -> Result<Callback, ChannelError> {
    let get = |name: &str| parameters.get(name).filter(|value| !value.is_empty());
    let need = |name: &str| {
        let value = get(name).cloned();
        value.ok_or_else(|| ChannelError::Malformed(format!("callback without {name}")))
    };
    let trade = Trade {
        out_trade_no: need("out_trade_no")?,
        number: need("trade_no")?,
        status: need("trade_status")?,
        total_amount: need("total_amount")?,
        send_pay_date: get("gmt_payment").cloned(),
        buyer_open_id: get("buyer_open_id").cloned(),
        buyer_user_id: get("buyer_id").cloned(),
    };
    // A refund calls back to the payment's address. `refund_fee` there is the sum of all refunds
    // so far, so how the refund stands has to be asked for.
    if let (Some(refund_no), Some(_)) = (get("out_biz_no"), get("refund_fee")) {
        return Ok(Callback::Refund {
            payment_no: trade.out_trade_no,
            refund_no: refund_no.clone(),
            state: RefundState::Processing,
        });
    }
    Ok(Callback::Payment {
        state: trade.state()?,
        payment_no: trade.out_trade_no,
    })
}
