//! The messages of the three dialects.
//!
//! Every sound frame decodes into a [`Message`]: what its [layout](crate::layout) says, or its
//! bytes where nobody knows it. Bytes behind the last whole group of fields are kept, so writing
//! a message again gives the bytes that it was read from.

mod battery;
mod card;
mod command;
mod firmware;
mod other;
mod price;
mod record;
mod sign_in;
mod status;

pub use battery::{Battery, RawBattery};
pub use card::{
    CardAnswer, CardAnswerPrices, CardAsk, CardAskPassword, PasswordAnswer, PasswordAsk, VinAnswer,
    VinAsk,
};
pub use command::{
    Characters, CharactersAnswer, Control, ControlAnswer, Numbers, NumbersAnswer, Start, Start53,
    StartAnswer, StartAnswerOrder, StartOrder,
};
pub use firmware::{
    Erase, Erased, FileName, FileSize, Piece, PieceAnswer, PieceNoted, PieceSize, SizeAnswer,
};
pub use other::{
    AlarmReport, FtpLog, FtpUpgrade, Login, LoginAnswer, Nothing, UploadAnswer, UploadAsk,
    VersionAnswer, VersionAsk,
};
pub use price::{LvnengPrices, LvnengSlot, Period, PriceSlot, Prices, PricesAnswer, PricesAsk};
pub use record::{
    HistoryAsk, HistoryRecord, LvnengRecord, LvnengRecordAnswer, Record, Record53, RecordAnswer,
    RecordAnswer53, RecordOrder, TariffSums, WideRecord,
};
pub use sign_in::{
    Heartbeat, HeartbeatAnswer, HeartbeatPlugs, SignIn, SignIn26, SignIn34, SignIn53, SignInAnswer,
    SignInKeys, SignInRandom, SignInService,
};
pub use status::{
    LvnengStatus, ReportNow, Status, Status53, StatusAnswer, StatusTemperatures, StatusVehicle,
};

use crate::codes::Version;
use crate::frame::{Frame, FrameError, TooLong, seal};
use crate::layout::{Choice, Dialect, choose, name_of};
use crate::value::{HexTail, clean};
use device::Direction;
use wire::{ByteOrder, Field, Label, Sheet, WireError, Writer};

/// Why a frame is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The frame itself is wrong.
    #[error("frame: {0}")]
    Frame(#[from] FrameError),
    /// Another protocol with the same start bytes, told by its version byte.
    #[error("version {0:#04x} is another protocol's")]
    Foreign(u8),
    /// The body is encrypted, and no key was agreed on.
    #[error("the body is encrypted (version {0:#04x})")]
    Encrypted(u8),
    /// The body of a known command is shorter than its shortest form.
    #[error("body of command {cmd} has {had} bytes, its shortest form {needed}")]
    Short {
        /// Command.
        cmd: u16,
        /// Bytes of the shortest form.
        needed: usize,
        /// Bytes that are there.
        had: usize,
    },
    /// A field does not fit; the layouts' lengths admit no such body.
    #[error("{0}")]
    Field(#[from] WireError),
}

impl DecodeError {
    /// What is wrong in one word: `start`, `length`, `checksum`, `dialect`, `encrypted`, `short`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Frame(error) => error.kind(),
            Self::Foreign(_) => "dialect",
            Self::Encrypted(_) => "encrypted",
            Self::Short { .. } | Self::Field(_) => "short",
        }
    }
}

/// The content of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What is known of it.
    pub body: Body,
    /// Bytes behind the last whole group of fields.
    pub surplus: Vec<u8>,
}

