//! Coupons in members' hands: claimed by themselves, or granted by the staff.

use super::coupons::{NO_COUPON, object};
use super::semantic;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::coupon_grant::{GrantState, may_grant};
use domain::org::Scope;
use kernel::MemberId;
use serde_json::json;
use store::coupon_grants::{self, GrantFilter, GrantRow};
use store::coupons::{self, CouponFilter, CouponRow};
use store::{Page, PageRequest, Tx, members, order_money};

/// Members who are granted a coupon at once, at most.
const MEMBERS_MAX: usize = 1000;

/// Where a member keeps a coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponShelf {
    /// It may be used, now or later, or a running charge holds it.
    Available,
    /// Used.
    Used,
    /// Too late.
    Expired,
}

impl CouponShelf {
    /// From the API's text.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "available" => Some(Self::Available),
            "used" => Some(Self::Used),
            "expired" => Some(Self::Expired),
            _ => None,
        }
    }
}

impl App {
    /// A page of the coupons that members may take, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn coupon_centre(&self, page: PageRequest) -> Result<Page<CouponRow>, AppError> {
        let filter = CouponFilter {
            open: true,
            claimable_at: Some(self.now()),
        };
        let mut view = self.db.view().await?;
        Ok(coupons::list(view.conn(), &Scope::Everything, filter, page).await?)
    }

    /// A page of a member's coupons, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn member_coupons(
        &self,
        member: MemberId,
        shelf: CouponShelf,
        page: PageRequest,
    ) -> Result<Page<GrantRow>, AppError> {
        let now = self.now();
        let filter = GrantFilter {
            member: Some(member),
            state: (shelf == CouponShelf::Used).then_some(GrantState::Used),
            usable_at: (shelf == CouponShelf::Available).then_some(now),
            expired_at: (shelf == CouponShelf::Expired).then_some(now),
            ..GrantFilter::default()
        };
        let mut view = self.db.view().await?;
        Ok(coupon_grants::list(view.conn(), filter, page).await?)
    }

    /// A member takes a coupon.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none that members may take, [`AppError::Conflict`]
    /// when none is left, the member has had his, or it is for new members.
    pub async fn claim_coupon(&self, member: MemberId, coupon: i64) -> Result<GrantRow, AppError> {
        let mut tx = self.db.begin().await?;
        let row = coupons::find(tx.conn(), coupon).await?;
        row.filter(|row| row.says.claimable && row.ended_at.is_none())
            .ok_or(NO_COUPON)?;
        let granted = self.grant_in(&mut tx, member, coupon, "claim").await?;
        tx.commit().await?;
        Ok(granted)
    }

    /// The staff grants members a coupon: all of them or none.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a coupon, [`AppError::Semantic`] for somebody who is no
    /// member, [`AppError::Conflict`] when there are not enough or somebody has had theirs.
    pub async fn grant_coupon(
        &self,
        actor: &Actor,
        coupon: i64,
        to: &[MemberId],
    ) -> Result<Vec<GrantRow>, AppError> {
        if to.is_empty() || to.len() > MEMBERS_MAX {
            return Err(semantic("members", format!("must be 1 to {MEMBERS_MAX}")));
        }
        let mut tx = self.db.begin().await?;
        let row = coupons::find(tx.conn(), coupon).await?;
        row.filter(|row| actor.owns(&row.org_path))
            .ok_or(NO_COUPON)?;
        let mut granted = Vec::with_capacity(to.len());
        for member in to {
            if members::find(tx.conn(), *member).await?.is_none() {
                return Err(semantic("members", format!("{member} is no member")));
            }
            granted.push(self.grant_in(&mut tx, *member, coupon, &actor.name).await?);
        }
        let ids: Vec<i64> = to.iter().map(|member| member.0).collect();
        let (action, after) = ("marketing.grant.create", Some(json!({ "members": ids })));
        self.audit_in(&mut tx, actor, action, &object(coupon), None, after)
            .await?;
        tx.commit().await?;
        Ok(granted)
    }

    /// Takes one out of the stock and gives it to a member. The coupon's row is locked by that,
    /// so that nobody gets more than their share.
    async fn grant_in(
        &self,
        tx: &mut Tx,
        member: MemberId,
        coupon: i64,
        by: &str,
    ) -> Result<GrantRow, AppError> {
        let now = self.now();
        let Some(row) = coupons::take_one(tx.conn(), coupon).await? else {
            return Err(AppError::Conflict("no coupon is left"));
        };
        let had = coupon_grants::count_of(tx.conn(), coupon, member).await?;
        let per_user = row
            .says
            .per_user
            .map(|most| u32::try_from(most).unwrap_or(0));
        may_grant(None, had, per_user)?;
        let valid = row.says.valid.of(now);
        if valid.until <= now {
            return Err(AppError::Conflict("the coupon is over"));
        }
        if row.says.limits.new_users_only
            && order_money::has_charged(tx.conn(), member, None).await?
        {
            return Err(AppError::Conflict("the coupon is for new members"));
        }
        let id = coupon_grants::insert(tx.conn(), coupon, member, valid, by, now).await?;
        let granted = coupon_grants::find(tx.conn(), id).await?;
        granted.ok_or(NO_COUPON)
    }
}
