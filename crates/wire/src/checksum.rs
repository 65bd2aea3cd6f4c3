/// Sum of all bytes, modulo 256.
#[inline]
pub fn sum8(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
}

#[cfg(test)]
mod tests {
    use super::sum8;

    #[test]
    fn the_sum_wraps() {
        assert_eq!(sum8(&[]), 0);
        assert_eq!(sum8(&[0xFF, 0x02]), 1);
    }
}
