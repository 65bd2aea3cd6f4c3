//! One attempt to deliver one event.

use super::answer::{Attempt, Verdict, retry_after};
use super::envelope::Fact;
use super::resolver::GuardedResolver;
use super::signature::SignedRequest;
use super::target::{AddressPolicy, ForbiddenAddress, Target, Trust};
use crate::client::{build, plain};
use kernel::{Timestamp, TraceId};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response};
use std::error::Error as StdError;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, Span, trace_span};

/// How much of an answer is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How much of a refusal is kept to explain it, in characters.
pub const ERROR_CHARS_MAX: usize = 300;
/// The HTTP clients could not be built.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the webhook client")]
pub struct SenderError(#[source] reqwest::Error);

/// Who is told: what goes into the headers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `X-Api-Key`; absent only for the operator's own receiver when no key is configured.
    pub api_key: Option<String>,
    /// Signs the request; without it there is no `X-Signature`.
    pub secret: Option<String>,
}

/// Sends webhooks. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Sender {
    guarded: Client,
    operator: Client,
    attempt_timeout: Duration,
}

impl Sender {
    /// A sender whose attempts last at most `attempt_timeout`, answer included.
    pub fn new(policy: &AddressPolicy, attempt_timeout: Duration) -> Result<Self, SenderError> {
        // Two clients, so that a guarded webhook never rides on a connection that was opened to
        // an address it may not reach itself.
        let guarded = || plain().dns_resolver(GuardedResolver(policy.clone()));
        Ok(Self {
            guarded: build(guarded).map_err(SenderError)?,
            operator: build(plain).map_err(SenderError)?,
            attempt_timeout,
        })
    }

    /// One attempt. `nonce` is new for each.
    pub async fn attempt(
        &self,
        target: &Target,
        credentials: &Credentials,
        fact: &Fact,
        nonce: &str,
        now: Timestamp,
    ) -> Attempt {
        let begun = Instant::now();
        let span = fact.trace.map(|trace_id| {
            trace_span!(target: "flow", "webhook attempt", %trace_id, event_id = fact.event_id)
        });
        let exchange = self
            .exchange(target, credentials, fact, nonce, now)
            .instrument(span.unwrap_or_else(Span::none));
        let result = match timeout(self.attempt_timeout, exchange).await {
            Ok(result) => result,
            Err(_) => Err(Failure::unreachable(format!(
                "no complete answer within {} s",
                self.attempt_timeout.as_secs_f32()
            ))),
        };
        let elapsed = begun.elapsed();
        match result {
            Ok(answer) => Attempt {
                verdict: answer.verdict,
                http_status: Some(answer.status),
                error: answer.error,
                elapsed,
            },
            Err(failure) => Attempt {
                verdict: failure.verdict,
                http_status: None,
                error: failure.error.chars().take(ERROR_CHARS_MAX).collect(),
                elapsed,
            },
        }
    }

    async fn exchange(
        &self,
        target: &Target,
        credentials: &Credentials,
        fact: &Fact,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        let body = fact
            .body(nonce)
            .map_err(|broken| Failure::refused(broken.to_string()))?;
        let mut headers = headers(target, credentials, &body, nonce, now)
            .map_err(|_| Failure::refused("the API key cannot be an HTTP header".to_owned()))?;
        if let Some(parent) = fact.trace.and_then(traceparent) {
            headers.insert("traceparent", parent);
        }
        let client = match target.trust {
            Trust::Operator => &self.operator,
            Trust::Guarded => &self.guarded,
        };
        let request = client.post(target.url.clone()).headers(headers).body(body);
        read(request.send().await?).await
    }
}

/// The flow and this attempt as W3C Trace Context writes them.
fn traceparent(trace: TraceId) -> Option<HeaderValue> {
    let attempt = rand::random::<u64>().max(1);
    HeaderValue::from_str(&format!("00-{trace}-{attempt:016x}-01")).ok()
}

fn headers(
    target: &Target,
    credentials: &Credentials,
    body: &[u8],
    nonce: &str,
    now: Timestamp,
) -> Result<HeaderMap, reqwest::header::InvalidHeaderValue> {
    let timestamp = now.unix_seconds();
    let mut headers = HeaderMap::with_capacity(5);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(api_key) = &credentials.api_key {
        headers.insert("x-api-key", HeaderValue::from_str(api_key)?);
    }
    headers.insert("x-timestamp", HeaderValue::from(timestamp));
    headers.insert("x-nonce", HeaderValue::from_str(nonce)?);
    if let Some(secret) = &credentials.secret {
        let request = SignedRequest {
            method: "POST",
            path: target.path(),
            timestamp,
            nonce,
            body,
        };
        headers.insert("x-signature", HeaderValue::from_str(&request.sign(secret))?);
    }
    Ok(headers)
}

struct Answer {
    status: u16,
    verdict: Verdict,
    error: String,
}

struct Failure {
    verdict: Verdict,
    error: String,
}

impl Failure {
    fn unreachable(error: String) -> Self {
        let verdict = Verdict::Retry {
            retry_after: None,
            unreachable: true,
        };
        Self { verdict, error }
    }

    fn refused(error: String) -> Self {
        let verdict = Verdict::Refused;
        Self { verdict, error }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // The address may hold a secret in its path.
        let error = error.without_url();
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            if let Some(forbidden) = inner.downcast_ref::<ForbiddenAddress>() {
                return Self::refused(forbidden.to_string());
            }
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        Self::unreachable(text)
    }
}

/// Reads the answer to its end, or to [`ANSWER_BYTES_MAX`]: what lies beyond is not worth the
/// connection, and the status has said what matters.
async fn read(mut response: Response) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let wish = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after(wish.and_then(|value| value.to_str().ok()));
    let mut text = Vec::new();
    let mut length = 0;
    while let Some(chunk) = response.chunk().await? {
        length += chunk.len();
        if text.len() < ERROR_CHARS_MAX {
            let room = (ERROR_CHARS_MAX - text.len()).min(chunk.len());
            text.extend_from_slice(&chunk[..room]);
        }
        if length >= ANSWER_BYTES_MAX {
            break;
        }
    }
    let verdict = Verdict::of_status(status, retry_after);
    let error = if verdict == Verdict::Delivered {
        String::new()
    } else {
        let text = String::from_utf8_lossy(&text);
        let readable = text.chars().filter(|c| !c.is_control());
        format!("status {status}: ")
            .chars()
            .chain(readable)
            .take(ERROR_CHARS_MAX)
            .collect()
    };
    Ok(Answer {
        status,
        verdict,
        error,
    })
}
