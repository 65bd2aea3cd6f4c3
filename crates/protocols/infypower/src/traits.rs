//! What may differ from one pile to the next, kept in the device's profile
//! (docs/protocols/infypower.md §15).

use crate::layout::Dialect;
use crate::platform::GUNS_MAX;
use device::{Profile, Rhythm};
use kernel::Energy;
use std::time::Duration;

/// Profile key: `infypower-3.0`, `lvneng-3.4` or `shenghong-5.3`. Learnt from the first sign-in.
pub(crate) const DIALECT: &str = "dialect";
/// Profile key: protocol version × 10 as the pile says it; `20` for those that do not.
pub(crate) const PROTOCOL_VERSION: &str = "protocol_version";
/// Profile key: heartbeat period in seconds. Learnt from the sign-in.
pub(crate) const HEARTBEAT: &str = "heartbeat_s";
/// Profile key: number of guns. Learnt from the sign-in.
pub(crate) const GUN_COUNT: &str = "gun_count";
/// Profile key: `1` for piles with one gun that call it 0. Learnt from a status.
pub(crate) const GUN_ZERO: &str = "gun_zero";
/// Profile key: body length of the answer to a sign-in, `4`, `9`, `142` or `152`.
pub(crate) const SIGN_IN_ANSWER: &str = "signin_answer";
/// Profile key: body length of a start, `67`, `99` or `105`.
pub(crate) const START_LENGTH: &str = "start_length";
/// Profile key: body length of the answer to a record 202, `37` or `41`.
pub(crate) const RECORD_ANSWER: &str = "record_answer";
/// Profile key: body length of the answer to a status, `5` or `6`.
pub(crate) const STATUS_ANSWER: &str = "status_answer";
/// Profile key: body length of the answer to a card, `12` or `20`.
pub(crate) const CARD_ANSWER: &str = "card_answer";
/// Profile key: what the answer to a heartbeat carries: `echo`, `next` or `zero`.
pub(crate) const HEARTBEAT_ANSWER: &str = "heartbeat_answer";
/// Profile key: slots of a price table, `6`, `12` or `48`.
pub(crate) const PRICE_SLOTS: &str = "price_slots";
/// Profile key: which field of a start carries our number: `order_no`, `card_no` or `both`.
/// Learnt from piles that give none back.
pub(crate) const ORDER_FIELD: &str = "order_field";
/// Profile key: `padded` or `plain`; otherwise by address.
pub(crate) const TEXT_PADDING: &str = "text_padding";
/// Profile key: kWh of one unit in 502 and 504, `0.001` or `0.01`.
pub(crate) const WIDE_SCALE: &str = "wide_scale";
/// Profile key: version byte of what is sent: two hex digits, or `echo`.
pub(crate) const VERSION_BYTE: &str = "version_byte";
/// Profile key: energy in kWh that a charge may take while the connection is lost; none: the
/// pile is told that it may not.
pub(crate) const OFFLINE_KWH: &str = "offline_kwh";
/// Profile key: `0` when a V5.3 pile is to send records with 202.
pub(crate) const USE_222: &str = "use_222";
/// Profile key: `suspended` when a V5.3 pile is to be out of service.
pub(crate) const SERVICE: &str = "service";
/// Profile key: `1` when alarm bits are to be answered.
pub(crate) const ALARM_ANSWER: &str = "alarm_answer";
/// Profile key: `pushed` while the pile holds the price table that was wanted there last,
/// `wanted` until it has taken it, `refused`. Learnt.
pub(crate) const PRICES: &str = "prices";
/// Profile key: names of running sessions that cannot be told from their reports. Learnt.
pub(crate) const SESSIONS: &str = "sessions";
/// Profile key: how many bytes of a 104, 504 or 109 body are believed.
pub(crate) const STATUS_LENGTH: &str = "status_length";
/// Profile key: how many bytes of a record body are believed.
pub(crate) const RECORD_LENGTH: &str = "record_length";
/// Profile key: how many bytes of a sign-in body are believed.
pub(crate) const SIGN_IN_LENGTH: &str = "signin_length";

/// Protocol version × 10 of a pile that does not say its own: V2.0.
pub(crate) const UNSAID: usize = 20;
/// Heartbeat period of a pile that does not say its own, seconds.
const HEARTBEAT_DEFAULT: u64 = 20;
/// Shortest heartbeat period that is believed, seconds.
const HEARTBEAT_MIN: u64 = 3;
/// Period of status reports, seconds.
const REPORT: u64 = 15;

/// Which field of a start carries our number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderField {
    /// The order number.
    OrderNo,
    /// The card number.
    CardNo,
    /// Both.
    Both,
}

/// The dialect of a profile, if anything is known.
pub(crate) fn known_dialect(profile: &Profile) -> Option<Dialect> {
    profile.get(DIALECT).and_then(Dialect::parse)
}

/// Whether the dialect is more than an assumption: an operator has said it, or a sign-in, which
/// tells the version too.
pub(crate) fn is_dialect_told(profile: &Profile) -> bool {
    let told = profile.pinned.get(DIALECT).is_some() || profile.get(PROTOCOL_VERSION).is_some();
    told && known_dialect(profile).is_some()
}

/// The dialect of a profile.
pub(crate) fn dialect(profile: &Profile) -> Dialect {
    known_dialect(profile).unwrap_or_default()
}

/// A trait that is a number.
pub(crate) fn number(profile: &Profile, key: &str) -> Option<usize> {
    profile.get(key)?.parse().ok()
}

