//! How a device hears: whole frames out of the platform's byte stream.

use crate::frame::{Expect, Scan, scan};

/// Takes the next good frame out of `unread`; what is no frame is dropped on the way.
pub(super) fn next_frame(unread: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut skipped = 0;
    loop {
        let rest = unread.get(skipped..).unwrap_or_default();
        match scan(rest, Expect::Down) {
            Scan::Frame(frame) => {
                let raw = frame.raw.to_vec();
                unread.drain(..skipped + raw.len());
                return Some(raw);
            }
            Scan::Skip(count) => skipped += count,
            Scan::Bad(_) => skipped += 1,
            Scan::Wait => {
                unread.drain(..skipped);
                return None;
            }
        }
    }
}

/// Makes the checksum of a frame wrong.
pub(super) fn break_checksum(frame: &mut [u8]) {
    let at = frame.len().saturating_sub(3);
    if let Some(checksum) = frame.get_mut(at) {
        *checksum = checksum.wrapping_add(1);
    }
}

/// Lengthens the body of a sealed frame, whose length and checksum are right again afterwards.
pub(super) fn append_to_body(frame: &mut Vec<u8>, bytes: &[u8]) {
    let body_end = frame.len().saturating_sub(3);
    frame.truncate(body_end);
    frame.extend_from_slice(bytes);
    let length = u16::try_from(frame.len().saturating_sub(1)).unwrap_or(u16::MAX);
    if let Some(field) = frame.get_mut(2..4) {
        field.copy_from_slice(&length.to_be_bytes());
    }
    let sum = frame
        .iter()
        .skip(2)
        .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    frame.extend_from_slice(&[sum, 0xFC, 0xEE]);
}

#[cfg(test)]
mod tests {
    use super::next_frame;

    /// Heartbeat reply of the vendor guide.
    const REPLY: &str = "fcff0018000000000000008220052000486920200730164545a7fcee";

    #[test]
    fn frames_are_found_in_any_chunking() {
        let frame = hex::decode(REPLY).expect("hex");
        let mut stream = vec![0x0E, 0xFC];
        stream.extend_from_slice(&frame);
        stream.extend_from_slice(&frame);
        let mut unread = Vec::new();
        let mut heard = 0;
        for byte in stream {
            unread.push(byte);
            while let Some(found) = next_frame(&mut unread) {
                assert_eq!(found, frame);
                heard += 1;
            }
        }
        assert_eq!((heard, unread.len()), (2, 0));
    }
}
