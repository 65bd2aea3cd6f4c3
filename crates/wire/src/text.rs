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
pub struct Digits<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Digits<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> fmt::Display for Digits<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Digits<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> FromStr for Digits<N> {
    type Err = InvalidHex;

    fn from_str(text: &str) -> Result<Self, InvalidHex> {
        let mut bytes = [0; N];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidHex { digits: 2 * N })?;
        Ok(Self(bytes))
    }
}

impl<const N: usize> Field for Digits<N> {
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
pub struct Text<const N: usize>(pub [u8; N]);

impl<const N: usize> Text<N> {
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

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text())
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl<const N: usize> Field for Text<N> {
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

/// Bytes to the end of the message, shown as hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HexBytes(pub Vec<u8>);

impl Field for HexBytes {
    fn get(reader: &mut Reader<'_>, _name: &'static str) -> Result<Self, WireError> {
        Ok(Self(reader.rest().to_vec()))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(hex::encode(&self.0))
    }
}

macro_rules! hex_numbers {
    ($($(#[doc = $doc:literal])* $name:ident($number:ident, $form:literal);)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);

        impl Field for $name {
            #[inline]
            fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
                reader.$number(name).map(Self)
            }

            fn put(&self, writer: &mut Writer<'_>) {
                writer.$number(self.0);
            }

            fn show(&self) -> Value {
                Value::from(format!($form, self.0))
            }
        }
    )*};
}

hex_numbers! {
    /// A byte that is a code: shown as `0x` and two digits.
    Hex8(u8, "{:#04x}");
    /// Two bytes that are a code: shown as `0x` and four digits.
    Hex16(u16, "{:#06x}");
}

#[cfg(test)]
mod tests {
    use super::{Digits, Hex16, Text, printable};
    use crate::Field;

    #[test]
    fn ids_are_digits_and_codes_have_a_prefix() {
        let id: Digits<7> = "82210225000520".parse().expect("fourteen digits");
        assert_eq!(id.show(), "82210225000520");
        assert!("8221022500052".parse::<Digits<7>>().is_err());
        assert!("8221022500052x".parse::<Digits<7>>().is_err());
        assert_eq!(Hex16(0x0104).show(), "0x0104");
    }

    #[test]
    fn padding_is_not_text() {
        let name = Text::<13>::padded("GV.8r12.OTA").expect("short enough");
        assert_eq!(name.text(), "GV.8r12.OTA");
        assert_eq!(Text::<3>::padded("four"), None);
        assert_eq!(Text::<3>::padded("é"), None);
        assert_eq!(printable(&[0, 0]), "");
        assert_eq!(printable(&[0x41, 0xFF, 0]), "A\u{fffd}");
    }
}
