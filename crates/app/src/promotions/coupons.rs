//! Coupons: templates that the staff makes and ends.

use super::check_name;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::fault::FieldFault;
use kernel::Timestamp;
use serde_json::{Value, json};
use store::coupon_grants::{self, GrantFilter, GrantRow};
use store::coupons::{self, CouponChange, CouponFilter, CouponRow, NewCoupon, StockChange};
use store::{Page, PageRequest, Tx};

pub(super) const NO_COUPON: AppError = AppError::NotFound("coupon");

fn check(new: &NewCoupon, now: Timestamp) -> Result<(), FieldFault> {
    check_name(&new.name)?;
    new.valid.check()?;
    let valid = new.valid.of(now);
    if valid.until <= now {
        return Err(FieldFault::at("valid.until", "is over"));
    }
    new.granted(0, valid).check()?;
    for (field, number) in [("stock", new.stock), ("per_user", new.per_user)] {
        if number.is_some_and(|number| number < 1) {
            return Err(FieldFault::at(field, "must be at least 1"));
        }
    }
    Ok(())
}

impl App {
    /// Makes a coupon, of which members get grants.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a value that cannot stand, [`AppError::Semantic`] for stations
    /// or costs that are not the actor's.
    pub async fn create_coupon(
        &self,
        actor: &Actor,
        new: &NewCoupon,
    ) -> Result<CouponRow, AppError> {
        let now = self.now();
        check(new, now)?;
        let mut tx = self.db.begin().await?;
        self.may_promise(
            &mut tx,
            actor,
            "limits.stations",
            new.limits.stations.as_deref(),
            new.funded_by,
        )
        .await?;
        let id = coupons::insert(tx.conn(), new, &actor.org_path, &actor.name, now).await?;
        let made = coupons::find(tx.conn(), id).await?.ok_or(NO_COUPON)?;
        let (action, after) = ("marketing.coupon.create", Some(shown(&made)));
        self.audit_in(&mut tx, actor, action, &object(id), None, after)
            .await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Changes what does not touch coupons in members' hands: the name, how many are left, how
    /// many one member gets, whether members may take it themselves.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a coupon, [`AppError::Conflict`] when it was ended or
    /// so many are not left, [`AppError::Invalid`] for a value that cannot stand.
    pub async fn change_coupon(
        &self,
        actor: &Actor,
        id: i64,
        to: &CouponChange,
    ) -> Result<CouponRow, AppError> {
        if let Some(name) = &to.name {
            check_name(name)?;
        }
        if matches!(to.stock, Some(StockChange::Left(left)) if left < 0) {
            return Err(FieldFault::at("stock", "must be at least 0").into());
        }
        if to.per_user.flatten().is_some_and(|most| most < 1) {
            return Err(FieldFault::at("per_user", "must be at least 1").into());
        }
        let mut tx = self.db.begin().await?;
        let before = own_coupon(&mut tx, actor, id).await?;
        if let Some(StockChange::By(by)) = to.stock {
            let left = before.says.stock;
            let left = left.ok_or(AppError::Conflict("there are as many as are wanted"))?;
            if left.checked_add(by).is_none_or(|left| left < 0) {
                return Err(AppError::Conflict("so many are not left"));
            }
        }
        if !coupons::change(tx.conn(), id, to).await? {
            return Err(AppError::Conflict("it was ended before"));
        }
        let after = coupons::find(tx.conn(), id).await?.ok_or(NO_COUPON)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        let action = "marketing.coupon.edit";
        self.audit_in(&mut tx, actor, action, &object(id), old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// A coupon that an actor sees.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a coupon.
    pub async fn coupon(&self, actor: &Actor, id: i64) -> Result<CouponRow, AppError> {
        let mut view = self.db.view().await?;
        let found = coupons::find(view.conn(), id).await?;
        found
            .filter(|coupon| actor.owns(&coupon.org_path))
            .ok_or(NO_COUPON)
    }

    /// Grants no more of a coupon; what members have stays theirs.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a coupon, [`AppError::Conflict`] when it was ended.
    pub async fn end_coupon(&self, actor: &Actor, id: i64) -> Result<CouponRow, AppError> {
        let mut tx = self.db.begin().await?;
        let before = own_coupon(&mut tx, actor, id).await?;
        if !coupons::end(tx.conn(), id, self.now()).await? {
            return Err(AppError::Conflict("it was ended before"));
        }
        let after = coupons::find(tx.conn(), id).await?.ok_or(NO_COUPON)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        let action = "marketing.coupon.disable";
        self.audit_in(&mut tx, actor, action, &object(id), old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// A page of the coupons that an actor sees, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_coupons(
        &self,
        actor: &Actor,
        filter: CouponFilter,
        page: PageRequest,
    ) -> Result<Page<CouponRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(coupons::list(view.conn(), &actor.scope(), filter, page).await?)
    }

    /// A page of the coupons in members' hands that an actor granted or sees, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_grants(
        &self,
        actor: &Actor,
        filter: GrantFilter,
        page: PageRequest,
    ) -> Result<Page<GrantRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(coupon_grants::list(view.conn(), &actor.scope(), filter, page).await?)
    }
}

/// A coupon of the actor's, locked.
pub(super) async fn own_coupon(tx: &mut Tx, actor: &Actor, id: i64) -> Result<CouponRow, AppError> {
    let found = coupons::lock(tx.conn(), id).await?;
    found
        .filter(|coupon| actor.owns(&coupon.org_path))
        .ok_or(NO_COUPON)
}

pub(super) fn object(id: i64) -> String {
    format!("coupon:{id}")
}

fn shown(coupon: &CouponRow) -> Value {
    let says = &coupon.says;
    json!({
        "name": says.name,
        "kind": says.kind,
        "threshold_fen": says.threshold,
        "alloc": says.alloc,
        "funded_by": says.funded_by,
        "limits": says.limits,
        "valid": says.valid,
        "stock": says.stock,
        "per_user": says.per_user,
        "claimable": says.claimable,
        "ended_at": coupon.ended_at,
    })
}
