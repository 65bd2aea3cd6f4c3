//! Frames of a pile: what it writes, and how it reads what it is told.

pub(super) mod battery;
pub(super) mod down;
pub(super) mod record;
pub(super) mod status;
pub(super) mod up;

use super::paper::Paper;
use ::pile::Chance;

/// A whole frame around a body.
pub(super) fn frame(version: u8, sequence: u8, command: u16, body: Paper) -> Vec<u8> {
    let body = body.into_body();
    let length = u16::try_from(body.len() + 9).unwrap_or(u16::MAX);
    let mut frame = vec![0xAA, 0xF5];
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&[version, sequence]);
    frame.extend_from_slice(&command.to_le_bytes());
    frame.extend_from_slice(&body);
    let content = frame.iter().skip(6);
    let sum = content.fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    frame.push(sum);
    frame
}

/// One wrong checksum in twenty, and a stray byte behind every fourth frame.
pub(super) fn spoil(frame: &mut Vec<u8>, chance: &mut Chance) {
    if chance.once_in(20)
        && let Some(checksum) = frame.last_mut()
    {
        *checksum = checksum.wrapping_add(1);
    }
    if chance.once_in(4) {
        frame.push(0x0E);
    }
}

#[cfg(test)]
mod tests {
    use super::{Paper, frame};

    #[test]
    fn checksums_of_the_document() {
        let heartbeat = Paper::bare().zeros(6);
        assert_eq!(
            hex::encode_upper(frame(0x10, 3, 101, heartbeat)),
            "AAF50F001003650000000000000065"
        );
        assert_eq!(
            hex::encode_upper(frame(0x10, 12, 1101, Paper::bare())),
            "AAF50900100C4D0451"
        );
    }
}
