use crate::TariffTable;
use kernel::{Energy, Fen, OrderNo, PortNo, Power};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// What the platform asks of a device. Serialised into the command queue, so a restart loses
/// nothing; a protocol that has no such command answers [`crate::CommandFault::NotSupported`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Command {
    /// Begin a charge.
    StartCharge(ChargePlan),
    /// End a charge.
    StopCharge {
        /// The port that runs it.
        port: PortNo,
        /// The order that must be running there.
        order: OrderNo,
        /// Its name on the wire, where that is not the order number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        serial: Option<String>,
    },
    /// Change the limits of a running charge.
    AdjustCharge {
        /// The port that runs it.
        port: PortNo,
        /// The order.
        order: OrderNo,
        /// New total duration in seconds, if it changes.
        duration_s: Option<u32>,
        /// New total energy, if it changes.
        energy: Option<Energy>,
    },
    /// Ask for the present state of one port, or of all.
    QueryPort {
        /// The port; none means all.
        port: Option<PortNo>,
    },
    /// Set parameters and wait for the device's word.
    SetParams {
        /// The socket behind a gateway, where the protocol has such.
        socket: Option<u8>,
        /// Named or numbered parameters.
        values: Vec<ParamValue>,
        /// The wire command to use, where a protocol has several (BKV v8.6: 0x83..=0x89).
        via: Option<u16>,
    },
    /// Read parameters.
    QueryParams {
        /// The socket behind a gateway, where the protocol has such.
        socket: Option<u8>,
    },
    /// Replace the whole socket list of a gateway (刷新列表).
    ReplaceSockets {
        /// Radio channel, 1..=15.
        channel: u8,
        /// All sockets, 1..=250 of them.
        sockets: Vec<SocketEntry>,
    },
    /// Add one socket to a gateway.
    AddSocket(SocketEntry),
    /// Remove one socket from a gateway.
    RemoveSocket(SocketEntry),
    /// Set when a socket may speak and buzz.
    SetVoice(VoiceSchedule),
    /// Update firmware.
    UpdateFirmware {
        /// What is updated.
        target: FirmwareTarget,
        /// Where the image comes from.
        source: FirmwareSource,
    },
    /// Set the device's clock.
    SyncTime,
    /// Restart the device.
    Restart {
        /// Only once nothing charges, where the protocol can say so; else at once.
        #[serde(default)]
        when_idle: bool,
    },
    /// Give the device its prices.
    PushTariff(TariffTable),
    /// Read the prices that the device holds; they come back as the outcome's data.
    QueryTariff,
    /// Set the address behind the QR code. Devices that append their own number take a prefix.
    SetQr {
        /// The port that it belongs to; none means the device.
        port: Option<PortNo>,
        /// The address, or its prefix.
        text: String,
    },
    /// Limit what the device may draw.
    SetPowerLimit {
        /// The port; none means the device.
        port: Option<PortNo>,
        /// How much.
        limit: PowerLimit,
    },
    /// Take the device, or one port, out of service or back into it.
    SetService {
        /// The port; none means the device.
        port: Option<PortNo>,
        /// Whether it may charge.
        in_service: bool,
    },
    /// Raise or lower the lock of a parking space.
    MoveGroundLock {
        /// The port that it belongs to.
        port: PortNo,
        /// Up (the space is kept free), or down.
        raise: bool,
    },
    /// Give the device cards that may charge while it is away; it keeps those that it has.
    StoreCards {
        /// At most [`CARDS_MAX`].
        cards: Vec<OfflineCard>,
    },
    /// Take such cards away.
    RemoveCards {
        /// Numbers in the chips, upper-case hex; at most [`CARDS_MAX`].
        physical: Vec<String>,
    },
    /// Ask whether the device has such cards.
    QueryCards {
        /// Numbers in the chips, upper-case hex; at most [`CARDS_MAX`].
        physical: Vec<String>,
    },
    /// Change the money limit of a running charge.
    UpdateBalance {
        /// The port that runs it.
        port: PortNo,
        /// The order.
        order: OrderNo,
        /// The whole limit of this charge, not what is left of it.
        balance: Fen,
        /// The card that runs it, as the number in the chip.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        physical_card: Option<String>,
    },
    /// Ask for records that the device keeps.
    QueryHistory {
        /// The first one.
        first: u32,
        /// How many.
        count: u32,
    },
    /// A command that only this family has, by the name in its document.
    Vendor {
        /// One of [`crate::Protocol::vendor_commands`].
        name: String,
        /// Its fields.
        #[serde(default)]
        values: Vec<ParamValue>,
    },
}

