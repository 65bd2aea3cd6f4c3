//! The two forms in which BKV devices write civil time, always Shanghai time (UTC+8).

use kernel::Timestamp;
use serde_json::Value;
use wire::{Field, Reader, WireError, Writer, bcd_from, bcd_to};

/// `YYYY MM DD hh mm ss` in seven BCD bytes. Kept as they came, even where they are no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BcdTime(pub [u8; 7]);

impl BcdTime {
    /// The instant, or `None` when the digits are no time.
    pub fn instant(self) -> Option<Timestamp> {
        let [century, year, month, day, hour, minute, second] = self.0;
        let [century, year, month, day, hour, minute, second] =
            [century, year, month, day, hour, minute, second].map(bcd_to);
        let year = u16::from(century?) * 100 + u16::from(year?);
        let rest = [month?, day?, hour?, minute?, second?].map(u16::from);
        let [month, day, hour, minute, second] = rest;
        Timestamp::from_shanghai([year, month, day, hour, minute, second])
    }
}

impl From<Timestamp> for BcdTime {
    fn from(instant: Timestamp) -> Self {
        let [year, month, day, hour, minute, second] = instant.shanghai();
        let parts = [year / 100, year % 100, month, day, hour, minute, second];
        let digits = |part: u16| u8::try_from(part).ok().and_then(bcd_from);
        Self(parts.map(|part| digits(part).expect("parts of a civil time have two digits")))
    }
}

impl Field for BcdTime {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(hex::encode(self.0))
    }
}

/// Year in two bytes, then month, day, hour, minute and second in binary: the end time of
/// sub-command 18. Kept as it came, even where it is no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BinaryTime {
    /// Year.
    pub year: u16,
    /// Month, day, hour, minute, second.
    pub rest: [u8; 5],
}

impl BinaryTime {
    /// The instant, or `None` when the numbers are no time.
    pub fn instant(self) -> Option<Timestamp> {
        let [month, day, hour, minute, second] = self.rest.map(u16::from);
        Timestamp::from_shanghai([self.year, month, day, hour, minute, second])
    }
}

impl From<Timestamp> for BinaryTime {
    fn from(instant: Timestamp) -> Self {
        let [year, month, day, hour, minute, second] = instant.shanghai();
        let byte = |part: u16| u8::try_from(part).expect("parts of a civil time fit a byte");
        Self {
            year,
            rest: [month, day, hour, minute, second].map(byte),
        }
    }
}

impl Field for BinaryTime {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let year = reader.u16(name)?;
        let rest = reader.array(name)?;
        Ok(Self { year, rest })
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u16(self.year);
        writer.bytes(&self.rest);
    }

    fn show(&self) -> Value {
        let [month, day, hour, minute, second] = self.rest;
        let year = self.year;
        Value::from(format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{BcdTime, BinaryTime};
    use kernel::Timestamp;
    use wire::Field;

    #[test]
    fn both_forms_are_shanghai_time() {
        let instant = Timestamp::from_unix_seconds(1_729_407_600);
        let bcd = BcdTime::from(instant);
        assert_eq!(bcd.show(), "20241020150000");
        assert_eq!(bcd.instant(), Some(instant));
        let binary = BinaryTime::from(instant);
        assert_eq!(binary.show(), "2024-10-20T15:00:00");
        assert_eq!(binary.instant(), Some(instant));
    }

    #[test]
    fn what_is_no_time_has_no_instant() {
        assert_eq!(BcdTime([0xFF; 7]).instant(), None);
        assert_eq!(BcdTime([0x20, 0x24, 0x13, 1, 0, 0, 0]).instant(), None);
        assert_eq!(BinaryTime::default().instant(), None);
    }
}
