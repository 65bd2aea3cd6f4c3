use super::seconds;
use app::queries::CommandView;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A command to a device and what became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CommandOut {
    /// Its id.
    #[schema(example = 42)]
    id: i64,
    /// The device.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// The port, if it is about one.
    port_no: Option<u16>,
    /// The order, if it belongs to one.
    order_no: Option<String>,
    /// Its name: `start_charge`, `stop_charge`, `set_params` …
    #[schema(example = "set_params")]
    command: &'static str,
    /// The wire command as logs print it.
    #[schema(example = "0x82")]
    cmd: Option<String>,
    /// Message id on the wire.
    #[schema(example = 42)]
    msg_id: u32,
    /// 1 the most urgent, 5 the least.
    priority: i16,
    /// `queued`, `sent`, `acked`, `nacked`, `dead`, `expired`, `cancelled`.
    #[schema(example = "acked")]
    state: &'static str,
    /// How often it was written again.
    retries: i16,
    /// When it was queued, Unix seconds.
    created_at: i64,
    /// When it grows too old to be written, Unix seconds.
    expire_at: Option<i64>,
    /// When it was last written, Unix seconds.
    sent_at: Option<i64>,
    /// When it ended, Unix seconds.
    ended_at: Option<i64>,
    /// What the device answered.
    result: Option<Value>,
    /// Why it failed.
    error: Option<String>,
    /// The frame, hexadecimal, as long as the communication log has it.
    payload_hex: Option<String>,
}

impl From<CommandView> for CommandOut {
    fn from(view: CommandView) -> Self {
        let command = view.row;
        Self {
            id: command.id.0,
            device_phy_id: command.phy_id.to_string(),
            port_no: command.port_no.map(|port| port.0),
            order_no: command.order_no.map(|order_no| order_no.to_string()),
            command: command.payload.name(),
            cmd: view.wire_cmd.map(app::command_text),
            msg_id: view.msg_id,
            priority: command.priority,
            state: command.state.as_str(),
            retries: command.retries,
            created_at: command.created_at.unix_seconds(),
            expire_at: seconds(command.expire_at),
            sent_at: seconds(command.sent_at),
            ended_at: seconds(command.acked_at),
            result: command.result,
            error: command.last_error,
            payload_hex: view.frame_hex,
        }
    }
}
