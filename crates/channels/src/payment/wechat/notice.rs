//! Callbacks: verify, decrypt, read.

use super::Wechat;
use super::payment::Transaction;
use super::refund::RefundFacts;
use super::transfer::TransferFacts;
use crate::payment::MESSAGE_BYTES_MAX;
use crate::payment::callback::{Callback, RawCallback};
use crate::payment::error::ChannelError;
use crate::payment::rules::cut_chars;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;

const ALGORITHM: &str = "AEAD_AES_256_GCM";

#[derive(Deserialize)]
struct Notice {
    event_type: String,
    resource: Resource,
}

#[derive(Deserialize)]
struct Resource {
    algorithm: String,
    ciphertext: String,
    #[serde(default)]
    associated_data: String,
    nonce: String,
}

#[derive(Deserialize)]
struct RefundNotice {
    mchid: String,
    out_trade_no: String,
    out_refund_no: String,
    #[serde(flatten)]
    facts: RefundFacts,
}

impl Wechat {
    pub(super) fn read_notice(&self, callback: &RawCallback) -> Result<Callback, ChannelError> {
        if callback.body.len() > MESSAGE_BYTES_MAX {
            return Err(ChannelError::malformed("a callback of more than 64 KiB"));
        }
        self.platform
            .verify(&callback.headers, &callback.body, self.now())?;
        let notice: Notice = parse(&callback.body)?;
        // Only what is understood is decrypted.
        match notice.event_type.as_str() {
            "TRANSACTION.SUCCESS" => {
                let transaction: Transaction = parse(&self.decrypt(&notice.resource)?)?;
                Ok(Callback::Payment {
                    state: transaction.state(self)?,
                    payment_no: transaction.out_trade_no,
                })
            }
            "REFUND.SUCCESS" | "REFUND.ABNORMAL" | "REFUND.CLOSED" => {
                let refund: RefundNotice = parse(&self.decrypt(&notice.resource)?)?;
                if refund.mchid != self.config.mch_id {
                    return Err(ChannelError::WrongMerchant);
                }
                Ok(Callback::Refund {
                    state: refund.facts.state()?,
                    payment_no: refund.out_trade_no,
                    refund_no: refund.out_refund_no,
                })
            }
            "MCHTRANSFER.BILL.FINISHED" => {
                let facts: TransferFacts = parse(&self.decrypt(&notice.resource)?)?;
                // The merchant must be named here: nothing else ties the callback to us.
                if facts.mchid.is_none() {
                    return Err(ChannelError::WrongMerchant);
                }
                Ok(Callback::Transfer {
                    state: facts.state(self)?,
                    transfer_no: facts.out_bill_no,
                })
            }
            other => Ok(Callback::Other {
                event: cut_chars(other, 64).to_owned(),
            }),
        }
    }

    fn decrypt(&self, resource: &Resource) -> Result<Vec<u8>, ChannelError> {
        let broken = || ChannelError::malformed("the resource cannot be decrypted");
        if resource.algorithm != ALGORITHM {
            return Err(ChannelError::malformed("an unknown algorithm"));
        }
        let key = self.config.api_v3_key.expose_secret().as_bytes();
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| broken())?;
        let nonce = Nonce::try_assume_unique_for_key(resource.nonce.as_bytes());
        let mut text = BASE64.decode(&resource.ciphertext).map_err(|_| broken())?;
        let plain = LessSafeKey::new(key).open_in_place(
            nonce.map_err(|_| broken())?,
            Aad::from(resource.associated_data.as_bytes()),
            &mut text,
        );
        Ok(plain.map_err(|_| broken())?.to_vec())
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ChannelError> {
    serde_json::from_slice(body)
        .map_err(|error| ChannelError::malformed(format!("callback: {error}")))
}
