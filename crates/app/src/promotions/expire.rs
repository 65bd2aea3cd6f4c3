//! What was not used in time goes away.

use super::points;
use crate::{App, AppError};
use domain::day::Day;
use store::coupon_grants;
use tracing::info;

/// Coupons, or members, of one transaction.
const AT_ONCE: u32 = 500;

impl App {
    /// Ends coupons and points whose time is over; how many coupons, and of how many members
    /// points.
    ///
    /// # Errors
    /// When the database is away; what was not written comes again.
    pub async fn expire_promotions(&self) -> Result<(u64, u64), AppError> {
        let mut coupons = 0;
        loop {
            let mut direct = self.db.direct().await?;
            let ended = coupon_grants::expire(direct.conn(), self.now(), AT_ONCE).await?;
            coupons += ended;
            if ended < u64::from(AT_ONCE) {
                break;
            }
        }
        let mut members = 0;
        loop {
            let mut view = self.db.view().await?;
            let today = Day::of(self.now());
            let due = store::points::ending(view.conn(), today, AT_ONCE).await?;
            drop(view);
            let mut changed = false;
            for member in &due {
                let mut tx = self.db.begin().await?;
                if points::expire(&mut tx, *member, self.now()).await? {
                    members += 1;
                    changed = true;
                }
                tx.commit().await?;
            }
            if !changed {
                break;
            }
        }
        if coupons + members > 0 {
            info!(coupons, members, "coupons and points expired");
        }
        Ok((coupons, members))
    }
}
