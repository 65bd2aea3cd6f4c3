use super::{Actor, password};
use crate::{App, AppError};
use domain::permission::{VERSION, default_tree};
use kernel::Timestamp;
use serde_json::json;
use store::admin_users::{self, AdminEntry, NewAdminUser};
use store::audit_logs::{self, NewAuditLine};
use store::roles::{self, RoleEntry};
use store::{Db, StoreError, admin_sessions, constraint, login_attempts};
use tracing::{info, warn};

/// The name of the first super administrator.
pub const SUPER_USERNAME: &str = "admin";

impl App {
    /// Prepares the console at the start of the program: stored roles follow the permission tree
    /// of this version, and without a super administrator there will be one.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn open_console(&self, configured: Option<&str>) -> Result<(), AppError> {
        self.upgrade_roles().await?;
        self.ensure_super(configured).await
    }

    /// Brings all roles to this version's tree. New leaves are not granted to anybody.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn upgrade_roles(&self) -> Result<usize, AppError> {
        let actor = Actor::trusted("system");
        let mut tx = self.db.begin().await?;
        let old = roles::older_than(tx.conn(), VERSION).await?;
        let upgraded = old.len();
        for role in old {
            let (from, added) = (role.tree.version, default_tree().new_leaves(&role.tree));
            let entry = RoleEntry {
                code: role.code,
                name: role.name,
                tree: default_tree().merged(&role.tree),
                data_scope: role.data_scope,
                remark: role.remark,
            };
            roles::update(tx.conn(), role.id, &entry, self.now()).await?;
            let text = format!("permission tree upgraded {from}→{VERSION}: {added} new");
            let object = format!("role:{}", role.id);
            self.audit_in(&mut tx, &actor, &text, &object, None, None)
                .await?;
            info!(role = role.id, "{text}");
        }
        tx.commit().await?;
        Ok(upgraded)
    }

    async fn ensure_super(&self, configured: Option<&str>) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        if admin_users::has_super(view.conn()).await? {
            return Ok(());
        }
        drop(view);
        let made = configured.map_or_else(password::random, str::to_owned);
        let hash = self.passwords.hash(made.clone()).await?;
        let mut tx = self.db.begin().await?;
        match create(&mut tx, &hash, self.now()).await {
            // Another node that starts at the same time was faster.
            Err(error) if error.violates(constraint::ADMIN_USERNAME) => {
                return Ok(tx.rollback().await?);
            }
            created => created?,
        }
        tx.commit().await?;
        if configured.is_some() {
            warn!(
                username = SUPER_USERNAME,
                "super administrator created with the configured password; it is to be changed \
                 at the first login"
            );
        } else {
            // The only time that it is seen anywhere.
            warn!(
                username = SUPER_USERNAME,
                password = made,
                "super administrator created; the password is to be changed at the first login"
            );
        }
        Ok(())
    }
}

async fn create(tx: &mut store::Tx, hash: &str, now: Timestamp) -> Result<(), StoreError> {
    let new = NewAdminUser {
        username: SUPER_USERNAME.to_owned(),
        password_hash: hash.to_owned(),
        entry: AdminEntry::default(),
        org_id: 1,
        org_path: domain::org::PLATFORM_PATH.to_owned(),
        is_super: true,
        must_change_password: true,
    };
    admin_users::insert(tx.conn(), &new, now).await?;
    Ok(())
}

/// Gives the super administrator `admin` a random password, for somebody who has the machine but
/// not the password: without an [`App`], for the command line. The account is made if it is
/// missing, and unlocked; its sessions and its second factor are gone.
///
/// # Errors
/// When the database is away.
pub async fn reset_super_password(db: &Db, now: Timestamp) -> Result<String, AppError> {
    let made = password::random();
    let hash = password::hash(&made)?;
    let mut tx = db.begin().await?;
    match admin_users::find_by_name(tx.conn(), SUPER_USERNAME).await? {
        None => create(&mut tx, &hash, now).await?,
        Some(row) => {
            admin_users::set_password(tx.conn(), row.id, &hash, true, now).await?;
            admin_users::set_totp(tx.conn(), row.id, None, now).await?;
            admin_users::set_enabled(tx.conn(), row.id, true, now).await?;
            admin_users::make_super(tx.conn(), row.id, now).await?;
            admin_sessions::end_all(tx.conn(), row.id, None, "password", now).await?;
        }
    }
    login_attempts::clear(tx.conn(), &format!("name:{SUPER_USERNAME}")).await?;
    let line = NewAuditLine {
        admin_id: None,
        actor: "command line".to_owned(),
        org_id: Some(1),
        org_path: domain::org::PLATFORM_PATH.to_owned(),
        ip: None,
        action: "system.admin.reset_password".to_owned(),
        object: Some(format!("admin:{SUPER_USERNAME}")),
        before: None,
        after: Some(json!({ "by": "command line" })),
    };
    audit_logs::insert(tx.conn(), &line, now).await?;
    tx.commit().await?;
    Ok(made)
}
