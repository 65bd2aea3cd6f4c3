//! `ports`: what each port of each device is doing.

use crate::db::{Batch, Kind, ToCell, args, row};
use crate::{Conn, Result};
use device::PortState;
use kernel::{Current, DeviceId, OrderNo, PortNo, Power, RunId, Timestamp, Voltage};

row! {
    /// A row of `ports`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Port {
        /// Its device.
        pub device_id: DeviceId,
        /// Its number.
        pub port_no: PortNo,
        /// The published code: 0 idle, 1 charging, 2 fault.
        pub status: i16,
        /// What it is doing.
        pub state: PortState,
        /// The status bits as they came last.
        pub raw_status: Option<u32>,
        /// The published fault code; 0 without a fault.
        pub fault_code: u32,
        /// Power now.
        pub power_w: Option<Power>,
        /// Supply voltage.
        pub voltage: Option<Voltage>,
        /// Current now.
        pub current: Option<Current>,
        /// °C.
        pub temp: Option<i16>,
        /// State of charge of the vehicle in percent.
        pub soc: Option<i16>,
        /// A plug is in, where the device can tell.
        pub plugged: Option<bool>,
        /// The order that runs there, or is about to.
        pub current_order_no: Option<OrderNo>,
        /// Rated power in W.
        pub rated_power_w: Option<i64>,
        /// What its QR code says.
        pub qr_code: Option<String>,
        /// Name for people.
        pub name: Option<String>,
        /// When anything of it last changed.
        pub updated_at: Timestamp,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select device_id, port_no, status, state, raw_status, fault_code, power_w, voltage, ",
            "current, temp, soc, plugged, current_order_no, rated_power_w, qr_code, name, ",
            "updated_at from ports where deleted_at is null ",
            $rest
        )
    };
}

/// The values of one port as they are now, for [`flush_live`]. All are written, also the absent.
#[derive(Clone, Debug)]
pub struct LivePort {
    /// Its device.
    pub device_id: DeviceId,
    /// Its number.
    pub port_no: PortNo,
    /// What it is doing.
    pub state: PortState,
    /// The status bits as they came.
    pub raw_status: Option<u32>,
    /// The published fault code; 0 without a fault.
    pub fault_code: u32,
    /// Power now.
    pub power: Option<Power>,
    /// Supply voltage.
    pub voltage: Option<Voltage>,
    /// Current now.
    pub current: Option<Current>,
    /// °C.
    pub temp: Option<i16>,
    /// A plug is in.
    pub plugged: Option<bool>,
    /// The order that runs there.
    pub current_order_no: Option<OrderNo>,
    /// When these values were true.
    pub at: Timestamp,
}

/// The ports of a device, by number.
pub async fn list(conn: Conn<'_>, device: DeviceId) -> Result<Vec<Port>> {
    conn.all(
        select!("and device_id = $1 order by port_no"),
        args![device],
    )
    .await
}

/// All ports, by device and number, for the table in memory.
pub async fn all(conn: Conn<'_>) -> Result<Vec<Port>> {
    conn.all(select!("order by device_id, port_no"), &[]).await
}

/// The ports of some devices, by device and number.
pub async fn all_of(conn: Conn<'_>, devices: &[DeviceId]) -> Result<Vec<Port>> {
    static ALL_OF: Batch<1> = Batch::new(
        select!("and device_id in (select v.id from {rows}) order by device_id, port_no"),
        [("id", Kind::Int)],
    );
    let rows: Vec<_> = devices.iter().map(|id| [id.cell()]).collect();
    ALL_OF.all(conn, &rows).await
}

/// One port.
pub async fn find(conn: Conn<'_>, device: DeviceId, port: PortNo) -> Result<Option<Port>> {
    conn.optional(
        select!("and device_id = $1 and port_no = $2"),
        args![device, port],
    )
    .await
}

