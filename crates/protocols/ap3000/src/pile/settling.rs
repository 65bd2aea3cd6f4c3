//! Settlements on their way: sent until they are answered.

use super::frames::settlement;
use super::record::Record;
use super::setup::Profile;
use super::site::{Site, session};
use super::timer::Timer;
use ::pile::{Core, Event, Moment, Step};
use std::time::Duration;

/// From the opened relay to the settlement.
const AFTER_END: Duration = Duration::from_secs(2);
/// Unanswered ones come again.
const AGAIN: Duration = Duration::from_mins(30);
/// From an answer to the next stored one, and to the copy of a device that repeats itself.
const NEXT: Duration = Duration::from_mins(1);

impl Site {
    pub(super) fn keep_record(&mut self, at: Moment, unit: usize, record: Record) {
        self.units[unit].records.keep(record, at.t + AFTER_END);
        self.plan_records(unit);
    }

    pub(super) fn plan_records(&mut self, unit: usize) {
        match self.units[unit].records.next() {
            Some(when) => self.agenda.set(when, Timer::Record(unit)),
            None => self.agenda.cancel(&Timer::Record(unit)),
        }
    }

    /// Sends the settlements that are due. What goes into the void is tried again half an hour
    /// later, like what is not answered.
    pub(super) fn send_records(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        out: &mut Vec<Step>,
    ) {
        let again = at.t + core.clock.patience(AGAIN);
        let keeps_id = self.is(Profile::LazyRecords);
        let length = match self.setup.profile {
            Profile::Old => 29,
            Profile::Cabinet => 37,
            _ => 35,
        };
        loop {
            let device = &mut self.units[unit];
            let heard = core.is_up() && device.reachable && !device.dark;
            let fresh = device.now.counter.checked_add(1).unwrap_or(1);
            let Some(kept) = device.records.due(at.t) else {
                break;
            };
            kept.due = again;
            if !heard {
                continue;
            }
            kept.tries += 1;
            if kept.tries == 1 || !keeps_id {
                kept.msg = fresh;
                device.now.counter = fresh;
            }
            let (msg, tries, record) = (kept.msg, kept.tries, kept.record.clone());
            let data = settlement(&record, length);
            self.say_as(core, at, unit, (0x03, msg, &data), out);
            let event = Event::EndReported {
                port: self.port_no(unit, record.port.into()),
                session: session(&record.order),
                attempt: tries,
            };
            core.note(at, event, out);
        }
        self.plan_records(unit);
    }

    /// The answer to 0x03: what is answered is forgotten.
    pub(super) fn settled(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        (msg, data): (u16, &[u8]),
        out: &mut Vec<Step>,
    ) {
        if data.first() != Some(&0) {
            return;
        }
        let next = at.t + NEXT;
        let Some(kept) = self.units[unit].records.answered(msg, next) else {
            return;
        };
        let event = Event::EndAcknowledged {
            port: self.port_no(unit, kept.record.port.into()),
            session: session(&kept.record.order),
        };
        core.note(at, event, out);
        let changed = self.is(Profile::ChangedRecords);
        if (changed || self.is(Profile::RepeatedRecords)) && !kept.copy {
            let mut copy = kept.record;
            if changed {
                copy.centi_kwh = copy.centi_kwh.saturating_add(1);
            }
            self.units[unit].records.keep_copy(copy, next);
        }
        self.plan_records(unit);
    }
}
