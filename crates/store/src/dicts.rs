//! `dict_types` and `dict_entries`: lists of words that operators keep (字典).

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::Timestamp;

row! {
    /// A row of `dict_types`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DictType {
        /// Its code, unique.
        pub code: String,
        /// Its name.
        pub name: String,
        /// Free text.
        pub remark: Option<String>,
        /// Who wrote it last.
        pub updated_by: String,
        /// When.
        pub updated_at: Timestamp,
    }
}

row! {
    /// A row of `dict_entries`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DictEntry {
        /// Its row.
        pub id: i64,
        /// The dictionary.
        pub type_code: String,
        /// What programs use, unique within the dictionary.
        pub value: String,
        /// What people read.
        pub label: String,
        /// Smaller ones come first.
        pub sort: i32,
        /// Whether it is offered.
        pub enabled: bool,
        /// Free text.
        pub remark: Option<String>,
        /// Who wrote it last.
        pub updated_by: String,
        /// When.
        pub updated_at: Timestamp,
    }
}

/// What an operator writes about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryDraft {
    /// What programs use.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Smaller ones come first.
    pub sort: i32,
    /// Whether it is offered.
    pub enabled: bool,
    /// Free text.
    pub remark: Option<String>,
}

/// The dictionary of that code.
pub async fn find_type(conn: Conn<'_>, code: &str) -> Result<Option<DictType>> {
    conn.optional(
        "select code, name, remark, updated_by, updated_at from dict_types where code = $1",
        args![code],
    )
    .await
}

/// A page of dictionaries, by code.
pub async fn list_types(conn: Conn<'_>, page: PageRequest) -> Result<Page<DictType>> {
    Listing::of("code, name, remark, updated_by, updated_at", "dict_types")
        .page(conn, "code", page)
        .await
}

/// Adds a dictionary. False when there is one of that code.
pub async fn insert_type(
    conn: Conn<'_>,
    (code, name, remark): (&str, &str, Option<&str>),
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let added = conn
        .execute(
            "insert into dict_types (code, name, remark, updated_by, updated_at) \
             values ($1, $2, $3, $4, $5) on conflict (code) do nothing",
            args![code, name, remark, by, now],
        )
        .await?;
    Ok(added == 1)
}

/// Replaces what is written about a dictionary.
pub async fn update_type(
    conn: Conn<'_>,
    (code, name, remark): (&str, &str, Option<&str>),
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update dict_types set name = $2, remark = $3, updated_by = $4, updated_at = $5 \
             where code = $1",
            args![code, name, remark, by, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes a dictionary away, with its entries.
pub async fn remove_type(mut conn: Conn<'_>, code: &str) -> Result<bool> {
    conn.again()
        .execute("delete from dict_entries where type_code = $1", args![code])
        .await?;
    let gone = conn
        .execute("delete from dict_types where code = $1", args![code])
        .await?;
    Ok(gone == 1)
}

/// All entries of a dictionary in their order.
pub async fn entries(conn: Conn<'_>, code: &str) -> Result<Vec<DictEntry>> {
    conn.all(
        "select id, type_code, value, label, sort, enabled, remark, updated_by, updated_at \
         from dict_entries where type_code = $1 order by sort, id",
        args![code],
    )
    .await
}

/// One entry.
pub async fn find_entry(conn: Conn<'_>, id: i64) -> Result<Option<DictEntry>> {
    conn.optional(
        "select id, type_code, value, label, sort, enabled, remark, updated_by, updated_at \
         from dict_entries where id = $1",
        args![id],
    )
    .await
}

/// Adds an entry; its id. None when the dictionary has that value.
pub async fn insert_entry(
    conn: Conn<'_>,
    code: &str,
    draft: &EntryDraft,
    by: &str,
    now: Timestamp,
) -> Result<Option<i64>> {
    let found: Option<Scalar<i64>> = conn
        .optional(
            "insert into dict_entries (type_code, value, label, sort, enabled, remark, \
             updated_by, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
             on conflict (type_code, value) do nothing returning id as value",
            args![
                code,
                draft.value,
                draft.label,
                draft.sort,
                draft.enabled,
                draft.remark,
                by,
                now
            ],
        )
        .await?;
    Ok(found.map(|Scalar(id)| id))
}

/// Replaces an entry but for its value, which programs know.
pub async fn update_entry(
    conn: Conn<'_>,
    id: i64,
    draft: &EntryDraft,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update dict_entries set label = $2, sort = $3, enabled = $4, remark = $5, \
             updated_by = $6, updated_at = $7 where id = $1",
            args![
                id,
                draft.label,
                draft.sort,
                draft.enabled,
                draft.remark,
                by,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes an entry away.
pub async fn remove_entry(conn: Conn<'_>, id: i64) -> Result<bool> {
    let gone = conn
        .execute("delete from dict_entries where id = $1", args![id])
        .await?;
    Ok(gone == 1)
}
