//! `parking_rules`: what car parks grant at which station.

use crate::db::{Columns, FromRow, Scalar, args, from_json};
use crate::paging::{AT_STATION, Listing, Page, PageRequest, Whose};
use crate::{Conn, Result, StoreError};
use domain::org::Scope;
use domain::parking::ParkingRule;
use kernel::Timestamp;

/// A row of `parking_rules`.
#[derive(Clone, Debug, PartialEq)]
pub struct ParkingRuleRow {
    /// Its row.
    pub id: i64,
    /// The station.
    pub station_id: i64,
    /// What it says.
    pub terms: ParkingRule,
    /// Who wrote it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when, if it was taken away.
    pub ended_at: Option<Timestamp>,
}

impl FromRow for ParkingRuleRow {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let terms = from_json(row, "terms")?;
        Ok(Self {
            id: row.get("id")?,
            station_id: row.get("station_id")?,
            terms: terms.ok_or_else(|| sqlx::Error::ColumnNotFound("terms".to_owned()))?,
            created_by: row.get("created_by")?,
            created_at: row.get("created_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

/// Rows about a station belong to its owner and its operator.
const OF_STATION: &str = "station_id in (select s.id from stations s \
     where s.org_path like {path} or s.operator_path like {path})";

macro_rules! columns {
    () => {
        "id, station_id, terms, created_by, created_at, ended_at"
    };
}

/// Adds the rule of a station.
///
/// # Errors
/// [`crate::constraint::ONE_PARKING_RULE_PER_STATION`] is violated when it has one.
pub async fn insert(
    conn: Conn<'_>,
    station_id: i64,
    terms: &ParkingRule,
    actor: &str,
    now: Timestamp,
) -> Result<i64> {
    let terms = serde_json::to_value(terms).map_err(|fault| StoreError::Other(Box::new(fault)))?;
    let Scalar(id) = conn
        .one(
            "insert into parking_rules (station_id, terms, created_by, created_at) \
             values ($1, $2, $3, $4) returning id as value",
            args![station_id, terms, actor, now],
        )
        .await?;
    Ok(id)
}

/// A rule, ended or not.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<ParkingRuleRow>> {
    conn.optional(
        concat!("select ", columns!(), " from parking_rules where id = $1"),
        args![id],
    )
    .await
}

/// Ends a rule. False when there is none, or it has ended.
pub async fn end(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update parking_rules set ended_at = $2 where id = $1 and ended_at is null",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// A page of rules, newest first.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    station: Option<i64>,
    page: PageRequest,
) -> Result<Page<ParkingRuleRow>> {
    Listing::of(columns!(), "parking_rules")
        .within(Whose::from(OF_STATION).at(AT_STATION), scope)
        .narrow("station_id =", station.as_ref())
        .page(conn, "id desc", page)
        .await
}
