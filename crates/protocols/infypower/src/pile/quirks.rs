//! What each profile switches on.

use super::profile::Profile;

/// When a start is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartAnswer {
    /// As soon as it is accepted.
    AtOnce,
    /// When energy flows, so many seconds later.
    WhenFlowing(u64),
    /// Never.
    Never,
}

/// What a pile does differently, one switch each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, each a documented peculiarity"
)]
pub(super) struct Quirks {
    /// Answers to commands are late.
    pub(super) slow: bool,
    pub(super) start_answer: StartAnswer,
    /// 8 names a gun that does not exist.
    pub(super) bad_gun: bool,
    /// Starts are answered with this result.
    pub(super) refuses: Option<u32>,
    /// Starts are accepted and fail two minutes later.
    pub(super) start_fails: bool,
    pub(super) zero_slots: bool,
    pub(super) cut_slots: bool,
    pub(super) no_reason: bool,
    pub(super) no_order_no: bool,
    /// Seconds between two sendings of a record.
    pub(super) record_repeat_s: u64,
    /// Each record once more after its answer.
    pub(super) repeats_answered: bool,
    /// Answered records come again after a restart.
    pub(super) old_records: bool,
    pub(super) newest_index: bool,
    pub(super) no_clock: bool,
    /// The connection is lost in the middle of each session.
    pub(super) loses_line: bool,
    /// A lost connection ends the session.
    pub(super) stops_offline: bool,
    /// Each session ends with a fault.
    pub(super) fails: bool,
    /// Stops are answered and not obeyed: all of them.
    pub(super) ignores_stops: bool,
    /// As above, for sessions that a card began.
    pub(super) ignores_card_stops: bool,
    /// Work states 0, 2 and 3 only, plug states 0 and 2, no AC values.
    pub(super) few_states: bool,
    /// Power in 0.1 W.
    pub(super) watts: bool,
    /// A restart is answered with 1 and done.
    pub(super) denies_restart: bool,
    /// The gun number of a start is not looked at.
    pub(super) any_gun: bool,
    /// A letter behind the code.
    pub(super) letter: bool,
    /// 108 on every change.
    pub(super) alarm_bits: bool,
    /// 302 in the raw form, where the dialect has no other.
    pub(super) raw_battery: bool,
    /// Status and records are longer than any known form.
    pub(super) odd_length: bool,
    pub(super) strange_codes: bool,
    pub(super) meter_back: bool,
    pub(super) too_much: bool,
    pub(super) noisy: bool,
}

impl Quirks {
    /// None.
    const NONE: Self = Self {
        slow: false,
        start_answer: StartAnswer::AtOnce,
        bad_gun: false,
        refuses: None,
        start_fails: false,
        zero_slots: false,
        cut_slots: false,
        no_reason: false,
        no_order_no: false,
        record_repeat_s: 10,
        repeats_answered: false,
        old_records: false,
        newest_index: false,
        no_clock: false,
        loses_line: false,
        stops_offline: false,
        fails: false,
        ignores_stops: false,
        ignores_card_stops: false,
        few_states: false,
        watts: false,
        denies_restart: false,
        any_gun: false,
        letter: false,
        alarm_bits: false,
        raw_battery: false,
        odd_length: false,
        strange_codes: false,
        meter_back: false,
        too_much: false,
        noisy: false,
    };

    /// What the published firmware does: reason 0, no order number, 8 when energy flows, three
    /// work states, power in 0.1 W, a restart denied and done, card sessions that cannot be
    /// stopped, old records after a restart with the newest index.
    pub(super) const FIRMWARE: Self = Self {
        start_answer: StartAnswer::WhenFlowing(8),
        no_reason: true,
        no_order_no: true,
        old_records: true,
        newest_index: true,
        ignores_card_stops: true,
        few_states: true,
        watts: true,
        denies_restart: true,
        any_gun: true,
        ..Self::NONE
    };

    pub(super) const fn of(profile: Profile) -> Self {
        let none = Self::NONE;
        match profile {
            Profile::Normal | Profile::V20 | Profile::V26 | Profile::V28 | Profile::Sums => none,
            Profile::Firmware => Self::FIRMWARE,
            Profile::PerGun => Self {
                letter: true,
                any_gun: true,
                ..none
            },
            Profile::Slow => Self { slow: true, ..none },
            Profile::LateStart => Self {
                start_answer: StartAnswer::WhenFlowing(100),
                ..none
            },
            Profile::SilentStart => Self {
                start_answer: StartAnswer::Never,
                ..none
            },
            Profile::BadGun => Self {
                bad_gun: true,
                ..none
            },
            // Service suspended.
            Profile::Refuser => Self {
                refuses: Some(4),
                ..none
            },
            Profile::StartFails => Self {
                start_answer: StartAnswer::WhenFlowing(120),
                start_fails: true,
                ..none
            },
            Profile::ZeroSlots => Self {
                zero_slots: true,
                ..none
            },
            Profile::Rounding => Self {
                cut_slots: true,
                ..none
            },
            Profile::NoReason => Self {
                no_reason: true,
                ..none
            },
            Profile::NoOrderNo => Self {
                no_order_no: true,
                ..none
            },
            Profile::RecordBurst => Self {
                record_repeat_s: 1,
                ..none
            },
            Profile::RepeatRecord => Self {
                repeats_answered: true,
                ..none
            },
            Profile::OldRecords => Self {
                old_records: true,
                ..none
            },
            Profile::NewestIndex => Self {
                newest_index: true,
                ..none
            },
            Profile::NoClock => Self {
                no_clock: true,
                ..none
            },
            Profile::OfflineCharging => Self {
                loses_line: true,
                ..none
            },
            Profile::OfflineStop => Self {
                stops_offline: true,
                ..none
            },
            Profile::Fault => Self {
                fails: true,
                ..none
            },
            Profile::StubbornStop => Self {
                ignores_stops: true,
                ..none
            },
            Profile::Telemetry => Self {
                alarm_bits: true,
                raw_battery: true,
                ..none
            },
            Profile::OddLength => Self {
                odd_length: true,
                ..none
            },
            Profile::StrangeCodes => Self {
                strange_codes: true,
                ..none
            },
            Profile::MeterBack => Self {
                meter_back: true,
                ..none
            },
            Profile::TooMuch => Self {
                too_much: true,
                ..none
            },
            Profile::Noisy => Self {
                noisy: true,
                ..none
            },
        }
    }
}
