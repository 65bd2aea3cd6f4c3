//! Jobs of a pile: from the command to the wire, and what becomes of them.

use super::outbox::{Job, Key};
use super::pile::Pile;
use super::task::Task;
use super::words;
use crate::Ykc;
use crate::codes::FrameType;
use crate::message::Body;
use device::{Command, CommandReport, Dispatch, Event, Outcome, Output, Protocol as _, Refusal};
use kernel::{CommandId, OrderNo, PortNo, Timestamp};

impl Pile {
    pub(super) fn command(&mut self, dispatch: Dispatch, now: Timestamp, out: &mut Output) {
        let id = dispatch.id;
        if self.outbox.holds(id) {
            return;
        }
        if let Command::StopCharge { order, .. } = dispatch.command {
            self.call_off_start(order, now, out);
        }
        // The pile's profile may have changed since the command was accepted.
        if let Err(fault) = Ykc.check(&self.profile, &dispatch.command) {
            return self.refused(Some(id), &fault.to_string(), now, out);
        }
        if self.outbox.room() == 0 {
            let why = "too many commands are waiting for this pile";
            return self.refused(Some(id), why, now, out);
        }
        let (attempted, is_update) = (
            dispatch.attempted,
            matches!(dispatch.command, Command::UpdateFirmware { .. }),
        );
        if attempted && matches!(dispatch.command, Command::Restart { .. }) {
            // It went away after it was told to, and is back. Said again it would go once more.
            return self.report(Some(id), accepted(None, None), now, out);
        }
        match self.job_of(dispatch) {
            Ok(mut job) => {
                job.id = Some(id);
                if attempted && is_update {
                    // It comes back after the attempt and then says how that ended.
                    let until = now + job.wait;
                    self.outbox.launched(job, until);
                } else {
                    self.outbox.push(job);
                }
            }
            Err(why) => self.refused(Some(id), why, now, out),
        }
        self.pump(now, out);
    }

    /// A start whose order is being stopped is not written any more.
    fn call_off_start(&mut self, order: OrderNo, now: Timestamp, out: &mut Output) {
        let waiting = self
            .outbox
            .take_waiting(|job| job.task.starts() == Some(order));
        for job in waiting {
            self.refused(job.id, "stopped before it was sent", now, out);
        }
    }

    pub(super) fn refused(
        &self,
        id: Option<CommandId>,
        why: &str,
        now: Timestamp,
        out: &mut Output,
    ) {
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

    pub(super) fn accept(
        &self,
        job: &Job,
        port: Option<PortNo>,
        data: Option<String>,
        now: Timestamp,
        out: &mut Output,
    ) {
        self.report(job.id, accepted(port, data), now, out);
    }

    /// Writes what may be written now.
    pub(super) fn pump(&mut self, now: Timestamp, out: &mut Output) {
        if self.logged_in.is_none() {
            return;
        }
        self.ask_for_idle_jobs(now);
        while let Some(mut job) = self.outbox.next(!self.is_busy()) {
            if let Task::Stop(stop) = &job.task
                && self.would_hit_another(job.key.gun, stop)
            {
                self.refused(job.id, "another transaction runs on that gun", now, out);
                continue;
            }
            if matches!(job.body, Body::Time(_)) {
                job.body = self.time(now);
            }
            let mut body = job.body.clone();
            let mut wait = job.wait;
            let mut counts = true;
            match &mut job.task {
                Task::Start(start) if start.ask_first => {
                    wait = words::ANSWER_WAIT;
                    counts = false;
                }
                Task::Start(start) => start.written_at = now,
                Task::Stop(stop) => {
                    stop.asking = self.must_ask(job.key.gun, stop);
                    if stop.asking {
                        body = words::read_realtime(self.code, job.key.gun);
                        counts = false;
                    }
                }
                _ => {}
            }
            let cmd = u16::from(u8::from(body.frame_type()));
            let msg_id = self.say(body, out);
            if counts {
                job.attempts += 1;
                let attempt = job.attempts;
                let written = Outcome::Written {
                    cmd,
                    msg_id,
                    attempt,
                };
                self.report(job.id, written, now, out);
            }
            self.outbox.launched(job, now + wait);
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp, out: &mut Output) {
        if self.logged_in.is_none() {
            return;
        }
        while let Some(job) = self.outbox.overdue(now) {
            self.unanswered(job, now, out);
        }
        self.give_up_starts(now, out);
        self.look_after(now);
        self.pump(now, out);
    }

    /// When [`Pile::tick`] wants to be called next.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.logged_in?;
        let starts = self
            .guns
            .values()
            .filter_map(|memory| memory.starting)
            .map(|starting| starting.since + super::starts::START_WITHIN)
            .min();
        [self.outbox.deadline(), starts, self.look_at()]
            .into_iter()
            .flatten()
            .min()
    }

    fn unanswered(&mut self, job: Job, now: Timestamp, out: &mut Output) {
        match &job.task {
            Task::Start(_) => self.start_unanswered(job, now, out),
            Task::Stop(_) => self.stop_unanswered(job, now, out),
            _ if job.attempts < job.tries => self.outbox.push_front(job),
            task => {
                if matches!(task, Task::Query(_)) {
                    self.stayed_silent(job.key.gun, now);
                }
                self.lapse(&job, now, out);
            }
        }
    }

    /// The data of one gun have come; a question about several goes on.
    pub(super) fn query_answered(&mut self, mut job: Job, now: Timestamp, out: &mut Output) {
        let next = match &mut job.task {
            Task::Query(rest) => rest.pop_front(),
            _ => None,
        };
        match next {
            Some(gun) => {
                job.key = Key::of(FrameType::ReadRealtime, gun);
                job.body = words::read_realtime(self.code, gun);
                job.attempts = 0;
                self.outbox.push_front(job);
            }
            None => self.accept(&job, None, None, now, out),
        }
    }
}

fn accepted(port: Option<PortNo>, data: Option<String>) -> Outcome {
    Outcome::Accepted {
        port,
        session: None,
        data,
    }
}
