//! How simulated piles differ from the document, as real ones do (docs/protocols/ykc.md §14).

use super::billing::Rounding;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A named behaviour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// As documented, V1.6; sums cut after four decimals.
    #[default]
    Normal,
    /// The shipped pile SDK: says V1.0, numbers every frame 0, writes gun numbers in binary,
    /// beats for one gun at a time, logs in every 10 s until answered, repeats records every
    /// 10 s, prices without the service fee.
    Sdk,
    /// Checksums with the high byte first.
    SwappedChecksum,
    /// Sums cut to whole fen, loss energy never filled in.
    CutToFen,
    /// Sums cut to whole fen and one fen lost in every kind but the first; five periods, loss
    /// energy never filled in.
    FivePeriods,
    /// Floating point: prices one unit low, and all periods of the record zero.
    ZeroPeriods,
    /// Loss energy zero while energy flows.
    ZeroLoss,
    /// Battery currents with the sign of the standard: charging is negative.
    NegativeCurrent,
    /// The stop reason is always 0.
    NoReason,
    /// Records come again though they were confirmed.
    RepeatedRecords,
    /// The clock is never set: it starts in 2000 and ignores the platform.
    UnsetClock,
    /// Says V1.7 and sends records of that version.
    V17,
    /// Answers a stop only after the contactor has opened, eight seconds later.
    LateStop,
    /// After a reconnect goes on without a login.
    NoLogin,
    /// Refuses every command.
    Refuser,
    /// Each session ends with a fault.
    Fault,
    /// The connection is lost during each session and comes back later.
    OfflineCharging,
    /// No record after a session.
    NoRecord,
    /// After a reconnect the first real-time data are those of the last session, as if it ran.
    Stale,
    /// Energy in the real-time data falls back now and then.
    FallingMeter,
    /// The record tells twenty times the energy that flowed, and a meter to match.
    WildEnergy,
    /// Garbage before frames, split and joined frames, one wrong checksum in twenty.
    Noisy,
}

/// All profiles with their names, in the order of the document.
pub const PROFILES: [(&str, Profile); 22] = [
    ("normal", Profile::Normal),
    ("sdk", Profile::Sdk),
    ("swapped_checksum", Profile::SwappedChecksum),
    ("cut_to_fen", Profile::CutToFen),
    ("five_periods", Profile::FivePeriods),
    ("zero_periods", Profile::ZeroPeriods),
    ("zero_loss", Profile::ZeroLoss),
    ("negative_current", Profile::NegativeCurrent),
    ("no_reason", Profile::NoReason),
    ("repeated_records", Profile::RepeatedRecords),
    ("unset_clock", Profile::UnsetClock),
    ("v1.7", Profile::V17),
    ("late_stop", Profile::LateStop),
    ("no_login", Profile::NoLogin),
    ("refuser", Profile::Refuser),
    ("fault", Profile::Fault),
    ("offline_charging", Profile::OfflineCharging),
    ("no_record", Profile::NoRecord),
    ("stale", Profile::Stale),
    ("falling_meter", Profile::FallingMeter),
    ("wild_energy", Profile::WildEnergy),
    ("noisy", Profile::Noisy),
];

/// Text that names no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown profile {got:?}; one of: {}", PROFILES.map(|(name, _)| name).join(", "))]
pub struct UnknownProfile {
    /// What was said, cut short.
    pub got: String,
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        let found = PROFILES.iter().find(|(name, _)| *name == text);
        found
            .map(|(_, profile)| *profile)
            .ok_or_else(|| UnknownProfile {
                got: text.chars().take(32).collect(),
            })
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = PROFILES.iter().find(|(_, profile)| profile == self);
        f.write_str(found.map_or("normal", |(name, _)| name))
    }
}

/// Form of the transaction record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordForm {
    /// 0x3B with four periods.
    Four,
    /// 0x3B with a fifth period, deep valley.
    Five,
    /// 0x3B with four periods, all zero but for the price.
    Zero,
    /// 0x3D.
    V17,
}

