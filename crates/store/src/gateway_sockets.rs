//! `gateway_sockets`: the boxes behind a gateway.

use crate::db::{Batch, Kind, ToCell, args, row};
use crate::{Conn, Result};
use kernel::{DeviceId, Timestamp};

row! {
    /// A row of `gateway_sockets`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct GatewaySocket {
        /// The gateway.
        pub gateway_id: DeviceId,
        /// Its number, 1..=250.
        pub socket_no: i16,
        /// 12 hex digits.
        pub socket_mac: Option<String>,
        /// Unique id, where the device tells.
        pub socket_uid: Option<String>,
        /// Radio channel, 1..=15.
        pub channel: Option<i16>,
        /// 0 offline, 1 online, 2 fault.
        pub status: i16,
        /// Radio signal.
        pub signal: Option<i16>,
        /// °C.
        pub temp: Option<i16>,
        /// Firmware as the device writes it.
        pub firmware: Option<String>,
        /// Its last sign of life.
        pub last_seen_at: Option<Timestamp>,
    }
}

/// Writes what is known of sockets now, in one statement; absent fields keep their old value,
/// `status` is always written. No socket may be in the list twice.
pub async fn put(conn: Conn<'_>, sockets: &[GatewaySocket], now: Timestamp) -> Result<u64> {
    static PUT: Batch<11> = Batch::new(
        "insert into gateway_sockets (gateway_id, socket_no, socket_mac, socket_uid, channel, \
         status, signal, temp, firmware, last_seen_at, updated_at) \
         select v.gateway_id, v.socket_no, v.socket_mac, v.socket_uid, v.channel, v.status, \
         v.signal, v.temp, v.firmware, v.last_seen_at, v.at from {rows} where true \
         on conflict (gateway_id, socket_no) do update set \
         socket_mac = coalesce(excluded.socket_mac, gateway_sockets.socket_mac), \
         socket_uid = coalesce(excluded.socket_uid, gateway_sockets.socket_uid), \
         channel = coalesce(excluded.channel, gateway_sockets.channel), \
         status = excluded.status, \
         signal = coalesce(excluded.signal, gateway_sockets.signal), \
         temp = coalesce(excluded.temp, gateway_sockets.temp), \
         firmware = coalesce(excluded.firmware, gateway_sockets.firmware), \
         last_seen_at = coalesce(excluded.last_seen_at, gateway_sockets.last_seen_at), \
         updated_at = excluded.updated_at",
        [
            ("gateway_id", Kind::Int),
            ("socket_no", Kind::Int),
            ("socket_mac", Kind::Text),
            ("socket_uid", Kind::Text),
            ("channel", Kind::Int),
            ("status", Kind::Int),
            ("signal", Kind::Int),
            ("temp", Kind::Int),
            ("firmware", Kind::Text),
            ("last_seen_at", Kind::Time),
            ("at", Kind::Time),
        ],
    );
    let rows: Vec<_> = sockets
        .iter()
        .map(|socket| {
            [
                socket.gateway_id.cell(),
                socket.socket_no.cell(),
                socket.socket_mac.cell(),
                socket.socket_uid.cell(),
                socket.channel.cell(),
                socket.status.cell(),
                socket.signal.cell(),
                socket.temp.cell(),
                socket.firmware.cell(),
                socket.last_seen_at.cell(),
                now.cell(),
            ]
        })
        .collect();
    PUT.execute(conn, &rows).await
}

/// The sockets of a gateway, by number.
pub async fn list(conn: Conn<'_>, gateway: DeviceId) -> Result<Vec<GatewaySocket>> {
    conn.all(
        "select gateway_id, socket_no, socket_mac, socket_uid, channel, status, signal, temp, \
         firmware, last_seen_at from gateway_sockets where gateway_id = $1 order by socket_no",
        args![gateway],
    )
    .await
}

/// Removes one socket. False when there was none.
pub async fn remove(conn: Conn<'_>, gateway: DeviceId, socket_no: i16) -> Result<bool> {
    let removed = conn
        .execute(
            "delete from gateway_sockets where gateway_id = $1 and socket_no = $2",
            args![gateway, socket_no],
        )
        .await?;
    Ok(removed == 1)
}

/// Removes all sockets of a gateway, before a new list takes their place. Returns how many.
pub async fn remove_all(conn: Conn<'_>, gateway: DeviceId) -> Result<u64> {
    conn.execute(
        "delete from gateway_sockets where gateway_id = $1",
        args![gateway],
    )
    .await
}
