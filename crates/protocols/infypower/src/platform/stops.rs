//! Stops: which gun they may go to, what the pile answers, and what is done when it goes on.

use super::guns::Stopped;
use super::outbox::{Job, STOP_PRIORITY};
use super::station::Station;
use super::task::Task;
use super::words;
use crate::codes::CommandResult;
use crate::message::ControlAnswer;
use device::{AlarmReport, ChargeKey, Event, Output, PortState};
use kernel::{OrderNo, PortNo, Timestamp};

/// Command of a stop, for alarms about it.
const STOP_COMMAND: u32 = 5;
/// Command of a start, for alarms about it.
const START_COMMAND: u32 = 7;

impl Station {
    /// Makes the next frame of a stop: the stop itself, or, when the gun has not said on this
    /// connection what it runs, the question. False when there is nothing to stop.
    pub(super) fn aim_stop(&mut self, job: &mut Job) -> bool {
        let Task::Stop {
            charge,
            port,
            asking,
        } = &mut job.task
        else {
            return true;
        };
        let gun_no = self.gun_no(*port);
        // Asked once: a pile that does not answer must stop all the same.
        *asking = !job.begun && !self.is_shown(charge, *port);
        if *asking {
            job.shot = words::ask_before_stop(gun_no);
            return true;
        }
        if !self.may_stop(charge, *port) {
            return false;
        }
        job.shot = words::stop(gun_no);
        if let Some(gun) = self.guns.get_mut(*port) {
            gun.stopped = Some(charge.clone());
        }
        true
    }

    /// Whether this connection has shown what a gun does, or that it has taken this charge.
    fn is_shown(&self, charge: &ChargeKey, port: PortNo) -> bool {
        let Some(gun) = self.guns.get(port) else {
            return false;
        };
        let accepted = gun.accepted.map(|(order, _)| ChargeKey::Order(order));
        gun.has_reported() || accepted.as_ref() == Some(charge)
    }

    /// A gun has said what it runs: the stops that waited for that are next.
    pub(super) fn release_stops(&mut self, port: PortNo) {
        let held = |job: &Job| {
            let here = matches!(&job.task, Task::Stop { port: of, .. } if *of == port);
            here && job.task.is_held_stop()
        };
        while let Some(job) = self.outbox.take_flying(held) {
            self.release_stop(job);
        }
    }

    /// No more waiting for a status: whether there is something to stop is looked at once more.
    pub(super) fn release_stop(&mut self, mut job: Job) {
        job.attempts = 0;
        self.outbox.push_front(job);
    }

    /// 6 to a stop.
    pub(super) fn stop_answer(
        &mut self,
        job: Job,
        answer: &ControlAnswer,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Task::Stop { charge, port, .. } = &job.task else {
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

    /// 6 to a stop that is not waited for any more: it is watched all the same.
    pub(super) fn late_stop_answer(&mut self, gun_no: u8, now: Timestamp) {
        let port = Self::port_of(gun_no);
        let Some(gun) = port.and_then(|port| self.guns.get_mut(port)) else {
            return;
        };
        let stopped = gun.stopped.clone().filter(|charge| gun.may_run(charge));
        if let Some(charge) = stopped
            && gun.stop.is_none()
        {
            gun.stop = Some(Stopped {
                charge,
                at: now,
                again: 0,
            });
        }
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
            task: Task::stop(charge, port),
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
}