/// What a profile means in detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent habit of real piles"
)]
pub(super) struct Habits {
    /// Checksum high byte first.
    pub(super) swaps_checksum: bool,
    /// Version of the login.
    pub(super) version: u8,
    /// Every frame has the number 0.
    pub(super) numbers_zero: bool,
    /// Gun numbers in binary everywhere.
    pub(super) binary_guns: bool,
    /// One heartbeat per period, guns in turn.
    pub(super) beats_in_turn: bool,
    /// Login, model check and model request come again after so long.
    pub(super) asks_every: Duration,
    pub(super) rounding: Rounding,
    /// Whether loss energy is filled in.
    pub(super) fills_loss: bool,
    /// Whether the record's price leaves the service fee out.
    pub(super) hides_service: bool,
    pub(super) record: RecordForm,
    /// An unconfirmed record comes again after so long, so often; then after every login.
    pub(super) record_every: Duration,
    pub(super) record_tries: u32,
    /// So many confirmations of a record are not understood.
    pub(super) overhears: u32,
    /// Battery currents count charging as negative.
    pub(super) negative_current: bool,
    /// The record says no reason.
    pub(super) hides_reason: bool,
    /// The clock is not set by the platform.
    pub(super) keeps_clock: bool,
    /// The answer to a stop takes so long.
    pub(super) stop_after: Duration,
    /// No login after the first connection.
    pub(super) skips_login: bool,
    /// The last session comes first after a reconnect.
    pub(super) tells_old: bool,
    /// Every fourth report of a running session tells half of its energy.
    pub(super) falls: bool,
    /// The record's energy is so many times what flowed.
    pub(super) energy_factor: u32,
}

impl Profile {
    pub(super) fn habits(self) -> Habits {
        let normal = Habits {
            swaps_checksum: false,
            version: 0x10,
            numbers_zero: false,
            binary_guns: false,
            beats_in_turn: false,
            asks_every: Duration::from_secs(30),
            rounding: Rounding::FourDecimals,
            fills_loss: true,
            hides_service: false,
            record: RecordForm::Four,
            record_every: Duration::from_secs(30),
            record_tries: 3,
            overhears: 0,
            negative_current: false,
            hides_reason: false,
            keeps_clock: false,
            stop_after: Duration::from_millis(500),
            skips_login: false,
            tells_old: false,
            falls: false,
            energy_factor: 1,
        };
        match self {
            Self::Normal
            | Self::Refuser
            | Self::Fault
            | Self::OfflineCharging
            | Self::NoRecord
            | Self::Noisy => normal,
            Self::Sdk => Habits {
                version: 0x0A,
                numbers_zero: true,
                binary_guns: true,
                beats_in_turn: true,
                asks_every: Duration::from_secs(10),
                hides_service: true,
                record_every: Duration::from_secs(10),
                record_tries: 5,
                ..normal
            },
            Self::SwappedChecksum => Habits {
                swaps_checksum: true,
                version: 0x0F,
                ..normal
            },
            Self::CutToFen => Habits {
                rounding: Rounding::Fen,
                fills_loss: false,
                ..normal
            },
            Self::FivePeriods => Habits {
                rounding: Rounding::FenShort,
                fills_loss: false,
                record: RecordForm::Five,
                ..normal
            },
            Self::ZeroPeriods => Habits {
                rounding: Rounding::Float,
                fills_loss: false,
                record: RecordForm::Zero,
                ..normal
            },
            Self::ZeroLoss => Habits {
                fills_loss: false,
                ..normal
            },
            Self::NegativeCurrent => Habits {
                negative_current: true,
                ..normal
            },
            Self::NoReason => Habits {
                hides_reason: true,
                ..normal
            },
            Self::RepeatedRecords => Habits {
                overhears: 2,
                ..normal
            },
            Self::UnsetClock => Habits {
                keeps_clock: true,
                ..normal
            },
            Self::V17 => Habits {
                version: 0x11,
                record: RecordForm::V17,
                ..normal
            },
            Self::LateStop => Habits {
                stop_after: Duration::from_secs(8),
                ..normal
            },
            Self::Stale => Habits {
                tells_old: true,
                ..normal
            },
            Self::FallingMeter => Habits {
                falls: true,
                ..normal
            },
            Self::WildEnergy => Habits {
                energy_factor: 20,
                ..normal
            },
            Self::NoLogin => Habits {
                skips_login: true,
                ..normal
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PROFILES, Profile};

    #[test]
    fn names_and_profiles_belong_together() {
        for (name, profile) in PROFILES {
            assert_eq!(name.parse(), Ok(profile));
            assert_eq!(profile.to_string(), name);
        }
        let unknown = "dance".parse::<Profile>().expect_err("no such profile");
        assert!(unknown.to_string().contains("five_periods"));
    }

    #[test]
    fn every_odd_profile_differs_from_the_normal_one() {
        let by_deeds = [
            Profile::Refuser,
            Profile::Fault,
            Profile::OfflineCharging,
            Profile::NoRecord,
            Profile::Noisy,
        ];
        for (name, profile) in PROFILES.iter().skip(1) {
            let same = profile.habits() == Profile::Normal.habits();
            assert_eq!(same, by_deeds.contains(profile), "{name}");
        }
    }
}
