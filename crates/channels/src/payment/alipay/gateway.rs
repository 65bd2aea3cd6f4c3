//! Signed calls with verified answers.

use super::Alipay;
use super::parameters::{Parameters, encoded, signed_text};
use crate::payment::MESSAGE_BYTES_MAX;
use crate::payment::error::ChannelError;
use crate::payment::moment::civil;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::Value;

const FORM: &str = "application/x-www-form-urlencoded;charset=utf-8";

impl Alipay {
    /// Calls `method` with `content` as its business parameters.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        content: &Value,
        notify_url: Option<&str>,
    ) -> Result<T, ChannelError> {
        let form = encoded(&self.signed(method, content, notify_url));
        let request = self.exchange.client().post(self.gateway.clone());
        let request = request.header(CONTENT_TYPE, FORM).body(form);
        let reply = self.exchange.call(request, MESSAGE_BYTES_MAX).await?;
        if reply.status != 200 {
            let status = reply.status.to_string();
            return Err(ChannelError::unknown(&status, "no answer of the platform"));
        }
        self.read_answer(method, &reply.body)
    }

    /// All parameters of a call, `sign` among them.
    pub(super) fn signed(
        &self,
        method: &str,
        content: &Value,
        notify_url: Option<&str>,
    ) -> Parameters {
        let timestamp = civil(self.clock.now());
        let content = content.to_string();
        let fixed = [
            ("app_id", self.config.app_id.as_str()),
            ("method", method),
            ("format", "JSON"),
            ("charset", "utf-8"),
            ("sign_type", "RSA2"),
            ("timestamp", &timestamp),
            ("version", "1.0"),
            ("biz_content", &content),
        ];
        let certificates = [
            ("app_cert_sn", self.config.app_cert_sn.as_deref()),
            (
                "alipay_root_cert_sn",
                self.config.alipay_root_cert_sn.as_deref(),
            ),
            ("notify_url", notify_url),
        ];
        let optional = certificates
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let mut parameters: Parameters = fixed
            .into_iter()
            .chain(optional)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let sign = self.key.sign(signed_text(&parameters, &[]).as_bytes());
        parameters.insert("sign".to_owned(), sign);
        parameters
    }
}
