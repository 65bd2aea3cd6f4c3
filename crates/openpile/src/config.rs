//! Configuration: built-in defaults, then one YAML file, then environment variables.
//!
//! `configs/defaults.yaml` documents every key and is compiled in; the structs here give the keys
//! their types. Unknown keys and values of the wrong type are refused with file, line, column and
//! key, or with the name of the environment variable.

mod address;
mod duration;
mod effective;
mod error;
mod invoicing;
mod level;
mod network;
mod parking;
mod secret;
mod secret_files;
mod secret_keys;
mod sections;
mod tls;
mod tree;
mod typed;
mod variables;
mod warnings;
mod yaml;

#[cfg(test)]
mod tests;

pub use address::{DatabaseUrl, HttpUrl, RedisUrl};
pub use duration::{Minutes, Seconds};
pub use error::{ConfigError, Origin};
pub use invoicing::{
    HttpIssuer, Invoice, InvoiceSeller, IssuerKind, Item, LocalIssuer, Mail, MailSecurity, Review,
};
pub use level::LogLevel;
pub use network::Network;
pub use parking::{Parking, ParkingVendor};
pub use secret::Secret;
pub use sections::{
    Admin, AliyunSms, Api, Backup, Bucket, Camera, Cluster, CommLog, Database, Devices, Disk, Http,
    Limits, Log, LogFormat, Money, OfflinePolicy, Otel, Partner, Payments, PortConflictPolicy,
    Rate, RateOverride, Redis, Retention, ServiceFeeMode, Shutdown, Sms, Tcp, TencentSms, Third,
    ThirdParty, Webhook,
};
pub use tls::{HttpTls, PemPath, TcpTls};

use serde::Deserialize;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// Every default, with its explanation.
pub const DEFAULTS: &str = include_str!("../../../configs/defaults.yaml");
/// How errors and `config check` name the built-in defaults.
const DEFAULTS_NAME: &str = "built-in defaults";

/// The whole configuration. What each key means stands in `configs/defaults.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "defaults.yaml documents the keys; saying it twice would drift"
)]
pub struct Config {
    pub data_dir: PathBuf,
    pub database: Database,
    pub redis: Redis,
    pub cluster: Cluster,
    pub http: Http,
    pub tcp: Tcp,
    pub devices: Devices,
    pub offline_after_s: Option<Seconds>,
    pub tcp_idle_close_s: Seconds,
    pub ack_timeout_s: Seconds,
    pub ack_retries: u32,
    pub offline_retry_s: Seconds,
    pub start_ttl_s: Seconds,
    pub plug_timeout_s: Seconds,
    pub sweep_s: Seconds,
    pub stuck_timeout_min: Minutes,
    pub offline_policy: OfflinePolicy,
    pub offline_complete_s: Seconds,
    pub hold_min: Minutes,
    pub port_conflict_policy: PortConflictPolicy,
    pub service_fee_mode: ServiceFeeMode,
    pub third: Third,
    pub third_party: ThirdParty,
    pub admin: Admin,
    pub webhook: Webhook,
    pub heartbeat_sample: NonZeroU32,
    pub progress_push_interval_s: Seconds,
    pub api: Api,
    pub rate: Rate,
    pub limits: Limits,
    pub comm_log: CommLog,
    pub disk: Disk,
    pub live_flush_s: Seconds,
    pub log: Log,
    pub otel: Otel,
    #[serde(deserialize_with = "sections::consistent")]
    pub money: Money,
    pub invoice: Invoice,
    pub mail: Mail,
    pub camera: Camera,
    pub parking: Parking,
    pub sms: Sms,
    pub payments: Payments,
    pub shutdown: Shutdown,
    pub retention: Retention,
    pub backup: Backup,
}

/// A configuration and what a person may want to know of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values in force.
    pub config: Config,
    /// The same as YAML, secrets masked, with the origin of everything that is no default.
    pub effective: String,
    /// What is allowed but probably not meant; to be logged at start.
    pub warnings: Vec<String>,
}

/// Loads the configuration of this process: defaults, `file` if given, its environment.
///
/// # Errors
/// The file cannot be read, or some value in it or in the environment is not acceptable.
pub fn load(file: Option<&Path>) -> Result<Loaded, ConfigError> {
    load_with(file, std::env::vars_os())
}

/// Like [`load`], with the environment passed in.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Loaded, ConfigError> {
    let Some(file) = file else {
        return assemble(None, variables);
    };
    let name = file.display().to_string();
    let size_max = u64::try_from(yaml::TEXT_MAX).unwrap_or(u64::MAX);
    let text = read_at_most(file, size_max.saturating_add(1))
        .map_err(|error| ConfigError::bare(format!("cannot read {name}: {error}")))?;
    assemble(Some((&name, &text)), variables)
}

/// Reads no more than `size_max` bytes, so that a wrong path cannot fill the memory.
fn read_at_most(file: &Path, size_max: u64) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(file)?
        .take(size_max)
        .read_to_string(&mut text)?;
    Ok(text)
}

fn assemble(
    file: Option<(&str, &str)>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Loaded, ConfigError> {
    let mut tree = yaml::read_file(DEFAULTS_NAME, DEFAULTS)?;
    if let Some((name, text)) = file {
        tree.merge(yaml::read_file(name, text)?);
    }
    variables::apply(&mut tree, variables)?;
    // As it was written: with the names of files, without what stands in them.
    let effective = effective::render(&tree, DEFAULTS_NAME);
    let mut warnings = secret_files::read(&mut tree)?;
    let config: Config = typed::typed(&tree)?;
    warnings.extend(warnings::of(&config));
    Ok(Loaded {
        config,
        effective,
        warnings,
    })
}
