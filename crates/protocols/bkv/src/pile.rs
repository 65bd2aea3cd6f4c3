//! The device's side of the protocol: a simulated gateway or stand-alone device.
//!
//! Written from what the documents say about devices, not from what our platform expects of
//! them, so that the two can disagree in a test. Sans-IO like the platform's link: bytes and
//! the time go in, [`Step`]s come out, and [`Pile::deadline`] says when to come back. Everything
//! a person or a mishap can do is an [`Action`].
//!
//! `networked`, `v86` and `direct` are the three command sets; the rest is what they share: the
//! device's clock, its connection, the outlets with their meters.

mod action;
mod agenda;
mod bay;
mod chance;
mod clock;
mod core;
mod direct;
mod ear;
mod elements;
mod load;
mod networked;
mod outlet;
#[cfg(test)]
mod rig;
mod setup;
mod step;
mod v86;

pub use action::{ACTION_FORMS, Action, ActionText, Impossible};
pub use clock::SPEED_MAX;
pub use load::Load;
pub use setup::{
    Automatic, Dialect, EndAnswer, PORTS_DIRECT_MAX, PORTS_MAX, PORTS_V86_MAX, PROFILES, Profile,
    Setup, SetupFault, UnknownName,
};
pub use step::{Event, Note, Pieces, PortView, Session, Step, Writing};

use self::clock::Moment;
use self::core::Core;
use kernel::Timestamp;
use std::time::Duration;

/// Timers that run in one call at most; what is left runs in the next.
const TIMERS_PER_CALL_MAX: usize = 20_000;

/// How long a device is dark when it is rebooted.
const OUTAGE: Duration = Duration::from_secs(5);

/// What differs between the command sets.
trait Dialogue: Send + Sync {
    /// The connection is up.
    fn online(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>);

    /// The connection is gone.
    fn offline(&mut self, core: &mut Core, at: Moment);

    /// The frames that have arrived are in `core`'s buffer.
    fn hear(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>);

    /// The next timer, device time.
    fn next(&self) -> Option<Timestamp>;

    /// Runs the one earliest timer, which is due at `at`.
    fn due(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>);

    /// Everything but the link, which is [`Core`]'s.
    fn act(
        &mut self,
        core: &mut Core,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible>;

    /// Mains power is gone: relays fall open.
    fn power_lost(&mut self, core: &mut Core, at: Moment, memory: bool, out: &mut Vec<Step>);

    /// Mains power is back.
    fn power_back(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>);

    fn ports(&mut self, at: Moment) -> Vec<PortView>;
}

/// One simulated device.
pub struct Pile {
    core: Core,
    dialogue: Box<dyn Dialogue>,
}

impl Pile {
    /// A device that is switched on at `now`; the first call of [`Pile::tick`] makes it connect.
    ///
    /// # Errors
    /// When there can be no such device.
    pub fn new(setup: Setup, now: Timestamp) -> Result<Self, SetupFault> {
        setup.check()?;
        let dialect = setup.dialect;
        let mut core = Core::new(setup, now);
        let at = core.clock.moment(now);
        let dialogue: Box<dyn Dialogue> = match dialect {
            Dialect::Networked => Box::new(networked::Networked::new(&mut core, at)?),
            Dialect::V86 => Box::new(v86::V86::new(&mut core, at)?),
            Dialect::Direct => Box::new(direct::Direct::new(&mut core, at)?),
        };
        Ok(Self { core, dialogue })
    }

    /// What it was made from.
    pub fn setup(&self) -> &Setup {
        &self.core.setup
    }

    /// Whether the device has a connection that it uses.
    pub fn is_online(&self) -> bool {
        self.core.is_up()
    }

    /// The connection asked for by [`Step::Connect`] is up.
    pub fn connected(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        let at = self.catch_up(now, out);
        if self.core.came_up(at) {
            self.dialogue.online(&mut self.core, at, out);
        }
    }

    /// The connection ended, or could not be set up.
    pub fn disconnected(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        let at = self.catch_up(now, out);
        self.core.went_down(at);
        self.dialogue.offline(&mut self.core, at);
    }

    /// Bytes from the platform, in any chunking.
    pub fn receive(&mut self, bytes: &[u8], now: Timestamp, out: &mut Vec<Step>) {
        let at = self.catch_up(now, out);
        if self.core.is_up() {
            self.core.inbound(bytes);
            self.dialogue.hear(&mut self.core, at, out);
            self.settle_line(at);
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        self.catch_up(now, out);
    }

    /// When [`Pile::tick`] wants to be called next, real time.
    pub fn deadline(&self) -> Option<Timestamp> {
        let next = [self.core.next(), self.dialogue.next()];
        let earliest = next.into_iter().flatten().min()?;
        Some(self.core.clock.wall(earliest))
    }

    /// Something happens to the device.
    ///
    /// # Errors
    /// When it cannot happen to this device now; nothing has changed then.
    pub fn act(
        &mut self,
        action: &Action,
        now: Timestamp,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        let at = self.catch_up(now, out);
        match action {
            Action::Cut { silent } => self.core.cut(*silent, out),
            Action::Restore => self.core.restore(at),
            Action::Roam(address) => self.core.roam(at, *address, out),
            Action::Reboot { memory } => {
                self.core.lose_power(at, OUTAGE, out);
                self.dialogue.power_lost(&mut self.core, at, *memory, out);
            }
            Action::Refuse(count) => self.core.refuse = *count,
            Action::Ignore(on) => self.core.ignores = *on,
            Action::SlowWrites(gap) => self.core.slow = *gap,
            Action::Raw(bytes) if self.core.is_up() => self.core.write(bytes.clone(), out),
            Action::Raw(_) => return Err(Impossible::NotConnected),
            _ => self.dialogue.act(&mut self.core, at, action, out)?,
        }
        self.settle_line(at);
        Ok(())
    }

    /// All ports, with their meters read now.
    pub fn ports(&mut self, now: Timestamp) -> Vec<PortView> {
        let at = self.core.clock.moment(now);
        self.dialogue.ports(at)
    }

    /// Runs every timer up to `now`, each at its own instant.
    fn catch_up(&mut self, now: Timestamp, out: &mut Vec<Step>) -> Moment {
        let at = self.core.clock.moment(now);
        for _ in 0..TIMERS_PER_CALL_MAX {
            let link = self.core.next().filter(|due| *due <= at.t);
            let talk = self.dialogue.next().filter(|due| *due <= at.t);
            let Some(due) = link.into_iter().chain(talk).min() else {
                break;
            };
            let moment = self.core.clock.moment_of(due);
            if link == Some(due) {
                if self.core.due(moment, out) {
                    self.dialogue.power_back(&mut self.core, moment, out);
                }
            } else {
                self.dialogue.due(&mut self.core, moment, out);
                self.settle_line(moment);
            }
        }
        at
    }

    /// Tells the dialogue when the core has given the connection up in between.
    fn settle_line(&mut self, at: Moment) {
        if self.core.take_dropped(at) {
            self.dialogue.offline(&mut self.core, at);
        }
    }
}
