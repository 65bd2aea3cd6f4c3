use crate::access::Rates;
use crate::push::LiveRules;
use channels::webhook::target::AddressPolicy;
use domain::PortConflictPolicy;
use domain::order::ServiceFeeMode;
use ipnet::IpNet;
use std::time::Duration;

/// What an operator has configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `third_party.api_keys`: keys of the third-party API.
    pub third_party_keys: Vec<String>,
    /// `third_party.partners`: keys with a secret or an address of their own.
    pub partners: Vec<Partner>,
    /// `admin.api_keys`: keys of the administration.
    pub admin_keys: Vec<String>,
    /// `rate`: buckets of keys without figures of their own.
    pub rates: Rates,
    /// `rate.overrides`: other figures for single keys.
    pub rate_overrides: Vec<(String, Rates)>,
    /// `port_conflict_policy`, for keys without a policy of their own.
    pub port_conflict: PortConflictPolicy,
    /// `service_fee_mode`, for keys without a mode of their own.
    pub service_fee_mode: ServiceFeeMode,
    /// `api.open_device_status`: whether `GET /api/devices/{phy_id}` answers without a key.
    pub open_device_status: bool,
    /// `webhook.allow_networks`, for addresses given with a start.
    pub webhook_addresses: AddressPolicy,
    /// `http.body_max_bytes`: longest JSON body.
    pub body_max_bytes: usize,
    /// Longest firmware image.
    pub image_max_bytes: usize,
    /// `http.trusted_proxies`: networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `http.request_timeout_s`: longest time for one answer.
    pub request_timeout: Duration,
    /// Connections at a time; further ones wait in the kernel's queue.
    pub connections_max: usize,
    /// `shutdown.drain_s`: how long open calls are waited for when the program stops.
    pub drain: Duration,
    /// Sockets of live pages.
    pub live: LiveRules,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            third_party_keys: Vec::new(),
            partners: Vec::new(),
            admin_keys: Vec::new(),
            rates: Rates::default(),
            rate_overrides: Vec::new(),
            port_conflict: PortConflictPolicy::default(),
            service_fee_mode: ServiceFeeMode::default(),
            open_device_status: true,
            webhook_addresses: AddressPolicy::public_only(),
            body_max_bytes: 64 * 1024,
            image_max_bytes: 4 * 1024 * 1024,
            trusted_proxies: Vec::new(),
            request_timeout: Duration::from_secs(30),
            connections_max: 10_000,
            drain: Duration::from_secs(20),
            live: LiveRules::default(),
        }
    }
}

/// A configured key of the third-party API with more than its text.
#[derive(Clone, Default)]
pub struct Partner {
    /// What goes into `X-Api-Key`.
    pub key: String,
    /// Name for people.
    pub name: Option<String>,
    /// Secret of its request signatures.
    pub secret: Option<String>,
    /// Whether each of its requests must be signed.
    pub require_hmac: bool,
    /// Whether its users' bills are settled with us, through a partner account.
    pub settle_via_platform: bool,
    /// Where the events of its orders go.
    pub webhook_url: Option<String>,
    /// Secret of their signatures.
    pub webhook_secret: Option<String>,
}

impl std::fmt::Debug for Partner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Partner")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
