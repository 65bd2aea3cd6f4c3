//! Posts over HTTP.

use super::answer::read;
use super::{Chat, Post, PostFault, Posting};
use crate::client::{build, plain};
use crate::webhook::resolver::GuardedResolver;
use crate::webhook::signature::SignedRequest;
use crate::webhook::target::{AddressPolicy, Target, Trust};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::alarm::ChannelKind;
use hmac::{Hmac, KeyInit, Mac};
use kernel::Clock;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use serde_json::{Value, json};
use sha2::Sha256;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Longest time of a call, answer included.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the client of chat robots")]
pub struct ChatError(#[source] reqwest::Error);

/// Posts to the real robots. An address inside our own network is called only where
/// `webhook.allow_networks` covers it.
pub struct HttpChat {
    client: Client,
    policy: AddressPolicy,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for HttpChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpChat")
    }
}

impl HttpChat {
    /// With the addresses that it may call.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn new(policy: AddressPolicy, clock: Arc<dyn Clock>) -> Result<Self, ChatError> {
        let settings = || {
            plain()
                .timeout(CALL_TIMEOUT)
                .dns_resolver(GuardedResolver(policy.clone()))
        };
        let client = build(settings).map_err(ChatError)?;
        Ok(Self {
            client,
            policy,
            clock,
        })
    }

    async fn exchange(&self, post: &Post) -> Result<(), PostFault> {
        let target = Target::parse(&post.url, Trust::Guarded, &self.policy)
            .map_err(|fault| PostFault::Refused(format!("its address {fault}")))?;
        let mut url = target.url.clone();
        let now = self.clock.now();
        let body = match post.kind {
            ChannelKind::DingTalk => {
                if let Some(secret) = &post.secret {
                    sign_ding(&mut url, secret, now.0);
                }
                ding(post)
            }
            ChannelKind::WeCom => wecom(post),
            ChannelKind::Feishu => feishu(post, now.unix_seconds()),
            ChannelKind::Webhook | ChannelKind::Mail | ChannelKind::Sms => post.data.clone(),
        };
        let body = body.to_string();
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json");
        if let (ChannelKind::Webhook, Some(secret)) = (post.kind, &post.secret) {
            let nonce = format!("{:032x}", rand::random::<u128>());
            let signed = SignedRequest {
                method: "POST",
                path: target.path(),
                timestamp: now.unix_seconds(),
                nonce: &nonce,
                body: body.as_bytes(),
            };
            request = request
                .header("x-timestamp", now.unix_seconds())
                .header("x-signature", signed.sign(secret))
                .header("x-nonce", &nonce);
        }
        let lost = |error: reqwest::Error| {
            let error = error.without_url();
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            PostFault::NotSent(
                cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
            )
        };
        let mut answer = request.body(body).send().await.map_err(lost)?;
        let status = answer.status().as_u16();
        let mut said = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(lost)? {
            if said.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(PostFault::NotSent("the answer is too long".to_owned()));
            }
            said.extend_from_slice(&piece);
        }
        read(post.kind, status, &said)
    }
}

impl Chat for HttpChat {
    fn check(&self, url: &str) -> Result<(), String> {
        Target::parse(url, Trust::Guarded, &self.policy)
            .map(|_| ())
            .map_err(|fault| fault.to_string())
    }

    fn post<'a>(&'a self, post: &'a Post) -> Posting<'a> {
        Box::pin(self.exchange(post))
    }
}

fn mac(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any length of key");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// DingTalk signs the time, in milliseconds, in the address.
fn sign_ding(url: &mut Url, secret: &str, at_ms: i64) {
    let sign = mac(secret, &format!("{at_ms}\n{secret}"));
    url.query_pairs_mut()
        .append_pair("timestamp", &at_ms.to_string())
        .append_pair("sign", &sign);
}

fn ding(post: &Post) -> Value {
    // Two spaces before a line's end keep the end in Markdown.
    let mut text = format!("#### {}\n\n{}", post.title, post.text.replace('\n', "  \n"));
    for phone in &post.mentions {
        text = format!("{text} @{phone}");
    }
    json!({
        "msgtype": "markdown",
        "markdown": {"title": post.title, "text": text},
        "at": {"atMobiles": post.mentions, "isAtAll": false},
    })
}

/// WeCom calls people by name only in plain texts.
fn wecom(post: &Post) -> Value {
    json!({
        "msgtype": "text",
        "text": {
            "content": format!("{}\n{}", post.title, post.text),
            "mentioned_mobile_list": post.mentions,
        },
    })
}

/// Feishu signs nothing with a key made of the time, in seconds, and the secret.
fn feishu(post: &Post, at_s: i64) -> Value {
    let mut body = json!({
        "msg_type": "text",
        "content": {"text": format!("{}\n{}", post.title, post.text)},
    });
    if let Some(secret) = &post.secret {
        body["timestamp"] = json!(at_s.to_string());
        body["sign"] = json!(mac(&format!("{at_s}\n{secret}"), ""));
    }
    body
}

#[cfg(test)]
mod tests {
    use super::{mac, sign_ding};
    use reqwest::Url;

    // The figures were made with the platforms' own published recipes in another language.
    #[test]
    fn robots_signatures() {
        let mut url: Url = "https://oapi.dingtalk.com/robot/send?access_token=abc"
            .parse()
            .expect("an address");
        sign_ding(&mut url, "SECdemo", 1_729_407_600_000);
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        assert_eq!(query[1].1, "1729407600000");
        assert_eq!(query[2].1, DING);
        assert_eq!(mac("1729407600\nSECdemo", ""), FEISHU);
    }

    const DING: &str = "YWI6/ddt0uZ46R8Zr8HVbz1EF/5pNcZZGUjn6BOG/tA=";
    const FEISHU: &str = "edHCZPP6yISB9cJvrurVSBN2TsNNVj3/f58KJ5DVlj4=";
}
