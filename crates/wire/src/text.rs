//! Values that are shown as text: identifiers as digits, codes with their prefix, ASCII.

use crate::{Field, Reader, WireError, Writer};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// Text that does not consist of the right number of hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {digits} hexadecimal digits")]
pub struct InvalidHex {
    /// How many digits it takes.
    pub digits: usize,
}

/// `N` bytes that people write as hexadecimal digits without prefix: ids, card numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Hex<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> FromStr for Hex<N> {
    type Err = InvalidHex;

    fn from_str(text: &str) -> Result<Self, InvalidHex> {
        let mut bytes = [0; N];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidHex { digits: 2 * N })?;
        Ok(Self(bytes))
    }
}

impl<const N: usize> Field for Hex<N> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.to_string())
    }
}

/// `N` bytes of ASCII, padded with zeros. The bytes are kept as they came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ascii<const N: usize>(pub [u8; N]);

impl<const N: usize> Ascii<N> {
    /// The text padded with zeros, or `None` when it is longer than `N` or not ASCII.
    pub fn padded(text: &str) -> Option<Self> {
        let mut bytes = [0; N];
        bytes
            .get_mut(..text.len())
            .filter(|_| text.is_ascii())?
            .copy_from_slice(text.as_bytes());
        Some(Self(bytes))
    }

    /// The text without its padding; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> String {
        printable(&self.0)
    }
}

impl<const N: usize> fmt::Debug for Ascii<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text())
    }
}

impl<const N: usize> fmt::Display for Ascii<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl<const N: usize> Field for Ascii<N> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.text())
    }
}

/// Device text for people: without trailing zeros, what is no UTF-8 replaced.
pub fn printable(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |at| at + 1);
    let text = bytes.get(..end).unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// A number that is a code: shown as `0x` and all its hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code<T>(pub T);

impl<T: Field> Field for Code<T> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        T::get(reader, name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        self.0.put(writer);
    }

    fn show(&self) -> Value {
        let mut bytes = Vec::new();
        self.0
            .put(&mut Writer::new(&mut bytes, crate::ByteOrder::Big));
        Value::from(format!("0x{}", hex::encode(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Ascii, Code, Hex, printable};
    use crate::Field;

    #[test]
    fn ids_are_digits_and_codes_have_a_prefix() {
        let id: Hex<7> = "82210225000520".parse().expect("fourteen digits");
        assert_eq!(id.show(), "82210225000520");
        assert!("8221022500052".parse::<Hex<7>>().is_err());
        assert!("8221022500052x".parse::<Hex<7>>().is_err());
        assert_eq!(Code(0x0104_u16).show(), "0x0104");
    }

    #[test]
    fn padding_is_not_text() {
        let name = Ascii::<13>::padded("GV.8r12.OTA").expect("short enough");
        assert_eq!(name.text(), "GV.8r12.OTA");
        assert_eq!(Ascii::<3>::padded("four"), None);
        assert_eq!(Ascii::<3>::padded("é"), None);
        assert_eq!(printable(&[0, 0]), "");
        assert_eq!(printable(&[0x41, 0xFF, 0]), "A\u{fffd}");
    }
}
