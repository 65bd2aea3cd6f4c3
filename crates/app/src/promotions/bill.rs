//! What a bill becomes by promotions, a coupon and points, and how that is undone.

use super::points::{self, Occasion};
use super::wishes::{charge_of, history_of};
use crate::money::raise;
use crate::tiers::{REDUCTION, REWARD};
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::coupon_grant::{GrantEvent, GrantState};
use domain::order::Order;
use domain::payer::Payer;
use domain::points::Points;
use domain::promotion::{
    Applied, CouponUse, FundedBy, Offers, Parts, PricePromotion, PriceSource, PromotionRules,
    Reduction, Wallet, apply,
};
use domain::settlement::{self, Means, Payment, Reduced, Settled};
use kernel::{BasisPoints, Fen, MemberId, Timestamp};
use serde_json::json;
use store::coupon_grants::GrantRow;
use store::order_money::OrderMoney;
use store::{Tx, activities, companies, members};

/// A bill as it is paid and shared.
pub(crate) struct ReducedBill {
    /// How the payer's part is paid; the platform's part is in its capture.
    pub(crate) payment: Payment,
    /// What is shared.
    pub(crate) base: Parts,
    /// What reduced it.
    pub(crate) reduced: Reduced,
}

impl App {
    /// The same as [`App::reduce_in`], at full price when the reductions themselves are broken: the
    /// charge is settled, and somebody bills it again when they work.
    pub(crate) async fn reduce_or_not_in(
        &self,
        tx: &mut Tx,
        money: &OrderMoney,
        order: &Order,
        list: Parts,
        means: Means,
        round: i32,
    ) -> Result<ReducedBill, AppError> {
        let reduced = self.beside(tx, REDUCTION, async |tx: &mut Tx| {
            let bill = self.reduce_in(tx, money, order, list, means, round).await?;
            Ok(Some(bill))
        });
        if let Some(bill) = Box::pin(reduced).await? {
            return Ok(bill);
        }
        let details = json!({"why": "its reductions could not be worked out"});
        let object = ("order", order.order_no.as_str());
        raise(tx, AlarmCode::BillingMismatch, object, details, self.now()).await?;
        let rules = self.promotion_settings().rules;
        let payment = settlement::pay(&money.payer, list.total(), means, rules.wallet_order);
        let offers = Offers {
            prices: &[],
            coupon: None,
            points: Points::ZERO,
            wallet: wallet_of(&payment),
        };
        let charge = charge_of(money, order, list, order.energy);
        Ok(reduced_bill(
            &apply(&charge, &offers, rules),
            payment,
            rules,
        ))
    }

    /// Reduces a bill and pays it: the coupon that counts is used, the points are spent. `round`
    /// is that of the settlement.
    async fn reduce_in(
        &self,
        tx: &mut Tx,
        money: &OrderMoney,
        order: &Order,
        list: Parts,
        means: Means,
        round: i32,
    ) -> Result<ReducedBill, AppError> {
        let decided = self.promotion_settings();
        let mut charge = charge_of(money, order, list, order.energy);
        let mut prices = match money.payer {
            // Its price has been agreed.
            Payer::Partner { .. } => Vec::new(),
            _ => self.prices_in(tx, &money.payer, charge.began_at).await?,
        };
        if let Some(member) = money.payer.member()
            && !decided.levels.is_empty()
            && let Some(member) = members::find(tx.conn(), member).await?
        {
            let mut levels = decided.levels.iter();
            let level = levels.find(|price| price.level == member.level);
            prices.extend(level.map(|price| price.promotion()));
        }
        let grant = self.coupon_in(tx, money, order).await?;
        if grant.is_some() || prices.iter().any(|price| price.cut.asks_history()) {
            charge.history = history_of(tx, money, order).await?;
        }
        let coupon = grant
            .as_ref()
            .map(|row| row.says.granted(row.id, row.grant.valid));
        let mut offers = Offers {
            prices: &prices,
            coupon: coupon.as_ref(),
            points: self.points_in(tx, money).await?,
            wallet: Wallet::default(),
        };
        let rules = decided.rules;
        let payable = apply(&charge, &offers, rules).payable.total();
        let payment = settlement::pay(&money.payer, payable, means, rules.wallet_order);
        // With the money that really pays: gifts may not be shared.
        offers.wallet = wallet_of(&payment);
        let applied = apply(&charge, &offers, rules);
        if let (Some(row), CouponUse::Used) = (&grant, applied.coupon) {
            let order = order.order_no;
            self.step_grant(tx, row, GrantEvent::Use { order }).await?;
        }
        self.spend_in(tx, money, applied.points, round).await?;
        let mut bill = reduced_bill(&applied, payment, rules);
        bill.reduced.elec = list.elec - applied.payable.elec;
        bill.reduced.service = list.service - applied.payable.service;
        Ok(bill)
    }

