use super::login::actor_of;
use super::{Actor, check_strength, password};
use crate::{App, AppError};
use kernel::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;
use store::admin_sessions::{self, AdminSession};
use store::admin_users::{self, AdminEntry, AdminFilter, AdminUser, NewAdminUser};
use store::{Page, PageRequest, Tx, constraint, login_attempts, orgs, roles};

const NO_ACCOUNT: AppError = AppError::NotFound("account");

/// A new account.
#[derive(Clone)]
pub struct NewAccount {
    /// What it logs in with.
    pub username: String,
    /// Its first password; none: a random one.
    pub password: Option<String>,
    /// Where it works.
    pub org_id: i64,
    /// The rest.
    pub entry: AdminEntry,
}

/// A password that somebody else made; shown once.
#[derive(Clone)]
pub struct PasswordReset {
    /// The account.
    pub account: AdminUser,
    /// The password, when it was made here.
    pub password: Option<String>,
}

impl App {
    /// A page of accounts.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_accounts(
        &self,
        filter: &AdminFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<AdminUser>, AppError> {
        let mut view = self.db.view().await?;
        Ok(admin_users::list(view.conn(), filter, sort, page).await?)
    }

    /// Which of those user names cannot log in for now, and until when.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn locks_of(
        &self,
        names: impl Iterator<Item = &str>,
    ) -> Result<HashMap<String, Timestamp>, AppError> {
        let subjects: Vec<String> = names.map(|name| format!("name:{name}")).collect();
        let mut view = self.db.view().await?;
        let locks = login_attempts::locks(view.conn(), &subjects, self.now()).await?;
        let until = locks.into_iter().filter_map(|lock| {
            let name = lock.subject.strip_prefix("name:")?.to_owned();
            Some((name, lock.locked_until))
        });
        Ok(until.collect())
    }

    /// An account.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an account.
    pub async fn account(&self, id: i64) -> Result<AdminUser, AppError> {
        let mut view = self.db.view().await?;
        admin_users::find(view.conn(), id).await?.ok_or(NO_ACCOUNT)
    }

    /// Makes an account. Its password is to be changed at the first login.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when the name is taken, [`AppError::Denied`] when a role grants
    /// what the actor does not have.
    pub async fn create_account(
        &self,
        actor: &Actor,
        new: NewAccount,
    ) -> Result<PasswordReset, AppError> {
        let username = new.username.trim().to_lowercase();
        let made = new.password.is_none().then(password::random);
        if let Some(given) = &new.password {
            check_strength("password", &username, given)?;
        }
        let secret = new.password.or_else(|| made.clone()).unwrap_or_default();
        let password_hash = self.passwords.hash(secret).await?;
        let mut tx = self.db.begin().await?;
        let org = orgs::find(tx.conn(), new.org_id).await?;
        let org = org
            .filter(|org| actor.owns(&org.path))
            .ok_or(AppError::NotFound("organisation"))?;
        check_roles(&mut tx, actor, &org.path, &new.entry.role_ids).await?;
        let row = NewAdminUser {
            username,
            password_hash,
            entry: new.entry,
            org_id: org.id,
            org_path: org.path,
            is_super: false,
            must_change_password: true,
        };
        let id = match admin_users::insert(tx.conn(), &row, self.now()).await {
            Err(error) if error.violates(constraint::ADMIN_USERNAME) => {
                return Err(AppError::Conflict("user name exists"));
            }
            inserted => inserted?,
        };
        let account = admin_users::find(tx.conn(), id).await?.ok_or(NO_ACCOUNT)?;
        let after = Some(shown(&account));
        self.audit_in(
            &mut tx,
            actor,
            "system.admin.create",
            &object(id),
            None,
            after,
        )
        .await?;
        tx.commit().await?;
        Ok(PasswordReset {
            account,
            password: made,
        })
    }

    /// Replaces what is written about an account.
    ///
    /// # Errors
    /// [`AppError::Denied`] when it has, or would get, what the actor does not have.
    pub async fn change_account(
        &self,
        actor: &Actor,
        id: i64,
        entry: AdminEntry,
    ) -> Result<AdminUser, AppError> {
        let mut tx = self.db.begin().await?;
        let before = inferior(&mut tx, actor, id).await?;
        check_roles(&mut tx, actor, &before.org_path, &entry.role_ids).await?;
        admin_users::update(tx.conn(), id, &entry, self.now()).await?;
        let after = admin_users::find(tx.conn(), id).await?.ok_or(NO_ACCOUNT)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, "system.admin.edit", &object(id), old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Lets an account log in, or not. Its sessions end.
    ///
    /// # Errors
    /// [`AppError::Conflict`] for the actor's own account.
    pub async fn enable_account(
        &self,
        actor: &Actor,
        id: i64,
        enabled: bool,
    ) -> Result<AdminUser, AppError> {
        if actor.admin_id == Some(id) {
            return Err(AppError::Conflict("not possible with your own account"));
        }
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let known = inferior(&mut tx, actor, id).await?;
        admin_users::set_enabled(tx.conn(), id, enabled, now).await?;
        if !enabled {
            admin_sessions::end_all(tx.conn(), id, None, "disabled", now).await?;
        }
        let before = Some(json!({ "enabled": known.enabled }));
        let after = Some(json!({ "enabled": enabled }));
        let action = "system.admin.disable";
        self.audit_in(&mut tx, actor, action, &object(id), before, after)
            .await?;
        let row = admin_users::find(tx.conn(), id).await?.ok_or(NO_ACCOUNT)?;
        tx.commit().await?;
        Ok(row)
    }

    /// Gives an account a random password, which is to be changed at the next login, and takes
    /// its second factor away. Its sessions end.
    ///
    /// # Errors
    /// [`AppError::Denied`] when it has what the actor does not have.
    pub async fn reset_password(&self, actor: &Actor, id: i64) -> Result<PasswordReset, AppError> {
        let made = password::random();
        let hash = self.passwords.hash(made.clone()).await?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let account = inferior(&mut tx, actor, id).await?;
        admin_users::set_password(tx.conn(), id, &hash, true, now).await?;
        admin_users::set_totp(tx.conn(), id, None, now).await?;
        admin_sessions::end_all(tx.conn(), id, None, "password", now).await?;
        login_attempts::clear(tx.conn(), &format!("name:{}", account.username)).await?;
        let action = "system.admin.reset_password";
        let said = |second_factor: bool, must_change: bool| {
            Some(json!({"second_factor": second_factor, "must_change_password": must_change}))
        };
        let before = said(account.totp_secret.is_some(), account.must_change_password);
        let after = said(false, true);
        self.audit_in(&mut tx, actor, action, &object(id), before, after)
            .await?;
        tx.commit().await?;
        Ok(PasswordReset {
            account,
            password: Some(made),
        })
    }

    /// Forgets the failed logins of an account.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an account.
    pub async fn unlock_account(&self, actor: &Actor, id: i64) -> Result<AdminUser, AppError> {
        let mut tx = self.db.begin().await?;
        let account = inferior(&mut tx, actor, id).await?;
        let name = format!("name:{}", account.username);
        let known = login_attempts::find(tx.conn(), &name).await?;
        login_attempts::clear(tx.conn(), &name).await?;
        let locked = known.wait(self.now()).is_some();
        let before = Some(json!({"failures": known.failures, "locked": locked}));
        let after = Some(json!({"failures": 0, "locked": false}));
        let action = "system.admin.unlock";
        self.audit_in(&mut tx, actor, action, &object(id), before, after)
            .await?;
        tx.commit().await?;
        Ok(account)
    }

    /// A page of an account's sessions, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_sessions(
        &self,
        id: i64,
        page: PageRequest,
    ) -> Result<Page<AdminSession>, AppError> {
        let mut view = self.db.view().await?;
        Ok(admin_sessions::list(view.conn(), id, page).await?)
    }

    /// Ends a session of an account, or all of them; how many ended.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when that session is not one of that account.
    pub async fn kick(
        &self,
        actor: &Actor,
        id: i64,
        session: Option<i64>,
    ) -> Result<u64, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        inferior(&mut tx, actor, id).await?;
        let ended = match session {
            None => admin_sessions::end_all(tx.conn(), id, None, "kicked", now).await?,
            Some(session) => {
                let row = admin_sessions::find(tx.conn(), session).await?;
                row.filter(|row| row.admin_id == id)
                    .ok_or(AppError::NotFound("session"))?;
                u64::from(admin_sessions::end(tx.conn(), session, "kicked", now).await?)
            }
        };
        // What was there: that session, or all that were open.
        let before = Some(json!({"session_id": session, "open": ended}));
        let after = Some(json!({ "ended": ended }));
        let action = "system.admin.kick";
        self.audit_in(&mut tx, actor, action, &object(id), before, after)
            .await?;
        tx.commit().await?;
        Ok(ended)
    }
}

