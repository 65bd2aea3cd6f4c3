//! The v8.6 dialect: its commands as one table (docs/protocols/bkv-v8.6.md).

mod order;
mod port;
mod setup;

pub use order::{
    Confirm, Control, ControlAck, Modify, ModifyAck, OrderNoted, Progress, Settlement,
};
pub use port::{CardAnswer, CardSwipe, Query, Status, StatusAck};
pub use setup::{Chunk, ChunkAck, Parameter, ParameterAck};

use super::{Heartbeat, read};
use device::Direction;
use wire::{Field, Label, Sheet, Text, WireError, Writer};

/// Order number as it stands on the wire: 16 ASCII characters.
pub type OrderText = Text<16>;

/// Outer commands of the dialect, besides 0000.
pub mod cmd {
    /// Registration.
    pub const REGISTER: u16 = 0x0020;
    /// Status heartbeat.
    pub const STATUS: u16 = 0x0021;
    /// Card swiped.
    pub const CARD: u16 = 0x0002;
    /// Settlement.
    pub const SETTLEMENT: u16 = 0x0003;
    /// Order confirmation after plugging in.
    pub const CONFIRM: u16 = 0x0004;
    /// Progress.
    pub const PROGRESS: u16 = 0x0006;
    /// Query.
    pub const QUERY: u16 = 0x0081;
    /// Start, stop.
    pub const CONTROL: u16 = 0x0082;
    /// First of the parameter commands.
    pub const PARAMETER_FIRST: u16 = 0x0083;
    /// Last of the parameter commands.
    pub const PARAMETER_LAST: u16 = 0x0089;
    /// Change time or energy of a running order.
    pub const MODIFY: u16 = 0x008A;
    /// Firmware chunk of the main board.
    pub const CHUNK_FIRST: u16 = 0x00E0;
    /// Firmware chunk of the radio.
    pub const CHUNK_LAST: u16 = 0x00E2;
}

/// Whether an outer command belongs to this dialect alone.
pub const fn is_command(command: u16) -> bool {
    matches!(
        command,
        cmd::CARD..=cmd::CONFIRM
            | cmd::PROGRESS
            | cmd::REGISTER..=cmd::STATUS
            | cmd::QUERY..=cmd::MODIFY
            | cmd::CHUNK_FIRST..=cmd::CHUNK_LAST
    )
}

macro_rules! v86_messages {
    ($( $(#[doc = $doc:literal])+ $code:pat, $direction:ident => $variant:ident($type:ty); )*) => {
        /// A message of the dialect. The outer command stands beside it: several commands share
        /// a layout.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum V86 {
            $( $(#[doc = $doc])+ $variant($type), )*
        }

        impl V86 {
            /// Reads the body of a command in its direction; `None` for an unknown pair.
            #[inline]
            pub(super) fn read(
                command: u16,
                direction: Direction,
                body: &[u8],
            ) -> Result<Option<(Self, &[u8])>, WireError> {
                Ok(match (command, direction) {
                    $( ($code, Direction::$direction) => {
                        let (message, rest) = read::<$type>(body)?;
                        Some((Self::$variant(message), rest))
                    } )*
                    _ => None,
                })
            }

            pub(super) fn put(&self, writer: &mut Writer<'_>) {
                match self { $( Self::$variant(message) => message.put(writer), )* }
            }

            pub(super) fn describe(&self, sheet: &mut Sheet) {
                match self {
                    $( Self::$variant(message) => message.describe(Label::new("", ""), sheet), )*
                }
            }

            /// What the message is called.
            pub const fn title(&self) -> &'static str {
                match self { $( Self::$variant(_) => <$type as wire::Message>::TITLE, )* }
            }
        }
    };
}

v86_messages! {
    /// 0020 up.
    cmd::REGISTER, Up => Register(Heartbeat);
    /// 0021 up.
    cmd::STATUS, Up => Status(Status);
    /// 0021 down.
    cmd::STATUS, Down => StatusAck(StatusAck);
    /// 0006 up.
    cmd::PROGRESS, Up => Progress(Progress);
    /// 0004 up.
    cmd::CONFIRM, Up => Confirm(Confirm);
    /// 0003 up.
    cmd::SETTLEMENT, Up => Settlement(Settlement);
    /// 0004 and 0003 down.
    cmd::CONFIRM | cmd::SETTLEMENT, Down => OrderNoted(OrderNoted);
    /// 0002 up.
    cmd::CARD, Up => CardSwipe(CardSwipe);
    /// 0002 down.
    cmd::CARD, Down => CardAnswer(CardAnswer);
    /// 0082 down.
    cmd::CONTROL, Down => Control(Control);
    /// 0082 up.
    cmd::CONTROL, Up => ControlAck(ControlAck);
    /// 008A down.
    cmd::MODIFY, Down => Modify(Modify);
    /// 008A up.
    cmd::MODIFY, Up => ModifyAck(ModifyAck);
    /// 0081 down.
    cmd::QUERY, Down => Query(Query);
    /// 0081 up: the layout of 0021.
    cmd::QUERY, Up => QueryAnswer(Status);
    /// 0083 to 0089 down.
    cmd::PARAMETER_FIRST..=cmd::PARAMETER_LAST, Down => Parameter(Parameter);
    /// 0083 to 0089 up.
    cmd::PARAMETER_FIRST..=cmd::PARAMETER_LAST, Up => ParameterAck(ParameterAck);
    /// 00E0 to 00E2 down.
    cmd::CHUNK_FIRST..=cmd::CHUNK_LAST, Down => Chunk(Chunk);
    /// 00E0 to 00E2 up.
    cmd::CHUNK_FIRST..=cmd::CHUNK_LAST, Up => ChunkAck(ChunkAck);
}
