//! `roles`: what those who have them may do and see.

use crate::db::{Columns, FromRow, Scalar, args, from_json, row};
use crate::paging::{Listing, OWNED, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::data_scope::DataScope;
use domain::org::Scope;
use domain::permission::Tree;
use kernel::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A row of `roles`.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub org_id: i64,
    /// That organisation's path.
    pub org_path: String,
    /// Short name, unique within the organisation.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Both trees.
    pub tree: Tree,
    /// Areas and stations that it is limited to.
    pub data_scope: Value,
    /// Free text.
    pub remark: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A role as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleLine {
    /// The role.
    pub role: Role,
    /// The accounts that have it.
    pub members: i64,
}

impl FromRow for RoleLine {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            role: Role::from_row(row)?,
            members: row.get("members")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, org_id, org_path, code, name, permission_tree, tree_version, data_scope, remark, \
         created_at, updated_at"
    };
}

impl FromRow for Role {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let tree = from_json::<Tree>(row, "permission_tree")?;
        let version = row.get("tree_version")?;
        let nothing = Tree {
            version,
            access: Vec::new(),
            dataset: Vec::new(),
        };
        Ok(Self {
            id: row.get("id")?,
            org_id: row.get("org_id")?,
            org_path: row.get("org_path")?,
            code: row.get("code")?,
            name: row.get("name")?,
            tree: Tree {
                version,
                ..tree.unwrap_or(nothing).normalized()
            },
            data_scope: row.get("data_scope")?,
            remark: row.get("remark")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// What is written about a role.
#[derive(Clone, Debug)]
pub struct RoleEntry {
    /// Short name, unique within the organisation.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Both trees.
    pub tree: Tree,
    /// Areas and stations that it is limited to.
    pub data_scope: Value,
    /// Free text.
    pub remark: Option<String>,
}

/// The role of that id.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Role>> {
    conn.optional(
        concat!("select ", columns!(), " from roles where id = $1"),
        args![id],
    )
    .await
}

/// Adds a role; its id.
///
/// # Errors
/// [`crate::constraint::ROLE_CODE`] is violated when the organisation has that code already.
pub async fn insert(
    conn: Conn<'_>,
    org_id: i64,
    org_path: &str,
    entry: &RoleEntry,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into roles (org_id, org_path, code, name, permission_tree, granted, \
             tree_version, data_scope, remark, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning id as value",
            args![
                org_id,
                org_path,
                entry.code,
                entry.name,
                json!(entry.tree),
                json!(entry.tree.checked_keys()),
                entry.tree.version,
                entry.data_scope,
                entry.remark,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Replaces what is written about a role. False when there is none.
///
/// # Errors
/// [`crate::constraint::ROLE_CODE`] is violated when the organisation has that code already.
pub async fn update(conn: Conn<'_>, id: i64, entry: &RoleEntry, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update roles set code = $2, name = $3, permission_tree = $4, granted = $5, \
             tree_version = $6, data_scope = $7, remark = $8, updated_at = $9 where id = $1",
            args![
                id,
                entry.code,
                entry.name,
                json!(entry.tree),
                json!(entry.tree.checked_keys()),
                entry.tree.version,
                entry.data_scope,
                entry.remark,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes a role away. False when there is none.
pub async fn remove(conn: Conn<'_>, id: i64) -> Result<bool> {
    let changed = conn
        .execute("delete from roles where id = $1", args![id])
        .await?;
    Ok(changed == 1)
}

/// What several roles give together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The leaves that any of them grants.
    pub granted: BTreeSet<String>,
    /// The places that they are limited to.
    pub limit: Option<DataScope>,
}

row! {
    struct Given {
        pub granted: Value,
        pub data_scope: Value,
    }
}

/// What those roles give together.
pub async fn held(mut conn: Conn<'_>, ids: &[i64]) -> Result<Held> {
    let (mut granted, mut limits) = (BTreeSet::new(), Vec::new());
    for id in ids {
        let found: Option<Given> = conn
            .again()
            .optional(
                "select granted, data_scope from roles where id = $1",
                args![*id],
            )
            .await?;
        let Some(found) = found else { continue };
        let leaves = found.granted.as_array().into_iter().flatten();
        granted.extend(leaves.filter_map(|leaf| leaf.as_str().map(str::to_owned)));
        limits.push(DataScope::stored(&found.data_scope));
    }
    Ok(Held {
        granted,
        limit: DataScope::union(limits),
    })
}

/// Roles whose tree is older than a version.
pub async fn older_than(conn: Conn<'_>, version: i32) -> Result<Vec<Role>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from roles where tree_version < $1 order by id"
        ),
        args![version],
    )
    .await
}

/// Which roles a list shows.
#[derive(Clone, Debug, Default)]
pub struct RoleFilter {
    /// Of this organisation only.
    pub org_id: Option<i64>,
    /// With this name only.
    pub name: Option<String>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// The orders of the list.
pub const SORT: Sort = Sort(&[
    ("-created_at", "id desc"),
    ("created_at", "id"),
    ("name", "name, id"),
    ("-name", "name desc, id desc"),
    ("-updated_at", "updated_at desc, id desc"),
]);

/// A page of roles.
pub async fn list(
    conn: Conn<'_>,
    filter: &RoleFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<RoleLine>> {
    let columns = conn.choose(
        concat!(
            columns!(),
            ", (select count(*) from admin_users u, json_each(u.role_ids) r \
             where r.value = roles.id and u.deleted_at is null) as members"
        ),
        concat!(
            columns!(),
            ", (select count(*) from admin_users u where u.role_ids @> to_jsonb(roles.id) \
             and u.deleted_at is null) as members"
        ),
    );
    Listing::of(columns, "roles")
        .within(OWNED, &filter.scope)
        .narrow("org_id =", filter.org_id.as_ref())
        .containing("name", filter.name.as_deref())
        .page(conn, SORT.clause(sort).unwrap_or("id desc"), page)
        .await
}
