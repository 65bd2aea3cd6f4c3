//! `orgs`: the tree of organisations.

use crate::db::{Batch, Cell, Columns, FromRow, Kind, Scalar, args, text_column};
use crate::paging::{Listing, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::org::{OperationMode, OrgType, Scope};
use kernel::{OrgId, Timestamp};
use serde_json::Value;

text_column!(OrgType OperationMode);

/// A row of `orgs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Org {
    /// Its id.
    pub id: i64,
    /// What it stands under.
    pub parent_id: Option<i64>,
    /// What it is.
    pub kind: OrgType,
    /// Ids from the root down to it.
    pub path: String,
    /// How deep, for agents.
    pub level: Option<i16>,
    /// `active` or `disabled`.
    pub state: String,
    /// What an operator wrote about it.
    pub entry: OrgEntry,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What an operator writes about an organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct OrgEntry {
    /// Its name.
    pub name: String,
    /// Whom to ask for.
    pub contact: Option<String>,
    /// That person's telephone.
    pub phone: Option<String>,
    /// Six digits of the administrative division.
    pub area_code: Option<String>,
    /// Number of its licence.
    pub licence: Option<String>,
    /// Where its withdrawals go.
    pub settlement: Value,
    /// Free text.
    pub remark: Option<String>,
}

macro_rules! columns {
    () => {
        "id, parent_id, type, path, name, level, state, contact, phone, area_code, licence, \
         settlement, remark, created_at, updated_at"
    };
}

impl FromRow for Org {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            parent_id: row.get("parent_id")?,
            kind: row.get("type")?,
            path: row.get("path")?,
            level: row.get("level")?,
            state: row.get("state")?,
            entry: OrgEntry {
                name: row.get("name")?,
                contact: row.get("contact")?,
                phone: row.get("phone")?,
                area_code: row.get("area_code")?,
                licence: row.get("licence")?,
                settlement: row.get("settlement")?,
                remark: row.get("remark")?,
            },
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// The organisation of that id.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Org>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from orgs where id = $1 and deleted_at is null"
        ),
        args![id],
    )
    .await
}

/// Adds an organisation under another; its id.
pub async fn insert(
    mut conn: Conn<'_>,
    kind: OrgType,
    level: Option<i16>,
    parent: &Org,
    entry: &OrgEntry,
    now: Timestamp,
) -> Result<i64> {
    // The path has the id in it, which the row must have first.
    let Scalar(id) = conn
        .again()
        .one(
            "insert into orgs (parent_id, type, path, level, name, contact, phone, area_code, \
             licence, settlement, remark, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) \
             returning id as value",
            args![
                parent.id,
                kind,
                format!("{}new", parent.path),
                level,
                entry.name,
                entry.contact,
                entry.phone,
                entry.area_code,
                entry.licence,
                entry.settlement,
                entry.remark,
                now
            ],
        )
        .await?;
    conn.execute(
        "update orgs set path = $2 where id = $1",
        args![id, domain::org::path_of(&parent.path, id)],
    )
    .await?;
    Ok(id)
}

/// Writes everything about an organisation but its place. False when there is none.
pub async fn update(
    conn: Conn<'_>,
    id: i64,
    state: &str,
    entry: &OrgEntry,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update orgs set state = $2, name = $3, contact = $4, phone = $5, area_code = $6, \
             licence = $7, settlement = $8, remark = $9, updated_at = $10 \
             where id = $1 and deleted_at is null",
            args![
                id,
                state,
                entry.name,
                entry.contact,
                entry.phone,
                entry.area_code,
                entry.licence,
                entry.settlement,
                entry.remark,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Which of these are agents.
pub async fn agents_among(conn: Conn<'_>, ids: &[OrgId]) -> Result<Vec<OrgId>> {
    static AGENTS: Batch<1> = Batch::new(
        "select id as value from orgs where type = 'agent' and id in (select id from {rows})",
        [("id", Kind::Int)],
    );
    let rows: Vec<[Cell<'_>; 1]> = ids.iter().map(|id| [Cell::Int(id.0)]).collect();
    let found: Vec<Scalar<i64>> = AGENTS.all(conn, &rows).await?;
    Ok(found.into_iter().map(|Scalar(id)| OrgId(id)).collect())
}

/// Whether an organisation and all above it are active.
pub async fn is_active(conn: Conn<'_>, path: &str) -> Result<bool> {
    let Scalar::<i64>(off) = conn
        .one(
            "select count(*) as value from orgs where state <> 'active' \
             and substr($1, 1, length(path)) = path",
            args![path],
        )
        .await?;
    Ok(off == 0)
}

/// Which organisations a list shows.
#[derive(Clone, Debug, Default)]
pub struct OrgFilter {
    /// This one only.
    pub id: Option<i64>,
    /// Of this type only.
    pub kind: Option<OrgType>,
    /// In this state only.
    pub state: Option<String>,
    /// Directly under this one only.
    pub parent_id: Option<i64>,
    /// In this area only.
    pub area_code: Option<String>,
    /// With this name only.
    pub name: Option<String>,
    /// With this telephone only.
    pub phone: Option<String>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// The orders of the list.
pub const SORT: Sort = Sort(&[
    ("path", "path"),
    ("-created_at", "id desc"),
    ("created_at", "id"),
    ("name", "name, id"),
    ("-name", "name desc, id desc"),
]);

/// A page of organisations.
pub async fn list(
    conn: Conn<'_>,
    filter: &OrgFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<Org>> {
    Listing::of(columns!(), "orgs")
        .only("deleted_at is null", true)
        .within("path like {path}", &filter.scope)
        .narrow("id =", filter.id.as_ref())
        .narrow("type =", filter.kind.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("parent_id =", filter.parent_id.as_ref())
        .narrow("area_code =", filter.area_code.as_ref())
        .containing("name", filter.name.as_deref())
        .narrow("phone =", filter.phone.as_ref())
        .page(conn, SORT.clause(sort).unwrap_or("path"), page)
        .await
}
