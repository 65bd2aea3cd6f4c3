use crate::{
    BatteryReport, CommandReport, DeviceStart, EndReason, Fault, GroundLockReport, ParamContent,
    PortState, RecordDetails, VehicleReport, VinOffer,
};
use kernel::{Current, Energy, Fen, OrderNo, PhyId, PortNo, Power, Timestamp, Voltage};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Names a reply that the link holds back until the platform has decided or stored.
/// Valid for the link that issued it only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Receipt(pub u64);

/// An event with everything that is true of any event.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// The device that it is about. One connection may carry many.
    pub device: PhyId,
    /// When the bytes arrived.
    pub at: Timestamp,
    /// What the device's own clock said, where the frame carries it. Not trusted.
    pub device_time: Option<Timestamp>,
    /// The frame's message id, where it has one.
    pub msg_id: Option<u32>,
    /// Set when the device waits for an answer that the platform decides: give it to
    /// [`crate::Link::resolve`] once the fact is durable. Dropping it means silence, and the
    /// device will say it again.
    pub receipt: Option<Receipt>,
    /// The frame, for facts that are kept with their evidence (end reports).
    pub raw: Option<Box<[u8]>>,
    /// What happened.
    pub event: Event,
}

/// What a device said, in the platform's words.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The device introduced itself, or its description changed.
    Registered(Registration),
    /// A sign of life without news of ports.
    Heartbeat(Vitals),
    /// State of some or all ports.
    Status {
        /// The device itself.
        vitals: Vitals,
        /// The ports that the frame describes.
        ports: Vec<PortReport>,
    },
    /// A socket behind a gateway was described.
    Socket(SocketReport),
    /// The device begins, or refuses to begin, an order that it accepted before.
    Confirmed(ChargeConfirmation),
    /// A running charge has moved on.
    Progress(Progress),
    /// A charge has ended. To be durable before it is answered.
    Ended(EndReport),
    /// A card was held to the reader; the device waits for the verdict.
    CardSwiped(CardSwipe),
    /// A vehicle offers itself for plug-and-charge; the device waits for the verdict.
    VinOffered(VinOffer),
    /// The device runs a charge that it began without an order of ours. To be durable before
    /// anything else is said of that charge.
    Began(DeviceStart),
    /// What the device learnt of the vehicle.
    Vehicle(VehicleReport),
    /// The battery while it charges.
    Battery(BatteryReport),
    /// The device tells which prices it holds, or asks for them (none): answered with
    /// [`crate::Answer::Tariff`].
    TariffAsked {
        /// The model number that it holds.
        model: Option<u16>,
    },
    /// The lock of a parking space.
    GroundLock(GroundLockReport),
    /// The device asks what a card is worth.
    BalanceAsked(BalanceInquiry),
    /// Something is wrong, or right again.
    Alarm(AlarmReport),
    /// All that is wrong with a part of the device; what was wrong before and is not named is
    /// right again, also if the device was away meanwhile.
    Faults(FaultList),
    /// News of a command that was given to the link.
    Command(CommandReport),
    /// Parameters as the device reports them: name, value in the protocol's unit.
    Params {
        /// Socket behind a gateway, where the protocol has such.
        socket: Option<u8>,
        /// Name and value.
        values: Vec<(Cow<'static, str>, ParamContent)>,
    },
    /// How far a firmware update is.
    Firmware(FirmwareProgress),
    /// The link learnt a trait of this device that must survive a reconnect.
    Learnt {
        /// Key in the device's [`crate::Profile`].
        key: &'static str,
        /// Its value.
        value: String,
    },
}

impl Event {
    /// Name in logs, metrics and the communication log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Registered(_) => "register",
            Self::Heartbeat(_) => "heartbeat",
            Self::Status { .. } | Self::Socket(_) => "status",
            Self::Confirmed(_) => "confirm",
            Self::Progress(_) => "progress",
            Self::Ended(_) => "record",
            Self::CardSwiped(_) => "card",
            Self::VinOffered(_) => "vin",
            Self::Began(_) => "began",
            Self::Vehicle(_) => "vehicle",
            Self::Battery(_) => "battery",
            Self::TariffAsked { .. } => "tariff",
            Self::GroundLock(_) => "ground_lock",
            Self::BalanceAsked(_) => "balance",
            Self::Alarm(_) => "alarm",
            Self::Faults(_) => "faults",
            Self::Command(_) => "command",
            Self::Params { .. } => "params",
            Self::Firmware(_) => "firmware",
            Self::Learnt { .. } => "learnt",
        }
    }
}

/// How a device names a charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKey {
    /// By our order number.
    Order(OrderNo),
    /// By a short session number of its own (业务号), 1..=65535; it wraps.
    Session(u16),
    /// By a longer serial number (交易流水号) or an order number of another platform.
    Serial(String),
    /// Not at all: only the port is known.
    Port,
}

/// What a device says of itself. Absent fields were not in the frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// SIM card number.
    pub iccid: Option<String>,
    /// Modem number.
    pub imei: Option<String>,
    /// Device type or model.
    pub model: Option<String>,
    /// Firmware version.
    pub firmware: Option<String>,
    /// Number of ports.
    pub port_count: Option<u16>,
}

/// Values of the device as a whole. Absent fields were not in the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Radio signal, in the protocol's own scale.
    pub signal: Option<i16>,
    /// °C.
    pub temperature_c: Option<i16>,
    /// Supply voltage.
    pub voltage: Option<Voltage>,
}

