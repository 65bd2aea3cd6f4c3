//! Starts: what the pile answers, and what its status says of them.

use super::outbox::{Expect, Job};
use super::station::Station;
use super::status_up::Seen;
use super::task::{Asking, StartTask, Task};
use super::words;
use crate::codes::StartResult;
use crate::message::StartAnswer;
use crate::traits;
use device::{ChargeConfirmation, ChargeKey, Event, Outcome, Output, PortState};
use kernel::{CommandId, OrderNo, PortNo, Timestamp};

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

    /// The start that an 8 answers: by order number if it echoes one of ours, else by gun, or the
    /// only one when the gun cannot be one of the pile's.
    fn started(&mut self, answer: &StartAnswer) -> Option<Job> {
        if let Some(order) = echoed(answer) {
            let in_flight = |job: &Job| matches!(job.shot.expect, Expect::Start(_));
            return self
                .outbox
                .take_flying(|job| in_flight(job) && job.task.starts() == Some(order));
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
        let meant = echoed(answer);
        let about = |accepted: &mut (OrderNo, Timestamp)| meant.is_none_or(|of| of == accepted.0);
        if let Some((order, _)) = gun.accepted.take_if(about) {
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
        self.release_stops(seen.port());
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

/// The order number of ours that an 8 gives back.
fn echoed(answer: &StartAnswer) -> Option<OrderNo> {
    let order = answer.order.get()?;
    order.order_no.id()?.parse().ok()
}
