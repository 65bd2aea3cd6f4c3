//! J3: money is held when a charge is about to begin.

use super::{lock_payer, post};
use crate::{App, AppError};
use domain::ledger::postings;
use domain::payer::{Money, Payer, Sums};
use domain::settlement::Wishes;
use kernel::{Fen, OrderNo, OrgId};
use store::order_money::{self, MoneyState, OrderMoney};
use store::{Tx, companies, ledger};

/// There is not enough in the wallet, on the card, in the company's account.
pub(crate) const BALANCE_TOO_LOW: &str = "balance too low";
/// Something is owed from before.
pub(crate) const UNPAID_DEBT: &str = "an earlier charge is not paid";

/// What an order holds from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Of wallets, cards, companies' accounts.
    pub(crate) sums: Sums,
    /// Of a company's credit.
    pub(crate) reserved: Fen,
    /// What it may cost.
    pub(crate) limit: Fen,
    /// Most that it may ever hold: what was agreed to, however much is there now.
    pub(crate) most: Fen,
}

/// How sure a start has to be of its money.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Without enough money nothing starts.
    Required,
    /// The energy flows already: whatever is there is held.
    AsFarAsPossible,
}

/// What a payer could spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Funds {
    /// So much.
    Enough(Fen),
    /// Nothing before an earlier charge is paid.
    Owing,
}

impl App {
    /// Holds money for an order; at most `wanted`, where that is more than nothing.
    ///
    /// # Errors
    /// [`AppError::Conflict`] with [`BALANCE_TOO_LOW`] or [`UNPAID_DEBT`].
    pub(crate) async fn hold_in(
        &self,
        tx: &mut Tx,
        payer: &Payer,
        order_no: OrderNo,
        wanted: Fen,
        strictness: Strictness,
    ) -> Result<Hold, AppError> {
        let rules = &self.money_rules();
        let limit = if wanted > Fen::ZERO {
            wanted.min(rules.max_freeze)
        } else {
            rules.max_freeze
        };
        let required = strictness == Strictness::Required;
        if let Payer::Company { org, .. } = payer {
            // Everybody takes the row of the contract before those of the money.
            companies::lock(tx.conn(), *org).await?;
        }
        let (mut free, mut owed) = lock_payer(tx, payer).await?;
        if let Payer::Wallet { member } = payer
            && owed > Fen::ZERO
            && owed <= free.cash
        {
            // What came back into the wallet since pays what an earlier charge still owes.
            self.pay_debts_in(tx, *member, order_no.as_str()).await?;
            (free, owed) = lock_payer(tx, payer).await?;
        }
        let mut there = free.total();
        let hold = match payer {
            Payer::Monthly { .. } => {
                return Ok(Hold {
                    limit,
                    most: limit,
                    ..Hold::default()
                });
            }
            // What its user may spend is the partner's business.
            Payer::Partner { .. } => {
                return Ok(Hold {
                    limit: wanted,
                    ..Hold::default()
                });
            }
            Payer::PostPaid { .. } => {
                if required && owed > Fen::ZERO {
                    return Err(AppError::Conflict(UNPAID_DEBT));
                }
                return Ok(Hold {
                    limit,
                    most: limit,
                    ..Hold::default()
                });
            }
            Payer::Prepaid { .. } => {
                if required && owed > Fen::ZERO {
                    return Err(AppError::Conflict(UNPAID_DEBT));
                }
                // Nothing is held before the payment is there.
                return Ok(Hold {
                    limit,
                    most: limit,
                    ..Hold::default()
                });
            }
            Payer::Company { org, .. } => {
                let credit = self.credit_left(tx, *org, owed).await?;
                there = there + credit;
                let sums = free.take(limit);
                let reserved = credit.min(limit - sums.total());
                Hold {
                    sums,
                    reserved,
                    limit: sums.total() + reserved,
                    most: limit,
                }
            }
            Payer::Wallet { .. } | Payer::Card { .. } => {
                if required && owed > Fen::ZERO {
                    return Err(AppError::Conflict(UNPAID_DEBT));
                }
                let rules = self.promotion_settings().rules;
                let sums = free.take_by(limit, rules.wallet_order);
                Hold {
                    sums,
                    reserved: Fen::ZERO,
                    limit: sums.total(),
                    most: limit,
                }
            }
        };
        if required && there < rules.min_start {
            return Err(AppError::Conflict(BALANCE_TOO_LOW));
        }
        let freeze = postings::freeze(order_no, payer, hold.sums);
        post(tx, &[freeze], "start", self.now()).await?;
        Ok(hold)
    }

    /// Writes down what an order holds, the coupon among it. The order's row must be there.
    pub(crate) async fn write_hold(
        &self,
        tx: &mut Tx,
        order: &domain::order::Order,
        hold: Hold,
        wishes: Wishes,
    ) -> Result<(), AppError> {
        let Some(payer) = order.payer.as_deref() else {
            return Ok(());
        };
        let money = OrderMoney {
            order_no: order.order_no,
            payer: payer.clone(),
            card_no: order.card_no.clone(),
            place: order_money::place_of(tx.conn(), order.device_id).await?,
            state: MoneyState::Held,
            round: 0,
            held: hold.sums,
            reserved: hold.reserved,
            limit: hold.most,
            settled: None,
            wishes,
            refunded: Fen::ZERO,
            counted: None,
        };
        order_money::insert(tx.conn(), &money, self.now()).await?;
        order_money::update(tx.conn(), &money, self.now()).await?;
        self.hold_wishes_in(tx, &money, order).await
    }

    /// What a payer could spend now. Not locked: a start looks again.
    pub(crate) async fn funds(&self, payer: &Payer) -> Result<Funds, AppError> {
        let mut view = self.db.view().await?;
        let (mut free, mut cash) = (Fen::ZERO, Fen::ZERO);
        for pocket in payer.pockets() {
            let balance = ledger::balance(view.conn(), &pocket.free).await?;
            free = free + balance;
            if pocket.money == Money::Cash {
                cash = cash + balance;
            }
        }
        let owed = ledger::balance(view.conn(), &payer.debt()).await?;
        Ok(match payer {
            Payer::Partner { .. } => Funds::Enough(self.money_rules().max_freeze),
            Payer::Company { org, .. } => {
                let company = companies::find(view.conn(), *org).await?;
                let limit = company.map_or(Fen::ZERO, |company| company.credit_limit_fen);
                let reserved = order_money::reserved_by(view.conn(), *org).await?;
                Funds::Enough(free + (limit - owed - reserved).max(Fen::ZERO))
            }
            Payer::Wallet { .. } if owed <= cash => Funds::Enough(free - owed.max(Fen::ZERO)),
            _ if owed > Fen::ZERO => Funds::Owing,
            Payer::Monthly { .. } | Payer::PostPaid { .. } | Payer::Prepaid { .. } => {
                Funds::Enough(self.money_rules().max_freeze)
            }
            Payer::Wallet { .. } | Payer::Card { .. } => Funds::Enough(free),
        })
    }

    pub(super) async fn credit_left(
        &self,
        tx: &mut Tx,
        org: OrgId,
        used: Fen,
    ) -> Result<Fen, AppError> {
        // The contract's row is locked, so that two starts do not count on the same credit.
        let Some(company) = companies::lock(tx.conn(), org).await? else {
            return Ok(Fen::ZERO);
        };
        let reserved = order_money::reserved_by(tx.conn(), org).await?;
        Ok((company.credit_limit_fen - used - reserved).max(Fen::ZERO))
    }
}
