//! The pile's side of the protocol: a simulated AC or DC pile.
//!
//! Written from what the document says about piles, not from what our platform expects of them,
//! so that the two can disagree in a test. The pile has its own prices, its own meter and its own
//! memory: what it charges it bills by itself, rounds as real piles round, and repeats until it
//! is confirmed. [`Profile`] names the ways in which real piles differ from the document.

mod acts;
mod answers;
mod billing;
mod bms;
mod cards;
mod commands;
mod controls;
mod gun;
mod heard;
mod profile;
mod records;
mod reports;
mod sessions;
mod setup;
mod station;
mod swipes;
#[cfg(test)]
mod tests;
mod upkeep;
mod words;

pub use profile::{PROFILES, Profile, UnknownProfile};
pub use setup::{GUNS_MAX, Kind, Setup, SetupFault};

use self::station::Station;
use ::pile::{
    Action, Agenda, Chance, Dialogue, Event, Impossible, LineSetup, Manners, Moment, Pile,
    PortView, Session, Simulated, Step,
};
use kernel::Timestamp;

/// Clock and connection; the station has its own setup.
type Core = ::pile::Core<()>;

/// A lost connection is set up again after so long, ms.
const RECONNECT_MS: (u32, u32) = (5_000, 9_500);

/// A pile that is switched on at `now`; the first tick makes it connect.
///
/// # Errors
/// When there can be no such pile.
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
            slow_radio: false,
        },
        spoil,
    };
    let mut core = Core::new((), &line, now);
    let at = core.clock.moment(now);
    let id = setup.id.clone();
    let station = Station::new(setup, &mut core, at);
    Ok(Box::new(Simulated::new(id, core, station)))
}

/// One wrong checksum in twenty frames.
#[expect(clippy::ptr_arg, reason = "the seam lets a family add bytes as well")]
fn spoil(frame: &mut Vec<u8>, chance: &mut Chance) {
    if chance.once_in(20)
        && let Some(last) = frame.last_mut()
    {
        *last = last.wrapping_add(1);
    }
}

impl Dialogue for Station {
    fn online(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.went_up(core, at, out);
    }

    fn offline(&mut self, _core: &mut Core, _at: Moment, _out: &mut Vec<Step>) {
        self.went_down();
    }

    fn hear(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.listen(core, at, out);
    }

    fn next(&self) -> Option<Timestamp> {
        self.next_timer()
    }

    fn due(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.run_timer(core, at, out);
    }

    fn act(
        &mut self,
        core: &mut Core,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        self.befall(core, at, action, out)
    }

    fn power_lost(&mut self, core: &mut Core, at: Moment, memory: bool, out: &mut Vec<Step>) {
        self.go_dark(core, at, memory, out);
    }

    fn power_back(&mut self, _core: &mut Core, _at: Moment, _out: &mut Vec<Step>) {
        self.unanswered = 0;
    }

    fn ports(&mut self, _core: &Core, at: Moment) -> Vec<PortView> {
        self.views(at)
    }
}
