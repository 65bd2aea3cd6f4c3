//! What the staff may see and do about members.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::org::OrgType;
use kernel::{Fen, MemberId, OrgId};
use serde_json::{Value, json};
use store::card_orders::{self, CardOrder, CardOrderFilter};
use store::members::{self, Member, MemberChange, MemberFilter, MemberLine};
use store::{Page, PageRequest, member_sessions, order_money, orgs};

const NO_MEMBER: AppError = AppError::NotFound("member");

impl App {
    /// A member.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a member.
    pub async fn member(&self, id: MemberId) -> Result<Member, AppError> {
        let mut view = self.db.view().await?;
        members::find(view.conn(), id).await?.ok_or(NO_MEMBER)
    }

    /// A page of members with what they have, newest first unless another order is asked for.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_members(
        &self,
        filter: &MemberFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<MemberLine>, AppError> {
        let mut view = self.db.view().await?;
        Ok(members::list(view.conn(), filter, sort, page).await?)
    }

    /// A member with what they have.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a member.
    pub async fn member_line(&self, id: MemberId) -> Result<MemberLine, AppError> {
        let mut view = self.db.view().await?;
        members::line(view.conn(), id).await?.ok_or(NO_MEMBER)
    }

    /// What the company that pays for a member was billed for their charges; none without one.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn company_paid(&self, member: &Member) -> Result<Option<Fen>, AppError> {
        let Some(company) = member.company_id else {
            return Ok(None);
        };
        let mut view = self.db.view().await?;
        let paid = order_money::paid_for(view.conn(), OrgId(company), member.member_id()).await?;
        Ok(Some(paid))
    }

    /// A page of charges that were started with cards, newest first unless another order is asked
    /// for.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_card_orders(
        &self,
        filter: &CardOrderFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<CardOrder>, AppError> {
        let mut view = self.db.view().await?;
        Ok(card_orders::list(view.conn(), filter, sort, page).await?)
    }

    /// Changes what the staff decides about a member. Who may not charge any more is logged out.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a member, [`AppError::Invalid`] for an unknown state.
    pub async fn change_member(
        &self,
        actor: &Actor,
        id: MemberId,
        change: &MemberChange,
    ) -> Result<Member, AppError> {
        if let Some(state) = &change.state
            && !["normal", "frozen", "blacklisted"].contains(&state.as_str())
        {
            return Err(AppError::Invalid {
                field: "state".to_owned(),
                problem: "must be normal, frozen or blacklisted".to_owned(),
            });
        }
        let mut tx = self.db.begin().await?;
        let before = members::find(tx.conn(), id).await?.ok_or(NO_MEMBER)?;
        if let Some(Some(company)) = change.company {
            let org = orgs::find(tx.conn(), company.0).await?;
            if !org.is_some_and(|org| org.kind == OrgType::Company) {
                return Err(AppError::Semantic {
                    field: "company_id".to_owned(),
                    problem: "is no company".to_owned(),
                });
            }
        }
        members::change(tx.conn(), id, change, self.now()).await?;
        let after = members::find(tx.conn(), id).await?.ok_or(NO_MEMBER)?;
        if !after.is_active() {
            member_sessions::end_all(tx.conn(), id).await?;
        }
        let (old, new) = (seen(&before), seen(&after));
        let object = format!("member:{id}");
        self.audit_in(
            &mut tx,
            actor,
            "member.change",
            &object,
            Some(old),
            Some(new),
        )
        .await?;
        tx.commit().await?;
        Ok(after)
    }
}

fn seen(member: &Member) -> Value {
    json!({
        "state": member.state,
        "level": member.level,
        "company_id": member.company_id,
        "post_pay": member.post_pay,
        "remark": member.remark,
    })
}
