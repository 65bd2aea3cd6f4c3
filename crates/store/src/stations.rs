//! `stations`: sites (站场) and who owns and runs them.

use crate::db::{Columns, FromRow, Scalar, args};
use crate::paging::{Listing, OWNED_OR_OPERATED, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::data_scope::{DataScope, area_prefix};
use domain::org::{OperationMode, Scope};
use kernel::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// A row of `stations`.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Its id.
    pub id: i64,
    /// What an operator wrote about it.
    pub entry: StationEntry,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What an operator writes about a station.
#[derive(Clone, Debug, PartialEq)]
pub struct StationEntry {
    /// Number for people, unique.
    pub station_no: String,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub owner_org_id: i64,
    /// Who runs it, where that is somebody else.
    pub operator_org_id: Option<i64>,
    /// The lowest agent that earns here.
    pub agent_org_id: Option<i64>,
    /// How it is run.
    pub operation_mode: OperationMode,
    /// Path of the owner.
    pub org_path: String,
    /// Path of the operator.
    pub operator_path: Option<String>,
    /// Six digits of the administrative division.
    pub area_code: Option<String>,
    /// Where it is.
    pub address: Option<String>,
    /// Degrees east.
    pub lng: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// 1 public, 50 private, 100 bus, …
    pub station_type: i16,
    /// 0 unknown, 1 building, 5 closed, 6 maintenance, 50 normal.
    pub station_status: i16,
    /// Telephone for drivers.
    pub service_tel: Option<String>,
    /// `platform` or `merchant`: who issues invoices.
    pub invoice_by: String,
    /// What supervision platforms, maps and phones show beyond that.
    pub details: Value,
    /// Free text.
    pub remark: Option<String>,
}

macro_rules! columns {
    () => {
        "id, station_no, name, owner_org_id, operator_org_id, agent_org_id, operation_mode, \
         org_path, operator_path, area_code, address, lng, lat, station_type, station_status, \
         service_tel, invoice_by, details, remark, created_at, updated_at"
    };
}

impl FromRow for Station {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            entry: StationEntry {
                station_no: row.get("station_no")?,
                name: row.get("name")?,
                owner_org_id: row.get("owner_org_id")?,
                operator_org_id: row.get("operator_org_id")?,
                agent_org_id: row.get("agent_org_id")?,
                operation_mode: row.get("operation_mode")?,
                org_path: row.get("org_path")?,
                operator_path: row.get("operator_path")?,
                area_code: row.get("area_code")?,
                address: row.get("address")?,
                lng: row.get("lng")?,
                lat: row.get("lat")?,
                station_type: row.get("station_type")?,
                station_status: row.get("station_status")?,
                service_tel: row.get("service_tel")?,
                invoice_by: row.get("invoice_by")?,
                details: row.get("details")?,
                remark: row.get("remark")?,
            },
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// The station of that id.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Station>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from stations where id = $1 and deleted_at is null"
        ),
        args![id],
    )
    .await
}

macro_rules! values {
    ($entry:expr, $last:expr, $now:expr) => {
        args![
            $entry.station_no,
            $entry.name,
            $entry.owner_org_id,
            $entry.operator_org_id,
            $entry.agent_org_id,
            $entry.operation_mode,
            $entry.org_path,
            $entry.operator_path,
            $entry.area_code,
            $entry.address,
            $entry.lng,
            $entry.lat,
            $entry.station_type,
            $entry.station_status,
            $entry.service_tel,
            $entry.invoice_by,
            $entry.details,
            $entry.remark,
            $now,
            $last
        ]
    };
}

/// Adds a station; its id.
///
/// # Errors
/// [`crate::constraint::STATION_NO`] is violated when the number is taken.
pub async fn insert(conn: Conn<'_>, entry: &StationEntry, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into stations (station_no, name, owner_org_id, operator_org_id, \
             agent_org_id, operation_mode, org_path, operator_path, area_code, address, lng, \
             lat, station_type, station_status, service_tel, invoice_by, details, remark, \
             created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
             $13, $14, $15, $16, $17, $18, $19, $20) returning id as value",
            values!(entry, now, now),
        )
        .await?;
    Ok(id)
}

