//! The key tables: what an element is called, in which form it is shown, what it means
//! (BKV, docs/protocols/bkv.md §4.1 and §16). The two framings give some keys different meanings.

mod direct;
mod networked;

pub(crate) use direct::PORT_KEYS;

/// How a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Number.
    Number,
    /// `0x` and hexadecimal digits.
    Code,
    /// Status byte: a code with a meaning.
    Status,
    /// Seven BCD bytes: fourteen digits. In any other size a number.
    Time,
    /// Text.
    Text,
    /// Hexadecimal digits without prefix.
    Digits,
    /// A list of elements, one of several under the same name.
    List,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key.
    pub key: u32,
    /// Name in JSON.
    pub name: &'static str,
    /// How the value is shown.
    pub form: Form,
    /// What it is, with the unit.
    pub doc: &'static str,
}

/// Which table a list of elements is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTable {
    /// Devices behind a gateway.
    Networked,
    /// Stand-alone devices.
    Direct,
}

impl KeyTable {
    /// What the table says about a key.
    pub fn find(self, key: u32) -> Option<&'static KeyInfo> {
        let table = match self {
            Self::Networked => networked::KEYS,
            Self::Direct => direct::KEYS,
        };
        table.iter().find(|info| info.key == key)
    }
}

const fn number(key: u32, name: &'static str, doc: &'static str) -> KeyInfo {
    entry(key, name, Form::Number, doc)
}

const fn code(key: u32, name: &'static str, doc: &'static str) -> KeyInfo {
    entry(key, name, Form::Code, doc)
}

const fn entry(key: u32, name: &'static str, form: Form, doc: &'static str) -> KeyInfo {
    KeyInfo {
        key,
        name,
        form,
        doc,
    }
}
