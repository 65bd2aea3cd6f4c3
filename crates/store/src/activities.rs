//! `activities`: price promotions for a time (限时活动).

use crate::db::{Columns, FromRow, Scalar, args, from_json};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result, StoreError};
use domain::org::Scope;
use domain::promotion::{FundedBy, PriceCut, PricePromotion, PriceSource, Validity};
use kernel::{StationId, Timestamp};
use serde::Serialize;
use serde_json::Value;

crate::db::text_column! { FundedBy }

/// What an activity says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActivity {
    /// Its name.
    pub name: String,
    /// What it does.
    pub cut: PriceCut,
    /// Who bears it.
    pub funded_by: FundedBy,
    /// At which stations; none: at all.
    pub stations: Option<Vec<StationId>>,
    /// When.
    pub valid: Validity,
    /// Of two that reduce equally the one with the higher priority applies.
    pub priority: i32,
}

impl NewActivity {
    /// What bills apply, under the id of its row.
    pub fn promotion(&self, id: i64) -> PricePromotion {
        PricePromotion {
            source: PriceSource::Activity(id),
            cut: self.cut.clone(),
            funded_by: self.funded_by,
            stations: self.stations.clone(),
            valid: self.valid,
            priority: self.priority,
        }
    }
}

/// A row of `activities`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its row.
    pub id: i64,
    /// What it says.
    pub says: NewActivity,
    /// Whose it is.
    pub org_path: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Since when it applies; none: a draft.
    pub published_at: Option<Timestamp>,
    /// When it was ended before its time.
    pub ended_at: Option<Timestamp>,
}

impl FromRow for Activity {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let cut = from_json(row, "cut")?;
        Ok(Self {
            id: row.get("id")?,
            says: NewActivity {
                name: row.get("name")?,
                cut: cut.ok_or_else(|| sqlx::Error::ColumnNotFound("cut".to_owned()))?,
                funded_by: row.get("funded_by")?,
                stations: from_json(row, "stations")?,
                valid: Validity {
                    from: row.get("valid_from")?,
                    until: row.get("valid_until")?,
                },
                priority: row.get("priority")?,
            },
            org_path: row.get("org_path")?,
            created_by: row.get("created_by")?,
            created_at: row.get("created_at")?,
            published_at: row.get("published_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, name, cut, funded_by, stations, valid_from, valid_until, priority, org_path, \
         created_by, created_at, published_at, ended_at"
    };
}

/// A rule as it is stored.
pub(crate) fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|fault| StoreError::Other(Box::new(fault)))
}

/// Adds an activity; its id.
pub async fn insert(
    conn: Conn<'_>,
    new: &NewActivity,
    org_path: &str,
    by: &str,
    now: Timestamp,
) -> Result<i64> {
    let cut = json(&new.cut)?;
    let stations = new.stations.as_ref().map(json).transpose()?;
    let Scalar(id) = conn
        .one(
            "insert into activities (name, cut, funded_by, stations, valid_from, valid_until, \
             priority, org_path, created_by, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id as value",
            args![
                new.name,
                cut,
                new.funded_by,
                stations,
                new.valid.from,
                new.valid.until,
                new.priority,
                org_path,
                by,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// The activity with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Activity>> {
    conn.optional(
        concat!("select ", columns!(), " from activities where id = $1"),
        args![id],
    )
    .await
}

/// The activity with that row, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, id: i64) -> Result<Option<Activity>> {
    let sql = conn.choose(
        concat!("select ", columns!(), " from activities where id = $1"),
        concat!(
            "select ",
            columns!(),
            " from activities where id = $1 for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Writes a draft anew.
pub async fn update(conn: Conn<'_>, id: i64, new: &NewActivity) -> Result<()> {
    let stations = new.stations.as_ref().map(json).transpose()?;
    conn.execute(
        "update activities set name = $2, cut = $3, funded_by = $4, stations = $5, \
         valid_from = $6, valid_until = $7, priority = $8 where id = $1",
        args![
            id,
            new.name,
            json(&new.cut)?,
            new.funded_by,
            stations,
            new.valid.from,
            new.valid.until,
            new.priority
        ],
    )
    .await?;
    Ok(())
}

/// Has a draft apply from now on.
pub async fn publish(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<()> {
    conn.execute(
        "update activities set published_at = $2 where id = $1",
        args![id, now],
    )
    .await?;
    Ok(())
}

/// Ends one before its time. False when there is none, or it was ended.
pub async fn end(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update activities set ended_at = $2 where id = $1 and ended_at is null",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Those that were in force at an instant, the oldest first.
pub async fn in_force(conn: Conn<'_>, at: Timestamp) -> Result<Vec<Activity>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from activities where valid_from <= $1 and valid_until > $1 \
             and published_at <= $1 and (ended_at is null or ended_at > $1) order by id"
        ),
        args![at],
    )
    .await
}

/// Which activities a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActivityFilter {
    /// Leaves out what is over then.
    pub open_at: Option<Timestamp>,
    /// Only drafts, or only what was published.
    pub published: Option<bool>,
    /// Only what the platform, or only what merchants bear.
    pub funded_by: Option<FundedBy>,
}

/// A page of activities, newest first.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    filter: ActivityFilter,
    page: PageRequest,
) -> Result<Page<Activity>> {
    Listing::of(columns!(), "activities")
        .within(OWNED, scope)
        .narrow(
            "ended_at is null and valid_until >",
            filter.open_at.as_ref(),
        )
        .only("published_at is not null", filter.published == Some(true))
        .only("published_at is null", filter.published == Some(false))
        .narrow("funded_by =", filter.funded_by.as_ref())
        .page(conn, "id desc", page)
        .await
}
