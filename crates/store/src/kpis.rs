//! `kpi_slots` and `kpi_counts`: the counts that key figures are made of.

mod changes;
mod orders;
mod people;
mod sources;
mod tally;

pub use changes::{Mark, SETTLED_MAX, changes, marks, settle};
pub use orders::{Hours, by_hour, periods};
pub use people::people;
pub use sources::counted;
pub use tally::{Tally, add_all};

use crate::db::{
    Batch, Columns, FromCell, FromRow, Kind, Scalar, ToCell, args, parsed, row, text_column,
    unreadable,
};
use crate::{Conn, Result};
use domain::kpi::{Counts, Figure};
use kernel::Timestamp;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// How long counts are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// An hour.
    Hour,
    /// A day in Shanghai.
    Day,
    /// A month in Shanghai.
    Month,
}

impl Span {
    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Hour, Self::Day, Self::Month];
        all.into_iter().find(|span| span.as_str() == text)
    }
}

/// What counts are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// A station; 0 is none.
    Station,
    /// An organisation with all below it.
    Org,
}

impl Of {
    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Station => "station",
            Self::Org => "org",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Station, Self::Org];
        all.into_iter().find(|of| of.as_str() == text)
    }
}

text_column!(Span Of);

impl ToCell for Figure {
    const KIND: Kind = Kind::Text;
    fn cell(&self) -> crate::db::Cell<'_> {
        crate::db::Cell::Text(self.as_str().into())
    }
}

impl FromCell for Figure {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        parsed(row, column, Self::parse)
    }
}

/// What was seen at a station in five minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The station; 0 is none.
    pub station_id: i64,
    /// The figure.
    pub figure: Figure,
    /// How many of how many.
    pub counts: Counts,
}

/// Adds what was seen in the five minutes that begin at `at`.
pub async fn add(conn: Conn<'_>, at: Timestamp, seen: &[Seen]) -> Result<u64> {
    static ADD: Batch<5> = Batch::new(
        "insert into kpi_slots (at, station_id, figure, part, whole) \
         select v.at, v.station_id, v.figure, v.part, v.whole from {rows} where true \
         on conflict (at, station_id, figure) do update set \
         part = kpi_slots.part + excluded.part, whole = kpi_slots.whole + excluded.whole",
        [
            ("at", Kind::Time),
            ("station_id", Kind::Int),
            ("figure", Kind::Text),
            ("part", Kind::Int),
            ("whole", Kind::Int),
        ],
    );
    let numbers: Vec<(i64, i64)> = seen
        .iter()
        .map(|seen| (stored(seen.counts.part), stored(seen.counts.whole)))
        .collect();
    let rows: Vec<_> = seen
        .iter()
        .zip(&numbers)
        .map(|(seen, (part, whole))| {
            [
                at.cell(),
                seen.station_id.cell(),
                seen.figure.cell(),
                part.cell(),
                whole.cell(),
            ]
        })
        .collect();
    ADD.execute(conn, &rows).await
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(crate) fn read(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// The counts of an hour, a day or a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// How long.
    pub span: Span,
    /// When it begins.
    pub at: Timestamp,
    /// Of what.
    pub of: Of,
    /// Which one.
    pub object_id: i64,
    /// The counts.
    pub counts: Tally,
}

impl FromRow for Stored {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let mut counts = Tally::new();
        if let Some(document) = row.json_bytes("counts")? {
            tally::add_document(&mut counts, document)
                .map_err(|error| unreadable("counts", error.to_string()))?;
        }
        Ok(Self {
            span: row.get("span")?,
            at: row.get("at")?,
            of: row.get("kind")?,
            object_id: row.get("object_id")?,
            counts,
        })
    }
}

/// Writes counts in place of those of the same hours, days or months.
pub async fn put(conn: Conn<'_>, rows: &[Stored]) -> Result<u64> {
    static PUT: Batch<5> = Batch::new(
        "insert into kpi_counts (span, at, kind, object_id, counts) \
         select v.span, v.at, v.kind, v.object_id, v.counts from {rows} where true \
         on conflict (kind, object_id, span, at) do update set counts = excluded.counts",
        [
            ("span", Kind::Text),
            ("at", Kind::Time),
            ("kind", Kind::Text),
            ("object_id", Kind::Int),
            ("counts", Kind::Json),
        ],
    );
    let documents: Vec<Value> = rows
        .iter()
        .map(|row| tally::document(&row.counts))
        .collect();
    let rows: Vec<_> = rows
        .iter()
        .zip(&documents)
        .map(|(row, document)| {
            [
                row.span.cell(),
                row.at.cell(),
                row.of.cell(),
                row.object_id.cell(),
                document.cell(),
            ]
        })
        .collect();
    PUT.execute(conn, &rows).await
}

/// Takes away what is stored of an hour, a day or a month, before it is counted anew.
pub async fn clear(conn: Conn<'_>, span: Span, at: Timestamp) -> Result<()> {
    conn.execute(
        "delete from kpi_counts where span = $1 and at = $2",
        args![span, at],
    )
    .await?;
    Ok(())
}

