//! The device's side of the protocol: a simulated host with its sockets, or a device alone.
//!
//! Written from what the documents say about devices, not from what our platform expects of
//! them, so that the two can disagree in a test; also its frames are written by hand. One
//! [`Setup`] is one connection: with a host, several devices with ids of their own hang on it.
//!
//! Ports are counted from 1 through all devices of a connection. Besides the usual, a fault
//! action takes a socket state (4 to 16), 0x100 and a stop reason, or 0x200 and an alarm type;
//! a lost socket is a device that its host does not reach.

mod cards;
mod charging;
mod commands;
mod frames;
mod host;
mod mishaps;
mod presence;
mod receiving;
mod record;
mod settings;
mod settling;
mod setup;
mod site;
mod socket;
#[cfg(test)]
mod tests;
mod timer;
mod unit;

pub use setup::{
    FORMS, Form, PORTS_MAX, PROFILES, Profile, Setup, SetupFault, UNITS_MAX, UnknownName,
};

use self::site::Site;
use ::pile::{Chance, Core, LineSetup, Manners, Pile, Simulated};
use kernel::Timestamp;

/// A lost connection is set up again after so long, ms (no document says; as modems do).
const RECONNECT_MS: (u32, u32) = (5_000, 10_000);
/// Noise between frames, seen in a public dump.
const NOISE: [u8; 9] = [0, 0, 0, 0, 0, 0, 1, 0, 0];

/// A host with its devices, or a device alone, switched on at `now`.
///
/// # Errors
/// When there can be no such device.
pub fn device(setup: Setup, now: Timestamp) -> Result<Box<dyn Pile>, SetupFault> {
    setup.check()?;
    let line = LineSetup {
        speed: setup.speed,
        seed: setup.seed,
        source: setup.source,
        reconnect_ms: RECONNECT_MS,
        manners: Manners {
            noisy: setup.profile == Profile::Noisy,
            refuses: setup.profile == Profile::Refuser,
            slow_radio: setup.profile == Profile::SlowRadio,
        },
        spoil,
    };
    let id = setup.id.clone();
    let mut core = Core::new((), &line, now);
    let at = core.clock.moment(now);
    let site = Site::new(setup, &mut core, at)?;
    Ok(Box::new(Simulated::new(id, core, site)))
}

/// One wrong checksum in twenty, and blocks of noise.
fn spoil(frame: &mut Vec<u8>, chance: &mut Chance) {
    if chance.once_in(20) {
        frames::break_checksum(frame);
    }
    if chance.once_in(4) {
        frame.splice(0..0, NOISE);
    }
}
