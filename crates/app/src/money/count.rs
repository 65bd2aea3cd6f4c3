//! What lists show without adding anything up: sums of members, and what a payer held before and
//! after a bill.

use crate::{App, AppError};
use domain::order::Order;
use kernel::Fen;
use store::order_money::{self, MoneyState, OrderMoney};
use store::{Tx, ledger, member_sums};

impl App {
    /// Brings the figures of lists to where the money of an order is now; in the settlement's
    /// transaction, whose rows are locked.
    pub(super) async fn count_in(
        &self,
        tx: &mut Tx,
        order: &Order,
        money: &mut OrderMoney,
        before: &OrderMoney,
    ) -> Result<(), AppError> {
        let settled = money.state == MoneyState::Settled;
        money.counted = settled.then_some(order.energy);
        if let Some(member) = money.payer.member()
            && money.counted != before.counted
        {
            member_sums::count(tx.conn(), member, before.counted, money.counted).await?;
        }
        Ok(())
    }

    /// All that the payer has, free and held, after the bill; before it there was what was paid
    /// more.
    pub(super) async fn write_pockets(
        &self,
        tx: &mut Tx,
        money: &OrderMoney,
    ) -> Result<(), AppError> {
        let pockets = money.payer.pockets();
        let bill = money.settled.as_ref();
        let (mut had, mut has) = (None, None);
        if let Some(bill) = bill.filter(|_| !pockets.is_empty()) {
            let mut after = Fen::ZERO;
            for pocket in &pockets {
                for account in [&pocket.free, &pocket.held] {
                    after = after + ledger::balance(tx.conn(), account).await?;
                }
            }
            had = Some(after + bill.capture.held.total());
            has = Some(after);
        }
        order_money::set_pockets(tx.conn(), money.order_no, had, has).await?;
        Ok(())
    }
}
