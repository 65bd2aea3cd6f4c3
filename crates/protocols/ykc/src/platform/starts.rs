//! Starts and stops on their way: what the pile says to them, and what its guns show.

use super::outbox::{Job, Key};
use super::pile::{Knowledge, Pile, Starting, key_of};
use super::task::{Stop, Task};
use super::words;
use crate::codes::{Done, FrameType, GunState, StopFailure};
use crate::message::{Body, Realtime, RemoteStartResult, RemoteStop, RemoteStopResult};
use crate::value::TransactionNo;
use device::{ChargeConfirmation, Event, Outcome, Output, Refusal};
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// From the start to the first charging real-time data.
pub(super) const START_WITHIN: Duration = Duration::from_secs(90);
/// A pile that misses the plug may take its refusal back for so long.
const PLUG_WITHIN: Duration = Duration::from_secs(65);
/// Priority of stops.
pub(super) const STOP_PRIORITY: i16 = 1;

impl Pile {
    pub(super) fn start_answer(
        &mut self,
        answer: &RemoteStartResult,
        now: Timestamp,
        out: &mut Output,
    ) {
        let gun = answer.head.gun_no.number();
        let key = Key::of(FrameType::RemoteStart, gun);
        let Some((job, until)) = self.outbox.in_flight(key) else {
            return;
        };
        let Task::Start(start) = &mut job.task else {
            return;
        };
        if start.serial != answer.head.transaction_no {
            return;
        }
        // One that is asked about was written on an earlier connection, nobody here knows when.
        let since = if start.ask_first {
            now
        } else {
            start.written_at
        };
        if answer.result != Done::Ok && answer.fail_reason.may_be_taken_back() {
            start.refusal = Some(answer.fail_reason);
            *until = (*until).min(since + PLUG_WITHIN);
            return;
        }
        let (port, serial) = (start.port, start.serial);
        let parallel = start.parallel;
        let Some(job) = self.outbox.answered(key) else {
            return;
        };
        if answer.result == Done::Ok {
            let memory = self.gun(gun, now);
            memory.parallel = parallel.map(|number| (number, serial));
            if !memory.runs(serial) {
                memory.starting = Some(Starting { serial, since });
            }
            self.accept(&job, Some(port), None, now, out);
        } else {
            let code = u8::from(answer.fail_reason);
            let text = answer.fail_reason.meaning();
            self.refuse(&job, code, text, now, out);
            if let Some(parallel) = parallel {
                self.fail_partners(parallel, gun, now, out);
            }
        }
    }

    pub(super) fn stop_answer(
        &mut self,
        answer: &RemoteStopResult,
        now: Timestamp,
        out: &mut Output,
    ) {
        let gun = answer.gun_no.number();
        let key = Key::of(FrameType::RemoteStop, gun);
        let is_unwritten = self
            .outbox
            .in_flight(key)
            .is_some_and(|(job, _)| matches!(&job.task, Task::Stop(stop) if stop.asking));
        if is_unwritten {
            return;
        }
        let Some(mut job) = self.outbox.answered(key) else {
            return;
        };
        let Task::Stop(stop) = &mut job.task else {
            return;
        };
        let port = stop.port;
        if answer.result == Done::Ok {
            self.accept(&job, Some(port), None, now, out);
            return self.give_up_refused_start(gun, now, out);
        }
        let code = u8::from(answer.fail_reason);
        if stop.refusal.is_some() || job.id.is_none() {
            let text = answer.fail_reason.meaning();
            return self.refuse(&job, code, text, now, out);
        }
        stop.refusal = Some(answer.fail_reason);
        if answer.fail_reason == StopFailure::NotCharging {
            // Its data tell whether that is true.
            self.outbox.launched(job, now + words::ANSWER_WAIT);
            self.ask_gun(gun, now);
        } else {
            self.outbox.push_front(job);
        }
    }

    /// A start that waits for its plug is over with the stop: the next one need not wait for it.
    fn give_up_refused_start(&mut self, gun: u8, now: Timestamp, out: &mut Output) {
        let key = Key::of(FrameType::RemoteStart, gun);
        let refusal = match self.outbox.in_flight(key) {
            Some((job, _)) => match &job.task {
                Task::Start(start) => start.refusal,
                _ => None,
            },
            None => None,
        };
        if let Some(reason) = refusal
            && let Some(job) = self.outbox.answered(key)
        {
            self.refuse(&job, u8::from(reason), reason.meaning(), now, out);
        }
    }