/// An account that has nothing the actor does not have: otherwise who may reset passwords could
/// become anybody.
pub(super) async fn inferior(tx: &mut Tx, actor: &Actor, id: i64) -> Result<AdminUser, AppError> {
    let row = admin_users::find(tx.conn(), id).await?;
    let row = row
        .filter(|row| actor.owns(&row.org_path))
        .ok_or(NO_ACCOUNT)?;
    if row.is_super && !actor.is_super {
        return Err(AppError::Denied("super".to_owned()));
    }
    let granted = actor_of(tx.conn(), row.clone(), None).await?;
    if let Some(other) = granted
        && let Some(leaf) = actor.lacks(other.granted.iter())
    {
        return Err(AppError::Denied(leaf.to_owned()));
    }
    Ok(row)
}

/// Roles that the actor sees, that belong to the account's organisation or one above, and that
/// grant nothing the actor does not have.
async fn check_roles(
    tx: &mut Tx,
    actor: &Actor,
    org_path: &str,
    ids: &[i64],
) -> Result<(), AppError> {
    for id in ids {
        let role = roles::find(tx.conn(), *id).await?;
        let role = role
            .filter(|role| actor.owns(&role.org_path) && org_path.starts_with(&role.org_path))
            .ok_or_else(|| AppError::Invalid {
                field: "role_ids".to_owned(),
                problem: format!("{id} is no role of this organisation"),
            })?;
        if let Some(leaf) = actor.lacks(&role.tree.checked_keys()) {
            return Err(AppError::Denied(leaf.to_owned()));
        }
    }
    Ok(())
}

fn object(id: i64) -> String {
    format!("admin:{id}")
}

fn shown(row: &AdminUser) -> Value {
    json!({
        "username": row.username,
        "real_name": row.real_name,
        "phone": row.phone,
        "org_id": row.org_id,
        "role_ids": row.role_ids,
        "enabled": row.enabled,
    })
}
