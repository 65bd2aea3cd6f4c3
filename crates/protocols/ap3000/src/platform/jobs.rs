//! Jobs of a device: when each is written, what follows from silence, and telling what became
//! of it.

use super::asking::Asking;
use super::line::{Line, Turn};
use super::starts::Watch;
use super::task::{Job, Task};
use super::unit::Unit;
use crate::codes::Cmd;
use crate::message::{Body, Message, NoData, OrderKey};
use crate::traits;
use device::{CommandReport, Event, FirmwareProgress, Outcome, Refusal};
use kernel::{CommandId, Timestamp};

/// Stops whose settlement is awaited.
const STOPPING_MAX: usize = 32;

impl Unit {
    // --- writing ---

    /// When the next command may be written.
    fn may_write_at(&self, turn: &Turn<'_>) -> Timestamp {
        let bus = turn
            .line
            .free_at(self.id, traits::bus_gap(&self.profile))
            .unwrap_or(self.quiet_until);
        self.quiet_until.max(bus)
    }

    /// What follows from any change: commands whose turn has come, and what others have to know.
    pub(super) fn pump(&mut self, turn: &mut Turn<'_>) {
        self.forget_released(turn);
        self.write_due(turn);
        turn.line.show(self.id, self.doings());
    }

    /// Writes what may be written now.
    fn write_due(&mut self, turn: &mut Turn<'_>) {
        while turn.now >= self.may_write_at(turn) {
            if let Some(job) = self.outbox.next() {
                self.launch(job, turn);
            } else if self.asking.due().is_some_and(|due| due <= turn.now) {
                self.write_question(turn);
            } else {
                return;
            }
            self.rest_after_command(turn.now);
        }
    }

    fn launch(&mut self, job: Job, turn: &mut Turn<'_>) {
        if !job.begun
            && job.task.needs_idle()
            && let Err(why) = self.may_rest(&job.task, turn)
        {
            // A charge has begun while it waited.
            return self.refused(job.id, &why, turn);
        }
        let message = job.task.message();
        if !self.write(&message, job.msg_id, turn) {
            return self.refused(job.id, "the frame would be too long", turn);
        }
        turn.line.commanded(self.id, turn.now);
        if !(job.task.has_steps() && job.begun) {
            let outcome = Outcome::Written {
                cmd: u16::from(u8::from(message.cmd)),
                msg_id: u32::from(job.msg_id),
                attempt: job.attempts + 1,
            };
            self.report(job.id, outcome, turn);
        }
        if message.cmd == Cmd::SelfUpgrade {
            // It is sent once, and nothing answers it.
            return self.report(job.id, super::charging::accepted(None), turn);
        }
        self.outbox.launched(job, turn.now);
    }

    fn write_question(&mut self, turn: &mut Turn<'_>) {
        let msg_id = match self.asking.msg_id() {
            Some(number) => number,
            None => self.next_number(),
        };
        let message = Message::new(Cmd::Query, Body::Bare(NoData));
        self.write(&message, msg_id, turn);
        turn.line.commanded(self.id, turn.now);
        let (askers, attempt) = self.asking.written(turn.now);
        for id in askers {
            let outcome = Outcome::Written {
                cmd: u16::from(u8::from(Cmd::Query)),
                msg_id: u32::from(msg_id),
                attempt,
            };
            self.report(Some(id), outcome, turn);
        }
    }

    // --- waiting ---

    pub(super) fn tick(&mut self, turn: &mut Turn<'_>) {
        if let Some(job) = self.outbox.overdue(turn.now) {
            self.unanswered(job, turn);
        }
        if self.asking.until().is_some_and(|until| until <= turn.now) {
            for id in self.asking.overdue(turn.now) {
                let attempts = Asking::tries();
                self.report(Some(id), Outcome::Lapsed { attempts }, turn);
            }
        }
        self.mind_watches(turn);
        let due: Vec<_> = self
            .stopping
            .extract_if(.., |(_, at)| *at <= turn.now)
            .collect();
        if !due.is_empty() {
            self.asking.ask(turn.now);
        }
        self.pump(turn);
    }

