use crate::Traits;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is known of one device beyond its protocol: traits that its link learnt, and traits
/// that an operator pinned. A pinned trait wins. Keys belong to the protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Set by the link; survives reconnects.
    #[serde(default)]
    pub learnt: Traits,
    /// Set by an operator.
    #[serde(default)]
    pub pinned: Traits,
}

impl Profile {
    /// The value of a trait, the pinned one first.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pinned.get(key).or_else(|| self.learnt.get(key))
    }
}

/// How often a device speaks and how long its silence is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Period of its heartbeat.
    pub heartbeat: Duration,
    /// Without a valid frame for so long it counts as offline.
    pub offline_after: Duration,
    /// Without a valid frame for so long the platform closes its connection.
    pub close_after: Duration,
    /// Period of its reports while it charges.
    pub report: Duration,
    /// A running charge without news for so long is asked about.
    pub query_after: Duration,
}
