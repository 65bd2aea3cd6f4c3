//! `CP56Time2a`, the form in which piles write civil time, always Shanghai time (UTC+8).

use kernel::Timestamp;
use serde_json::Value;
use wire::{Field, Reader, WireError, Writer};

/// Milliseconds of the minute, minute, hour, day, month, year. Kept as it came, even where it is
/// no time; the reserved bits, validity, summer time and weekday are not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cp56Time(pub [u8; 7]);

/// The parts, reserved bits masked off.
struct Parts {
    civil: [u16; 6],
    millis: u16,
}

impl Cp56Time {
    /// The instant. None for seven zeros and for what is no date: a pile whose clock is not set.
    pub fn instant(self) -> Option<Timestamp> {
        let Parts { civil, millis } = self.parts();
        let second = Timestamp::from_shanghai(civil)?;
        Some(Timestamp(second.0 + i64::from(millis)))
    }

    fn parts(self) -> Parts {
        let [low, high, minute, hour, day, month, year] = self.0;
        let of_minute = u16::from_le_bytes([low, high]);
        let [minute, hour, day, month, year] = [
            minute & 0x3F,
            hour & 0x1F,
            day & 0x1F,
            month & 0x0F,
            year & 0x7F,
        ]
        .map(u16::from);
        Parts {
            civil: [2000 + year, month, day, hour, minute, of_minute / 1000],
            millis: of_minute % 1000,
        }
    }
}

impl From<Timestamp> for Cp56Time {
    /// Whole seconds; years outside of 2000..=2127 are "no time".
    fn from(instant: Timestamp) -> Self {
        let [year, month, day, hour, minute, second] = instant.shanghai();
        let byte = |part: u16| u8::try_from(part).expect("parts of a civil time fit a byte");
        let Some(year) = year.checked_sub(2000).filter(|year| *year < 128) else {
            return Self::default();
        };
        let [low, high] = (second * 1000).to_le_bytes();
        let [minute, hour, day, month, year] = [minute, hour, day, month, year].map(byte);
        Self([low, high, minute, hour, day, month, year])
    }
}

impl Field for Cp56Time {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        if self.0 == [0; 7] {
            return Value::Null;
        }
        let Parts { civil, millis } = self.parts();
        let [year, month, day, hour, minute, second] = civil;
        Value::from(format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}"
        ))
    }

    fn meaning(&self) -> Option<String> {
        self.instant().is_none().then(|| "no time".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Cp56Time;
    use kernel::Timestamp;
    use wire::Field;

    #[test]
    fn the_examples_of_the_document_are_read() {
        let plain = Cp56Time([0x98, 0xB7, 0x0E, 0x11, 0x10, 0x03, 0x14]);
        assert_eq!(plain.show(), "2020-03-16T17:14:47.000");
        let instant = plain.instant().expect("a time");
        assert_eq!(instant.shanghai(), [2020, 3, 16, 17, 14, 47]);
        assert_eq!(Cp56Time::from(instant), plain);
        let weekday = Cp56Time([0x69, 0xDE, 0x29, 0x14, 0x76, 0x01, 0x19]);
        assert_eq!(weekday.show(), "2025-01-22T20:41:56.937");
    }

    #[test]
    fn what_is_no_time_has_no_instant() {
        assert_eq!(Cp56Time::default().instant(), None);
        assert!(Cp56Time::default().show().is_null());
        assert_eq!(Cp56Time([0, 0, 0, 0, 0x1F, 2, 25]).instant(), None);
        assert_eq!(Cp56Time([0xFF; 7]).instant(), None);
        assert_eq!(Cp56Time::from(Timestamp(0)), Cp56Time::default());
    }
}
