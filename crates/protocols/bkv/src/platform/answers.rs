//! Answers to commands, and what follows from one that does not come.

use super::gateway::{Gateway, Word};
use super::outbox::{Expect, Job};
use super::task::{self, Start, Task};
use super::{networked_down, params, starts, v86_down};
use crate::port::Outlet;
use crate::traits;
use device::{ChargeConfirmation, ChargeKey, Event, FirmwareProgress, Outcome, Output, Refusal};
use kernel::{CommandId, PortNo, Timestamp};

/// A start is written at most so often.
const STARTS_MAX: u16 = 2;

/// What a status says of one hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) outlet: Outlet,
    /// 0 for none.
    pub(super) session: u16,
    /// False when the socket did not answer its gateway: then nothing is known.
    pub(super) reachable: bool,
}

impl Gateway {
    /// An uplink under outer command `cmd` that may answer a command. False when nobody waits
    /// for it.
    pub(super) fn reply_seen(
        &mut self,
        seq: u32,
        cmd: u16,
        reply: Expect,
        word: &Word,
        now: Timestamp,
        out: &mut Output,
    ) -> bool {
        let Some(job) = self.outbox.answered(seq, reply) else {
            return false;
        };
        match word {
            Word::Refused(code) => self.device_refused(&job, *code, now, out),
            Word::Done(data) => self.done(job, cmd, data.clone(), None, None, now, out),
            Word::Begun { port, session } => self.done(job, cmd, None, *port, *session, now, out),
        }
        true
    }

