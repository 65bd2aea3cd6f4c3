//! From the configuration to the settings of each room.

mod certificates;
mod outside;

pub(crate) use certificates::certificates;
pub(crate) use outside::outside;

use crate::config::{self, Bucket, Config};
use channels::payment::PaymentChannel;
use channels::payment::alipay::Alipay;
use channels::payment::mock::{MockChannel, MockConfig};
use channels::payment::wechat::Wechat;
use channels::webhook::schedule::Schedule;
use channels::webhook::target::AddressPolicy;
use channels::webhook::{self, OperatorReceiver};
use domain::Policy;
use std::sync::Arc;
use store::DbOptions;

/// File of the embedded database inside the data directory.
const DATABASE_FILE: &str = "openpile.db";
/// Folder of end reports that wait for the database, inside the data directory.
const SPOOL_FOLDER: &str = "spool";

pub(crate) fn database(config: &Config) -> DbOptions {
    let target = match &config.database.url {
        Some(url) => url.expose().to_owned(),
        None => config.data_dir.join(DATABASE_FILE).display().to_string(),
    };
    DbOptions {
        pg_connections: config.database.connections.get(),
        ..DbOptions::new(target)
    }
}

fn policy(config: &Config) -> Policy {
    let seconds = |duration: std::time::Duration| {
        i64::try_from(duration.as_secs()).unwrap_or(i64::MAX).max(1)
    };
    Policy {
        start_ttl: config.start_ttl_s.0,
        plug_timeout: config.plug_timeout_s.0,
        stuck_timeout: config.stuck_timeout_min.0,
        offline_complete: config.offline_complete_s.0,
        hold: config.hold_min.0,
        sweep_period: config.sweep_s.0,
        ack_timeout: config.ack_timeout_s.0,
        command_retries: i16::try_from(config.ack_retries).unwrap_or(i16::MAX),
        heartbeat_sample: u64::from(config.heartbeat_sample.get()),
        progress_interval_s: seconds(config.progress_push_interval_s.0),
        port_conflict: port_conflict(config),
        service_fee_mode: service_fee_mode(config),
        ..Policy::default()
    }
}

fn port_conflict(config: &Config) -> domain::PortConflictPolicy {
    match config.port_conflict_policy {
        config::PortConflictPolicy::Reject => domain::PortConflictPolicy::Reject,
        config::PortConflictPolicy::Replace => domain::PortConflictPolicy::Replace,
    }
}

fn service_fee_mode(config: &Config) -> domain::order::ServiceFeeMode {
    use domain::order::ServiceFeeMode;
    match config.service_fee_mode {
        config::ServiceFeeMode::Informational => ServiceFeeMode::Informational,
        config::ServiceFeeMode::PermilleOnTop => ServiceFeeMode::PermilleOnTop,
        config::ServiceFeeMode::FenPerKwhOnTop => ServiceFeeMode::FenPerKwhOnTop,
    }
}

/// The payment channels that are configured.
pub(crate) fn payments(
    config: &Config,
    clock: Arc<dyn kernel::Clock>,
) -> anyhow::Result<app::PaymentChannels> {
    let payments = &config.payments;
    let mut list: Vec<Arc<dyn PaymentChannel>> = Vec::new();
    if let Some(wechat) = &payments.wechat {
        list.push(Arc::new(Wechat::new(wechat.clone(), clock.clone())?));
    }
    if let Some(alipay) = &payments.alipay {
        list.push(Arc::new(Alipay::new(alipay.clone(), clock.clone())?));
    }
    let mut channels = app::PaymentChannels::new(list);
    if payments.mock {
        channels = channels.with_mock(MockChannel::new(MockConfig::local(), clock)?);
    }
    Ok(channels)
}

pub(crate) fn app(config: &Config) -> app::Settings {
    app::Settings {
        policy: policy(config),
        money: config.money.rules(),
        invoices: outside::invoices(&config.invoice),
        offline_policy: match config.offline_policy {
            config::OfflinePolicy::Protocol => None,
            config::OfflinePolicy::Complete => Some(device::OfflinePolicy::Complete),
            config::OfflinePolicy::Hold => Some(device::OfflinePolicy::Hold),
        },
        offline_after: config.offline_after_s.map(|seconds| seconds.0),
        auto_enrol: config.devices.auto_enrol,
        auto_create_device: config.third.auto_create_device,
        comm_log: config.comm_log.enabled,
        comm_log_full: config.comm_log.full,
        flush_every: config.live_flush_s.0,
        redeliver_every: config.offline_retry_s.0,
        sweep_every: config.sweep_s.0,
        webhook_url: config
            .third_party
            .webhook_url
            .as_ref()
            .map(|url| url.as_str().to_owned()),
        webhook_enabled: config.third_party.enable_queue,
        comm_log_days: config.retention.comm_days.get(),
        curve_days: config.retention.curve_days.get(),
        event_days: config.retention.event_days.get(),
        command_days: config.retention.command_days.get(),
        spool: Some(config.data_dir.join(SPOOL_FOLDER)),
        backups: backups(config),
        disk: app::DiskRules {
            warning: u64::from(config.disk.warn_mb) << 20,
            critical: u64::from(config.disk.critical_mb) << 20,
        },
        cluster: None,
    }
}

