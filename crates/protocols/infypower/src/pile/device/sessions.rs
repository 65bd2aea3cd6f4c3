//! Charges: preparation, flow, end, record.

use super::{
    Device, Event, Line, MISHAP_AFTER, Moment, PREPARATION_S, RECORD_AFTER, Step, Timer, port_no,
};
use crate::layout::Dialect;
use crate::pile::cause::Cause;
use crate::pile::charge::{Beginner, Beginning, Charge};
use crate::pile::forms::RecordForm;
use crate::pile::gun::{Gun, Rest};
use crate::pile::quirks::StartAnswer;
use crate::pile::words::record::{Record, SLOTS, record};
use kernel::Timestamp;
use std::time::Duration;

/// 8: the vehicle was not ready in time; the session ended at once.
const NOT_READY: u32 = 100_002;
const ENDED_AT_ONCE: u32 = 100_001;
/// A stop reason that no table lists, and energy that no charge has.
const STRANGE_REASON: u32 = 4_711;
const TOO_MUCH_WH: u64 = 600_000;
/// Service fee inside the pile's price, percent: V5.3 and Lvneng tell it apart.
const SERVICE_PERCENT: u32 = 25;

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

    fn record_of(
        &self,
        index: usize,
        charge: &Charge,
        now: Timestamp,
        cause: Cause,
    ) -> Option<Record> {
        let gun = self.guns.get(index)?;
        let (meter_start_wh, wh, slots_wh) = self.rounded(gun, charge);
        let amount_fen = self.prices.fen(&slots_wh);
        let known = !self.quirks.no_clock;
        let reason = if self.quirks.no_reason {
            0
        } else {
            cause.code(self.dialect, self.is_ac())
        };
        let reason = if self.quirks.strange_codes {
            STRANGE_REASON
        } else {
            reason
        };
        let wh = wh + if self.quirks.too_much { TOO_MUCH_WH } else { 0 };
        Some(Record {
            ac: self.is_ac(),
            gun_no: gun.no,
            card_no: charge.card_no.clone(),
            order_no: if self.quirks.no_order_no {
                String::new()
            } else {
                charge.order_no.clone()
            },
            started: known.then(|| charge.started()),
            ended: known.then(|| charge.calendar(now)),
            seconds: u32::try_from(gun.seconds()).unwrap_or(u32::MAX),
            soc: if self.is_ac() {
                (0, 0)
            } else {
                (charge.soc_start, gun.soc())
            },
            reason,
            wh,
            meter_start_wh,
            meter_end_wh: if self.quirks.meter_back {
                meter_start_wh.saturating_sub(wh)
            } else {
                meter_start_wh + wh
            },
            amount_fen,
            service_fen: amount_fen / 100 * SERVICE_PERCENT,
            card_balance_fen: charge.card_balance_fen,
            index: 0,
            strategy: charge.limit.strategy,
            strategy_param: charge.limit.param,
            vin: if self.is_ac() {
                String::new()
            } else {
                gun.vehicle.vin.clone()
            },
            slots_wh: if self.quirks.zero_slots {
                [0; SLOTS]
            } else {
                slots_wh
            },
            start_type: self.start_type(charge),
        })
    }

    /// How a charge's begin is written: a vehicle that began one has a number of its own in
    /// Lvneng only.
    pub(super) fn start_type(&self, charge: &Charge) -> u8 {
        match charge.by {
            Beginner::Vin if self.dialect != Dialect::Lvneng => Beginner::Card.code(),
            by => by.code(),
        }
    }

    /// Meter before, energy and slots in the steps that the record can show. Slots are cut
    /// where the sum up to there is cut, so that they add up to the energy; a pile that cuts
    /// each for itself loses a little in each.
    fn rounded(&self, gun: &Gun, charge: &Charge) -> (u64, u64, [u64; SLOTS]) {
        let step = match self.forms.record {
            RecordForm::Narrow { .. } => 10,
            RecordForm::Wide | RecordForm::Shenghong | RecordForm::Lvneng => 1,
        };
        let cut = |wh: u64| wh / step * step;
        let start = cut(charge.meter_start_wh);
        let energy = cut(charge.meter_start_wh + gun.wh()) - start;
        let mut slots = charge.slots_wh;
        if self.quirks.cut_slots {
            // Cut to 0.01 kWh also where more would fit.
            slots = slots.map(|wh| wh / 10 * 10);
            return (start, energy, slots);
        }
        let (mut exact, mut shown) = (charge.meter_start_wh, start);
        // From the slot in which it began, through midnight.
        let first = charge.first_slot();
        for offset in 0..SLOTS {
            if let Some(slot) = slots.get_mut((first + offset) % SLOTS) {
                exact += *slot;
                *slot = cut(exact) - shown;
                shown = cut(exact);
            }
        }
        (start, energy, slots)
    }

    /// The record that waits for its answer, once more.
    pub(super) fn say_record(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        if !self.signed_in {
            return;
        }
        let Some(current) = self.book.current().cloned() else {
            return;
        };
        let place = self.book.place(&current, self.quirks.newest_index);
        let body = self.tailed(record(self.forms.record, &self.code, &current, place));
        let attempt = self.book.sent();
        self.say(core, self.forms.record.command(), body, out);
        let reported = Event::EndReported {
            port: self.port_of(current.gun_no),
            session: Self::session(record_name(&current)),
            attempt,
        };
        core.note(at, reported, out);
        let repeat = Duration::from_secs(self.quirks.record_repeat_s);
        self.agenda
            .set(at.t + core.clock.patience(repeat), Timer::Record);
    }

    /// 201, 501 or 221: taken as the answer to the record under way.
    pub(super) fn record_answered(
        &mut self,
        core: &mut Line,
        at: Moment,
        command: u16,
        gun_no: u8,
        internal_index: Option<u32>,
        out: &mut Vec<Step>,
    ) {
        let wanted = match self.forms.record {
            RecordForm::Narrow { .. } | RecordForm::Lvneng => 201,
            RecordForm::Wide => 501,
            RecordForm::Shenghong => 221,
        };
        let Some(current) = self.book.current().filter(|_| command == wanted) else {
            return;
        };
        // Lvneng compares the index, the others take any answer for this gun.
        let index = self.book.place(current, self.quirks.newest_index).index;
        let fits = match self.forms.record {
            RecordForm::Lvneng => internal_index == Some(index),
            _ => current.gun_no == gun_no,
        };
        if !fits {
            return;
        }
        let Some(answered) = self.book.answered() else {
            return;
        };
        let acknowledged = Event::EndAcknowledged {
            port: self.port_of(answered.gun_no),
            session: Self::session(record_name(&answered)),
        };
        core.note(at, acknowledged, out);
        self.agenda.cancel(&Timer::Record);
        let again = self.quirks.repeats_answered && !self.echoed;
        self.echoed = again && self.book.repeat(answered.gun_no);
        if self.book.current().is_some() {
            self.agenda
                .set(at.t + Duration::from_secs(1), Timer::Record);
        }
    }

    fn port_of(&self, gun_no: u8) -> kernel::PortNo {
        let index = self.guns.iter().position(|gun| gun.no == gun_no);
        port_no(index.unwrap_or(0))
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

fn record_name(record: &Record) -> &str {
    if record.order_no.is_empty() {
        &record.card_no
    } else {
        &record.order_no
    }
}
