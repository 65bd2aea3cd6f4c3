use super::Relief;
use super::rule::plain_plate;
use crate::alarm::AlarmCode;
use crate::machine::Transition;
use crate::text_enum::text_enum;
use kernel::{Energy, Fen, OrderNo, PhyId, PortNo, Timestamp, div_half_up};
use std::time::Duration;

/// How often a record is sent again.
pub const RETRIES_MAX: u32 = 3;

/// Waits before the first, second and third repetition: half an hour together.
const RETRY_DELAYS: [Duration; 3] = [
    Duration::from_mins(5),
    Duration::from_mins(10),
    Duration::from_mins(15),
];

text_enum! {
    /// How fast a port charges.
    ChargeSpeed {
        /// Alternating current.
        Slow = "slow",
        /// Direct current.
        Fast = "fast",
    }
}

/// What the operator of a car park is told of a charge. Its natural key is the order number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkingRecord {
    /// Our number of the station.
    pub station_no: String,
    /// The order.
    pub order_no: OrderNo,
    /// The car's plate, plain: no blanks, no dot, large letters.
    pub plate: Option<String>,
    /// When the charge began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// What was charged.
    pub energy: Energy,
    /// Electricity.
    pub elec: Fen,
    /// Service.
    pub service: Fen,
    /// How fast.
    pub speed: ChargeSpeed,
    /// The device.
    pub device: PhyId,
    /// Its port.
    pub port: PortNo,
    /// The driver's mobile, if it is known.
    pub mobile: Option<String>,
    /// What the charge is worth.
    pub relief: Relief,
}

impl ParkingRecord {
    /// The record with its plate written plainly; a plate that is none is left out.
    #[must_use]
    pub fn with_plain_plate(mut self) -> Self {
        self.plate = self.plate.as_deref().and_then(plain_plate);
        self
    }

    /// The energy in 0.001 kWh, rounded half up.
    pub fn quantity_wh(&self) -> i64 {
        let wh = div_half_up(i128::from(self.energy.0), 10);
        i64::try_from(wh).unwrap_or(i64::MAX)
    }

    /// Electricity and service together.
    pub fn total(&self) -> Fen {
        self.elec + self.service
    }
}

text_enum! {
    /// How far a record is.
    Handover {
        /// It is to be sent.
        Pending = "pending",
        /// The car park has it.
        Done = "done",
        /// The car does not stand there.
        NotParked = "not_parked",
        /// Given up.
        Failed = "failed",
    }
}

/// What the car park says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It answered with a code.
    Code(i64),
    /// It could not be reached, or said nothing in time.
    None,
}

impl Answer {
    /// It has taken the record.
    pub const TAKEN: Self = Self::Code(1001);
    /// It has no such car.
    pub const NOT_PARKED: Self = Self::Code(1002);
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandoverEffect {
    /// Send it again after this time.
    SendAfter(Duration),
    /// Raise an alarm.
    Raise(AlarmCode),
}

/// How long to wait before a record is sent again that failed so often; none when it is given up.
pub fn retry_delay(failures: u32) -> Option<Duration> {
    let index = usize::try_from(failures.checked_sub(1)?).ok()?;
    RETRY_DELAYS.get(index).copied()
}

impl Handover {
    /// What an answer means. `failures`: how often it has failed before. A record that is over
    /// stays as it is, whatever is said later.
    pub fn next(self, answer: Answer, failures: u32) -> Transition<Self, HandoverEffect> {
        match self {
            Self::Done | Self::NotParked | Self::Failed => Transition::plain(self),
            Self::Pending if answer == Answer::TAKEN => Transition::plain(Self::Done),
            Self::Pending if answer == Answer::NOT_PARKED => Transition::plain(Self::NotParked),
            Self::Pending => match retry_delay(failures.saturating_add(1)) {
                Some(delay) => Transition::new(Self::Pending, [HandoverEffect::SendAfter(delay)]),
                None => Transition::new(
                    Self::Failed,
                    [HandoverEffect::Raise(AlarmCode::ParkingReliefFailed)],
                ),
            },
        }
    }
}
