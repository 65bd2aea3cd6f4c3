//! What may differ from one pile to the next, kept in the device's profile.

use crate::codes::{PileModel, QrFormat};
use crate::frame::CrcOrder;
use device::{Profile, Rhythm};
use std::time::Duration;

/// Profile key: order of the checksum bytes in what we send: `lo_hi`, `hi_lo` or `mirror`, the
/// order of the pile's last frame.
pub(crate) const CRC_TX_ORDER: &str = "crc_tx_order";
/// Profile key: order of the checksum bytes in the pile's last login. Learnt.
pub(crate) const CRC_SEEN: &str = "crc_seen";
/// Profile key: protocol version of the login, times ten. Learnt; a hint only.
pub(crate) const VERSION: &str = "version";
/// The version that brought parallel charging.
const PARALLEL_SINCE: u8 = 16;
/// Profile key: `dc` or `ac`. Learnt from the login.
pub(crate) const PILE_TYPE: &str = "pile_type";
/// Profile key: rated power in kW, which an update command names.
pub(crate) const POWER_KW: &str = "power_kw";
/// Profile key: prefix of the QR code, sent after every login. Learnt when a pile took one.
pub(crate) const QR_PREFIX: &str = "qr_prefix";
/// Profile key: what the pile appends to it: `0` its number, `1` (the default) its number and
/// the gun's.
pub(crate) const QR_FORMAT: &str = "qr_format";
/// Profile key: `1` while the pile is locked. Learnt from its answers.
pub(crate) const LOCKED: &str = "locked";
/// Profile key: highest output power in percent. Learnt from the pile's answers.
pub(crate) const MAX_POWER: &str = "max_power_percent";

/// The order in which a pile is sent checksums, given the order of its last frame.
pub(crate) fn crc_order(profile: &Profile, heard: CrcOrder) -> CrcOrder {
    match profile.get(CRC_TX_ORDER) {
        Some("hi_lo") => CrcOrder::HighLow,
        Some("mirror") => heard,
        _ => CrcOrder::LowHigh,
    }
}

/// DC or AC, in the numbers of the update command; DC where nothing is known.
pub(crate) fn model(profile: &Profile) -> PileModel {
    match profile.get(PILE_TYPE) {
        Some("ac") => PileModel::Ac,
        _ => PileModel::Dc,
    }
}

/// Rated power in kW; 0 where nobody has said.
pub(crate) fn power_kw(profile: &Profile) -> u16 {
    let pinned = profile.get(POWER_KW).and_then(|kw| kw.parse().ok());
    pinned.unwrap_or(0)
}

/// What the pile appends to its QR prefix.
pub(crate) fn qr_format(profile: &Profile) -> QrFormat {
    match profile.get(QR_FORMAT) {
        Some("0") => QrFormat::Pile,
        _ => QrFormat::PileAndGun,
    }
}

/// Whether two guns of the pile can feed one vehicle.
pub(crate) fn feeds_together(profile: &Profile) -> bool {
    let version = profile
        .get(VERSION)
        .and_then(|text| text.parse::<u8>().ok());
    version.is_some_and(|version| version >= PARALLEL_SINCE)
}

/// Whether the pile was last told to stop work.
pub(crate) fn is_locked(profile: &Profile) -> bool {
    profile.get(LOCKED) == Some("1")
}

/// The highest output power that the pile was last told, percent.
pub(crate) fn max_power(profile: &Profile) -> u8 {
    let learnt = profile.get(MAX_POWER).and_then(|share| share.parse().ok());
    learnt
        .filter(|share| (30..=100).contains(share))
        .unwrap_or(100)
}

/// How often a pile speaks, and how long its silence is believed (YKC, docs/protocols/ykc.md
/// §11).
pub(crate) const RHYTHM: Rhythm = Rhythm {
    heartbeat: Duration::from_secs(10),
    offline_after: Duration::from_secs(45),
    close_after: Duration::from_secs(90),
    report: Duration::from_secs(15),
    query_after: Duration::from_mins(1),
};