/// Makes rows for ports that have none yet, in the state `unknown`. Returns how many were new.
pub async fn ensure(
    conn: Conn<'_>,
    device: DeviceId,
    ports: &[PortNo],
    now: Timestamp,
) -> Result<u64> {
    static ENSURE: Batch<3> = Batch::new(
        "insert into ports (device_id, port_no, created_at, updated_at) \
         select v.device_id, v.port_no, v.at, v.at from {rows} where true \
         on conflict (device_id, port_no) do nothing",
        [
            ("device_id", Kind::Int),
            ("port_no", Kind::Int),
            ("at", Kind::Time),
        ],
    );
    let rows: Vec<_> = ports
        .iter()
        .map(|port| [device.cell(), port.cell(), now.cell()])
        .collect();
    ENSURE.execute(conn, &rows).await
}

/// Moves a port to a state at once, with its published code. A missing row is made.
pub async fn set_state(
    conn: Conn<'_>,
    device: DeviceId,
    port: PortNo,
    state: PortState,
    order: Option<OrderNo>,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into ports (device_id, port_no, state, status, current_order_no, created_at, \
         updated_at) values ($1, $2, $3, $4, $5, $6, $6) \
         on conflict (device_id, port_no) do update set state = excluded.state, \
         status = excluded.status, current_order_no = excluded.current_order_no, \
         updated_at = excluded.updated_at",
        args![device, port, state, state.status_code(), order, now],
    )
    .await?;
    Ok(())
}

/// Writes the values of many ports in one statement; missing rows are made. No port may be in
/// the list twice. A port whose order has changed since its values were collected is left alone:
/// they are older than the row.
pub async fn flush_live(conn: Conn<'_>, run: Option<RunId>, ports: &[LivePort]) -> Result<u64> {
    static FLUSH: Batch<14> = Batch::new(
        "insert into ports (device_id, port_no, state, status, raw_status, fault_code, power_w, \
         voltage, current, temp, plugged, current_order_no, created_at, updated_at) \
         select v.device_id, v.port_no, v.state, v.status, v.raw_status, v.fault_code, v.power_w, \
         v.voltage, v.amperes, v.temp, v.plugged, v.current_order_no, v.at, v.at \
         from {rows} where (v.run_id is null or not exists (select 1 from devices d \
         where d.id = v.device_id and d.session_run <> v.run_id)) \
         on conflict (device_id, port_no) do update set state = excluded.state, \
         status = excluded.status, raw_status = excluded.raw_status, \
         fault_code = excluded.fault_code, power_w = excluded.power_w, \
         voltage = excluded.voltage, current = excluded.current, temp = excluded.temp, \
         plugged = excluded.plugged, updated_at = excluded.updated_at \
         where ports.current_order_no is not distinct from excluded.current_order_no",
        [
            ("device_id", Kind::Int),
            ("port_no", Kind::Int),
            ("state", Kind::Text),
            ("status", Kind::Int),
            ("raw_status", Kind::Int),
            ("fault_code", Kind::Int),
            ("power_w", Kind::Real),
            ("voltage", Kind::Real),
            ("amperes", Kind::Real),
            ("temp", Kind::Int),
            ("plugged", Kind::Bool),
            ("current_order_no", Kind::Text),
            ("at", Kind::Time),
            ("run_id", Kind::Int),
        ],
    );
    let codes: Vec<i16> = ports.iter().map(|port| port.state.status_code()).collect();
    let rows: Vec<_> = ports
        .iter()
        .zip(&codes)
        .map(|(port, code)| {
            [
                port.device_id.cell(),
                port.port_no.cell(),
                port.state.cell(),
                code.cell(),
                port.raw_status.cell(),
                port.fault_code.cell(),
                port.power.cell(),
                port.voltage.cell(),
                port.current.cell(),
                port.temp.cell(),
                port.plugged.cell(),
                port.current_order_no.cell(),
                port.at.cell(),
                run.cell(),
            ]
        })
        .collect();
    FLUSH.execute(conn, &rows).await
}