    /// A gun has shown itself: questions about it are answered, and it may tell more than that.
    pub(super) fn gun_answered(
        &mut self,
        gun: u8,
        data: Option<&Realtime>,
        now: Timestamp,
        out: &mut Output,
    ) {
        if let Some(job) = self.outbox.answered(Key::of(FrameType::ReadRealtime, gun)) {
            self.query_answered(job, now, out);
        }
        let Some(data) = data else {
            return;
        };
        self.start_shown(gun, data, now, out);
        self.stop_shown(gun, data, now, out);
        let serial = data.transaction_no;
        if data.state == GunState::Charging && !serial.is_zero() {
            let memory = self.gun(gun, now);
            if memory
                .starting
                .is_some_and(|starting| starting.serial == serial)
            {
                memory.starting = None;
            }
            self.accepted
                .retain(|(asked, _)| asked.said.gun_no.number() != gun);
        }
    }

    fn start_shown(&mut self, gun: u8, data: &Realtime, now: Timestamp, out: &mut Output) {
        let key = Key::of(FrameType::RemoteStart, gun);
        let Some((Job { task, .. }, _)) = self.outbox.in_flight(key) else {
            return;
        };
        let Task::Start(start) = task else {
            return;
        };
        let charging = data.state == GunState::Charging;
        let runs = charging && data.transaction_no == start.serial;
        let port = start.port;
        if runs {
            if let Some(job) = self.outbox.answered(key) {
                self.accept(&job, Some(port), None, now, out);
            }
        } else if start.ask_first {
            let Some(mut job) = self.outbox.answered(key) else {
                return;
            };
            if charging && !data.transaction_no.is_zero() {
                let busy = crate::codes::StartFailure::Charging;
                return self.refuse(&job, u8::from(busy), busy.meaning(), now, out);
            }
            go_ahead(&mut job);
            self.outbox.push_front(job);
        }
    }

    fn stop_shown(&mut self, gun: u8, data: &Realtime, now: Timestamp, out: &mut Output) {
        let key = Key::of(FrameType::RemoteStop, gun);
        let session = self.gun(gun, now).session;
        let Some((Job { task, .. }, _)) = self.outbox.in_flight(key) else {
            return;
        };
        let Task::Stop(stop) = task else {
            return;
        };
        if stop.asking {
            if let Some(job) = self.outbox.answered(key) {
                self.outbox.push_front(job);
            }
            return;
        }
        let charging = data.state == GunState::Charging;
        let runs = charging
            && stop
                .serial
                .is_none_or(|serial| serial == data.transaction_no);
        let told = stop.refusal == Some(StopFailure::NotCharging);
        let port = stop.port;
        // Before its session has begun a gun is idle as well: that ends no stop.
        let has_run = stop.serial.is_some_and(|serial| serial == session);
        let nameless = charging && data.transaction_no.is_zero();
        let another = charging && !nameless && !runs;
        if !runs && !nameless && (told || has_run || another) {
            if let Some(job) = self.outbox.answered(key) {
                self.accept(&job, Some(port), None, now, out);
            }
        } else if told
            && runs
            && let Some(job) = self.outbox.answered(key)
        {
            self.outbox.push_front(job);
        }
    }

    /// A record has come: whatever was to start or stop that session has had its effect.
    pub(super) fn session_ended(
        &mut self,
        gun: u8,
        serial: TransactionNo,
        now: Timestamp,
        out: &mut Output,
    ) {
        for kind in [FrameType::RemoteStart, FrameType::RemoteStop] {
            let key = Key::of(kind, gun);
            let port = match self.outbox.in_flight(key) {
                Some((
                    Job {
                        task: Task::Start(start),
                        ..
                    },
                    _,
                )) if start.serial == serial => start.port,
                Some((
                    Job {
                        task: Task::Stop(stop),
                        ..
                    },
                    _,
                )) if stop.serial == Some(serial) => stop.port,
                _ => continue,
            };
            if let Some(job) = self.outbox.answered(key) {
                self.accept(&job, Some(port), None, now, out);
            }
        }
    }

    /// Sessions that were allowed and did not begin in time: the pile is told to stop, once, and
    /// the order is given up.
    pub(super) fn give_up_starts(&mut self, now: Timestamp, out: &mut Output) {
        let late: Vec<(u8, Starting)> = self
            .guns
            .iter()
            .filter_map(|(gun, memory)| Some((*gun, memory.starting?)))
            .filter(|(_, starting)| starting.since + START_WITHIN <= now)
            .collect();
        for (gun, starting) in late {
            self.gun(gun, now).starting = None;
            let port = PortNo(u16::from(gun));
            self.stop_by_itself(gun, port, starting.serial);
            self.deny(port, starting.serial, now, out);
            let parallel = self.gun(gun, now).parallel.take();
            if let Some((parallel, _)) = parallel {
                self.fail_partners(parallel, gun, now, out);
            }
        }
    }

    /// Tells that an order which was accepted will not charge.
    pub(super) fn deny(
        &self,
        port: PortNo,
        serial: TransactionNo,
        now: Timestamp,
        out: &mut Output,
    ) {
        let confirmation = ChargeConfirmation {
            charge: key_of(serial),
            port,
            accepted: false,
        };
        self.tell(Event::Confirmed(confirmation), now, out);
    }

