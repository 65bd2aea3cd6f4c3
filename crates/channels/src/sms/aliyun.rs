//! Aliyun's short messages (阿里云短信服务, Dysmsapi 2017-05-25), signed by its method V3
//! (`ACS3-HMAC-SHA256`).

use super::exchange::{
    SmsConfigError, address, client, exchange, hashed, refused, signed, template,
};
use super::{NotSent, Sending, Sms, SmsChannel};
use kernel::{Clock, Timestamp};
use reqwest::{Client, Url};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// Where it is unless configured otherwise.
const ENDPOINT: &str = "https://dysmsapi.aliyuncs.com";
const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const ACTION: &str = "SendSms";
const VERSION: &str = "2017-05-25";

/// Who we are there.
#[derive(Clone)]
pub struct AliyunSettings {
    /// `AccessKey ID`.
    pub access_key_id: String,
    /// `AccessKey Secret`.
    pub access_key_secret: String,
    /// The name in brackets before each message (签名).
    pub sign_name: String,
    /// Its ids of our texts, by our codes: `SMS_LOGIN` to `SMS_154950909`.
    pub templates: HashMap<String, String>,
    /// Where it is; none: the public address.
    pub endpoint: Option<String>,
}

/// Without the secret.
impl fmt::Debug for AliyunSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AliyunSettings")
            .field("access_key_id", &self.access_key_id)
            .field("sign_name", &self.sign_name)
            .field("templates", &self.templates)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// The provider.
pub struct Aliyun {
    clock: Arc<dyn Clock>,
    client: Client,
    url: Url,
    host: String,
    settings: AliyunSettings,
}

impl fmt::Debug for Aliyun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aliyun")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// What it answers.
#[derive(Deserialize)]
struct Said {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
}

impl Aliyun {
    /// A client for it.
    ///
    /// # Errors
    /// When its address is none, or the machine cannot call.
    pub fn new(clock: Arc<dyn Clock>, settings: AliyunSettings) -> Result<Self, SmsConfigError> {
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
        let values: BTreeMap<&str, &str> = sms
            .values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let values = serde_json::to_string(&values).map_err(|error| NotSent(error.to_string()))?;
        let query = canonical_query(&[
            ("PhoneNumbers", &sms.phone),
            ("SignName", &self.settings.sign_name),
            ("TemplateCode", template(sms, &self.settings.templates)?),
            ("TemplateParam", &values),
        ]);
        let nonce = hex::encode(rand::random::<[u8; 16]>());
        let date = utc(self.clock.now());
        let call = Call {
            host: &self.host,
            action: ACTION,
            version: VERSION,
            date: &date,
            nonce: &nonce,
            query: &query,
        };
        let authorization = call.authorization(&self.settings);
        let mut url = self.url.clone();
        url.set_query(Some(&query));
        let mut request = self
            .client
            .post(url)
            .header("authorization", authorization)
            .body(Vec::new());
        for (name, value) in call.headers() {
            request = request.header(name, value);
        }
        let body = exchange(request).await?;
        let said: Said = serde_json::from_slice(&body)
            .map_err(|_| NotSent("the answer cannot be read".to_owned()))?;
        if said.code == "OK" {
            Ok(())
        } else {
            Err(refused(&said.code, &said.message))
        }
    }
}

impl SmsChannel for Aliyun {
    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a> {
        Box::pin(self.send_one(sms))
    }

    fn provider(&self) -> &'static str {
        "aliyun"
    }
}

/// What is signed of a call without a body.
struct Call<'a> {
    host: &'a str,
    action: &'a str,
    version: &'a str,
    date: &'a str,
    nonce: &'a str,
    query: &'a str,
}

impl Call<'_> {
    /// In the order of their names, as they are signed.
    fn headers(&self) -> [(&'static str, String); 6] {
        [
            ("host", self.host.to_owned()),
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", hashed(b"")),
            ("x-acs-date", self.date.to_owned()),
            ("x-acs-signature-nonce", self.nonce.to_owned()),
            ("x-acs-version", self.version.to_owned()),
        ]
    }

    fn authorization(&self, settings: &AliyunSettings) -> String {
        let headers = self.headers();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let mut request = format!("POST\n/\n{}\n", self.query);
        for (name, value) in &headers {
            writeln!(request, "{name}:{value}").expect("writing to a string");
        }
        write!(request, "\n{names}\n{}", hashed(b"")).expect("writing to a string");
        let text = format!("{ALGORITHM}\n{}", hashed(request.as_bytes()));
        let signature = signed(settings.access_key_secret.as_bytes(), &text);
        format!(
            "{ALGORITHM} Credential={},SignedHeaders={names},Signature={}",
            settings.access_key_id,
            hex::encode(signature)
        )
    }
}

/// Sorted by name, escaped as RFC 3986 wants it.
fn canonical_query(pairs: &[(&str, &str)]) -> String {
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable();
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        escape(name, &mut text);
        text.push('=');
        escape(value, &mut text);
    }
    text
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string");
        }
    }
}

/// `2023-10-26T10:22:32Z`.
fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.unix_seconds())
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{AliyunSettings, Call, canonical_query, utc};
    use kernel::Timestamp;
    use std::collections::HashMap;

    /// The example of Aliyun's description of its method V3.
    #[test]
    fn the_published_example_has_its_published_signature() {
        let query = canonical_query(&[
            ("RegionId", "cn-shanghai"),
            (
                "ImageId",
                "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            ),
        ]);
        let date = utc(Timestamp::from_unix_seconds(1_698_315_752));
        assert_eq!(date, "2023-10-26T10:22:32Z");
        let call = Call {
            host: "ecs.cn-shanghai.aliyuncs.com",
            action: "RunInstances",
            version: "2014-05-26",
            date: &date,
            nonce: "3156853299f313e23d1673dc12e1703d",
            query: &query,
        };
        let settings = AliyunSettings {
            access_key_id: "YourAccessKeyId".to_owned(),
            access_key_secret: "YourAccessKeySecret".to_owned(),
            sign_name: String::new(),
            templates: HashMap::new(),
            endpoint: None,
        };
        assert_eq!(
            call.authorization(&settings),
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;\
             x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }

    #[test]
    fn queries_are_sorted_and_escaped() {
        let query = canonical_query(&[("b", "a b*~"), ("a", "充")]);
        assert_eq!(query, "a=%E5%85%85&b=a%20b%2A~");
    }
}
