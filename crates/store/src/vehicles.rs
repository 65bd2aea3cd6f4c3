//! `vehicles`: who may charge by plugging in.

use crate::db::{Columns, FromRow, Scalar, args, parsed};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::card::{CardStatus, Vehicle};
use domain::org::Scope;
use kernel::{MemberId, OrgId, Timestamp};

/// A row of `vehicles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleRow {
    /// Its row.
    pub id: i64,
    /// What an operator wrote about it.
    pub entry: VehicleEntry,
    /// Path of whose it is; none: the platform's.
    pub org_path: Option<String>,
    /// When it was handed in.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What an operator writes about a vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleEntry {
    /// What decides about a charge.
    pub vehicle: Vehicle,
    /// Licence plate.
    pub plate: Option<String>,
    /// Who drives it.
    pub holder: Option<String>,
    /// That person's telephone.
    pub phone: Option<String>,
    /// Free text.
    pub remark: Option<String>,
}

macro_rules! columns {
    () => {
        "id, vin, plate, status, plug_and_charge, card_no, limit_fen, holder, phone, remark, \
         created_at, updated_at, member_id, company_id, org_path"
    };
}

impl FromRow for VehicleRow {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            entry: VehicleEntry {
                vehicle: Vehicle {
                    vin: row.get("vin")?,
                    status: parsed(row, "status", CardStatus::parse)?
                        .unwrap_or(CardStatus::Blocked),
                    plug_and_charge: row.get("plug_and_charge")?,
                    limit: row.get("limit_fen")?,
                    member: row.get::<Option<i64>>("member_id")?.map(MemberId),
                    company: row.get::<Option<i64>>("company_id")?.map(OrgId),
                    card_no: row.get("card_no")?,
                },
                plate: row.get("plate")?,
                holder: row.get("holder")?,
                phone: row.get("phone")?,
                remark: row.get("remark")?,
            },
            org_path: row.get("org_path")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// The vehicle with that number.
pub async fn find(conn: Conn<'_>, vin: &str) -> Result<Option<VehicleRow>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from vehicles where vin = $1 and deleted_at is null"
        ),
        args![vin],
    )
    .await
}

/// A vehicle, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, vin: &str) -> Result<Option<VehicleRow>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from vehicles where vin = $1 and deleted_at is null"
        ),
        concat!(
            "select ",
            columns!(),
            " from vehicles where vin = $1 and deleted_at is null for update"
        ),
    );
    conn.optional(sql, args![vin]).await
}

/// Adds a vehicle.
///
/// # Errors
/// [`crate::constraint::ONE_VEHICLE_PER_VIN`] is violated when the number is taken.
pub async fn insert(conn: Conn<'_>, entry: &VehicleEntry, now: Timestamp) -> Result<i64> {
    let vehicle = &entry.vehicle;
    let Scalar(id) = conn
        .one(
            "insert into vehicles (vin, plate, status, plug_and_charge, card_no, limit_fen, \
             holder, phone, remark, created_at, updated_at, member_id, company_id) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12) returning id as value",
            args![
                vehicle.vin,
                entry.plate,
                vehicle.status.as_str(),
                vehicle.plug_and_charge,
                vehicle.card_no,
                vehicle.limit,
                entry.holder,
                entry.phone,
                entry.remark,
                now,
                vehicle.member.map(|id| id.0),
                vehicle.company.map(|id| id.0)
            ],
        )
        .await?;
    Ok(id)
}

/// Writes everything about a vehicle but its number. False when there is none.
pub async fn update(conn: Conn<'_>, entry: &VehicleEntry, now: Timestamp) -> Result<bool> {
    let vehicle = &entry.vehicle;
    let changed = conn
        .execute(
            "update vehicles set plate = $2, status = $3, plug_and_charge = $4, card_no = $5, \
             limit_fen = $6, holder = $7, phone = $8, remark = $9, updated_at = $10, \
             member_id = $11, company_id = $12 where vin = $1 and deleted_at is null",
            args![
                vehicle.vin,
                entry.plate,
                vehicle.status.as_str(),
                vehicle.plug_and_charge,
                vehicle.card_no,
                vehicle.limit,
                entry.holder,
                entry.phone,
                entry.remark,
                now,
                vehicle.member.map(|id| id.0),
                vehicle.company.map(|id| id.0)
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes down whose vehicle it is; none: the platform's.
pub async fn set_owner(conn: Conn<'_>, vin: &str, org_path: Option<&str>) -> Result<()> {
    conn.execute(
        "update vehicles set org_path = $2 where vin = $1 and deleted_at is null",
        args![vin, org_path],
    )
    .await?;
    Ok(())
}

/// Takes a vehicle off the list. False when there is none.
pub async fn remove(conn: Conn<'_>, vin: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update vehicles set deleted_at = $2, updated_at = $2 \
             where vin = $1 and deleted_at is null",
            args![vin, now],
        )
        .await?;
    Ok(changed == 1)
}

/// A company sees the vehicles that it pays for, whoever entered them.
const OWNED_OR_PAID_FOR: &str = "(org_path like {path} \
     or company_id in (select o.id from orgs o where o.path like {path}))";

/// A page of vehicles, newest first, narrowed to one number or plate.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    vin: Option<&str>,
    plate: Option<&str>,
    company: Option<i64>,
    page: PageRequest,
) -> Result<Page<VehicleRow>> {
    Listing::of(columns!(), "vehicles")
        .within(OWNED_OR_PAID_FOR, scope)
        .only("deleted_at is null", true)
        .narrow("vin =", vin.as_ref())
        .narrow("plate =", plate.as_ref())
        .narrow("company_id =", company.as_ref())
        .page(conn, "id desc", page)
        .await
}
