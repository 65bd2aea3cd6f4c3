//! Rules of one kind (e-bike plans, occupancy fees), their versions, and where they apply.

use crate::db::{Columns, FromRow, Scalar, args, from_json, parsed, row};
use crate::paging::{Listing, Page, PageRequest, Whose};
use crate::tariffs::{Binding, Scope};
use crate::{Conn, Result};
use domain::tariff::VersionState;
use kernel::{DeviceId, PortNo, Timestamp};
use serde_json::Value;

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// A plan of e-bike charges.
    Ebike,
    /// An occupancy fee.
    Occupancy,
}

impl RuleKind {
    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ebike => "ebike",
            Self::Occupancy => "occupancy",
        }
    }
}

row! {
    /// A row of `price_rules`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Rule {
        /// Its row.
        pub id: i64,
        /// Its name.
        pub name: String,
        /// Who made it.
        pub created_by: String,
        /// When.
        pub created_at: Timestamp,
        /// The number of its newest version.
        pub version: Option<i32>,
        /// What has become of that.
        pub state: Option<VersionState>,
        /// From when on that is in force.
        pub effective_at: Option<Timestamp>,
    }
}

/// With what is known of its newest version.
macro_rules! rule_columns {
    () => {
        "id, name, created_by, created_at, \
         (select v.version from price_rule_versions v where v.rule_id = price_rules.id \
         order by v.version desc limit 1) as version, \
         (select v.state from price_rule_versions v where v.rule_id = price_rules.id \
         order by v.version desc limit 1) as state, \
         (select v.effective_at from price_rule_versions v where v.rule_id = price_rules.id \
         order by v.version desc limit 1) as effective_at"
    };
}

/// A row of `price_rule_versions`.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleVersion {
    /// Its row.
    pub id: i64,
    /// The rule.
    pub rule_id: i64,
    /// 1 for the first.
    pub version: i32,
    /// Its state.
    pub state: VersionState,
    /// From when on it is in force.
    pub effective_at: Timestamp,
    /// Its parameters.
    pub terms: Value,
    /// Who wrote it.
    pub written_by: String,
    /// When it was last written.
    pub written_at: Timestamp,
    /// Who approved or rejected it.
    pub reviewed_by: Option<String>,
    /// When.
    pub reviewed_at: Option<Timestamp>,
    /// What they said.
    pub review_note: Option<String>,
}

macro_rules! version_columns {
    () => {
        "v.id, v.rule_id, v.version, v.state, v.effective_at, v.terms, v.written_by, \
         v.written_at, v.reviewed_by, v.reviewed_at, v.review_note"
    };
}

impl FromRow for RuleVersion {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            rule_id: row.get("rule_id")?,
            version: row.get("version")?,
            state: parsed(row, "state", VersionState::parse)?.unwrap_or(VersionState::Rejected),
            effective_at: row.get("effective_at")?,
            terms: from_json(row, "terms")?.unwrap_or_default(),
            written_by: row.get("written_by")?,
            written_at: row.get("written_at")?,
            reviewed_by: row.get("reviewed_by")?,
            reviewed_at: row.get("reviewed_at")?,
            review_note: row.get("review_note")?,
        })
    }
}

/// Adds a rule, still without parameters.
pub async fn insert(
    conn: Conn<'_>,
    kind: RuleKind,
    name: &str,
    by: &str,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into price_rules (kind, name, created_by, created_at, updated_at) \
             values ($1, $2, $3, $4, $4) returning id as value",
            args![kind.as_str(), name, by, now],
        )
        .await?;
    Ok(id)
}

/// One rule.
pub async fn find(conn: Conn<'_>, kind: RuleKind, id: i64) -> Result<Option<Rule>> {
    conn.optional(
        concat!(
            "select ",
            rule_columns!(),
            " from price_rules where kind = $1 and id = $2 and deleted_at is null"
        ),
        args![kind.as_str(), id],
    )
    .await
}

