//! J3 once more: a charge whose money is used up holds more before it is stopped.

use super::{lock_payer, post};
use crate::{App, AppError};
use domain::ledger::postings;
use domain::order::Order;
use domain::payer::{Payer, Sums};
use kernel::Fen;
use store::Tx;
use store::order_money::{self, MoneyState};
use tracing::info;

impl App {
    /// Holds what its payer has free by now, up to what was agreed to at the start. The order
    /// with its new limit; none when there is nothing more to be had.
    pub(crate) async fn hold_more_in(
        &self,
        tx: &mut Tx,
        order: &Order,
    ) -> Result<Option<Order>, AppError> {
        let Some(mut money) = order_money::lock(tx.conn(), order.order_no).await? else {
            return Ok(None);
        };
        let held = money.held.total() + money.reserved;
        let room = money.limit - held;
        if money.state != MoneyState::Held || room <= Fen::ZERO {
            return Ok(None);
        }
        let (free, owed) = lock_payer(tx, &money.payer).await?;
        let (more, credit) = match &money.payer {
            Payer::Wallet { .. } | Payer::Card { .. } => {
                let rules = self.promotion_settings().rules;
                (free.take_by(room, rules.wallet_order), Fen::ZERO)
            }
            Payer::Company { org, .. } => {
                let sums = free.take(room);
                let credit = self.credit_left(tx, *org, owed).await?;
                (sums, credit.min(room - sums.total()))
            }
            Payer::PostPaid { .. }
            | Payer::Prepaid { .. }
            | Payer::Monthly { .. }
            | Payer::Partner { .. } => (Sums::NOTHING, Fen::ZERO),
        };
        let limit = held + more.total() + credit;
        if limit <= order.amount {
            return Ok(None);
        }
        let now = self.now();
        money.round += 1;
        let extended = postings::extend(order.order_no, &money.payer, more, money.round);
        post(tx, &[extended], "guard", now).await?;
        money.held = money.held + more;
        money.reserved = money.reserved + credit;
        order_money::update(tx.conn(), &money, now).await?;
        info!(device = %order.phy_id, order_no = %order.order_no, before = order.amount.0,
            after = limit.0, "the charge holds more");
        let mut extended = order.clone();
        extended.amount = limit;
        Ok(Some(extended))
    }
}
