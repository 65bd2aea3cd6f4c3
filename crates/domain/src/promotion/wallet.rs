use crate::allocation::allocate;
use crate::text_enum::text_enum;
use kernel::Fen;

text_enum! {
    /// Which money of a wallet pays first.
    WalletOrder {
        /// What the member paid in himself.
        PrincipalFirst = "principal_first",
        /// What he was given.
        GiftFirst = "gift_first",
        /// Both as they stand to each other.
        Proportional = "proportional",
    }
}

text_enum! {
    /// Whether gift money counts in what is split.
    GiftInSplit {
        /// It does: the platform booked it as an expense when it gave it.
        Included = "included",
        /// It does not: only money that was really paid is shared.
        Excluded = "excluded",
    }
}

/// The money that may pay for an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wallet {
    /// Cash (本金).
    pub cash: Fen,
    /// Gift (赠金).
    pub gift: Fen,
}

/// How an amount is paid: `cash + gift + unpaid` is the amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WalletShare {
    /// Out of cash.
    pub cash: Fen,
    /// Out of gift money.
    pub gift: Fen,
    /// What the wallet does not cover.
    pub unpaid: Fen,
}

impl Wallet {
    /// Pays an amount as far as the money goes.
    pub fn pay(self, amount: Fen, order: WalletOrder) -> WalletShare {
        let (cash, gift) = (self.cash.max(Fen::ZERO), self.gift.max(Fen::ZERO));
        let paid = amount.clamp(Fen::ZERO, cash + gift);
        let from_cash = match order {
            WalletOrder::PrincipalFirst => paid.min(cash),
            WalletOrder::GiftFirst => paid - paid.min(gift),
            WalletOrder::Proportional => {
                allocate(paid, [cash, gift]).map_or(Fen::ZERO, |[cash, _]| cash)
            }
        };
        WalletShare {
            cash: from_cash,
            gift: paid - from_cash,
            unpaid: amount.max(Fen::ZERO) - paid,
        }
    }
}
