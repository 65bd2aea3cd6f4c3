//! The messages of both dialects: the table that maps command and direction to a type.
//!
//! Every sound frame decodes into a [`Message`]. Commands that nobody knows keep their bytes, and
//! bytes behind the last known field are kept as well, so writing a message again gives the bytes
//! that it was read from.

mod card;
mod control;
mod end;
mod firmware;
mod heartbeat;
mod legacy;
mod network;
mod outer_command;
mod status;
mod sub_command;
mod voice;

pub mod container;
pub mod v86;

pub use card::{
    BalanceAsk, BalanceReply, CardNo, CardStart, CardStartAck, CardSwipe, CardTierPlan,
};
pub use container::{Container, ContainerError, Content, Sender};
pub use control::{Control, ControlAck, SocketOnly, Tier, TierStart, Tiers};
pub use end::{CardEnd, End, EndAck, TierEnd, TierMinutes};
pub use firmware::{Address, FirmwareOrder};
pub use heartbeat::{Heartbeat, TimeReply, Version};
pub use legacy::{LegacyLimits, LegacyParameters};
pub use network::{Node, NodeList, ResultOnly};
pub use outer_command::{Dialect, outer};
pub use status::{PortMeter, SocketStatus};
pub use sub_command::{Sub, sub};
pub use v86::V86;
pub use voice::{DayTime, Period, Voice, VoiceAck};

use crate::frame::{Frame, FrameError, Framing, GatewayId, TooLong, seal};
use crate::key::KeyTable;
use device::Direction;
use wire::{ByteOrder, Field, HexBytes, Label, Sheet, WireError, Writer};

/// Why a frame is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The frame itself is wrong.
    #[error("frame: {0}")]
    Frame(#[from] FrameError),
    /// A known command whose body is too short, or counts more than it may.
    #[error("{0}")]
    Field(#[from] WireError),
    /// Elements that do not fit into each other, or no container.
    #[error("{0}")]
    Container(#[from] ContainerError),
}

impl DecodeError {
    /// What is wrong in one word: `magic`, `length`, `tail`, `checksum`, `direction`, `header`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Frame(error) => error.kind(),
            Self::Field(_) | Self::Container(ContainerError::Element(_)) => "length",
            Self::Container(ContainerError::Header) => "header",
        }
    }
}

/// The content of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What is known of it.
    pub body: Body,
    /// How it differs from the documented form; nothing in messages that we make.
    pub slack: Slack,
}

/// Where a body differs from its documented form without being unreadable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slack {
    /// The inner length of 0005 and 0015 counts the sub-command byte, as some authors do.
    pub counts_sub_command: bool,
    /// Bytes behind the last known field.
    pub trailing: Vec<u8>,
    /// Bytes behind the parameters that the inner length of 0005 and 0015 states.
    pub surplus: Vec<u8>,
}

impl Slack {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        !self.counts_sub_command && self.trailing.is_empty() && self.surplus.is_empty()
    }
}

/// A known content, or the bytes of an unknown one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// 0000 up, both dialects.
    Heartbeat(Heartbeat),
    /// 0000 down, both dialects.
    Time(TimeReply),
    /// 0005 and 0015, with the sub-command.
    Sub(u8, Sub),
    /// 1000, and direct frames.
    Container(Box<Container>),
    /// 0007 down.
    Firmware(FirmwareOrder),
    /// A command of the v8.6 dialect.
    V86(V86),
    /// A command that nobody knows, or an answer whose form nobody knows (0007 up).
    Unknown(HexBytes),
}

impl From<Body> for Message {
    fn from(body: Body) -> Self {
        Self {
            body,
            slack: Slack::default(),
        }
    }
}

impl From<Container> for Message {
    fn from(container: Container) -> Self {
        Body::Container(Box::new(container)).into()
    }
}

/// Reads a message of which bytes may be left over.
#[inline]
fn read<M: wire::Message>(bytes: &[u8]) -> Result<(M, &[u8]), WireError> {
    M::decode(bytes, ByteOrder::Big)
}

