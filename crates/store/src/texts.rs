//! `sms_templates` and `sms_log`: the texts of short messages, and what became of each.

use crate::db::{args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::Timestamp;

row! {
    /// A row of `sms_templates`: what an operator changed about a text.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SmsTemplate {
        /// Which text.
        pub code: String,
        /// What people read.
        pub text: String,
        /// The id under which the provider has it.
        pub provider_code: Option<String>,
        /// Whether it is sent.
        pub enabled: bool,
        /// Who changed it.
        pub updated_by: String,
        /// When.
        pub updated_at: Timestamp,
    }
}

row! {
    /// A row of `sms_log`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SmsLine {
        /// Its row.
        pub id: i64,
        /// To whom, masked.
        pub phone: String,
        /// Which text.
        pub template: String,
        /// `sent`, `failed`, `off`.
        pub result: String,
        /// Why it was not sent.
        pub detail: Option<String>,
        /// Who had it sent; none: the program.
        pub sent_by: Option<String>,
        /// When.
        pub at: Timestamp,
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug)]
pub struct NewSmsLine<'a> {
    /// To whom, masked.
    pub phone: &'a str,
    /// Which text.
    pub template: &'a str,
    /// `sent`, `failed`, `off`.
    pub result: &'a str,
    /// Why it was not sent.
    pub detail: Option<&'a str>,
    /// Who had it sent.
    pub sent_by: Option<&'a str>,
}

/// What was changed about a text; none when nothing was.
pub async fn find(conn: Conn<'_>, code: &str) -> Result<Option<SmsTemplate>> {
    conn.optional(
        "select code, text, provider_code, enabled, updated_by, updated_at from sms_templates \
         where code = $1",
        args![code],
    )
    .await
}

/// Everything that was changed.
pub async fn all(conn: Conn<'_>) -> Result<Vec<SmsTemplate>> {
    conn.all(
        "select code, text, provider_code, enabled, updated_by, updated_at from sms_templates \
         order by code",
        &[],
    )
    .await
}

/// Changes a text.
pub async fn put(conn: Conn<'_>, new: &SmsTemplate) -> Result<()> {
    conn.execute(
        "insert into sms_templates (code, text, provider_code, enabled, updated_by, updated_at) \
         values ($1, $2, $3, $4, $5, $6) on conflict (code) do update set \
         text = excluded.text, provider_code = excluded.provider_code, \
         enabled = excluded.enabled, updated_by = excluded.updated_by, \
         updated_at = excluded.updated_at",
        args![
            new.code,
            new.text,
            new.provider_code,
            new.enabled,
            new.updated_by,
            new.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// Writes down what became of a message.
pub async fn log(conn: Conn<'_>, line: &NewSmsLine<'_>, now: Timestamp) -> Result<()> {
    conn.execute(
        "insert into sms_log (phone, template, result, detail, sent_by, at) \
         values ($1, $2, $3, $4, $5, $6)",
        args![
            line.phone,
            line.template,
            line.result,
            line.detail,
            line.sent_by,
            now
        ],
    )
    .await?;
    Ok(())
}

/// A page of the log, newest first.
pub async fn lines(
    conn: Conn<'_>,
    template: Option<&String>,
    result: Option<&String>,
    page: PageRequest,
) -> Result<Page<SmsLine>> {
    Listing::of(
        "id, phone, template, result, detail, sent_by, at",
        "sms_log",
    )
    .narrow("template =", template)
    .narrow("result =", result)
    .page(conn, "id desc", page)
    .await
}

/// Forgets what is older.
pub async fn purge(conn: Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.execute("delete from sms_log where at < $1", args![before])
        .await
}
