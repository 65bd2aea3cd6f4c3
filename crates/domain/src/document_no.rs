//! Numbers of payments, refunds, withdrawals, recharges, invoices, occupancies and
//! reservations.

use crate::text_enum::text_enum;
use kernel::Timestamp;
use std::fmt;

/// Highest sequence number.
pub const SEQUENCE_MAX: u32 = 999_999;
/// Highest shard number.
pub const SHARD_MAX: u8 = 99;
/// Characters of a number. Payment channels take up to 32.
pub const LENGTH: usize = 24;

text_enum! {
    /// What a number stands for.
    DocumentKind {
        /// A payment.
        Payment = "PY",
        /// A refund.
        Refund = "RF",
        /// A withdrawal.
        Withdrawal = "WD",
        /// A recharge of a wallet or card.
        Recharge = "RC",
        /// An invoice.
        Invoice = "IV",
        /// An occupancy order.
        Occupancy = "OC",
        /// A reservation of a port.
        Reservation = "RS",
    }
}

/// A document number: kind, Shanghai date and time to the second, six digits of sequence, two of
/// shard, as in `PY2026030109301500004201`. Digits and capital letters only, 24 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentNo(String);

impl DocumentNo {
    /// Composes a number; none when the sequence has more than six digits, the shard more than
    /// two, or the year more than four.
    pub fn compose(kind: DocumentKind, at: Timestamp, sequence: u32, shard: u8) -> Option<Self> {
        let [year, month, day, hour, minute, second] = at.shanghai();
        if sequence > SEQUENCE_MAX || shard > SHARD_MAX || year > 9999 {
            return None;
        }
        let kind = kind.as_str();
        let date = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}");
        Some(Self(format!("{kind}{date}{sequence:06}{shard:02}")))
    }

    /// Reads a number; none when it has another shape.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, digits) = text.split_at_checked(2)?;
        DocumentKind::parse(kind)?;
        let legal = text.len() == LENGTH && digits.bytes().all(|byte| byte.is_ascii_digit());
        legal.then(|| Self(text.to_owned()))
    }

    /// What it stands for.
    pub fn kind(&self) -> Option<DocumentKind> {
        self.0.get(..2).and_then(DocumentKind::parse)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_carry_shanghai_time() {
        let at = Timestamp::from_shanghai([2026, 3, 1, 9, 30, 15]).expect("a time");
        let number = DocumentNo::compose(DocumentKind::Payment, at, 42, 1).expect("legal");
        assert_eq!(number.as_str(), "PY2026030109301500004201");
        assert_eq!(number.kind(), Some(DocumentKind::Payment));
        assert_eq!(
            DocumentNo::compose(DocumentKind::Payment, at, 1_000_000, 1),
            None
        );
        assert_eq!(DocumentNo::compose(DocumentKind::Payment, at, 1, 100), None);
        for wrong in [
            "",
            "PY",
            "XX2026030109301500004201",
            "PY202603010930150000420",
            "支付单号",
        ] {
            assert_eq!(DocumentNo::parse(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn every_number_is_read_back(
            kind in 0_usize..6,
            seconds in 0_i64..4_000_000_000,
            sequence in 0_u32..=SEQUENCE_MAX,
            shard in 0_u8..=SHARD_MAX,
        ) {
            let kind = *DocumentKind::ALL.get(kind).expect("one of six");
            let at = Timestamp::from_unix_seconds(seconds);
            let number = DocumentNo::compose(kind, at, sequence, shard).expect("legal");
            prop_assert_eq!(number.as_str().len(), LENGTH);
            prop_assert_eq!(DocumentNo::parse(number.as_str()), Some(number));
        }
    }
}