    fn device_refused(
        &mut self,
        job: &Job<Task>,
        code: Option<u32>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let text = match &job.task {
            Task::Image { index, image, .. } => {
                let text = format!("device refused chunk {index}");
                self.image_failed(*index, image, text.clone(), now, out);
                text
            }
            Task::Params { param_id, .. } => format!("device refused parameter {param_id}"),
            _ => "device refused".to_owned(),
        };
        if let Task::Start(start) = &job.task {
            // A refusal gives no reason; the status may.
            self.question(start.outlet.socket);
            self.forget_card(start.outlet, start.session);
        }
        self.report(job.id, Outcome::Refused(Refusal { code, text }), now, out);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a job, what its answer says, and the time"
    )]
    fn done(
        &mut self,
        mut job: Job<Task>,
        cmd: u16,
        data: Option<String>,
        port: Option<PortNo>,
        session: Option<u16>,
        now: Timestamp,
        out: &mut Output,
    ) {
        match &mut job.task {
            Task::Start(start) => {
                self.learn_tier_outer(start, cmd, now, out);
                self.begun(job.id, start, session, now, out);
            }
            Task::SetParams {
                socket, reading, ..
            } if !*reading => {
                *reading = true;
                job.shot = networked_down::params_query(self.id.address, *socket);
                self.next_frame(job);
            }
            Task::Params {
                cmd,
                param_id,
                rest,
            } => match rest.pop_front() {
                Some((id, value)) => {
                    let Some(gateway) = self.gateway() else {
                        return;
                    };
                    job.shot = v86_down::param_shot(gateway, *cmd, id, value);
                    *param_id = id;
                    self.next_frame(job);
                }
                None => self.accept(job.id, data, now, out),
            },
            Task::Image { cmd, image, index } => {
                let total = v86_down::chunks(image);
                let progress = FirmwareProgress {
                    done: u32::from(*index),
                    total: u32::from(total),
                    error: None,
                };
                self.tell(Event::Firmware(progress), now, out);
                if *index >= total {
                    return self.accept(job.id, data, now, out);
                }
                *index += 1;
                let Some(gateway) = self.gateway() else {
                    return;
                };
                job.shot = v86_down::chunk_shot(gateway, *cmd, image, *index);
                self.next_frame(job);
            }
            Task::Once(_) | Task::Question(_) | Task::SetParams { .. } => {
                let outcome = Outcome::Accepted {
                    port,
                    session,
                    data,
                };
                self.report(job.id, outcome, now, out);
            }
        }
    }

    /// The next frame of a command that has several: a number of its own, before the commands
    /// that came later.
    fn next_frame(&mut self, mut job: Job<Task>) {
        job.attempts = 0;
        job.msg_id = self.outbox.own_number();
        self.outbox.push_front(job);
    }

    pub(super) fn accept(
        &self,
        id: Option<CommandId>,
        data: Option<String>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let outcome = Outcome::Accepted {
            port: None,
            session: None,
            data,
        };
        self.report(id, outcome, now, out);
    }

    /// There is no separate word for "the charge begins": the acknowledgement is it, with or
    /// without a plug.
    fn begun(
        &mut self,
        id: Option<CommandId>,
        start: &Start,
        session: Option<u16>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let session = session.or(start.session).filter(|session| *session != 0);
        let outcome = Outcome::Accepted {
            port: Some(start.port),
            session,
            data: None,
        };
        self.set_busy(start.port, true);
        self.report(id, outcome, now, out);
        let confirmation = ChargeConfirmation {
            charge: ChargeKey::Order(start.order),
            port: start.port,
            accepted: true,
        };
        self.tell(Event::Confirmed(confirmation), now, out);
    }

    fn learn_tier_outer(&mut self, start: &Start, cmd: u16, now: Timestamp, out: &mut Output) {
        if start.other.is_some()
            && cmd != task::tier_outer(&self.profile)
            && let Some(value) = starts::tier_trait(cmd)
        {
            self.learn(traits::TIER_OUTER, value, now, out);
        }
    }

    /// A status of a socket answers the questions about it. `first`: it is the socket's first on
    /// this connection, and may show a session of yesterday.
    pub(super) fn status_answers(
        &mut self,
        socket: u8,
        seen: &[Seen],
        first: bool,
        now: Timestamp,
        out: &mut Output,
    ) {
        let of = |start: &Start| {
            seen.iter()
                .find(|seen| seen.outlet == start.outlet && seen.reachable)
        };
        let enough = |task: &Task| match task {
            Task::Start(start) => of(start).is_some(),
            _ => true,
        };
        let mut again = Vec::new();
        while let Some(job) = self.outbox.status_seen(socket, enough) {
            let Task::Start(start) = &job.task else {
                self.accept(job.id, None, now, out);
                continue;
            };
            let found = of(start).map_or(0, |seen| seen.session);
            match start.session {
                _ if found == 0 => self.write_start_again(job, now, out),
                _ if first => again.push(job),
                Some(own) if own != found => {
                    let text = "another session runs on the port".to_owned();
                    self.forget_card(start.outlet, start.session);
                    self.report(
                        job.id,
                        Outcome::Refused(Refusal { code: None, text }),
                        now,
                        out,
                    );
                }
                _ => {
                    self.learn_tier_outer(start, start.shot.cmd, now, out);
                    self.begun(job.id, start, Some(found), now, out);
                }
            }
        }
        for job in again {
            self.outbox.push_front(job);
        }
    }

    /// No answer in time: again, another way, or given up.
    pub(super) fn unanswered(&mut self, job: Job<Task>, now: Timestamp, out: &mut Output) {
        match &job.task {
            Task::Start(start) if start.stopped => self.lapse(&job, now, out),
            Task::Start(start) if !start.asking => {
                let mut job = job;
                self.ask_before_start(&mut job);
                self.outbox.push_front(job);
            }
            _ if job.attempts < job.shot.tries => self.outbox.push_front(job),
            _ => self.lapse(&job, now, out),
        }
    }

    /// Nobody knows what the device did. A start of which nobody can say whether it arrived is
    /// not repeated either.
    pub(super) fn lapse(&mut self, job: &Job<Task>, now: Timestamp, out: &mut Output) {
        let attempts = match &job.task {
            Task::Start(start) => {
                self.forget_card(start.outlet, start.session);
                start.written
            }
            Task::Image { index, image, .. } => {
                let text = format!("no answer to chunk {index}");
                self.image_failed(*index, image, text, now, out);
                job.attempts
            }
            _ => job.attempts,
        };
        self.report(job.id, Outcome::Lapsed { attempts }, now, out);
    }

    fn image_failed(
        &self,
        index: u16,
        image: &[u8],
        error: String,
        now: Timestamp,
        out: &mut Output,
    ) {
        let progress = FirmwareProgress {
            done: u32::from(index.saturating_sub(1)),
            total: u32::from(v86_down::chunks(image)),
            error: Some(error),
        };
        self.tell(Event::Firmware(progress), now, out);
    }

    /// Makes a start that may have arrived a question whether it has. Its own answer still
    /// counts, should it come late.
    pub(super) fn ask_before_start(&mut self, job: &mut Job<Task>) {
        let Task::Start(start) = &mut job.task else {
            return;
        };
        start.asking = true;
        if start.written == 0 {
            // On an earlier connection. That it was lost says nothing about its form.
            start.written = 1;
            if let Some(other) = &mut start.other {
                std::mem::swap(&mut start.shot, other);
            }
        }
        job.late = Some((start.msg_id, start.shot.expect));
        let socket = start.outlet.socket;
        job.shot = self.query_shot(socket);
        job.msg_id = self.outbox.own_number();
        job.attempts = 0;
    }

    fn write_start_again(&mut self, mut job: Job<Task>, now: Timestamp, out: &mut Output) {
        let Task::Start(start) = &mut job.task else {
            return;
        };
        if start.stopped || start.written >= STARTS_MAX {
            return self.lapse(&job, now, out);
        }
        start.asking = false;
        if let Some(other) = &mut start.other {
            std::mem::swap(&mut start.shot, other);
        }
        job.shot = start.shot.clone();
        job.msg_id = start.msg_id;
        job.late = None;
        job.attempts = 0;
        self.outbox.push_front(job);
    }

    /// Parameters came in: they answer a reading, or a setting that is being checked.
    pub(super) fn params_answer(
        &mut self,
        seq: u32,
        cmd: u16,
        socket: u8,
        values: &[(u32, u64)],
        now: Timestamp,
        out: &mut Output,
    ) {
        let event = Event::Params {
            socket: Some(socket),
            values: params::named(values)
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        };
        self.tell(event, now, out);
        let Some(job) = self.outbox.answered(seq, Expect::Bkv(cmd)) else {
            return;
        };
        let wrong = match &job.task {
            Task::SetParams { wanted, .. } => params::first_difference(wanted, values),
            _ => None,
        };
        match wrong {
            Some(text) => {
                let refusal = Refusal { code: None, text };
                self.report(job.id, Outcome::Refused(refusal), now, out);
            }
            None => self.accept(job.id, Some(params::as_json(values)), now, out),
        }
    }
}
