//! The numbers of cards as devices write them.

use md5::{Digest as _, Md5};

/// Bytes of a chip's number that all devices agree to send.
const CHIP_BYTES: usize = 4;

/// The number as it is stored and compared: digits without leading zeros, or upper-case hex.
pub fn plain_number(said: &str) -> String {
    let said = said.trim();
    let short = said.trim_start_matches('0');
    if short.is_empty() && !said.is_empty() {
        return "0".to_owned();
    }
    short.to_ascii_uppercase()
}

/// What two readings of one chip have in common: its last four bytes, in the smaller of the two
/// byte orders. Devices disagree about the order, and pad to eight bytes on the left.
pub fn chip_key(physical: &str) -> Option<String> {
    let bytes = hex::decode(physical.trim()).ok()?;
    let tail = bytes.get(bytes.len().checked_sub(CHIP_BYTES)?..)?;
    if tail.iter().all(|byte| *byte == 0) {
        return None;
    }
    let reversed: Vec<u8> = tail.iter().rev().copied().collect();
    Some(hex::encode_upper(tail.min(reversed.as_slice())))
}

/// What is stored of a password: the only form that every device's way of asking can be
/// compared with.
pub fn md5_of(typed: &str) -> String {
    hex::encode(Md5::digest(typed.as_bytes()))
}
