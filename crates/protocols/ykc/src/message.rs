//! The messages: the table that maps frame types to them.
//!
//! Every sound, plain frame decodes into a [`Message`]. Types that nobody knows keep their bytes,
//! and bytes behind the last known field are kept as well, so writing a message again gives the
//! bytes that it was read from.

mod billing;
mod bms;
mod cards;
mod login;
mod management;
mod realtime;
mod record;
mod start;

pub use billing::{BillingModel, ModelCheck, ModelCheckAnswer, ModelCode, ModelRequest};
pub use bms::{
    BmsAbort, BmsDemand, BmsEnd, BmsError, BmsHandshake, BmsInfo, BmsParameters, ChargerAbort,
};
pub use cards::{
    BalanceAnswer, BalanceUpdate, CardList, CardOrNone, CardsCleared, CardsFound, CardsStored,
    ClearedCard, FoundCard, OfflineCard, StoreCards,
};
pub use login::{Heartbeat, HeartbeatAnswer, Login, LoginAnswer};
pub use management::{
    Clock, LockAnswer, LockCommand, LockData, PileAnswer, QrPrefix, Reboot, Update, UpdateAnswer,
    Work,
};
pub use realtime::{ReadRealtime, Realtime};
pub use record::{
    DeepValley, MeterData, OddRecord, Period, Periods, Record, RecordConfirmation, RecordHead,
    RecordTotals,
};
pub use start::{
    ParallelConfirmation, ParallelRequest, ParallelResult, ParallelStart, RemoteStart,
    RemoteStartResult, RemoteStop, RemoteStopResult, StartConfirmation, StartRequest,
};

use crate::codes::FrameType;
use crate::frame::{CrcOrder, Frame, FrameError, Sequence, TooLong, seal};
use crate::value::{Gun, PileCode, TransactionNo};
use wire::{ByteOrder, Field, HexBytes, Label, Sheet, WireError, Writer};

wire::message! {
    /// Which session of which gun: the beginning of many messages.
    pub struct SessionHead "session" {
        /// transaction; zeros for none
        transaction_no: TransactionNo,
        /// pile number
        pile_code: PileCode,
        /// gun
        gun_no: Gun,
    }
}

/// Why a frame is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The frame itself is wrong.
    #[error("frame: {0}")]
    Frame(#[from] FrameError),
    /// The body is encrypted, and there is no key.
    #[error("encrypted frame, no key")]
    Encrypted,
    /// A body that is too short, or counts more than it may.
    #[error("{0}")]
    Field(#[from] WireError),
    /// A list whose count leaves bytes over.
    #[error("the list ends {left} bytes before its frame")]
    Count {
        /// Bytes behind the list.
        left: usize,
    },
}

impl DecodeError {
    /// What is wrong in one word: that of the frame, or `encrypted` or `length`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Frame(error) => error.kind(),
            Self::Encrypted => "encrypted",
            Self::Field(_) | Self::Count { .. } => "length",
        }
    }
}

/// The content of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What is known of it.
    pub body: Body,
    /// Bytes behind the last known field; nothing in messages that we make.
    pub trailing: Vec<u8>,
}

impl From<Body> for Message {
    fn from(body: Body) -> Self {
        Self {
            body,
            trailing: Vec::new(),
        }
    }
}

