//! What a device writes and how it reads what it is told.
//!
//! Written by hand from the tables of docs/protocols/ap3000.md and not with the messages of this
//! crate, so that both sides of a test do not share one mistake.

use super::record::Record;

/// Header, length, physical id, message id, command.
const HEAD: usize = 12;
/// Physical id, message id, command and checksum are part of the length.
const LENGTH_MIN: usize = 9;
/// Longest length that a device listens to.
const LENGTH_MAX: usize = 512;

/// A frame from the platform, its checksum right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Down {
    pub(super) id: u32,
    pub(super) msg: u16,
    pub(super) cmd: u8,
    pub(super) data: Vec<u8>,
}

/// Takes the next good frame out of `unread`; what is no frame is dropped on the way.
pub(super) fn next_down(unread: &mut Vec<u8>) -> Option<Down> {
    let mut at = 0;
    let found = loop {
        let rest = unread.get(at..).unwrap_or_default();
        match look(rest) {
            Look::Frame(total) => {
                at += total;
                break rest.get(..total).and_then(read);
            }
            Look::Wait => break None,
            Look::Garbage => at += 1,
        }
    };
    unread.drain(..at.min(unread.len()));
    found
}

enum Look {
    Frame(usize),
    Wait,
    Garbage,
}

fn look(bytes: &[u8]) -> Look {
    let head = bytes.get(..bytes.len().min(3)).unwrap_or_default();
    if !b"DNY".starts_with(head) {
        return Look::Garbage;
    }
    let Some(&[_, _, _, low, high]) = bytes.first_chunk::<5>() else {
        return Look::Wait;
    };
    let length = usize::from(u16::from_le_bytes([low, high]));
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
        return Look::Garbage;
    }
    let Some(frame) = bytes.get(..length + 5) else {
        return Look::Wait;
    };
    let told = frame.last_chunk::<2>().map(|sum| u16::from_le_bytes(*sum));
    let counted = frame.split_last_chunk::<2>().map(|(body, _)| sum(body));
    if told == counted {
        Look::Frame(frame.len())
    } else {
        Look::Garbage
    }
}

fn read(frame: &[u8]) -> Option<Down> {
    let (body, _) = frame.split_last_chunk::<2>()?;
    let (head, data) = body.split_first_chunk::<HEAD>()?;
    let [_, _, _, _, _, a, b, c, d, low, high, cmd] = *head;
    Some(Down {
        id: u32::from_le_bytes([a, b, c, d]),
        msg: u16::from_le_bytes([low, high]),
        cmd,
        data: data.to_vec(),
    })
}

fn sum(bytes: &[u8]) -> u16 {
    let add = |sum: u16, byte: &u8| sum.wrapping_add(u16::from(*byte));
    bytes.iter().fold(0, add)
}

/// A whole frame.
pub(super) fn seal(id: u32, msg: u16, cmd: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + LENGTH_MIN).unwrap_or(u16::MAX);
    let mut frame = b"DNY".to_vec();
    frame.extend(length.to_le_bytes());
    frame.extend(id.to_le_bytes());
    frame.extend(msg.to_le_bytes());
    frame.push(cmd);
    frame.extend(data);
    let sum = sum(&frame);
    frame.extend(sum.to_le_bytes());
    frame
}

/// Makes the checksum of a frame wrong.
pub(super) fn break_checksum(frame: &mut [u8]) {
    if let Some(last) = frame.last_mut() {
        *last = last.wrapping_add(1);
    }
}

/// Little-endian data, field by field.
#[derive(Default)]
pub(super) struct Data(pub(super) Vec<u8>);

impl Data {
    pub(super) fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(super) fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// ASCII, cut or filled up with zeros.
    pub(super) fn text(mut self, text: &str, width: usize) -> Self {
        let bytes = text.bytes().chain(std::iter::repeat(0));
        self.0.extend(bytes.take(width));
        self
    }
}

