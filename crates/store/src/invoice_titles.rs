//! `invoice_titles`: to whom members have their invoices made out.

use crate::db::{Columns, FromRow, Scalar, args, text_column};
use crate::{Conn, Result};
use domain::invoice::{BuyerKind, InvoiceKind, InvoiceTitle};
use kernel::{MemberId, Timestamp};

text_column!(InvoiceKind BuyerKind);

/// A row of `invoice_titles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedTitle {
    /// Its id.
    pub id: i64,
    /// What is printed.
    pub title: InvoiceTitle,
    /// Whether it is taken when none is named.
    pub is_default: bool,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Reads the columns that titles and invoices have alike.
pub(crate) fn title_of(row: &impl Columns) -> sqlx::Result<InvoiceTitle> {
    Ok(InvoiceTitle {
        kind: row.get("kind")?,
        buyer_kind: row.get("buyer_kind")?,
        title: row.get("title")?,
        tax_no: row.get("tax_no")?,
        address_phone: row.get("address_phone")?,
        bank_account: row.get("bank_account")?,
        email: row.get("email")?,
        mobile: row.get("mobile")?,
    })
}

impl FromRow for SavedTitle {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            title: title_of(row)?,
            is_default: row.get("is_default")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, kind, buyer_kind, title, tax_no, address_phone, bank_account, email, mobile, \
         is_default, updated_at"
    };
}

/// Adds a title; its id.
pub async fn insert(
    conn: Conn<'_>,
    member: MemberId,
    title: &InvoiceTitle,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into invoice_titles (member_id, kind, buyer_kind, title, tax_no, \
             address_phone, bank_account, email, mobile, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning id as value",
            args![
                member.0,
                title.kind,
                title.buyer_kind,
                title.title,
                title.tax_no,
                title.address_phone,
                title.bank_account,
                title.email,
                title.mobile,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Replaces what a title says. False when the member has none of that id.
pub async fn update(
    conn: Conn<'_>,
    member: MemberId,
    id: i64,
    title: &InvoiceTitle,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update invoice_titles set kind = $3, buyer_kind = $4, title = $5, tax_no = $6, \
             address_phone = $7, bank_account = $8, email = $9, mobile = $10, updated_at = $11 \
             where id = $1 and member_id = $2",
            args![
                id,
                member.0,
                title.kind,
                title.buyer_kind,
                title.title,
                title.tax_no,
                title.address_phone,
                title.bank_account,
                title.email,
                title.mobile,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Makes a title the one that is taken when none is named. False when the member has none of
/// that id.
pub async fn make_default(mut conn: Conn<'_>, member: MemberId, id: i64) -> Result<bool> {
    conn.again()
        .execute(
            "update invoice_titles set is_default = $3 \
             where member_id = $1 and is_default and id <> $2",
            args![member.0, id, false],
        )
        .await?;
    let changed = conn
        .execute(
            "update invoice_titles set is_default = $3 where member_id = $1 and id = $2",
            args![member.0, id, true],
        )
        .await?;
    Ok(changed == 1)
}

/// Removes a title. False when the member has none of that id.
pub async fn remove(conn: Conn<'_>, member: MemberId, id: i64) -> Result<bool> {
    let changed = conn
        .execute(
            "delete from invoice_titles where id = $1 and member_id = $2",
            args![id, member.0],
        )
        .await?;
    Ok(changed == 1)
}

/// A member's title.
pub async fn find(conn: Conn<'_>, member: MemberId, id: i64) -> Result<Option<SavedTitle>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from invoice_titles where id = $1 and member_id = $2"
        ),
        args![id, member.0],
    )
    .await
}

/// The title that is taken when none is named.
pub async fn default_of(conn: Conn<'_>, member: MemberId) -> Result<Option<SavedTitle>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from invoice_titles where member_id = $1 and is_default"
        ),
        args![member.0],
    )
    .await
}

/// A member's titles, the default first, then by age; at most as many as there may be.
pub async fn list(conn: Conn<'_>, member: MemberId, limit: u32) -> Result<Vec<SavedTitle>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from invoice_titles where member_id = $1 order by is_default desc, id limit $2"
        ),
        args![member.0, limit],
    )
    .await
}
