//! J10 and its like: fees beside the charge, of plugs that are left in and of reservations.

use super::Share;
use crate::commission::FeeType;
use crate::ledger::{Account, Journal, JournalKind, MemberPurse};
use kernel::{Fen, MemberId};

/// A fee that is due, and where its money comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeDue<'a> {
    /// The number of the occupancy or reservation.
    pub fee_no: &'a str,
    /// How often it has been posted, from 1.
    pub round: i32,
    /// What it is for.
    pub kind: FeeType,
    /// Where its payer's money is.
    pub purse: Account,
    /// How much of it comes from there.
    pub paid: Fen,
    /// Where the rest is written down.
    pub debt: Account,
    /// The rest.
    pub owed: Fen,
}

/// J10: it is paid out of the purse, or owed, and goes to those who earn it. The shares must sum
/// to what is paid and owed.
pub fn fee(due: &FeeDue<'_>, shares: &[Share]) -> [Journal; 2] {
    let kind = match due.kind {
        FeeType::Reserve => JournalKind::Reservation,
        FeeType::Occupancy | FeeType::Elec | FeeType::Service => JournalKind::Occupancy,
    };
    let key = format!("{}:{}", due.fee_no, due.round);
    let total = due.paid + due.owed;
    let bill = Journal::of(kind, due.fee_no, &key)
        .debit(due.purse.clone(), due.paid)
        .debit(due.debt.clone(), due.owed)
        .credit(Account::ClearingOrder, total);
    let split = Journal::of(JournalKind::Split, due.fee_no, &key);
    let mut split = split.debit(Account::ClearingOrder, total);
    for share in shares {
        split = split.credit(share.account.clone(), share.amount);
    }
    [bill, split]
}

/// Part of a fee goes back: what is still owed of it is owed no more, the rest is in the purse
/// again.
pub fn fee_returned(
    fee_no: &str,
    round: i32,
    shares: &[Share],
    (debt, forgiven): (Account, Fen),
    (purse, back): (Account, Fen),
) -> Journal {
    let key = format!("{fee_no}:{round}");
    let mut journal = Journal::of(JournalKind::RefundOrder, fee_no, key);
    for share in shares {
        journal = journal.debit(share.account.clone(), share.amount);
    }
    journal.credit(debt, forgiven).credit(purse, back)
}

/// A member's money is held for a fee.
pub fn hold_fee(fee_no: &str, member: MemberId, amount: Fen) -> Journal {
    Journal::of(JournalKind::Freeze, fee_no, fee_no)
        .debit(Account::Member(member, MemberPurse::Cash), amount)
        .credit(Account::Member(member, MemberPurse::Frozen), amount)
}

/// It is free again.
pub fn release_fee(fee_no: &str, member: MemberId, amount: Fen) -> Journal {
    Journal::of(JournalKind::Release, fee_no, fee_no)
        .debit(Account::Member(member, MemberPurse::Frozen), amount)
        .credit(Account::Member(member, MemberPurse::Cash), amount)
}

#[cfg(test)]
mod tests {
    use super::{FeeDue, Share, fee, fee_returned};
    use crate::commission::FeeType;
    use crate::ledger::{Account, Income, MemberPurse};
    use kernel::{Fen, MemberId};

    #[test]
    fn what_is_not_there_is_owed_and_what_goes_back_is_owed_no_more() {
        let purse = Account::Member(MemberId(1), MemberPurse::Cash);
        let debt = Account::ReceivableMember(MemberId(1));
        let due = FeeDue {
            fee_no: "OC1",
            round: 1,
            kind: FeeType::Occupancy,
            purse: purse.clone(),
            paid: Fen(300),
            debt: debt.clone(),
            owed: Fen(450),
        };
        let share = |amount| Share {
            account: Account::Income(Income::Occupancy),
            amount: Fen(amount),
        };
        for journal in fee(&due, &[share(750)]) {
            assert_eq!(journal.check(), Ok(()));
        }
        let back = fee_returned("OC1", 2, &[share(500)], (debt, Fen(450)), (purse, Fen(50)));
        assert_eq!(back.check(), Ok(()));
    }
}
