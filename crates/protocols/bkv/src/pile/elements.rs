//! BKV element lists as this device writes and reads them: by key, without the platform's tables.

use crate::element::{Elements, put, uint};

/// Elements of one list at most that a device looks at.
const ELEMENTS_MAX: usize = 256;

/// Keys that every list begins with.
const COMMAND: u32 = 0x01;
const SEQUENCE: u32 = 0x02;
const SENDER: u32 = 0x03;

/// Key and value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    key: u32,
    value: Vec<u8>,
}

impl Element {
    pub(super) fn new(key: u32, value: impl Into<Vec<u8>>) -> Self {
        Self {
            key,
            value: value.into(),
        }
    }

    pub(super) fn byte(key: u32, value: u8) -> Self {
        Self::new(key, [value])
    }

    pub(super) fn word(key: u32, value: u16) -> Self {
        Self::new(key, value.to_be_bytes())
    }

    /// An element that holds elements.
    pub(super) fn list(key: u32, inside: &[Self]) -> Self {
        let mut value = Vec::new();
        write(inside, &mut value);
        Self { key, value }
    }

    pub(super) fn key(&self) -> u32 {
        self.key
    }

    pub(super) fn small(&self) -> Option<u16> {
        u16::try_from(uint(&self.value)?).ok()
    }
}

fn write(elements: &[Element], out: &mut Vec<u8>) {
    for element in elements {
        put(element.key, &element.value, out);
    }
}

/// A list with its header.
pub(super) fn write_list(
    command: u16,
    sequence: u64,
    sender: &[u8],
    elements: &[Element],
    out: &mut Vec<u8>,
) {
    put(COMMAND, &command.to_be_bytes(), out);
    put(SEQUENCE, &sequence.to_be_bytes(), out);
    put(SENDER, sender, out);
    write(elements, out);
}

/// A list that the platform sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) command: u16,
    pub(super) sequence: u64,
    /// Everything behind the header.
    pub(super) elements: Vec<Element>,
}

impl Told {
    /// `None` when the list is broken, has no header, or is meant for somebody else.
    pub(super) fn read(body: &[u8], addressed: &[u8]) -> Option<Self> {
        let mut elements = Vec::new();
        for element in Elements::new(body).take(ELEMENTS_MAX) {
            let element = element.ok()?;
            if let Some(key) = element.key.number() {
                elements.push(Element::new(key, element.value));
            }
        }
        let rest = elements.split_off(elements.len().min(3));
        let [command, sequence, sender] = elements.as_slice() else {
            return None;
        };
        let header = [command.key, sequence.key, sender.key];
        if header != [COMMAND, SEQUENCE, SENDER] || sender.value != addressed {
            return None;
        }
        Some(Self {
            command: command.small()?,
            sequence: uint(&sequence.value)?,
            elements: rest,
        })
    }

    pub(super) fn bytes(&self, key: u32) -> Option<&[u8]> {
        let found = self.elements.iter().find(|element| element.key == key);
        found.map(|element| element.value.as_slice())
    }

    pub(super) fn number(&self, key: u32) -> Option<u64> {
        uint(self.bytes(key)?)
    }

    pub(super) fn byte(&self, key: u32) -> Option<u8> {
        u8::try_from(self.number(key)?).ok()
    }

    pub(super) fn word(&self, key: u32) -> Option<u16> {
        u16::try_from(self.number(key)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Element, Told, write_list};

    #[test]
    fn lists_come_back_as_they_were_written() {
        let elements = [Element::byte(0x4A, 1), Element::word(0x21, 7200)];
        let mut body = Vec::new();
        write_list(0x1011, 9, &[1; 7], &elements, &mut body);
        let told = Told::read(&body, &[1; 7]).expect("a list");
        assert_eq!((told.command, told.sequence), (0x1011, 9));
        assert_eq!((told.byte(0x4A), told.word(0x21)), (Some(1), Some(7200)));
        assert_eq!(Told::read(&body, &[2; 7]), None, "for somebody else");
        body.pop();
        assert_eq!(Told::read(&body, &[1; 7]), None, "cut off");
    }
}
