use super::Actor;
use crate::{App, AppError};
use domain::data_scope::DataScope;
use domain::permission::{Tree, default_tree};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::roles::{self, Role, RoleEntry, RoleFilter, RoleLine};
use store::{Page, PageRequest, Tx, admin_users, constraint, orgs};

const NO_ROLE: AppError = AppError::NotFound("role");

/// What somebody writes about a role.
#[derive(Clone, Debug)]
pub struct RoleDraft {
    /// Short name, unique within the organisation.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The leaves that it grants.
    pub granted: BTreeSet<String>,
    /// Areas and stations that it is limited to.
    pub data_scope: DataScope,
    /// Free text.
    pub remark: Option<String>,
}

impl RoleDraft {
    /// The role, if it grants nothing that does not exist or that the actor does not have.
    fn check(self, actor: &Actor) -> Result<RoleEntry, AppError> {
        let tree = default_tree();
        let known = tree.leaves();
        if let Some(unknown) = self.granted.iter().find(|id| !known.contains(*id)) {
            return Err(AppError::Invalid {
                field: "granted".to_owned(),
                problem: format!("{unknown} is no leaf of the permission tree"),
            });
        }
        may_grant(actor, &self.granted)?;
        self.data_scope
            .check()
            .map_err(|problem| AppError::Invalid {
                field: "data_scope".to_owned(),
                problem: problem.to_string(),
            })?;
        Ok(RoleEntry {
            code: self.code,
            name: self.name,
            tree: tree.with(&self.granted),
            data_scope: json!(self.data_scope),
            remark: self.remark,
        })
    }
}

impl App {
    /// A page of roles.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_roles(
        &self,
        filter: &RoleFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<RoleLine>, AppError> {
        let mut view = self.db.view().await?;
        Ok(roles::list(view.conn(), filter, sort, page).await?)
    }

    /// A role.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a role.
    pub async fn role(&self, id: i64) -> Result<Role, AppError> {
        let mut view = self.db.view().await?;
        roles::find(view.conn(), id).await?.ok_or(NO_ROLE)
    }

    /// The tree that a new role begins with: nothing is granted (`get_default_permission`).
    pub fn default_permission(&self) -> Tree {
        default_tree()
    }

    /// Makes a role for an organisation.
    ///
    /// # Errors
    /// [`AppError::Denied`] when it grants what the actor does not have.
    pub async fn create_role(
        &self,
        actor: &Actor,
        org_id: i64,
        draft: RoleDraft,
    ) -> Result<Role, AppError> {
        let entry = draft.check(actor)?;
        let mut tx = self.db.begin().await?;
        let role = self.add_role(&mut tx, actor, org_id, &entry).await?;
        self.audit_in(
            &mut tx,
            actor,
            "system.role.create",
            &object(role.id),
            None,
            Some(shown(&role)),
        )
        .await?;
        tx.commit().await?;
        Ok(role)
    }

    async fn add_role(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        org_id: i64,
        entry: &RoleEntry,
    ) -> Result<Role, AppError> {
        let org = orgs::find(tx.conn(), org_id).await?;
        let org = org
            .filter(|org| actor.owns(&org.path))
            .ok_or(AppError::NotFound("organisation"))?;
        let id = roles::insert(tx.conn(), org.id, &org.path, entry, self.now()).await;
        let id = id.map_err(taken)?;
        roles::find(tx.conn(), id).await?.ok_or(NO_ROLE)
    }

    /// Replaces what is written about a role. It holds for everybody who has the role at once.
    ///
    /// # Errors
    /// [`AppError::Denied`] when it grants, or would grant, what the actor does not have.
    pub async fn change_role(
        &self,
        actor: &Actor,
        id: i64,
        draft: RoleDraft,
    ) -> Result<Role, AppError> {
        let entry = draft.check(actor)?;
        let mut tx = self.db.begin().await?;
        let before = own_role(&mut tx, actor, id).await?;
        may_grant(actor, &before.tree.checked_keys())?;
        roles::update(tx.conn(), id, &entry, self.now())
            .await
            .map_err(taken)?;
        let after = roles::find(tx.conn(), id).await?.ok_or(NO_ROLE)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, "system.role.edit", &object(id), old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Makes a role like another, under another code, for an organisation.
    ///
    /// # Errors
    /// [`AppError::Denied`] when it grants what the actor does not have.
    pub async fn copy_role(
        &self,
        actor: &Actor,
        id: i64,
        org_id: i64,
        code: String,
        name: String,
    ) -> Result<Role, AppError> {
        let mut tx = self.db.begin().await?;
        let from = own_role(&mut tx, actor, id).await?;
        may_grant(actor, &from.tree.checked_keys())?;
        let entry = RoleEntry {
            code,
            name,
            tree: default_tree().merged(&from.tree),
            data_scope: from.data_scope,
            remark: from.remark,
        };
        let role = self.add_role(&mut tx, actor, org_id, &entry).await?;
        let after = Some(shown(&role));
        self.audit_in(&mut tx, actor, "system.role.copy", &object(id), None, after)
            .await?;
        tx.commit().await?;
        Ok(role)
    }

    /// Takes a role away.
    ///
    /// # Errors
    /// [`AppError::Conflict`] while somebody has it.
    pub async fn remove_role(&self, actor: &Actor, id: i64) -> Result<Role, AppError> {
        let mut tx = self.db.begin().await?;
        let before = own_role(&mut tx, actor, id).await?;
        may_grant(actor, &before.tree.checked_keys())?;
        if admin_users::with_role(tx.conn(), id).await? > 0 {
            return Err(AppError::Conflict("somebody has this role"));
        }
        roles::remove(tx.conn(), id).await?;
        let old = Some(shown(&before));
        self.audit_in(&mut tx, actor, "system.role.delete", &object(id), old, None)
            .await?;
        tx.commit().await?;
        Ok(before)
    }
}

async fn own_role(tx: &mut Tx, actor: &Actor, id: i64) -> Result<Role, AppError> {
    let role = roles::find(tx.conn(), id).await?;
    role.filter(|role| actor.owns(&role.org_path))
        .ok_or(NO_ROLE)
}

fn may_grant(actor: &Actor, leaves: &BTreeSet<String>) -> Result<(), AppError> {
    match actor.lacks(leaves) {
        Some(leaf) => Err(AppError::Denied(leaf.to_owned())),
        None => Ok(()),
    }
}

fn taken(error: store::StoreError) -> AppError {
    if error.violates(constraint::ROLE_CODE) {
        AppError::Conflict("role code exists")
    } else {
        error.into()
    }
}

fn object(id: i64) -> String {
    format!("role:{id}")
}

fn shown(role: &Role) -> Value {
    json!({
        "org_id": role.org_id,
        "code": role.code,
        "name": role.name,
        "granted": role.tree.checked_keys(),
        "data_scope": role.data_scope,
    })
}
