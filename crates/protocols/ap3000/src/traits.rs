//! What may differ from one device to the next, kept in its profile.

use crate::PhysicalId;
use crate::codes::{Model, Recognition, UpgradeCommand, model_of, upgrade_of, upgrade_of_host};
use device::{Duty, Profile, Rhythm};
use std::time::Duration;

/// Profile key: `21` once the device has sent a 0x21 heartbeat; its 0x01 is answered no more.
/// Learnt.
pub(crate) const HEARTBEAT: &str = "heartbeat";
/// Profile key: seconds between heartbeats, where they were set or read. Learnt.
pub(crate) const HEARTBEAT_S: &str = "heartbeat_s";
/// Profile key: device type, two hex digits. Learnt.
pub(crate) const DEVICE_TYPE: &str = "device_type";
/// Profile key: firmware version, 640 for V6.40. Learnt.
pub(crate) const FW_VERSION: &str = "fw_version";
/// Profile key: `1` when the device has a power board with firmware of its own. Learnt.
pub(crate) const POWER_BOARD: &str = "power_board";
/// Profile key: `host` for ids that only hosts have. Learnt.
pub(crate) const ROLE: &str = "role";
/// Profile key: type of the host under this id, two hex digits. Learnt.
pub(crate) const HOST_TYPE: &str = "host_type";
/// Profile key: type of the devices behind a host when all are of one, two hex digits. Learnt.
pub(crate) const SUB_DEVICE_TYPE: &str = "sub_device_type";
/// Profile key: recognition code of the devices behind a host, two hex digits. Learnt.
pub(crate) const SUB_DEVICE_CODE: &str = "sub_device_code";
/// Profile key: lowest firmware version of the devices behind a host, 640 for V6.40. Learnt.
pub(crate) const SUB_DEVICE_FW: &str = "sub_device_fw";
/// Profile key: full charges whose place is not free yet, as socket on the wire and order in hex,
/// divided by commas. Learnt.
pub(crate) const HELD: &str = "held";
/// Profile key: bytes of 0x82 that are sent: 38, 37, 29 or 25. Pinned.
pub(crate) const START_LENGTH: &str = "start_length";
/// Profile key: `0` when charges by time or energy are not to end when full. Pinned.
pub(crate) const STOP_WHEN_FULL: &str = "stop_when_full";
/// Profile key: pause between commands to different devices of one host, ms. Pinned.
pub(crate) const BUS_GAP_MS: &str = "bus_gap_ms";
/// Profile key: the ids behind a host, divided by commas; only with them 0x3B is answered.
/// Pinned.
pub(crate) const SUB_DEVICES: &str = "sub_devices";

/// Heartbeat that devices leave the factory with.
const HEARTBEAT_DEFAULT_S: u64 = 180;
/// Heartbeats that are believed, s.
const HEARTBEAT_RANGE_S: std::ops::RangeInclusive<u64> = 10..=7_200;
/// A host speaks of itself every half hour.
const HOST_HEARTBEAT_S: u64 = 1_800;
/// Pause between commands to different devices on one bus.
const BUS_GAP_DEFAULT: Duration = Duration::from_millis(100);
/// Longest such pause.
const BUS_GAP_MAX_MS: u64 = 5_000;
/// Device types below it are old and get the short form of 0x82.
const NEW_TYPES: u8 = 0x10;

/// How much of 0x82 is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartForm {
    /// Everything.
    Full,
    /// Without the last byte.
    Published37,
    /// Up to the overload power.
    Short,
    /// Up to the order number.
    Oldest,
}

impl StartForm {
    /// The form that a device of this profile takes.
    pub(crate) fn of(profile: &Profile) -> Self {
        match profile.get(START_LENGTH) {
            Some("38") => Self::Full,
            Some("37") => Self::Published37,
            Some("29") => Self::Short,
            Some("25") => Self::Oldest,
            _ => match hex_byte(profile, DEVICE_TYPE) {
                Some(kind) if kind < NEW_TYPES => Self::Short,
                _ => Self::Full,
            },
        }
    }
}

/// A byte that the profile holds as two hex digits.
pub(crate) fn hex_byte(profile: &Profile, key: &str) -> Option<u8> {
    u8::from_str_radix(profile.get(key)?, 16).ok()
}