/// 0x82 as a device hears it. Bytes that are missing count as zero, as real devices have it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the wire has that many switches"
)]
pub(super) struct Ask {
    pub(super) rate_mode: u8,
    pub(super) port: u8,
    pub(super) start: bool,
    pub(super) value: u16,
    pub(super) order: [u8; 16],
    pub(super) max_duration_s: u16,
    pub(super) overload_dw: u16,
    pub(super) long_charge: bool,
    pub(super) extra_float_s: u16,
    pub(super) short_check: bool,
    pub(super) ignore_pull_out: bool,
    pub(super) force_full_stop: bool,
    pub(super) full_power_w: u8,
    pub(super) full_power_max_min: u8,
}

/// Length of the full form.
const ASK: usize = 38;

impl Ask {
    pub(super) fn read(data: &[u8]) -> Self {
        let mut all = [0; ASK];
        for (to, from) in all.iter_mut().zip(data) {
            *to = *from;
        }
        let word = |at: usize| {
            let low = all.get(at).copied().unwrap_or(0);
            let high = all.get(at + 1).copied().unwrap_or(0);
            u16::from_le_bytes([low, high])
        };
        let mut order = [0; 16];
        for (to, from) in order.iter_mut().zip(all.iter().skip(9)) {
            *to = *from;
        }
        Self {
            rate_mode: all[0],
            port: all[5],
            start: all[6] == 1,
            value: word(7),
            order,
            max_duration_s: word(25),
            overload_dw: word(27),
            long_charge: all[30] == 1,
            extra_float_s: word(31),
            short_check: all[33] == 2,
            ignore_pull_out: all[34] == 1,
            force_full_stop: all[35] == 1,
            full_power_w: all[36],
            full_power_max_min: all[37],
        }
    }
}

/// The data of a settlement, as far as this firmware has it: 29, 31, 35 or 37 bytes.
pub(super) fn settlement(record: &Record, length: usize) -> Vec<u8> {
    let mut data = Data::default()
        .u16(record.duration_s)
        .u16(record.max_power_dw)
        .u16(record.centi_kwh)
        .u8(record.port)
        .u8(record.start_type)
        .bytes(&record.card)
        .u8(record.reason)
        .bytes(&record.order)
        .u16(record.second_max_dw)
        .u32(record.clock)
        .u16(record.occupancy_min)
        .0;
    data.truncate(length);
    data
}

#[cfg(test)]
mod tests {
    use super::{Ask, Down, break_checksum, next_down, seal};

    /// Start of the device document.
    const START: &str =
        "444E5926003B37AB040200820064010000010100001234567812345678123456781234567880708813F808";

    #[test]
    fn frames_are_found_in_any_chunking() {
        let frame = hex::decode(START).expect("hex");
        let mut stream = b"DNXDN".to_vec();
        stream.extend(&frame);
        stream.extend(&frame);
        let (mut unread, mut heard) = (Vec::new(), 0);
        for byte in stream {
            unread.push(byte);
            while let Some(down) = next_down(&mut unread) {
                assert_eq!((down.id, down.msg, down.cmd), (0x04AB_373B, 2, 0x82));
                assert_eq!(seal(down.id, down.msg, down.cmd, &down.data), frame);
                heard += 1;
            }
        }
        assert_eq!((heard, unread.len()), (2, 0));
    }

    #[test]
    fn a_wrong_checksum_is_no_frame() {
        let mut frame = hex::decode(START).expect("hex");
        break_checksum(&mut frame);
        frame.extend(seal(1, 2, 0x81, &[]));
        let down = next_down(&mut frame).expect("the one behind it");
        let wanted = Down {
            id: 1,
            msg: 2,
            cmd: 0x81,
            data: Vec::new(),
        };
        assert_eq!(down, wanted);
    }

    #[test]
    fn what_is_missing_in_a_start_is_zero_and_so_a_stop() {
        let frame = hex::decode(START).expect("hex");
        let ask = Ask::read(&frame[12..frame.len() - 2]);
        assert!(ask.start && ask.port == 1 && ask.value == 0);
        assert_eq!((ask.max_duration_s, ask.overload_dw), (28_800, 5_000));
        let reply = Ask::read(&[0]);
        assert!(!reply.start && reply.order == [0; 16] && reply.port == 0);
    }
}
