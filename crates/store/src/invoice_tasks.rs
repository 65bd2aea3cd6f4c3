//! `invoice_tasks`: what is to be said to issuers and buyers, until it has been said.

use crate::db::{Columns, FromRow, Scalar, args, text_column};
use crate::{Conn, Result};
use domain::document_no::DocumentNo;
use kernel::Timestamp;
use std::time::Duration;

/// What is to be done about an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// The issuer gives it a number.
    Issue,
    /// The application for a red one is handed in and followed.
    Red,
    /// It is mailed to the buyer.
    Mail,
    /// The buyer gets a short message.
    Text,
}

impl TaskKind {
    const ALL: [Self; 4] = [Self::Issue, Self::Red, Self::Mail, Self::Text];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Red => "red",
            Self::Mail => "mail",
            Self::Text => "text",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

text_column!(TaskKind);

/// A row of `invoice_tasks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: i64,
    /// The invoice.
    pub req_no: DocumentNo,
    /// What is to be done.
    pub kind: TaskKind,
    /// How often it was begun, this time included. Also the claim: whoever comes back with an
    /// old count changes nothing.
    pub attempts: i32,
}

impl FromRow for Task {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            req_no: row.get("invoice_req_no")?,
            kind: row.get("kind")?,
            attempts: row.get("attempts")?,
        })
    }
}

/// Adds something to be done; begins it anew when it was waiting already.
pub async fn insert(
    conn: Conn<'_>,
    req_no: &DocumentNo,
    kind: TaskKind,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into invoice_tasks (invoice_req_no, kind, due_at, created_at) \
         values ($1, $2, $3, $3) on conflict (invoice_req_no, kind) do update set \
         attempts = 0, due_at = excluded.due_at, last_error = null",
        args![req_no, kind, now],
    )
    .await?;
    Ok(())
}

/// Whether something is due.
pub async fn is_due(conn: Conn<'_>, now: Timestamp) -> Result<bool> {
    let found: Option<Scalar<i64>> = conn
        .optional(
            "select id as value from invoice_tasks where due_at <= $1 limit 1",
            args![now],
        )
        .await?;
    Ok(found.is_some())
}

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "update invoice_tasks set attempts = attempts + 1, due_at = $2 where id in \
             (select id from invoice_tasks where due_at <= $1 order by due_at, id limit $3",
            $lock,
            ") returning id, invoice_req_no, kind, attempts"
        )
    };
}

/// Takes what is due, oldest first. Nobody else gets it before the lease is over.
pub async fn claim(
    conn: Conn<'_>,
    now: Timestamp,
    lease: Duration,
    limit: u32,
) -> Result<Vec<Task>> {
    let sql = conn.choose(claim!(""), claim!(" for update skip locked"));
    conn.all(sql, args![now, now + lease, limit]).await
}

/// Puts a claimed task off.
pub async fn postpone(
    conn: Conn<'_>,
    task: &Task,
    due: Timestamp,
    error: Option<&str>,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update invoice_tasks set due_at = $3, last_error = coalesce($4, last_error) \
             where id = $1 and attempts = $2",
            args![task.id, task.attempts, due, error],
        )
        .await?;
    Ok(changed == 1)
}

/// A claimed task is done, or given up. False when somebody else has it by now.
pub async fn finish(conn: Conn<'_>, task: &Task) -> Result<bool> {
    let changed = conn
        .execute(
            "delete from invoice_tasks where id = $1 and attempts = $2",
            args![task.id, task.attempts],
        )
        .await?;
    Ok(changed == 1)
}

/// Nothing of that kind is to be done about an invoice any more.
pub async fn drop_kind(conn: Conn<'_>, req_no: &DocumentNo, kind: TaskKind) -> Result<()> {
    conn.execute(
        "delete from invoice_tasks where invoice_req_no = $1 and kind = $2",
        args![req_no, kind],
    )
    .await?;
    Ok(())
}

/// Everything that is still to be done about an invoice, with what went wrong last.
pub async fn waiting(
    conn: Conn<'_>,
    req_no: &DocumentNo,
) -> Result<Vec<(TaskKind, Option<String>)>> {
    crate::db::row! {
        struct Waiting {
            pub kind: TaskKind,
            pub last_error: Option<String>,
        }
    }
    let rows: Vec<Waiting> = conn
        .all(
            "select kind, last_error from invoice_tasks where invoice_req_no = $1 order by id",
            args![req_no],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.kind, row.last_error))
        .collect())
}