/// Cards in one command.
pub const CARDS_MAX: usize = 1000;

/// How much a device may draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerLimit {
    /// Of its rating, 1..=100.
    Percent(u8),
    /// In all.
    Power(Power),
}

/// A card that a device may serve by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfflineCard {
    /// The number printed on it, decimal digits.
    pub card_no: String,
    /// The number in the chip, upper-case hex.
    pub physical: String,
}

impl Command {
    /// Name in the queue, logs and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::StartCharge(_) => "start_charge",
            Self::StopCharge { .. } => "stop_charge",
            Self::AdjustCharge { .. } => "adjust_charge",
            Self::QueryPort { .. } => "query_port",
            Self::SetParams { .. } => "set_params",
            Self::QueryParams { .. } => "query_params",
            Self::ReplaceSockets { .. } => "replace_sockets",
            Self::AddSocket(_) => "add_socket",
            Self::RemoveSocket(_) => "remove_socket",
            Self::SetVoice(_) => "set_voice",
            Self::UpdateFirmware { .. } => "update_firmware",
            Self::SyncTime => "sync_time",
            Self::Restart { .. } => "restart",
            Self::PushTariff(_) => "push_tariff",
            Self::QueryTariff => "query_tariff",
            Self::SetQr { .. } => "set_qr",
            Self::SetPowerLimit { .. } => "set_power_limit",
            Self::SetService { .. } => "set_service",
            Self::MoveGroundLock { .. } => "move_ground_lock",
            Self::StoreCards { .. } => "store_cards",
            Self::RemoveCards { .. } => "remove_cards",
            Self::QueryCards { .. } => "query_cards",
            Self::UpdateBalance { .. } => "update_balance",
            Self::QueryHistory { .. } => "query_history",
            Self::Vendor { .. } => "vendor",
        }
    }

    /// The port that the command is about, if it is about one.
    pub const fn port(&self) -> Option<PortNo> {
        match self {
            Self::StartCharge(plan) => Some(plan.port),
            Self::StopCharge { port, .. }
            | Self::AdjustCharge { port, .. }
            | Self::UpdateBalance { port, .. }
            | Self::MoveGroundLock { port, .. } => Some(*port),
            Self::QueryPort { port }
            | Self::SetQr { port, .. }
            | Self::SetPowerLimit { port, .. }
            | Self::SetService { port, .. } => *port,
            _ => None,
        }
    }

    /// Queue priority, 1 first: 1 stop, 2 start and query, 3 parameters, 4 firmware.
    pub const fn priority(&self) -> i16 {
        match self {
            Self::StopCharge { .. } => 1,
            Self::StartCharge(_)
            | Self::AdjustCharge { .. }
            | Self::UpdateBalance { .. }
            | Self::QueryPort { .. } => 2,
            Self::UpdateFirmware { .. } => 4,
            _ => 3,
        }
    }
}

/// What ends a charge, `charge_mode` 1..=4 of the third-party API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum ChargeMode {
    /// By time.
    Time = 1,
    /// By energy.
    Energy = 2,
    /// By power tiers or a power limit.
    Power = 3,
    /// Until full.
    Full = 4,
}

impl ChargeMode {
    /// The API's number.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// From the API's number.
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            1 => Some(Self::Time),
            2 => Some(Self::Energy),
            3 => Some(Self::Power),
            4 => Some(Self::Full),
            _ => None,
        }
    }

    /// `charge_mode_name` of webhooks.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Energy => "kwh",
            Self::Power => "power",
            Self::Full => "full",
        }
    }
}

