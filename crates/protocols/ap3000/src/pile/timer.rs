//! What the devices of a connection mean to do.

/// What the devices mean to do. Devices and sockets are counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Timer {
    /// A frame that took its time.
    Say(Option<usize>, Vec<u8>),
    Link,
    HostTime,
    HostBeat,
    HostVersions,
    HostState,
    HostRadio,
    /// The host asks for its upgrade once more.
    HostUpgrade,
    /// The device is on: it introduces itself.
    Awake(usize),
    Register(usize),
    Time(usize),
    Beat(usize),
    LegacyAgain(usize),
    CardAgain(usize),
    Record(usize),
    /// A state has changed and is shown.
    Changed(usize),
    /// The device restarts with its new firmware.
    Restart(usize),
    /// An old device has heard nothing more of its upgrade.
    UpgradeAgain(usize),
    Power(usize, usize),
    ConfirmAgain(usize, usize),
    Look(usize, usize),
    /// A cabinet's place is no longer kept for its full battery.
    Released(usize, usize),
    AutoPlug(usize, usize),
    AutoUnplug(usize, usize),
    Mishap(usize, usize),
}

impl Timer {
    /// Belongs to this device, and to it alone.
    pub(super) fn is_of(&self, wanted: usize) -> bool {
        match self {
            Self::Say(unit, _) => *unit == Some(wanted),
            Self::Awake(unit)
            | Self::Register(unit)
            | Self::Time(unit)
            | Self::Beat(unit)
            | Self::LegacyAgain(unit)
            | Self::CardAgain(unit)
            | Self::Record(unit)
            | Self::Changed(unit)
            | Self::Restart(unit)
            | Self::UpgradeAgain(unit)
            | Self::Power(unit, _)
            | Self::ConfirmAgain(unit, _)
            | Self::Look(unit, _) => *unit == wanted,
            _ => false,
        }
    }
}
