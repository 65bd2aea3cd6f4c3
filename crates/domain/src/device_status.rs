//! Lifecycle of a device, `devices.status`. Whether it is online is not part of it.

use serde::{Deserialize, Serialize};

/// `devices.status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceStatus {
    /// Known since its first register frame; not yet bound to a station.
    #[default]
    Registered,
    /// In service.
    Active,
    /// Taken out of service: no new orders, running ones go on to their end.
    Disabled,
    /// In a maintenance window: no new orders, alarms suppressed.
    Maintenance,
    /// Gone for good.
    Retired,
}

impl DeviceStatus {
    const ALL: [Self; 5] = [
        Self::Registered,
        Self::Active,
        Self::Disabled,
        Self::Maintenance,
        Self::Retired,
    ];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Maintenance => "maintenance",
            Self::Retired => "retired",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether new orders may be placed on it.
    pub const fn takes_orders(self) -> bool {
        matches!(self, Self::Registered | Self::Active)
    }
}
