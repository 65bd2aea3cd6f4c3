//! The device's side of the protocol: a simulated pile.
//!
//! Written from what the document says about piles, not from what our platform expects of them,
//! and put together without the platform's message types, so that the two can disagree in a test.
//! Sans-IO like the platform's link: bytes and the time go in, [`::pile::Step`]s come out.

mod book;
mod cause;
mod charge;
mod device;
mod forms;
mod gun;
mod paper;
mod prices;
mod profile;
mod quirks;
#[cfg(test)]
mod rig;
mod setup;
#[cfg(test)]
mod tests;
mod words;

pub use self::profile::{PROFILES, Profile, UnknownName};
pub use self::setup::{GUNS_MAX, Kind, Setup, SetupFault};
pub use crate::layout::Dialect;
pub use ::pile::Vehicle;

use self::device::Device;
use crate::pile::words::spoil;
use ::pile::{
    Agenda, Automatic, Core, Event, LineSetup, Manners, Moment, PortView, Session, Simulated, Step,
};
use kernel::Timestamp;

/// A new connection after a lost one, ms.
const RECONNECT_MS: (u32, u32) = (5_000, 5_000);

/// A pile that is switched on at `now`; the first call of [`::pile::Pile::tick`] makes it connect.
///
/// # Errors
/// When there can be no such pile.
pub fn device(setup: Setup, now: Timestamp) -> Result<Box<dyn ::pile::Pile>, SetupFault> {
    Ok(Box::new(simulated(setup, now)?))
}

fn simulated(setup: Setup, now: Timestamp) -> Result<Simulated<Setup, Device>, SetupFault> {
    setup.check()?;
    let line = LineSetup {
        speed: setup.speed,
        seed: setup.seed,
        source: setup.source,
        reconnect_ms: RECONNECT_MS,
        manners: Manners {
            noisy: setup.profile == Profile::Noisy,
            ..Manners::default()
        },
        spoil,
    };
    let id = setup.code();
    let mut core = Core::new(setup, &line, now);
    let at = core.clock.moment(now);
    let device = Device::new(&mut core, at);
    Ok(Simulated::new(id, core, device))
}

/// What a pile talks through.
type Line = Core<Setup>;
