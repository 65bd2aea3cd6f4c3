//! A company would like to pay for somebody who is a member already: that is theirs to decide.

use super::NO_COMPANY;
use crate::{App, AppError};
use domain::message::Message;
use domain::org::OrgType;
use kernel::{MemberId, OrgId};
use store::company_invitations::{self, Invitation};
use store::{Page, PageRequest, Tx, members, messages, orgs};

const NO_INVITATION: AppError = AppError::NotFound("invitation");

impl App {
    /// Invites a member to have their charges paid by a company, and tells them; false when an
    /// invitation of the company waits already.
    pub(super) async fn invite_in(
        &self,
        tx: &mut Tx,
        actor: &str,
        org: OrgId,
        member: MemberId,
        name: Option<&str>,
    ) -> Result<bool, AppError> {
        let now = self.now();
        let made = company_invitations::insert(tx.conn(), org, member, name, actor, now).await?;
        let Some(id) = made else {
            return Ok(false);
        };
        let company = orgs::find(tx.conn(), org.0).await?.ok_or(NO_COMPANY)?;
        let message = Message::invitation(id, &company.entry.name);
        messages::put(tx.conn(), member, &message, now).await?;
        Ok(true)
    }

    /// A page of a member's invitations, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn invitations(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<Invitation>, AppError> {
        let mut view = self.db.view().await?;
        Ok(company_invitations::list(view.conn(), member, page).await?)
    }

    /// A member says yes or no. With a yes the company pays for them from then on, where they
    /// want it to.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an invitation of somebody else, [`AppError::Conflict`] when it
    /// was answered before, another company pays for them, or the company is disabled.
    pub async fn answer_invitation(
        &self,
        member: MemberId,
        id: i64,
        accept: bool,
    ) -> Result<Invitation, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let found = company_invitations::find(tx.conn(), member, id).await?;
        let found = found.ok_or(NO_INVITATION)?;
        let state = if accept { "accepted" } else { "declined" };
        if !company_invitations::answer(tx.conn(), id, state, now).await? {
            return Err(AppError::Conflict("the invitation was answered before"));
        }
        if accept {
            let org = orgs::find(tx.conn(), found.company_id).await?;
            let org = org.filter(|org| org.kind == OrgType::Company);
            let org = org.ok_or(NO_INVITATION)?;
            if !orgs::is_active(tx.conn(), &org.path).await? {
                return Err(AppError::Conflict("the company's account is disabled"));
            }
            if !members::join(tx.conn(), member, OrgId(org.id), now).await? {
                return Err(AppError::Conflict("another company pays for you"));
            }
            name_in(&mut tx, member, found.name.as_deref(), now).await?;
        }
        let answered = company_invitations::find(tx.conn(), member, id).await?;
        tx.commit().await?;
        answered.ok_or(NO_INVITATION)
    }
}

/// What a company calls somebody is their name where they have none.
pub(super) async fn name_in(
    tx: &mut Tx,
    member: MemberId,
    name: Option<&str>,
    now: kernel::Timestamp,
) -> Result<(), AppError> {
    let row = members::find(tx.conn(), member).await?;
    let nameless = row.is_some_and(|row| row.real_name.is_none());
    if let Some(name) = name.filter(|name| nameless && !name.is_empty()) {
        members::set_real_name(tx.conn(), member, name, now).await?;
    }
    Ok(())
}
