//! Rules that platforms set for what is sent to them.

use super::error::ChannelError;
use kernel::Fen;

/// The shortest of our numbers; WeChat's rule for payments.
const NUMBER_LENGTH_MIN: usize = 6;
/// The longest; WeChat's rule for payments and transfers.
const NUMBER_LENGTH_MAX: usize = 32;

/// Checks one of our numbers: letters and digits, which every platform takes everywhere. So it
/// also needs no escaping in a path.
pub(super) fn check_number(number: &str) -> Result<(), ChannelError> {
    let legal = (NUMBER_LENGTH_MIN..=NUMBER_LENGTH_MAX).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if legal {
        Ok(())
    } else {
        Err(ChannelError::Invalid(
            "a number has 6 to 32 letters and digits",
        ))
    }
}

/// Checks that an amount is positive and at most `max`.
pub(super) fn check_amount(amount: Fen, max: Fen) -> Result<(), ChannelError> {
    if amount > Fen::ZERO && amount <= max {
        Ok(())
    } else {
        Err(ChannelError::Invalid(
            "the amount is not above zero or above the platform's limit",
        ))
    }
}

/// Checks that a refund is positive and not above its payment.
pub(super) fn check_refund(amount: Fen, payment: Fen, max: Fen) -> Result<(), ChannelError> {
    check_amount(payment, max)?;
    check_amount(amount, max)?;
    if amount > payment {
        return Err(ChannelError::Invalid("the refund is above its payment"));
    }
    Ok(())
}

/// The beginning of `text` in at most `max` bytes, whole characters only.
pub(super) fn cut_bytes(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The beginning of `text` in at most `max` characters.
pub(super) fn cut_chars(text: &str, max: usize) -> &str {
    match text.char_indices().nth(max) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{check_amount, check_number, check_refund, cut_bytes, cut_chars};
    use kernel::Fen;
    use proptest::prelude::{any, proptest};

    #[test]
    fn numbers_have_6_to_32_letters_and_digits() {
        for good in ["PAY001", &"9".repeat(32)] {
            assert_eq!(check_number(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "PAY01",
            &"9".repeat(33),
            "PAY/001",
            "PAY 001",
            "充电000001",
            "a?b=ccc",
        ] {
            assert!(check_number(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_are_positive_and_refunds_within_their_payment() {
        let max = Fen(1000);
        assert!(check_amount(Fen(1), max).is_ok());
        assert!(check_amount(max, max).is_ok());
        for bad in [Fen(0), Fen(-1), Fen(1001), Fen(i64::MIN), Fen(i64::MAX)] {
            assert!(check_amount(bad, max).is_err(), "{bad}");
        }
        assert!(check_refund(Fen(5), Fen(5), max).is_ok());
        assert!(check_refund(Fen(6), Fen(5), max).is_err());
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut_bytes("充电退款", 7), "充电");
        assert_eq!(cut_chars("充电退款", 3), "充电退");
        assert_eq!(cut_bytes("short", 80), "short");
        assert_eq!(cut_chars("short", 80), "short");
    }

    proptest! {
        #[test]
        fn a_cut_never_panics(text in any::<String>(), max in 0_usize..200) {
            assert!(cut_bytes(&text, max).len() <= max);
            assert!(cut_chars(&text, max).chars().count() <= max);
        }
    }
}