    pub(super) fn stop_job(
        &self,
        gun: u8,
        port: PortNo,
        serial: Option<TransactionNo>,
        tries: u16,
    ) -> Job {
        let body = Body::RemoteStop(RemoteStop {
            pile_code: self.code,
            gun_no: words::gun(gun),
        });
        let stop = Stop {
            port,
            serial,
            asking: false,
            refusal: None,
        };
        Job {
            priority: STOP_PRIORITY,
            tries,
            ..words::job(Key::of(FrameType::RemoteStop, gun), body, Task::Stop(stop))
        }
    }

    /// Whether a gun has to be asked what runs there before it is stopped: it has not shown itself
    /// since the login, and somebody else may have begun meanwhile.
    pub(super) fn must_ask(&self, gun: u8, stop: &Stop) -> bool {
        let (Some(serial), Some(_)) = (stop.serial, self.port_of(gun)) else {
            return false;
        };
        self.guns.get(&gun).is_none_or(|memory| {
            let begun_here = memory
                .starting
                .is_some_and(|starting| starting.serial == serial);
            memory.knowledge != Knowledge::Enough && !begun_here
        })
    }

    /// Whether a stop would hit somebody else: another transaction runs on that gun, or is about
    /// to.
    pub(super) fn would_hit_another(&self, gun: u8, stop: &Stop) -> bool {
        let Some(serial) = stop.serial else {
            return false;
        };
        self.guns.get(&gun).is_some_and(|memory| {
            let named = memory.state == GunState::Charging && !memory.transaction.is_zero();
            if named {
                memory.transaction != serial
            } else {
                memory
                    .starting
                    .is_some_and(|starting| starting.serial != serial)
            }
        })
    }

    /// Whether a stop of another session is on its way to that gun.
    pub(super) fn is_stopping_another(&mut self, gun: u8, serial: TransactionNo) -> bool {
        let key = Key::of(FrameType::RemoteStop, gun);
        self.outbox.in_flight(key).is_some_and(
            |(job, _)| matches!(&job.task, Task::Stop(stop) if stop.serial != Some(serial)),
        )
    }

    /// A start or stop to which nothing was said in time.
    pub(super) fn start_unanswered(&mut self, mut job: Job, now: Timestamp, out: &mut Output) {
        let Task::Start(start) = &job.task else {
            return;
        };
        if start.ask_first {
            // It has said nothing: the start with the same number begins no second session.
            go_ahead(&mut job);
            return self.outbox.push_front(job);
        }
        let (parallel, gun) = (start.parallel, job.key.gun);
        match start.refusal {
            Some(failure) => {
                let text = failure.meaning();
                self.refuse(&job, u8::from(failure), text, now, out);
            }
            None => self.lapse(&job, now, out),
        }
        if let Some(parallel) = parallel {
            self.fail_partners(parallel, gun, now, out);
        }
    }

    pub(super) fn stop_unanswered(&mut self, job: Job, now: Timestamp, out: &mut Output) {
        let Task::Stop(stop) = &job.task else {
            return;
        };
        let (port, gun) = (stop.port, job.key.gun);
        if stop.asking {
            // Power that cannot be stopped is worse than a stop too many.
            self.stayed_silent(gun, now);
            return self.outbox.push_front(job);
        }
        let memory = self.guns.get(&gun);
        let begun = |serial| memory.filter(|memory| memory.session == serial);
        let gone = stop
            .serial
            .is_some_and(|serial| begun(serial).is_some_and(|memory| !memory.runs(serial)));
        // A session that was never seen to begin is told to stop once.
        let repeats = stop.serial.is_none_or(|serial| begun(serial).is_some());
        if gone || self.would_hit_another(gun, stop) {
            self.accept(&job, Some(port), None, now, out);
        } else if repeats && job.attempts < job.tries {
            self.outbox.push_front(job);
        } else {
            self.lapse(&job, now, out);
        }
    }

    pub(super) fn refuse(
        &self,
        job: &Job,
        code: u8,
        text: Option<&'static str>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let refusal = Refusal {
            code: Some(u32::from(code)),
            text: text.unwrap_or("reason not documented").to_owned(),
        };
        self.report(job.id, Outcome::Refused(refusal), now, out);
    }

    pub(super) fn lapse(&self, job: &Job, now: Timestamp, out: &mut Output) {
        let attempts = job.attempts;
        self.report(job.id, Outcome::Lapsed { attempts }, now, out);
    }
}

/// The start itself, after the question whether it has been delivered.
fn go_ahead(job: &mut Job) {
    if let Task::Start(start) = &mut job.task {
        start.ask_first = false;
        job.body = start.body.clone();
    }
}
