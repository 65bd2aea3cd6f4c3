//! Starts and stops: what the pile answers, and what its status says of them.

use super::guns::Stopped;
use super::outbox::{Expect, Job, STOP_PRIORITY};
use super::station::Station;
use super::status_up::Seen;
use super::task::{Asking, StartTask, Task};
use super::words;
use crate::codes::{CommandResult, StartResult};
use crate::message::{ControlAnswer, StartAnswer};
use crate::traits;
use device::{AlarmReport, ChargeConfirmation, ChargeKey, Event, Outcome, Output, PortState};
use kernel::{CommandId, OrderNo, PortNo, Timestamp};

/// Command of a stop, for alarms about it.
const STOP_COMMAND: u32 = 5;
/// Command of a start, for alarms about it.
const START_COMMAND: u32 = 7;

impl Station {
    /// 8: the pile's word on a start.
    pub(super) fn start_answer(&mut self, answer: &StartAnswer, now: Timestamp, out: &mut Output) {
        let Some(mut job) = self.started(answer) else {
            return self.start_news(answer, now, out);
        };
        let Task::Start(start) = &mut job.task else {
            return;
        };
        let (port, order) = (start.port, start.order);
        let charge = ChargeKey::Order(order);
        let gun = self.guns.get(port);
        let runs = gun.and_then(|gun| gun.running.as_ref());
        match answer.result {
            StartResult::Success => self.begun(job.id, order, port, now, out),
            result if result.is_already_charging() => {
                if runs.is_some_and(|running| running.charge == charge) {
                    return self.begun(job.id, order, port, now, out);
                }
                // Perhaps by this very order: its status will tell.
                start.asking = Asking::AlreadyCharging(u32::from(result));
                job.shot = words::ask_status(start.gun_no);
                job.attempts = 0;
                self.outbox.push_front(job);
            }
            result => {
                self.must_not_charge(order);
                let code = Some(u32::from(result));
                self.refused(job.id, code, &result.words(), now, out);
            }
        }
    }

    /// The start that an 8 answers: by order number, by gun, or the only one when the gun cannot
    /// be one of the pile's.
    fn started(&mut self, answer: &StartAnswer) -> Option<Job> {
        let echoed = answer.order.get().and_then(|order| order.order_no.id());
        let order: Option<OrderNo> = echoed.and_then(|text| text.parse().ok());
        let in_flight = |job: &Job| matches!(job.shot.expect, Expect::Start(_));
        if let Some(order) = order
            && let Some(job) = self
                .outbox
                .take_flying(|job| in_flight(job) && job.task.starts() == Some(order))
        {
            return Some(job);
        }
        if traits::has_gun(&self.profile, answer.gun_no) {
            return self.outbox.answered(Expect::Start(answer.gun_no));
        }
        self.outbox
            .only_flying(|expect| matches!(expect, Expect::Start(_)))
    }

    /// An 8 that nobody waits for: a session that was accepted and ended at once.
    fn start_news(&mut self, answer: &StartAnswer, now: Timestamp, out: &mut Output) {
        let port = Self::port_of(answer.gun_no);
        let Some(gun) = port.and_then(|port| self.guns.get_mut(port)) else {
            return;
        };
        if answer.result.is_success() || gun.running.is_some() {
            return;
        }
        if let Some((order, _)) = gun.accepted.take() {
            let port = gun.port;
            self.confirm(order, port, false, now, out);
        }
    }

    /// The pile has begun, or will.
    fn begun(
        &mut self,
        id: Option<CommandId>,
        order: OrderNo,
        port: PortNo,
        now: Timestamp,
        out: &mut Output,
    ) {
        if let Some(gun) = self.guns.get_mut(port) {
            gun.accepted = Some((order, now));
        }
        let outcome = Outcome::Accepted {
            port: Some(port),
            session: None,
            data: None,
        };
        self.report(id, outcome, now, out);
        self.confirm(order, port, true, now, out);
    }