/// Writes everything about a station, and the new owners of its devices. False when there is
/// none.
///
/// # Errors
/// [`crate::constraint::STATION_NO`] is violated when the number is taken.
pub async fn update(
    mut conn: Conn<'_>,
    id: i64,
    entry: &StationEntry,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .again()
        .execute(
            "update stations set station_no = $1, name = $2, owner_org_id = $3, \
             operator_org_id = $4, agent_org_id = $5, operation_mode = $6, org_path = $7, \
             operator_path = $8, area_code = $9, address = $10, lng = $11, lat = $12, \
             station_type = $13, station_status = $14, service_tel = $15, invoice_by = $16, \
             details = $17, remark = $18, updated_at = $19 \
             where id = $20 and deleted_at is null",
            values!(entry, id, now),
        )
        .await?;
    conn.execute(
        "update devices set org_path = $2, operator_path = $3 where station_id = $1",
        args![id, entry.org_path, entry.operator_path],
    )
    .await?;
    Ok(changed == 1)
}

/// Which stations a list shows.
#[derive(Clone, Debug, Default)]
pub struct StationFilter {
    /// Of this owner only.
    pub owner_org_id: Option<i64>,
    /// In this area, and in those of which it consists, only.
    pub area_code: Option<String>,
    /// In this state only.
    pub station_status: Option<i16>,
    /// Of this type only.
    pub station_type: Option<i16>,
    /// Run in this way only.
    pub operation_mode: Option<OperationMode>,
    /// With this name only.
    pub name: Option<String>,
    /// With this number only.
    pub station_no: Option<String>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// The orders of the list.
pub const SORT: Sort = Sort(&[
    ("-created_at", "id desc"),
    ("created_at", "id"),
    ("name", "name, id"),
    ("-name", "name desc, id desc"),
    ("station_no", "station_no"),
    ("-station_no", "station_no desc"),
]);

/// A page of stations.
pub async fn list(
    conn: Conn<'_>,
    filter: &StationFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<Station>> {
    let area = filter.area_code.as_deref().map(area_pattern);
    Listing::of(columns!(), "stations")
        .only("deleted_at is null", true)
        .within(OWNED_OR_OPERATED.at("id in ({stations})"), &filter.scope)
        .narrow("owner_org_id =", filter.owner_org_id.as_ref())
        .narrow("area_code like", area.as_ref())
        .narrow("station_status =", filter.station_status.as_ref())
        .narrow("station_type =", filter.station_type.as_ref())
        .narrow("operation_mode =", filter.operation_mode.as_ref())
        .containing("name", filter.name.as_deref())
        .narrow("station_no =", filter.station_no.as_ref())
        .page(conn, SORT.clause(sort).unwrap_or("id desc"), page)
        .await
}

/// Puts many devices into a station at once; how many there were.
pub async fn take_devices(
    mut conn: Conn<'_>,
    station_id: i64,
    phy_ids: &[kernel::PhyId],
    now: Timestamp,
) -> Result<u64> {
    let mut bound = 0;
    for phy_id in phy_ids {
        let found: Option<Scalar<kernel::DeviceId>> = conn
            .again()
            .optional(
                "select id as value from devices where phy_id = $1 and deleted_at is null",
                args![phy_id],
            )
            .await?;
        if let Some(Scalar(id)) = found
            && crate::devices::set_station(conn.again(), id, Some(station_id), now).await?
        {
            bound += 1;
        }
    }
    Ok(bound)
}

/// The codes of an area and of those of which it consists, for `like`.
pub(crate) fn area_pattern(area: &str) -> String {
    format!("{}%", area_prefix(area))
}

/// The stations that a data scope names: those and those in its areas.
pub async fn within(mut conn: Conn<'_>, scope: &DataScope) -> Result<BTreeSet<i64>> {
    let mut ids = scope.stations.clone();
    for area in &scope.areas {
        let inside = area_pattern(area);
        let found: Vec<Scalar<i64>> = conn
            .again()
            .all(
                "select id as value from stations where area_code like $1 and deleted_at is null",
                args![inside],
            )
            .await?;
        ids.extend(found.into_iter().map(|Scalar(id)| id));
    }
    Ok(ids)
}
