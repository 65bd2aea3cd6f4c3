//! `device_records`: every end report as it was received, also those that changed nothing.

use crate::db::{Columns, FromCell, Scalar, args, parsed, row};
use crate::{Conn, Result};
use domain::order::RecordKind;
use kernel::{DeviceId, OrderNo, PhyId, PortNo, Timestamp};
use serde_json::Value;

/// Records that a list returns at most.
const ROWS_MAX: i64 = 500;

impl FromCell for RecordKind {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        parsed(row, column, |text| {
            [
                Self::Matched,
                Self::Duplicate,
                Self::Late,
                Self::Conflict,
                Self::Orphan,
            ]
            .into_iter()
            .find(|kind| kind.as_str() == text)
        })
    }
}

row! {
    /// A stored end report.
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeviceRecord {
        /// Row id.
        pub id: i64,
        /// The device.
        pub device_id: DeviceId,
        /// Its id on the wire.
        pub phy_id: PhyId,
        /// The port.
        pub port_no: PortNo,
        /// Under which a repeat is recognised.
        pub natural_key: String,
        /// The order that it was matched with.
        pub order_no: Option<OrderNo>,
        /// What it turned out to be.
        pub kind: RecordKind,
        /// Its values.
        pub report: Value,
        /// The frame.
        pub raw_hex: String,
        /// When the charge ended by the device's clock.
        pub device_time: Option<Timestamp>,
        /// When it arrived.
        pub at: Timestamp,
    }
}

/// An end report to be stored.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// The device.
    pub device_id: DeviceId,
    /// Its id on the wire.
    pub phy_id: PhyId,
    /// The port.
    pub port_no: PortNo,
    /// Under which a repeat is recognised: equal for two reports exactly if they speak of the
    /// same charge with the same figures.
    pub natural_key: String,
    /// The order that it was matched with.
    pub order_no: Option<OrderNo>,
    /// What it turned out to be.
    pub kind: RecordKind,
    /// Its values.
    pub report: Value,
    /// The frame.
    pub raw: Box<[u8]>,
    /// When the charge ended by the device's clock.
    pub device_time: Option<Timestamp>,
    /// When it arrived.
    pub at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, device_id, phy_id, port_no, natural_key, order_no, kind, report, raw_hex, ",
            "device_time, at from device_records where ",
            $rest
        )
    };
}

/// Stores a report; its row id.
pub async fn insert(conn: Conn<'_>, record: &NewRecord) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into device_records (device_id, phy_id, port_no, natural_key, order_no, kind, \
             report, raw_hex, device_time, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             returning id as value",
            args![
                record.device_id,
                record.phy_id,
                record.port_no,
                record.natural_key,
                record.order_no,
                record.kind.as_str(),
                record.report,
                hex::encode_upper(&record.raw),
                record.device_time,
                record.at
            ],
        )
        .await?;
    Ok(id)
}

/// The first report of that device with that natural key since `since`.
pub async fn find_same(
    conn: Conn<'_>,
    device: DeviceId,
    natural_key: &str,
    since: Timestamp,
) -> Result<Option<DeviceRecord>> {
    conn.optional(
        select!("device_id = $1 and natural_key = $2 and at >= $3 order by id limit 1"),
        args![device, natural_key, since],
    )
    .await
}

/// Whether a report of that device with that natural key has been stored as that kind.
pub async fn has_kind(
    conn: Conn<'_>,
    device: DeviceId,
    natural_key: &str,
    kind: &RecordKind,
) -> Result<bool> {
    let known: Option<Scalar<i64>> = conn
        .optional(
            "select id as value from device_records \
             where device_id = $1 and natural_key = $2 and kind = $3 limit 1",
            args![device, natural_key, kind.as_str()],
        )
        .await?;
    Ok(known.is_some())
}

/// The reports of an order, oldest first.
pub async fn list_of_order(conn: Conn<'_>, order_no: OrderNo) -> Result<Vec<DeviceRecord>> {
    conn.all(
        select!("order_no = $1 order by id limit $2"),
        args![order_no, ROWS_MAX],
    )
    .await
}

/// The latest reports of a device, newest first.
pub async fn list_of_device(conn: Conn<'_>, device: DeviceId) -> Result<Vec<DeviceRecord>> {
    conn.all(
        select!("device_id = $1 order by id desc limit $2"),
        args![device, ROWS_MAX],
    )
    .await
}