/// One port as the device sees it. Absent fields were not in the frame.
#[derive(Clone, Debug, PartialEq)]
pub struct PortReport {
    /// The port.
    pub port: PortNo,
    /// What it is doing.
    pub state: PortState,
    /// The status bits as they came.
    pub raw: u32,
    /// All faults that the bits name, the one to show first.
    pub faults: Vec<Fault>,
    /// False when a box behind the gateway does not answer: the port cannot be used, the
    /// gateway itself is fine.
    pub reachable: bool,
    /// A plug is in, where the device can tell.
    pub plugged: Option<bool>,
    /// The charge that runs there, where the device names one.
    pub charge: Option<ChargeKey>,
    /// Meter values of that charge.
    pub meter: Option<Progress>,
    /// Supply voltage at the port.
    pub voltage: Option<Voltage>,
    /// Instantaneous current.
    pub current: Option<Current>,
    /// Instantaneous power.
    pub power: Option<Power>,
    /// °C.
    pub temperature_c: Option<i16>,
}

/// A socket box behind a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketReport {
    /// Its number in the gateway's list.
    pub socket_no: u8,
    /// Firmware as the device writes it.
    pub firmware: Option<String>,
    /// Radio signal.
    pub signal: Option<i16>,
    /// °C.
    pub temperature_c: Option<i16>,
    /// False when all its status bytes say offline.
    pub online: bool,
}

/// The device's word on an accepted order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeConfirmation {
    /// The order.
    pub charge: ChargeKey,
    /// The port.
    pub port: PortNo,
    /// True when charging begins, false when the device gave the order up.
    pub accepted: bool,
}

/// Meter values of a running charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The charge.
    pub charge: ChargeKey,
    /// The port.
    pub port: PortNo,
    /// Seconds charged so far, as the device counts; its resolution may be a minute.
    pub duration_s: u32,
    /// Energy so far.
    pub energy: Energy,
    /// Instantaneous power.
    pub power: Option<Power>,
    /// Highest power so far.
    pub peak_power: Option<Power>,
    /// Supply voltage.
    pub voltage: Option<Voltage>,
    /// Instantaneous current.
    pub current: Option<Current>,
    /// °C.
    pub temperature_c: Option<i16>,
    /// State of charge of the vehicle's battery, 0..=100 %.
    pub soc: Option<u8>,
    /// Minutes until full, as the vehicle estimates.
    pub remaining_min: Option<u16>,
    /// What the device itself computed so far; shown, never billed.
    pub device_amount: Option<Fen>,
}

/// The device's account of a finished charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndReport {
    /// The charge.
    pub charge: ChargeKey,
    /// The port.
    pub port: PortNo,
    /// Seconds charged, as the device counts.
    pub duration_s: u32,
    /// Energy delivered.
    pub energy: Energy,
    /// What the device itself computed as the price; kept for comparison, never billed.
    pub device_amount: Option<Fen>,
    /// Why it ended.
    pub reason: EndReason,
    /// The reason as the device coded it.
    pub reason_raw: u32,
    /// Highest power of the session.
    pub peak_power: Option<Power>,
    /// Minutes in each power tier, where the device meters tiers.
    pub tier_minutes: Vec<u16>,
    /// The card that started it.
    pub card_no: Option<String>,
    /// When it ended by the device's clock.
    pub ended_at: Option<Timestamp>,
    /// What records of EV piles say beyond that.
    pub details: Option<Box<RecordDetails>>,
}

/// A card at the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardSwipe {
    /// The number printed on the card.
    pub card_no: String,
    /// The number in the chip, where it differs.
    pub physical_no: Option<String>,
    /// The port that the user chose.
    pub port: PortNo,
    /// Money stored on the card itself.
    pub card_balance: Option<Fen>,
    /// The session number that the device proposes.
    pub proposed_session: Option<u16>,
    /// What the user typed.
    pub password: Option<CardPassword>,
    /// The number that ties the guns of one parallel charge together.
    pub parallel: Option<String>,
}

/// What a user typed at the device.
#[derive(Clone, PartialEq, Eq)]
pub enum CardPassword {
    /// As typed.
    Plain(String),
    /// The middle 16 of the 32 lower-case hex digits of its MD5.
    Md5Middle(String),
}

impl std::fmt::Debug for CardPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardPassword(…)")
    }
}

/// A device asks what to show for a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceInquiry {
    /// The number printed on the card.
    pub card_no: String,
    /// The port that asks.
    pub port: PortNo,
}

/// A device's own alarm or event message.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmReport {
    /// The port, if it concerns one.
    pub port: Option<PortNo>,
    /// What is wrong, if the protocol names it.
    pub fault: Option<Fault>,
    /// The device's code.
    pub code: u32,
    /// False when the device says it is over, or only informs.
    pub active: bool,
    /// Values that came with it: name, value in the protocol's unit.
    pub values: Vec<(&'static str, i64)>,
}

/// All faults of the device or of one of its ports that do not take it out of use. A device tells
/// one such list of each part.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultList {
    /// The port, if it concerns one.
    pub port: Option<PortNo>,
    /// What is wrong now.
    pub faults: Vec<ListedFault>,
}

/// One fault of a [`FaultList`].
#[derive(Clone, Debug, PartialEq)]
pub struct ListedFault {
    /// What is wrong, if the protocol names it.
    pub fault: Option<Fault>,
    /// The device's code.
    pub code: u32,
    /// Values that came with it: name, value in the protocol's unit.
    pub values: Vec<(&'static str, i64)>,
}

/// State of a firmware update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmwareProgress {
    /// Pieces or percent done.
    pub done: u32,
    /// Of how many.
    pub total: u32,
    /// Set when it failed.
    pub error: Option<String>,
}
