//! The form in which piles write civil time, always Shanghai time (UTC+8).

use kernel::Timestamp;
use serde_json::Value;
use wire::{Field, Reader, WireError, Writer, bcd_from, bcd_to};

/// What stands behind the seconds.
const FILLER: u8 = 0xFF;

/// `YYYY MM DD hh mm ss` in seven BCD bytes and a filler. Kept as they came, even where they are
/// no time: zeros when there is none, and some firmware writes milliseconds here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BcdTime(pub [u8; 8]);

impl BcdTime {
    /// No time.
    pub const NONE: Self = Self([0; 8]);

    /// The instant, or `None` when the digits are no time.
    pub fn instant(self) -> Option<Timestamp> {
        self.parts().and_then(Timestamp::from_shanghai)
    }

    fn parts(self) -> Option<[u16; 6]> {
        let [century, year, month, day, hour, minute, second, _] = self.0.map(bcd_to);
        let year = u16::from(century?) * 100 + u16::from(year?);
        let [month, day, hour, minute, second] =
            [month?, day?, hour?, minute?, second?].map(u16::from);
        Some([year, month, day, hour, minute, second])
    }
}

impl From<Timestamp> for BcdTime {
    fn from(instant: Timestamp) -> Self {
        let [year, month, day, hour, minute, second] = instant.shanghai();
        let parts = [year / 100, year % 100, month, day, hour, minute, second];
        let mut bytes = [FILLER; 8];
        for (byte, part) in bytes.iter_mut().zip(parts) {
            let digits = u8::try_from(part).ok().and_then(bcd_from);
            *byte = digits.expect("parts of a civil time have two digits");
        }
        Self(bytes)
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
        let parts = self.instant().and_then(|_| self.parts());
        let Some([year, month, day, hour, minute, second]) = parts else {
            return Value::Null;
        };
        Value::from(format!(
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::BcdTime;
    use kernel::Timestamp;
    use serde_json::Value;
    use wire::Field;

    #[test]
    fn digits_are_shanghai_time() {
        let time = BcdTime([0x20, 0x21, 0x03, 0x04, 0x18, 0x40, 0x01, 0xFF]);
        assert_eq!(time.show(), "2021-03-04 18:40:01");
        let instant = time.instant().expect("a time");
        assert_eq!(instant, Timestamp::from_unix_seconds(1_614_854_401));
        assert_eq!(BcdTime::from(instant), time);
    }

    #[test]
    fn what_is_no_time_is_null() {
        for bytes in [
            [0; 8],
            [0xFF; 8],
            [0x20, 0x21, 0x02, 0x30, 0, 0, 0, 0xFF],
            [0x7B, 0xE1, 0x8F, 0x12, 0x77, 1, 0, 0],
        ] {
            assert_eq!(BcdTime(bytes).instant(), None);
            assert_eq!(BcdTime(bytes).show(), Value::Null);
        }
    }
}
