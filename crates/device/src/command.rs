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
    Restart,
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
            Self::Restart => "restart",
        }
    }

    /// The port that the command is about, if it is about one.
    pub const fn port(&self) -> Option<PortNo> {
        match self {
            Self::StartCharge(plan) => Some(plan.port),
            Self::StopCharge { port, .. } | Self::AdjustCharge { port, .. } => Some(*port),
            Self::QueryPort { port } => *port,
            _ => None,
        }
    }

    /// Queue priority, 1 first: 1 stop, 2 start and query, 3 parameters, 4 firmware.
    pub const fn priority(&self) -> i16 {
        match self {
            Self::StopCharge { .. } => 1,
            Self::StartCharge(_) | Self::AdjustCharge { .. } | Self::QueryPort { .. } => 2,
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
    pub value: i64,
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
        /// File name, 1..=13 ASCII characters on BKV.
        file: String,
    },
    /// We push it in pieces.
    Image {
        /// The whole image, hex.
        hex: String,
    },
}
