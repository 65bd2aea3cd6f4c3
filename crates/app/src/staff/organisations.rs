use super::Actor;
use crate::{App, AppError};
use domain::org::{OrgType, place};
use serde_json::{Value, json};
use store::orgs::{self, Org, OrgEntry, OrgFilter};
use store::{Page, PageRequest};

const NO_ORG: AppError = AppError::NotFound("organisation");

/// A new organisation.
#[derive(Clone, Debug)]
pub struct NewOrg {
    /// What it is.
    pub kind: OrgType,
    /// What it stands under.
    pub parent_id: i64,
    /// The rest.
    pub entry: OrgEntry,
}

impl App {
    /// A page of organisations.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_orgs(
        &self,
        filter: &OrgFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Org>, AppError> {
        let mut view = self.db.view().await?;
        Ok(orgs::list(view.conn(), filter, sort, page).await?)
    }

    /// An organisation of that type.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without one.
    pub async fn org(&self, kind: OrgType, id: i64) -> Result<Org, AppError> {
        let mut view = self.db.view().await?;
        let org = orgs::find(view.conn(), id).await?;
        org.filter(|org| org.kind == kind).ok_or(NO_ORG)
    }

    /// Adds an organisation to the tree.
    ///
    /// # Errors
    /// [`AppError::Semantic`] where one of that type cannot stand.
    pub async fn create_org(&self, actor: &Actor, new: NewOrg) -> Result<Org, AppError> {
        let mut tx = self.db.begin().await?;
        let parent = orgs::find(tx.conn(), new.parent_id).await?;
        let parent = parent
            .filter(|parent| actor.owns(&parent.path))
            .ok_or(NO_ORG)?;
        let level =
            place(new.kind, parent.kind, parent.level).map_err(|problem| AppError::Semantic {
                field: "parent_id".to_owned(),
                problem: problem.to_string(),
            })?;
        let id = orgs::insert(tx.conn(), new.kind, level, &parent, &new.entry, self.now()).await?;
        let org = orgs::find(tx.conn(), id).await?.ok_or(NO_ORG)?;
        let action = format!("user.{}.create", org.kind.as_str());
        let after = Some(shown(&org));
        self.audit_in(&mut tx, actor, &action, &object(id), None, after)
            .await?;
        tx.commit().await?;
        Ok(org)
    }

    /// Replaces what is written about an organisation.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without one of that type.
    pub async fn change_org(
        &self,
        actor: &Actor,
        kind: OrgType,
        id: i64,
        entry: OrgEntry,
    ) -> Result<Org, AppError> {
        self.write_org(actor, kind, id, "edit", |org| (org.state.clone(), entry))
            .await
    }

    /// Lets the accounts of an organisation, and of all below it, log in, or not.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without one of that type.
    pub async fn enable_org(
        &self,
        actor: &Actor,
        kind: OrgType,
        id: i64,
        enabled: bool,
    ) -> Result<Org, AppError> {
        if actor.org_id == id {
            return Err(AppError::Conflict(
                "not possible with your own organisation",
            ));
        }
        let state = if enabled { "active" } else { "disabled" };
        self.write_org(actor, kind, id, "disable", |org| {
            (state.to_owned(), org.entry.clone())
        })
        .await
    }

    async fn write_org(
        &self,
        actor: &Actor,
        kind: OrgType,
        id: i64,
        verb: &str,
        change: impl FnOnce(&Org) -> (String, OrgEntry) + Send,
    ) -> Result<Org, AppError> {
        let mut tx = self.db.begin().await?;
        let before = orgs::find(tx.conn(), id).await?;
        let before = before
            .filter(|org| org.kind == kind && actor.owns(&org.path))
            .ok_or(NO_ORG)?;
        let (state, entry) = change(&before);
        orgs::update(tx.conn(), id, &state, &entry, self.now()).await?;
        let after = orgs::find(tx.conn(), id).await?.ok_or(NO_ORG)?;
        let action = format!("user.{}.{verb}", kind.as_str());
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, &action, &object(id), old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }
}

fn object(id: i64) -> String {
    format!("org:{id}")
}

fn shown(org: &Org) -> Value {
    let entry = &org.entry;
    json!({
        "type": org.kind,
        "parent_id": org.parent_id,
        "name": entry.name,
        "state": org.state,
        "contact": entry.contact,
        "phone": entry.phone,
        "area_code": entry.area_code,
        "licence": entry.licence,
        "settlement": entry.settlement,
        "remark": entry.remark,
    })
}
