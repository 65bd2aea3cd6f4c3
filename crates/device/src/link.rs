use crate::{ChargePlan, Command, Envelope, Profile, Receipt, TariffTable};
use kernel::{CommandId, Fen, PhyId, Timestamp};
use std::sync::Arc;

/// One connection of one protocol: bytes in, events out; commands in, bytes out.
///
/// All methods take the time and append to an [`Output`]; none blocks, none fails. The caller
/// writes `output.wire` to the socket, hands events on in their order, and calls [`Link::tick`]
/// when [`Link::deadline`] has come. The link owns what belongs to the wire: framing, message
/// ids, one-command-in-flight rules, pacing, retries, and which reply fits which request.
pub trait Link: Send {
    /// Bytes have arrived, in any chunking.
    fn receive(&mut self, bytes: &[u8], now: Timestamp, out: &mut Output);

    /// The answer to [`Item::Identify`]: the link goes on with the bytes that it held back.
    fn admit(&mut self, device: &PhyId, admission: Admission, now: Timestamp, out: &mut Output);

    /// A command for a device that this connection carries. Its fate comes back as events.
    fn command(&mut self, dispatch: Dispatch, now: Timestamp, out: &mut Output);

    /// Takes back a command that has not been written yet. True when it was found and dropped.
    fn withdraw(&mut self, command: CommandId) -> bool;

    /// The platform's answer to an event that carried a receipt. Unknown receipts do nothing.
    fn resolve(&mut self, receipt: Receipt, answer: Answer, now: Timestamp, out: &mut Output);

    /// Time has passed.
    fn tick(&mut self, now: Timestamp, out: &mut Output);

    /// When [`Link::tick`] wants to be called next.
    fn deadline(&self) -> Option<Timestamp>;

    /// The device's profile changed while it is connected (an operator pinned a trait).
    fn reprofile(&mut self, device: &PhyId, profile: Profile);

    /// A device has moved to another connection: this one speaks for it no more. Links that
    /// carry one device need not listen, because their connection is closed then.
    fn release(&mut self, _device: &PhyId, _now: Timestamp, _out: &mut Output) {}
}

/// What a link wants done, in order. Reused between calls: the caller drains it.
#[derive(Default)]
pub struct Output {
    /// Bytes for the socket, in order.
    pub wire: Vec<u8>,
    /// Everything else, in order.
    pub items: Vec<Item>,
    /// What became of the bytes received.
    pub tally: Tally,
}

/// What became of the bytes that a link received. The four add up to the bytes given to
/// [`Link::receive`], less those still pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In frames that were understood.
    pub decoded: u64,
    /// In well-formed frames of a kind that is not known.
    pub unknown: u64,
    /// In frames with a wrong checksum, length or content.
    pub malformed: u64,
    /// Between frames.
    pub skipped: u64,
    /// Number of frames that were understood.
    pub frames: u64,
    /// Number of frames that were not.
    pub bad_frames: u64,
}

/// Which way a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the device.
    Up,
    /// To the device.
    Down,
}

/// One thing that a link wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A device id not seen before on this connection. The link holds everything back until
    /// [`Link::admit`] is called for it.
    Identify(PhyId),
    /// Something happened.
    Event(Envelope),
    /// A well-formed frame went by, for the log and the communication log.
    Frame(FrameNote),
    /// Bytes that are no good frame.
    Malformed {
        /// Why: `checksum`, `length`, `tail`, `direction`, `header`, `content`, `foreign id`.
        reason: &'static str,
        /// The bytes, shortened to a bounded length.
        raw: Box<[u8]>,
    },
    /// The connection is of no more use.
    Close(CloseReason),
}

/// A frame as it is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameNote {
    /// Which way.
    pub direction: Direction,
    /// The device it names.
    pub device: PhyId,
    /// Its command number.
    pub cmd: u16,
    /// Its kind in the communication log: `heartbeat`, `start`, `record`, `unknown` …
    pub kind: &'static str,
    /// Its message id, where it has one.
    pub msg_id: Option<u32>,
    /// Length of the part after the header.
    pub data_len: usize,
    /// All of it.
    pub raw: Box<[u8]>,
}

/// Why a link gives its connection up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// No valid frame for as long as the profile allows.
    Silent,
    /// Nothing valid since the connection was opened.
    NeverIdentified,
    /// Too many bad frames in a row.
    Garbage,
    /// The platform refused the device.
    Refused,
}

/// What the platform says to a device id on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// One of ours.
    Known(Profile),
    /// Not (yet) ours: the link keeps it reachable as its protocol demands, acknowledges
    /// nothing that would make it forget, and passes nothing on but frames.
    Stranger,
}

/// A command on its way to a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// The command's row.
    pub id: CommandId,
    /// The device.
    pub device: PhyId,
    /// What to do.
    pub command: Command,
    /// Message id to use; the same on every attempt, also after a reconnect.
    pub msg_id: u32,
    /// True when an earlier connection may have delivered it already: protocols without
    /// duplicate detection ask the device before they repeat a start.
    pub attempted: bool,
    /// The firmware image of [`crate::FirmwareSource::Library`].
    pub image: Option<Arc<[u8]>>,
}

/// The platform's answer to an event that waits for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is stored: the device may forget it.
    Stored,
    /// The verdict on a card.
    Card(CardVerdict),
    /// What a card is worth.
    Balance(Fen),
    /// The prices that apply to the device now, also for the charge that it runs; none when it
    /// has none.
    Tariff(Option<Box<TariffTable>>),
    /// Say nothing; the device will ask again.
    Silence,
}

/// Whether a card may charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardVerdict {
    /// Yes; the start command follows, or is part of the answer where the protocol has it so.
    Accepted {
        /// Shown on the device.
        balance: Fen,
        /// The charge that begins by this answer, see [`crate::CardStart::ByAnswer`].
        plan: Option<Box<ChargePlan>>,
    },
    /// Not before the user has typed the card's password.
    AskPassword {
        /// Shown on the device.
        balance: Fen,
    },
    /// No.
    Refused {
        /// Why.
        reason: CardRefusal,
        /// Shown on the device.
        balance: Fen,
    },
}

/// Why a card is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardRefusal {
    /// Nobody knows it.
    Unknown,
    /// Lost or blocked.
    Blocked,
    /// Not enough money.
    BalanceTooLow,
    /// The port is busy or faulty.
    PortUnavailable,
    /// Cards are not served here.
    NotServed,
    /// The password is wrong.
    PasswordWrong,
    /// Nobody knows the vehicle.
    VehicleUnknown,
    /// An earlier charge is not settled.
    Unsettled,
    /// The card may not charge at this device.
    NotAllowedHere,
    /// The device is out of service.
    DeviceDisabled,
    /// The card's term has passed.
    Expired,
    /// The card charges already, somewhere else.
    InUse,
    /// The card has charged as often, or for as much, as it may on one day.
    DailyLimit,
}
