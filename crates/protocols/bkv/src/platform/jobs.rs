//! Jobs of a gateway: from the command to the wire.

use super::gateway::Gateway;
use super::outbox::Job;
use super::task::{self, Task};
use super::words::Address;
use crate::Bkv;
use crate::traits::Dialect;
use device::{Command, CommandReport, Dispatch, Event, Outcome, Output, Protocol as _, Refusal};
use kernel::{CommandId, OrderNo, Timestamp};

impl Gateway {
    pub(super) fn command(&mut self, dispatch: Dispatch, now: Timestamp, out: &mut Output) {
        let id = dispatch.id;
        if self.outbox.holds(id) {
            return;
        }
        if let Command::StopCharge { order, .. } = dispatch.command {
            self.call_off_start(order, now, out);
        }
        match self.jobs_of(dispatch) {
            Ok(jobs) if jobs.len() > self.outbox.room() => {
                let why = "too many commands are waiting for this gateway";
                self.refused(Some(id), why, now, out);
            }
            Ok(jobs) => jobs.into_iter().for_each(|job| self.outbox.push(job)),
            Err(why) => self.refused(Some(id), &why, now, out),
        }
        self.pump(now, out);
    }

    fn jobs_of(&mut self, dispatch: Dispatch) -> Result<Vec<Job<Task>>, String> {
        let Address::Gateway(gateway) = self.id.address else {
            return self.direct_job(dispatch).map_err(str::to_owned);
        };
        // The device's dialect may have been learnt only after the command was accepted.
        Bkv.check(&self.profile, &dispatch.command)
            .map_err(|fault| fault.to_string())?;
        let jobs = match self.dialect() {
            Dialect::Networked => self.networked_job(gateway, dispatch)?,
            Dialect::V86 => self.v86_job(gateway, dispatch)?,
        };
        let starting = self.outbox.count(|task| task.starts().is_some()) > 0;
        if jobs.iter().any(|job| job.task.needs_idle()) && (starting || !self.busy.is_empty()) {
            return Err(HAS_SESSION.to_owned());
        }
        Ok(jobs)
    }

    /// A start whose order is being stopped is not written any more; one that has been written
    /// is not repeated, or the charge would begin after its stop.
    fn call_off_start(&mut self, order: OrderNo, now: Timestamp, out: &mut Output) {
        let waiting = self
            .outbox
            .take_waiting(|task| task.starts() == Some(order));
        for job in waiting {
            if job.begun {
                self.lapse(&job, now, out);
            } else {
                self.refused(job.id, "stopped before it was sent", now, out);
            }
        }
        for job in self.outbox.flying() {
            if job.task.starts() == Some(order) {
                job.shot.tries = job.attempts;
                if let Task::Start(start) = &mut job.task {
                    start.stopped = true;
                }
            }
        }
    }

    fn refused(&self, id: Option<CommandId>, why: &str, now: Timestamp, out: &mut Output) {
        let refusal = Refusal {
            code: None,
            text: why.to_owned(),
        };
        self.report(id, Outcome::Refused(refusal), now, out);
    }

    /// Tells what became of a stored command; the link's own questions are nobody's business.
    pub(super) fn report(
        &self,
        id: Option<CommandId>,
        outcome: Outcome,
        now: Timestamp,
        out: &mut Output,
    ) {
        if let Some(command) = id {
            self.tell(Event::Command(CommandReport { command, outcome }), now, out);
        }
    }

    /// Writes what may be written now.
    pub(super) fn pump(&mut self, now: Timestamp, out: &mut Output) {
        while let Some(mut job) = self.outbox.next(now) {
            if !job.begun && job.task.needs_idle() && !self.busy.is_empty() {
                // A session has begun while it waited.
                self.refused(job.id, HAS_SESSION, now, out);
                continue;
            }
            let begin = out.wire.len();
            (job.shot.write)(job.msg_id, &mut out.wire);
            self.note_down(begin, task::kind_of(&job.task), out);
            let attempt = match &mut job.task {
                Task::Start(start) if start.asking => None,
                Task::Start(start) => {
                    start.written += 1;
                    let written = out.wire.get(begin..).unwrap_or_default();
                    self.remember_card_answer(start.outlet, start.session, written);
                    Some(start.written)
                }
                _ => Some(job.attempts + 1),
            };
            if let Some(attempt) = attempt {
                let outcome = Outcome::Written {
                    cmd: job.shot.cmd,
                    msg_id: job.msg_id,
                    attempt,
                };
                self.report(job.id, outcome, now, out);
            }
            self.outbox.launched(job, now);
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp, out: &mut Output) {
        while let Some(job) = self.outbox.overdue(now) {
            self.unanswered(job, now, out);
        }
        self.pump(now, out);
    }
}

/// Why what restarts the gateway, or makes it forget its sockets, is not sent.
const HAS_SESSION: &str = "a port of this gateway has a session";
