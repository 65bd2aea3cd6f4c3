//! Outer 1000 and direct frames: the BKV container and its commands
//! (BKV, docs/protocols/bkv.md §4, §5, §16).

mod direct;
mod end;
mod event;
mod fee;
mod parameter;
mod show;
mod status;

pub use direct::{
    DirectAck, DirectBalance, DirectCard, DirectEnd, DirectEvent, DirectFirmware, DirectHeartbeat,
    DirectLimits, DirectParameters, DirectPortAck, DirectPortReport, DirectQuietTime, DirectStart,
    DirectStartAnswer, DirectStatus, DirectTime,
};
pub use end::{FeeEnd, FeeEndAck};
pub use event::{EventReport, ExceptionEvent, SocketAck};
pub use fee::{FeeSegment, FeeStart, FeeStartAnswer, SegmentUsage};
pub use parameter::{ParameterAnswer, ParameterSet, SocketQuery};
pub use status::{PortReport, SocketReport, StatusAck, StatusCluster};

use crate::attributes::{AttributeSet, attributes};
use crate::element::{ElementError, ElementProblem, Elements, NESTING_MAX, put, uint};
use crate::frame::GatewayId;
use crate::key::{Form, KeyTable};
use device::Direction;
use wire::Digits;

/// Keys that every container begins with.
const COMMAND: u32 = 0x01;
const SEQUENCE: u32 = 0x02;
const SENDER: u32 = 0x03;

/// MAC of a stand-alone device, which is its id.
pub type DeviceMac = Digits<6>;

/// BKV commands of devices behind a gateway.
pub mod bkv_cmd {
    /// Charging ended in service-fee mode.
    pub const FEE_END: u16 = 0x1004;
    /// Start with electricity and service fee.
    pub const FEE_START: u16 = 0x1007;
    /// Exception event.
    pub const EXCEPTION: u16 = 0x1010;
    /// Set socket parameters.
    pub const PARAMETER_SET: u16 = 0x1011;
    /// Query socket parameters.
    pub const PARAMETER_QUERY: u16 = 0x1012;
    /// Event report.
    pub const EVENT: u16 = 0x1013;
    /// Status of sockets.
    pub const STATUS: u16 = 0x1017;
}

/// Whose container it is; this decides the meaning of commands and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A gateway: gateway framing.
    Gateway(GatewayId),
    /// A stand-alone device: direct framing.
    Device(DeviceMac),
}

impl Sender {
    /// The table of keys.
    pub const fn keys(&self) -> KeyTable {
        match self {
            Self::Gateway(_) => KeyTable::Networked,
            Self::Device(_) => KeyTable::Direct,
        }
    }
}

/// A list of BKV elements with its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// BKV command.
    pub command: u16,
    /// 0 from the device's own initiative, otherwise the platform's number.
    pub sequence: u64,
    /// The gateway or the device, again.
    pub sender: Sender,
    /// What it says.
    pub content: Content,
}

/// Why elements are no container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// Elements do not fit into each other.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// It does not begin with command, sequence and sender.
    #[error("a container begins with the elements 01 command, 02 sequence, 03 sender")]
    Header,
}

impl Container {
    /// Reads the body of a frame, or a bare list. `framed` is the table that the framing
    /// demands; a bare list is told by the size of its sender.
    pub fn read(
        bytes: &[u8],
        direction: Direction,
        framed: Option<KeyTable>,
    ) -> Result<Self, ContainerError> {
        let mut elements = Elements::new(bytes);
        let mut header = |key: u32| match elements.next() {
            Some(Ok(element)) if element.key.number() == Some(key) => Ok(element.value),
            Some(Err(error)) => Err(ContainerError::Element(error)),
            _ => Err(ContainerError::Header),
        };
        let command: &[u8; 2] = as_array(header(COMMAND)?)?;
        let sequence: &[u8; 8] = as_array(header(SEQUENCE)?)?;
        let id = header(SENDER)?;
        let sender = match id.len() {
            7 => Sender::Gateway(Digits(*as_array(id)?)),
            _ => Sender::Device(Digits(*as_array(id)?)),
        };
        if framed.is_some_and(|table| table != sender.keys()) {
            return Err(ContainerError::Header);
        }
        let command = u16::from_be_bytes(*command);
        check_lists(elements.clone(), sender.keys(), NESTING_MAX)?;
        Ok(Self {
            command,
            sequence: uint(sequence).unwrap_or_default(),
            sender,
            content: Content::read(sender.keys(), command, direction, elements)?,
        })
    }

    /// Appends the elements.
    pub fn write(&self, out: &mut Vec<u8>) {
        put(COMMAND, &self.command.to_be_bytes(), out);
        put(SEQUENCE, &self.sequence.to_be_bytes(), out);
        match &self.sender {
            Sender::Gateway(id) => put(SENDER, &id.0, out),
            Sender::Device(mac) => put(SENDER, &mac.0, out),
        }
        self.content.write(out);
    }
}

/// An element that overruns its parent makes the whole container unreadable, also where the
/// command has no use for the list.
fn check_lists(elements: Elements<'_>, keys: KeyTable, levels: usize) -> Result<(), ElementError> {
    for element in elements {
        let element = element?;
        let info = element.key.number().and_then(|key| keys.find(key));
        if info.is_some_and(|info| info.form == Form::List) {
            let levels = levels.checked_sub(1).ok_or(ElementError {
                offset: element.offset,
                problem: ElementProblem::Nesting,
            })?;
            check_lists(element.children(), keys, levels)?;
        }
    }
    Ok(())
}

