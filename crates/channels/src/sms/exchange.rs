//! What the providers have in common: one bounded exchange, hashes, addresses.

use super::{NotSent, Sms};
use crate::client::{build, plain};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, Response, Url};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::Duration;

/// Longest time of a call, answer included.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How much of a reason is kept, in characters.
const REASON_CHARS_MAX: usize = 200;

/// A provider cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the provider of short messages cannot be set up: {0}")]
pub struct SmsConfigError(pub(super) String);

/// The client of a provider.
pub(super) fn client() -> Result<Client, SmsConfigError> {
    build(|| plain().timeout(CALL_TIMEOUT)).map_err(|error| SmsConfigError(error.to_string()))
}

/// The address of a provider and the name that it is signed under.
pub(super) fn address(base: &str) -> Result<(Url, String), SmsConfigError> {
    let mut url: Url = base
        .parse()
        .map_err(|_| SmsConfigError("its address is not valid".to_owned()))?;
    let host = match (url.scheme(), url.host_str()) {
        ("http" | "https", Some(host)) => host.to_owned(),
        _ => {
            return Err(SmsConfigError(
                "its address must be http or https".to_owned(),
            ));
        }
    };
    url.set_path("/");
    url.set_query(None);
    // As the client writes it into the header.
    let host = url
        .port()
        .map_or(host.clone(), |port| format!("{host}:{port}"));
    Ok((url, host))
}

/// The provider's own id of a text.
pub(super) fn template<'a>(
    sms: &'a Sms,
    configured: &'a HashMap<String, String>,
) -> Result<&'a str, NotSent> {
    sms.provider_template
        .as_deref()
        .or_else(|| configured.get(sms.template).map(String::as_str))
        .ok_or_else(|| NotSent(format!("the provider has no template for {}", sms.template)))
}

/// Sends a request and reads its answer, whatever its status: both providers say in the body
/// what was wrong.
pub(super) async fn exchange(request: RequestBuilder) -> Result<Vec<u8>, NotSent> {
    let lost = |error: reqwest::Error| NotSent(error.without_url().to_string());
    let mut answer: Response = request.send().await.map_err(lost)?;
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(lost)? {
        if body.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err(NotSent("the answer is too long".to_owned()));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// A provider's refusal.
pub(super) fn refused(code: &str, message: &str) -> NotSent {
    let text = format!("{code}: {message}");
    NotSent(text.chars().take(REASON_CHARS_MAX).collect())
}

/// SHA-256, hexadecimal.
pub(super) fn hashed(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// HMAC-SHA256.
pub(super) fn signed(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
