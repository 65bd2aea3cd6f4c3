//! Frames and messages of AP3000.
//!
//! Not part of the library of the other targets: the crate's own tests run this file too.

use ap3000::PhysicalId;
use ap3000::frame::{LENGTH_MAX, PENDING_MAX, Split, Splitter, seal};
use ap3000::inspect;
use device::Direction;
use kernel::Timestamp;

/// Header and length field.
const PREFIX: usize = 5;

/// The same bytes, in one piece and byte by byte, hold the same items and leave the same rest; a
/// frame around any data is read or refused; what is read is written as it was; and the words for
/// people are found.
pub(crate) fn decode(data: &[u8]) {
    stream(data);
    body(data);
    let _ = inspect::raw(data);
}

fn stream(data: &[u8]) {
    let whole = split(data, data.len().max(1));
    assert_eq!(whole, split(data, 1), "chunking changes the items");
    assert_eq!(whole, split(data, 7), "chunking changes the items");
    assert!(
        whole.1.len() <= LENGTH_MAX + PREFIX,
        "{} bytes wait for more",
        whole.1.len()
    );
    let found = inspect::stream(data);
    let good: usize = whole.0.iter().map(Vec::len).sum();
    assert_eq!(found.items.len(), whole.0.len());
    assert_eq!(
        good + found.discarded_bytes + found.pending_bytes,
        data.len(),
        "bytes are lost"
    );
    for item in whole.0.iter().filter(|item| item.starts_with(b"DNY")) {
        for direction in [None, Some(Direction::Up), Some(Direction::Down)] {
            read(item, direction);
        }
    }
}

fn split(data: &[u8], chunk: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
    let now = Timestamp::default();
    let mut splitter = Splitter::new();
    let (mut items, mut pending) = (Vec::new(), Vec::new());
    for piece in data.chunks(chunk) {
        pending.extend_from_slice(piece);
        splitter.received(now);
        loop {
            let (consumed, split) = splitter.next(&pending, now);
            let done = match split {
                Split::Frame(frame) => {
                    items.push(frame.raw.to_vec());
                    false
                }
                Split::Link => {
                    items.push(b"link".to_vec());
                    false
                }
                Split::Iccid(iccid) => {
                    items.push(iccid.to_vec());
                    false
                }
                Split::Malformed { .. } => {
                    assert!(consumed > 0, "a malformed frame must be passed over");
                    false
                }
                Split::Pending { deadline } => {
                    assert!(deadline.is_none_or(|at| at <= now + PENDING_MAX));
                    true
                }
            };
            pending.drain(..consumed);
            if done {
                break;
            }
        }
    }
    (items, pending)
}

/// A frame with any command, so that nobody has to guess a checksum: command, way, then data.
fn body(data: &[u8]) {
    let Some((&[cmd, way], content)) = data.split_first_chunk::<2>() else {
        return;
    };
    let direction = if way & 1 == 0 {
        Direction::Up
    } else {
        Direction::Down
    };
    let id = PhysicalId(u32::from(way) << 24 | 0x00A2_6CF3);
    let mut frame = Vec::new();
    let sealed = seal(id, u16::from(way), cmd, &mut frame, |out| {
        out.extend_from_slice(content);
    });
    if sealed.is_ok() {
        read(&frame, Some(direction));
        read(&frame, None);
    }
}

fn read(frame: &[u8], direction: Option<Direction>) {
    let Ok(found) = inspect::frame(frame, direction) else {
        return;
    };
    assert!(!found.to_string().is_empty());
    // Longer frames than we send are read and cannot be written.
    if found.reencoded.is_empty() {
        assert!(!found.notes.is_empty());
        return;
    }
    assert_eq!(found.reencoded, frame, "written differently");
    let again = inspect::frame(&found.reencoded, found.direction).expect("ours is good");
    assert_eq!(again.decoded, found.decoded, "the meaning changed");
}
