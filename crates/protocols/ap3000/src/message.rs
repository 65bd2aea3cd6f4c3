//! The messages: the table that maps command byte and direction to a type.
//!
//! Every sound frame decodes into a [`Message`]. Commands that nobody knows keep their bytes, and
//! bytes behind the last known field are kept as well, so writing a message again gives the bytes
//! that it was read from. Fields were appended to many messages over the years; the length of the
//! data tells which are there, and a field that is there in part counts as not there.

mod card;
mod charging;
mod control;
mod field;
mod host;
mod notice;
mod presence;
mod setting;
mod upgrade;

pub use card::{CardReply, CardSwipe};
pub use charging::{ChargeSum, ConfirmReply, OrderConfirm, Power, Settlement};
pub use control::{CabinetStop, CabinetStopAnswer, Charge, ChargeAnswer, Modify, ModifyReply};
pub use field::{Chunk, HexTail, LegacyPorts, OrderKey, Reserved, SecondCard, UpperHex};
pub use host::{
    HostHeartbeat, HostState, LowestVersion, RadioParameters, RadioRequest, SetServer, SubDevices,
};
pub use notice::{Alarm, CabinetHeartbeat, PortNotice, UpgradeRequest};
pub use presence::{Heartbeat, LegacyHeartbeat, NoData, Registration, ResultOnly, TimeReply};
pub use setting::{
    Answer, CardBilling, CardKeys, Eeprom, EepromData, EepromRead, LimitReply, Limits, Locate,
    Mute, Parameters11, Parameters12, QrAddress, Special, TemporaryQr, WorkMode, WorkModeReply,
};
pub use upgrade::{HostPiece, LongPiece, Piece, UpgradeReply};

use crate::PhysicalId;
use crate::codes::Cmd;
use crate::frame::{Frame, FrameError, TooLong, seal};
use device::Direction;
use wire::{ByteOrder, Field, Label, Sheet, WireError, Writer};

/// Why a frame is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The frame itself is wrong.
    #[error("frame: {0}")]
    Frame(#[from] FrameError),
    /// A known command whose data is too short, or counts more than there is.
    #[error("{0}")]
    Field(#[from] WireError),
    /// Something like a SIM number that does not have 20 characters.
    #[error("a SIM number has 20 characters, this has {0}")]
    IccidLength(usize),
}

impl DecodeError {
    /// The word of the vector files: `no_header`, `bad_length`, `incomplete`, `bad_checksum`,
    /// `short_payload`, `bad_iccid_length`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Frame(error) => error.kind(),
            Self::Field(_) => "short_payload",
            Self::IccidLength(_) => "bad_iccid_length",
        }
    }
}

/// Reads data as far as its message knows it. `ends` are the lengths at which the message may
/// end; what does not reach the next of them belongs to no field.
#[inline]
fn read<'a, M: wire::Message>(data: &'a [u8], ends: &[usize]) -> Result<(M, &'a [u8]), WireError> {
    let reached = ends.iter().rev().find(|end| **end <= data.len());
    let known = match reached {
        Some(end) if Some(end) != ends.last() => data.get(..*end).unwrap_or(data),
        _ => data,
    };
    let (message, rest) = M::decode(known, ByteOrder::Little)?;
    let read = known.len() - rest.len();
    Ok((message, data.get(read..).unwrap_or_default()))
}

