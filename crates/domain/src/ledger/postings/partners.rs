//! J19, J20: platforms whose users charge here, and at whose piles ours do.

use crate::ledger::{Account, Asset, Income, Journal, JournalKind, MemberPurse};
use kernel::{Fen, MemberId, OrderNo};

/// J19, J20: a partner has paid into our bank; a negative amount is what we paid to it.
pub fn partner_cleared(key: &str, operator: &str, amount: Fen) -> Journal {
    let partner = Account::Partner(operator.to_owned());
    let bank = Account::Asset(Asset::Bank);
    let (from, to) = if amount < Fen::ZERO {
        (partner, bank)
    } else {
        (bank, partner)
    };
    let sum = Fen(amount.0.saturating_abs());
    Journal::of(JournalKind::PartnerCleared, operator, key)
        .debit(from, sum)
        .credit(to, sum)
}

/// J20: a charge of our member at a partner's pile: the partner gets its price, the rest of what
/// the member paid is ours. The whole bill must have been held.
pub fn charged_at_partner(
    order: OrderNo,
    member: MemberId,
    operator: &str,
    bill: Fen,
    cost: Fen,
) -> Journal {
    Journal::of(JournalKind::Settle, order.as_str(), format!("{order}:1"))
        .debit(Account::Member(member, MemberPurse::Frozen), bill)
        .credit(Account::Partner(operator.to_owned()), cost)
        .credit(Account::Income(Income::ServiceOwn), bill - cost)
}
