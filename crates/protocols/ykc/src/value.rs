//! Values of the wire that are no plain numbers.

use serde_json::Value;
use std::fmt;
use std::str::FromStr;
use wire::{Field, InvalidHex, Label, Reader, Sheet, WireError, Writer, bcd_from, bcd_to};

/// `N` bytes that people write as upper-case hexadecimal digits: BCD numbers, in which real piles
/// put half bytes that are no decimal digits, and opaque fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident<const N: usize>(pub [u8; N]);

/// Number of a pile, 14 digits.
pub type PileCode = Ident<7>;
/// Number of a transaction (交易流水号), 32 digits, zeros for none.
pub type TransactionNo = Ident<16>;
/// Number of a card: printed (逻辑卡号, 16 digits) or in the chip (物理卡号, opaque).
pub type CardNo = Ident<8>;
/// Number of a parallel charge (并充序号), yyMMddHHmmss.
pub type ParallelNo = Ident<6>;

impl<const N: usize> Ident<N> {
    /// Whether all bytes are zero, which means "none" everywhere.
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    /// Whether all half bytes are decimal digits.
    pub fn is_decimal(&self) -> bool {
        self.0.iter().all(|byte| bcd_to(*byte).is_some())
    }

    /// From at most 2 × `N` digits, padded with zeros on the left.
    pub fn padded(digits: &str) -> Option<Self> {
        let zeros = (2 * N).checked_sub(digits.len())?;
        format!("{}{digits}", "0".repeat(zeros)).parse().ok()
    }

    /// The digits without their leading zeros; none when there is nothing else.
    pub fn significant(&self) -> Option<String> {
        let text = self.to_string();
        let digits = text.trim_start_matches('0');
        (!digits.is_empty()).then(|| digits.to_owned())
    }
}

impl<const N: usize> Default for Ident<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> fmt::Display for Ident<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl<const N: usize> fmt::Debug for Ident<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> FromStr for Ident<N> {
    type Err = InvalidHex;

    fn from_str(text: &str) -> Result<Self, InvalidHex> {
        let mut bytes = [0; N];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidHex { digits: 2 * N })?;
        Ok(Self(bytes))
    }
}

impl<const N: usize> Field for Ident<N> {
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

/// Number of a gun (枪号) in one byte, 1 for the first. Most frames have it in BCD, yet some piles
/// write it in binary: read it with [`number`](Self::number).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Gun(pub u8);

impl Gun {
    /// The gun of a number, in BCD; none above 99.
    pub fn of(number: u8) -> Option<Self> {
        bcd_from(number).map(Self)
    }

    /// Its number: BCD if both half bytes are decimal digits, binary otherwise.
    pub fn number(self) -> u8 {
        bcd_to(self.0).unwrap_or(self.0)
    }
}

impl Field for Gun {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.u8(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u8(self.0);
    }

    fn show(&self) -> Value {
        Value::from(format!("{:02X}", self.0))
    }
}

/// Three bytes, low byte first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct U24(pub u32);

impl Field for U24 {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let [low, middle, high] = reader.array(name)?;
        Ok(Self(u32::from_le_bytes([low, middle, high, 0])))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        let [low, middle, high, _] = self.0.to_le_bytes();
        writer.bytes(&[low, middle, high]);
    }

    fn show(&self) -> Value {
        Value::from(self.0)
    }
}

/// Five bytes, low byte first: readings of energy meters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct U40(pub u64);

impl Field for U40 {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let width: [u8; 5] = reader.array(name)?;
        let mut bytes = [0; 8];
        for (place, byte) in bytes.iter_mut().zip(width) {
            *place = byte;
        }
        Ok(Self(u64::from_le_bytes(bytes)))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        let bytes = self.0.to_le_bytes();
        writer.bytes(bytes.first_chunk::<5>().unwrap_or(&[0; 5]));
    }

    fn show(&self) -> Value {
        Value::from(self.0)
    }
}

/// Which price each half hour of the day has, from 00:00 on (时段费率号).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots(pub [u8; 48]);

impl Field for Slots {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        let digit = |kind: &u8| char::from_digit(u32::from(*kind), 10).unwrap_or('?');
        Value::from(self.0.iter().map(digit).collect::<String>())
    }
}

/// ASCII behind a length byte, at most [`Prefix::MAX`] characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(Vec<u8>);

impl Prefix {
    /// Longest prefix.
    pub const MAX: usize = 200;

    /// The text as it goes on the wire; none when it is too long or not ASCII.
    pub fn of(text: &str) -> Option<Self> {
        let fits = text.is_ascii() && text.len() <= Self::MAX;
        fits.then(|| Self(text.as_bytes().to_vec()))
    }

    /// The text.
    pub fn text(&self) -> String {
        wire::printable(&self.0)
    }

    fn length(&self) -> u8 {
        u8::try_from(self.0.len()).expect("neither the constructor nor a length byte admits more")
    }
}

impl Field for Prefix {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let before = *reader;
        let count = usize::from(reader.u8(name)?);
        if count > Self::MAX {
            return Err(before.over_limit(Self::MAX, count, name));
        }
        Ok(Self(reader.take(count, name)?.to_vec()))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u8(self.length());
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.text())
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        if let Some(count) = label.count {
            sheet.field(&self.length(), Label::new(count, "number of characters"));
        }
        sheet.row(label, self.0.len(), self.show(), None);
    }
}

#[cfg(test)]
mod tests {
    use super::{Gun, Ident, U24, U40};
    use wire::{ByteOrder, Field, Reader, Writer};

    #[test]
    fn identifiers_are_upper_case_and_padded_on_the_left() {
        let card: Ident<8> = Ident::padded("D14B0A54").expect("short");
        assert_eq!(card.to_string(), "00000000D14B0A54");
        assert_eq!(card.significant().as_deref(), Some("D14B0A54"));
        assert!(!card.is_decimal());
        assert_eq!(Ident::<8>::default().significant(), None);
        assert_eq!(Ident::<1>::padded("123"), None);
    }

    #[test]
    fn guns_are_read_in_both_forms() {
        assert_eq!(Gun(0x10).number(), 10);
        assert_eq!(Gun(0x0A).number(), 10);
        assert_eq!(Gun::of(12), Some(Gun(0x12)));
        assert_eq!(Gun::of(100), None);
    }

    #[test]
    fn odd_widths_are_low_byte_first() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut reader = Reader::new("m", &bytes, ByteOrder::Little);
        let short = U24::get(&mut reader, "a").expect("three");
        let long = U40::get(&mut reader, "b").expect("five");
        assert_eq!((short.0, long.0), (0x03_02_01, 0x08_07_06_05_04));
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, ByteOrder::Little);
        short.put(&mut writer);
        long.put(&mut writer);
        assert_eq!(out, bytes);
    }
}