/// The limits of a charge as the device is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargePlan {
    /// The port, never [`PortNo::AUTOMATIC`]: the platform chooses before it sends.
    pub port: PortNo,
    /// The order.
    pub order: OrderNo,
    /// What ends the charge.
    pub mode: ChargeMode,
    /// Paid time in seconds (mode time; an upper bound in the others).
    pub duration_s: Option<u32>,
    /// Paid energy (mode energy).
    pub energy: Option<Energy>,
    /// Power limit (mode power).
    pub power_limit: Option<Power>,
    /// The order's money limit, shown by devices that can.
    pub amount: Fen,
    /// Prices by power, for devices that compute tiers themselves; at most 5.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<PowerTier>,
    /// Prices by the time of the day, for devices that compute electricity and service fee
    /// themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<ServiceFeePlan>,
    /// The session number that the device itself proposed (card start on BKV networked).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_session: Option<u16>,
    /// The charge's name on the wire, where that is not the order number: made by
    /// [`crate::Protocol::serial`] when the order was created, unique for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The card that pays, as printed: shown, and allowed to stop the charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_no: Option<String>,
    /// The number in that card's chip, upper-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical_card: Option<String>,
    /// The number that ties the guns of one parallel charge (并充) together, yyMMddHHmmss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<String>,
    /// The model number of the prices that bill it; none where no tariff does. A device that
    /// holds others must not keep the limit of money by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_model: Option<u16>,
}

/// Electricity and service fee by the time of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFeePlan {
    /// The service fee is per hour; otherwise per kWh.
    pub service_by_time: bool,
    /// From 00:00 on, each until its end; the last one ends at 23:59.
    pub segments: Vec<FeeSegment>,
}

/// Prices until a time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeSegment {
    /// Hour and minute.
    pub until: (u8, u8),
    /// Fen per kWh.
    pub electricity: u16,
    /// Fen per kWh or per hour.
    pub service: u16,
}

/// One power tier: at a power up to `up_to`, `price` buys `minutes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerTier {
    /// Upper bound of the tier, inclusive.
    pub up_to: Power,
    /// Price of `minutes`.
    pub price: Fen,
    /// Minutes that `price` buys.
    pub minutes: u16,
}

/// One parameter to set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParamValue {
    /// Number, or the protocol's name of it in decimal or text.
    pub id: String,
    /// Value in the protocol's own unit.
    pub value: ParamContent,
}

/// What a parameter holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParamContent {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl ParamContent {
    /// The number, if it is one.
    pub const fn number(&self) -> Option<i64> {
        match self {
            Self::Number(value) => Some(*value),
            Self::Text(_) => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Number(_) => None,
            Self::Text(text) => Some(text),
        }
    }
}

impl From<i64> for ParamContent {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for ParamContent {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl std::fmt::Display for ParamContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// One socket of a gateway's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketEntry {
    /// 1..=250.
    pub socket_no: u8,
    /// 12 hex digits.
    pub mac: String,
}

/// When sound is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceSchedule {
    /// Socket 1..=250, or 254 for all of the gateway.
    pub socket: u8,
    /// Hole 0 or 1.
    pub hole: u8,
    /// Buzzer on.
    pub buzzer: bool,
    /// Voice on.
    pub voice: bool,
    /// At most two periods in which sound is allowed.
    pub periods: Vec<QuietPeriod>,
}

/// A period of the day, start before end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietPeriod {
    /// Hour and minute.
    pub start: (u8, u8),
    /// Hour and minute.
    pub end: (u8, u8),
}

/// What a firmware update replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirmwareTarget {
    /// The gateway or main board.
    Main,
    /// The sockets or relay boards.
    Socket,
    /// The radio module.
    Radio,
}

/// Where a device gets an image from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum FirmwareSource {
    /// The device fetches it by FTP. The address is data to us: we never connect to it.
    Ftp {
        /// Server.
        host: Ipv4Addr,
        /// Port.
        port: u16,
        /// File name with its path, as long as the protocol has room for.
        file: String,
        /// Who logs in, where the protocol carries it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// With which password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<String>,
        /// Only once nothing charges, where the protocol can say so; else at once.
        #[serde(default)]
        when_idle: bool,
    },
    /// We push it in pieces.
    Image {
        /// The whole image, hex.
        hex: String,
    },
    /// We push it in pieces, from the firmware library: the bytes come with the
    /// [`crate::Dispatch`], not with the stored command.
    Library {
        /// Row in the library.
        firmware: i64,
        /// Its version, as devices of this family write versions.
        version: String,
        /// Length in bytes.
        size: u32,
    },
}
