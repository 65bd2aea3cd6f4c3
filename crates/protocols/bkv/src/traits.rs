//! What may differ from one gateway to the next, kept in the device's profile.

use device::{Duty, Profile, Rhythm};
use std::time::Duration;

/// Profile key: `networked` or `v8.6`. Learnt from the first frame that only one of them has.
pub(crate) const DIALECT: &str = "dialect";
/// Profile key: how end reports are acknowledged, `0c` or `echo`. Learnt from repeats.
pub(crate) const END_ACK: &str = "end_ack";
/// Profile key: outer command of a start with power tiers, `0005` or `0015`. Learnt.
pub(crate) const TIER_OUTER: &str = "tier_outer";
/// Profile key: `1` for gateways that are a single device with socket number 0.
pub(crate) const SINGLE_DEVICE: &str = "single_device";
/// Profile key: `silence` when a refused card is to get no answer at all.
pub(crate) const CARD_REFUSAL: &str = "card_refusal";
/// Profile key: `1` for older firmware that has parameters as sub-commands 03, 06 and 13.
pub(crate) const LEGACY_PARAMS: &str = "legacy_params";

/// The command set that a gateway is spoken to in. Both are always understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Vendor guide V1.7; the assumption where nothing is known.
    #[default]
    Networked,
    /// Order numbers on the wire, 11-second rhythm.
    V86,
}

impl Dialect {
    /// As it stands in the profile.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Networked => "networked",
            Self::V86 => "v8.6",
        }
    }

    /// The dialect of a profile.
    pub(crate) fn of(profile: &Profile) -> Self {
        match profile.get(DIALECT) {
            Some("v8.6" | "v86") => Self::V86,
            _ => Self::Networked,
        }
    }
}

/// How an end report of sub 02 or 18 is acknowledged. The guide does not say; both forms have
/// been seen to work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EndAckStyle {
    /// With sub-command 0C.
    #[default]
    CardEnd,
    /// With the sub-command of the report.
    Echo,
}

impl EndAckStyle {
    /// As it stands in the profile.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::CardEnd => "0c",
            Self::Echo => "echo",
        }
    }

    /// The style of a profile.
    pub(crate) fn of(profile: &Profile) -> Self {
        match profile.get(END_ACK) {
            Some("echo") => Self::Echo,
            _ => Self::CardEnd,
        }
    }

    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::CardEnd => Self::Echo,
            Self::Echo => Self::CardEnd,
        }
    }
}

/// Whether a switch of the profile is on.
pub(crate) fn is_on(profile: &Profile, key: &str) -> bool {
    profile.get(key) == Some("1")
}

/// What a gateway of that profile has to tell.
pub(crate) fn duties(profile: &Profile) -> &'static [Duty] {
    match Dialect::of(profile) {
        Dialect::Networked => &[
            Duty::PeriodicStatus,
            Duty::Voltage,
            Duty::Current,
            Duty::Power,
            Duty::Charge,
            Duty::EndReport,
            Duty::ExceptionReport,
        ],
        Dialect::V86 => &[Duty::PeriodicStatus, Duty::EndReport],
    }
}

/// How often a gateway of that profile speaks, and how long its silence is believed.
pub(crate) fn rhythm(profile: &Profile) -> Rhythm {
    let seconds = Duration::from_secs;
    match Dialect::of(profile) {
        Dialect::Networked => Rhythm {
            heartbeat: seconds(60),
            offline_after: seconds(180),
            close_after: seconds(300),
            report: seconds(300),
            query_after: seconds(660),
        },
        Dialect::V86 => Rhythm {
            heartbeat: seconds(11),
            offline_after: seconds(30),
            close_after: seconds(30),
            report: seconds(11),
            query_after: seconds(60),
        },
    }
}
