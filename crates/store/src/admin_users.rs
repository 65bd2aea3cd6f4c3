//! `admin_users`: the accounts of the console.

use crate::db::{Columns, FromRow, Scalar, args, from_json};
use crate::paging::{Listing, OWNED, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::Timestamp;
use serde_json::json;

/// A row of `admin_users`.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminUser {
    /// Its id.
    pub id: i64,
    /// What it logs in with.
    pub username: String,
    /// argon2 in PHC form.
    pub password_hash: String,
    /// Who it is.
    pub real_name: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Where it works.
    pub org_id: i64,
    /// That organisation's path.
    pub org_path: String,
    /// Its roles.
    pub role_ids: Vec<i64>,
    /// Has every permission without a role.
    pub is_super: bool,
    /// Whether it may log in.
    pub enabled: bool,
    /// Secret of the second factor.
    pub totp_secret: Option<String>,
    /// The last period of the second factor that was used.
    pub totp_step: Option<i64>,
    /// Nothing but a new password is accepted.
    pub must_change_password: bool,
    /// Last login.
    pub last_login_at: Option<Timestamp>,
    /// Where from.
    pub last_login_ip: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for AdminUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdminUser")
            .field("id", &self.id)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

macro_rules! columns {
    () => {
        "id, username, password_hash, real_name, phone, org_id, org_path, role_ids, is_super, \
         state, totp_secret, totp_step, must_change_password, last_login_at, last_login_ip, \
         created_at, updated_at"
    };
}

impl FromRow for AdminUser {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let state: i16 = row.get("state")?;
        Ok(Self {
            id: row.get("id")?,
            username: row.get("username")?,
            password_hash: row.get("password_hash")?,
            real_name: row.get("real_name")?,
            phone: row.get("phone")?,
            org_id: row.get("org_id")?,
            org_path: row.get("org_path")?,
            role_ids: from_json(row, "role_ids")?.unwrap_or_default(),
            is_super: row.get("is_super")?,
            enabled: state == 1,
            totp_secret: row.get("totp_secret")?,
            totp_step: row.get("totp_step")?,
            must_change_password: row.get("must_change_password")?,
            last_login_at: row.get("last_login_at")?,
            last_login_ip: row.get("last_login_ip")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// A new account.
#[derive(Clone)]
pub struct NewAdminUser {
    /// What it logs in with.
    pub username: String,
    /// argon2 in PHC form.
    pub password_hash: String,
    /// What an operator wrote about it.
    pub entry: AdminEntry,
    /// Where it works.
    pub org_id: i64,
    /// That organisation's path.
    pub org_path: String,
    /// Has every permission without a role.
    pub is_super: bool,
    /// Nothing but a new password is accepted at first.
    pub must_change_password: bool,
}

/// What an operator writes about an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdminEntry {
    /// Who it is.
    pub real_name: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Its roles.
    pub role_ids: Vec<i64>,
}

/// The account of that id.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<AdminUser>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from admin_users where id = $1 and deleted_at is null"
        ),
        args![id],
    )
    .await
}

/// The account of that user name.
pub async fn find_by_name(conn: Conn<'_>, username: &str) -> Result<Option<AdminUser>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from admin_users where username = $1 and deleted_at is null"
        ),
        args![username],
    )
    .await
}

/// Whether there is a super administrator.
pub async fn has_super(conn: Conn<'_>) -> Result<bool> {
    let Scalar::<i64>(count) = conn
        .one(
            "select count(*) as value from admin_users where is_super and deleted_at is null",
            &[],
        )
        .await?;
    Ok(count > 0)
}

