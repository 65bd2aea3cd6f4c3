use domain::order::{OrderSource, ServiceFeeMode};
use domain::payer::Payer;
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
    /// Whether its users' bills are settled with us, through a partner account.
    pub settles_with_us: bool,
}

impl Caller {
    /// Where orders of this caller come from.
    pub const fn source(&self) -> OrderSource {
        match self.api_key {
            Some(_) => OrderSource::Third,
            None => OrderSource::Test,
        }
    }

    /// Who pays for the charges of this caller; nobody here, unless it settles with us.
    pub fn payer(&self) -> Option<Payer> {
        let key = self.api_key.filter(|_| self.settles_with_us)?;
        let operator = format!("api-{key}");
        Some(Payer::Partner { operator })
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
