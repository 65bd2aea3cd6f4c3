//! One HTTP exchange with a platform, bounded in time and size.

use super::error::{ChannelError, ConfigError};
use crate::client::{build, plain};
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, Response, Url};
use std::error::Error as StdError;
use std::time::Duration;
use tokio::time::timeout;

/// Longest time for a call, answer included, unless configured otherwise.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How many times longer a bill may take: it is larger and nobody waits for it.
const BILL_PATIENCE: u32 = 6;

/// Longest address at which platforms call back, in bytes.
const NOTIFY_URL_LENGTH_MAX: usize = 255;

/// An answer read to its end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Sends requests of one channel. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    client: Client,
    call_timeout: Duration,
}

impl Exchange {
    pub(super) fn new(call_timeout: Duration) -> Result<Self, ConfigError> {
        Ok(Self {
            client: build(plain).map_err(ConfigError::Client)?,
            call_timeout,
        })
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a call and reads at most `max` bytes of its answer.
    pub(super) async fn call(
        &self,
        request: RequestBuilder,
        max: usize,
    ) -> Result<Reply, ChannelError> {
        Self::within(self.call_timeout, request, max).await
    }

    /// Sends the request for a bill and reads at most `max` bytes of it.
    pub(super) async fn fetch_bill(
        &self,
        request: RequestBuilder,
        max: usize,
    ) -> Result<Reply, ChannelError> {
        Self::within(self.call_timeout * BILL_PATIENCE, request, max).await
    }

    async fn within(
        limit: Duration,
        request: RequestBuilder,
        max: usize,
    ) -> Result<Reply, ChannelError> {
        let whole = async { read(request.send().await.map_err(broken)?, max).await };
        timeout(limit, whole).await.unwrap_or_else(|_| {
            let limit = limit.as_secs_f32();
            Err(ChannelError::Unreachable(format!(
                "no complete answer within {limit} s"
            )))
        })
    }
}

/// Reads a base address. Only https, except to this machine itself, where tests listen.
pub(super) fn base_url(text: &str) -> Result<Url, ConfigError> {
    const WRONG: ConfigError =
        ConfigError::Setting("base_url is not an https address without query");
    let url = Url::parse(text).map_err(|_| WRONG)?;
    let plain_allowed = url.scheme() == "http" && is_this_machine(&url);
    let legal = (url.scheme() == "https" || plain_allowed)
        && url.has_host()
        && url.query().is_none()
        && url.fragment().is_none();
    if legal { Ok(url) } else { Err(WRONG) }
}

/// Checks an address at which a platform is to call back: it takes https without a query.
pub(super) fn check_notify_url(text: &str, wrong: &'static str) -> Result<(), ConfigError> {
    match base_url(text) {
        Ok(url) if url.as_str().len() <= NOTIFY_URL_LENGTH_MAX => Ok(()),
        _ => Err(ConfigError::Setting(wrong)),
    }
}

/// Whether an address leads no further than the loopback interface.
pub(super) fn is_this_machine(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
}

/// Does work that takes long where it keeps no connection waiting.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ChannelError> + Send + 'static,
) -> Result<T, ChannelError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(ChannelError::malformed("what could not be read at all")))
}

async fn read(mut response: Response, max: usize) -> Result<Reply, ChannelError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > max {
            return Err(ChannelError::malformed(format!(
                "an answer of more than {max} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

fn broken(error: reqwest::Error) -> ChannelError {
    // Addresses carry our numbers, and those of bills a token.
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    ChannelError::Unreachable(text)
}
