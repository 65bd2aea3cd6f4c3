//! BKV elements (Binary Key-Value): `length · key length · key · value`, nested by value.
//!
//! The length is a base-128 number of one to four bytes and counts what follows it in the
//! element (BKV, docs/protocols/bkv.md §4).

/// Longest length prefix.
const LENGTH_BYTES_MAX: usize = 4;
/// Lists inside lists; devices use two.
pub const NESTING_MAX: usize = 8;
/// Top bit: of a length byte "another follows", of the key length "the key is text".
const TOP_BIT: u8 = 0x80;

/// Elements that do not fit into each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("element at byte {offset}: {problem}")]
pub struct ElementError {
    /// Where the element begins, counted from the start of the list that was read.
    pub offset: usize,
    /// What is wrong with it.
    pub problem: ElementProblem,
}

/// What is wrong with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElementProblem {
    /// The list ends inside the length, or the length has more than four bytes.
    #[error("no complete length")]
    Length,
    /// The element is longer than what is left of its list.
    #[error("needs {needed} bytes, {had} left")]
    Overrun {
        /// Bytes that it claims.
        needed: usize,
        /// Bytes that were left.
        had: usize,
    },
    /// The key does not fit into the element.
    #[error("key longer than its element")]
    Key,
    /// More lists inside lists than any device sends.
    #[error("lists nest deeper than {NESTING_MAX}")]
    Nesting,
}

/// The key of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// A number, as its bytes, most significant first.
    Number(&'a [u8]),
    /// Text.
    Text(&'a [u8]),
}

impl Key<'_> {
    /// The number of a numeric key that fits 32 bits.
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::Number(bytes) => uint(bytes).and_then(|number| u32::try_from(number).ok()),
            Self::Text(_) => None,
        }
    }
}

/// One element of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its key.
    pub key: Key<'a>,
    /// Its value, which may itself be a list.
    pub value: &'a [u8],
    /// Where the element begins.
    pub offset: usize,
    /// Where its value begins.
    pub value_offset: usize,
}

impl<'a> Element<'a> {
    /// The value as a list.
    pub const fn children(&self) -> Elements<'a> {
        Elements {
            rest: self.value,
            offset: self.value_offset,
        }
    }
}

/// Reads a list of elements in order. Stops after the first error.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Elements<'a> {
    /// The elements of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// The elements of `bytes`, which stand at `offset` of something larger.
    pub const fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self {
            rest: bytes,
            offset,
        }
    }

    fn read(&mut self) -> Result<Element<'a>, ElementProblem> {
        let (length, prefix) = length_prefix(self.rest).ok_or(ElementProblem::Length)?;
        let after = self.rest.get(prefix..).unwrap_or_default();
        let Some((inside, rest)) = after.split_at_checked(length) else {
            return Err(ElementProblem::Overrun {
                needed: length,
                had: after.len(),
            });
        };
        let (&flags, inside) = inside.split_first().ok_or(ElementProblem::Key)?;
        let key_length = usize::from(flags & !TOP_BIT);
        let (key, value) = inside
            .split_at_checked(key_length)
            .ok_or(ElementProblem::Key)?;
        let element = Element {
            key: if flags & TOP_BIT == 0 {
                Key::Number(key)
            } else {
                Key::Text(key)
            },
            value,
            offset: self.offset,
            value_offset: self.offset + prefix + 1 + key_length,
        };
        self.offset += prefix + length;
        self.rest = rest;
        Ok(element)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, ElementError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let offset = self.offset;
        Some(self.read().map_err(|problem| {
            self.rest = &[];
            ElementError { offset, problem }
        }))
    }
}

/// The length and the number of bytes that it takes.
fn length_prefix(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0_usize;
    for (index, byte) in bytes.iter().take(LENGTH_BYTES_MAX).enumerate() {
        length = length << 7 | usize::from(byte & !TOP_BIT);
        if byte & TOP_BIT == 0 {
            return Some((length, index + 1));
        }
    }
    None
}

