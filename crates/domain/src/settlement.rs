//! How a bill is paid: out of what was held, out of what is free, or owed.

use crate::commission::{Entry, FeeType, Payee};
use crate::ledger::postings::{Capture, Share};
use crate::ledger::{Account, Income, PartyPurse};
use crate::payer::{Payer, Sums};
use crate::points::{EarnRate, Points};
use crate::promotion::{Parts, WalletOrder};
use kernel::{Fen, OrgId};
use serde::{Deserialize, Serialize};

/// A settlement as it was posted: what is needed to take it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Which settlement of the order it is.
    pub round: i32,
    /// Electricity of the bill, at list price.
    pub elec: Fen,
    /// Service of the bill, at list price.
    pub service: Fen,
    /// How it was paid.
    pub capture: Capture,
    /// Who got it.
    pub shares: Vec<Share>,
    /// What was given back.
    pub released: Sums,
    /// What reduced it.
    #[serde(default)]
    pub reduced: Reduced,
    /// What those who earned have given back of their shares since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Share>,
}

impl Settled {
    /// What was to be paid, after everything that reduced it.
    pub fn payable(&self) -> Parts {
        let Reduced { elec, service, .. } = self.reduced;
        Parts::new(self.elec - elec, self.service - service)
    }

    /// Most that may go back of it: cash and what was owed. Gifts stay given.
    pub fn refundable(&self) -> Fen {
        self.capture.held.cash + self.capture.owed
    }
}

/// What reduced a bill, and what came of it in points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reduced {
    /// All reductions together.
    pub discount: Fen,
    /// Of them, on electricity.
    pub elec: Fen,
    /// Of them, on service.
    pub service: Fen,
    /// The coupon that was used, by its grant.
    pub coupon: Option<i64>,
    /// The activity that applied.
    pub activity: Option<i64>,
    /// Points that were spent.
    pub points: Points,
    /// Points that the payment has earned; nothing before the bill is final.
    pub earned: Points,
    /// At what rate.
    pub earn_rate: EarnRate,
}

/// What a member wants to reduce the bill with, chosen at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// A coupon, by its grant.
    pub coupon: Option<i64>,
    /// Points, a multiple of 100.
    pub points: Points,
}

/// What is known of a payer's money when a bill comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Means {
    /// Held for the order.
    pub held: Sums,
    /// Free.
    pub free: Sums,
}

/// How a sum is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Held in addition, because the estimate had lagged.
    pub more: Sums,
    /// How it is paid.
    pub capture: Capture,
    /// What is left of what was held.
    pub rest: Sums,
}

/// Pays a sum: out of what was held, then out of what is free; what is still missing is owed, or
/// given up where it is small. `order` says which kind of money goes first.
pub fn pay(payer: &Payer, payable: Fen, means: Means, order: WalletOrder) -> Payment {
    let payable = payable.max(Fen::ZERO);
    let held = means.held.take_by(payable, order);
    let more = means.free.take_by(payable - held.total(), order);
    let missing = payable - held.total() - more.total();
    let given_up = if payer.waives(missing) {
        missing
    } else {
        Fen::ZERO
    };
    Payment {
        more,
        capture: Capture {
            held: held + more,
            owed: missing - given_up,
            waived: given_up,
            ..Capture::default()
        },
        rest: means.held - held,
    }
}

/// Who owns and sells at a station.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The station; none: the platform's own device.
    pub station: Option<i64>,
    /// The merchant who owns it; none: the platform.
    pub owner: Option<OrgId>,
    /// The agents above the merchant, level 1 first.
    pub agents: Vec<OrgId>,
}

/// The account that a share goes to. The platform's income at its own stations is told apart
/// from its cut at others'.
pub fn account_of(entry: &Entry, place: &Place) -> Account {
    match entry.payee {
        Payee::Platform => Account::Income(match (entry.fee_type, place.owner) {
            (FeeType::Elec, None) => Income::ElecOwn,
            (FeeType::Service, None) => Income::ServiceOwn,
            (FeeType::Elec, Some(_)) => Income::CommissionElec,
            (FeeType::Service, Some(_)) => Income::CommissionService,
            (FeeType::Occupancy, _) => Income::Occupancy,
            (FeeType::Reserve, _) => Income::Reservation,
        }),
        Payee::Org(org) if Some(org) == place.owner => Account::Merchant(org, PartyPurse::Pending),
        Payee::Org(org) if place.agents.contains(&org) => Account::Agent(org, PartyPurse::Pending),
        Payee::Org(org) => Account::Merchant(org, PartyPurse::Pending),
    }
}

/// The shares of one account together, in the order of their first appearance.
pub fn shares(entries: &[Entry], place: &Place) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for entry in entries {
        let account = account_of(entry, place);
        match shares.iter_mut().find(|share| share.account == account) {
            Some(share) => share.amount = share.amount + entry.amount,
            None => shares.push(Share {
                account,
                amount: entry.amount,
            }),
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::{Means, pay};
    use crate::payer::{Payer, Sums};
    use crate::promotion::WalletOrder;
    use kernel::{Fen, MemberId, OrgId};

    const FIRST: WalletOrder = WalletOrder::PrincipalFirst;

    fn sums(cash: i64, gift: i64) -> Sums {
        Sums {
            cash: Fen(cash),
            gift: Fen(gift),
        }
    }

    const WALLET: Payer = Payer::Wallet {
        member: MemberId(1),
    };

    #[test]
    fn a_bill_within_what_is_held_leaves_the_rest() {
        let means = Means {
            held: sums(2000, 1000),
            free: sums(50, 0),
        };
        let payment = pay(&WALLET, Fen(2632), means, FIRST);
        assert_eq!(payment.capture.held, sums(2000, 632));
        assert_eq!((payment.more, payment.rest), (Sums::NOTHING, sums(0, 368)));
    }

    #[test]
    fn an_overrun_is_paid_from_what_is_free_or_owed() {
        let means = Means {
            held: sums(500, 0),
            free: sums(300, 100),
        };
        let payment = pay(&WALLET, Fen(1500), means, FIRST);
        assert_eq!(
            (payment.more, payment.capture.owed),
            (sums(300, 100), Fen(600))
        );
        assert_eq!(payment.capture.total(), Fen(1500));
        let small = pay(&WALLET, Fen(1000), means, FIRST);
        assert_eq!(
            (small.capture.owed, small.capture.waived),
            (Fen::ZERO, Fen(100))
        );
        let company = Payer::Company {
            org: OrgId(5),
            member: None,
        };
        let credit = pay(&company, Fen(1000), means, FIRST);
        assert_eq!(
            (credit.capture.owed, credit.capture.waived),
            (Fen(100), Fen::ZERO)
        );
    }
}
