//! `cameras`: what looks at stations.

use crate::db::{Columns, FromRow, Scalar, args};
use crate::paging::{AT_STATION, Listing, Page, PageRequest, Whose};
use crate::{Conn, Result};
use domain::camera::CameraEntry;
use domain::org::Scope;
use kernel::{DeviceId, Timestamp};

/// A row of `cameras`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camera {
    /// Its row.
    pub id: i64,
    /// Its station.
    pub station_id: i64,
    /// The device that it looks at.
    pub device_id: Option<DeviceId>,
    /// What an operator wrote about it.
    pub entry: CameraEntry,
    /// `unknown`, `online`, `offline`.
    pub state: String,
    /// Since when.
    pub state_since: Option<Timestamp>,
    /// When it was last tried.
    pub checked_at: Option<Timestamp>,
    /// When a picture was last fetched.
    pub snapshot_at: Option<Timestamp>,
    /// Why it cannot be reached.
    pub problem: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

impl FromRow for Camera {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            station_id: row.get("station_id")?,
            device_id: row.get("device_id")?,
            entry: CameraEntry {
                name: row.get("name")?,
                vendor: row.get("vendor")?,
                gb28181_id: row.get("gb28181_id")?,
                snapshot_url: row.get("snapshot_url")?,
                stream_url: row.get("stream_url")?,
                username: row.get("username")?,
                password: row.get("password")?,
                sign_key: row.get("sign_key")?,
            },
            state: row.get("state")?,
            state_since: row.get("state_since")?,
            checked_at: row.get("checked_at")?,
            snapshot_at: row.get("snapshot_at")?,
            problem: row.get("problem")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, station_id, device_id, name, vendor, gb28181_id, snapshot_url, stream_url, username, \
         password, sign_key, state, state_since, checked_at, snapshot_at, problem, created_at, \
         updated_at"
    };
}

/// Rows about a station belong to its owner and its operator.
const OF_STATION: &str = "station_id in (select s.id from stations s \
     where s.org_path like {path} or s.operator_path like {path})";

/// Which cameras a list shows.
#[derive(Clone, Debug, Default)]
pub struct CameraFilter {
    /// Of this station only.
    pub station_id: Option<i64>,
    /// In this state only.
    pub state: Option<String>,
    /// With this in its name only.
    pub name: Option<String>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// Adds a camera; its id.
pub async fn insert(
    conn: Conn<'_>,
    (station_id, device_id): (i64, Option<DeviceId>),
    entry: &CameraEntry,
    actor: &str,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into cameras (station_id, device_id, name, vendor, gb28181_id, snapshot_url, \
             stream_url, username, password, sign_key, created_by, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) \
             returning id as value",
            args![
                station_id,
                device_id,
                entry.name,
                entry.vendor,
                entry.gb28181_id,
                entry.snapshot_url,
                entry.stream_url,
                entry.username,
                entry.password,
                entry.sign_key,
                actor,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Writes everything about a camera; its state is to be found out anew. False when there is none.
pub async fn update(
    conn: Conn<'_>,
    id: i64,
    device_id: Option<DeviceId>,
    entry: &CameraEntry,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update cameras set device_id = $2, name = $3, vendor = $4, gb28181_id = $5, \
             snapshot_url = $6, stream_url = $7, username = $8, password = $9, sign_key = $10, \
             state = 'unknown', state_since = null, checked_at = null, updated_at = $11 \
             where id = $1 and deleted_at is null",
            args![
                id,
                device_id,
                entry.name,
                entry.vendor,
                entry.gb28181_id,
                entry.snapshot_url,
                entry.stream_url,
                entry.username,
                entry.password,
                entry.sign_key,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes a camera away. False when there is none.
pub async fn remove(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let gone = conn
        .execute(
            "update cameras set deleted_at = $2 where id = $1 and deleted_at is null",
            args![id, now],
        )
        .await?;
    Ok(gone == 1)
}

/// One camera.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Camera>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from cameras where id = $1 and deleted_at is null"
        ),
        args![id],
    )
    .await
}

/// Those that were not tried since an instant, the longest untried first.
pub async fn due(conn: Conn<'_>, before: Timestamp, limit: u16) -> Result<Vec<Camera>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from cameras where deleted_at is null ",
            "and (checked_at is null or checked_at <= $1) ",
            "order by coalesce(checked_at, created_at), id limit $2"
        ),
        args![before, limit],
    )
    .await
}

/// What trying it came to. The time of a state is that of its beginning.
pub async fn checked(
    conn: Conn<'_>,
    id: i64,
    state: &str,
    problem: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let problem = problem.map(str::to_owned);
    conn.execute(
        "update cameras set state_since = case when state = $2 then state_since else $4 end, \
         state = $2, problem = $3, checked_at = $4 where id = $1",
        args![id, state, problem, now],
    )
    .await?;
    Ok(())
}

/// A picture was fetched.
pub async fn pictured(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<()> {
    conn.execute(
        "update cameras set snapshot_at = $2 where id = $1",
        args![id, now],
    )
    .await?;
    Ok(())
}

/// A page of cameras.
pub async fn list(
    conn: Conn<'_>,
    filter: &CameraFilter,
    page: PageRequest,
) -> Result<Page<Camera>> {
    Listing::of(columns!(), "cameras")
        .only("deleted_at is null", true)
        .within(Whose::from(OF_STATION).at(AT_STATION), &filter.scope)
        .narrow("station_id =", filter.station_id.as_ref())
        .narrow("state =", filter.state.as_ref())
        .containing("name", filter.name.as_deref())
        .page(conn, "id desc", page)
        .await
}
