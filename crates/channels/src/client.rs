//! The HTTP client of every call that leaves the house.

use reqwest::{Client, ClientBuilder, redirect};
use std::time::Duration;

/// Connections kept open to one receiver between calls.
const IDLE_CONNECTIONS_MAX: usize = 32;
/// How long such a connection is kept.
const IDLE_TIME_MAX: Duration = Duration::from_secs(30);

/// Neither proxies from the environment nor redirects: both would lead to somebody else than the
/// one whose address was checked. No retries: a repeat is the caller's decision.
pub(crate) fn plain() -> ClientBuilder {
    Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .user_agent(concat!("OpenPile/", env!("CARGO_PKG_VERSION")))
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .pool_idle_timeout(IDLE_TIME_MAX)
        .tcp_nodelay(true)
}

/// A machine without any root certificates still calls over http; https then fails call by call,
/// with its reason.
pub(crate) fn build(settings: impl Fn() -> ClientBuilder) -> Result<Client, reqwest::Error> {
    settings().build().or_else(|error| {
        tracing::warn!(%error, "no root certificates found: calls over https will fail");
        settings().tls_certs_only([]).build()
    })
}
