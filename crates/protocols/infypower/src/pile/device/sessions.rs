//! Charges: preparation, flow, end, record.

use super::{
    Device, Event, Line, MISHAP_AFTER, Moment, PREPARATION_S, RECORD_AFTER, Step, Timer, port_no,
};
use crate::pile::cause::Cause;
use crate::pile::charge::{Beginner, Beginning, Charge};
use crate::pile::gun::Rest;
use crate::pile::quirks::StartAnswer;
use crate::pile::words::record::Record;
use std::time::Duration;

/// 8: the vehicle was not ready in time; the session ended at once.
const NOT_READY: u32 = 100_002;
const ENDED_AT_ONCE: u32 = 100_001;

impl Device {
    /// A charge has been accepted; energy flows a little later.
    pub(super) fn prepare(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        beginning: Beginning,
        out: &mut Vec<Step>,
    ) {
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        gun.count(at.t, self.limit_dw);
        gun.last_name = name(&beginning);
        gun.charge = Some(Charge::new(beginning, at.t, at.civil));
        let seconds = match self.quirks.start_answer {
            StartAnswer::WhenFlowing(seconds) => seconds,
            StartAnswer::AtOnce | StartAnswer::Never => PREPARATION_S,
        };
        self.agenda
            .set(at.t + Duration::from_secs(seconds), Timer::Prepared(index));
        self.say_changes(core, at, out);
    }

    /// The preparation is over.
    pub(super) fn prepared(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        if gun.charge.as_ref().is_none_or(|charge| charge.flowing) {
            return;
        }
        if self.quirks.start_fails || !gun.is_plugged() {
            self.fail(core, at, index, NOT_READY, out);
            return;
        }
        gun.flow(at.t, at.civil);
        let stop = gun
            .charge
            .as_ref()
            .is_some_and(|charge| charge.stop_when_flowing);
        let session = Self::session(&gun.last_name);
        let port = port_no(index);
        core.note(at, Event::Began { port, session }, out);
        if matches!(self.quirks.start_answer, StartAnswer::WhenFlowing(_))
            && self
                .guns
                .get(index)
                .and_then(|gun| gun.charge.as_ref())
                .is_some_and(|charge| charge.by == Beginner::Platform)
        {
            self.answer_start(core, at, index, 0, out);
        }
        self.say_changes(core, at, out);
        self.plan_change(index);
        if self.quirks.fails || self.quirks.loses_line {
            self.agenda.set(at.t + MISHAP_AFTER, Timer::Mishap(index));
        }
        if stop {
            self.end(core, at, index, Cause::Platform, out);
        }
    }

    /// The charge never began: no record.
    fn fail(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        result: u32,
        out: &mut Vec<Step>,
    ) {
        let by_platform = self
            .guns
            .get(index)
            .and_then(|gun| gun.charge.as_ref())
            .is_some_and(|charge| charge.by == Beginner::Platform);
        if by_platform && self.quirks.start_answer != StartAnswer::Never {
            self.answer_start(core, at, index, result, out);
        }
        self.agenda.cancel(&Timer::Prepared(index));
        if let Some(gun) = self.guns.get_mut(index) {
            gun.charge = None;
            gun.rest = if gun.is_plugged() {
                Rest::StartFailed
            } else {
                Rest::Idle
            };
        }
        self.say_changes(core, at, out);
    }

    pub(super) fn plan_change(&mut self, index: usize) {
        let gun = self.guns.get(index);
        match gun.and_then(|gun| gun.next_change(self.limit_dw, &self.prices)) {
            Some(change) => self.agenda.set(change, Timer::Change(index)),
            None => self.agenda.cancel(&Timer::Change(index)),
        }
    }

    /// A limit is reached, a half hour is over, or the battery takes less.
    pub(super) fn change(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        gun.count(at.t, self.limit_dw);
        match gun.reached(&self.prices) {
            Some(cause) => self.end(core, at, index, cause, out),
            None => self.plan_change(index),
        }
    }

    /// The charge of a gun ends, and its record is kept and sent.
    pub(super) fn end(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        cause: Cause,
        out: &mut Vec<Step>,
    ) {
        let Some(ended) = self.end_quietly(core, at, index, cause, out) else {
            return;
        };
        self.book.add(ended);
        self.say_changes(core, at, out);
        if self.signed_in && !self.agenda.has(|timer| *timer == Timer::Record) {
            self.agenda.set(at.t + RECORD_AFTER, Timer::Record);
        }
    }

    /// The charge of a gun ends and nobody is told; its record, if energy flowed.
    pub(super) fn end_quietly(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        cause: Cause,
        out: &mut Vec<Step>,
    ) -> Option<Record> {
        let gun = self.guns.get_mut(index)?;
        gun.count(at.t, self.limit_dw);
        if !gun.charge.as_ref()?.flowing {
            self.fail(core, at, index, ENDED_AT_ONCE, out);
            return None;
        }
        let charge = gun.charge.take()?;
        gun.rest = if gun.is_plugged() {
            Rest::Finished
        } else {
            Rest::Idle
        };
        let record = self.record_of(index, &charge, at.t, cause)?;
        let gun = self.guns.get(index)?;
        let ended = Event::Ended {
            port: port_no(index),
            session: Self::session(&gun.last_name),
            reason: record.reason,
            energy_wh: gun.wh(),
            seconds: gun.seconds(),
        };
        core.note(at, ended, out);
        for timer in [Timer::Change(index), Timer::Mishap(index)] {
            self.agenda.cancel(&timer);
        }
        if let Some(after) = self.automatic.and_then(|user| user.unplug_after) {
            self.agenda.set(at.t + after, Timer::AutoUnplug(index));
        }
        Some(record)
    }
}

/// What those who watch call a charge: its order number, else its card.
fn name(beginning: &Beginning) -> String {
    if beginning.order_no.is_empty() {
        beginning.card_no.clone()
    } else {
        beginning.order_no.clone()
    }
}
