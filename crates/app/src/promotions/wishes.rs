//! What a member chose for a charge, from its start to its bill.

use super::points::available;
use super::semantic;
use crate::{App, AppError};
use domain::coupon_grant::{Grant, GrantEffect, GrantEvent};
use domain::order::Order;
use domain::points::STEP;
use domain::promotion::{Charge, History, Parts};
use domain::settlement::Wishes;
use kernel::{Energy, MemberId, StationId};
use store::coupon_grants::{self, GrantRow};
use store::order_money::{self, OrderMoney};
use store::{Tx, coupons};

/// What is known of a charge, but for the history of its member.
pub(super) fn charge_of(money: &OrderMoney, order: &Order, list: Parts, energy: Energy) -> Charge {
    Charge {
        list,
        energy,
        station: money.place.station.map(StationId),
        began_at: order.start_time.unwrap_or(order.created_at),
        history: History::Later,
    }
}

/// Whether an order is its member's first. Promotions for new members are for members.
pub(super) async fn history_of(
    tx: &mut Tx,
    money: &OrderMoney,
    order: &Order,
) -> Result<History, AppError> {
    let Some(member) = money.payer.member() else {
        return Ok(History::Later);
    };
    let before = order_money::has_charged(tx.conn(), member, Some(order.order_no)).await?;
    Ok(if before {
        History::Later
    } else {
        History::First
    })
}

impl App {
    /// Locks what a member chose for an order that is being made, in its transaction.
    pub(crate) async fn hold_wishes_in(
        &self,
        tx: &mut Tx,
        money: &OrderMoney,
        order: &Order,
    ) -> Result<(), AppError> {
        let Wishes { coupon, points } = money.wishes;
        let Some(member) = money.payer.member() else {
            return Ok(());
        };
        if let Some(id) = coupon {
            let row = self.own_grant(tx, member, id).await?;
            let row = row.ok_or(AppError::NotFound("coupon"))?;
            let mut charge = charge_of(money, order, Parts::ZERO, Energy::ZERO);
            charge.history = history_of(tx, money, order).await?;
            let chosen = row.says.granted(row.id, row.grant.valid);
            chosen
                .admit(&charge)
                .map_err(|refusal| semantic("coupon_id", refusal.to_string()))?;
            let lock = GrantEvent::Lock {
                order: order.order_no,
                at: order.created_at,
            };
            if row.grant.state != domain::coupon_grant::GrantState::Unused {
                return Err(AppError::Conflict("the coupon is not free"));
            }
            self.step_grant(tx, &row, lock).await?;
        }
        if points.0 < 0 || points.0 % STEP != 0 {
            return Err(semantic("points", format!("must be a multiple of {STEP}")));
        }
        if points.0 > 0 && available(tx, member, self.now()).await? < points {
            return Err(AppError::Conflict("not enough points"));
        }
        Ok(())
    }

    /// A member's granted coupon, locked.
    pub(super) async fn own_grant(
        &self,
        tx: &mut Tx,
        member: MemberId,
        id: i64,
    ) -> Result<Option<GrantRow>, AppError> {
        let row = coupon_grants::lock(tx.conn(), id).await?;
        Ok(row.filter(|row| row.member_id == member.0))
    }

    /// Moves a granted coupon on; as it is then.
    pub(super) async fn step_grant(
        &self,
        tx: &mut Tx,
        row: &GrantRow,
        event: GrantEvent,
    ) -> Result<Grant, AppError> {
        let step = row.grant.next(event)?;
        let mut grant = row.grant;
        for effect in &step.effects {
            match effect {
                GrantEffect::HoldFor(order) => grant.order = Some(*order),
                GrantEffect::Free => grant.order = None,
                GrantEffect::CountUse => coupons::count_use(tx.conn(), row.coupon_id, 1).await?,
                GrantEffect::UncountUse => coupons::count_use(tx.conn(), row.coupon_id, -1).await?,
            }
        }
        grant.state = step.to;
        if grant != row.grant {
            coupon_grants::set_state(tx.conn(), row.id, grant.state, grant.order, self.now())
                .await?;
        }
        Ok(grant)
    }

    /// Gives a coupon back that an order held and did not use.
    pub(crate) async fn release_coupon_in(
        &self,
        tx: &mut Tx,
        money: &OrderMoney,
    ) -> Result<(), AppError> {
        let (Some(id), Some(member)) = (money.wishes.coupon, money.payer.member()) else {
            return Ok(());
        };
        let Some(row) = self.own_grant(tx, member, id).await? else {
            return Ok(());
        };
        let release = GrantEvent::Release {
            order: money.order_no,
        };
        // Where another order holds it, or it is used, there is nothing to give back.
        if row.grant.next(release).is_ok() {
            self.step_grant(tx, &row, release).await?;
        }
        Ok(())
    }
}
