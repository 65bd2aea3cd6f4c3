//! Coupons in members' hands: what is there, and how one gets there.

use super::coupons::NO_COUPON;
use crate::{App, AppError};
use domain::coupon_grant::{GrantState, may_grant};
use domain::org::Scope;
use kernel::MemberId;
use store::coupon_grants::{self, GrantFilter, GrantRow};
use store::coupons::{self, CouponFilter, CouponRow};
use store::{Page, PageRequest, Tx, order_money};

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
            ..CouponFilter::default()
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
        kept: CouponShelf,
        page: PageRequest,
    ) -> Result<Page<GrantRow>, AppError> {
        let now = self.now();
        let filter = GrantFilter {
            member: Some(member),
            state: (kept == CouponShelf::Used).then_some(GrantState::Used),
            usable_at: (kept == CouponShelf::Available).then_some(now),
            expired_at: (kept == CouponShelf::Expired).then_some(now),
            ..GrantFilter::default()
        };
        let mut view = self.db.view().await?;
        Ok(coupon_grants::list(view.conn(), &Scope::Everything, filter, page).await?)
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

    /// Takes one out of the stock and gives it to a member. The coupon's row is locked by that,
    /// so that nobody gets more than their share.
    pub(super) async fn grant_in(
        &self,
        tx: &mut Tx,
        member: MemberId,
        coupon: i64,
        by: &str,
    ) -> Result<GrantRow, AppError> {
        let Some(row) = coupons::take_one(tx.conn(), coupon).await? else {
            let known = coupons::find(tx.conn(), coupon).await?;
            let ended = known.is_some_and(|known| known.ended_at.is_some());
            return Err(AppError::Conflict(if ended {
                "the coupon is granted no more: it was disabled"
            } else {
                "no coupon is left"
            }));
        };
        self.give_in(tx, &row, member, by).await
    }

    /// Gives a member a coupon that was taken out of the stock. Its row is locked.
    pub(super) async fn give_in(
        &self,
        tx: &mut Tx,
        row: &CouponRow,
        member: MemberId,
        by: &str,
    ) -> Result<GrantRow, AppError> {
        let now = self.now();
        let had = coupon_grants::count_of(tx.conn(), row.id, member).await?;
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
        let id = coupon_grants::insert(tx.conn(), row.id, member, valid, by, now).await?;
        let granted = coupon_grants::find(tx.conn(), id).await?;
        granted.ok_or(NO_COUPON)
    }
}