/// Declares [`Kind`] and [`Body`]: name, what holds the message, the message.
macro_rules! bodies {
    ($($(#[doc = $doc:literal])+ $name:ident($holder:ty => $message:ty),)+) => {
        /// What a body can hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[doc = $doc])+ $name,)+
        }

        /// A known content, or the bytes of an unknown one.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Body {
            $($(#[doc = $doc])+ $name($holder),)+
            /// A command that nobody knows, or of which only the name is public.
            Unknown(HexTail),
        }

        impl Kind {
            fn read(self, bytes: &[u8]) -> Result<(Body, &[u8]), WireError> {
                match self {
                    $(Self::$name => {
                        let (message, rest) =
                            <$message as wire::Message>::decode(bytes, ByteOrder::Little)?;
                        Ok((Body::$name(message.into()), rest))
                    })+
                }
            }
        }

        impl Body {
            /// What it is called.
            pub const fn title(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => <$message as wire::Message>::TITLE,)+
                    Self::Unknown(_) => "unknown command",
                }
            }

            fn put(&self, writer: &mut Writer<'_>) {
                match self {
                    $(Self::$name(message) => <$message as Field>::put(message, writer),)+
                    Self::Unknown(bytes) => bytes.put(writer),
                }
            }

            fn describe(&self, sheet: &mut Sheet) {
                let label = Label::new("body", "body of an unknown form");
                match self {
                    $(Self::$name(message) => {
                        <$message as Field>::describe(message, label, sheet);
                    })+
                    Self::Unknown(bytes) => bytes.describe(label, sheet),
                }
            }
        }

        $(impl From<$message> for Body {
            fn from(message: $message) -> Self {
                Self::$name(message.into())
            }
        })+
    };
}

bodies! {
    /// 106 up.
    SignIn(Box<SignIn> => SignIn),
    /// 105 down.
    SignInAnswer(Box<SignInAnswer> => SignInAnswer),
    /// 102 up.
    Heartbeat(Heartbeat => Heartbeat),
    /// 101 down.
    HeartbeatAnswer(HeartbeatAnswer => HeartbeatAnswer),
    /// 104 and 504 up.
    Status(Box<Status> => Status),
    /// 109 up, Lvneng.
    LvnengStatus(Box<LvnengStatus> => LvnengStatus),
    /// 103 and 503 down.
    StatusAnswer(StatusAnswer => StatusAnswer),
    /// 7 down.
    Start(Box<Start> => Start),
    /// 8 up.
    StartAnswer(StartAnswer => StartAnswer),
    /// 5 down.
    Control(Control => Control),
    /// 6 up.
    ControlAnswer(ControlAnswer => ControlAnswer),
    /// 1 down.
    Numbers(Numbers => Numbers),
    /// 2 up.
    NumbersAnswer(NumbersAnswer => NumbersAnswer),
    /// 3 down.
    Characters(Characters => Characters),
    /// 4 up.
    CharactersAnswer(CharactersAnswer => CharactersAnswer),
    /// 204 up.
    CardAsk(Box<CardAsk> => CardAsk),
    /// 203 down.
    CardAnswer(CardAnswer => CardAnswer),
    /// 206 up.
    PasswordAsk(Box<PasswordAsk> => PasswordAsk),
    /// 205 down.
    PasswordAnswer(PasswordAnswer => PasswordAnswer),
    /// 208 up.
    VinAsk(VinAsk => VinAsk),
    /// 207 down.
    VinAnswer(Box<VinAnswer> => VinAnswer),
    /// 202 up.
    Record(Box<Record> => Record),
    /// 502 up.
    WideRecord(Box<WideRecord> => WideRecord),
    /// 222 up.
    Record53(Box<Record53> => Record53),
    /// 203 up, Lvneng.
    LvnengRecord(Box<LvnengRecord> => LvnengRecord),
    /// 201 and 501 down.
    RecordAnswer(RecordAnswer => RecordAnswer),
    /// 201 down, Lvneng.
    LvnengRecordAnswer(LvnengRecordAnswer => LvnengRecordAnswer),
    /// 221 down.
    RecordAnswer53(RecordAnswer53 => RecordAnswer53),
    /// 401 down.
    HistoryAsk(HistoryAsk => HistoryAsk),
    /// 402 up.
    HistoryRecord(Box<HistoryRecord> => HistoryRecord),
    /// 108 up.
    AlarmReport(Box<AlarmReport> => AlarmReport),
    /// Four zero bytes.
    Nothing(Nothing => Nothing),
    /// 10 up.
    UploadAsk(UploadAsk => UploadAsk),
    /// 9 down.
    UploadAnswer(UploadAnswer => UploadAnswer),
    /// 11 down.
    VersionAsk(VersionAsk => VersionAsk),
    /// 12 up.
    VersionAnswer(VersionAnswer => VersionAnswer),
    /// 302 up, V5.3.
    Battery(Box<Battery> => Battery),
    /// 302 up, older piles.
    RawBattery(Box<RawBattery> => RawBattery),
    /// 1001 down.
    Erase(Erase => Erase),
    /// 1002 up.
    Erased(Erased => Erased),
    /// 1003 down.
    FileName(FileName => FileName),
    /// 1004 up.
    PieceSize(PieceSize => PieceSize),
    /// 1005 down.
    FileSize(FileSize => FileSize),
    /// 1006 up.
    SizeAnswer(SizeAnswer => SizeAnswer),
    /// 1007 down.
    Piece(Piece => Piece),
    /// 1008 up, one byte.
    PieceNoted(PieceNoted => PieceNoted),
    /// 1008 up, eight bytes.
    PieceAnswer(PieceAnswer => PieceAnswer),
    /// 1101 down.
    PricesAsk(PricesAsk => PricesAsk),
    /// 1102 up and 1103 down.
    Prices(Prices => Prices),
    /// 1102 up and 1103 down, Lvneng.
    LvnengPrices(LvnengPrices => LvnengPrices),
    /// 1104 up.
    PricesAnswer(PricesAnswer => PricesAnswer),
    /// 1202 up.
    Login(Box<Login> => Login),
    /// 1201 down.
    LoginAnswer(LoginAnswer => LoginAnswer),
    /// 1401 down.
    FtpUpgrade(Box<FtpUpgrade> => FtpUpgrade),
    /// 1406 down.
    FtpLog(Box<FtpLog> => FtpLog),
}

