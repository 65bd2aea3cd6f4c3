//! J9, J13: what agents and merchants earn becomes payable and is paid out.

use crate::ledger::{Account, Asset, Income, Journal, JournalKind, PartyPurse};
use kernel::Fen;

/// J9: commission becomes payable. `of` gives a party's account by its purse; `batch` names this
/// run among all of that party. Less than
/// nothing where more was given back than was earned.
pub fn mature(of: &dyn Fn(PartyPurse) -> Account, amount: Fen, batch: &str) -> Journal {
    let account = of(PartyPurse::Available);
    let key = format!("{account}:{batch}");
    let journal = Journal::of(JournalKind::Mature, batch, key);
    if amount < Fen::ZERO {
        journal
            .debit(account, -amount)
            .credit(of(PartyPurse::Pending), -amount)
    } else {
        journal
            .debit(of(PartyPurse::Pending), amount)
            .credit(account, amount)
    }
}

/// J13: a withdrawal is asked for; the sum is held.
pub fn withdraw_request(
    of: &dyn Fn(PartyPurse) -> Account,
    amount: Fen,
    withdraw_no: &str,
) -> Journal {
    Journal::of(JournalKind::WithdrawRequest, withdraw_no, withdraw_no)
        .debit(of(PartyPurse::Available), amount)
        .credit(of(PartyPurse::Frozen), amount)
}

/// J13: it has been paid out; the fee stays with the platform, the tax with the authorities.
pub fn withdraw_paid(
    of: &dyn Fn(PartyPurse) -> Account,
    from: Asset,
    amount: Fen,
    fee: Fen,
    tax: Fen,
    withdraw_no: &str,
) -> Journal {
    Journal::of(JournalKind::WithdrawPaid, withdraw_no, withdraw_no)
        .debit(of(PartyPurse::Frozen), amount)
        .credit(Account::Asset(from), amount - fee - tax)
        .credit(Account::Income(Income::WithdrawFee), fee)
        .credit(Account::TaxWithheld, tax)
}

/// J13: it was refused, taken back or failed.
pub fn withdraw_returned(
    of: &dyn Fn(PartyPurse) -> Account,
    amount: Fen,
    withdraw_no: &str,
) -> Journal {
    Journal::of(JournalKind::WithdrawReturned, withdraw_no, withdraw_no)
        .debit(of(PartyPurse::Frozen), amount)
        .credit(of(PartyPurse::Available), amount)
}