/// One of the lengths that a trait may name; what an operator pinned wrongly does not count.
fn one_of(profile: &Profile, key: &str, lengths: &[usize]) -> Option<usize> {
    number(profile, key).filter(|length| lengths.contains(length))
}

/// Whether a switch of the profile is on.
pub(crate) fn is_on(profile: &Profile, key: &str) -> bool {
    profile.get(key) == Some("1")
}

/// Protocol version × 10; [`UNSAID`] for piles that do not say theirs, none where nothing is
/// known.
fn version(profile: &Profile) -> Option<usize> {
    number(profile, PROTOCOL_VERSION)
}

/// Whether the pile has the forms of V2.0: those belong to sign-ins without a version. A
/// longer one has a random number that wants its echo, however old the version that it says.
fn is_v20(profile: &Profile) -> bool {
    version(profile) == Some(UNSAID)
}

/// Body length of the answer to a sign-in.
pub(crate) fn sign_in_answer(profile: &Profile) -> usize {
    let by_version = || match (dialect(profile), version(profile)) {
        (Dialect::Lvneng, _) | (Dialect::Infypower, Some(34)) => 9,
        (Dialect::Shenghong, _) | (Dialect::Infypower, Some(50..)) => 152,
        (Dialect::Infypower, Some(UNSAID)) => 4,
        (Dialect::Infypower, _) => 142,
    };
    one_of(profile, SIGN_IN_ANSWER, &[4, 9, 142, 152]).unwrap_or_else(by_version)
}

/// Body length of a start.
pub(crate) fn start_length(profile: &Profile) -> usize {
    let by_dialect = || match dialect(profile) {
        Dialect::Shenghong => 105,
        Dialect::Infypower if is_v20(profile) => 67,
        _ => 99,
    };
    one_of(profile, START_LENGTH, &[67, 99, 105]).unwrap_or_else(by_dialect)
}

/// Body length of the answer to a record; `own` is the one of its command.
pub(crate) fn record_answer(profile: &Profile, own: usize) -> usize {
    one_of(profile, RECORD_ANSWER, &[37, 41]).unwrap_or(own)
}

/// Body length of the answer to a status.
pub(crate) fn status_answer(profile: &Profile) -> usize {
    one_of(profile, STATUS_ANSWER, &[5, 6]).unwrap_or(5)
}

/// Body length of the answer to a card.
pub(crate) fn card_answer(profile: &Profile) -> usize {
    one_of(profile, CARD_ANSWER, &[12, 20]).unwrap_or(20)
}

/// Slots of a price table; 48 have two prices each.
pub(crate) fn price_slots(profile: &Profile) -> usize {
    let by_dialect = || match dialect(profile) {
        Dialect::Lvneng => 48,
        Dialect::Infypower if is_v20(profile) => 6,
        _ => 12,
    };
    one_of(profile, PRICE_SLOTS, &[6, 12, 48]).unwrap_or_else(by_dialect)
}

/// Which field of a start carries our number.
pub(crate) fn order_field(profile: &Profile) -> OrderField {
    match profile.get(ORDER_FIELD) {
        Some("order_no") => OrderField::OrderNo,
        Some("card_no") => OrderField::CardNo,
        Some("both") => OrderField::Both,
        _ if dialect(profile) == Dialect::Shenghong => OrderField::OrderNo,
        // Until a real pile proves that it gives the order number back.
        _ => OrderField::Both,
    }
}

/// One unit of the wide numbers in 502 and 504.
pub(crate) fn wide_unit(profile: &Profile) -> Energy {
    match profile.get(WIDE_SCALE) {
        Some("0.01") => Energy::from_centi_kwh(1),
        _ => Energy::from_wh(1),
    }
}

/// How many guns the pile has; 1 where nothing is known.
pub(crate) fn gun_count(profile: &Profile) -> Option<u16> {
    profile.get(GUN_COUNT)?.parse().ok()
}

/// Whether a pile could call its gun 0: only one that has no second.
pub(crate) fn may_call_gun_zero(profile: &Profile) -> bool {
    gun_count(profile).is_none_or(|count| count <= 1)
}

/// Whether the pile can have a gun of that number on the wire.
pub(crate) fn has_gun(profile: &Profile, gun_no: u8) -> bool {
    let zero = is_on(profile, GUN_ZERO);
    let most = gun_count(profile).unwrap_or(if zero { 1 } else { GUNS_MAX });
    match gun_no {
        0 => zero,
        1 => !zero,
        _ => u16::from(gun_no) <= most,
    }
}

/// Energy that a charge may take while the connection is lost, 0.01 kWh; zero: none.
pub(crate) fn offline_energy(profile: &Profile) -> u32 {
    let kwh = profile.get(OFFLINE_KWH).and_then(|text| text.parse().ok());
    kwh.unwrap_or(0_u32).min(500) * 100
}

/// How often a pile of that profile speaks, and how long its silence is believed.
pub(crate) fn rhythm(profile: &Profile) -> Rhythm {
    let told = profile.get(HEARTBEAT).and_then(|text| text.parse().ok());
    let heartbeat = match told {
        None | Some(0) => HEARTBEAT_DEFAULT,
        Some(told) => told.clamp(HEARTBEAT_MIN, 255),
    };
    let silence = Duration::from_secs((3 * heartbeat + 10).max(90));
    Rhythm {
        heartbeat: Duration::from_secs(heartbeat),
        offline_after: silence,
        close_after: silence,
        report: Duration::from_secs(REPORT),
        query_after: Duration::from_secs(4 * REPORT),
    }
}
