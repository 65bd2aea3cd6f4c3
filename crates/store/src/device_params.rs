//! `device_params`: parameters as the platform set them or the device reported them.

use crate::db::{Batch, Kind, ToCell, args, row};
use crate::{Conn, Result};
use kernel::{DeviceId, Timestamp};

/// Waits for the device's word.
pub const PENDING: i16 = 0;
/// The device has it.
pub const CONFIRMED: i16 = 1;
/// The device refused it, or never answered.
pub const FAILED: i16 = 2;

row! {
    /// A row of `device_params`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DeviceParam {
        /// The device.
        pub device_id: DeviceId,
        /// The socket behind a gateway; 0 is the device itself.
        pub socket_no: i16,
        /// Number or name of the parameter.
        pub param_id: String,
        /// Value in the protocol's unit; 0 when it is a text.
        pub value: i64,
        /// The value, when it is a text.
        pub text_value: Option<String>,
        /// [`PENDING`], [`CONFIRMED`] or [`FAILED`].
        pub state: i16,
        /// Message id, or command, that carried it.
        pub msg_id: Option<i64>,
        /// When the device had it.
        pub confirmed_at: Option<Timestamp>,
    }
}

/// Writes parameters in one statement, replacing what was known of them. No parameter may be in
/// the list twice.
pub async fn put(conn: Conn<'_>, params: &[DeviceParam], now: Timestamp) -> Result<u64> {
    static PUT: Batch<9> = Batch::new(
        "insert into device_params (device_id, socket_no, param_id, value, text_value, state, \
         msg_id, confirmed_at, updated_at) select v.device_id, v.socket_no, v.param_id, v.value, \
         v.text_value, v.state, v.msg_id, v.confirmed_at, v.at from {rows} where true \
         on conflict (device_id, socket_no, param_id) do update set value = excluded.value, \
         text_value = excluded.text_value, state = excluded.state, msg_id = excluded.msg_id, \
         confirmed_at = excluded.confirmed_at, updated_at = excluded.updated_at",
        [
            ("device_id", Kind::Int),
            ("socket_no", Kind::Int),
            ("param_id", Kind::Text),
            ("value", Kind::Int),
            ("text_value", Kind::Text),
            ("state", Kind::Int),
            ("msg_id", Kind::Int),
            ("confirmed_at", Kind::Time),
            ("at", Kind::Time),
        ],
    );
    let rows: Vec<_> = params
        .iter()
        .map(|param| {
            [
                param.device_id.cell(),
                param.socket_no.cell(),
                param.param_id.cell(),
                param.value.cell(),
                param.text_value.cell(),
                param.state.cell(),
                param.msg_id.cell(),
                param.confirmed_at.cell(),
                now.cell(),
            ]
        })
        .collect();
    PUT.execute(conn, &rows).await
}

/// The device answered to the message that carried parameters. Returns how many waited for it.
pub async fn settle(
    conn: Conn<'_>,
    device: DeviceId,
    msg_id: i64,
    accepted: bool,
    now: Timestamp,
) -> Result<u64> {
    let (state, confirmed_at) = if accepted {
        (CONFIRMED, Some(now))
    } else {
        (FAILED, None)
    };
    conn.execute(
        "update device_params set state = $3, confirmed_at = $4, updated_at = $5 \
         where device_id = $1 and msg_id = $2 and state = 0",
        args![device, msg_id, state, confirmed_at, now],
    )
    .await
}

/// The parameters of a device, by socket and name.
pub async fn list(conn: Conn<'_>, device: DeviceId) -> Result<Vec<DeviceParam>> {
    conn.all(
        "select device_id, socket_no, param_id, value, text_value, state, msg_id, confirmed_at \
         from device_params where device_id = $1 order by socket_no, param_id",
        args![device],
    )
    .await
}
