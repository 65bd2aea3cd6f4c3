//! Frames and messages of YKC.
//!
//! Not part of the library of the other targets: the crate's own tests run this file too.

use kernel::Timestamp;
use ykc::codes::FrameType;
use ykc::frame::{CrcOrder, FRAME_MAX, PENDING_MAX, Split, Splitter, parse, seal};
use ykc::inspect;

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
        whole.1.len() <= FRAME_MAX,
        "{} bytes wait for more",
        whole.1.len()
    );
    for frame in &whole.0 {
        read(frame);
    }
}

/// Frames, and what waits for more.
fn split(data: &[u8], chunk: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
    let now = Timestamp::default();
    let mut splitter = Splitter::new();
    let (mut frames, mut pending) = (Vec::new(), Vec::new());
    for piece in data.chunks(chunk) {
        pending.extend_from_slice(piece);
        splitter.received(now);
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

/// A frame of any type around any body, so that nobody has to guess a checksum.
fn body(data: &[u8]) {
    let Some((&[kind, order], content)) = data.split_first_chunk::<2>() else {
        return;
    };
    let order = if order & 1 == 0 {
        CrcOrder::LowHigh
    } else {
        CrcOrder::HighLow
    };
    let mut frame = Vec::new();
    let sealed = seal(FrameType::from(kind), [kind, 0], order, &mut frame, |out| {
        out.extend_from_slice(content);
    });
    if sealed.is_ok() {
        read(&frame);
    }
}

fn read(frame: &[u8]) {
    let Ok(first) = inspect::frame(frame, None) else {
        return;
    };
    assert_eq!(
        hex::encode(&first.reencoded),
        hex::encode(frame),
        "written differently"
    );
    assert!(!first.to_string().is_empty() && !first.title.is_empty());
    let sound = parse(frame).expect("it was shown");
    assert!(sound.raw == frame);
    for row in &first.rows {
        assert!(
            row.offset + row.length <= frame.len(),
            "{} is outside",
            row.name
        );
    }
}
