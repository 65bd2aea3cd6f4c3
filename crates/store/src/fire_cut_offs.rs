//! `fire_cut_offs`: power that was cut off for fire safety, and the evidence.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, OF_DEVICE, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::{DeviceId, OrderNo, PhyId, PortNo, Timestamp};
use serde_json::Value;

row! {
    /// A row of `fire_cut_offs`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct CutOff {
        /// Row id.
        pub id: i64,
        /// The device.
        pub device_id: DeviceId,
        /// Its id on the wire.
        pub phy_id: PhyId,
        /// The port; none: all of the device.
        pub port_no: Option<PortNo>,
        /// Its station then.
        pub station_id: Option<i64>,
        /// The charge that was cut off.
        pub order_no: Option<OrderNo>,
        /// Why.
        pub rule: String,
        /// What was seen, in the rule's unit.
        pub value: i64,
        /// What it was compared with.
        pub threshold: i64,
        /// The thresholds in force.
        pub limits: Value,
        /// The readings that led to it, oldest first.
        pub samples: Value,
        /// When.
        pub at: Timestamp,
        /// `cutting`, `failed`, `off`.
        pub state: String,
        /// When no power flowed any more.
        pub off_at: Option<Timestamp>,
        /// `none`, `locked`, `released`.
        pub lock_state: String,
        /// Who released it.
        pub released_by: Option<String>,
        /// When.
        pub released_at: Option<Timestamp>,
        /// What they found.
        pub note: Option<String>,
    }
}

macro_rules! columns {
    () => {
        "id, device_id, phy_id, port_no, station_id, order_no, rule, value, threshold, limits, \
         samples, at, state, off_at, lock_state, released_by, released_at, note"
    };
}

/// A cut-off that begins.
#[derive(Clone, Debug)]
pub struct NewCutOff {
    /// The device.
    pub device_id: DeviceId,
    /// Its id on the wire.
    pub phy_id: PhyId,
    /// The port; none: all of the device.
    pub port_no: Option<PortNo>,
    /// Its station.
    pub station_id: Option<i64>,
    /// The charge.
    pub order_no: Option<OrderNo>,
    /// Why.
    pub rule: &'static str,
    /// What was seen.
    pub value: i64,
    /// What it was compared with.
    pub threshold: i64,
    /// The thresholds in force.
    pub limits: Value,
    /// The readings.
    pub samples: Value,
    /// When.
    pub at: Timestamp,
    /// Whether the ports stay locked.
    pub locked: bool,
}

/// Which cut-offs a list shows.
#[derive(Clone, Debug, Default)]
pub struct CutOffFilter {
    /// For this reason only.
    pub rule: Option<String>,
    /// In this state only.
    pub state: Option<String>,
    /// With this lock only.
    pub lock_state: Option<String>,
    /// Of this device only.
    pub phy_id: Option<PhyId>,
    /// Of this station only.
    pub station_id: Option<i64>,
    /// Of this charge only.
    pub order_no: Option<OrderNo>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// Writes a cut-off; its id.
pub async fn insert(conn: Conn<'_>, new: &NewCutOff) -> Result<i64> {
    let lock = if new.locked { "locked" } else { "none" };
    let Scalar(id) = conn
        .one(
            "insert into fire_cut_offs (device_id, phy_id, port_no, station_id, order_no, rule, \
             value, threshold, limits, samples, at, state, lock_state) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'cutting', $12) \
             returning id as value",
            args![
                new.device_id,
                new.phy_id,
                new.port_no,
                new.station_id,
                new.order_no,
                new.rule,
                new.value,
                new.threshold,
                new.limits,
                new.samples,
                new.at,
                lock
            ],
        )
        .await?;
    Ok(id)
}

/// One of them.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<CutOff>> {
    conn.optional(
        concat!("select ", columns!(), " from fire_cut_offs where id = $1"),
        args![id],
    )
    .await
}

/// Those whose ports are locked, and those where power may still flow: what memory keeps.
pub async fn list_alive(conn: Conn<'_>) -> Result<Vec<CutOff>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from fire_cut_offs where lock_state = 'locked' or state in ('cutting', 'failed') ",
            "order by id"
        ),
        &[],
    )
    .await
}

/// How it went on: `failed`, or `off` at a time.
pub async fn set_state(
    conn: Conn<'_>,
    id: i64,
    state: &'static str,
    off_at: Option<Timestamp>,
) -> Result<()> {
    conn.execute(
        "update fire_cut_offs set state = $2, off_at = $3 where id = $1",
        args![id, state, off_at],
    )
    .await?;
    Ok(())
}

/// Releases its lock. False when it has none.
pub async fn release(
    conn: Conn<'_>,
    id: i64,
    actor: &str,
    note: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update fire_cut_offs set lock_state = 'released', released_by = $2, \
             released_at = $3, note = $4 where id = $1 and lock_state = 'locked'",
            args![id, actor, now, note],
        )
        .await?;
    Ok(changed == 1)
}

/// A page of them, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &CutOffFilter,
    page: PageRequest,
) -> Result<Page<CutOff>> {
    Listing::of(columns!(), "fire_cut_offs")
        .within(OF_DEVICE, &filter.scope)
        .narrow("rule =", filter.rule.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("lock_state =", filter.lock_state.as_ref())
        .narrow("phy_id =", filter.phy_id.as_ref())
        .narrow("station_id =", filter.station_id.as_ref())
        .narrow("order_no =", filter.order_no.as_ref())
        .page(conn, "id desc", page)
        .await
}
