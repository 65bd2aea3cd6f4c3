use domain::order::{OrderSource, ServiceFeeMode};
use domain::policy::PortConflictPolicy;
use kernel::ApiKeyId;

/// Who asks, and what has been agreed with them.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The key, for third parties.
    pub api_key: Option<ApiKeyId>,
    /// Name in the status history.
    pub name: String,
    /// What a start on a busy port does.
    pub port_conflict: PortConflictPolicy,
    /// What the service fee does to the bill.
    pub service_fee_mode: ServiceFeeMode,
}

impl Caller {
    /// Where orders of this caller come from.
    pub const fn source(&self) -> OrderSource {
        match self.api_key {
            Some(_) => OrderSource::Third,
            None => OrderSource::Test,
        }
    }

    /// Whether starts of this caller may wait for a device that is away: people who stand at
    /// the device are told at once, machines are not.
    pub const fn may_queue(&self) -> bool {
        self.api_key.is_some()
    }

    /// How the status history names the caller.
    pub fn actor(&self) -> String {
        match self.api_key {
            Some(key) => format!("api:{key}"),
            None => self.name.clone(),
        }
    }
}