/// What is bound to places is seen by those whose places they are.
const BOUND: Whose = Whose::bound(
    "id in (select b.rule_id from price_rule_bindings b left join devices d on d.id = b.device_id \
     left join stations s on s.id = b.station_id \
     where d.org_path like {path} or d.operator_path like {path} \
     or s.org_path like {path} or s.operator_path like {path})",
    "id in (select b.rule_id from price_rule_bindings b left join devices d on d.id = b.device_id \
     where coalesce(b.station_id, d.station_id) in ({stations}))",
);

/// A page of rules, newest first.
pub async fn list(
    conn: Conn<'_>,
    kind: RuleKind,
    seen: &domain::org::Scope,
    page: PageRequest,
) -> Result<Page<Rule>> {
    let kind = kind.as_str();
    Listing::of(rule_columns!(), "price_rules")
        .narrow("kind =", Some(&kind))
        .only("deleted_at is null", true)
        .within(BOUND, seen)
        .page(conn, "id desc", page)
        .await
}

/// Adds the next version of a rule, a draft.
pub async fn insert_version(
    conn: Conn<'_>,
    rule: i64,
    terms: &Value,
    effective_at: Timestamp,
    by: &str,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into price_rule_versions (rule_id, version, state, effective_at, terms, \
             written_by, written_at) \
             select $1, coalesce(max(version), 0) + 1, 'draft', $2, $3, $4, $5 \
             from price_rule_versions where rule_id = $1 returning id as value",
            args![rule, effective_at, terms, by, now],
        )
        .await?;
    Ok(id)
}

/// Rewrites a version that is still open. False when it is not.
pub async fn rewrite_version(
    conn: Conn<'_>,
    id: i64,
    terms: &Value,
    effective_at: Timestamp,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update price_rule_versions set terms = $2, effective_at = $3, written_by = $4, \
             written_at = $5, state = 'draft' \
             where id = $1 and state in ('draft', 'rejected')",
            args![id, terms, effective_at, by, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Moves a version from one state into another. False when it was not there any more.
pub async fn move_version(
    conn: Conn<'_>,
    id: i64,
    (from, to): (VersionState, VersionState),
    review: Option<(&str, Option<&str>)>,
    now: Timestamp,
) -> Result<bool> {
    let (by, note) = review.map_or((None, None), |(by, note)| (Some(by), note));
    let at = by.map(|_| now);
    let changed = conn
        .execute(
            "update price_rule_versions set state = $3, \
             reviewed_by = coalesce($4, reviewed_by), \
             reviewed_at = coalesce($5, reviewed_at), \
             review_note = coalesce($6, review_note) where id = $1 and state = $2",
            args![id, from.as_str(), to.as_str(), by, at, note],
        )
        .await?;
    Ok(changed == 1)
}

/// One version of a rule.
pub async fn find_version(conn: Conn<'_>, rule: i64, version: i32) -> Result<Option<RuleVersion>> {
    conn.optional(
        concat!(
            "select ",
            version_columns!(),
            " from price_rule_versions v where v.rule_id = $1 and v.version = $2"
        ),
        args![rule, version],
    )
    .await
}

/// All versions of a rule, newest first.
pub async fn list_versions(conn: Conn<'_>, rule: i64) -> Result<Vec<RuleVersion>> {
    conn.all(
        concat!(
            "select ",
            version_columns!(),
            " from price_rule_versions v where v.rule_id = $1 order by v.version desc"
        ),
        args![rule],
    )
    .await
}

/// Lets a rule apply somewhere, in the place of the one of its kind that applied there.
pub async fn bind(
    mut conn: Conn<'_>,
    (kind, rule): (RuleKind, i64),
    scope: Scope,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    unbind(conn.again(), kind, scope).await?;
    let (name, station, device, port) = scope.parts();
    conn.execute(
        "insert into price_rule_bindings (rule_id, kind, scope, station_id, device_id, port_no, \
         bound_by, bound_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![rule, kind.as_str(), name, station, device, port, by, now],
    )
    .await?;
    Ok(())
}

/// The rule of that kind that applies exactly there; none when none does.
pub async fn bound(conn: Conn<'_>, kind: RuleKind, scope: Scope) -> Result<Option<i64>> {
    let (name, station, device, port) = scope.parts();
    let found: Option<Scalar<i64>> = conn
        .optional(
            "select rule_id as value from price_rule_bindings where kind = $1 and scope = $2 \
             and coalesce(station_id, 0) = coalesce($3, 0) \
             and coalesce(device_id, 0) = coalesce($4, 0) \
             and coalesce(port_no, 0) = coalesce($5, 0)",
            args![kind.as_str(), name, station, device, port],
        )
        .await?;
    Ok(found.map(|Scalar(id)| id))
}

/// Lets no rule of that kind apply there any more. False when none did.
pub async fn unbind(conn: Conn<'_>, kind: RuleKind, scope: Scope) -> Result<bool> {
    let (name, station, device, port) = scope.parts();
    let gone = conn
        .execute(
            "delete from price_rule_bindings where kind = $1 and scope = $2 \
             and coalesce(station_id, 0) = coalesce($3, 0) \
             and coalesce(device_id, 0) = coalesce($4, 0) \
             and coalesce(port_no, 0) = coalesce($5, 0)",
            args![kind.as_str(), name, station, device, port],
        )
        .await?;
    Ok(gone > 0)
}

/// Where a rule applies.
pub async fn list_bindings(conn: Conn<'_>, rule: i64) -> Result<Vec<Binding>> {
    conn.all(
        "select b.scope, b.station_id, b.device_id, d.phy_id, b.port_no \
         from price_rule_bindings b left join devices d on d.id = b.device_id \
         where b.rule_id = $1 order by b.id",
        args![rule],
    )
    .await
}

/// A version in force, with the name of its rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleInForce {
    /// The name of the rule.
    pub name: String,
    /// The version.
    pub version: RuleVersion,
}

impl FromRow for RuleInForce {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            name: row.get("name")?,
            version: RuleVersion::from_row(row)?,
        })
    }
}

