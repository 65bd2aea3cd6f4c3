use crate::db::{Batch, Kind, ToCell};
use crate::{Conn, Result};
use kernel::{DeviceId, RunId, Timestamp};

/// Signs of life of one device, for [`flush_live`].
#[derive(Clone, Debug)]
pub struct LiveDevice {
    /// The row.
    pub id: DeviceId,
    /// Its last valid frame. An older one than the row's is ignored.
    pub last_seen_at: Option<Timestamp>,
    /// Since when it has been online; none: it is offline.
    pub online_since: Option<Timestamp>,
    /// Radio signal; none leaves the old value.
    pub rssi: Option<i16>,
    /// °C; none leaves the old value.
    pub temp: Option<i16>,
    /// Address of its connection; none leaves the old value.
    pub ip: Option<String>,
}

/// Writes the signs of life of many devices in one statement. Returns how many rows there were:
/// for a `run` of a cluster those that no other run holds.
pub async fn flush_live(conn: Conn<'_>, run: Option<RunId>, devices: &[LiveDevice]) -> Result<u64> {
    static FLUSH: Batch<7> = Batch::new(
        "update devices set \
         last_seen_at = case when devices.last_seen_at > v.last_seen_at \
             then devices.last_seen_at else coalesce(v.last_seen_at, devices.last_seen_at) end, \
         online_since = v.online_since, rssi = coalesce(v.rssi, devices.rssi), \
         temp = coalesce(v.temp, devices.temp), ip = coalesce(v.ip, devices.ip) \
         from {rows} where devices.id = v.id \
         and (v.run_id is null or coalesce(devices.session_run, v.run_id) = v.run_id)",
        [
            ("id", Kind::Int),
            ("last_seen_at", Kind::Time),
            ("online_since", Kind::Time),
            ("rssi", Kind::Int),
            ("temp", Kind::Int),
            ("ip", Kind::Text),
            ("run_id", Kind::Int),
        ],
    );
    let rows: Vec<_> = devices
        .iter()
        .map(|device| {
            [
                device.id.cell(),
                device.last_seen_at.cell(),
                device.online_since.cell(),
                device.rssi.cell(),
                device.temp.cell(),
                device.ip.cell(),
                run.cell(),
            ]
        })
        .collect();
    FLUSH.execute(conn, &rows).await
}
