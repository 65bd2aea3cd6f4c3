//! Frames, messages and elements of BKV.

use bkv::frame::{Expect, Framing, GatewayId, LENGTH_MAX, PENDING_MAX, Split, Splitter, seal};
use bkv::inspect;
use device::Direction;
use kernel::Timestamp;

/// The same bytes, in one piece and byte by byte, hold the same frames and leave the same rest.
pub fn bkv_frame(data: &[u8]) {
    for expect in [Expect::Up, Expect::Down, Expect::Any] {
        let whole = split(expect, data, data.len().max(1));
        assert_eq!(
            whole,
            split(expect, data, 1),
            "{expect:?}: chunking changes the frames"
        );
        assert_eq!(
            whole,
            split(expect, data, 7),
            "{expect:?}: chunking changes the frames"
        );
        assert!(
            whole.1.len() <= LENGTH_MAX + 4,
            "{} bytes wait for more",
            whole.1.len()
        );
    }
    let stream = inspect::stream(data);
    let framed: usize = stream.frames.iter().map(Vec::len).sum();
    let dropped = usize::try_from(stream.dropped_bytes).expect("no more than there are");
    assert_eq!(
        framed + dropped + stream.pending_bytes,
        data.len(),
        "bytes are lost"
    );
}

fn split(expect: Expect, data: &[u8], chunk: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
    let now = Timestamp::default();
    let mut splitter = Splitter::new(expect);
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

/// A frame around any body is read or refused; what is read is written as it was, unless the
/// reading says where it differs; and what is written reads the same.
pub fn bkv_decode(data: &[u8]) {
    let _ = inspect::frame(data, None);
    let Some((head, body)) = data.split_first_chunk::<4>() else {
        return;
    };
    let [cmd_high, cmd_low, flags, fill] = *head;
    let direction = if flags & 1 == 0 {
        Direction::Up
    } else {
        Direction::Down
    };
    let framing = if flags & 2 == 0 {
        let gateway: GatewayId = format!("{fill:02x}").repeat(7).parse().expect("14 digits");
        let cmd = u16::from_be_bytes([cmd_high, cmd_low]);
        Framing::Gateway {
            cmd,
            seq: u32::from(fill),
            gateway,
        }
    } else {
        Framing::Direct
    };
    let mut frame = Vec::new();
    if seal(framing, direction, &mut frame, |out| {
        out.extend_from_slice(body);
    })
    .is_err()
    {
        return;
    }
    if let Ok(first) = inspect::frame(&frame, Some(direction)) {
        assert!(
            first.reencoded == frame || !first.notes.is_empty(),
            "{} is written as {} without a word",
            hex::encode(&frame),
            hex::encode(&first.reencoded)
        );
        if first.reencoded.len() <= LENGTH_MAX + 4 && !first.reencoded.is_empty() {
            let second = inspect::frame(&first.reencoded, None).expect("what we write is good");
            assert_eq!(
                second.reencoded, first.reencoded,
                "written twice, written differently"
            );
        }
        assert!(!first.to_string().is_empty());
    }
}

/// A list of elements is read or refused; what is read and written again reads the same.
pub fn bkv_elements(data: &[u8]) {
    for direction in [None, Some(Direction::Up), Some(Direction::Down)] {
        if let Ok(first) = inspect::elements(data, direction) {
            let second = inspect::elements(&first.reencoded, direction).expect("ours is good");
            assert_eq!(second.decoded, first.decoded, "the meaning changed");
            assert_eq!(
                second.reencoded, first.reencoded,
                "written twice, written differently"
            );
        }
    }
}
