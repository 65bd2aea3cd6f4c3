//! `reservations`: ports that are kept for members.

use crate::db::{Columns, FromRow, args, parsed};
use crate::paging::{Listing, OF_DEVICE, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use domain::reservation::{NoShow, Reservation, ReservationState};
use kernel::{DeviceId, MemberId, OrderNo, PhyId, PortNo, Timestamp};

/// A row of `reservations`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservationRow {
    /// Its number.
    pub reservation_no: String,
    /// The device's row.
    pub device_id: DeviceId,
    /// The device's id on the wire.
    pub phy_id: PhyId,
    /// The port.
    pub port_no: PortNo,
    /// The station of the device.
    pub station_id: Option<i64>,
    /// What it says, and its state.
    pub says: Reservation,
    /// The charge that used it.
    pub order_no: Option<OrderNo>,
    /// Why it is over.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl FromRow for ReservationRow {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let missing = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
        let member: i64 = row.get("member_id")?;
        let state = parsed(row, "state", ReservationState::parse)?;
        let no_show = parsed(row, "no_show", NoShow::parse)?;
        Ok(Self {
            reservation_no: row.get("reservation_no")?,
            device_id: row.get("device_id")?,
            phy_id: row.get("phy_id")?,
            port_no: row.get("port_no")?,
            station_id: row.get("station_id")?,
            says: Reservation {
                state: state.ok_or_else(|| missing("state"))?,
                member: MemberId(member),
                start: row.get("start_at")?,
                end: row.get("end_at")?,
                fee: row.get("fee_fen")?,
                no_show: no_show.ok_or_else(|| missing("no_show"))?,
            },
            order_no: row.get("order_no")?,
            note: row.get("note")?,
            created_at: row.get("created_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "reservation_no, member_id, device_id, phy_id, port_no, station_id, start_at, end_at, \
         fee_fen, no_show, state, order_no, note, created_at"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select ", columns!(), " from reservations where ", $rest)
    };
}

/// Adds a reservation.
///
/// # Errors
/// [`crate::constraint::ONE_RESERVATION_PER_PORT`] or
/// [`crate::constraint::ONE_RESERVATION_PER_MEMBER`] is violated when there is another.
pub async fn insert(conn: Conn<'_>, row: &ReservationRow) -> Result<()> {
    let says = &row.says;
    conn.execute(
        "insert into reservations (reservation_no, member_id, device_id, phy_id, port_no, \
         station_id, start_at, end_at, fee_fen, no_show, state, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        args![
            row.reservation_no,
            says.member.0,
            row.device_id,
            row.phy_id,
            row.port_no,
            row.station_id,
            says.start,
            says.end,
            says.fee,
            says.no_show.as_str(),
            says.state.as_str(),
            row.created_at
        ],
    )
    .await?;
    Ok(())
}

/// Writes what became of a reservation.
pub async fn update(conn: Conn<'_>, row: &ReservationRow, now: Timestamp) -> Result<()> {
    conn.execute(
        "update reservations set state = $2, order_no = $3, note = $4, updated_at = $5 \
         where reservation_no = $1",
        args![
            row.reservation_no,
            row.says.state.as_str(),
            row.order_no,
            row.note,
            now
        ],
    )
    .await?;
    Ok(())
}

/// A reservation.
pub async fn find(conn: Conn<'_>, reservation_no: &str) -> Result<Option<ReservationRow>> {
    conn.optional(select!("reservation_no = $1"), args![reservation_no])
        .await
}

/// A reservation, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, reservation_no: &str) -> Result<Option<ReservationRow>> {
    let sql = conn.choose(
        select!("reservation_no = $1"),
        select!("reservation_no = $1 for update"),
    );
    conn.optional(sql, args![reservation_no]).await
}

/// For whom a port is kept now. The port's row is locked until the transaction ends, so that
/// nobody reserves a port that is being started.
pub async fn lock_port(
    mut conn: Conn<'_>,
    device: DeviceId,
    port: PortNo,
) -> Result<Option<ReservationRow>> {
    let sql = conn.choose(
        "select 1 as value from ports where device_id = $1 and port_no = $2",
        "select 1 as value from ports where device_id = $1 and port_no = $2 for update",
    );
    let _locked: Option<crate::db::Scalar<i32>> =
        conn.again().optional(sql, args![device, port]).await?;
    conn.optional(
        select!("device_id = $1 and port_no = $2 and state = 'reserved'"),
        args![device, port],
    )
    .await
}

/// All ports that are kept.
pub async fn list_open(conn: Conn<'_>) -> Result<Vec<ReservationRow>> {
    conn.all(select!("state = 'reserved'"), args![]).await
}

/// Reservations whose time is over, oldest first.
pub async fn due(conn: Conn<'_>, now: Timestamp, limit: u32) -> Result<Vec<ReservationRow>> {
    conn.all(
        select!("state = 'reserved' and end_at <= $1 order by end_at limit $2"),
        args![now, limit],
    )
    .await
}

/// Which of them a list shows.
#[derive(Clone, Debug, Default)]
pub struct ReservationFilter {
    /// In this state.
    pub state: Option<ReservationState>,
    /// Of this member.
    pub member: Option<MemberId>,
    /// At this device.
    pub phy_id: Option<PhyId>,
    /// At devices of these organisations only.
    pub scope: Scope,
}

/// A page of them, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &ReservationFilter,
    page: PageRequest,
) -> Result<Page<ReservationRow>> {
    let state = filter.state.map(ReservationState::as_str);
    let member = filter.member.map(|member| member.0);
    Listing::of(columns!(), "reservations")
        .within(OF_DEVICE, &filter.scope)
        .narrow("state =", state.as_ref())
        .narrow("member_id =", member.as_ref())
        .narrow("phy_id =", filter.phy_id.as_ref())
        .page(conn, "reservation_no desc", page)
        .await
}
