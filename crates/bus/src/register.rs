//! What stands in the register that all nodes and other programs can read: which device has a
//! session, and what waits for it. The database is the truth of both; the register follows it.
//!
//! * `session:{phy_id}`: a JSON text while the device is connected.
//! * `outbound:{phy_id}`: a list of JSON texts, one for each command that waits or has not been
//!   answered, oldest first.

use kernel::{CommandId, PhyId};

/// A change of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The device has a session. An older epoch than the one that is there changes nothing.
    Session {
        /// The device.
        device: PhyId,
        /// Its epoch.
        epoch: i64,
        /// What stands there: a JSON object with that `epoch`.
        record: String,
    },
    /// The session of that epoch is over. A newer one stays.
    SessionEnded {
        /// The device.
        device: PhyId,
        /// Its epoch.
        epoch: i64,
    },
    /// A command waits for the device.
    Queued {
        /// The device.
        device: PhyId,
        /// A JSON object with the command's `id`.
        item: String,
    },
    /// A command does not wait any more.
    Done {
        /// The device.
        device: PhyId,
        /// The command.
        command: CommandId,
    },
    /// What waits for the device, all of it.
    Queue {
        /// The device.
        device: PhyId,
        /// JSON objects with the commands' `id`s.
        items: Vec<String>,
    },
}

impl Entry {
    /// The device that it is about.
    pub const fn device(&self) -> &PhyId {
        match self {
            Self::Session { device, .. }
            | Self::SessionEnded { device, .. }
            | Self::Queued { device, .. }
            | Self::Done { device, .. }
            | Self::Queue { device, .. } => device,
        }
    }
}
