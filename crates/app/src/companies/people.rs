//! The members whom a company pays for.

use super::{company, object};
use crate::staff::Actor;
use crate::{App, AppError};
use kernel::{MemberId, OrgId};
use serde_json::json;
use store::members::{self, MemberChange};

impl App {
    /// A company does not pay for somebody any more. Running charges go on.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a company or such a member of it.
    pub async fn remove_company_member(
        &self,
        actor: &Actor,
        org: OrgId,
        member: MemberId,
    ) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        company(&mut tx, actor, org).await?;
        let row = members::find(tx.conn(), member).await?;
        row.filter(|row| row.company_id == Some(org.0))
            .ok_or(AppError::NotFound("member"))?;
        let change = MemberChange {
            company: Some(None),
            ..MemberChange::default()
        };
        members::change(tx.conn(), member, &change, self.now()).await?;
        let before = Some(json!({"member_id": member}));
        let action = "company.remove_member";
        self.audit_in(&mut tx, actor, action, &object(org), before, None)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
