//! Callbacks of the mock: HMAC-SHA256 over timestamp, nonce and body, each ended by LF.

use super::Inner;
use crate::payment::callback::{Callback, RawCallback};
use crate::payment::error::ChannelError;
use crate::payment::{MESSAGE_BYTES_MAX, TIMESTAMP_WINDOW_S};
use hmac::{Hmac, KeyInit, Mac};
use kernel::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// A callback on its way to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingCallback {
    /// Where to.
    pub url: String,
    /// What, signed.
    pub request: RawCallback,
}

#[derive(Serialize, Deserialize)]
struct Body {
    merchant: String,
    callback: Callback,
}

impl Inner {
    pub(super) fn sign(
        &self,
        url: String,
        callback: &Callback,
        now: Timestamp,
    ) -> OutgoingCallback {
        let body = Body {
            merchant: self.merchant.clone(),
            callback: callback.clone(),
        };
        let body = serde_json::to_vec(&body).expect("plain values are JSON");
        let timestamp = now.unix_seconds().to_string();
        let nonce = format!("{:032x}", rand::random::<u128>());
        let signature = hex::encode(self.mac(&timestamp, &nonce, &body).finalize().into_bytes());
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("mock-timestamp", timestamp),
            ("mock-nonce", nonce),
            ("mock-signature", signature),
        ] {
            let value = HeaderValue::try_from(value).expect("digits are legal in headers");
            headers.insert(name, value);
        }
        OutgoingCallback {
            url,
            request: RawCallback { headers, body },
        }
    }

    pub(super) fn verify(
        &self,
        callback: &RawCallback,
        now: Timestamp,
    ) -> Result<Callback, ChannelError> {
        if callback.body.len() > MESSAGE_BYTES_MAX {
            return Err(ChannelError::malformed("a callback of more than 64 KiB"));
        }
        let part = |name| callback.header(name).ok_or(ChannelError::BadSignature);
        let timestamp = part("mock-timestamp")?;
        let claimed =
            hex::decode(part("mock-signature")?).map_err(|_| ChannelError::BadSignature)?;
        self.mac(timestamp, part("mock-nonce")?, &callback.body)
            .verify_slice(&claimed)
            .map_err(|_| ChannelError::BadSignature)?;
        let seconds: i64 = timestamp
            .parse()
            .map_err(|_| ChannelError::malformed("mock-timestamp is no number"))?;
        if now.unix_seconds().abs_diff(seconds) > TIMESTAMP_WINDOW_S {
            return Err(ChannelError::Expired);
        }
        let body: Body = serde_json::from_slice(&callback.body)
            .map_err(|error| ChannelError::malformed(format!("callback: {error}")))?;
        if body.merchant == self.merchant {
            Ok(body.callback)
        } else {
            Err(ChannelError::WrongMerchant)
        }
    }

    fn mac(&self, timestamp: &str, nonce: &str, body: &[u8]) -> Hmac<Sha256> {
        let key = self.secret.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        for part in [timestamp.as_bytes(), nonce.as_bytes(), body] {
            mac.update(part);
            mac.update(b"\n");
        }
        mac
    }
}
