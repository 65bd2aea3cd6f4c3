//! Frames and messages of Infypower.
//!
//! Not part of the library of the other targets: the crate's own tests run this file too.

use device::Direction;
use infypower::codes::Version;
use infypower::frame::{LENGTH_MAX, PENDING_MAX, Split, Splitter, seal};
use infypower::layout::TABLE;
use infypower::{Dialect, inspect};
use kernel::Timestamp;

/// The same bytes, in one piece and byte by byte, hold the same frames and leave the same rest;
/// a frame around any body is read or refused; what is read is written as it was; and the words
/// for people are found.
pub(crate) fn decode(data: &[u8]) {
    stream(data);
    body(data);
}

fn stream(data: &[u8]) {
    let whole = split(data, data.len().max(1));
    assert_eq!(whole, split(data, 1), "chunking changes the frames");
    assert_eq!(whole, split(data, 7), "chunking changes the frames");
    assert!(
        whole.1.len() <= LENGTH_MAX,
        "{} bytes wait for more",
        whole.1.len()
    );
    let found = inspect::stream([data]);
    let framed: usize = found.frames.iter().map(Vec::len).sum();
    assert_eq!(
        framed + found.discarded + found.pending,
        data.len(),
        "bytes are lost"
    );
    for frame in &found.frames {
        for direction in [None, Some(Direction::Up), Some(Direction::Down)] {
            read(frame, direction, None);
        }
    }
}

fn split(data: &[u8], chunk: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
    let now = Timestamp::default();
    let mut splitter = Splitter::default();
    let (mut frames, mut pending) = (Vec::new(), Vec::new());
    for piece in data.chunks(chunk) {
        pending.extend_from_slice(piece);
        loop {
            let (consumed, split) = splitter.next(&pending, now);
            let done = match split {
                Split::Frame(frame) => {
                    frames.push(frame.raw.to_vec());
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
    (frames, pending)
}

/// A frame with one of the known commands, or any other, so that nobody has to guess a checksum:
/// form, direction and dialect, then the body.
fn body(data: &[u8]) {
    let Some((&[form, way, version], content)) = data.split_first_chunk::<3>() else {
        return;
    };
    let known = TABLE.get(usize::from(form));
    let cmd = known.map_or(u16::from(form) * 5, |form| form.cmd);
    let direction = known.map_or(Direction::Up, |form| form.direction);
    let direction = if way & 0x80 == 0 {
        direction
    } else {
        Direction::Down
    };
    let dialect = [Dialect::Infypower, Dialect::Lvneng, Dialect::Shenghong]
        .get(usize::from(way & 3))
        .copied();
    let mut frame = Vec::new();
    let sealed = seal(Version::from(version), way, cmd, &mut frame, |out| {
        out.extend_from_slice(content);
    });
    if sealed.is_ok() {
        read(&frame, Some(direction), dialect);
    }
}

fn read(frame: &[u8], direction: Option<Direction>, dialect: Option<Dialect>) {
    let first = inspect::frame(frame, direction, dialect).expect("well framed");
    assert_eq!(
        hex::encode(&first.reencoded),
        hex::encode(frame),
        "written differently"
    );
    assert!(!first.to_string().is_empty() && !first.title.is_empty());
    for row in &first.rows {
        assert!(
            row.offset + row.length <= frame.len(),
            "{} is outside",
            row.name
        );
    }
}