/// A number that the profile holds in decimal.
pub(crate) fn number<T: std::str::FromStr>(profile: &Profile, key: &str) -> Option<T> {
    profile.get(key)?.parse().ok()
}

/// Whether charges by time or energy end when the battery is full.
pub(crate) fn ends_when_full(profile: &Profile) -> bool {
    profile.get(STOP_WHEN_FULL) != Some("0")
}

/// Whether the id belongs to a host alone.
pub(crate) fn is_host(profile: &Profile) -> bool {
    profile.get(ROLE) == Some("host")
}

/// The model of a device, as far as it is in the vendor's list.
pub(crate) fn model(profile: &Profile, code: Recognition) -> Option<&'static Model> {
    let kind = hex_byte(profile, DEVICE_TYPE);
    model_of(kind, code, number(profile, FW_VERSION)?)
}

/// The model of the devices behind a host, when all are of one that is in the vendor's list.
pub(crate) fn sub_model(profile: &Profile) -> Option<&'static Model> {
    let kind = hex_byte(profile, SUB_DEVICE_TYPE)?;
    let code = Recognition::from(hex_byte(profile, SUB_DEVICE_CODE)?);
    model_of(Some(kind), code, number(profile, SUB_DEVICE_FW)?)
}

/// How a device is upgraded, where its id is not at hand.
pub(crate) fn device_upgrade(profile: &Profile) -> Option<UpgradeCommand> {
    let kind = hex_byte(profile, DEVICE_TYPE);
    upgrade_of(kind, number(profile, FW_VERSION)?)
}

/// How the host under this id is upgraded.
pub(crate) fn host_upgrade(profile: &Profile) -> Option<UpgradeCommand> {
    upgrade_of_host(hex_byte(profile, HOST_TYPE)?)
}

/// Pause between commands to different devices of one host.
pub(crate) fn bus_gap(profile: &Profile) -> Duration {
    number(profile, BUS_GAP_MS).map_or(BUS_GAP_DEFAULT, |ms: u64| {
        Duration::from_millis(ms.min(BUS_GAP_MAX_MS))
    })
}

/// The ids behind a host that an operator named.
pub(crate) fn sub_devices(profile: &Profile) -> Option<Vec<PhysicalId>> {
    let list = profile.get(SUB_DEVICES)?;
    let ids = list.split(',').map(|id| id.trim().parse().ok());
    ids.collect()
}

/// What a device of that profile has to tell: what the vendor's document demands of all of its
/// kind, and nothing that it only allows (AP3000, docs/protocols/ap3000.md, "Duties").
///
/// Of 0x06 the first 31 bytes are demanded: power and order. Voltage and current stand in a tail
/// that was added over the years, and which firmware has it is not written anywhere.
pub(crate) fn duties(profile: &Profile) -> &'static [Duty] {
    if is_host(profile) {
        return &[];
    }
    match hex_byte(profile, DEVICE_TYPE) {
        // Those from before June 2019 have no 0x06, and their types are among these: heartbeats,
        // which show what charges, are all that can be asked of them.
        Some(kind) if kind < NEW_TYPES => &[Duty::PeriodicStatus, Duty::EndReport, Duty::PortCount],
        _ => &[
            Duty::PeriodicMeter,
            Duty::Power,
            Duty::Charge,
            Duty::EndReport,
            Duty::ExceptionReport,
            Duty::PortCount,
        ],
    }
}

/// How often a device of that profile speaks, and how long its silence is believed: twice its
/// heartbeat and a minute (AP3000, docs/protocols/ap3000.md §15).
pub(crate) fn rhythm(profile: &Profile) -> Rhythm {
    let heartbeat = if is_host(profile) {
        HOST_HEARTBEAT_S
    } else {
        number(profile, HEARTBEAT_S)
            .filter(|seconds| HEARTBEAT_RANGE_S.contains(seconds))
            .unwrap_or(HEARTBEAT_DEFAULT_S)
    };
    Rhythm {
        heartbeat: Duration::from_secs(heartbeat),
        offline_after: Duration::from_secs(2 * heartbeat + 60),
        close_after: SILENCE_MAX,
        report: Duration::from_mins(5),
        query_after: Duration::from_mins(15),
    }
}

/// A connection that says nothing for so long, not even `link`, is closed.
pub(crate) const SILENCE_MAX: Duration = Duration::from_mins(5);
