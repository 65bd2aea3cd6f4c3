//! Amounts as platforms write them: yuan with decimals, read into integers exactly.

use kernel::{Fen, div_half_up};

/// Thousandths of a fen per fen: fees are listed with five decimals of a yuan.
const MILLIFEN_PER_FEN: i64 = 1000;
/// Decimals of a yuan that are read.
const DECIMALS_MAX: usize = 5;

/// Money in thousandths of a fen, for sums that are rounded at their end only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Millifen(i64);

impl Millifen {
    /// Reads `-12.34500`; `None` for anything that is no such number or does not fit.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > DECIMALS_MAX {
            return None;
        }
        let scaled = format!("{decimals:0<DECIMALS_MAX$}");
        let yuan: i64 = whole.parse().ok()?;
        let part: i64 = scaled.parse().ok()?;
        let value = yuan
            .checked_mul(100 * MILLIFEN_PER_FEN)?
            .checked_add(part)?;
        Some(Self(if negative { -value } else { value }))
    }

    pub(super) fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Whole fen, or `None` when a fraction is left.
    pub(super) const fn exact(self) -> Option<Fen> {
        if self.0 % MILLIFEN_PER_FEN == 0 {
            Some(Fen(self.0 / MILLIFEN_PER_FEN))
        } else {
            None
        }
    }

    /// The nearest whole fen.
    pub(super) fn rounded(self) -> Fen {
        let fen = div_half_up(i128::from(self.0), i128::from(MILLIFEN_PER_FEN));
        Fen(i64::try_from(fen).unwrap_or(i64::MAX))
    }
}

/// Reads an amount in yuan; `None` when it is no number or has a fraction of a fen.
pub(super) fn parse(text: &str) -> Option<Fen> {
    Millifen::parse(text)?.exact()
}

#[cfg(test)]
mod tests {
    use super::{Millifen, parse};
    use kernel::Fen;
    use proptest::prelude::{any, proptest};

    #[test]
    fn amounts_are_read_exactly() {
        assert_eq!(parse("7.85"), Some(Fen(785)));
        assert_eq!(parse("0.1"), Some(Fen(10)));
        assert_eq!(parse("88"), Some(Fen(8800)));
        assert_eq!(parse("-1.20"), Some(Fen(-120)));
        assert_eq!(parse("0.01000"), Some(Fen(1)));
        assert_eq!(parse("100000000.00"), Some(Fen(10_000_000_000)));
    }

    #[test]
    fn what_is_no_whole_number_of_fen_is_refused() {
        let bad = [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1.005",
            "1.000001",
            "+1.00",
            "1e2",
            "1,000.00",
            " 1.00",
            "--1.00",
            "1.0.0",
            "１.00",
            "99999999999999999999.00",
            "92233720368547758.08",
        ];
        for text in bad {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn fees_are_rounded_at_the_end_only() {
        let fee = Millifen::parse("0.00500").expect("a number");
        assert_eq!(fee.rounded(), Fen(1));
        let twice = fee.checked_add(fee).expect("it fits");
        assert_eq!(twice.exact(), Some(Fen(1)));
    }

    proptest! {
        #[test]
        fn what_we_write_we_read(fen in -9_000_000_000_000_i64..9_000_000_000_000) {
            assert_eq!(parse(&Fen(fen).yuan()), Some(Fen(fen)));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
