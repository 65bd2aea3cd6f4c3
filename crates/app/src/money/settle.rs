//! J5 to J7: a bill is paid and shared, the rest is free again.

use super::payees::with_payees;
use super::{all_to_owner, lock_payer, post, raise};
use crate::promotions::ReducedBill;
use crate::tiers::REWARD;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::commission::{Owner, matures_at, split};
use domain::ledger::{Journal, postings};
use domain::order::{Order, Position, position};
use domain::payer::{Payer, Sums};
use domain::promotion::Parts;
use domain::settlement::{self, Means, Settled};
use kernel::Fen;
use serde_json::json;
use store::order_money::{self, MoneyState, OrderMoney};
use store::{Tx, commission};
use tracing::warn;

/// What a bill is made of.
#[derive(Clone, Copy)]
struct Bill {
    elec: Fen,
    service: Fen,
    keeps_rest: bool,
}

/// What became of an order's money; its journals are still to be posted.
pub(crate) struct Settlement {
    pub(crate) money: OrderMoney,
    /// What was held and is not any more, unused.
    pub(crate) unused: Fen,
    journals: Vec<Journal>,
    rebilled: bool,
}

impl App {
    /// Brings the money of an order to where the order's state wants it; nothing happens when it
    /// is there already. None where the order costs nobody here. [`App::post_in`] has to follow in
    /// the same transaction.
    pub(crate) async fn settle_money_in(
        &self,
        tx: &mut Tx,
        order: &Order,
        actor: &str,
    ) -> Result<Option<Settlement>, AppError> {
        if order.payer.is_none() {
            return Ok(None);
        }
        let Some(mut money) = order_money::lock(tx.conn(), order.order_no).await? else {
            warn!(order_no = %order.order_no, "no account of what the order holds");
            return Ok(None);
        };
        let before = money.clone();
        let mut journals = Vec::new();
        match (position(order), money.state) {
            (Position::Held, MoneyState::Held | MoneyState::Closed)
            | (Position::Free, MoneyState::Closed) => {}
            (Position::Held, MoneyState::Settled) => {
                self.take_bill_back(tx, &mut money, actor).await?;
            }
            (Position::Free, MoneyState::Held) => {
                journals.extend(self.free_all(tx, &mut money).await?);
            }
            (Position::Free, MoneyState::Settled) => {
                self.take_bill_back(tx, &mut money, actor).await?;
                journals.extend(self.free_all(tx, &mut money).await?);
            }
            (
                Position::Billed {
                    elec,
                    service,
                    keeps_rest,
                },
                state,
            ) => {
                let bill = Bill {
                    elec,
                    service,
                    keeps_rest,
                };
                let same = money
                    .settled
                    .as_ref()
                    .is_some_and(|known| known.elec == elec && known.service == service);
                match state {
                    MoneyState::Settled if same && keeps_rest => {}
                    MoneyState::Settled if same => {
                        journals.extend(self.free_rest(tx, &mut money, order).await?);
                    }
                    MoneyState::Settled if money.refunded > Fen::ZERO => {
                        let object = ("order", order.order_no.as_str());
                        let details = json!({"elec_fen": elec, "service_fen": service,
                            "why": "the bill changed after it was refunded"});
                        let code = AlarmCode::BillingMismatch;
                        raise(tx, code, object, details, self.now()).await?;
                        if !keeps_rest {
                            journals.extend(self.free_rest(tx, &mut money, order).await?);
                        }
                    }
                    MoneyState::Settled => {
                        self.take_bill_back(tx, &mut money, actor).await?;
                        journals = self.bill(tx, &mut money, order, bill).await?;
                    }
                    MoneyState::Held | MoneyState::Closed => {
                        journals = self.bill(tx, &mut money, order, bill).await?;
                    }
                }
            }
        }
        self.count_in(tx, order, &mut money, &before).await?;
        if money != before {
            order_money::update(tx.conn(), &money, self.now()).await?;
        }
        let round = |money: &OrderMoney| money.settled.as_ref().map(|bill| bill.round);
        let unused = match money.state {
            MoneyState::Closed if before.state == MoneyState::Closed => order.refund_fen,
            MoneyState::Closed => before.held.total(),
            MoneyState::Held | MoneyState::Settled => money.unused(),
        };
        Ok(Some(Settlement {
            unused,
            rebilled: round(&money) != round(&before),
            money,
            journals,
        }))
    }

