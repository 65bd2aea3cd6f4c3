//! One charge paid by itself, without a wallet: J4. The order waits for its payment; paid it
//! starts, otherwise it is cancelled, and what it does not use goes back through the channel.

use super::begin::Due;
use super::said::asset;
use crate::attachment::Attachment;
use crate::cluster::Reach;
use crate::money::post;
use crate::origin::Origin;
use crate::{App, AppError};
use channels::payment::PaymentMethod;
use device::EndReason;
use domain::ledger::postings;
use domain::order::{Actor, Begins, Order, OrderEvent, OrderSource, apply};
use domain::payer::Payer;
use domain::request::StartPlan;
use domain::settlement::Wishes;
use kernel::{Fen, MemberId, OrderNo, PhyId, Timestamp};
use std::net::IpAddr;
use std::time::Duration;
use store::members::Member;
use store::order_money::{self, MoneyState};
use store::payments::{self, PaymentRow};
use store::prepaid_orders::{self, PrepaidOrder};
use store::{Tx, orders};
use tracing::{info, warn};

/// A payer has so much time; the port is kept meanwhile.
const VALID: Duration = Duration::from_mins(5);
/// Orders of one look.
const ORDERS_MAX: u32 = 50;

/// A charge that is wanted, and how it is paid for.
#[derive(Clone, Debug)]
pub struct PrepaidWish {
    /// The charge; its amount is what is paid.
    pub plan: StartPlan,
    /// What the bill is to be reduced with.
    pub wishes: Wishes,
    /// How the member meets the cashier.
    pub method: PaymentMethod,
    /// Where they are.
    pub ip: Option<IpAddr>,
}

/// An order and its payment.
#[derive(Clone, Debug)]
pub struct PrepaidCharge {
    /// The order, pending until the payment is there.
    pub order: Order,
    /// The payment.
    pub payment: PaymentRow,
}

impl App {
    /// Makes an order that waits for a payment of its own. Its port is kept for five minutes.
    ///
    /// # Errors
    /// As [`App::start_charging`]; [`AppError::Invalid`] for an amount that cannot be,
    /// [`AppError::Conflict`] when something is owed, or the channel is not configured or
    /// refuses; [`AppError::Unavailable`] when it does not answer. Nothing starts then.
    pub async fn prepay_charge(
        &self,
        member: &Member,
        device: &PhyId,
        wish: &PrepaidWish,
    ) -> Result<PrepaidCharge, AppError> {
        self.open_channel(wish.method).await?;
        let (least, most) = (self.money_rules().min_start, self.money_rules().max_freeze);
        if wish.plan.amount < least.max(Fen(1)) || wish.plan.amount > most {
            return Err(AppError::Invalid {
                field: "amount".to_owned(),
                problem: format!("must be {} to {}", least.0.max(1), most.0),
            });
        }
        let id = member.member_id();
        let origin = Origin {
            payer: Some(Box::new(Payer::Prepaid { member: id })),
            wishes: wish.wishes,
            begins: Begins::AfterPayment,
            ..Origin::from_source(OrderSource::App, false)
        };
        // What a charge costs is the operator's word, not the telephone's.
        let plan = StartPlan {
            price_per_kwh: None,
            service_fee: None,
            notify_url: None,
            parallel_port: None,
            ..wish.plan.clone()
        };
        let caller = self.member_caller(id);
        let order = self.start_from(&origin, &caller, device, plan).await?.order;
        let paying = self.ask_for_payment(member, &order, wish).await;
        match paying {
            Ok(payment) => Ok(PrepaidCharge { order, payment }),
            Err(error) => {
                // Whatever the channel did: a payment that comes after all goes back.
                let why = "the payment could not be asked for";
                if let Err(error) = self.cancel_order(&caller, order.order_no, why).await {
                    warn!(order_no = %order.order_no, %error, "cancelled when its time is over");
                }
                Err(error)
            }
        }
    }

