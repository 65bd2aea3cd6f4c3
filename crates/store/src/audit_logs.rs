//! `audit_logs`: who did what to what. Rows are only ever added.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::Timestamp;
use serde_json::Value;

row! {
    /// A row of `audit_logs`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct AuditLine {
        /// Its id.
        pub id: i64,
        /// When.
        pub at: Timestamp,
        /// Which account.
        pub admin_id: Option<i64>,
        /// Its name, or that of a key.
        pub actor: String,
        /// Where it works.
        pub org_id: Option<i64>,
        /// From where.
        pub ip: Option<String>,
        /// What was done.
        pub action: String,
        /// To what.
        pub object: Option<String>,
        /// What it was before.
        pub before: Option<Value>,
        /// What it is after.
        pub after: Option<Value>,
    }
}

/// A new row.
#[derive(Clone, Debug)]
pub struct NewAuditLine {
    /// Which account.
    pub admin_id: Option<i64>,
    /// Its name, or that of a key.
    pub actor: String,
    /// Where it works.
    pub org_id: Option<i64>,
    /// That organisation's path.
    pub org_path: String,
    /// From where.
    pub ip: Option<String>,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: Option<String>,
    /// What it was before.
    pub before: Option<Value>,
    /// What it is after.
    pub after: Option<Value>,
}

/// Adds a row; its id.
pub async fn insert(conn: Conn<'_>, line: &NewAuditLine, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into audit_logs (at, admin_id, actor, org_id, org_path, ip, action, object, \
             before, after) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             returning id as value",
            args![
                now,
                line.admin_id,
                line.actor,
                line.org_id,
                line.org_path,
                line.ip,
                line.action,
                line.object,
                line.before,
                line.after
            ],
        )
        .await?;
    Ok(id)
}

/// Which rows a list shows.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this account only.
    pub admin_id: Option<i64>,
    /// Of this name only.
    pub actor: Option<String>,
    /// Of this action only.
    pub action: Option<String>,
    /// To this object only.
    pub object: Option<String>,
    /// From this address only.
    pub ip: Option<String>,
    /// At or after this instant only.
    pub from: Option<Timestamp>,
    /// Before this instant only.
    pub until: Option<Timestamp>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// A page of rows, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &AuditFilter,
    page: PageRequest,
) -> Result<Page<AuditLine>> {
    Listing::of(
        "id, at, admin_id, actor, org_id, ip, action, object, before, after",
        "audit_logs",
    )
    .within(OWNED, &filter.scope)
    .narrow("admin_id =", filter.admin_id.as_ref())
    .narrow("actor =", filter.actor.as_ref())
    .narrow("action =", filter.action.as_ref())
    .narrow("object =", filter.object.as_ref())
    .narrow("ip =", filter.ip.as_ref())
    .narrow("at >=", filter.from.as_ref())
    .narrow("at <", filter.until.as_ref())
    .page(conn, "id desc", page)
    .await
}

/// What was done to an order by hand since it was made, newest first: by the name of the object,
/// or by the path of the call.
pub async fn of_order(
    conn: Conn<'_>,
    order_no: &str,
    since: Timestamp,
    scope: &Scope,
    page: PageRequest,
) -> Result<Page<AuditLine>> {
    let number = order_no.to_owned();
    Listing::of(
        "id, at, admin_id, actor, org_id, ip, action, object, before, after",
        "audit_logs",
    )
    .within(OWNED, scope)
    .narrow("at >=", Some(&since))
    .narrow_by(
        "(object = 'order:' || {value} or object like '%/orders/' || {value} \
         or object like '%/orders/' || {value} || '/%')",
        Some(&number),
    )
    .page(conn, "id desc", page)
    .await
}

/// Forgets what lies further back; how many.
pub async fn purge(conn: Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.execute("delete from audit_logs where at < $1", args![before])
        .await
}
