//! The device's side of the protocol: a simulated gateway or stand-alone device.
//!
//! Written from what the documents say about devices, not from what our platform expects of
//! them, so that the two can disagree in a test. The seam, the device's clock, its connection
//! and the outlets with their meters are those of all simulated devices (`pile`); here are the
//! three command sets: `networked`, `v86` and `direct`.

mod bay;
mod direct;
mod ear;
mod elements;
mod networked;
#[cfg(test)]
mod rig;
mod setup;
mod v86;

pub use ::pile::{
    ACTION_FORMS, Action, ActionText, Automatic, Event, Impossible, Load, Note, Pieces, PortView,
    SPEED_MAX, Session, Step, Writing,
};
pub use setup::{
    Dialect, EndAnswer, PORTS_DIRECT_MAX, PORTS_MAX, PORTS_V86_MAX, PROFILES, Profile, Setup,
    SetupFault, UnknownName,
};

use ::pile::{Dialogue, Pile, Simulated};
use kernel::Timestamp;

/// What the devices' dialogues live with.
type Core = ::pile::Core<Setup>;

/// A device that is switched on at `now`; the first call of [`Pile::tick`] makes it connect.
///
/// # Errors
/// When there can be no such device.
pub fn device(setup: Setup, now: Timestamp) -> Result<Box<dyn Pile>, SetupFault> {
    setup.check()?;
    let (id, dialect, line) = (setup.id.clone(), setup.dialect, setup.line());
    let mut core = Core::new(setup, &line, now);
    let at = core.clock.moment(now);
    let dialogue: Box<dyn Dialogue<Setup>> = match dialect {
        Dialect::Networked => Box::new(networked::Networked::new(&mut core, at)?),
        Dialect::V86 => Box::new(v86::V86::new(&mut core, at)?),
        Dialect::Direct => Box::new(direct::Direct::new(&mut core, at)?),
    };
    Ok(Box::new(Simulated::new(id, core, dialogue)))
}

/// Faults as the status byte shows them: it has eight bits.
const fn status_bits(faults: u64) -> u8 {
    faults.to_le_bytes()[0]
}

/// The load that comes to a socket by this name.
fn load(name: &str) -> Result<Load, Impossible> {
    Load::named(name).ok_or_else(|| Impossible::NoSuchVehicle(name.to_owned()))
}
