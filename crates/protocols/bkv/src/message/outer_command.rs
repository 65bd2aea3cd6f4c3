use super::v86;

/// Outer commands of the networked dialect.
pub mod outer {
    /// Heartbeat up, time down; both dialects.
    pub const HEARTBEAT: u16 = 0x0000;
    /// Networking, legacy parameters, power tiers.
    pub const NETWORK: u16 = 0x0005;
    /// Firmware update.
    pub const FIRMWARE: u16 = 0x0007;
    /// Control, status, ends, cards, voice.
    pub const CONTROL: u16 = 0x0015;
    /// BKV elements.
    pub const CONTAINER: u16 = 0x1000;
}

/// Outer commands of a first implementation that called itself GN; no device is known to send
/// them (BKV, docs/protocols/bkv.md §20).
const GN_LEGACY: [u16; 6] = [0x1001, 0x2000, 0x2001, 0x3000, 0x3001, 0x4000];

/// Which set of commands a gateway speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The vendor guide's.
    Networked,
    /// The one with order numbers on the wire.
    V86,
}

impl Dialect {
    /// The dialect that an uplink of this outer command proves; 0000 and unknown ones prove none.
    pub const fn of_command(command: u16) -> Option<Self> {
        match command {
            outer::NETWORK | outer::FIRMWARE | outer::CONTROL | outer::CONTAINER => {
                Some(Self::Networked)
            }
            _ if v86::is_command(command) => Some(Self::V86),
            _ => None,
        }
    }

    /// Whether the command is one of the GN attempt, which logs should mention.
    pub fn is_gn_legacy(command: u16) -> bool {
        GN_LEGACY.contains(&command)
    }
}