/// The rule of a kind that is in force at a port at an instant: the port's own before the
/// device's before the station's.
pub async fn in_force(
    conn: Conn<'_>,
    kind: RuleKind,
    device: DeviceId,
    port: PortNo,
    at: Timestamp,
) -> Result<Option<RuleInForce>> {
    conn.optional(
        concat!(
            "select ",
            version_columns!(),
            ", r.name from price_rule_bindings b \
             join devices d on d.id = $2 \
             join price_rules r on r.id = b.rule_id and r.deleted_at is null \
             join price_rule_versions v on v.rule_id = r.id and v.state = 'approved' \
             and v.effective_at <= $4 \
             where b.kind = $1 and ((b.scope = 'port' and b.device_id = $2 and b.port_no = $3) \
             or (b.scope = 'device' and b.device_id = $2) \
             or (b.scope = 'station' and b.station_id = d.station_id)) \
             order by case b.scope when 'port' then 0 when 'device' then 1 else 2 end, \
             v.effective_at desc, v.version desc limit 1"
        ),
        args![kind.as_str(), device, port, at],
    )
    .await
}

/// The version of a rule that is in force at an instant, wherever it applies.
pub async fn version_in_force(
    conn: Conn<'_>,
    kind: RuleKind,
    rule: i64,
    at: Timestamp,
) -> Result<Option<RuleInForce>> {
    conn.optional(
        concat!(
            "select ",
            version_columns!(),
            ", r.name from price_rules r \
             join price_rule_versions v on v.rule_id = r.id and v.state = 'approved' \
             and v.effective_at <= $3 \
             where r.kind = $1 and r.id = $2 and r.deleted_at is null \
             order by v.effective_at desc, v.version desc limit 1"
        ),
        args![kind.as_str(), rule, at],
    )
    .await
}
