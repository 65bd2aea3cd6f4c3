//! Records: made at the end of a charge, kept, and sent until they are answered.

use super::{Device, Event, Line, Moment, Step, Timer, port_no};
use crate::layout::Dialect;
use crate::pile::cause::Cause;
use crate::pile::charge::{Beginner, Charge};
use crate::pile::forms::RecordForm;
use crate::pile::gun::Gun;
use crate::pile::words::record::{Record, SLOTS, record};
use kernel::Timestamp;
use std::time::Duration;

/// Service fee inside the pile's price, percent: V5.3 and Lvneng tell it apart.
const SERVICE_PERCENT: u32 = 25;
/// A stop reason that no table lists, and energy that no charge has.
const STRANGE_REASON: u32 = 4_711;
const TOO_MUCH_WH: u64 = 600_000;

impl Device {
    pub(super) fn record_of(
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

fn record_name(record: &Record) -> &str {
    if record.order_no.is_empty() {
        &record.card_no
    } else {
        &record.order_no
    }
}
