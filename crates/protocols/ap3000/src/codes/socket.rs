//! Socket states.

use super::UNNAMED;
use device::{Fault, PortState};

wire::codes! {
    /// State of a socket in both heartbeats. The power heartbeat uses 1, 2, 3 and 5 of it.
    pub enum SocketState: u8 {
        /// idle
        Idle = 0x00,
        /// charging
        Charging = 0x01,
        /// charger plugged, not started
        Plugged = 0x02,
        /// charger plugged, full
        Full = 0x03,
        /// cannot be metered
        NoMeter = 0x04,
        /// float charging
        Floating = 0x05,
        /// memory damaged
        MemoryDamaged = 0x06,
        /// spring of the socket stuck
        SpringStuck = 0x07,
        /// bad contact or blown fuse
        BadContact = 0x08,
        /// relay stuck, power may stay on
        RelayStuck = 0x09,
        /// hall or insertion sensor broken
        SensorBroken = 0x0A,
        /// precheck: relay broken or fuse blown
        PrecheckRelay = 0x0B,
        /// precheck: load short-circuited
        PrecheckShort = 0x0D,
        /// precheck, filtered: relay stuck, power may stay on
        PrecheckStuck = 0x0E,
        /// card reader broken, charging still works
        ReaderBroken = 0x0F,
        /// detection circuit broken
        DetectionBroken = 0x10,
    }
}

impl SocketState {
    /// The platform's word for it.
    pub const fn port_state(self) -> PortState {
        match self {
            Self::Idle => PortState::Idle,
            Self::Charging | Self::Floating => PortState::Charging,
            Self::Plugged => PortState::Plugged,
            Self::Full => PortState::Finishing,
            // It hides what the socket does, and hinders nothing but cards.
            Self::ReaderBroken | Self::Unknown(_) => PortState::Unknown,
            _ => PortState::Fault,
        }
    }

    /// What is wrong with the socket itself, if something is. Undefined states are faults without
    /// a name.
    pub fn fault(self) -> Option<Fault> {
        match self {
            Self::Idle
            | Self::Charging
            | Self::Plugged
            | Self::Full
            | Self::Floating
            | Self::ReaderBroken => None,
            Self::NoMeter => Some(Fault::Meter),
            Self::RelayStuck | Self::PrecheckRelay | Self::PrecheckStuck => Some(Fault::Relay),
            Self::PrecheckShort => Some(Fault::ShortCircuit),
            other => Some(Fault::Unknown(UNNAMED + u32::from(u8::from(other)))),
        }
    }

    /// What is wrong beside the socket, which charges all the same.
    pub fn side_fault(self) -> Option<Fault> {
        let broken = self == Self::ReaderBroken;
        broken.then(|| Fault::Unknown(UNNAMED + u32::from(u8::from(self))))
    }

    /// Whether the relay may be closed although nothing was started.
    pub const fn is_dangerous(self) -> bool {
        matches!(self, Self::RelayStuck | Self::PrecheckStuck)
    }

    /// Whether a plug is in, where the state tells.
    pub const fn plugged(self) -> Option<bool> {
        match self {
            Self::Idle => Some(false),
            Self::Charging | Self::Plugged | Self::Full | Self::Floating => Some(true),
            _ => None,
        }
    }
}