    fn confirm(
        &self,
        order: OrderNo,
        port: PortNo,
        accepted: bool,
        now: Timestamp,
        out: &mut Output,
    ) {
        let confirmation = ChargeConfirmation {
            charge: ChargeKey::Order(order),
            port,
            accepted,
        };
        self.tell(Event::Confirmed(confirmation), now, out);
    }

    /// A status shows an order running: that is as good as an 8.
    pub(super) fn order_runs(
        &mut self,
        order: OrderNo,
        port: PortNo,
        now: Timestamp,
        out: &mut Output,
    ) {
        let flying = self
            .outbox
            .take_flying(|job| job.task.starts() == Some(order));
        let job = flying.or_else(|| {
            self.outbox
                .take_waiting(|task| task.starts() == Some(order))
                .pop()
        });
        if let Some(job) = job {
            return self.begun(job.id, order, port, now, out);
        }
        if let Some(gun) = self.guns.get_mut(port)
            && gun.accepted.is_none_or(|(accepted, _)| accepted != order)
            && !self.was_given_up(order)
        {
            self.set_accepted(order, port, now);
        }
    }

    fn set_accepted(&mut self, order: OrderNo, port: PortNo, now: Timestamp) {
        if let Some(gun) = self.guns.get_mut(port) {
            gun.accepted = Some((order, now));
        }
    }

    /// A status says that a start failed.
    pub(super) fn start_failed(&mut self, port: PortNo, now: Timestamp, out: &mut Output) {
        let gun_no = self.gun_no(port);
        if let Some(job) = self.outbox.answered(Expect::Start(gun_no)) {
            if let Some(order) = job.task.starts() {
                self.must_not_charge(order);
            }
            return self.refused(
                job.id,
                None,
                "the pile says that the start failed",
                now,
                out,
            );
        }
        let accepted = self.guns.get_mut(port).and_then(|gun| gun.accepted.take());
        if let Some((order, _)) = accepted {
            self.confirm(order, port, false, now, out);
        }
    }

    /// A status answers the questions about its gun.
    pub(super) fn status_answers(
        &mut self,
        seen: &Seen<'_>,
        charge: Option<&ChargeKey>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let mut again = Vec::new();
        while let Some(mut job) = self.outbox.answered(Expect::StatusOf(seen.gun_no)) {
            match &mut job.task {
                Task::Start(start) => {
                    let gun = self.guns.get(seen.port());
                    let charging = gun.is_some_and(|gun| gun.state == PortState::Charging);
                    let own = charge == Some(&ChargeKey::Order(start.order));
                    match start.asking {
                        _ if own => self.begun(job.id, start.order, seen.port(), now, out),
                        Asking::AlreadyCharging(code) => {
                            let words = StartResult::from(code).words();
                            self.must_not_charge(start.order);
                            self.refused(job.id, Some(code), &words, now, out);
                        }
                        _ if charging => {
                            let why = "another charge runs at the gun";
                            self.refused(job.id, None, why, now, out);
                        }
                        _ if start.stopped => self.lapse(&job, now, out),
                        _ => {
                            start.asking = Asking::No;
                            job.shot = start.shot.clone();
                            job.attempts = 0;
                            again.push(job);
                        }
                    }
                }
                Task::Status(rest) => match rest.pop_front() {
                    Some(shot) => {
                        job.shot = shot;
                        job.attempts = 0;
                        again.push(job);
                    }
                    None => self.accept(job.id, None, now, out),
                },
                _ => {}
            }
        }
        for job in again {
            self.outbox.push_front(job);
        }
    }

    /// 6 to a stop.
    pub(super) fn stop_answer(
        &mut self,
        job: Job,
        answer: &ControlAnswer,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Task::Stop { charge, port } = &job.task else {
            return;
        };
        let port = *port;
        if answer.result == CommandResult::Success {
            if let Some(gun) = self.guns.get_mut(port) {
                let again = gun.stop.as_ref().map_or(0, |stop| stop.again);
                gun.stop = Some(Stopped {
                    charge: charge.clone(),
                    at: now,
                    again,
                });
            }
            return self.accept(job.id, None, now, out);
        }
        if job.attempts < job.shot.tries {
            return self.outbox.push_front(job);
        }
        let code = Some(u32::from(u8::from(answer.result)));
        self.refused(job.id, code, "the pile refuses to stop", now, out);
        self.stop_alarm(port, now, out);
    }

