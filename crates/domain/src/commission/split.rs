use super::{CommissionRule, FeeRule, FeeType};
use kernel::{BasisPoints, Fen, OrgId};

/// Who gets a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payee {
    /// The platform.
    Platform,
    /// A merchant or an agent.
    Org(OrgId),
}

/// Who owns a station.
pub type Owner = Payee;

/// One share of one fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose it is.
    pub payee: Payee,
    /// Of which fee.
    pub fee_type: FeeType,
    /// Level of the agent, 1 the highest; only in rules by level.
    pub level: Option<u8>,
    /// What the rate was applied to: the fee for the platform, what the platform left for others.
    pub base: Fen,
    /// The rate.
    pub rate_bp: BasisPoints,
    /// The share; always more than zero.
    pub amount: Fen,
}

/// The shares of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Whose station it is: he gets what is left over.
    pub owner: Owner,
    /// The shares: platform, others in the order of the rule, owner; electricity before service.
    pub entries: Vec<Entry>,
}

impl Split {
    /// What all shares sum to: the base.
    pub fn total(&self) -> Fen {
        sum(self.entries.iter())
    }

    /// What one payee gets.
    pub fn of(&self, payee: Payee) -> Fen {
        sum(self.entries.iter().filter(|entry| entry.payee == payee))
    }

    /// What one payee gets of one kind of fee.
    pub fn of_fee(&self, payee: Payee, fee_type: FeeType) -> Fen {
        let his = |entry: &&Entry| entry.payee == payee && entry.fee_type == fee_type;
        sum(self.entries.iter().filter(his))
    }
}

fn sum<'a>(entries: impl Iterator<Item = &'a Entry>) -> Fen {
    Fen(entries.map(|entry| entry.amount.0).sum())
}

/// Shares a charge: electricity and service, each by its own rule.
///
/// `agents`: the chain of the station, level 1 first. A station of the platform earns for nobody
/// else. Bases below zero count as zero. The rules
/// must have passed their check; for any rule the shares sum to the base.
pub fn split(
    base_elec: Fen,
    base_service: Fen,
    rule: &CommissionRule,
    owner: Owner,
    agents: &[OrgId],
) -> Split {
    let mut entries = split_fee(FeeType::Elec, base_elec, &rule.elec, owner, agents);
    let service = split_fee(FeeType::Service, base_service, &rule.service, owner, agents);
    entries.extend(service);
    Split { owner, entries }
}

/// Shares one fee; see [`split`].
pub fn split_fee(
    fee_type: FeeType,
    base: Fen,
    rule: &FeeRule,
    owner: Owner,
    agents: &[OrgId],
) -> Vec<Entry> {
    let mut sharing = Sharing {
        fee_type,
        left: base.max(Fen::ZERO),
        entries: Vec::new(),
    };
    let base = sharing.left;
    let Payee::Org(owner_org) = owner else {
        sharing.give(Payee::Platform, None, base, BasisPoints::WHOLE, base);
        return sharing.entries;
    };
    let cut = rule.platform_cut();
    sharing.share(Payee::Platform, None, base, cut);
    let rest = sharing.left;
    let mut owner_rate = BasisPoints::WHOLE;
    match rule {
        FeeRule::Flat { payees, .. } => {
            for payee in payees {
                if let Some(org) = payee.org_id.filter(|org| *org != owner_org) {
                    let rate = BasisPoints(i32::from(payee.pct) * 100);
                    owner_rate = BasisPoints(owner_rate.0 - rate.0);
                    sharing.share(Payee::Org(org), None, rest, rate);
                }
            }
        }
        FeeRule::LevelDifference { rates_bp, .. } => {
            let levels: Vec<_> = (1_u8..).zip(agents.iter().zip(rates_bp)).collect();
            let mut below = BasisPoints::ZERO;
            for (level, (org, rate)) in levels.into_iter().rev() {
                let difference = BasisPoints(rate.0 - below.0);
                owner_rate = BasisPoints(owner_rate.0 - difference.0);
                sharing.share(Payee::Org(*org), Some(level), rest, difference);
                below = *rate;
            }
        }
    }
    let left = sharing.left;
    sharing.give(owner, None, rest, owner_rate, left);
    sharing.entries
}

/// A fee while it is being shared.
struct Sharing {
    fee_type: FeeType,
    left: Fen,
    entries: Vec<Entry>,
}

impl Sharing {
    /// Gives a rate of something, rounded down, and never more than is left.
    fn share(&mut self, payee: Payee, level: Option<u8>, base: Fen, rate: BasisPoints) {
        let amount = rate.of_floor(base).clamp(Fen::ZERO, self.left);
        self.give(payee, level, base, rate, amount);
    }

    fn give(
        &mut self,
        payee: Payee,
        level: Option<u8>,
        base: Fen,
        rate_bp: BasisPoints,
        amount: Fen,
    ) {
        self.left = self.left - amount;
        if amount > Fen::ZERO {
            self.entries.push(Entry {
                payee,
                fee_type: self.fee_type,
                level,
                base,
                rate_bp,
                amount,
            });
        }
    }
}
