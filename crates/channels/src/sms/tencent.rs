//! Tencent Cloud's short messages (腾讯云短信, 2021-01-11), signed by its method V3
//! (`TC3-HMAC-SHA256`).

use super::exchange::{
    SmsConfigError, address, client, exchange, hashed, refused, signed, template,
};
use super::{NotSent, Sending, Sms, SmsChannel};
use kernel::{Clock, Timestamp};
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Where it is unless configured otherwise.
const ENDPOINT: &str = "https://sms.tencentcloudapi.com";
const ALGORITHM: &str = "TC3-HMAC-SHA256";
const ACTION: &str = "SendSms";
const VERSION: &str = "2021-01-11";
const SERVICE: &str = "sms";
const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Who we are there.
#[derive(Clone)]
pub struct TencentSettings {
    /// `SecretId`.
    pub secret_id: String,
    /// `SecretKey`.
    pub secret_key: String,
    /// `SmsSdkAppId`, as `1400006666`.
    pub app_id: String,
    /// The name in brackets before each message (签名).
    pub sign_name: String,
    /// `ap-guangzhou`, `ap-beijing`, `ap-nanjing`.
    pub region: String,
    /// Its ids of our texts, by our codes: `SMS_LOGIN` to `449739`.
    pub templates: HashMap<String, String>,
    /// Where it is; none: the public address.
    pub endpoint: Option<String>,
}

/// Without the secret.
impl fmt::Debug for TencentSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TencentSettings")
            .field("secret_id", &self.secret_id)
            .field("app_id", &self.app_id)
            .field("sign_name", &self.sign_name)
            .field("region", &self.region)
            .field("templates", &self.templates)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// The provider.
pub struct Tencent {
    clock: Arc<dyn Clock>,
    client: Client,
    url: Url,
    host: String,
    settings: TencentSettings,
}

impl fmt::Debug for Tencent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tencent")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// What it answers.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Response")]
    response: Said,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    error: Option<Fault>,
    #[serde(default)]
    send_status_set: Vec<Fault>,
}

/// A refusal, or what became of one message.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fault {
    code: String,
    #[serde(default)]
    message: String,
}

impl Tencent {
    /// A client for it.
    ///
    /// # Errors
    /// When its address is none, or the machine cannot call.
    pub fn new(clock: Arc<dyn Clock>, settings: TencentSettings) -> Result<Self, SmsConfigError> {
        let (url, host) = address(settings.endpoint.as_deref().unwrap_or(ENDPOINT))?;
        Ok(Self {
            clock,
            client: client()?,
            url,
            host,
            settings,
        })
    }

    async fn send_one(&self, sms: &Sms) -> Result<(), NotSent> {
        let values: Vec<&str> = sms.values.iter().map(|(_, value)| value.as_str()).collect();
        let body = json!({
            "PhoneNumberSet": [format!("+86{}", sms.phone)],
            "SmsSdkAppId": self.settings.app_id,
            "SignName": self.settings.sign_name,
            "TemplateId": template(sms, &self.settings.templates)?,
            "TemplateParamSet": values,
        })
        .to_string();
        let now = self.clock.now();
        let authorization = Signed {
            host: &self.host,
            service: SERVICE,
            at: now,
            body: body.as_bytes(),
        }
        .authorization(&self.settings.secret_id, &self.settings.secret_key);
        let request = self
            .client
            .post(self.url.clone())
            .header("authorization", authorization)
            .header("content-type", CONTENT_TYPE)
            .header("host", &self.host)
            .header("x-tc-action", ACTION)
            .header("x-tc-version", VERSION)
            .header("x-tc-timestamp", now.unix_seconds().to_string())
            .header("x-tc-region", &self.settings.region)
            .body(body);
        let answer = exchange(request).await?;
        let said: Envelope = serde_json::from_slice(&answer)
            .map_err(|_| NotSent("the answer cannot be read".to_owned()))?;
        if let Some(fault) = said.response.error {
            return Err(refused(&fault.code, &fault.message));
        }
        match said.response.send_status_set.first() {
            Some(status) if status.code == "Ok" => Ok(()),
            Some(status) => Err(refused(&status.code, &status.message)),
            None => Err(NotSent("the answer names no message".to_owned())),
        }
    }
}

impl SmsChannel for Tencent {
    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a> {
        Box::pin(self.send_one(sms))
    }

    fn provider(&self) -> &'static str {
        "tencent"
    }
}

/// What is signed of a call.
struct Signed<'a> {
    host: &'a str,
    service: &'a str,
    at: Timestamp,
    body: &'a [u8],
}

impl Signed<'_> {
    fn authorization(&self, id: &str, key: &str) -> String {
        let names = "content-type;host";
        let request = format!(
            "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{}\n\n{names}\n{}",
            self.host,
            hashed(self.body)
        );
        let date = date(self.at);
        let scope = format!("{date}/{}/tc3_request", self.service);
        let text = format!(
            "{ALGORITHM}\n{}\n{scope}\n{}",
            self.at.unix_seconds(),
            hashed(request.as_bytes())
        );
        let key = signed(format!("TC3{key}").as_bytes(), &date);
        let key = signed(&signed(&key, self.service), "tc3_request");
        let signature = hex::encode(signed(&key, &text));
        format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
    }
}

/// The day in UTC, `2019-02-25`.
fn date(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.unix_seconds())
        .map(|at| at.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Signed;
    use kernel::Timestamp;

    /// The example of Tencent Cloud's description of its method V3.
    #[test]
    fn the_published_example_has_its_published_signature() {
        let body = br#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let signed = Signed {
            host: "cvm.tencentcloudapi.com",
            service: "cvm",
            at: Timestamp::from_unix_seconds(1_551_113_065),
            body,
        };
        assert_eq!(
            signed.authorization(
                "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
                "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
            ),
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/\
             tc3_request, SignedHeaders=content-type;host, \
             Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
    }
}