    /// The pile goes on although it said that it would stop.
    pub(super) fn stop_again(&mut self, charge: ChargeKey, port: PortNo) {
        if self.outbox.room() == 0 || self.stops(port) {
            return;
        }
        self.outbox.push(Job {
            id: None,
            priority: STOP_PRIORITY,
            shot: words::stop(self.gun_no(port)),
            msg_id: 0,
            attempts: 0,
            begun: false,
            not_before: Timestamp(0),
            task: Task::Stop { charge, port },
        });
    }

    fn stops(&self, port: PortNo) -> bool {
        self.outbox
            .all()
            .any(|job| matches!(&job.task, Task::Stop { port: of, .. } if *of == port))
    }

    /// An order that was given up charges: it is stopped at once.
    pub(super) fn must_stop(
        &mut self,
        order: OrderNo,
        port: PortNo,
        now: Timestamp,
        out: &mut Output,
    ) {
        let charge = ChargeKey::Order(order);
        let stopping = self
            .guns
            .get(port)
            .is_some_and(|gun| gun.stop.is_some() || gun.stopped.as_ref() == Some(&charge));
        if stopping || self.stops(port) {
            return;
        }
        let report = AlarmReport {
            port: Some(port),
            fault: None,
            code: START_COMMAND,
            active: true,
            values: vec![("charges_after_failed_start", 1)],
        };
        self.tell(Event::Alarm(report), now, out);
        self.stop_again(charge, port);
    }

    /// Nothing stops it.
    pub(super) fn stop_alarm(&self, port: PortNo, now: Timestamp, out: &mut Output) {
        let report = AlarmReport {
            port: Some(port),
            fault: None,
            code: STOP_COMMAND,
            active: true,
            values: vec![("does_not_stop", 1)],
        };
        self.tell(Event::Alarm(report), now, out);
    }

    /// Whether a stop would end this charge, and not the next customer's.
    pub(super) fn may_stop(&self, charge: &ChargeKey, port: PortNo) -> bool {
        let Some(gun) = self.guns.get(port) else {
            return true;
        };
        if gun.may_run(charge) {
            return true;
        }
        // A pile that shows nothing yet may be about to begin what was given up.
        let given_up = matches!(charge, ChargeKey::Order(order) if self.was_given_up(*order));
        let starting = self.outbox.all().any(|job| {
            job.begun && job.task.starts().map(ChargeKey::Order).as_ref() == Some(charge)
        });
        let shows_idle = gun.state == PortState::Idle;
        gun.running.is_none() && ((given_up && !shows_idle) || starting)
    }

    /// A start whose order is being stopped is not written any more.
    pub(super) fn call_off_start(&mut self, order: OrderNo, now: Timestamp, out: &mut Output) {
        let waiting = self
            .outbox
            .take_waiting(|task| task.starts() == Some(order));
        for job in waiting {
            if job.begun {
                self.lapse(&job, now, out);
            } else {
                self.refused(job.id, None, "stopped before it was sent", now, out);
            }
        }
        for job in self.outbox.flying() {
            if job.task.starts() == Some(order)
                && let Task::Start(start) = &mut job.task
            {
                start.stopped = true;
            }
        }
    }

    /// Nobody answered a start in time.
    pub(super) fn start_lapsed(
        &mut self,
        id: Option<CommandId>,
        start: &StartTask,
        now: Timestamp,
        out: &mut Output,
    ) {
        self.must_not_charge(start.order);
        let attempts = start.written.max(1);
        self.report(id, Outcome::Lapsed { attempts }, now, out);
    }
}
