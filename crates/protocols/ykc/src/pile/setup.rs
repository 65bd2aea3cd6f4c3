//! What kind of pile is simulated.

use super::profile::Profile;
use ::pile::{Automatic, SPEED_MAX, Vehicle};
use std::net::Ipv4Addr;
use std::time::Duration;

/// Guns of one pile at most: what the platform accepts as gun numbers.
pub const GUNS_MAX: u8 = 32;

/// Digits of a pile number.
const ID_DIGITS: usize = 14;

/// AC or DC (桩类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Alternating current: 7 kW a gun, nothing known of the battery.
    Ac,
    /// Direct current: 120 kW shared by the guns, talks to the battery.
    Dc,
}

/// One simulated pile.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Pile number, 14 digits.
    pub id: String,
    /// AC or DC.
    pub kind: Kind,
    /// Behaviour.
    pub profile: Profile,
    /// Guns, 1 to [`GUNS_MAX`].
    pub guns: u8,
    /// What the pile gives in all, W.
    pub power_w: u32,
    /// How many times faster than real time the pile lives, 1 to [`SPEED_MAX`].
    pub speed: u32,
    /// Seed of everything that varies.
    pub seed: u64,
    /// Who comes to gun 1, 2, …, over again when there are more guns. Empty: a car,
    /// on an AC pile one with a charger of 7 kW.
    pub vehicles: Vec<Vehicle>,
    /// Whether a user plugs and unplugs by himself.
    pub automatic: Option<Automatic>,
    /// Heartbeat period; 10 s by the document.
    pub heartbeat: Duration,
    /// Whether every parking space has a ground lock.
    pub ground_locks: bool,
    /// Firmware, at most 8 ASCII characters.
    pub firmware: String,
    /// Number of the SIM card, 20 hexadecimal digits.
    pub sim: String,
    /// Local address of the connections; the system chooses when there is none.
    pub source: Option<Ipv4Addr>,
}

impl Setup {
    /// A pile as the document describes it: AC with one gun of 7 kW, or DC with two guns and
    /// 120 kW; real time, nobody at the plug.
    pub fn new(id: &str, kind: Kind) -> Self {
        let (guns, power_w) = match kind {
            Kind::Ac => (1, 7_000),
            Kind::Dc => (2, 120_000),
        };
        Self {
            id: id.to_owned(),
            kind,
            profile: Profile::Normal,
            guns,
            power_w,
            speed: 1,
            seed: 1,
            vehicles: Vec::new(),
            automatic: None,
            heartbeat: Duration::from_secs(10),
            ground_locks: kind == Kind::Dc,
            firmware: "V4.1.50".to_owned(),
            sim: "898604D11722D0348606".to_owned(),
            source: None,
        }
    }

    /// The same pile with another behaviour.
    #[must_use]
    pub const fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The same pile with so many guns; an AC pile gives 7 kW to each.
    #[must_use]
    pub fn with_guns(mut self, guns: u8) -> Self {
        if self.kind == Kind::Ac {
            self.power_w = 7_000 * u32::from(guns);
        }
        self.guns = guns;
        self
    }

    /// Who comes to a gun, counted from 0.
    pub fn vehicle(&self, index: usize) -> Vehicle {
        let count = self.vehicles.len().max(1);
        let chosen = self.vehicles.get(index % count).cloned();
        let usual = || match self.kind {
            Kind::Ac => Vehicle::named("ac_7kw").unwrap_or_else(Vehicle::car),
            Kind::Dc => Vehicle::car(),
        };
        chosen.unwrap_or_else(usual)
    }

    /// Whether there can be such a pile.
    pub(super) fn check(&self) -> Result<(), SetupFault> {
        if self.id.len() != ID_DIGITS || !self.id.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(SetupFault::Id);
        }
        if !(1..=GUNS_MAX).contains(&self.guns) {
            return Err(SetupFault::Guns);
        }
        if !(1..=SPEED_MAX).contains(&self.speed) {
            return Err(SetupFault::Speed);
        }
        if !self.firmware.is_ascii() || self.firmware.len() > 8 {
            return Err(SetupFault::Firmware);
        }
        if self.sim.len() != 20 || !self.sim.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(SetupFault::Sim);
        }
        if self.heartbeat < Duration::from_millis(100) {
            return Err(SetupFault::Heartbeat);
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
    /// Not a pile number.
    #[error("the id must have {ID_DIGITS} digits")]
    Id,
    /// No gun, or more than can be numbered.
    #[error("a pile has 1 to {GUNS_MAX} guns")]
    Guns,
    /// The clock would stand or run away.
    #[error("speed must be 1 to {SPEED_MAX}")]
    Speed,
    /// Does not fit into the login.
    #[error("the firmware version has at most 8 ASCII characters")]
    Firmware,
    /// Does not fit into the login.
    #[error("the SIM card number has 20 hexadecimal digits")]
    Sim,
    /// A flood.
    #[error("the heartbeat period must be 100 ms or more")]
    Heartbeat,
    /// Not a vehicle identification number.
    #[error("a VIN has 17 ASCII characters")]
    Vin,
}

#[cfg(test)]
mod tests {
    use super::{Kind, Setup, SetupFault};

    #[test]
    fn impossible_piles_are_refused() {
        let good = Setup::new("32010600019236", Kind::Dc);
        assert_eq!(good.check(), Ok(()));
        assert_eq!(
            Setup::new("3201060001923A", Kind::Dc).check(),
            Err(SetupFault::Id)
        );
        assert_eq!(good.clone().with_guns(0).check(), Err(SetupFault::Guns));
        let mut fast = good;
        fast.heartbeat = std::time::Duration::ZERO;
        assert_eq!(fast.check(), Err(SetupFault::Heartbeat));
    }

    #[test]
    fn an_ac_pile_gives_seven_kilowatts_a_gun() {
        let pile = Setup::new("32010600019236", Kind::Ac).with_guns(2);
        assert_eq!(pile.power_w, 14_000);
    }
}
