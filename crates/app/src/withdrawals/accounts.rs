//! Where withdrawals go: entered by those whose account it is, verified by the platform.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::org::OrgType;
use domain::permission::Mask;
use domain::withdrawal::SettlementAccount;
use serde_json::{Value, json};
use store::settlement_accounts::{self, EnteredBy, SettlementFilter, SettlementRow};
use store::{Page, PageRequest, orgs};

const NO_ACCOUNT: AppError = AppError::NotFound("settlement account");
/// Accounts of one organisation.
const ACCOUNTS_MAX: i64 = 20;

/// An account that somebody enters.
#[derive(Clone, Debug)]
pub struct SettlementWish {
    /// For which organisation.
    pub org_id: i64,
    /// The account.
    pub account: SettlementAccount,
}

impl App {
    /// A page of settlement accounts, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_settlement_accounts(
        &self,
        filter: &SettlementFilter,
        page: PageRequest,
    ) -> Result<Page<SettlementRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(settlement_accounts::list(view.conn(), filter, page).await?)
    }

    /// Enters an account. Nothing is paid to it before somebody of the platform has verified it.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for an account that cannot be, [`AppError::NotFound`] without an
    /// organisation of that type, [`AppError::Conflict`] when it has too many.
    pub async fn add_settlement_account(
        &self,
        actor: &Actor,
        kind: OrgType,
        wish: &SettlementWish,
    ) -> Result<SettlementRow, AppError> {
        wish.account.check().map_err(|fault| AppError::Invalid {
            field: fault.field,
            problem: fault.problem,
        })?;
        let mut tx = self.db.begin().await?;
        let org = orgs::find(tx.conn(), wish.org_id).await?;
        let org = org
            .filter(|org| org.kind == kind && actor.owns(&org.path))
            .ok_or(AppError::NotFound("organisation"))?;
        if settlement_accounts::count_of(tx.conn(), org.id).await? >= ACCOUNTS_MAX {
            return Err(AppError::Conflict("it has too many settlement accounts"));
        }
        let by = EnteredBy {
            org_id: org.id,
            org_path: &org.path,
            name: &actor.name,
            admin_id: actor.admin_id,
        };
        let id = settlement_accounts::insert(tx.conn(), by, &wish.account, self.now()).await?;
        let row = settlement_accounts::lock(tx.conn(), id).await?;
        let row = row.ok_or(NO_ACCOUNT)?;
        let after = Some(shown(&row));
        self.audit_in(&mut tx, actor, "settlement.add", &object(id), None, after)
            .await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Somebody else of the platform has compared an account with papers, or refuses it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an account, [`AppError::Conflict`] for who entered it
    /// or when it is decided, [`AppError::Invalid`] for a refusal without a reason.
    pub async fn decide_settlement_account(
        &self,
        actor: &Actor,
        (kind, id): (OrgType, i64),
        verified: bool,
        reason: Option<&str>,
    ) -> Result<SettlementRow, AppError> {
        if !verified && reason.is_none_or(|reason| reason.trim().is_empty()) {
            return Err(AppError::Invalid {
                field: "reason".to_owned(),
                problem: "is required for a refusal".to_owned(),
            });
        }
        let state = if verified { "verified" } else { "rejected" };
        self.write_settlement(actor, (kind, id), "settlement.decide", |row| {
            let entered = (row.entered_by_id, row.entered_by.as_str());
            if entered == (actor.admin_id, actor.name.as_str()) {
                return Err(AppError::Conflict("another person must verify it"));
            }
            if row.state != "submitted" {
                return Err(AppError::Conflict("it is decided already"));
            }
            state.clone_into(&mut row.state);
            row.decided_by = Some(actor.name.clone());
            row.decided_at = Some(self.now());
            row.reason = reason.map(str::to_owned);
            Ok(())
        })
        .await
    }

    /// Takes an account away. What is on its way to it stays on its way.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an account.
    pub async fn remove_settlement_account(
        &self,
        actor: &Actor,
        (kind, id): (OrgType, i64),
    ) -> Result<SettlementRow, AppError> {
        self.write_settlement(actor, (kind, id), "settlement.remove", |row| {
            "removed".clone_into(&mut row.state);
            Ok(())
        })
        .await
    }

    async fn write_settlement(
        &self,
        actor: &Actor,
        (kind, id): (OrgType, i64),
        action: &str,
        change: impl FnOnce(&mut SettlementRow) -> Result<(), AppError> + Send,
    ) -> Result<SettlementRow, AppError> {
        let mut tx = self.db.begin().await?;
        let before = settlement_accounts::lock(tx.conn(), id).await?;
        let before = before
            .filter(|row| actor.owns(&row.org_path))
            .ok_or(NO_ACCOUNT)?;
        let org = orgs::find(tx.conn(), before.org_id).await?;
        org.filter(|org| org.kind == kind).ok_or(NO_ACCOUNT)?;
        let mut row = before.clone();
        change(&mut row)?;
        settlement_accounts::update(tx.conn(), &row, self.now()).await?;
        let (old, new) = (Some(shown(&before)), Some(shown(&row)));
        self.audit_in(&mut tx, actor, action, &object(id), old, new)
            .await?;
        tx.commit().await?;
        Ok(row)
    }
}

fn object(id: i64) -> String {
    format!("settlement_account:{id}")
}

/// The number only in part: who reads the audit log need not know where money goes.
fn shown(row: &SettlementRow) -> Value {
    json!({
        "org_id": row.org_id,
        "kind": row.kind,
        "holder": row.holder,
        "bank": row.bank,
        "account_no": Mask::LastFour.apply(&row.account_no),
        "state": row.state,
        "reason": row.reason,
    })
}