    /// What the place and the payer's contract take off the price at an instant.
    async fn prices_in(
        &self,
        tx: &mut Tx,
        payer: &Payer,
        at: Timestamp,
    ) -> Result<Vec<PricePromotion>, AppError> {
        let running = activities::in_force(tx.conn(), at).await?;
        let mut prices: Vec<PricePromotion> = running
            .iter()
            .map(|activity| activity.says.promotion(activity.id))
            .collect();
        if let Some(org) = payer.company()
            && let Some(company) = companies::find(tx.conn(), org).await?
            && let Some(pays) = company.service_price_bp
        {
            let off = BasisPoints(pays).rest();
            // A contract is with the platform, which bears what it promises.
            let contract = PricePromotion::standing(PriceSource::Contract, off, FundedBy::Platform);
            prices.push(contract);
        }
        Ok(prices)
    }

    /// The coupon that the order holds, or can hold again after it was given back.
    async fn coupon_in(
        &self,
        tx: &mut Tx,
        money: &OrderMoney,
        order: &Order,
    ) -> Result<Option<GrantRow>, AppError> {
        let (Some(id), Some(member)) = (money.wishes.coupon, money.payer.member()) else {
            return Ok(None);
        };
        let Some(mut row) = self.own_grant(tx, member, id).await? else {
            return Ok(None);
        };
        let lock = GrantEvent::Lock {
            order: order.order_no,
            at: order.created_at,
        };
        if row.grant.next(lock).is_err() {
            return Ok(None);
        }
        row.grant = self.step_grant(tx, &row, lock).await?;
        Ok(Some(row))
    }

    async fn points_in(&self, tx: &mut Tx, money: &OrderMoney) -> Result<Points, AppError> {
        let wanted = money.wishes.points;
        match money.payer.member() {
            Some(member) if wanted > Points::ZERO => {
                let there = points::available(tx, member, self.now()).await?;
                Ok(wanted.min(there))
            }
            _ => Ok(Points::ZERO),
        }
    }

    async fn spend_in(
        &self,
        tx: &mut Tx,
        money: &OrderMoney,
        spent: Points,
        round: i32,
    ) -> Result<(), AppError> {
        let Some(member) = money.payer.member() else {
            return Ok(());
        };
        let name = format!("spend:{}:{round}", money.order_no);
        let occasion = self.occasion(member, "spend", money, &name);
        points::spend(tx, occasion, spent).await
    }

    /// The bill is final: a coupon that did not count goes back, the payment earns points. The
    /// charge is settled without it when that is broken.
    pub(crate) async fn reward_in(
        &self,
        tx: &mut Tx,
        money: &mut OrderMoney,
    ) -> Result<(), AppError> {
        self.beside(tx, REWARD, async |tx: &mut Tx| {
            self.give_reward_in(tx, money).await
        })
        .await
    }

    async fn give_reward_in(&self, tx: &mut Tx, money: &mut OrderMoney) -> Result<(), AppError> {
        let Some(settled) = money.settled.clone() else {
            return Ok(());
        };
        if settled.reduced.coupon.is_none() {
            self.release_coupon_in(tx, money).await?;
        }
        let gained = settled.reduced.earn_rate.earned(settled.capture.held.cash);
        let own = matches!(money.payer, Payer::Wallet { .. } | Payer::Prepaid { .. });
        let Some(member) = money.payer.member().filter(|_| own) else {
            return Ok(());
        };
        if gained == Points::ZERO || settled.reduced.earned > Points::ZERO {
            return Ok(());
        }
        let name = format!("earn:{}:{}", money.order_no, settled.round);
        let occasion = self.occasion(member, "order", money, &name);
        points::add(tx, occasion, gained).await?;
        if let Some(settled) = &mut money.settled {
            settled.reduced.earned = gained;
        }
        Ok(())
    }