/// The content of a frame.
///
/// # Errors
/// When a known command is too short or counts more than it may.
#[inline]
pub fn decode(frame: &Frame<'_>) -> Result<Message, DecodeError> {
    let (body, direction) = (frame.body, frame.direction);
    let Framing::Gateway { cmd, .. } = frame.framing else {
        return Ok(Container::read(body, direction, Some(KeyTable::Direct))?.into());
    };
    let (body, trailing) = match (cmd, direction) {
        (outer::HEARTBEAT, Direction::Up) => {
            let (beat, rest) = read(body)?;
            (Body::Heartbeat(beat), rest)
        }
        (outer::HEARTBEAT, Direction::Down) => {
            let (time, rest) = read(body)?;
            (Body::Time(time), rest)
        }
        (outer::NETWORK | outer::CONTROL, _) => {
            return sub_command::decode(cmd, direction, body);
        }
        (outer::CONTAINER, _) => {
            return Ok(Container::read(body, direction, Some(KeyTable::Networked))?.into());
        }
        (outer::FIRMWARE, Direction::Down) => {
            let (order, rest) = read(body)?;
            (Body::Firmware(order), rest)
        }
        _ => match V86::read(cmd, direction, body)? {
            Some((message, rest)) => (Body::V86(message), rest),
            None => (Body::Unknown(HexBytes(body.to_vec())), &[][..]),
        },
    };
    Ok(Message {
        body,
        slack: Slack {
            trailing: trailing.to_vec(),
            ..Slack::default()
        },
    })
}

impl Message {
    /// Appends the body of the frame.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out, ByteOrder::Big);
        match &self.body {
            Body::Heartbeat(message) => message.put(&mut writer),
            Body::Time(message) => message.put(&mut writer),
            Body::Firmware(message) => message.put(&mut writer),
            Body::V86(message) => message.put(&mut writer),
            Body::Unknown(bytes) => bytes.put(&mut writer),
            Body::Container(container) => return container.write(out),
            Body::Sub(code, sub) => return sub_command::write(*code, sub, &self.slack, out),
        }
        out.extend_from_slice(&self.slack.trailing);
    }

    /// Appends a whole gateway frame.
    ///
    /// # Errors
    /// When a list is longer than a frame may be; `out` is then as it was.
    pub fn seal(
        &self,
        cmd: u16,
        seq: u32,
        gateway: GatewayId,
        direction: Direction,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLong> {
        self.seal_as(Framing::Gateway { cmd, seq, gateway }, direction, out)
    }

    /// Appends a whole frame with the given header.
    ///
    /// # Errors
    /// When a list is longer than a frame may be; `out` is then as it was.
    pub fn seal_as(
        &self,
        framing: Framing,
        direction: Direction,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLong> {
        seal(framing, direction, out, |out| self.write(out))
    }

    /// What the message is called.
    pub fn title(&self) -> &'static str {
        match &self.body {
            Body::Heartbeat(_) => <Heartbeat as wire::Message>::TITLE,
            Body::Time(_) => <TimeReply as wire::Message>::TITLE,
            Body::Firmware(_) => <FirmwareOrder as wire::Message>::TITLE,
            Body::V86(message) => message.title(),
            Body::Container(container) => container.content.title(),
            Body::Sub(_, sub) => sub.title(),
            Body::Unknown(_) => "unknown command",
        }
    }

    /// Adds the fields to an inspection sheet that stands at the beginning of the body.
    pub(crate) fn describe(&self, sheet: &mut Sheet) {
        let label = Label::new("body_hex", "body of an unknown form");
        match &self.body {
            Body::Heartbeat(message) => message.describe(label, sheet),
            Body::Time(message) => message.describe(label, sheet),
            Body::Firmware(message) => message.describe(label, sheet),
            Body::V86(message) => message.describe(sheet),
            Body::Unknown(bytes) => bytes.describe(label, sheet),
            Body::Container(container) => container.describe(sheet),
            Body::Sub(code, sub) => sub_command::describe(*code, sub, &self.slack, sheet),
        }
        for (name, bytes, doc) in [
            (
                "trailing_hex",
                &self.slack.trailing,
                "behind the last known field",
            ),
            (
                "surplus_hex",
                &self.slack.surplus,
                "behind the stated inner length",
            ),
        ] {
            if !bytes.is_empty() {
                let value = serde_json::Value::from(hex::encode(bytes));
                sheet.row(Label::new(name, doc), bytes.len(), value, None);
            }
        }
    }
}