fn backups(config: &Config) -> app::BackupRules {
    let backup = &config.backup;
    let folder = backup.dir.clone();
    app::BackupRules {
        folder: folder.unwrap_or_else(|| config.data_dir.join("backups")),
        every: (backup.every_h > 0)
            .then(|| std::time::Duration::from_hours(u64::from(backup.every_h))),
        keep: usize::try_from(backup.keep.get()).unwrap_or(usize::MAX),
    }
}

fn addresses(config: &Config) -> AddressPolicy {
    let networks = config.webhook.allow_networks.clone();
    AddressPolicy::new(move |address| networks.iter().any(|network| network.contains(address)))
}

pub(crate) fn webhooks(config: &Config, alone: bool) -> webhook::Settings {
    let pauses = |list: &[config::Seconds]| list.iter().map(|pause| pause.0).collect();
    let third_party = &config.third_party;
    webhook::Settings {
        enabled: third_party.enable_queue,
        operator: OperatorReceiver {
            url: third_party
                .webhook_url
                .as_ref()
                .map(|url| url.as_str().to_owned()),
            secret: third_party
                .webhook_secret
                .as_ref()
                .map(|secret| secret.expose().to_owned()),
            api_key: third_party
                .api_keys
                .first()
                .map(|key| key.expose().to_owned()),
        },
        policy: addresses(config),
        attempt_timeout: config.webhook.timeout_s.0,
        schedule: Schedule {
            fast: pauses(&config.webhook.fast_retries_s),
            slow: pauses(&config.webhook.slow_retries_s),
        },
        alone,
        ..webhook::Settings::default()
    }
}

pub(crate) fn api(config: &Config) -> api::Settings {
    let keys = |list: &[config::Secret]| list.iter().map(|key| key.expose().to_owned()).collect();
    let rates = |(write, read): (Bucket, Bucket)| api::Rates {
        write: api::Bucket {
            burst: write.burst,
            refill_per_s: write.refill_per_s,
        },
        read: api::Bucket {
            burst: read.burst,
            refill_per_s: read.refill_per_s,
        },
    };
    api::Settings {
        third_party_keys: keys(&config.third_party.api_keys),
        partners: config.third_party.partners.iter().map(partner).collect(),
        admin_keys: keys(&config.admin.api_keys),
        rates: rates((config.rate.write, config.rate.read)),
        rate_overrides: config
            .rate
            .overrides
            .iter()
            .map(|own| {
                let key = own.key.expose();
                (key.to_owned(), rates(config.rate.of_key(key)))
            })
            .collect(),
        port_conflict: port_conflict(config),
        service_fee_mode: service_fee_mode(config),
        open_device_status: config.api.open_device_status,
        webhook_addresses: addresses(config),
        body_max_bytes: config.http.body_max_bytes.get(),
        trusted_proxies: config
            .http
            .trusted_proxies
            .iter()
            .map(config::Network::to_net)
            .collect(),
        request_timeout: config.http.request_timeout_s.0,
        drain: config.shutdown.drain_s.0,
        ..api::Settings::default()
    }
}

fn partner(partner: &config::Partner) -> api::Partner {
    let exposed =
        |secret: &Option<config::Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
    api::Partner {
        key: partner.key.expose().to_owned(),
        name: partner.name.clone(),
        secret: exposed(&partner.secret),
        require_hmac: partner.require_hmac,
        settle_via_platform: partner.settle_via_platform,
        webhook_url: partner
            .webhook_url
            .as_ref()
            .map(|url| url.as_str().to_owned()),
        webhook_secret: exposed(&partner.webhook_secret),
    }
}

pub(crate) fn gateway(config: &Config) -> gateway::Limits {
    gateway::Limits {
        allow_networks: config
            .tcp
            .allow_networks
            .iter()
            .map(config::Network::to_net)
            .collect(),
        connections_max: config.limits.connections_max.get(),
        connections_per_address_max: config.limits.connections_per_address_max.get(),
        frames_per_second: config.limits.frames_per_second.get(),
        bytes_per_second: config.limits.bytes_per_second.get(),
        flood_close_after: config.limits.flood_close_after_s.0,
        write_timeout: config.limits.write_timeout_s.0,
        tls_handshake: config.limits.tls_handshake_s.0,
        unidentified_close_after: config.tcp_idle_close_s.0,
        pending_facts_max: config.limits.pending_facts_max.get(),
    }
}
