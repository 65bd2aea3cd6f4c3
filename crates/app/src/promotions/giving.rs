//! The staff gives coupons to members, one by one or to many, and takes unused ones back.

use super::coupons::{NO_COUPON, object, own_coupon};
use super::semantic;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::coupon_grant::GrantEvent;
use domain::message::Message;
use kernel::MemberId;
use serde_json::json;
use store::coupon_grants::{self, Crowd, GrantRow};
use store::{Tx, coupons, members, messages};

/// Members who are granted a coupon at once, at most.
const MEMBERS_MAX: usize = 1000;
/// Members of a crowd in one step: one transaction, which holds the coupon.
const CROWD_STEP: u32 = 200;

/// What a step of giving a coupon to a crowd came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrowdStep {
    /// Members who got one.
    pub granted: u32,
    /// Members who may not have it.
    pub skipped: u32,
    /// Where the next step goes on; none: everybody has had his turn, or none is left.
    pub next: Option<i64>,
    /// Nothing is left in the stock.
    pub sold_out: bool,
}

impl App {
    /// The staff grants members a coupon: all of them or none. Organisations give to their own
    /// customers only.
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
        own_coupon(&mut tx, actor, coupon).await?;
        let scope = actor.scope();
        if let Some(stranger) = coupon_grants::stranger(tx.conn(), to, &scope).await? {
            return Err(semantic("members", format!("{stranger} is no member")));
        }
        let mut granted = Vec::with_capacity(to.len());
        for member in to {
            if members::find(tx.conn(), *member).await?.is_none() {
                return Err(semantic("members", format!("{member} is no member")));
            }
            let granting = self.grant_in(&mut tx, *member, coupon, &actor.name).await;
            let grant = granting.map_err(|error| match error {
                AppError::Conflict(why) if to.len() > 1 => {
                    AppError::Refused(format!("member {member}: {why}"))
                }
                other => other,
            })?;
            self.tell_of_coupon(&mut tx, &grant).await?;
            granted.push(grant);
        }
        let ids: Vec<i64> = to.iter().map(|member| member.0).collect();
        let (action, after) = ("marketing.grant.create", Some(json!({ "members": ids })));
        self.audit_in(&mut tx, actor, action, &object(coupon), None, after)
            .await?;
        tx.commit().await?;
        Ok(granted)
    }

    /// One step of granting a coupon to everybody of a crowd who has none of it: the first
    /// members after a row. Doing a step again gives nobody a second one.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a coupon.
    pub async fn grant_to_crowd(
        &self,
        actor: &Actor,
        coupon: i64,
        crowd: &Crowd,
        after: i64,
    ) -> Result<CrowdStep, AppError> {
        let crowd = Crowd {
            scope: actor.scope(),
            ..crowd.clone()
        };
        let mut tx = self.db.begin().await?;
        own_coupon(&mut tx, actor, coupon).await?;
        let members = coupon_grants::without(tx.conn(), coupon, &crowd, after, CROWD_STEP).await?;
        let mut step = CrowdStep::default();
        for member in &members {
            let Some(row) = coupons::take_one(tx.conn(), coupon).await? else {
                step.sold_out = true;
                break;
            };
            match self.give_in(&mut tx, &row, *member, &actor.name).await {
                Ok(grant) => {
                    self.tell_of_coupon(&mut tx, &grant).await?;
                    step.granted += 1;
                }
                // Nothing was written for them: what was taken goes back.
                Err(AppError::Conflict(_)) => {
                    coupons::put_back(tx.conn(), coupon).await?;
                    step.skipped += 1;
                }
                Err(error) => return Err(error),
            }
        }
        let full = members.len() == CROWD_STEP as usize;
        let last = members.last().map(|member| member.0);
        step.next = last.filter(|_| full && !step.sold_out);
        let done = json!({ "granted": step.granted, "skipped": step.skipped, "after": after,
            "level": crowd.level, "company_id": crowd.company });
        let (action, done) = ("marketing.grant.create", Some(done));
        self.audit_in(&mut tx, actor, action, &object(coupon), None, done)
            .await?;
        tx.commit().await?;
        Ok(step)
    }

    /// Takes a coupon back that a member has not used. It is in the stock again.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a coupon, [`AppError::Conflict`] when a charge holds or
    /// has used it, or its time is over.
    pub async fn revoke_grant(
        &self,
        actor: &Actor,
        id: i64,
        reason: &str,
    ) -> Result<GrantRow, AppError> {
        let mut tx = self.db.begin().await?;
        // The grant before its coupon, as bills do.
        let row = coupon_grants::lock(tx.conn(), id).await?;
        let mut row = row.ok_or(NO_COUPON)?;
        let coupon = row.coupon_id;
        let template = coupons::find(tx.conn(), coupon).await?;
        template
            .filter(|template| actor.owns(&template.org_path))
            .ok_or(NO_COUPON)?;
        if row.grant.valid.until <= self.now() {
            return Err(AppError::Conflict("its time is over"));
        }
        let before = row.grant.state;
        row.grant = self.step_grant(&mut tx, &row, GrantEvent::Revoke).await?;
        coupons::put_back(tx.conn(), coupon).await?;
        let object = format!("coupon_grant:{id}");
        let (old, new) = (
            json!({ "state": before }),
            json!({ "state": row.grant.state, "member_id": row.member_id, "reason": reason }),
        );
        let action = "marketing.grant.revoke";
        self.audit_in(&mut tx, actor, action, &object, Some(old), Some(new))
            .await?;
        tx.commit().await?;
        Ok(row)
    }

    async fn tell_of_coupon(&self, tx: &mut Tx, grant: &GrantRow) -> Result<(), AppError> {
        let message = Message::coupon(grant.id, &grant.says.name);
        let member = MemberId(grant.member_id);
        messages::put(tx.conn(), member, &message, self.now()).await?;
        Ok(())
    }
}
