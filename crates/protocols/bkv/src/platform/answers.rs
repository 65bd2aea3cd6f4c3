//! Answers to commands, and what follows from one that does not come.

use super::gateway::{Gateway, Word};
use super::outbox::{Expect, Job, Lane, Shot};
use super::task::Task;
use super::words::{self, outer};
use super::{networked_down, params, v86_down};
use crate::message::SocketOnly;
use crate::traits;
use device::{ChargeConfirmation, ChargeKey, Event, FirmwareProgress, Outcome, Output, Refusal};
use kernel::{OrderNo, PortNo, Timestamp};
use std::time::Duration;

/// Wait for a status.
const QUERY_WAIT: Duration = Duration::from_secs(10);
/// A start of the networked dialect is written at most so often.
const STARTS_MAX: u16 = 2;

impl Gateway {
    /// An uplink that may answer a command. False when nobody waits for it.
    pub(super) fn reply_seen(
        &mut self,
        seq: u32,
        cmd: u16,
        sub: u16,
        word: &Word,
        now: Timestamp,
        out: &mut Output,
    ) -> bool {
        let Some(job) = self.outbox.answered(seq, Expect::Reply(cmd, sub)) else {
            return false;
        };
        match word {
            Word::Refused(code) => {
                let text = match &job.task {
                    Task::Image { index, .. } => format!("device refused chunk {index}"),
                    _ => "device refused".to_owned(),
                };
                let refusal = Refusal {
                    code: Some(*code),
                    text,
                };
                self.report(job.id, Outcome::Refused(refusal), now, out);
            }
            Word::Done(data) => self.done(job, data.clone(), None, None, now, out),
            Word::Begun { port, session } => self.done(job, None, *port, *session, now, out),
        }
        true
    }

    fn done(
        &mut self,
        mut job: Job<Task>,
        data: Option<String>,
        port: Option<PortNo>,
        session: Option<u16>,
        now: Timestamp,
        out: &mut Output,
    ) {
        match &mut job.task {
            Task::Start(start) => {
                if start.written > 1
                    && start.other.is_some()
                    && let Some(value) = networked_down::tier_trait(start.shot.cmd)
                {
                    self.learn(traits::TIER_OUTER, value, now, out);
                }
                let (port, order) = (start.port, start.order);
                self.begun(&job, port, order, session, now, out);
            }
            Task::SetParams {
                socket, reading, ..
            } if !*reading => {
                *reading = true;
                job.shot = networked_down::params_query(self.id.address, *socket);
                job.attempts = 0;
                job.msg_id = self.outbox.own_number();
                self.outbox.push_front(job);
            }
            Task::Params { cmd, rest } => match rest.pop_front() {
                Some((id, value)) => {
                    let Some(gateway) = self.gateway() else {
                        return;
                    };
                    job.shot = v86_down::param_shot(gateway, *cmd, id, value);
                    job.attempts = 0;
                    job.msg_id = self.outbox.own_number();
                    self.outbox.push_front(job);
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
                job.attempts = 0;
                job.msg_id = self.outbox.own_number();
                self.outbox.push_front(job);
            }
            Task::Once(_) | Task::Question | Task::SetParams { .. } => {
                let outcome = Outcome::Accepted {
                    port,
                    session,
                    data,
                };
                self.report(job.id, outcome, now, out);
            }
        }
    }

    fn accept(
        &self,
        id: Option<kernel::CommandId>,
        data: Option<String>,
        now: Timestamp,
        out: &mut Output,
    ) {
        self.report(
            id,
            Outcome::Accepted {
                port: None,
                session: None,
                data,
            },
            now,
            out,
        );
    }

    /// The networked dialect has no separate word for "the charge begins": the acknowledgement
    /// is it, with or without a plug.
    fn begun(
        &mut self,
        job: &Job<Task>,
        port: PortNo,
        order: OrderNo,
        session: Option<u16>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let session = session.filter(|session| *session != 0);
        let outcome = Outcome::Accepted {
            port: Some(port),
            session,
            data: None,
        };
        self.report(job.id, outcome, now, out);
        let charge = ChargeKey::Order(order);
        let confirmation = ChargeConfirmation {
            charge,
            port,
            accepted: true,
        };
        self.tell(Event::Confirmed(confirmation), now, out);
    }

    /// A status of a socket answers a question about it; `sessions` are the session numbers of
    /// its holes.
    pub(super) fn status_answers(
        &mut self,
        socket: u8,
        sessions: &[(u8, u16)],
        now: Timestamp,
        out: &mut Output,
    ) {
        while let Some(mut job) = self.outbox.status_seen(socket) {
            match &mut job.task {
                Task::Start(start) => {
                    let found = sessions
                        .iter()
                        .find(|(hole, _)| *hole == start.outlet.hole)
                        .map_or(0, |(_, session)| *session);
                    if found != 0 {
                        let (port, order) = (start.port, start.order);
                        self.begun(&job, port, order, Some(found), now, out);
                    } else {
                        self.write_start_again(job, now, out);
                    }
                }
                _ => self.accept(job.id, None, now, out),
            }
        }
    }

    /// No answer to a start, or to the question whether it arrived.
    pub(super) fn start_unanswered(
        &mut self,
        mut job: Job<Task>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Task::Start(start) = &mut job.task else {
            return;
        };
        if start.asking {
            if job.attempts < job.shot.tries {
                self.outbox.push_front(job);
            } else {
                self.write_start_again(job, now, out);
            }
            return;
        }
        let socket = start.outlet.socket;
        start.asking = true;
        let Some(gateway) = self.gateway() else {
            return;
        };
        job.shot = query_shot(gateway, socket);
        job.attempts = 0;
        self.outbox.push_front(job);
    }

    fn write_start_again(&mut self, mut job: Job<Task>, now: Timestamp, out: &mut Output) {
        let Task::Start(start) = &mut job.task else {
            return;
        };
        if start.written >= STARTS_MAX {
            let attempts = start.written;
            return self.report(job.id, Outcome::Lapsed { attempts }, now, out);
        }
        start.asking = false;
        if start.written > 0
            && let Some(other) = &mut start.other
        {
            std::mem::swap(&mut start.shot, other);
        }
        job.shot = start.shot.clone();
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
        let named = params::named(values);
        self.tell(
            Event::Params {
                socket: Some(socket),
                values: named,
            },
            now,
            out,
        );
        let Some(job) = self
            .outbox
            .answered(seq, Expect::Reply(outer::CONTAINER, cmd))
        else {
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

    /// Asks a socket for its status on the link's own account, if that is not under way.
    pub(super) fn question(&mut self, socket: u8) {
        let lane = Lane::Outlet(socket);
        let pending = self.outbox.any(|task| matches!(task, Task::Question));
        if pending || !self.outbox.has_room() {
            return;
        }
        let Some(gateway) = self.gateway() else {
            return;
        };
        let msg_id = self.outbox.own_number();
        self.outbox.push(Job {
            id: None,
            priority: 2,
            lane,
            shot: query_shot(gateway, socket),
            msg_id,
            attempts: 0,
            task: Task::Question,
        });
    }
}

/// Query of a socket: answered by any status of it.
pub(super) fn query_shot(gateway: crate::frame::GatewayId, socket: u8) -> Shot {
    let query = SocketOnly { socket_no: socket };
    Shot {
        cmd: outer::CONTROL,
        write: words::sub_shot(gateway, outer::CONTROL, 0x1D, query),
        expect: Expect::StatusOf(socket),
        wait: QUERY_WAIT,
        tries: 3,
    }
}
