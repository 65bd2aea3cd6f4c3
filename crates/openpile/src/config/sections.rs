//! The sections of the configuration. What each key means stands in `configs/defaults.yaml`.
#![expect(
    missing_docs,
    reason = "defaults.yaml documents the keys; saying it twice would drift"
)]

use super::{DatabaseUrl, HttpTls, HttpUrl, LogLevel, Network, RedisUrl, Seconds, Secret, TcpTls};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Not set: the embedded database in `data_dir`.
    pub url: Option<DatabaseUrl>,
    pub connections: NonZeroU32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// Not set: one node alone.
    pub url: Option<RedisUrl>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Not set: the name of the machine.
    pub node: Option<String>,
    pub beat_s: Seconds,
    pub dead_after_s: Seconds,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub listen: SocketAddr,
    pub body_max_bytes: NonZeroUsize,
    pub request_timeout_s: Seconds,
    pub trusted_proxies: Vec<Network>,
    pub tls: HttpTls,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tcp {
    pub listen: Vec<SocketAddr>,
    pub tls: Vec<TcpTls>,
    pub allow_networks: Vec<Network>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    pub auto_enrol: bool,
}

/// What happens to a running order whose device went offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfflinePolicy {
    /// As the device's protocol does.
    Protocol,
    /// Provisional completion.
    Complete,
    /// Wait for the device.
    Hold,
}

/// What a start on a port that is charging does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortConflictPolicy {
    /// Answers 409.
    Reject,
    /// Ends the running order and starts the new one.
    Replace,
}

/// What becomes of the service fee of third-party orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceFeeMode {
    /// Stored and echoed, not part of the bill.
    Informational,
    /// The price grows by so many thousandths.
    PermilleOnTop,
    /// A tenth of the number is fen per kWh on top of the price.
    FenPerKwhOnTop,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Third {
    pub auto_create_device: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThirdParty {
    pub webhook_url: Option<HttpUrl>,
    pub webhook_secret: Option<Secret>,
    pub enable_queue: bool,
    pub api_keys: Vec<Secret>,
    pub partners: Vec<Partner>,
}

/// A key with more than its text; what is left out is as for all keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    pub key: Secret,
    pub name: Option<String>,
    /// Secret of its request signatures.
    pub secret: Option<Secret>,
    /// Whether each of its requests must be signed.
    #[serde(default)]
    pub require_hmac: bool,
    /// Whether its users' bills are settled with us, through a partner account.
    #[serde(default)]
    pub settle_via_platform: bool,
    /// Where the events of its orders go.
    pub webhook_url: Option<HttpUrl>,
    pub webhook_secret: Option<Secret>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    pub timeout_s: Seconds,
    pub fast_retries_s: Vec<Seconds>,
    pub slow_retries_s: Vec<Seconds>,
    pub allow_networks: Vec<Network>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    pub timeout_s: Seconds,
    pub allow_networks: Vec<Network>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    pub open_device_status: bool,
}

/// A token bucket: `burst` tokens at most, refilled steadily.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    pub burst: NonZeroU32,
    pub refill_per_s: NonZeroU32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub write: Bucket,
    pub read: Bucket,
    pub overrides: Vec<RateOverride>,
}

impl Rate {
    /// The buckets of one API key: write, read.
    pub fn of_key(&self, key: &str) -> (Bucket, Bucket) {
        let special = self.overrides.iter().find(|o| o.key.expose() == key);
        (
            special.and_then(|o| o.write).unwrap_or(self.write),
            special.and_then(|o| o.read).unwrap_or(self.read),
        )
    }
}

/// Other rates for one API key; what is left out stays as for all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateOverride {
    pub key: Secret,
    pub write: Option<Bucket>,
    pub read: Option<Bucket>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub connections_max: NonZeroUsize,
    pub connections_per_address_max: NonZeroUsize,
    pub frames_per_second: NonZeroU32,
    pub bytes_per_second: NonZeroU32,
    pub flood_close_after_s: Seconds,
    pub write_timeout_s: Seconds,
    pub tls_handshake_s: Seconds,
    pub pending_facts_max: NonZeroUsize,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: LogLevel,
    pub format: LogFormat,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Otel {
    pub endpoint: Option<HttpUrl>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shutdown {
    pub lead_s: Option<Seconds>,
    pub drain_s: Seconds,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    pub min_start_fen: u32,
    pub max_freeze_fen: NonZeroU32,
    pub refund_auto_limit_fen: u32,
    pub commission_mature_days: u16,
    pub channel_fee_bp: u16,
    pub gift_days: u16,
    pub withdraw: Withdraw,
}

impl Money {
    /// The numbers as the application takes them.
    pub fn rules(&self) -> app::MoneyRules {
        let withdraw = &self.withdraw;
        let fen = |sum: u32| kernel::Fen(i64::from(sum));
        app::MoneyRules {
            min_start: fen(self.min_start_fen),
            max_freeze: fen(self.max_freeze_fen.get()),
            refund_auto_limit: fen(self.refund_auto_limit_fen),
            mature_days: self.commission_mature_days,
            channel_fee: kernel::BasisPoints(i32::from(self.channel_fee_bp)),
            gift_days: self.gift_days,
            withdrawals: domain::withdrawal::WithdrawalRules {
                min: fen(withdraw.min_fen.get()),
                max_per_day: withdraw.max_per_day.get(),
                fee_bp: kernel::BasisPoints(i32::from(withdraw.fee_bp)),
                auto_limit: fen(withdraw.auto_limit_fen),
                second_reviewer_above: fen(withdraw.second_reviewer_fen),
                ..domain::withdrawal::WithdrawalRules::default()
            },
        }
    }
}

/// Numbers of money that cannot stand together are refused where they stand.
pub(super) fn consistent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    let money = Money::deserialize(deserializer)?;
    money.rules().check().map_err(D::Error::custom)?;
    Ok(money)
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    pub log_codes: bool,
    pub aliyun: Option<AliyunSms>,
    pub tencent: Option<TencentSms>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliyunSms {
    pub access_key_id: String,
    pub access_key_secret: Secret,
    pub sign_name: String,
    #[serde(default)]
    pub templates: HashMap<String, String>,
    pub endpoint: Option<HttpUrl>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TencentSms {
    pub secret_id: String,
    pub secret_key: Secret,
    pub app_id: String,
    pub sign_name: String,
    #[serde(default = "nearest_region")]
    pub region: String,
    #[serde(default)]
    pub templates: HashMap<String, String>,
    pub endpoint: Option<HttpUrl>,
}

fn nearest_region() -> String {
    "ap-guangzhou".to_owned()
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payments {
    pub wechat: Option<channels::payment::wechat::WechatConfig>,
    pub alipay: Option<channels::payment::alipay::AlipayConfig>,
    pub mock: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    pub min_fen: NonZeroU32,
    pub max_per_day: NonZeroU32,
    pub fee_bp: u16,
    pub auto_limit_fen: u32,
    pub second_reviewer_fen: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub comm_days: NonZeroU32,
    pub curve_days: NonZeroU32,
    pub event_days: NonZeroU32,
    pub command_days: NonZeroU32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    pub api_keys: Vec<Secret>,
    pub initial_password: Option<Secret>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommLog {
    pub enabled: bool,
    pub full: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    pub warn_mb: u32,
    pub critical_mb: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Not set: `backups` in `data_dir`.
    pub dir: Option<PathBuf>,
    /// 0: only when asked.
    pub every_h: u32,
    pub keep: NonZeroU32,
}
