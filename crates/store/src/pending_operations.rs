//! `pending_operations`: what one person proposed and another must confirm.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::Timestamp;
use serde_json::Value;

row! {
    /// A row of `pending_operations`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct PendingOperation {
        /// Its id.
        pub id: i64,
        /// What is to be done.
        pub kind: String,
        /// To what, and how.
        pub payload: Value,
        /// The same for people.
        pub summary: String,
        /// `pending`, `approved`, `rejected`, `expired`.
        pub state: String,
        /// Which account proposed it.
        pub requested_by: Option<i64>,
        /// Its name.
        pub requested_name: String,
        /// Path of its organisation.
        pub org_path: String,
        /// When.
        pub requested_at: Timestamp,
        /// Until when it can be confirmed.
        pub expires_at: Timestamp,
        /// Which account decided.
        pub decided_by: Option<i64>,
        /// Its name.
        pub decided_name: Option<String>,
        /// When.
        pub decided_at: Option<Timestamp>,
        /// Why.
        pub reason: Option<String>,
        /// What carrying it out gave.
        pub result: Option<Value>,
    }
}

macro_rules! columns {
    () => {
        "id, kind, payload, summary, state, requested_by, requested_name, org_path, \
         requested_at, expires_at, decided_by, decided_name, decided_at, reason, result"
    };
}

/// A new proposal.
#[derive(Clone, Debug)]
pub struct NewOperation {
    /// What is to be done.
    pub kind: String,
    /// To what, and how.
    pub payload: Value,
    /// The same for people.
    pub summary: String,
    /// Which account proposes it.
    pub requested_by: Option<i64>,
    /// Its name.
    pub requested_name: String,
    /// Path of its organisation.
    pub org_path: String,
    /// Until when it can be confirmed.
    pub expires_at: Timestamp,
}

/// Adds a proposal; its id.
pub async fn insert(conn: Conn<'_>, new: &NewOperation, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into pending_operations (kind, payload, summary, requested_by, \
             requested_name, org_path, requested_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) returning id as value",
            args![
                new.kind,
                new.payload,
                new.summary,
                new.requested_by,
                new.requested_name,
                new.org_path,
                now,
                new.expires_at
            ],
        )
        .await?;
    Ok(id)
}

/// The proposal of that id, held until the end of the transaction.
pub async fn lock(conn: Conn<'_>, id: i64) -> Result<Option<PendingOperation>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from pending_operations where id = $1"
        ),
        concat!(
            "select ",
            columns!(),
            " from pending_operations where id = $1 for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Who decided what about a proposal.
#[derive(Clone, Debug)]
pub struct Verdict<'a> {
    /// `approved`, `rejected` or `expired`.
    pub state: &'a str,
    /// Which account decided.
    pub by: Option<i64>,
    /// Its name.
    pub name: &'a str,
    /// Why.
    pub reason: Option<&'a str>,
    /// What carrying it out gave.
    pub result: Option<Value>,
}

/// Decides about a proposal that is still open. False when it is not.
pub async fn decide(
    conn: Conn<'_>,
    id: i64,
    verdict: &Verdict<'_>,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update pending_operations set state = $2, decided_by = $3, decided_name = $4, \
             reason = $5, result = $6, decided_at = $7 where id = $1 and state = 'pending'",
            args![
                id,
                verdict.state,
                verdict.by,
                verdict.name,
                verdict.reason,
                verdict.result,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Closes proposals that nobody decided in time; how many.
pub async fn expire(conn: Conn<'_>, now: Timestamp) -> Result<u64> {
    conn.execute(
        "update pending_operations set state = 'expired' \
         where state = 'pending' and expires_at <= $1",
        args![now],
    )
    .await
}

/// Which proposals a list shows.
#[derive(Clone, Debug, Default)]
pub struct OperationFilter {
    /// In this state only.
    pub state: Option<String>,
    /// Of this kind only.
    pub kind: Option<String>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// A page of proposals, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &OperationFilter,
    page: PageRequest,
) -> Result<Page<PendingOperation>> {
    Listing::of(columns!(), "pending_operations")
        .within(OWNED, &filter.scope)
        .narrow("state =", filter.state.as_ref())
        .narrow("kind =", filter.kind.as_ref())
        .page(conn, "id desc", page)
        .await
}
