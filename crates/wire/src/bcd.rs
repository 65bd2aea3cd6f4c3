/// The number that one BCD byte stands for, or `None` when a half byte is no decimal digit.
pub const fn bcd_to(byte: u8) -> Option<u8> {
    let (tens, units) = (byte >> 4, byte & 0x0F);
    if tens > 9 || units > 9 {
        return None;
    }
    Some(tens * 10 + units)
}

/// The BCD byte of a number from 0 to 99, or `None` for a larger one.
pub const fn bcd_from(number: u8) -> Option<u8> {
    if number > 99 {
        return None;
    }
    Some(((number / 10) << 4) | (number % 10))
}

#[cfg(test)]
mod tests {
    use super::{bcd_from, bcd_to};

    #[test]
    fn two_digits_survive_the_round_trip() {
        for number in 0..=99 {
            let byte = bcd_from(number).expect("two digits");
            assert_eq!(bcd_to(byte), Some(number));
        }
        assert_eq!(bcd_from(45), Some(0x45));
        assert_eq!(bcd_from(100), None);
        assert_eq!(bcd_to(0x1A), None);
        assert_eq!(bcd_to(0xA1), None);
    }
}
