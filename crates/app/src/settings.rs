use domain::Policy;
use std::path::PathBuf;
use std::time::Duration;

/// What an operator has configured.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of a configuration"
)]
#[derive(Clone, Debug)]
pub struct Settings {
    /// The numbers of the order's life.
    pub policy: Policy,
    /// The numbers of money.
    pub money: crate::MoneyRules,
    /// What stands on invoices, and who looks at them.
    pub invoices: crate::InvoiceRules,
    /// An operator's own rule for orders of devices that stay away; otherwise each protocol's.
    pub offline_policy: Option<device::OfflinePolicy>,
    /// An operator's own figure for when a device counts as offline; otherwise each profile's.
    pub offline_after: Option<Duration>,
    /// Strangers become devices on first contact.
    pub auto_enrol: bool,
    /// A third-party start for an unknown device creates it.
    pub auto_create_device: bool,
    /// Whether the communication log is kept.
    pub comm_log: bool,
    /// Whether the communication log keeps every frame of every device; otherwise heartbeats and
    /// reports that come all the time are thinned out.
    pub comm_log_full: bool,
    /// How often live values are written to the database.
    pub flush_every: Duration,
    /// How often queued commands of connected devices are looked for, should a doorbell be lost.
    pub redeliver_every: Duration,
    /// How often expired rows are purged, silent charges asked about and alarms looked after.
    pub sweep_every: Duration,
    /// The operator's receiver of webhooks, for everybody who brings no address.
    pub webhook_url: Option<String>,
    /// Whether events are sent at all; otherwise they are only recorded.
    pub webhook_enabled: bool,
    /// Days that the communication log is kept.
    pub comm_log_days: u32,
    /// Days that charging curves are kept.
    pub curve_days: u32,
    /// Days that finished webhook rows are kept.
    pub event_days: u32,
    /// Days that ended commands are kept.
    pub command_days: u32,
    /// Where end reports wait while the database is away; none: they are not acknowledged then.
    pub spool: Option<PathBuf>,
    /// How the embedded database is copied.
    pub backups: crate::BackupRules,
    /// When room on the disk is short.
    pub disk: crate::DiskRules,
    /// How it takes part in a cluster; none: it is alone.
    pub cluster: Option<crate::ClusterRules>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            money: crate::MoneyRules::default(),
            invoices: crate::InvoiceRules::default(),
            offline_policy: None,
            offline_after: None,
            auto_enrol: false,
            auto_create_device: false,
            comm_log: true,
            comm_log_full: false,
            flush_every: Duration::from_secs(1),
            redeliver_every: Duration::from_secs(30),
            sweep_every: Duration::from_mins(1),
            webhook_url: None,
            webhook_enabled: true,
            comm_log_days: 90,
            curve_days: 365,
            event_days: 30,
            command_days: 90,
            spool: None,
            backups: crate::BackupRules::default(),
            disk: crate::DiskRules::default(),
            cluster: None,
        }
    }
}
