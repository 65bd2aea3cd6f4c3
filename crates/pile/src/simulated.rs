//! A device out of its family's dialogue.

use crate::clock::Moment;
use crate::core::Core;
use crate::step::{PortView, Step};
use crate::{Action, Impossible};
use kernel::Timestamp;
use std::time::Duration;

/// Timers that run in one call at most; what is left runs in the next.
const TIMERS_PER_CALL_MAX: usize = 20_000;

/// How long a device is dark when it is rebooted.
const OUTAGE: Duration = Duration::from_secs(5);

/// A simulated device, whatever it speaks. The shell opens and closes its connection as the
/// [`Step`]s say.
pub trait Pile: Send {
    /// Its id, as an operator would write it.
    fn id(&self) -> &str;

    /// Whether it has a connection that it uses.
    fn is_online(&self) -> bool;

    /// The connection asked for by [`Step::Connect`] is up.
    fn connected(&mut self, now: Timestamp, out: &mut Vec<Step>);

    /// The connection ended, or could not be set up.
    fn disconnected(&mut self, now: Timestamp, out: &mut Vec<Step>);

    /// Bytes from the platform, in any chunking.
    fn receive(&mut self, bytes: &[u8], now: Timestamp, out: &mut Vec<Step>);

    /// Time has passed. The first call makes a new device connect.
    fn tick(&mut self, now: Timestamp, out: &mut Vec<Step>);

    /// When [`Pile::tick`] wants to be called next, real time.
    fn deadline(&self) -> Option<Timestamp>;

    /// Something happens to the device.
    ///
    /// # Errors
    /// When it cannot happen to this device now; nothing has changed then.
    fn act(
        &mut self,
        action: &Action,
        now: Timestamp,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible>;

    /// All ports, with their meters read now.
    fn ports(&mut self, now: Timestamp) -> Vec<PortView>;
}

/// What differs between families and command sets. All instants are the device's own.
pub trait Dialogue<S = ()>: Send {
    /// The connection is up.
    fn online(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>);

    /// The connection is gone.
    fn offline(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>);

    /// Bytes have arrived; they are in `core.unread`, and what is understood is taken out.
    fn hear(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>);

    /// The next timer, device time.
    fn next(&self) -> Option<Timestamp>;

    /// Runs the one earliest timer, which is due at `at`.
    fn due(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>);

    /// Everything but the link, which is [`Core`]'s.
    ///
    /// # Errors
    /// As [`Pile::act`].
    fn act(
        &mut self,
        core: &mut Core<S>,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible>;

    /// Mains power is gone: relays fall open. `memory`: orders and unacknowledged reports
    /// survive.
    fn power_lost(&mut self, core: &mut Core<S>, at: Moment, memory: bool, out: &mut Vec<Step>);

    /// Mains power is back.
    fn power_back(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>);

    /// All ports, with their meters read now.
    fn ports(&mut self, core: &Core<S>, at: Moment) -> Vec<PortView>;
}

impl<S, D: Dialogue<S> + ?Sized> Dialogue<S> for Box<D> {
    fn online(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>) {
        (**self).online(core, at, out);
    }

    fn offline(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>) {
        (**self).offline(core, at, out);
    }

    fn hear(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>) {
        (**self).hear(core, at, out);
    }

    fn next(&self) -> Option<Timestamp> {
        (**self).next()
    }

    fn due(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>) {
        (**self).due(core, at, out);
    }

    fn act(
        &mut self,
        core: &mut Core<S>,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        (**self).act(core, at, action, out)
    }

    fn power_lost(&mut self, core: &mut Core<S>, at: Moment, memory: bool, out: &mut Vec<Step>) {
        (**self).power_lost(core, at, memory, out);
    }

    fn power_back(&mut self, core: &mut Core<S>, at: Moment, out: &mut Vec<Step>) {
        (**self).power_back(core, at, out);
    }

    fn ports(&mut self, core: &Core<S>, at: Moment) -> Vec<PortView> {
        (**self).ports(core, at)
    }
}

/// One simulated device: its line and its dialogue.
pub struct Simulated<S, D> {
    id: String,
    core: Core<S>,
    dialogue: D,
}

impl<S, D: Dialogue<S>> Simulated<S, D> {
    /// A device that is switched on.
    pub fn new(id: String, core: Core<S>, dialogue: D) -> Self {
        Self { id, core, dialogue }
    }

    /// What it was made from.
    pub fn setup(&self) -> &S {
        &self.core.setup
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
                self.settle_line(moment, out);
            }
        }
        at
    }

    /// Tells the dialogue when the core has given the connection up in between.
    fn settle_line(&mut self, at: Moment, out: &mut Vec<Step>) {
        if self.core.take_dropped(at) {
            self.dialogue.offline(&mut self.core, at, out);
        }
    }
}

impl<S: Send, D: Dialogue<S>> Pile for Simulated<S, D> {
    fn id(&self) -> &str {
        &self.id
    }

    fn is_online(&self) -> bool {
        self.core.is_up()
    }

    fn connected(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        let at = self.catch_up(now, out);
        if self.core.came_up(at) {
            self.dialogue.online(&mut self.core, at, out);
        }
    }

    fn disconnected(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        let at = self.catch_up(now, out);
        self.core.went_down(at);
        self.dialogue.offline(&mut self.core, at, out);
    }

    fn receive(&mut self, bytes: &[u8], now: Timestamp, out: &mut Vec<Step>) {
        let at = self.catch_up(now, out);
        if self.core.is_up() {
            self.core.inbound(bytes);
            self.dialogue.hear(&mut self.core, at, out);
            self.settle_line(at, out);
        }
    }

    fn tick(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        self.catch_up(now, out);
    }

    fn deadline(&self) -> Option<Timestamp> {
        let next = [self.core.next(), self.dialogue.next()];
        let earliest = next.into_iter().flatten().min()?;
        Some(self.core.clock.wall(earliest))
    }

    fn act(
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
        self.settle_line(at, out);
        Ok(())
    }

    fn ports(&mut self, now: Timestamp) -> Vec<PortView> {
        let at = self.core.clock.moment(now);
        self.dialogue.ports(&self.core, at)
    }
}
