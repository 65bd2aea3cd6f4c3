//! What a v8.6 gateway says by itself, and how its answers are built.

use super::order::{OrderText, Settlement};
use super::words;
use super::{Profile, REPEAT, Timer, V86, port_no, session};
use crate::pile::Core;
use ::pile::Moment;
use ::pile::{Event, Step};

/// Mains voltage, 0.1 V.
const VOLTAGE_DV: u16 = 2205;
/// Inside the cabinet, °C.
const TEMPERATURE_C: i8 = 35;
/// Signal strength, 0 to 31.
const SIGNAL: u8 = 22;

/// Cards shown and not answered yet, at most.
const CARDS_MAX: usize = 16;

impl V86 {
    fn sequence(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        self.sequence
    }

    fn status(&self) -> words::Status {
        words::Status {
            voltage_dv: VOLTAGE_DV,
            port_states: self.holes.iter().map(super::Hole::state).collect(),
            signal: SIGNAL,
            temp_c: TEMPERATURE_C,
        }
    }

    pub(super) fn say_heartbeat(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        let sequence = self.sequence();
        let frame = words::heartbeat(self.gateway, sequence, &core.setup, SIGNAL);
        core.say(frame, out);
    }

    pub(super) fn say_status(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        if core.is_up() {
            let sequence = self.sequence();
            core.say(words::status(self.gateway, sequence, &self.status()), out);
        }
    }

    pub(super) fn say_progress(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        let hole = &mut self.holes[index];
        hole.outlet.count(at.t);
        let Some(number) = hole.order.as_ref().map(|order| order.number) else {
            return;
        };
        if core.is_up() {
            self.say_progress_of(core, at, index, number, out);
        }
    }

    /// After a reconnect, a stale gateway shows a charge that is long over.
    pub(super) fn say_stale_progress(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        if let Some(last) = &self.holes[index].last {
            let number = last.number;
            self.say_progress_of(core, at, index, number, out);
        }
    }

    fn say_progress_of(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        number: OrderText,
        out: &mut Vec<Step>,
    ) {
        let sequence = self.sequence();
        let hole = &mut self.holes[index];
        let progress = words::Progress {
            order: number,
            port: port_no(index),
            seconds: narrow(hole.outlet.seconds()),
            power_dw: narrow(u64::from(hole.outlet.power_dw())),
            centi_kwh: narrow(hole.outlet.centi_kwh()),
            peak_dw: narrow(u64::from(hole.outlet.peak_dw())),
            at: at.civil,
            segment_centi_kwh: narrow(hole.outlet.segment_centi_kwh()),
            port_state: hole.state(),
            temp_c: hole.outlet.heat.unwrap_or(TEMPERATURE_C),
            voltage_dv: VOLTAGE_DV,
        };
        core.say(words::progress(self.gateway, sequence, &progress), out);
    }

    /// 0x0004 status 0, repeated until answered.
    pub(super) fn say_confirmation(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        let Some(order) = self.holes[index].order.as_ref() else {
            return;
        };
        if !(order.begun && order.unconfirmed) {
            return;
        }
        let number = order.number;
        let sequence = self.sequence();
        let frame = words::confirm(self.gateway, sequence, &number, port_no(index), 0);
        core.say(frame, out);
        let again = at.t + core.clock.patience(REPEAT);
        self.agenda.set(again, Timer::ConfirmAgain(index));
    }

    /// 0x0004 status 1 for every order that was dropped and is not answered.
    pub(super) fn say_refusals(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        for position in 0..self.refused.len() {
            let (number, port) = self.refused[position];
            let sequence = self.sequence();
            let frame = words::confirm(self.gateway, sequence, &number, port, 1);
            core.say(frame, out);
        }
    }

    pub(super) fn say_settlement(
        &mut self,
        core: &mut Core,
        at: Moment,
        position: usize,
        out: &mut Vec<Step>,
    ) {
        if core.is_up()
            && let Some(settlement) = self.unsettled.get_mut(position)
        {
            settlement.attempts += 1;
            let settlement = settlement.clone();
            self.say_settlement_again(core, at, &settlement, out);
        }
    }

    pub(super) fn say_settlement_again(
        &mut self,
        core: &mut Core,
        at: Moment,
        settlement: &Settlement,
        out: &mut Vec<Step>,
    ) {
        let mut shown = settlement.clone();
        // Live values go on changing between the repeats of such a device.
        if core.setup.profile == Profile::EndRepeat && settlement.attempts > 1 {
            shown.peak_dw = shown
                .peak_dw
                .saturating_add(narrow(u64::from(shown.attempts)));
        }
        let sequence = self.sequence();
        core.say(words::settlement(self.gateway, sequence, &shown), out);
        let reported = Event::EndReported {
            port: settlement.port,
            session: session(&settlement.number),
            attempt: settlement.attempts,
        };
        core.note(at, reported, out);
    }

    pub(super) fn say_card(
        &mut self,
        core: &mut Core,
        index: usize,
        card: u32,
        balance_fen: u32,
        out: &mut Vec<Step>,
    ) {
        if self.cards.len() == CARDS_MAX {
            self.cards.remove(0);
        }
        self.cards.push((index, card));
        let sequence = self.sequence();
        let frame = words::card(self.gateway, sequence, card, port_no(index), balance_fen);
        core.say(frame, out);
    }

    /// A settlement that ends in the middle of its fields, in a sound frame.
    pub(super) fn say_nonsense(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        let sequence = self.sequence();
        core.say(words::nonsense(self.gateway, sequence), out);
    }

    pub(super) fn say_wrong_checksum(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        let sequence = self.sequence();
        let mut frame = words::status(self.gateway, sequence, &self.status());
        words::break_checksum(&mut frame);
        core.say(frame, out);
    }

    pub(super) fn control_answer(
        &self,
        sequence: u32,
        result: u8,
        order: &OrderText,
        port: u8,
    ) -> Vec<u8> {
        let waits = |hole: &&super::Hole| hole.order.as_ref().is_some_and(|order| !order.begun);
        let waiting = self.holes.iter().filter(waits).count();
        let waiting = u8::try_from(waiting).unwrap_or(u8::MAX);
        words::control_answer(self.gateway, sequence, result, order, port, waiting)
    }

    pub(super) fn change_answer(&self, sequence: u32, result: u8, order: &OrderText) -> Vec<u8> {
        words::change_answer(self.gateway, sequence, result, order)
    }

    pub(super) fn query_answer(&self, sequence: u32) -> Vec<u8> {
        words::query_answer(self.gateway, sequence, &self.status())
    }

    pub(super) fn parameter_answer(
        &self,
        sequence: u32,
        command: u16,
        result: u8,
        id: u8,
    ) -> Vec<u8> {
        words::parameter_answer(self.gateway, sequence, command, result, id)
    }

    pub(super) fn chunk_answer(
        &self,
        sequence: u32,
        command: u16,
        result: u8,
        index: u16,
    ) -> Vec<u8> {
        words::chunk_answer(self.gateway, sequence, command, result, index)
    }
}

/// Fields of two bytes say 65535 for "at least so much".
fn narrow(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}