    /// A bill is taken back: the order holds its coupon again, points that were spent return, and
    /// those that were earned go.
    pub(crate) async fn take_reductions_back_in(
        &self,
        tx: &mut Tx,
        money: &OrderMoney,
        settled: &Settled,
    ) -> Result<(), AppError> {
        let Some(member) = money.payer.member() else {
            return Ok(());
        };
        let order = money.order_no;
        if let Some(id) = settled.reduced.coupon
            && let Some(row) = self.own_grant(tx, member, id).await?
            && row.grant.state == GrantState::Used
            && row.grant.order == Some(order)
        {
            let back = GrantEvent::TakeBack { order };
            self.step_grant(tx, &row, back).await?;
        }
        let round = settled.round;
        if settled.reduced.points > Points::ZERO {
            let spent_on = format!("spend:{order}:{round}");
            let name = format!("return:{order}:{round}");
            let occasion = self.occasion(member, "returned", money, &name);
            points::give_back(tx, occasion, &spent_on).await?;
        }
        let name = format!("reverse:{order}:{round}");
        let occasion = self.occasion(member, "reversed", money, &name);
        points::take_back(tx, occasion, settled.reduced.earned).await
    }

    /// Takes back what a refund of cash takes of the points that its order earned; in the
    /// transaction of the refund, before it is counted.
    pub(crate) async fn reverse_points_in(
        &self,
        tx: &mut Tx,
        money: &mut OrderMoney,
        refund: Fen,
        refund_no: &str,
    ) -> Result<(), AppError> {
        let (Some(settled), Some(member)) = (&money.settled, money.payer.member()) else {
            return Ok(());
        };
        let gained = settled.reduced.earned;
        let rate = settled.reduced.earn_rate;
        let back = rate
            .reversal(settled.capture.held.cash, money.refunded, refund)
            .min(gained);
        let name = format!("refund:{refund_no}");
        let occasion = self.occasion(member, "reversed", money, &name);
        points::take_back(tx, occasion, back).await?;
        if let Some(settled) = &mut money.settled {
            settled.reduced.earned = Points(gained.0 - back.0);
        }
        Ok(())
    }

    fn occasion<'a>(
        &self,
        member: MemberId,
        reason: &'static str,
        money: &'a OrderMoney,
        name: &'a str,
    ) -> Occasion<'a> {
        Occasion {
            member,
            reason,
            biz_no: money.order_no.as_str(),
            name,
            at: self.now(),
        }
    }
}

fn wallet_of(payment: &Payment) -> Wallet {
    Wallet {
        cash: payment.capture.held.cash,
        gift: payment.capture.held.gift,
    }
}

/// What the platform bears goes to clearing with what the payer pays, and is shared (J16).
fn reduced_bill(applied: &Applied, mut payment: Payment, rules: PromotionRules) -> ReducedBill {
    let by_points = match rules.points_funded_by {
        FundedBy::Platform => applied.points.worth(),
        FundedBy::Merchant => Fen::ZERO,
    };
    payment.capture.points = by_points;
    payment.capture.coupon = applied.platform_borne - by_points;
    payment.capture.gift_aside = applied.gift_outside_split;
    let mut reduced = Reduced {
        discount: applied.platform_borne + applied.merchant_borne,
        points: applied.points,
        earn_rate: rules.points_per_yuan,
        ..Reduced::default()
    };
    for step in &applied.steps {
        match step.reduction {
            Reduction::Price(PriceSource::Activity(id)) => reduced.activity = Some(id),
            Reduction::Coupon(id) => reduced.coupon = Some(id),
            Reduction::Price(PriceSource::MemberLevel | PriceSource::Contract)
            | Reduction::Points(_) => {}
        }
    }
    ReducedBill {
        payment,
        base: applied.split_base,
        reduced,
    }
}
