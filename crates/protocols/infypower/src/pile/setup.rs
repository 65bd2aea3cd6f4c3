//! What kind of pile is simulated.

use super::profile::Profile;
use crate::layout::Dialect;
use ::pile::{Automatic, SPEED_MAX, Vehicle};
use std::net::Ipv4Addr;
use std::time::Duration;

/// Guns of one pile at most: what the heartbeat of V5.3 has room for.
pub const GUNS_MAX: u8 = 16;

/// Characters of a pile code at most: the 32nd byte stays zero, and a letter may be added.
const ID_MAX: usize = 30;

/// AC or DC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Alternating current: 7 kW a gun, nothing known of the battery.
    Ac,
    /// Direct current: 120 kW a gun, talks to the battery.
    Dc,
}

/// One simulated pile.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Pile code: letters and digits.
    pub id: String,
    /// Command set.
    pub dialect: Dialect,
    /// AC or DC.
    pub kind: Kind,
    /// Behaviour.
    pub profile: Profile,
    /// Guns, 1 to [`GUNS_MAX`].
    pub guns: u8,
    /// What the pile gives to one gun, W.
    pub power_w: u32,
    /// How many times faster than real time the pile lives.
    pub speed: u32,
    /// Seed of everything that varies.
    pub seed: u64,
    /// Who comes to gun 1, 2, …, over again when there are more guns. Empty: a
    /// car that fits.
    pub vehicles: Vec<Vehicle>,
    /// Whether users come by themselves: a vehicle is plugged in at each free gun, and leaves
    /// after its charge.
    pub automatic: Option<Automatic>,
    /// Heartbeat period; 20 s by the document.
    pub heartbeat: Duration,
    /// Status period; 15 s by the document.
    pub status: Duration,
    /// Software version, four bytes.
    pub software: u32,
    /// Price until the platform sends a table, fen per kWh.
    pub price_fen: u32,
    /// Local address of the connections; the system chooses when there is none.
    pub source: Option<Ipv4Addr>,
}

impl Setup {
    /// A pile as the document describes it: AC with one gun of 7 kW, or DC with two of 120 kW;
    /// real time, nobody at the plug.
    pub fn new(id: &str, dialect: Dialect, kind: Kind) -> Self {
        let (guns, power_w) = match kind {
            Kind::Ac => (1, 7_000),
            Kind::Dc => (2, 120_000),
        };
        Self {
            id: id.to_owned(),
            dialect,
            kind,
            profile: Profile::Normal,
            guns,
            power_w,
            speed: 1,
            seed: 1,
            vehicles: Vec::new(),
            automatic: None,
            heartbeat: Duration::from_secs(20),
            status: Duration::from_secs(15),
            software: 0x0000_0203,
            price_fen: 120,
            source: None,
        }
    }

    /// The same pile with another behaviour.
    #[must_use]
    pub const fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The same pile with so many guns.
    #[must_use]
    pub const fn with_guns(mut self, guns: u8) -> Self {
        self.guns = guns;
        self
    }

    /// The code that the pile tells: with a letter where each gun has its own connection.
    pub fn code(&self) -> String {
        if self.profile == Profile::PerGun {
            format!("{}A", self.id)
        } else {
            self.id.clone()
        }
    }

    /// Who comes to a gun, counted from 0.
    pub fn vehicle(&self, index: usize) -> Vehicle {
        let count = self.vehicles.len().max(1);
        let usual = || match self.kind {
            Kind::Ac => Vehicle::named("ac_7kw"),
            Kind::Dc => None,
        };
        let vehicle = self.vehicles.get(index % count).cloned();
        vehicle.or_else(usual).unwrap_or_else(Vehicle::car)
    }

    pub(super) fn check(&self) -> Result<(), SetupFault> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric();
        if !(1..=ID_MAX).contains(&self.id.len()) || !self.id.bytes().all(legal) {
            return Err(SetupFault::Id);
        }
        if !(1..=GUNS_MAX).contains(&self.guns) {
            return Err(SetupFault::Guns);
        }
        if !(1..=SPEED_MAX).contains(&self.speed) {
            return Err(SetupFault::Speed);
        }
        let period = Duration::from_millis(100)..=Duration::from_secs(250);
        if !period.contains(&self.heartbeat) || !period.contains(&self.status) {
            return Err(SetupFault::Period);
        }
        if self
            .vehicles
            .iter()
            .any(|vehicle| vehicle.vin.len() != 17 || !vehicle.vin.is_ascii())
        {
            return Err(SetupFault::Vin);
        }
        Ok(())
    }
}

/// Why there can be no such pile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupFault {
    /// Not a pile code.
    #[error("the id must have 1 to {ID_MAX} letters and digits")]
    Id,
    /// No gun, or more than can be numbered.
    #[error("a pile has 1 to {GUNS_MAX} guns")]
    Guns,
    /// The clock would stand or run away.
    #[error("speed must be 1 to {SPEED_MAX}")]
    Speed,
    /// A flood, or more than one byte of seconds can say.
    #[error("periods are 100 ms to 250 s")]
    Period,
    /// Not a vehicle identification number.
    #[error("a VIN has 17 ASCII characters")]
    Vin,
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Kind, Setup, SetupFault};

    #[test]
    fn impossible_piles_are_refused() {
        let good = Setup::new("2900300800103", Dialect::Infypower, Kind::Dc);
        assert_eq!(good.check(), Ok(()));
        let odd = Setup::new("29003 008", Dialect::Infypower, Kind::Dc);
        assert_eq!(odd.check(), Err(SetupFault::Id));
        assert_eq!(good.with_guns(0).check(), Err(SetupFault::Guns));
    }
}
