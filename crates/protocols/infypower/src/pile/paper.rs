//! How a pile puts a body together and takes one apart: byte by byte, without the platform's
//! message types, so that the two readings of the document are checked against each other.

use kernel::Timestamp;

/// A body as it grows.
#[derive(Clone, Debug, Default)]
pub(super) struct Paper(Vec<u8>);

impl Paper {
    /// Without the two reserved words: firmware and prices.
    pub(super) fn bare() -> Self {
        Self::default()
    }

    /// Two reserved words, then the pile code.
    pub(super) fn signed(code: &str) -> Self {
        Self::default().zeros(4).text(code, 32)
    }

    pub(super) fn byte(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(super) fn word(self, value: u16) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn long(self, value: u32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// A larger number in four bytes; one that does not fit shows the largest.
    pub(super) fn long_of(self, value: u64) -> Self {
        self.long(u32::try_from(value).unwrap_or(u32::MAX))
    }

    /// A larger number in two bytes; one that does not fit shows the largest.
    pub(super) fn word_of(self, value: u64) -> Self {
        self.word(u16::try_from(value).unwrap_or(u16::MAX))
    }

    pub(super) fn huge(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn zeros(mut self, count: usize) -> Self {
        self.0.resize(self.0.len() + count, 0);
        self
    }

    /// Text from the left, padded with zeros, cut where it is too long.
    pub(super) fn text(mut self, text: &str, width: usize) -> Self {
        let end = self.0.len() + width;
        self.0.extend(text.bytes().take(width));
        self.0.resize(end, 0);
        self
    }

    /// BCD of the local time; zeros when the clock is not set.
    pub(super) fn time(self, time: Option<Timestamp>) -> Self {
        match time {
            Some(time) => self.bytes(&bcd(time)),
            None => self.zeros(8),
        }
    }

    /// °C as the wire has it.
    pub(super) fn celsius(self, celsius: i16) -> Self {
        let raw = celsius.saturating_add(50).clamp(0, 255);
        self.byte(u8::try_from(raw).unwrap_or(u8::MAX))
    }

    pub(super) fn into_body(self) -> Vec<u8> {
        self.0
    }
}

fn bcd(time: Timestamp) -> [u8; 8] {
    let [year, month, day, hour, minute, second] = time.shanghai();
    let two = |number: u16| {
        let number = u8::try_from(number % 100).unwrap_or_default();
        ((number / 10) << 4) | (number % 10)
    };
    [
        two(year / 100),
        two(year),
        two(month),
        two(day),
        two(hour),
        two(minute),
        two(second),
        0xFF,
    ]
}

/// A body that is read front to back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a>(pub(super) &'a [u8]);

impl<'a> Reading<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>()?;
        self.0 = tail;
        Some(*head)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn word(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn long(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Text up to the first zero.
    pub(super) fn text(&mut self, width: usize) -> Option<String> {
        let bytes = self.bytes(width)?;
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(width);
        Some(String::from_utf8_lossy(bytes.get(..end)?).into_owned())
    }

    /// A BCD time; none when it is no time, or when the body ends before it.
    pub(super) fn time(&mut self) -> Option<Timestamp> {
        self.array().and_then(time_of)
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

/// A BCD time; none when it is no time.
pub(super) fn time_of(bytes: [u8; 8]) -> Option<Timestamp> {
    let mut digits = [0_u16; 7];
    for (digit, byte) in digits.iter_mut().zip(bytes) {
        let (tens, units) = (byte >> 4, byte & 0x0F);
        if tens > 9 || units > 9 {
            return None;
        }
        *digit = u16::from(tens * 10 + units);
    }
    let [century, year, month, day, hour, minute, second] = digits;
    Timestamp::from_shanghai([century * 100 + year, month, day, hour, minute, second])
}

#[cfg(test)]
mod tests {
    use super::{Paper, Reading};
    use kernel::Timestamp;

    #[test]
    fn what_is_written_is_read() {
        let now = Timestamp::from_unix_seconds(1_729_407_600);
        let body = Paper::signed("2900300800103")
            .byte(7)
            .word(0x0102)
            .long(0x0304_0506)
            .time(Some(now))
            .time(None)
            .celsius(-7)
            .into_body();
        let mut reading = Reading(&body);
        assert_eq!(reading.long(), Some(0));
        assert_eq!(reading.text(32).as_deref(), Some("2900300800103"));
        assert_eq!(reading.byte(), Some(7));
        assert_eq!(reading.word(), Some(0x0102));
        assert_eq!(reading.long(), Some(0x0304_0506));
        assert_eq!(reading.time(), Some(now));
        assert_eq!(reading.time(), None);
        assert_eq!(reading.rest(), [43]);
        assert_eq!(reading.byte(), None);
    }
}
