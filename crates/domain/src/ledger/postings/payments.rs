//! Money that comes in, goes out, or is corrected.

use crate::ledger::{Account, Asset, Expense, Journal, JournalKind, MemberPurse, Purse};
use kernel::{Fen, MemberId, OrderNo, OrgId};

/// J1: a top-up was paid; the gift on top is the platform's expense.
pub fn recharge(
    recharge_no: &str,
    member: MemberId,
    channel: Asset,
    cash: Fen,
    gift: Fen,
) -> Journal {
    Journal::of(JournalKind::Recharge, recharge_no, recharge_no)
        .debit(Account::Asset(channel), cash)
        .credit(Account::Member(member, MemberPurse::Cash), cash)
        .debit(Account::Expense(Expense::Gift), gift)
        .credit(Account::Member(member, MemberPurse::Gift), gift)
}

/// J2: what a channel keeps of a payment; less than nothing where it gives fees back with a refund.
pub fn channel_fee(document_no: &str, channel: Asset, fee: Fen) -> Journal {
    let (expense, asset) = (
        Account::Expense(Expense::ChannelFee),
        Account::Asset(channel),
    );
    let journal = Journal::of(JournalKind::ChannelFee, document_no, document_no);
    if fee < Fen::ZERO {
        journal.debit(asset, -fee).credit(expense, -fee)
    } else {
        journal.debit(expense, fee).credit(asset, fee)
    }
}

/// J4: an order was paid before it began.
pub fn prepay(order: OrderNo, payment_no: &str, channel: Asset, amount: Fen) -> Journal {
    Journal::of(JournalKind::Prepay, order.as_str(), payment_no)
        .debit(Account::Asset(channel), amount)
        .credit(Account::Prepay(order), amount)
}

/// J8: what a direct payment did not use goes back.
pub fn refund_prepay(order: OrderNo, refund_no: &str, amount: Fen) -> Journal {
    Journal::of(JournalKind::RefundPrepay, order.as_str(), refund_no)
        .debit(Account::Prepay(order), amount)
        .credit(Account::RefundInflight, amount)
}

/// J8, J11, J12: the channel has paid a refund out.
pub fn refund_paid(refund_no: &str, channel: Asset, amount: Fen) -> Journal {
    Journal::of(JournalKind::RefundPaid, refund_no, refund_no)
        .debit(Account::RefundInflight, amount)
        .credit(Account::Asset(channel), amount)
}

/// J8, J12: the channel will not pay it out; the money goes to the member's wallet.
pub fn refund_failed(refund_no: &str, member: MemberId, amount: Fen) -> Journal {
    Journal::of(JournalKind::RefundFailed, refund_no, refund_no)
        .debit(Account::RefundInflight, amount)
        .credit(Account::Member(member, MemberPurse::Cash), amount)
}

/// J12: a member takes unused cash back by the way it came.
pub fn wallet_withdraw(refund_no: &str, member: MemberId, amount: Fen) -> Journal {
    Journal::of(JournalKind::WalletWithdraw, refund_no, refund_no)
        .debit(Account::Member(member, MemberPurse::Cash), amount)
        .credit(Account::RefundInflight, amount)
}

/// J14: gifts end.
pub fn gift_expired(member: MemberId, key: &str, amount: Fen) -> Journal {
    Journal::of(JournalKind::GiftExpired, member.to_string(), key)
        .debit(Account::Member(member, MemberPurse::Gift), amount)
        .credit(Account::Expense(Expense::Gift), amount)
}

/// J15: a correction of a wallet by two persons; a negative amount takes from it.
pub fn adjust(member: MemberId, key: &str, amount: Fen, reason: &str) -> Journal {
    let wallet = Account::Member(member, MemberPurse::Cash);
    let expense = Account::Expense(Expense::Compensation);
    let journal = Journal::of(JournalKind::Adjustment, member.to_string(), key).with_memo(reason);
    if amount < Fen::ZERO {
        journal.debit(wallet, -amount).credit(expense, -amount)
    } else {
        journal.debit(expense, amount).credit(wallet, amount)
    }
}

/// J17: cash at the counter for a stored-value card: first what it owes.
pub fn card_recharge(recharge_no: &str, card_no: &str, amount: Fen, owed: Fen) -> Journal {
    let debt = amount.min(owed.max(Fen::ZERO));
    Journal::of(JournalKind::CardRecharge, recharge_no, recharge_no)
        .debit(Account::Asset(Asset::Bank), amount)
        .credit(Account::ReceivableCard(card_no.to_owned()), debt)
        .credit(
            Account::Card(card_no.to_owned(), Purse::Cash),
            amount - debt,
        )
}

/// The counter pays a card's money back.
pub fn card_refund(key: &str, card_no: &str, amount: Fen) -> Journal {
    Journal::of(JournalKind::CardRefund, card_no, key)
        .debit(Account::Card(card_no.to_owned(), Purse::Cash), amount)
        .credit(Account::Asset(Asset::Bank), amount)
}

/// J18: a company has paid: first what it owes, the rest is its prepaid money.
pub fn company_paid(key: &str, org: OrgId, amount: Fen, owed: Fen) -> Journal {
    let debt = amount.min(owed.max(Fen::ZERO));
    Journal::of(JournalKind::CompanyPaid, org.to_string(), key)
        .debit(Account::Asset(Asset::Bank), amount)
        .credit(Account::ReceivableCompany(org), debt)
        .credit(Account::Company(org, Purse::Cash), amount - debt)
}

/// J21: a channel has money that nobody knows the reason of. `reference` names it until it is
/// resolved: the payment's number, or the channel and its own number.
pub fn unmatched(reference: &str, channel: Asset, amount: Fen) -> Journal {
    Journal::of(JournalKind::Unmatched, reference, reference)
        .debit(Account::Asset(channel), amount)
        .credit(Account::SuspenseUnmatched, amount)
}

/// J21: it goes back through the channel.
pub fn unmatched_resolved(reference: &str, refund_no: &str, amount: Fen) -> Journal {
    Journal::of(JournalKind::UnmatchedResolved, reference, refund_no)
        .debit(Account::SuspenseUnmatched, amount)
        .credit(Account::RefundInflight, amount)
}

/// J21: its reason was found: it is a member's.
pub fn unmatched_credited(reference: &str, key: &str, member: MemberId, amount: Fen) -> Journal {
    Journal::of(JournalKind::UnmatchedResolved, reference, key)
        .debit(Account::SuspenseUnmatched, amount)
        .credit(Account::Member(member, MemberPurse::Cash), amount)
}

/// J22: a small debt is given up.
pub fn write_off(member: MemberId, key: &str, amount: Fen, reason: &str) -> Journal {
    Journal::of(JournalKind::Writeoff, member.to_string(), key)
        .with_memo(reason)
        .debit(Account::Expense(Expense::Writeoff), amount)
        .credit(Account::ReceivableMember(member), amount)
}

/// A member pays out of the wallet what they owe.
pub fn debt_paid(member: MemberId, key: &str, amount: Fen) -> Journal {
    Journal::of(JournalKind::DebtPaid, member.to_string(), key)
        .debit(Account::Member(member, MemberPurse::Cash), amount)
        .credit(Account::ReceivableMember(member), amount)
}

/// A channel has paid out to the bank.
pub fn to_bank(key: &str, channel: Asset, amount: Fen) -> Journal {
    Journal::of(JournalKind::Transfer, key, key)
        .debit(Account::Asset(Asset::Bank), amount)
        .credit(Account::Asset(channel), amount)
}
