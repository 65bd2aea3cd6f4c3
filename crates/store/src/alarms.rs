//! `alarms`: what needs somebody's eye. One row per cause and object while it is not over.

use crate::db::{args, row};
use crate::paging::{Listing, OF_DEVICE, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::{DeviceId, OrderNo, PortNo, Timestamp};
use serde_json::Value;

row! {
    /// A row of `alarms`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct AlarmRow {
        /// Row id.
        pub id: i64,
        /// Cause: `device_offline`, `port_fault` …
        pub code: String,
        /// C critical, W warning, I information.
        pub level: String,
        /// Kind of object: `device`, `port`, `order` …
        pub object_type: String,
        /// Which one.
        pub object_id: String,
        /// The device.
        pub device_id: Option<DeviceId>,
        /// The port.
        pub port_no: Option<PortNo>,
        /// The order.
        pub order_no: Option<OrderNo>,
        /// In words.
        pub message: String,
        /// Values that came with it.
        pub details: Value,
        /// When it was raised first.
        pub first_at: Timestamp,
        /// When it was raised last.
        pub last_at: Timestamp,
        /// How often it was raised.
        pub count: i32,
        /// `open`, `acked`, `processing`, `auto_recovered`, `resolved`, `closed`.
        pub state: String,
        /// When its cause was gone.
        pub recovered_at: Option<Timestamp>,
    }
}

/// An alarm to be raised.
#[derive(Clone, Debug)]
pub struct NewAlarm {
    /// Cause.
    pub code: String,
    /// C critical, W warning, I information.
    pub level: String,
    /// Kind of object.
    pub object_type: String,
    /// Which one.
    pub object_id: String,
    /// The device.
    pub device_id: Option<DeviceId>,
    /// The port.
    pub port_no: Option<PortNo>,
    /// The order.
    pub order_no: Option<OrderNo>,
    /// In words.
    pub message: String,
    /// Values that came with it.
    pub details: Value,
    /// When.
    pub at: Timestamp,
}

/// Which alarms a list shows.
#[derive(Clone, Debug, Default)]
pub struct AlarmFilter {
    /// In this state only.
    pub state: Option<String>,
    /// Those that are not over only.
    pub open: bool,
    /// With this cause only.
    pub code: Option<String>,
    /// Of this device only.
    pub device_id: Option<DeviceId>,
    /// Of this order only.
    pub order_no: Option<OrderNo>,
    /// About devices of these organisations only.
    pub scope: Scope,
}

macro_rules! columns {
    () => {
        "id, code, level, object_type, object_id, device_id, port_no, order_no, message, details, \
         first_at, last_at, count, state, recovered_at"
    };
}

/// Raises an alarm. While one with the same cause and object is not over, that one is counted
/// up instead: `count` is 1 exactly if the alarm is new.
pub async fn raise(conn: Conn<'_>, new: &NewAlarm) -> Result<AlarmRow> {
    conn.one(
        concat!(
            "insert into alarms (code, level, object_type, object_id, device_id, port_no, ",
            "order_no, message, details, first_at, last_at) ",
            "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ",
            "on conflict (code, object_type, object_id) ",
            "where state in ('open', 'acked', 'processing') do update set ",
            "count = alarms.count + 1, last_at = excluded.last_at, message = excluded.message, ",
            "details = excluded.details, order_no = coalesce(excluded.order_no, alarms.order_no) ",
            "returning ",
            columns!()
        ),
        args![
            new.code,
            new.level,
            new.object_type,
            new.object_id,
            new.device_id,
            new.port_no,
            new.order_no,
            new.message,
            new.details,
            new.at
        ],
    )
    .await
}

/// The cause is gone: ends the alarm as `auto_recovered`. `None` when there was none open.
pub async fn recover(
    conn: Conn<'_>,
    code: &str,
    object_type: &str,
    object_id: &str,
    at: Timestamp,
) -> Result<Option<AlarmRow>> {
    conn.optional(
        concat!(
            "update alarms set state = 'auto_recovered', recovered_at = $4 ",
            "where code = $1 and object_type = $2 and object_id = $3 ",
            "and state in ('open', 'acked', 'processing') returning ",
            columns!()
        ),
        args![code, object_type, object_id, at],
    )
    .await
}

/// The alarms of devices and ports that are not over, for the table in memory.
pub async fn list_open_of_devices(conn: Conn<'_>) -> Result<Vec<AlarmRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from alarms where state in ('open', 'acked', 'processing') ",
            "and object_type in ('device', 'port') order by id"
        ),
        &[],
    )
    .await
}

/// A page of alarms, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &AlarmFilter,
    page: PageRequest,
) -> Result<Page<AlarmRow>> {
    Listing::of(columns!(), "alarms")
        .within(OF_DEVICE, &filter.scope)
        .narrow("state =", filter.state.as_ref())
        .only("state in ('open', 'acked', 'processing')", filter.open)
        .narrow("code =", filter.code.as_ref())
        .narrow("device_id =", filter.device_id.as_ref())
        .narrow("order_no =", filter.order_no.as_ref())
        .page(conn, "id desc", page)
        .await
}