    /// Posts what a settlement moves, the last thing before the commit: from then on whoever earns
    /// at a busy place waits for whoever else does.
    pub(crate) async fn post_in(
        &self,
        tx: &mut Tx,
        settlement: Settlement,
        actor: &str,
    ) -> Result<(), AppError> {
        post(tx, &settlement.journals, actor, self.now()).await?;
        if settlement.rebilled && settlement.money.card_no.is_some() {
            self.write_pockets(tx, &settlement.money).await?;
        }
        Ok(())
    }

    async fn bill(
        &self,
        tx: &mut Tx,
        money: &mut OrderMoney,
        order: &Order,
        bill: Bill,
    ) -> Result<Vec<Journal>, AppError> {
        let now = self.now();
        let order_no = order.order_no;
        let (free, _) = lock_payer(tx, &money.payer).await?;
        let means = Means {
            held: money.held,
            free,
        };
        money.round += 1;
        let round = money.round;
        let list = match money.payer {
            // A month's card has been paid for.
            Payer::Monthly { .. } => Parts::ZERO,
            _ => Parts::new(bill.elec, bill.service),
        };
        let ReducedBill {
            payment,
            base,
            reduced,
        } = self
            .reduce_or_not_in(tx, money, order, list, means, round)
            .await?;
        let rule = commission::rule_for(tx.conn(), &money.place, order.end_time.unwrap_or(now));
        let rule = rule.await?.unwrap_or_else(all_to_owner);
        let owner = money.place.owner.map_or(Owner::Platform, Owner::Org);
        let divided = split(base.elec, base.service, &rule, owner, &money.place.agents);
        let earning = with_payees(tx, &money.place, &rule).await?;
        let shares = settlement::shares(&divided.entries, &earning);
        let mut journals = vec![postings::extend(
            order_no,
            &money.payer,
            payment.more,
            round,
        )];
        journals.extend(postings::settle(
            order_no,
            &money.payer,
            &payment.capture,
            &shares,
            round,
        ));
        let released = if bill.keeps_rest {
            Sums::NOTHING
        } else {
            payment.rest
        };
        journals.extend(self.set_free_in(tx, money, released).await?);
        let mature_at =
            (!order.provisional).then(|| matures_at(now, self.money_rules().mature_days));
        commission::insert_entries(
            tx.conn(),
            order_no.as_str(),
            round,
            &divided.entries,
            &earning,
            mature_at,
            now,
        )
        .await?;
        money.state = MoneyState::Settled;
        money.held = payment.rest - released;
        money.reserved = Fen::ZERO;
        money.settled = Some(Settled {
            round,
            elec: bill.elec,
            service: bill.service,
            capture: payment.capture,
            shares,
            released,
            reduced,
            returned: Vec::new(),
        });
        if !bill.keeps_rest {
            self.reward_in(tx, money).await?;
        }
        Ok(journals)
    }

    /// The device's word has come, or is not waited for any more: the rest is free.
    async fn free_rest(
        &self,
        tx: &mut Tx,
        money: &mut OrderMoney,
        order: &Order,
    ) -> Result<Option<Journal>, AppError> {
        let mature_at = matures_at(self.now(), self.money_rules().mature_days);
        commission::schedule(tx.conn(), order.order_no, mature_at).await?;
        self.reward_in(tx, money).await?;
        if money.held == Sums::NOTHING {
            return Ok(None);
        }
        money.round += 1;
        let rest = std::mem::take(&mut money.held);
        let freed = self.set_free_in(tx, money, rest).await?;
        if let Some(settled) = &mut money.settled {
            settled.released = settled.released + rest;
        }
        Ok(freed)
    }

    /// It never ran.
    async fn free_all(
        &self,
        tx: &mut Tx,
        money: &mut OrderMoney,
    ) -> Result<Option<Journal>, AppError> {
        money.round += 1;
        let held = std::mem::take(&mut money.held);
        let freed = self.set_free_in(tx, money, held).await?;
        money.reserved = Fen::ZERO;
        money.state = MoneyState::Closed;
        self.beside(tx, REWARD, async |tx: &mut Tx| {
            self.release_coupon_in(tx, money).await
        })
        .await?;
        Ok(freed)
    }

    /// J7: what an order does not use is free again; J8: what was paid for it alone goes back
    /// through its channel, a refund that is made here. The journal, if there is one, is the
    /// caller's to post.
    async fn set_free_in(
        &self,
        tx: &mut Tx,
        money: &OrderMoney,
        sums: Sums,
    ) -> Result<Option<Journal>, AppError> {
        if let Payer::Prepaid { member } = money.payer {
            self.refund_unused_in(tx, money.order_no, member, sums.cash)
                .await?;
            return Ok(None);
        }
        let (order_no, payer) = (money.order_no, &money.payer);
        Ok(Some(postings::release(order_no, payer, sums, money.round)))
    }
}
