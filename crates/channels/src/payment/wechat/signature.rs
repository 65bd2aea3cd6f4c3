//! Signatures of requests, and of answers and callbacks.

use super::Wechat;
use super::config::WechatConfig;
use crate::payment::TIMESTAMP_WINDOW_S;
use crate::payment::error::{ChannelError, ConfigError};
use crate::payment::rsa::{PlatformKey, SigningKey};
use kernel::Timestamp;
use reqwest::header::HeaderMap;
use std::collections::BTreeMap;

/// The scheme of the `Authorization` header.
const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// The platform's keys by serial number.
#[derive(Debug)]
pub(super) struct PlatformKeys {
    keys: BTreeMap<String, PlatformKey>,
    preferred: PlatformKey,
}

impl PlatformKeys {
    pub(super) fn read(config: &WechatConfig, own: &SigningKey) -> Result<Self, ConfigError> {
        let mut keys = BTreeMap::new();
        for (serial, text) in &config.platform_keys {
            let key = PlatformKey::read(text, "one of platform_keys")?;
            if key.belongs_to(own) {
                return Err(ConfigError::Setting(
                    "one of platform_keys is the merchant's own",
                ));
            }
            keys.insert(serial.clone(), key);
        }
        let preferred = keys.get(&config.platform_serial).cloned();
        let preferred = preferred.ok_or(ConfigError::Setting(
            "platform_serial is not among platform_keys",
        ))?;
        Ok(Self { keys, preferred })
    }

    /// The key that sensitive fields are encrypted to.
    pub(super) const fn preferred(&self) -> &PlatformKey {
        &self.preferred
    }

    /// Checks that the platform signed `body` lately.
    pub(super) fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), ChannelError> {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let part = |name| header(name).ok_or(ChannelError::BadSignature);
        let timestamp = part("wechatpay-timestamp")?;
        let nonce = part("wechatpay-nonce")?;
        let signature = part("wechatpay-signature")?;
        let key = self.keys.get(part("wechatpay-serial")?);
        let key = key.ok_or(ChannelError::BadSignature)?;
        let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        if !key.verifies(&message, signature) {
            return Err(ChannelError::BadSignature);
        }
        let seconds: i64 = timestamp
            .parse()
            .map_err(|_| ChannelError::malformed("Wechatpay-Timestamp is no number"))?;
        if now.unix_seconds().abs_diff(seconds) > TIMESTAMP_WINDOW_S {
            return Err(ChannelError::Expired);
        }
        Ok(())
    }
}

impl Wechat {
    /// The `Authorization` header of a request. `target` is path and query as sent.
    pub(super) fn authorization(&self, method: &str, target: &str, body: &str) -> String {
        let timestamp = self.now().unix_seconds();
        let nonce = new_nonce();
        let message = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n");
        let signature = self.key.sign(message.as_bytes());
        let mch_id = &self.config.mch_id;
        let serial = &self.config.merchant_serial;
        format!(
            "{SCHEME} mchid=\"{mch_id}\",nonce_str=\"{nonce}\",signature=\"{signature}\",\
             timestamp=\"{timestamp}\",serial_no=\"{serial}\""
        )
    }

    /// Signs what the front end hands to the cashier: lines, each ended by LF.
    pub(super) fn sign_lines(&self, lines: &[&str]) -> String {
        let message: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
        self.key.sign(message.as_bytes())
    }
}

/// 32 hexadecimal digits that nobody can guess.
pub(super) fn new_nonce() -> String {
    format!("{:032X}", rand::random::<u128>())
}