    async fn ask_for_payment(
        &self,
        member: &Member,
        order: &Order,
        wish: &PrepaidWish,
    ) -> Result<PaymentRow, AppError> {
        let mut tx = self.db.begin().await?;
        let due = Due {
            biz_type: "prepay",
            biz_no: order.order_no.as_str(),
            amount: order.amount,
            method: wish.method,
            valid: VALID,
        };
        let payment = self.write_payment_in(&mut tx, member, &due).await?;
        let number = &payment.payment_no;
        prepaid_orders::insert(tx.conn(), order.order_no, number, self.now()).await?;
        tx.commit().await?;
        self.announce_payment(&payment, "充电预付", wish.ip).await
    }

    /// A member's prepaid charge and how its payment stands.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's, or not paid for by itself.
    pub async fn prepaid_charge(
        &self,
        member: MemberId,
        order_no: OrderNo,
    ) -> Result<PrepaidCharge, AppError> {
        let order = self.member_order(member, order_no).await?;
        let none = AppError::NotFound("order");
        let mut view = self.db.view().await?;
        let Some(prepaid) = prepaid_orders::find(view.conn(), order_no).await? else {
            return Err(none);
        };
        let payment = payments::find(view.conn(), &prepaid.payment_no).await?;
        let payment = payment.ok_or(none)?;
        Ok(PrepaidCharge { order, payment })
    }

    /// J4: the money of an order is there. An order that is over by now gets none of it.
    pub(super) async fn receive_prepaid(
        &self,
        tx: &mut Tx,
        row: &PaymentRow,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let nothing = || AppError::Internal(format!("payment {} is for nothing", row.payment_no));
        let order_no: OrderNo = row.biz_no.parse().map_err(|_| nothing())?;
        let member = row.member.ok_or_else(nothing)?;
        let money = order_money::lock(tx.conn(), order_no).await?;
        let mut money = money.ok_or_else(nothing)?;
        let paid = postings::prepay(order_no, &row.payment_no, asset(row), row.amount);
        post(tx, &[paid], "channel", now).await?;
        prepaid_orders::settle(tx.conn(), order_no, "paid", now).await?;
        if money.state == MoneyState::Held {
            money.held.cash = money.held.cash + row.amount;
            order_money::update(tx.conn(), &money, now).await?;
            info!(%order_no, amount = row.amount.0, "order paid");
        } else {
            self.refund_unused_in(tx, order_no, member, row.amount)
                .await?;
            info!(%order_no, amount = row.amount.0, "order paid after it had ended");
        }
        Ok(())
    }

    /// Tells orders what became of their payments. How many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn tell_prepaid_orders(&self) -> Result<usize, AppError> {
        let mut view = self.db.view().await?;
        let untold = prepaid_orders::to_tell(view.conn(), ORDERS_MAX).await?;
        drop(view);
        for row in &untold {
            if let Err(error) = self.tell_prepaid(row).await {
                warn!(order_no = %row.order_no, %error, "an order has not heard of its payment");
            }
        }
        Ok(untold.len())
    }

    async fn tell_prepaid(&self, row: &PrepaidOrder) -> Result<(), AppError> {
        let order_no = row.order_no;
        let mut view = self.db.view().await?;
        let order = orders::find_by_no(view.conn(), order_no).await?;
        drop(view);
        let Some(order) = order else {
            return Ok(());
        };
        self.freshen(&order.phy_id).await?;
        let event = match (row.state.as_str(), self.reach_of(&order.phy_id)) {
            ("paid", Reach::Away) => cancelled("device offline"),
            ("paid", reach) => OrderEvent::Paid {
                connected: reach == Reach::Here,
            },
            _ => cancelled("not paid in time"),
        };
        if !order.status.is_active() {
            let mut direct = self.db.direct().await?;
            prepaid_orders::finish(direct.conn(), order_no, self.now()).await?;
            return Ok(());
        }
        let told = Attachment::Prepaid(order_no);
        let rule = |order: &Order, ctx: &domain::order::Context<'_>| {
            apply(order, event.clone(), ctx).map_err(|_| AppError::NotFound("active session"))
        };
        self.transit(order_no, told, "payment", rule).await?;
        Ok(())
    }
}

fn cancelled(why: &str) -> OrderEvent {
    OrderEvent::StopRequested {
        reason: EndReason::UserStop,
        actor: Actor::Api(Some(why.to_owned())),
    }
}
