use super::Actor;
use crate::{App, AppError};
use serde_json::Value;
use store::audit_logs::{self, AuditFilter, AuditLine, NewAuditLine};
use store::{Page, PageRequest, Tx};

impl App {
    /// Writes into the audit log who did what, in the transaction that does it. `object` names
    /// the row, as in `role:7`. Secrets do not belong into `before` and `after`.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn audit_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        action: &str,
        object: &str,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), AppError> {
        let line = line(actor, action, object, before, after);
        audit_logs::insert(tx.conn(), &line, self.now()).await?;
        Ok(())
    }

    /// Writes a line for something that has been done already.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn audit(
        &self,
        actor: &Actor,
        action: &str,
        object: &str,
        after: Option<Value>,
    ) -> Result<(), AppError> {
        self.audit_change(actor, action, object, None, after).await
    }

    /// Writes a line for something that has been done already, with what it changed.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn audit_change(
        &self,
        actor: &Actor,
        action: &str,
        object: &str,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), AppError> {
        let line = line(actor, action, object, before, after);
        let mut direct = self.db.direct().await?;
        audit_logs::insert(direct.conn(), &line, self.now()).await?;
        Ok(())
    }

    /// A page of the audit log, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_audit(
        &self,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditLine>, AppError> {
        let mut view = self.db.view().await?;
        Ok(audit_logs::list(view.conn(), filter, page).await?)
    }
}

fn line(
    actor: &Actor,
    action: &str,
    object: &str,
    before: Option<Value>,
    after: Option<Value>,
) -> NewAuditLine {
    NewAuditLine {
        admin_id: actor.admin_id,
        actor: actor.full_name(),
        org_id: Some(actor.org_id),
        org_path: actor.org_path.clone(),
        ip: actor.ip.clone(),
        action: action.to_owned(),
        object: Some(object.to_owned()),
        before,
        after,
    }
}