macro_rules! bodies {
    ($( $(#[doc = $doc:literal])+ $name:ident($type:ty) = $way:ident [$($cmd:ident)+] $ends:expr; )+) => {
        /// The data of a frame, by command and direction.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Body {
            $( $(#[doc = $doc])+ $name($type), )+
            /// A command that nobody knows, or whose layout is not published.
            Unknown(HexTail),
        }

        impl Body {
            #[inline]
            fn decode(cmd: Cmd, way: Direction, data: &[u8]) -> Result<(Self, &[u8]), WireError> {
                Ok(match (way, cmd) {
                    $( (Direction::$way, $(Cmd::$cmd)|+) => {
                        let (message, rest) = read::<$type>(data, &$ends)?;
                        (Self::$name(message), rest)
                    } )+
                    _ => (Self::Unknown(HexTail(data.to_vec())), &[][..]),
                })
            }

            fn put(&self, writer: &mut Writer<'_>) {
                match self {
                    $( Self::$name(message) => message.put(writer), )+
                    Self::Unknown(bytes) => bytes.put(writer),
                }
            }

            fn describe(&self, sheet: &mut Sheet) {
                let label = Label::new("raw_hex", "data of an unknown form");
                match self {
                    $( Self::$name(message) => message.describe(label, sheet), )+
                    Self::Unknown(bytes) => bytes.describe(label, sheet),
                }
            }
        }

        impl Body {
            /// Whether a frame of this command and direction has a known form.
            pub fn is_known(cmd: Cmd, way: Direction) -> bool {
                $( (way == Direction::$way && matches!(cmd, $(Cmd::$cmd)|+)) )||+
            }
        }
    };
}

bodies! {
    /// 0x01.
    LegacyHeartbeat(LegacyHeartbeat) = Up [LegacyHeartbeat] [];
    /// 0x02.
    CardSwipe(CardSwipe) = Up [Card] [8, 12];
    /// 0x03.
    Settlement(Settlement) = Up [Settlement] [29, 31, 35, 37];
    /// 0x04.
    OrderConfirm(OrderConfirm) = Up [OrderConfirm] [];
    /// 0x05.
    UpgradeRequest(UpgradeRequest) = Up [UpgradeRequest] [0, 1, 3, 7];
    /// 0x06.
    Power(Power) = Up [Power] [31, 33, 35, 37, 39, 40, 41, 45, 47];
    /// 0x11.
    HostHeartbeat(HostHeartbeat) = Up [HostHeartbeat] [32, 47, 71];
    /// Requests without data: 0x12, 0x15, 0x22.
    Request(NoData) = Up [HostTime HostUpgradeRequest DeviceTime] [];
    /// 0x17.
    HostState(HostState) = Up [HostState] [];
    /// 0x20.
    Registration(Registration) = Up [Registration] [6, 8];
    /// 0x21.
    Heartbeat(Heartbeat) = Up [Heartbeat] [];
    /// 0x35.
    SubDevices(SubDevices) = Up [SubDevices] [];
    /// 0x3B.
    RadioRequest(RadioRequest) = Up [RadioRequest] [];
    /// 0x41.
    CabinetHeartbeat(CabinetHeartbeat) = Up [CabinetHeartbeat] [];
    /// 0x42.
    Alarm(Alarm) = Up [Alarm] [];
    /// 0x43.
    FullNotice(ChargeSum) = Up [FullNotice] [];
    /// 0x44.
    PortNotice(PortNotice) = Up [PortNotice] [];
    /// Answer to 0x72.
    CabinetStopAnswer(CabinetStopAnswer) = Up [CabinetStop] [];
    /// Answer to 0x82; old firmware says its first byte only.
    ChargeAnswer(ChargeAnswer) = Up [Charge] [1, 17, 18, 20];
    /// Answers of one byte.
    Answer(Answer) = Up [
        Parameters11 Parameters12 CardKeys Reboot Erase Voice WriteEeprom QrAddress CardBilling
        TemporaryQr Locate Mute Special RebootHost RebootModem DropUpgrade SetServer
        RadioParameters
    ] [];
    /// Answer to 0x85.
    LimitReply(LimitReply) = Up [Limits] [];
    /// Answer to 0x8A.
    ModifyReply(ModifyReply) = Up [Modify] [];
    /// Answer to 0x8B.
    EepromRead(EepromRead) = Up [ReadEeprom] [];
    /// Answer to 0x8D.
    WorkModeReply(WorkModeReply) = Up [WorkMode] [];
    /// Answer to 0x90.
    Parameters11Read(Parameters11) = Up [QueryParameters11] [];
    /// Answer to 0x91.
    Parameters12Read(Parameters12) = Up [QueryParameters12] [];
    /// Answer to 0x92.
    LimitsRead(Limits) = Up [QueryLimits] [4, 6, 8];
    /// Answer to 0x93.
    CardKeysRead(CardKeys) = Up [QueryCardKeys] [];
    /// Answer to a piece of firmware.
    UpgradeReply(UpgradeReply) = Up [
        UpgradeDevice UpgradePowerBoard UpgradeUnified UpgradeOldDevice UpgradeOldHost UpgradeHost
    ] [];

    /// Answers of one byte: 0x01, 0x03, 0x15, 0x20, 0x21.
    ResultOnly(ResultOnly) = Down [
        LegacyHeartbeat Settlement HostUpgradeRequest Registration Heartbeat
    ] [];
    /// Answer to 0x02.
    CardReply(CardReply) = Down [Card] [];
    /// Answer to 0x04.
    ConfirmReply(ConfirmReply) = Down [OrderConfirm] [];
    /// Answer to 0x12 and 0x22.
    TimeReply(TimeReply) = Down [HostTime DeviceTime] [];
    /// Commands without data.
    Bare(NoData) = Down [
        Query Reboot Erase QueryParameters11 QueryParameters12 QueryLimits QueryCardKeys
        RebootHost RebootModem DropUpgrade SelfUpgrade
    ] [];
    /// 0x34.
    SetServer(SetServer) = Down [SetServer] [];
    /// 0x3A.
    RadioParameters(RadioParameters) = Down [RadioParameters] [];
    /// 0x72.
    CabinetStop(CabinetStop) = Down [CabinetStop] [];
    /// 0x82.
    Charge(Charge) = Down [Charge] [25, 27, 29, 30, 31, 33, 34, 35, 36, 37, 38];
    /// 0x83.
    Parameters11(Parameters11) = Down [Parameters11] [];
    /// 0x84.
    Parameters12(Parameters12) = Down [Parameters12] [];
    /// 0x85.
    Limits(Limits) = Down [Limits] [4, 6, 8];
    /// 0x86.
    CardKeys(CardKeys) = Down [CardKeys] [];
    /// 0x8A.
    Modify(Modify) = Down [Modify] [];
    /// 0x8B.
    ReadEeprom(Eeprom) = Down [ReadEeprom] [];
    /// 0x8C.
    WriteEeprom(EepromData) = Down [WriteEeprom] [];
    /// 0x8D.
    WorkMode(WorkMode) = Down [WorkMode] [];
    /// 0x8E.
    QrAddress(QrAddress) = Down [QrAddress] [];
    /// 0x8F.
    CardBilling(CardBilling) = Down [CardBilling] [];
    /// 0x95.
    TemporaryQr(TemporaryQr) = Down [TemporaryQr] [];
    /// 0x96.
    Locate(Locate) = Down [Locate] [];
    /// 0x97.
    Mute(Mute) = Down [Mute] [];
    /// 0x98.
    Special(Special) = Down [Special] [];
    /// 0xE0, 0xE1, 0xE2.
    Piece(Piece) = Down [UpgradeDevice UpgradePowerBoard UpgradeUnified] [];
    /// 0xF8, 0xF9.
    LongPiece(LongPiece) = Down [UpgradeOldDevice UpgradeOldHost] [];
    /// 0xFA.
    HostPiece(HostPiece) = Down [UpgradeHost] [0, 204];
}

/// The content of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The command byte.
    pub cmd: Cmd,
    /// What is known of it.
    pub body: Body,
    /// Bytes behind the last known field; none in messages that we make.
    pub trailing: Vec<u8>,
}

/// The content of a frame that goes this way.
///
/// # Errors
/// When the data of a known command is too short or counts more than there is.
#[inline]
pub fn decode(frame: &Frame<'_>, way: Direction) -> Result<Message, WireError> {
    let cmd = Cmd::from(frame.cmd);
    let (body, rest) = Body::decode(cmd, way, frame.data)?;
    Ok(Message {
        cmd,
        body,
        trailing: rest.to_vec(),
    })
}

impl Message {
    /// A message that we make.
    pub const fn new(cmd: Cmd, body: Body) -> Self {
        Self {
            cmd,
            body,
            trailing: Vec::new(),
        }
    }

    /// Appends the data of the frame.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.body.put(&mut Writer::new(out, ByteOrder::Little));
        out.extend_from_slice(&self.trailing);
    }

    /// Appends a whole frame.
    ///
    /// # Errors
    /// When the data is longer than a frame may carry; `out` is then as it was.
    pub fn seal(&self, id: PhysicalId, msg_id: u16, out: &mut Vec<u8>) -> Result<(), TooLong> {
        seal(id, msg_id, self.cmd.into(), out, |out| self.write(out))
    }

    /// What the command is called.
    pub fn title(&self) -> &'static str {
        self.cmd.meaning().unwrap_or("unknown command")
    }

    /// Adds the fields to an inspection sheet that stands at the beginning of the data.
    pub(crate) fn describe(&self, sheet: &mut Sheet) {
        self.body.describe(sheet);
        if self.trailing.is_empty() {
            return;
        }
        let label = Label::new("trailing_hex", "behind the last known field");
        let text = hex::encode_upper(&self.trailing);
        sheet.row(label, self.trailing.len(), text.into(), None);
        if self.is_answer_of_old_firmware() {
            sheet.object.remove("trailing_hex");
        }
    }

    /// An answer to 0x82 that has room for nothing but its first byte: what follows that byte is
    /// no order number.
    pub(crate) const fn is_answer_of_old_firmware(&self) -> bool {
        matches!(&self.body, Body::ChargeAnswer(answer) if answer.order.is_none())
    }
}