    /// Starts that may have happened: the device is asked once its word counts, and given up
    /// after six minutes.
    fn mind_watches(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now;
        let mut ask = false;
        for watch in &mut self.watches {
            if !watch.asked && watch.due() <= now {
                watch.asked = true;
                ask = true;
            }
        }
        if ask {
            self.asking.ask(now);
        }
        let given_up: Vec<Watch> = self
            .watches
            .extract_if(.., |watch| watch.asked && watch.due() <= now)
            .collect();
        for watch in given_up {
            let attempts = watch.attempts;
            self.report(watch.id, Outcome::Lapsed { attempts }, turn);
        }
    }

    /// When [`Unit::tick`] wants to be called next.
    pub(super) fn deadline(&self, line: &Line) -> Option<Timestamp> {
        let free = line
            .free_at(self.id, traits::bus_gap(&self.profile))
            .unwrap_or(self.quiet_until)
            .max(self.quiet_until);
        let next = self.outbox.is_ready().then_some(free);
        let question = self.asking.due().map(|due| due.max(free));
        let watches = self.watches.iter().map(Watch::due).min();
        let stopping = self.stopping.iter().map(|(_, at)| *at).min();
        [
            next,
            question,
            self.outbox.until(),
            self.asking.until(),
            watches,
            stopping,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// No answer in time: the same frame again, or what follows from silence.
    fn unanswered(&mut self, mut job: Job, turn: &mut Turn<'_>) {
        if job.attempts < job.task.tries() {
            return self.outbox.push_front(job);
        }
        let attempts = job.attempts;
        match &mut job.task {
            Task::Start(start) => {
                let (port, order, stopped) = (start.port, start.order, start.stopped);
                if stopped {
                    return self.report(job.id, Outcome::Lapsed { attempts }, turn);
                }
                self.watch(&job, port, order, false, turn);
            }
            Task::Params(params) => match params.skipped() {
                Some(step) => self.params_step(job, step, turn),
                None => self.report(job.id, Outcome::Lapsed { attempts }, turn),
            },
            Task::Upgrade(upgrade) => {
                let progress = FirmwareProgress {
                    done: u32::from(upgrade.at()),
                    total: u32::from(upgrade.total()),
                    error: Some(format!("no answer to piece {}", upgrade.at())),
                };
                self.tell(Event::Firmware(progress), turn);
                self.report(job.id, Outcome::Lapsed { attempts }, turn);
            }
            _ => self.report(job.id, Outcome::Lapsed { attempts }, turn),
        }
    }

    /// Nobody knows whether a start happened: the relay may be closed.
    pub(super) fn watch(
        &mut self,
        job: &Job,
        port: u8,
        order: OrderKey,
        likely: bool,
        turn: &mut Turn<'_>,
    ) {
        self.watches.push(Watch {
            id: job.id,
            msg_id: job.msg_id,
            port,
            order,
            attempts: job.attempts,
            likely,
            since: turn.now,
            asked: false,
        });
        self.asking.ask(turn.now);
    }

    /// A stop was carried out: its settlement is awaited.
    pub(super) fn stopped(&mut self, order: OrderKey, turn: &Turn<'_>) {
        self.stopping.retain(|(other, _)| *other != order);
        if self.stopping.len() < STOPPING_MAX {
            let at = turn.now + super::unit::SETTLEMENT_WAIT;
            self.stopping.push((order, at));
        }
    }

    // --- reporting ---

    pub(super) fn refused(&self, id: Option<CommandId>, why: &str, turn: &mut Turn<'_>) {
        let refusal = Refusal {
            code: None,
            text: why.to_owned(),
        };
        self.report(id, Outcome::Refused(refusal), turn);
    }

    /// Tells what became of a stored command; the link's own are nobody's business.
    pub(super) fn report(&self, id: Option<CommandId>, outcome: Outcome, turn: &mut Turn<'_>) {
        if let Some(command) = id {
            self.tell(Event::Command(CommandReport { command, outcome }), turn);
        }
    }

    /// Takes a stored command back that has not been written.
    pub(super) fn withdraw(&mut self, id: CommandId) -> bool {
        self.outbox.withdraw(id) || self.asking.withdraw(id)
    }
}
