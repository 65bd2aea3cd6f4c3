//! Who pays for a charge, and out of which pockets.

use crate::ledger::{Account, MemberPurse, Purse};
use crate::promotion::{Wallet, WalletOrder};
use kernel::{Fen, MemberId, OrderNo, OrgId};
use serde::{Deserialize, Serialize};

/// Overruns up to here are given up when a wallet cannot pay them.
const WAIVED_MAX: Fen = Fen(100);

/// Whose money a charge costs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Payer {
    /// A member's wallet (余额支付).
    Wallet {
        /// Whose.
        member: MemberId,
    },
    /// A member who pays when it is over (后付费): nothing is held before.
    PostPaid {
        /// Whose.
        member: MemberId,
    },
    /// A stored-value card (储值卡), by its printed number.
    Card {
        /// Which one.
        card_no: String,
        /// Who holds it, where that is a member.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member: Option<MemberId>,
    },
    /// A company, for one of its members, vehicles or cards.
    Company {
        /// Which one.
        org: OrgId,
        /// For whom, where that is a member.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member: Option<MemberId>,
    },
    /// A payment for this order alone (直接预付).
    Prepaid {
        /// The member who paid.
        member: MemberId,
    },
    /// The operator of a device of a monthly card (包月卡): the charge is billed, and given.
    Monthly {
        /// The card.
        card_no: String,
        /// Who holds it, where that is a member.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member: Option<MemberId>,
    },
    /// A platform that sends its users here and settles with us by statement (互联互通清分):
    /// nothing is held before, and the agreed price is the bill.
    Partner {
        /// Which one, as in `partner:{operator}`.
        operator: String,
    },
}

impl Payer {
    /// Name in `orders.pay_mode`.
    pub const fn mode(&self) -> &'static str {
        match self {
            Self::Wallet { .. } => "wallet",
            Self::PostPaid { .. } => "postpay",
            Self::Card { .. } => "card",
            Self::Company { .. } => "company",
            Self::Prepaid { .. } => "prepay",
            Self::Monthly { .. } => "monthly",
            Self::Partner { .. } => "partner",
        }
    }

    /// The member whom it concerns.
    pub const fn member(&self) -> Option<MemberId> {
        match self {
            Self::Wallet { member } | Self::PostPaid { member } | Self::Prepaid { member } => {
                Some(*member)
            }
            Self::Company { member, .. }
            | Self::Card { member, .. }
            | Self::Monthly { member, .. } => *member,
            Self::Partner { .. } => None,
        }
    }

    /// The company whom it concerns.
    pub const fn company(&self) -> Option<OrgId> {
        match self {
            Self::Company { org, .. } => Some(*org),
            _ => None,
        }
    }

    /// The pockets from which it is paid before and while it runs: where the money is free, and
    /// where it is held. Cash first.
    pub fn pockets(&self) -> Vec<Pocket> {
        match self {
            Self::Wallet { member } => vec![
                Pocket {
                    money: Money::Cash,
                    free: Account::Member(*member, MemberPurse::Cash),
                    held: Account::Member(*member, MemberPurse::Frozen),
                },
                Pocket {
                    money: Money::Gift,
                    free: Account::Member(*member, MemberPurse::Gift),
                    held: Account::Member(*member, MemberPurse::FrozenGift),
                },
            ],
            Self::Card { card_no, .. } => vec![Pocket {
                money: Money::Cash,
                free: Account::Card(card_no.clone(), Purse::Cash),
                held: Account::Card(card_no.clone(), Purse::Frozen),
            }],
            Self::Company { org, .. } => vec![Pocket {
                money: Money::Cash,
                free: Account::Company(*org, Purse::Cash),
                held: Account::Company(*org, Purse::Frozen),
            }],
            Self::PostPaid { .. }
            | Self::Prepaid { .. }
            | Self::Monthly { .. }
            | Self::Partner { .. } => Vec::new(),
        }
    }

    /// Where money that is held for an order of theirs lies.
    pub fn held_in(&self, order: OrderNo, money: Money) -> Option<Account> {
        if let Self::Prepaid { .. } = self {
            return (money == Money::Cash).then_some(Account::Prepay(order));
        }
        let pocket = self
            .pockets()
            .into_iter()
            .find(|pocket| pocket.money == money);
        pocket.map(|pocket| pocket.held)
    }

    /// The member whose own money it is: whom it concerns when some of it comes back.
    pub fn own_money_of(&self) -> Option<MemberId> {
        self.member().filter(|_| self.company().is_none())
    }

    /// Where fees beside the charge are paid from and money that goes back belongs; none where
    /// nobody here has money.
    pub fn purse(&self) -> Option<Account> {
        match self {
            Self::Wallet { member } | Self::PostPaid { member } | Self::Prepaid { member } => {
                Some(Account::Member(*member, MemberPurse::Cash))
            }
            Self::Card { card_no, .. } => Some(Account::Card(card_no.clone(), Purse::Cash)),
            Self::Company { org, .. } => Some(Account::Company(*org, Purse::Cash)),
            Self::Monthly { .. } | Self::Partner { .. } => None,
        }
    }

    /// Where what was neither held nor free is written down.
    pub fn debt(&self) -> Account {
        match self {
            Self::Wallet { member } | Self::PostPaid { member } | Self::Prepaid { member } => {
                Account::ReceivableMember(*member)
            }
            Self::Card { card_no, .. } | Self::Monthly { card_no, .. } => {
                Account::ReceivableCard(card_no.clone())
            }
            Self::Company { org, .. } => Account::ReceivableCompany(*org),
            Self::Partner { operator } => Account::Partner(operator.clone()),
        }
    }

    /// Whether a small overrun of theirs is given up instead of blocking their next start.
    pub fn waives(&self, overrun: Fen) -> bool {
        matches!(
            self,
            Self::Wallet { .. } | Self::Card { .. } | Self::Prepaid { .. }
        ) && overrun <= WAIVED_MAX
    }
}

