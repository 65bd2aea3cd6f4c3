/// `numerator / denominator`, rounded half up and away from zero, the only rounding of the
/// platform: 784.5 fen become 785, −784.5 become −785.
///
/// # Panics
/// When `denominator` is not positive: a programming error, never a matter of input.
pub const fn div_half_up(numerator: i128, denominator: i128) -> i128 {
    assert!(denominator > 0, "rounding needs a positive denominator");
    let doubled = numerator * 2;
    if numerator >= 0 {
        (doubled + denominator) / (denominator * 2)
    } else {
        (doubled - denominator) / (denominator * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::div_half_up;

    #[test]
    fn ties_go_away_from_zero() {
        assert_eq!(div_half_up(7845, 10), 785);
        assert_eq!(div_half_up(-7845, 10), -785);
        assert_eq!(div_half_up(5, 10), 1);
        assert_eq!(div_half_up(4, 10), 0);
        assert_eq!(div_half_up(-4, 10), 0);
        assert_eq!(div_half_up(0, 3), 0);
    }
}
