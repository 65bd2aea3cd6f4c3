use crate::payment::error::ConfigError;
use crate::payment::exchange::{CALL_TIMEOUT, check_notify_url};
use crate::payment::prepay::PaymentMethod;
use crate::payment::rsa::SigningKey;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Length of the key of API v3, in bytes.
const API_V3_KEY_LENGTH: usize = 32;

/// What a merchant of WeChat Pay has to know. Keys and ids come from the merchant platform
/// (pay.weixin.qq.com). Its `Debug` shows no secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WechatConfig {
    /// 商户号.
    pub mch_id: String,
    /// The app that payments belong to, unless `app_ids` names another.
    pub app_id: String,
    /// Apps of single payment methods.
    #[serde(default)]
    pub app_ids: BTreeMap<PaymentMethod, String>,
    /// Serial number of the merchant's certificate (商户API证书), hexadecimal.
    pub merchant_serial: String,
    /// The merchant's private key, PEM.
    pub private_key: SecretString,
    /// The key of API v3 (API v3密钥), 32 bytes: callbacks are encrypted with it.
    pub api_v3_key: SecretString,
    /// The platform's keys: its certificates by serial number, or its public key by its id
    /// (`PUB_KEY_ID_…`), PEM. Two at a time while the platform changes them.
    pub platform_keys: BTreeMap<String, String>,
    /// Which of them we encrypt to, and ask answers to be signed with.
    pub platform_serial: String,
    /// Where the platform is.
    #[serde(default = "default_base_url")]
    pub base_url: String,
    /// Where it tells of payments, https without a query.
    pub payment_notify_url: String,
    /// Where it tells of refunds.
    pub refund_notify_url: String,
    /// Where it tells of transfers.
    pub transfer_notify_url: String,
    /// 转账场景, such as `1005` for commissions; transfers are refused without it.
    #[serde(default)]
    pub transfer_scene_id: Option<String>,
    /// What the scene demands to be reported (转账场景报备信息).
    #[serde(default)]
    pub transfer_scene_reports: Vec<ReportInfo>,
    /// Longest time for a call, in milliseconds; 10 s when absent, bills six times that.
    #[serde(default)]
    pub call_timeout_ms: Option<u64>,
}

/// A piece of information that a transfer scene demands.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReportInfo {
    /// Such as `岗位类型`.
    pub info_type: String,
    /// Such as `代理商`.
    pub info_content: String,
}

fn default_base_url() -> String {
    "https://api.mch.weixin.qq.com".to_owned()
}

impl WechatConfig {
    pub(super) fn call_timeout(&self) -> Duration {
        self.call_timeout_ms
            .map_or(CALL_TIMEOUT, Duration::from_millis)
    }

    pub(super) fn signing_key(&self) -> Result<SigningKey, ConfigError> {
        SigningKey::read(self.private_key.expose_secret(), "private_key")
    }
}

/// Checks what can be checked without the platform.
pub(super) fn check(config: &WechatConfig) -> Result<(), ConfigError> {
    let wrong = |what| Err(ConfigError::Setting(what));
    let is_plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if !is_plain(&config.mch_id) {
        return wrong("mch_id is not a merchant number");
    }
    if !is_plain(&config.app_id) || !config.app_ids.values().all(|id| is_plain(id)) {
        return wrong("app_id is not an app's id");
    }
    if !is_plain(&config.merchant_serial) {
        return wrong("merchant_serial is not a serial number");
    }
    if config.api_v3_key.expose_secret().len() != API_V3_KEY_LENGTH {
        return wrong("api_v3_key does not have 32 bytes");
    }
    for (url, named) in [
        (
            &config.payment_notify_url,
            "payment_notify_url is not an https address without query",
        ),
        (
            &config.refund_notify_url,
            "refund_notify_url is not an https address without query",
        ),
        (
            &config.transfer_notify_url,
            "transfer_notify_url is not an https address without query",
        ),
    ] {
        check_notify_url(url, named)?;
    }
    Ok(())
}