/// A place for money and the place where it is held for orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pocket {
    /// What kind of money.
    pub money: Money,
    /// Free.
    pub free: Account,
    /// Held.
    pub held: Account,
}

/// Two kinds of money: gifts are never paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Money {
    /// Paid in.
    Cash,
    /// Given.
    Gift,
}

/// Sums of both kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Paid in.
    pub cash: Fen,
    /// Given.
    pub gift: Fen,
}

impl Sums {
    /// Nothing.
    pub const NOTHING: Self = Self {
        cash: Fen::ZERO,
        gift: Fen::ZERO,
    };

    /// Both together.
    pub fn total(self) -> Fen {
        self.cash + self.gift
    }

    /// Of one kind.
    pub const fn of(self, money: Money) -> Fen {
        match money {
            Money::Cash => self.cash,
            Money::Gift => self.gift,
        }
    }

    /// As much as is there, at most `wanted`, cash first.
    #[must_use]
    pub fn take(self, wanted: Fen) -> Self {
        self.take_by(wanted, WalletOrder::PrincipalFirst)
    }

    /// As much as is there, at most `wanted`, in that order.
    #[must_use]
    pub fn take_by(self, wanted: Fen, order: WalletOrder) -> Self {
        let wallet = Wallet {
            cash: self.cash,
            gift: self.gift,
        };
        let taken = wallet.pay(wanted, order);
        Self {
            cash: taken.cash,
            gift: taken.gift,
        }
    }
}

impl std::ops::Add for Sums {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            cash: self.cash + other.cash,
            gift: self.gift + other.gift,
        }
    }
}

impl std::ops::Sub for Sums {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            cash: self.cash - other.cash,
            gift: self.gift - other.gift,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sums;
    use kernel::Fen;

    #[test]
    fn cash_goes_before_gifts() {
        let purse = Sums {
            cash: Fen(2000),
            gift: Fen(1000),
        };
        let taken = purse.take(Fen(2632));
        assert_eq!(
            taken,
            Sums {
                cash: Fen(2000),
                gift: Fen(632)
            }
        );
        assert_eq!(purse.take(Fen(5000)), purse);
        assert_eq!(purse.take(Fen(-1)), Sums::NOTHING);
    }
}
