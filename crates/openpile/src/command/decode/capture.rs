//! A capture taken apart: frames, what lies between them, and what is left over.

use super::family::{Damage, Family, Found as Begins};

/// Parts that one capture may have. What comes after that many is one last piece of garbage.
pub(crate) const PARTS_MAX: usize = 100_000;

/// A piece of a capture.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// Where it begins.
    pub(crate) offset: usize,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// What it is.
    pub(crate) kind: Kind,
}

/// What a piece of a capture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A frame whose length, tail, checksum and direction are right.
    Frame,
    /// Bytes of no frame. The error is that of the first one that begins like a frame.
    Garbage(Option<Damage>),
    /// The capture ends inside this frame.
    Pending,
}

/// The parts of a capture of one family, in order and without gaps.
pub(crate) fn parts(family: Family, bytes: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < bytes.len() && parts.len() + 2 < PARTS_MAX {
        let found = next_frame(family, bytes, at);
        let end = found
            .frame
            .map_or(found.pending.unwrap_or(bytes.len()), |(begin, _)| begin);
        push(&mut parts, bytes, at, end, Kind::Garbage(found.error));
        at = match (found.frame, found.pending) {
            (Some((begin, length)), _) => {
                push(&mut parts, bytes, begin, begin + length, Kind::Frame);
                begin + length
            }
            (None, Some(begin)) => {
                push(&mut parts, bytes, begin, bytes.len(), Kind::Pending);
                bytes.len()
            }
            (None, None) => bytes.len(),
        };
    }
    push(&mut parts, bytes, at, bytes.len(), Kind::Garbage(None));
    parts
}

fn push<'a>(parts: &mut Vec<Part<'a>>, all: &'a [u8], begin: usize, end: usize, kind: Kind) {
    match all.get(begin..end) {
        Some(bytes) if !bytes.is_empty() => parts.push(Part {
            offset: begin,
            bytes,
            kind,
        }),
        _ => {}
    }
}

/// What was met on the way to the next frame.
#[derive(Default)]
struct Found {
    /// Where the frame begins, and its length.
    frame: Option<(usize, usize)>,
    /// The first place from where a frame might go on beyond the end.
    pending: Option<usize>,
    /// What is wrong with the first thing that begins like a frame.
    error: Option<Damage>,
}

/// A capture has an end, so what waits for more bytes is only pending if no frame follows.
fn next_frame(family: Family, bytes: &[u8], from: usize) -> Found {
    let mut found = Found::default();
    let mut at = from;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        match family.scan(rest) {
            Begins::Frame(length) => {
                found.frame = Some((at, length));
                return found;
            }
            Begins::Skip(count) => at += count.max(1),
            Begins::Bad(error) => {
                found.error.get_or_insert(error);
                at += 1;
            }
            Begins::Wait => {
                found.pending.get_or_insert(at);
                at += 1;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::family::{Damage, Family};
    use super::{Kind, parts};

    const FRAME: &str = "fcff0018000000000000008220052000486920200730164545a7fcee";

    fn kinds(text: &str) -> Vec<(usize, usize, Kind)> {
        let bytes = hex::decode(text.replace(' ', "")).expect("hex");
        let parts = parts(Family::Bkv, &bytes);
        assert_eq!(
            parts.iter().map(|part| part.bytes.len()).sum::<usize>(),
            bytes.len()
        );
        parts
            .iter()
            .map(|part| (part.offset, part.bytes.len(), part.kind.clone()))
            .collect()
    }

    #[test]
    fn frames_and_what_lies_between_them_are_told_apart() {
        let garbage = Kind::Garbage(None);
        assert_eq!(kinds(FRAME), [(0, 28, Kind::Frame)]);
        assert_eq!(
            kinds(&format!("00 {FRAME} 0e {FRAME} fcff0018")),
            [
                (0, 1, garbage.clone()),
                (1, 28, Kind::Frame),
                (29, 1, garbage.clone()),
                (30, 28, Kind::Frame),
                (58, 4, Kind::Pending),
            ]
        );
        assert_eq!(kinds(""), []);
        assert_eq!(kinds("0102"), [(0, 2, garbage)]);
    }

    #[test]
    fn a_false_start_does_not_hide_the_frame_behind_it() {
        assert_eq!(
            kinds(&format!("fcfe0fff {FRAME}")),
            [(0, 4, Kind::Garbage(None)), (4, 28, Kind::Frame)]
        );
    }

    #[test]
    fn a_damaged_frame_says_what_is_wrong_with_it() {
        let damaged = FRAME.replace("a7fcee", "a8fcee");
        let found = kinds(&damaged);
        let [(0, 28, Kind::Garbage(Some(Damage { kind, .. })))] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(*kind, "checksum");
    }
}
