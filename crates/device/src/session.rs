//! What EV piles say about sessions beyond what every device says.

use crate::ChargeKey;
use kernel::{Current, Energy, Fen, PortNo, Timestamp, Voltage};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Who started a charge, by the device's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartSource {
    /// Our start command.
    Remote,
    /// A card that we allowed.
    Card,
    /// A card that the device allowed by itself while it was away.
    OfflineCard,
    /// The vehicle's identification number.
    Vin,
    /// The device by itself: a button, a coin, a code.
    Local,
    /// The device does not say.
    #[default]
    Unknown,
}

impl StartSource {
    /// Whether the device began the charge by itself: no start of ours did.
    pub const fn is_own(self) -> bool {
        match self {
            Self::Card | Self::OfflineCard | Self::Vin | Self::Local => true,
            Self::Remote | Self::Unknown => false,
        }
    }
}

/// A device runs a charge that it began by itself, or by a card that was allowed without an
/// order. The platform makes an order of it. May be said again on every connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceStart {
    /// How the device names it; never [`ChargeKey::Port`].
    pub charge: ChargeKey,
    /// The port.
    pub port: PortNo,
    /// Who started it.
    pub source: StartSource,
    /// The card, printed number.
    pub card_no: Option<String>,
    /// The vehicle.
    pub vin: Option<String>,
    /// When, by the device's clock.
    pub started_at: Option<Timestamp>,
}

/// A vehicle offers itself for plug-and-charge; the device waits for the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VinOffer {
    /// Vehicle identification number in reading order. Where the wire order is uncertain,
    /// `vin_other` holds the other reading.
    pub vin: String,
    /// The other reading, to be tried when `vin` is unknown.
    pub vin_other: Option<String>,
    /// The port.
    pub port: PortNo,
    /// The number that ties the guns of one parallel charge together.
    pub parallel: Option<String>,
}

/// What the device learnt of the vehicle when it was plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleReport {
    /// The charge.
    pub charge: ChargeKey,
    /// The port.
    pub port: PortNo,
    /// Vehicle identification number.
    pub vin: Option<String>,
    /// Values as the protocol names them, in the protocol's own unit.
    pub values: Vec<(&'static str, i64)>,
}

/// The battery while it charges. Absent fields were not in the frame or made no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatteryReport {
    /// The charge.
    pub charge: ChargeKey,
    /// The port.
    pub port: PortNo,
    /// State of charge, 0..=100 %.
    pub soc: Option<u8>,
    /// What the battery management asks for.
    pub demand_voltage: Option<Voltage>,
    /// What the battery management asks for, absolute value.
    pub demand_current: Option<Current>,
    /// What the battery management measures.
    pub measured_voltage: Option<Voltage>,
    /// What the battery management measures, absolute value.
    pub measured_current: Option<Current>,
    /// Highest cell voltage, mV.
    pub max_cell_mv: Option<u32>,
    /// Hottest cell, °C.
    pub max_temp_c: Option<i16>,
    /// Coldest cell, °C.
    pub min_temp_c: Option<i16>,
    /// Estimated minutes until full.
    pub remaining_min: Option<u16>,
}

impl BatteryReport {
    /// Takes over what a later message of the same charge says: batteries tell demand and
    /// temperatures in messages of their own.
    pub fn update(&mut self, later: &Self) {
        if self.charge != later.charge {
            *self = later.clone();
            return;
        }
        self.soc = later.soc.or(self.soc);
        self.demand_voltage = later.demand_voltage.or(self.demand_voltage);
        self.demand_current = later.demand_current.or(self.demand_current);
        self.measured_voltage = later.measured_voltage.or(self.measured_voltage);
        self.measured_current = later.measured_current.or(self.measured_current);
        self.max_cell_mv = later.max_cell_mv.or(self.max_cell_mv);
        self.max_temp_c = later.max_temp_c.or(self.max_temp_c);
        self.min_temp_c = later.min_temp_c.or(self.min_temp_c);
        self.remaining_min = later.remaining_min.or(self.remaining_min);
    }
}

/// What an EV pile's record says beyond duration, energy and reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDetails {
    /// Who started it.
    pub source: StartSource,
    /// When it began, by the device's clock; none when that clock was not set.
    pub started_at: Option<Timestamp>,
    /// The vehicle.
    pub vin: Option<String>,
    /// The number in the chip of the card that started it.
    pub physical_card: Option<String>,
    /// Meter reading before and after.
    pub meter: Option<(Energy, Energy)>,
    /// State of charge before and after, %.
    pub soc: Option<(u8, u8)>,
    /// How the energy is spread over the day.
    pub split: EnergySplit,
    /// Why the record as such is not to be trusted, as fixed words (`period_sum`, `meter`,
    /// `loss_energy`, `length` …). A bill on a doubtful record is held for review.
    pub doubts: Vec<Cow<'static, str>>,
}

/// How a record spreads its energy over the day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnergySplit {
    /// It does not.
    #[default]
    Whole,
    /// By price kind.
    ByRate(Vec<RateShare>),
    /// By half hour, 48 of them from 00:00 on.
    BySlot(Vec<Energy>),
}

/// The part of a record that belongs to one price kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateShare {
    /// 0 sharp, 1 peak, 2 flat, 3 valley, 4 deep valley.
    pub kind: u8,
    /// Energy.
    pub energy: Energy,
    /// What the device computed for it.
    pub amount: Option<Fen>,
}

/// A lock that keeps a parking space free (地锁).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroundLockReport {
    /// The port that it belongs to.
    pub port: PortNo,
    /// Up, down, or neither.
    pub raised: Option<bool>,
    /// A vehicle stands on the space.
    pub occupied: Option<bool>,
    /// Its battery, %.
    pub battery: Option<u8>,
    /// Its own alarm code; 0 is none.
    pub alarm: u32,
}