fn as_array<const N: usize>(value: &[u8]) -> Result<&[u8; N], ContainerError> {
    value.try_into().map_err(|_| ContainerError::Header)
}

attributes! {
    /// Elements of a command that has none, or that the documents do not list.
    pub struct Unlisted {
    }
}

macro_rules! contents {
    ($(
        $(#[doc = $doc:literal])+
        $title:literal $( ($table:ident $code:pat, $($direction:ident)|+) ),+
            => $variant:ident($type:ty);
    )*) => {
        /// The elements after the header, by command and direction.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Content {
            $( $(#[doc = $doc])+ $variant($type), )*
            /// Any other command: every element as it came.
            Unlisted(Unlisted),
        }

        impl Content {
            fn read(
                table: KeyTable,
                command: u16,
                direction: Direction,
                elements: Elements<'_>,
            ) -> Result<Self, ElementError> {
                Ok(match (table, command, direction) {
                    $( $( (KeyTable::$table, $code, $(Direction::$direction)|+) )|+ => {
                        Self::$variant(AttributeSet::read(elements)?)
                    } )*
                    _ => Self::Unlisted(AttributeSet::read(elements)?),
                })
            }

            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $( Self::$variant(set) => set.write(out), )*
                    Self::Unlisted(set) => set.write(out),
                }
            }

            /// What the command is called.
            pub const fn title(&self) -> &'static str {
                match self {
                    $( Self::$variant(_) => $title, )*
                    Self::Unlisted(_) => "BKV command without elements of its own",
                }
            }
        }
    };
}

contents! {
    /// 1017 up.
    "socket status" (Networked bkv_cmd::STATUS, Up) => Status(StatusCluster);
    /// 1017 down.
    "status acknowledgement" (Networked bkv_cmd::STATUS, Down) => StatusAck(StatusAck);
    /// 1004 up.
    "end report with fees" (Networked bkv_cmd::FEE_END, Up) => FeeEnd(FeeEnd);
    /// 1004 down.
    "end acknowledgement" (Networked bkv_cmd::FEE_END, Down) => FeeEndAck(FeeEndAck);
    /// 1010 up.
    "exception event" (Networked bkv_cmd::EXCEPTION, Up) => Exception(ExceptionEvent);
    /// 1013 up.
    "event report" (Networked bkv_cmd::EVENT, Up) => Event(EventReport);
    /// 1010 and 1013 down, 1011 up.
    "acknowledgement"
        (Networked bkv_cmd::EXCEPTION | bkv_cmd::EVENT, Down),
        (Networked bkv_cmd::PARAMETER_SET, Up) => SocketAck(SocketAck);
    /// 1007 down.
    "start with fees" (Networked bkv_cmd::FEE_START, Down) => FeeStart(FeeStart);
    /// 1007 up.
    "start answer" (Networked bkv_cmd::FEE_START, Up) => FeeStartAnswer(FeeStartAnswer);
    /// 1011 down.
    "parameters" (Networked bkv_cmd::PARAMETER_SET, Down) => ParameterSet(ParameterSet);
    /// 1012 down.
    "parameter query" (Networked bkv_cmd::PARAMETER_QUERY, Down) => ParameterQuery(SocketQuery);
    /// 1012 up.
    "parameter answer"
        (Networked bkv_cmd::PARAMETER_QUERY, Up) => ParameterAnswer(ParameterAnswer);
    /// Direct 1001 up.
    "heartbeat" (Direct 0x1001, Up) => DirectHeartbeat(DirectHeartbeat);
    /// Direct 1001 down.
    "heartbeat reply" (Direct 0x1001, Down) => DirectTime(DirectTime);
    /// Direct 1002 and 1003 up.
    "status" (Direct 0x1002 | 0x1003, Up) => DirectStatus(DirectStatus);
    /// Direct 1004 up.
    "end report" (Direct 0x1004, Up) => DirectEnd(DirectEnd);
    /// Direct answers that say only yes or no.
    "acknowledgement"
        (Direct 0x1002 | 0x1004 | 0x1013, Down),
        (Direct 0x1008 | 0x100D | 0x1014, Up) => DirectAck(DirectAck);
    /// Direct 1005 and 1006.
    "port limits"
        (Direct 0x1005 | 0x1006, Up | Down) => DirectLimits(DirectLimits);
    /// Direct 1007 down.
    "start or stop" (Direct 0x1007, Down) => DirectStart(DirectStart);
    /// Direct 1007 up.
    "start answer" (Direct 0x1007, Up) => DirectStartAnswer(DirectStartAnswer);
    /// Direct 1008 down.
    "firmware update" (Direct 0x1008, Down) => DirectFirmware(DirectFirmware);
    /// Direct 1009 and 100A up.
    "card" (Direct 0x1009 | 0x100A, Up) => DirectCard(DirectCard);
    /// Direct 100A down.
    "card end acknowledgement" (Direct 0x100A, Down) => DirectPortAck(DirectPortAck);
    /// Direct 100B and 100C.
    "parameters"
        (Direct 0x100B | 0x100C, Up | Down) => DirectParameters(DirectParameters);
    /// Direct 1010.
    "card balance" (Direct 0x1010, Up | Down) => DirectBalance(DirectBalance);
    /// Direct 1011.
    "quiet time" (Direct 0x1011, Up | Down) => DirectQuietTime(DirectQuietTime);
    /// Direct 1013 up.
    "event report" (Direct 0x1013, Up) => DirectEvent(DirectEvent);
}
