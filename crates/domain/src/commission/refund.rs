use super::{Entry, FeeType, Payee, Split};
use crate::allocation::largest_remainder;
use kernel::{Fen, OrgId};

/// Who gives back part of a refund. The platform's income is booked per kind of fee, that of
/// everybody else in one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bearer {
    /// The platform, out of its cut of one kind of fee.
    Platform(FeeType),
    /// A merchant or an agent.
    Org(OrgId),
}

/// What somebody holds of an order, or gives back of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnShare {
    /// Who.
    pub bearer: Bearer,
    /// How much.
    pub amount: Fen,
}

/// What each of them got: the platform per kind of fee, then the others, the owner last.
pub fn held(split: &Split) -> Vec<ReturnShare> {
    let mut groups: Vec<ReturnShare> = Vec::new();
    // The sort is stable: within each of the three groups the order of the split remains.
    let mut entries: Vec<&Entry> = split.entries.iter().collect();
    entries.sort_by_key(|entry| (entry.payee != Payee::Platform, entry.payee == split.owner));
    for entry in entries {
        let bearer = match entry.payee {
            Payee::Platform => Bearer::Platform(entry.fee_type),
            Payee::Org(org) => Bearer::Org(org),
        };
        match groups.iter_mut().find(|group| group.bearer == bearer) {
            Some(group) => group.amount = group.amount + entry.amount,
            None => groups.push(ReturnShare {
                bearer,
                amount: entry.amount,
            }),
        }
    }
    groups
}

/// What each of them gives back when part of a settled order is refunded for the first time, by
/// largest remainder over what they got. None when more is refunded than was shared, or less than
/// nothing.
pub fn share_of_refund(split: &Split, refund: Fen) -> Option<Vec<ReturnShare>> {
    share_of_rest(&held(split), refund)
}

/// The same for a further refund, over what each of them still holds of the order: however an
/// order is refunded in parts, nobody gives back more than he got.
pub fn share_of_rest(held: &[ReturnShare], refund: Fen) -> Option<Vec<ReturnShare>> {
    let weights: Vec<i64> = held.iter().map(|share| share.amount.0).collect();
    let total: i64 = weights.iter().sum();
    if !(0..=total).contains(&refund.0) {
        return None;
    }
    let shares = largest_remainder(refund.0, &weights)?;
    let bearers = held.iter().map(|share| share.bearer);
    Some(
        bearers
            .zip(shares)
            .map(|(bearer, amount)| ReturnShare {
                bearer,
                amount: Fen(amount),
            })
            .collect(),
    )
}
