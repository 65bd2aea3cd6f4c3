//! How a pile differs from the document's average, by name.

use super::forms::{Forms, StatusForm};
use crate::layout::Dialect;
use std::fmt;
use std::str::FromStr;

/// Behaviour of a pile (docs/protocols/infypower.md §17). Forms that a profile names apply to the
/// Infypower dialect; the two others have their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// As documented, V3.0 forms.
    Normal,
    /// V2.0: 106 of 90 bytes, no order number anywhere, six price slots.
    V20,
    /// V2.6: status with temperatures, no VIN.
    V26,
    /// V2.8: wide numbers, 504 and 502.
    V28,
    /// V3.0 with the four sums per tariff behind the record.
    Sums,
    /// The published firmware: reason 0, no order number, 8 when energy flows, three work
    /// states, power in 0.1 W, a restart denied and done, card sessions that cannot be stopped,
    /// old records after a restart with the newest index.
    Firmware,
    /// One connection per gun: a letter behind the code, the gun number of a start ignored.
    PerGun,
    /// Answers to commands take 3 to 8 seconds.
    Slow,
    /// A start is answered only when energy flows, 100 s later.
    LateStart,
    /// A start is never answered: the status says that it charges.
    SilentStart,
    /// Starts are answered with an impossible gun number.
    BadGun,
    /// Every start is refused.
    Refuser,
    /// Every start is accepted and fails: 8 says 100002 two minutes later.
    StartFails,
    /// All half-hour slots of records are zero.
    ZeroSlots,
    /// Slots are cut to 0.01 kWh each, so that they do not add up.
    Rounding,
    /// The stop reason is always 0.
    NoReason,
    /// The order number never comes back.
    NoOrderNo,
    /// Records are repeated every second until answered.
    RecordBurst,
    /// Every record is sent once more after its answer.
    RepeatRecord,
    /// After a restart, records come again that were answered long ago.
    OldRecords,
    /// Every record carries the newest index.
    NewestIndex,
    /// The clock is never set: times are zeros.
    NoClock,
    /// The connection is lost during each session; charging goes on and the record comes later.
    OfflineCharging,
    /// A lost connection ends the session.
    OfflineStop,
    /// Each session ends with a fault.
    Fault,
    /// Stops are answered and not obeyed.
    StubbornStop,
    /// Reports 108 and 302, the latter as raw messages.
    Telemetry,
    /// Bodies of status and records are five bytes longer than any known form.
    OddLength,
    /// Stop reasons and alarms that are in no table.
    StrangeCodes,
    /// The meter reading after a charge is below the one before.
    MeterBack,
    /// Records claim 600 kWh more than was charged.
    TooMuch,
    /// Garbage, split and joined frames, one wrong checksum in twenty.
    Noisy,
}

/// All profiles with their names, in the order of the document.
pub const PROFILES: [(&str, Profile); 32] = [
    ("normal", Profile::Normal),
    ("v2.0", Profile::V20),
    ("v2.6", Profile::V26),
    ("v2.8", Profile::V28),
    ("sums", Profile::Sums),
    ("firmware", Profile::Firmware),
    ("per_gun", Profile::PerGun),
    ("slow", Profile::Slow),
    ("late_start", Profile::LateStart),
    ("silent_start", Profile::SilentStart),
    ("bad_gun", Profile::BadGun),
    ("refuser", Profile::Refuser),
    ("start_fails", Profile::StartFails),
    ("zero_slots", Profile::ZeroSlots),
    ("rounding", Profile::Rounding),
    ("no_reason", Profile::NoReason),
    ("no_order_no", Profile::NoOrderNo),
    ("record_burst", Profile::RecordBurst),
    ("repeat_record", Profile::RepeatRecord),
    ("old_records", Profile::OldRecords),
    ("newest_index", Profile::NewestIndex),
    ("no_clock", Profile::NoClock),
    ("offline_charging", Profile::OfflineCharging),
    ("offline_stop", Profile::OfflineStop),
    ("fault", Profile::Fault),
    ("stubborn_stop", Profile::StubbornStop),
    ("telemetry", Profile::Telemetry),
    ("odd_length", Profile::OddLength),
    ("strange_codes", Profile::StrangeCodes),
    ("meter_back", Profile::MeterBack),
    ("too_much", Profile::TooMuch),
    ("noisy", Profile::Noisy),
];

/// Text that names no dialect or profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {got:?}; one of: {known}")]
pub struct UnknownName {
    what: &'static str,
    got: String,
    known: String,
}

impl FromStr for Profile {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = PROFILES.iter().find(|(name, _)| *name == text);
        found
            .map(|(_, profile)| *profile)
            .ok_or_else(|| UnknownName {
                what: "profile",
                got: text.chars().take(32).collect(),
                known: PROFILES.map(|(name, _)| name).join(", "),
            })
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = PROFILES.iter().find(|(_, profile)| profile == self);
        f.write_str(found.map_or("normal", |(name, _)| name))
    }
}

impl FromStr for Dialect {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = [Self::Infypower, Self::Lvneng, Self::Shenghong];
        Self::parse(text).ok_or_else(|| UnknownName {
            what: "dialect",
            got: text.chars().take(32).collect(),
            known: known.map(Self::as_str).join(", "),
        })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Lengths of a pile.
pub(super) const fn forms(dialect: Dialect, profile: Profile) -> Forms {
    match (dialect, profile) {
        (Dialect::Lvneng, _) => Forms::LVNENG,
        (Dialect::Shenghong, _) => Forms::SHENGHONG,
        (Dialect::Infypower, Profile::V20) => Forms::V20,
        (Dialect::Infypower, Profile::V26) => Forms::V26,
        (Dialect::Infypower, Profile::V28) => Forms::V28,
        (Dialect::Infypower, Profile::Sums) => Forms::V30_SUMS,
        (Dialect::Infypower, Profile::Firmware) => Forms {
            status: StatusForm::Narrow {
                command: 104,
                length: 169,
            },
            version: 26,
            card: 73,
            piece_answer: 1,
            ..Forms::V30
        },
        (Dialect::Infypower, _) => Forms::V30,
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, PROFILES, Profile};

    #[test]
    fn names_are_read_as_they_are_written() {
        for (name, profile) in PROFILES {
            assert_eq!(name.parse(), Ok(profile));
            assert_eq!(profile.to_string(), name);
        }
        let error = "odd".parse::<Profile>().expect_err("no such profile");
        assert!(error.to_string().contains("silent_start"));
        assert_eq!("lvneng-3.4".parse(), Ok(Dialect::Lvneng));
    }
}
