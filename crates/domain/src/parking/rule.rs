use crate::fault::FieldFault;
use crate::text_enum::text_enum;
use kernel::{Energy, Fen};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Longest free parking in minutes: a day.
const MINUTES_MAX: u32 = 1440;
/// Highest free amount.
const FEN_MAX: i64 = 1_000_000;
/// Longest plate, in characters.
const PLATE_MAX: usize = 10;

/// What a charge is worth at the barrier. Stored as `{"type":"free_minutes","minutes":120}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Relief {
    /// So much time is free.
    FreeMinutes {
        /// 1 to 1440.
        minutes: u32,
    },
    /// So much money is off.
    FreeFen {
        /// 1 to 1 000 000.
        fen: Fen,
    },
    /// A part of the price is off.
    Percent {
        /// 1 to 100; 100 is free parking.
        percent: u8,
    },
}

text_enum! {
    /// Whether relief needs a number plate.
    PlateRule {
        /// The barrier knows cars by their plates only.
        Required = "required",
        /// It knows them otherwise.
        Optional = "optional",
    }
}

/// The agreement with the operator of one car park.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParkingRule {
    /// Whose interface the car park has.
    pub vendor: String,
    /// Its id there.
    pub lot_id: String,
    /// What a charge is worth.
    pub relief: Relief,
    /// Least energy of a charge.
    #[serde(default)]
    pub min_energy: Energy,
    /// Least price of a charge.
    #[serde(default)]
    pub min_fen: Fen,
    /// Least time of a charge, minutes.
    #[serde(default)]
    pub min_minutes: u32,
    /// Most reliefs of one car on one day in Shanghai; none: no limit.
    #[serde(default)]
    pub cap_per_day: Option<u32>,
    /// Whether it needs a number plate.
    pub plate: PlateRule,
}

/// A settled charge, as far as parking depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParkedCharge<'a> {
    /// The car's plate, if it is known.
    pub plate: Option<&'a str>,
    /// What was charged.
    pub energy: Energy,
    /// What it cost, occupancy not counted.
    pub total: Fen,
    /// How long it took.
    pub lasted: Duration,
    /// Reliefs that this car has had on that day.
    pub reliefs_today: u32,
}

/// Why there is no relief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ReliefRefusal {
    /// The plate is not known.
    #[error("the number plate is not known")]
    NoPlate,
    /// Too little was charged.
    #[error("too little energy was charged")]
    TooLittle,
    /// It cost too little.
    #[error("the charge cost too little")]
    TooCheap,
    /// It was over too soon.
    #[error("the charge was too short")]
    TooShort,
    /// The car has had its share of the day.
    #[error("the car has had its reliefs of the day")]
    CapReached,
}

impl ParkingRule {
    /// Whether a charge earns relief, and which.
    ///
    /// # Errors
    /// Why it does not.
    pub fn decide(&self, charge: &ParkedCharge<'_>) -> Result<Relief, ReliefRefusal> {
        let has_plate = charge.plate.is_some_and(|plate| !plate.trim().is_empty());
        let least = Duration::from_secs(u64::from(self.min_minutes) * 60);
        if self.plate == PlateRule::Required && !has_plate {
            Err(ReliefRefusal::NoPlate)
        } else if charge.energy < self.min_energy {
            Err(ReliefRefusal::TooLittle)
        } else if charge.total < self.min_fen {
            Err(ReliefRefusal::TooCheap)
        } else if charge.lasted < least {
            Err(ReliefRefusal::TooShort)
        } else if self
            .cap_per_day
            .is_some_and(|cap| charge.reliefs_today >= cap)
        {
            Err(ReliefRefusal::CapReached)
        } else {
            Ok(self.relief)
        }
    }

    /// Checks it before it is stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        FieldFault::unless(!self.vendor.trim().is_empty(), "vendor", "is required")?;
        FieldFault::unless(!self.lot_id.trim().is_empty(), "lot_id", "is required")?;
        match self.relief {
            Relief::FreeMinutes { minutes } => FieldFault::unless(
                (1..=MINUTES_MAX).contains(&minutes),
                "relief.minutes",
                format!("must be 1 to {MINUTES_MAX}"),
            ),
            Relief::FreeFen { fen } => FieldFault::unless(
                (1..=FEN_MAX).contains(&fen.0),
                "relief.fen",
                format!("must be 1 to {FEN_MAX}"),
            ),
            Relief::Percent { percent } => FieldFault::unless(
                (1..=100).contains(&percent),
                "relief.percent",
                "must be 1 to 100",
            ),
        }?;
        let least = self.min_energy >= Energy::ZERO;
        FieldFault::unless(least, "min_energy", "must not be below zero")?;
        let least = self.min_fen >= Fen::ZERO;
        FieldFault::unless(least, "min_fen", "must not be below zero")?;
        let cap = self.cap_per_day.is_none_or(|cap| cap > 0);
        FieldFault::unless(cap, "cap_per_day", "must be more than zero")
    }
}

/// A plate as it is compared: without blanks and dots, letters large; none when nothing is left or
/// it is longer than 10 characters.
pub fn plain_plate(text: &str) -> Option<String> {
    let kept = |c: &char| !c.is_whitespace() && !matches!(c, '·' | '.' | '-');
    let plain: String = text
        .chars()
        .filter(kept)
        .flat_map(char::to_uppercase)
        .collect();
    (1..=PLATE_MAX)
        .contains(&plain.chars().count())
        .then_some(plain)
}