/// Appends an element with a numeric key of minimal size.
pub fn put(key: u32, value: &[u8], out: &mut Vec<u8>) {
    let bytes = key.to_be_bytes();
    let zeros = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
    put_raw(
        Key::Number(bytes.get(zeros..).unwrap_or_default()),
        value,
        out,
    );
}

/// Appends an element with its key as given.
pub fn put_raw(key: Key<'_>, value: &[u8], out: &mut Vec<u8>) {
    let (flag, key) = match key {
        Key::Number(bytes) => (0, bytes),
        Key::Text(bytes) => (TOP_BIT, bytes),
    };
    put_length(1 + key.len() + value.len(), out);
    let key_length = u8::try_from(key.len()).unwrap_or(u8::MAX) & !TOP_BIT;
    out.push(flag | key_length);
    out.extend_from_slice(key);
    out.extend_from_slice(value);
}

fn put_length(length: usize, out: &mut Vec<u8>) {
    let groups = (1..LENGTH_BYTES_MAX)
        .rev()
        .filter(|group| length >> (7 * group) != 0);
    for group in groups {
        out.push(seven_bits(length >> (7 * group)) | TOP_BIT);
    }
    out.push(seven_bits(length));
}

fn seven_bits(number: usize) -> u8 {
    u8::try_from(number & 0x7F).expect("seven bits fit a byte")
}

/// A big-endian number of up to eight bytes; no bytes are 0.
pub fn uint(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| {
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    })
}

#[cfg(test)]
mod tests {
    use super::{ElementProblem, Elements, Key, put, put_length, uint};

    #[test]
    fn lengths_of_the_documents_are_written() {
        let written = |length| {
            let mut out = Vec::new();
            put_length(length, &mut out);
            out
        };
        assert_eq!(written(101), [0x65]);
        assert_eq!(written(183), [0x81, 0x37]);
        assert_eq!(written(666), [0x85, 0x1A]);
        assert_eq!(written(127), [0x7F]);
        assert_eq!(written(128), [0x81, 0x00]);
        assert_eq!(written(16_384), [0x81, 0x80, 0x00]);
    }

    #[test]
    fn keys_have_minimal_size() {
        let mut out = Vec::new();
        put(0x0A, &[0, 9], &mut out);
        put(0x0193, &[1], &mut out);
        assert_eq!(out, [4, 1, 0x0A, 0, 9, 4, 2, 0x01, 0x93, 1]);
        let keys: Vec<_> = Elements::new(&out)
            .map(|element| element.expect("well formed").key.number())
            .collect();
        assert_eq!(keys, [Some(0x0A), Some(0x0193)]);
    }

    #[test]
    fn what_overruns_its_list_is_an_error() {
        let overrun = Elements::new(&[4, 1, 0x0A, 0]).next().expect("an answer");
        assert_eq!(
            overrun.expect_err("one byte is missing").problem,
            ElementProblem::Overrun { needed: 4, had: 3 }
        );
        for bytes in [&[0_u8][..], &[0x80], &[0x80; 5], &[1, 1], &[2, 0x7F, 1]] {
            let mut elements = Elements::new(bytes);
            assert!(elements.next().expect("an answer").is_err(), "{bytes:?}");
            assert!(elements.next().is_none());
        }
    }

    #[test]
    fn text_keys_are_told_apart() {
        let element = Elements::new(&[6, 0x82, 0x64, 0x64, 0x30, 0x31, 0x32])
            .next()
            .expect("one element")
            .expect("well formed");
        assert_eq!(element.key, Key::Text(b"dd"));
        assert_eq!((element.value, element.value_offset), (&b"012"[..], 4));
    }

    #[test]
    fn numbers_have_up_to_eight_bytes() {
        assert_eq!(uint(&[]), Some(0));
        assert_eq!(uint(&[1, 0]), Some(256));
        assert_eq!(uint(&[0xFF; 8]), Some(u64::MAX));
        assert_eq!(uint(&[0; 9]), None);
    }
}