/// Adds an account; its id.
///
/// # Errors
/// [`crate::constraint::ADMIN_USERNAME`] is violated when the name is taken.
pub async fn insert(conn: Conn<'_>, new: &NewAdminUser, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into admin_users (username, password_hash, real_name, phone, org_id, \
             org_path, role_ids, is_super, must_change_password, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning id as value",
            args![
                new.username,
                new.password_hash,
                new.entry.real_name,
                new.entry.phone,
                new.org_id,
                new.org_path,
                json!(new.entry.role_ids),
                new.is_super,
                new.must_change_password,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Replaces what an operator wrote about an account.
pub async fn update(conn: Conn<'_>, id: i64, entry: &AdminEntry, now: Timestamp) -> Result<()> {
    conn.execute(
        "update admin_users set real_name = $2, phone = $3, role_ids = $4, updated_at = $5 \
         where id = $1",
        args![id, entry.real_name, entry.phone, json!(entry.role_ids), now],
    )
    .await?;
    Ok(())
}

/// Lets an account log in, or not.
pub async fn set_enabled(conn: Conn<'_>, id: i64, enabled: bool, now: Timestamp) -> Result<()> {
    conn.execute(
        "update admin_users set state = $2, updated_at = $3 where id = $1",
        args![id, i16::from(enabled), now],
    )
    .await?;
    Ok(())
}

/// Makes an account a super administrator.
pub async fn make_super(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<()> {
    conn.execute(
        "update admin_users set is_super = $3, updated_at = $2 where id = $1",
        args![id, now, true],
    )
    .await?;
    Ok(())
}

/// Gives an account another password.
pub async fn set_password(
    conn: Conn<'_>,
    id: i64,
    hash: &str,
    must_change: bool,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "update admin_users set password_hash = $2, must_change_password = $3, updated_at = $4 \
         where id = $1",
        args![id, hash, must_change, now],
    )
    .await?;
    Ok(())
}

/// Gives an account a second factor, or takes it away.
pub async fn set_totp(conn: Conn<'_>, id: i64, secret: Option<&str>, now: Timestamp) -> Result<()> {
    conn.execute(
        "update admin_users set totp_secret = $2, totp_step = null, updated_at = $3 \
         where id = $1",
        args![id, secret, now],
    )
    .await?;
    Ok(())
}

/// Uses a period of the second factor up. False when it, or a later one, has been used.
pub async fn use_totp_step(conn: Conn<'_>, id: i64, step: i64) -> Result<bool> {
    let changed = conn
        .execute(
            "update admin_users set totp_step = $2 where id = $1 \
             and (totp_step is null or totp_step < $2)",
            args![id, step],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes a login down.
pub async fn logged_in(conn: Conn<'_>, id: i64, ip: Option<&str>, now: Timestamp) -> Result<()> {
    conn.execute(
        "update admin_users set last_login_at = $2, last_login_ip = $3 where id = $1",
        args![id, now, ip],
    )
    .await?;
    Ok(())
}

/// The accounts that have a role.
pub async fn with_role(conn: Conn<'_>, role_id: i64) -> Result<i64> {
    let sql = conn.choose(
        "select count(*) as value from admin_users u, json_each(u.role_ids) r \
         where r.value = $1 and u.deleted_at is null",
        "select count(*) as value from admin_users u where u.role_ids @> to_jsonb($1::bigint) \
         and u.deleted_at is null",
    );
    let Scalar(count) = conn.one(sql, args![role_id]).await?;
    Ok(count)
}

/// Which accounts a list shows.
#[derive(Clone, Debug, Default)]
pub struct AdminFilter {
    /// Of this organisation only.
    pub org_id: Option<i64>,
    /// With this role only.
    pub role_id: Option<i64>,
    /// With this user name only.
    pub username: Option<String>,
    /// With this telephone only.
    pub phone: Option<String>,
    /// That may, or may not, log in.
    pub enabled: Option<bool>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// The orders of the list.
pub const SORT: Sort = Sort(&[
    ("-created_at", "id desc"),
    ("created_at", "id"),
    ("username", "username"),
    ("-username", "username desc"),
    ("-last_login_at", "last_login_at desc, id desc"),
]);

/// A page of accounts.
pub async fn list(
    conn: Conn<'_>,
    filter: &AdminFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<AdminUser>> {
    let with_role = conn.choose(
        "exists (select 1 from json_each(role_ids) r where r.value = {value})",
        "role_ids @> to_jsonb({value}::bigint)",
    );
    Listing::of(columns!(), "admin_users")
        .only("deleted_at is null", true)
        .within(OWNED, &filter.scope)
        .narrow("org_id =", filter.org_id.as_ref())
        .narrow_by(with_role, filter.role_id.as_ref())
        .narrow("username =", filter.username.as_ref())
        .narrow("phone =", filter.phone.as_ref())
        .only("state = 1", filter.enabled == Some(true))
        .only("state <> 1", filter.enabled == Some(false))
        .page(conn, SORT.clause(sort).unwrap_or("id desc"), page)
        .await
}