impl From<Body> for Message {
    fn from(body: Body) -> Self {
        Self {
            body,
            surplus: Vec::new(),
        }
    }
}

/// Whether a version byte lets a body be read. Nothing vouches for that byte, so one that no
/// table lists is no reason to lose a frame.
///
/// # Errors
/// When it says that the body is encrypted or another protocol's.
pub const fn check_version(version: Version) -> Result<(), DecodeError> {
    match version {
        Version::Sunlight => Err(DecodeError::Foreign(0x03)),
        Version::Sse => Err(DecodeError::Foreign(0x24)),
        Version::Unknown(byte) if byte & 0x80 != 0 => Err(DecodeError::Encrypted(byte)),
        _ => Ok(()),
    }
}

/// The content of a frame of a dialect. `believed` bounds how much of the body is looked at, for
/// piles whose tails mean something else; the rest is surplus.
///
/// # Errors
/// When the body is not to be read, or too short.
pub fn decode(
    frame: &Frame<'_>,
    direction: Direction,
    dialect: Dialect,
    believed: Option<usize>,
) -> Result<Message, DecodeError> {
    check_version(frame.version)?;
    let had = believed.unwrap_or(usize::MAX).min(frame.body.len());
    let (body, behind) = frame.body.split_at(had);
    match choose(dialect, direction, frame.cmd, had) {
        Choice::Form(form) => {
            let (body, rest) = form.kind.read(body)?;
            let surplus = [rest, behind].concat();
            Ok(Message { body, surplus })
        }
        Choice::Short(_) if name_of(frame.cmd).is_some() => Ok(unknown(frame)),
        Choice::Short(needed) => Err(DecodeError::Short {
            cmd: frame.cmd,
            needed,
            had,
        }),
        Choice::Unknown => Ok(unknown(frame)),
    }
}

fn unknown(frame: &Frame<'_>) -> Message {
    Body::Unknown(HexTail(frame.body.to_vec())).into()
}

impl Message {
    /// Appends the body of the frame.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.body.put(&mut Writer::new(out, ByteOrder::Little));
        out.extend_from_slice(&self.surplus);
    }

    /// Appends a whole frame.
    ///
    /// # Errors
    /// When a list is longer than a frame may be; `out` is then as it was.
    pub fn seal(
        &self,
        version: Version,
        seq: u8,
        cmd: u16,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLong> {
        seal(version, seq, cmd, out, |out| self.write(out))
    }

    /// Adds the fields to an inspection sheet that stands at the beginning of the body.
    pub(crate) fn describe(&self, sheet: &mut Sheet) {
        self.body.describe(sheet);
        if !self.surplus.is_empty() {
            let value = serde_json::Value::from(hex::encode_upper(&self.surplus));
            let label = Label::new("surplus", "behind the last known field");
            sheet.row(label, self.surplus.len(), value, None);
        }
    }
}

/// The pile code of an uplink, wherever its body has one; also of bodies that are too short for
/// anything else.
pub fn pile_code(cmd: u16, body: &[u8]) -> Option<&[u8]> {
    let at = match cmd {
        302 if body.len() == 194 => 7,
        302 | 1000.. => return None,
        _ => 4,
    };
    let code = clean(body.get(at..)?.get(..32)?);
    (!code.is_empty()).then_some(code)
}