macro_rules! bodies {
    ($($(#[doc = $doc:literal])+ $variant:ident($store:ty): $message:ty,)+) => {
        /// A known content, or the bytes of an unknown one. The variants are called like the
        /// [`FrameType`]s.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Body {
            $($(#[doc = $doc])+ $variant($store),)+
            /// 3B and 3D up, of a length that is known.
            Record(Box<Record>),
            /// 3B and 3D up, of a length that nobody knows.
            OddRecord(Box<OddRecord>),
            /// A type that nobody knows.
            Unknown(u8, HexBytes),
        }

        impl Body {
            /// What kind of frame it goes into.
            pub const fn frame_type(&self) -> FrameType {
                match self {
                    $(Self::$variant(_) => FrameType::$variant,)+
                    Self::Record(record) if record.meter.is_some() => FrameType::Record17,
                    Self::OddRecord(record) if record.v17 => FrameType::Record17,
                    Self::Record(_) | Self::OddRecord(_) => FrameType::Record,
                    Self::Unknown(kind, _) => FrameType::Unknown(*kind),
                }
            }

            fn read(kind: FrameType, bytes: &[u8]) -> Result<(Self, &[u8]), WireError> {
                Ok(match kind {
                    $(FrameType::$variant => {
                        let (message, rest) = read::<$message>(bytes)?;
                        (Self::$variant(message.into()), rest)
                    })+
                    FrameType::Record | FrameType::Record17 => {
                        (Self::read_record(kind, bytes)?, &[])
                    }
                    FrameType::Unknown(kind) => {
                        (Self::Unknown(kind, HexBytes(bytes.to_vec())), &[])
                    }
                })
            }

            fn put(&self, writer: &mut Writer<'_>) {
                match self {
                    $(Self::$variant(message) => message.put(writer),)+
                    Self::Record(record) => record.put(writer),
                    Self::OddRecord(record) => record.put(writer),
                    Self::Unknown(_, bytes) => bytes.put(writer),
                }
            }

            /// What the message is called.
            pub const fn title(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$message as wire::Message>::TITLE,)+
                    Self::Record(_) => Record::TITLE,
                    Self::OddRecord(_) => OddRecord::TITLE,
                    Self::Unknown(..) => "unknown type",
                }
            }

            fn describe(&self, sheet: &mut Sheet) {
                let label = Label::new("body_hex", "body of an unknown form");
                match self {
                    $(Self::$variant(message) => message.describe(label, sheet),)+
                    Self::Record(record) => record.describe(sheet),
                    Self::OddRecord(record) => record.describe(sheet),
                    Self::Unknown(_, bytes) => bytes.describe(label, sheet),
                }
            }
        }
    };
}

bodies! {
    /// 01 up.
    Login(Login): Login,
    /// 02 down.
    LoginAnswer(LoginAnswer): LoginAnswer,
    /// 03 up.
    Heartbeat(Heartbeat): Heartbeat,
    /// 04 down.
    HeartbeatAnswer(HeartbeatAnswer): HeartbeatAnswer,
    /// 05 up.
    ModelCheck(ModelCheck): ModelCheck,
    /// 06 down.
    ModelCheckAnswer(ModelCheckAnswer): ModelCheckAnswer,
    /// 09 up.
    ModelRequest(ModelRequest): ModelRequest,
    /// 0A down.
    ModelAnswer(Box<BillingModel>): BillingModel,
    /// 12 down.
    ReadRealtime(ReadRealtime): ReadRealtime,
    /// 13 up.
    Realtime(Realtime): Realtime,
    /// 15 up.
    BmsHandshake(Box<BmsHandshake>): BmsHandshake,
    /// 17 up.
    BmsParameters(BmsParameters): BmsParameters,
    /// 19 up.
    BmsEnd(BmsEnd): BmsEnd,
    /// 1B up.
    BmsError(BmsError): BmsError,
    /// 1D up.
    BmsAbort(BmsAbort): BmsAbort,
    /// 21 up.
    ChargerAbort(ChargerAbort): ChargerAbort,
    /// 23 up.
    BmsDemand(BmsDemand): BmsDemand,
    /// 25 up.
    BmsInfo(BmsInfo): BmsInfo,
    /// 31 up.
    StartRequest(StartRequest): StartRequest,
    /// 32 down.
    StartConfirmation(StartConfirmation): StartConfirmation,
    /// 33 up.
    RemoteStartResult(RemoteStartResult): RemoteStartResult,
    /// 34 down.
    RemoteStart(RemoteStart): RemoteStart,
    /// 35 up.
    RemoteStopResult(RemoteStopResult): RemoteStopResult,
    /// 36 down.
    RemoteStop(RemoteStop): RemoteStop,
    /// 40 down.
    RecordConfirmation(RecordConfirmation): RecordConfirmation,
    /// 41 up.
    BalanceAnswer(BalanceAnswer): BalanceAnswer,
    /// 42 down.
    BalanceUpdate(BalanceUpdate): BalanceUpdate,
    /// 43 up.
    CardsStored(CardsStored): CardsStored,
    /// 44 down.
    StoreCards(Box<StoreCards>): StoreCards,
    /// 45 up.
    CardsCleared(CardsCleared): CardsCleared,
    /// 46 down.
    ClearCards(CardList): CardList,
    /// 47 up.
    CardsFound(CardsFound): CardsFound,
    /// 48 down.
    QueryCards(CardList): CardList,
    /// 51 up.
    WorkAnswer(PileAnswer): PileAnswer,
    /// 52 down.
    Work(Work): Work,
    /// 55 up.
    TimeAnswer(Clock): Clock,
    /// 56 down.
    Time(Clock): Clock,
    /// 57 up.
    ModelSettingAnswer(PileAnswer): PileAnswer,
    /// 58 down.
    ModelSetting(Box<BillingModel>): BillingModel,
    /// 61 up.
    LockData(LockData): LockData,
    /// 62 down.
    LockCommand(LockCommand): LockCommand,
    /// 63 up.
    LockAnswer(LockAnswer): LockAnswer,
    /// 91 up.
    RebootAnswer(PileAnswer): PileAnswer,
    /// 92 down.
    Reboot(Reboot): Reboot,
    /// 93 up.
    UpdateAnswer(UpdateAnswer): UpdateAnswer,
    /// 94 down.
    Update(Box<Update>): Update,
    /// A1 up.
    ParallelRequest(ParallelRequest): ParallelRequest,
    /// A2 down.
    ParallelConfirmation(ParallelConfirmation): ParallelConfirmation,
    /// A3 up.
    ParallelResult(ParallelResult): ParallelResult,
    /// A4 down.
    ParallelStart(ParallelStart): ParallelStart,
    /// F0 down.
    QrPrefix(QrPrefix): QrPrefix,
    /// F1 up.
    QrAnswer(PileAnswer): PileAnswer,
}

impl Body {
    fn read_record(kind: FrameType, bytes: &[u8]) -> Result<Self, WireError> {
        let v17 = kind == FrameType::Record17;
        Ok(match (bytes.len(), v17) {
            (Record::FOUR | Record::FIVE, false) | (Record::V17, true) => {
                Self::Record(Box::new(Record::read(bytes)?))
            }
            _ => Self::OddRecord(Box::new(OddRecord::read(bytes, v17)?)),
        })
    }
}

/// Reads a message of which bytes may be left over.
#[inline]
fn read<M: wire::Message>(bytes: &[u8]) -> Result<(M, &[u8]), WireError> {
    M::decode(bytes, ByteOrder::Little)
}

/// The content of a frame.
///
/// # Errors
/// When the body is encrypted, too short for its type, or a list counts wrongly.
#[inline]
pub fn decode(frame: &Frame<'_>) -> Result<Message, DecodeError> {
    if frame.encrypted {
        return Err(DecodeError::Encrypted);
    }
    let (body, rest) = Body::read(frame.kind, frame.body)?;
    // A list with a count is not lengthened by firmware: one that leaves bytes over is misread.
    let counted = matches!(
        body,
        Body::StoreCards(_) | Body::ClearCards(_) | Body::QueryCards(_)
    );
    if counted && !rest.is_empty() {
        return Err(DecodeError::Count { left: rest.len() });
    }
    Ok(Message {
        body,
        trailing: rest.to_vec(),
    })
}

impl Message {
    /// Appends the body of the frame.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.body.put(&mut Writer::new(out, ByteOrder::Little));
        out.extend_from_slice(&self.trailing);
    }

    /// Appends a whole frame.
    ///
    /// # Errors
    /// When a list is longer than a frame may be; `out` is then as it was.
    pub fn seal(
        &self,
        sequence: Sequence,
        order: CrcOrder,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLong> {
        seal(self.body.frame_type(), sequence, order, out, |out| {
            self.write(out);
        })
    }

    /// Adds the fields to an inspection sheet that stands at the beginning of the body.
    pub(crate) fn describe(&self, sheet: &mut Sheet) {
        self.body.describe(sheet);
        if !self.trailing.is_empty() {
            let value = serde_json::Value::from(hex::encode_upper(&self.trailing));
            let label = Label::new("trailing_hex", "behind the last known field");
            sheet.row(label, self.trailing.len(), value, None);
        }
    }
}