/// All counts of a span in a time, of everything.
pub async fn all(
    conn: Conn<'_>,
    span: Span,
    of: Of,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Stored>> {
    conn.all(
        "select span, at, kind, object_id, counts from kpi_counts \
         where span = $1 and at >= $2 and at < $3 and kind = $4 order by at, object_id",
        args![span, from, to, of],
    )
    .await
}

/// The counts of some objects in a time, added up by when they were.
pub async fn sums(
    conn: Conn<'_>,
    span: Span,
    (of, ids): (Of, &BTreeSet<i64>),
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<Timestamp, Tally>> {
    let listed = listed(ids);
    let sql = format!(
        "select at, counts from kpi_counts where kind = $1 \
         and object_id in ({listed}) and span = $2 and at >= $3 and at < $4"
    );
    let rows: Vec<Document> = conn
        .all_anew(AssertSqlSafe(sql), args![of, span, from, to])
        .await?;
    let mut sums: BTreeMap<Timestamp, Tally> = BTreeMap::new();
    for row in rows {
        tally::add_document(sums.entry(row.at).or_default(), &row.counts)
            .map_err(|error| unreadable("counts", error.to_string()))?;
    }
    Ok(sums)
}

/// The counts of some objects in a time, of each object and instant.
pub async fn sums_by_object(
    conn: Conn<'_>,
    span: Span,
    (of, ids): (Of, &BTreeSet<i64>),
    (from, to): (Timestamp, Timestamp),
) -> Result<BTreeMap<(i64, Timestamp), Tally>> {
    let listed = listed(ids);
    let sql = format!(
        "select object_id, at, counts from kpi_counts where kind = $1 \
         and object_id in ({listed}) and span = $2 and at >= $3 and at < $4"
    );
    let rows: Vec<OfObject> = conn
        .all_anew(AssertSqlSafe(sql), args![of, span, from, to])
        .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| ((row.id, row.at), row.counts)).collect())
}

struct OfObject {
    id: i64,
    at: Timestamp,
    counts: Tally,
}

impl FromRow for OfObject {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let mut counts = Tally::new();
        tally::add_document(&mut counts, row.json_bytes("counts")?.unwrap_or_default())
            .map_err(|error| unreadable("counts", error.to_string()))?;
        Ok(Self {
            id: row.get("object_id")?,
            at: row.get("at")?,
            counts,
        })
    }
}

/// Ids are numbers of ours; no statement has room for so many arguments.
fn listed(ids: &BTreeSet<i64>) -> String {
    let mut listed = String::from("-1");
    for id in ids {
        write!(listed, ",{id}").expect("writing to a string");
    }
    listed
}

/// Counts as they are stored.
struct Document {
    at: Timestamp,
    counts: Vec<u8>,
}

impl FromRow for Document {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            at: row.get("at")?,
            counts: row.json_bytes("counts")?.unwrap_or_default().to_vec(),
        })
    }
}

row! {
    /// Where a station belongs.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Place {
        /// The station.
        pub id: i64,
        /// Its name.
        pub name: String,
        /// Its owner.
        pub org_path: String,
        /// Its operator, where that is somebody else.
        pub operator_path: Option<String>,
        /// Six digits of its administrative division.
        pub area_code: Option<String>,
        /// Degrees east.
        pub lng: Option<f64>,
        /// Degrees north.
        pub lat: Option<f64>,
        /// Whether it is still there.
        pub there: bool,
    }
}

/// All stations, also those that are gone: their past stays.
pub async fn places(conn: Conn<'_>) -> Result<Vec<Place>> {
    conn.all(
        "select id, name, org_path, operator_path, area_code, lng, lat, \
         (deleted_at is null) as there from stations order by id",
        &[],
    )
    .await
}

row! {
    /// An organisation.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OrgPath {
        /// Its row.
        pub id: i64,
        /// Where it stands in the tree.
        pub path: String,
    }
}

/// All organisations.
pub async fn orgs(conn: Conn<'_>) -> Result<Vec<OrgPath>> {
    conn.all("select id, path from orgs order by id", &[]).await
}

/// When the first order was made, or the first count.
pub async fn oldest(conn: Conn<'_>) -> Result<Option<Timestamp>> {
    let found: Option<Scalar<Option<Timestamp>>> = conn
        .optional(
            "select min(first) as value from (select min(created_at) as first from orders \
             union all select min(at) as first from kpi_slots) as known",
            &[],
        )
        .await?;
    Ok(found.and_then(|Scalar(at)| at))
}

/// Forgets what has been added up: five-minute counts and hours before these times, a bounded
/// number of rows at once.
pub async fn purge(
    mut conn: Conn<'_>,
    slots_before: Timestamp,
    hours_before: Timestamp,
) -> Result<()> {
    conn.again()
        .execute("delete from kpi_slots where at < $1", args![slots_before])
        .await?;
    let oldest: Option<Scalar<Option<Timestamp>>> = conn
        .again()
        .optional(
            "select min(at) as value from kpi_counts where span = 'hour'",
            &[],
        )
        .await?;
    if let Some(Scalar(Some(oldest))) = oldest
        && oldest < hours_before
    {
        // A day at a time.
        let until = Timestamp(oldest.0 + 86_400_000).min(hours_before);
        conn.execute(
            "delete from kpi_counts where span = 'hour' and at < $1",
            args![until],
        )
        .await?;
    }
    Ok(())
}
