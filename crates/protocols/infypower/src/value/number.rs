use serde_json::Value;
use wire::{Field, Reader, WireError, Writer};

/// A number of which the last `DIGITS` digits are decimals. Shown as text with all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scaled<T, const DIGITS: u32>(pub T);

impl<T: Into<u64> + Copy, const DIGITS: u32> Scaled<T, DIGITS> {
    /// The number as it came.
    pub fn raw(self) -> u64 {
        self.0.into()
    }
}

impl<T: Into<u64>, const DIGITS: u32> From<Scaled<T, DIGITS>> for u64 {
    fn from(scaled: Scaled<T, DIGITS>) -> Self {
        scaled.0.into()
    }
}

impl<T: Field + Into<u64> + Copy, const DIGITS: u32> Field for Scaled<T, DIGITS> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        T::get(reader, name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        self.0.put(writer);
    }

    fn show(&self) -> Value {
        Value::from(decimal(self.raw(), DIGITS))
    }
}

/// A number with its last `digits` digits behind the point.
pub fn decimal(raw: u64, digits: u32) -> String {
    let unit = 10_u64.saturating_pow(digits);
    let width = usize::try_from(digits).unwrap_or_default();
    format!("{}.{:0width$}", raw / unit, raw % unit)
}

/// A temperature in one byte, 50 above °C.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Celsius(pub u8);

impl Celsius {
    /// Degrees; none where nothing is measured (0 and 255).
    pub const fn degrees(self) -> Option<i16> {
        match self.0 {
            0 | 0xFF => None,
            raw => Some(raw as i16 - 50),
        }
    }
}

impl Field for Celsius {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.u8(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u8(self.0);
    }

    fn show(&self) -> Value {
        Value::from(i16::from(self.0) - 50)
    }

    fn meaning(&self) -> Option<String> {
        self.degrees().is_none().then(|| "not measured".to_owned())
    }
}

/// A version in four bytes. Sources disagree about their order: shown as a number, and in words
/// as the bytes in the order of the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dotted(pub u32);

impl std::fmt::Display for Dotted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [first, second, third, fourth] = self.0.to_le_bytes();
        write!(f, "{first}.{second}.{third}.{fourth}")
    }
}

impl Field for Dotted {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.u32(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u32(self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.0)
    }

    fn meaning(&self) -> Option<String> {
        Some(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{Celsius, Dotted, Scaled};
    use wire::Field;

    #[test]
    fn decimals_are_all_shown() {
        assert_eq!(Scaled::<u32, 3>(15_091).show(), "15.091");
        assert_eq!(Scaled::<u16, 1>(0).show(), "0.0");
        assert_eq!(Scaled::<u32, 2>(5).show(), "0.05");
        assert_eq!(Scaled::<u64, 3>(u64::MAX).show(), "18446744073709551.615");
    }

    #[test]
    fn temperatures_that_are_not_measured_are_none() {
        assert_eq!(Celsius(70).degrees(), Some(20));
        assert_eq!(Celsius(70).show(), 20);
        assert_eq!(Celsius(0).degrees(), None);
        assert_eq!(Celsius(255).degrees(), None);
    }

    #[test]
    fn versions_are_dotted_in_wire_order() {
        assert_eq!(Dotted(197_121).to_string(), "1.2.3.0");
    }
}
