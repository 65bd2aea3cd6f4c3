use crate::db::{Columns, FromCell, from_json, row, text_column};
use device::Command;
use domain::command::CommandState;
use kernel::{CommandId, DeviceId, OrderNo, PhyId, PortNo, Timestamp, TraceId};
use serde_json::Value;

text_column!(CommandState);

row! {
    /// A row of `commands`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct QueuedCommand {
        /// Row id.
        pub id: CommandId,
        /// The device.
        pub device_id: DeviceId,
        /// Its id on the wire.
        pub phy_id: PhyId,
        /// The port, if it is about one.
        pub port_no: Option<PortNo>,
        /// The order, if it belongs to one.
        pub order_no: Option<OrderNo>,
        /// Its name.
        pub cmd: String,
        /// The command itself.
        pub payload: Command,
        /// Wire command of the frame that was last written.
        pub wire_cmd: Option<u16>,
        /// That frame.
        pub payload_hex: Option<String>,
        /// Its message id.
        pub msg_id: Option<u32>,
        /// 1 first.
        pub priority: i16,
        /// How far it is.
        pub state: CommandState,
        /// How often it was written again after the first time.
        pub retries: i16,
        /// When it was queued.
        pub created_at: Timestamp,
        /// After this it must not be written any more.
        pub expire_at: Option<Timestamp>,
        /// When it was last written.
        pub sent_at: Option<Timestamp>,
        /// When its end was known, whatever the end.
        pub acked_at: Option<Timestamp>,
        /// What the device answered.
        pub result: Option<Value>,
        /// Why it failed.
        pub last_error: Option<String>,
    }
}

/// A command to be queued. Name, port and priority follow from the command.
#[derive(Clone, Debug)]
pub struct NewCommand {
    /// The device.
    pub device_id: DeviceId,
    /// Its id on the wire.
    pub phy_id: PhyId,
    /// The order that it belongs to, and whose flow.
    pub order_no: Option<OrderNo>,
    /// The flow of a command that belongs to no order.
    pub trace: Option<TraceId>,
    /// The command.
    pub command: Command,
    /// After this it must not be written any more.
    pub expire_at: Option<Timestamp>,
    /// Now.
    pub at: Timestamp,
}

impl FromCell for Command {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        from_json(row, column)
    }
}
