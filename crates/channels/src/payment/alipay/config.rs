use crate::payment::error::ConfigError;
use crate::payment::exchange::{CALL_TIMEOUT, check_notify_url};
use secrecy::SecretString;
use serde::Deserialize;
use std::time::Duration;

/// What an application of Alipay's open platform has to know. Keys and ids come from
/// open.alipay.com. Its `Debug` shows no secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlipayConfig {
    /// The application's id.
    pub app_id: String,
    /// The merchant's id (PID, `2088…`); callbacks about payments must name it.
    pub seller_id: String,
    /// The application's private key, PEM or bare base64.
    pub private_key: SecretString,
    /// Alipay's public key or, in certificate mode, its certificate; PEM or bare base64.
    pub platform_key: String,
    /// Certificate mode, which transfers need: serial number of the application's certificate.
    #[serde(default)]
    pub app_cert_sn: Option<String>,
    /// Certificate mode: serial number of Alipay's root certificates.
    #[serde(default)]
    pub alipay_root_cert_sn: Option<String>,
    /// Where the platform is.
    #[serde(default = "default_base_url")]
    pub base_url: String,
    /// Where it tells of payments and of their refunds.
    pub payment_notify_url: String,
    /// Longest time for a call, in milliseconds; 10 s when absent, bills six times that.
    #[serde(default)]
    pub call_timeout_ms: Option<u64>,
}

fn default_base_url() -> String {
    "https://openapi.alipay.com/gateway.do".to_owned()
}

impl AlipayConfig {
    pub(super) fn call_timeout(&self) -> Duration {
        self.call_timeout_ms
            .map_or(CALL_TIMEOUT, Duration::from_millis)
    }
}

/// Checks what can be checked without the platform.
pub(super) fn check(config: &AlipayConfig) -> Result<(), ConfigError> {
    let wrong = |what| Err(ConfigError::Setting(what));
    let is_plain =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_plain(&config.app_id) {
        return wrong("app_id is not an application's id");
    }
    if !is_plain(&config.seller_id) {
        return wrong("seller_id is not a merchant's id");
    }
    if config.app_cert_sn.is_some() != config.alipay_root_cert_sn.is_some() {
        return wrong("app_cert_sn and alipay_root_cert_sn belong together");
    }
    check_notify_url(
        &config.payment_notify_url,
        "payment_notify_url is not an https address without query",
    )
}
