//! What the platform asks for: start, control, parameters, prices, history.

use super::{Device, Event, Line, Moment, PARAMETERS_MAX, RESTART_AFTER, Step, Timer, port_no, up};
use crate::pile::cause::Cause;
use crate::pile::charge::{Beginner, Beginning, Limit};
use crate::pile::paper::time_of;
use crate::pile::prices::Prices;
use crate::pile::quirks::StartAnswer;
use crate::pile::words::down::{PriceSlot, Start};
use crate::pile::words::record;
use std::time::Duration;

/// Answers to one history query, at most.
const HISTORY_MAX: usize = 100;
/// 8: what a start is refused with.
const NOT_PLUGGED: u32 = 1;
const SYSTEM_FAULT: u32 = 5;
const SUSPENDED: u32 = 4;
const CHARGING: u32 = 13;
const PARAMETER: u32 = 20;
const FIRMWARE_CHARGING: u32 = 100_003;
const WRONG_GUN: u32 = 100_005;

impl Device {
    pub(super) fn start(&mut self, core: &mut Line, at: Moment, start: Start, out: &mut Vec<Step>) {
        let index = self.gun_index(start.gun_no);
        let refusal = match index {
            None => Some(WRONG_GUN),
            Some(_) if core.refuses() => Some(SUSPENDED),
            Some(index) => self.quirks.refuses.or_else(|| self.refusal(index, &start)),
        };
        let port = index.map_or(port_no(0), port_no);
        let order = start.order_no.clone().unwrap_or_default();
        let received = Event::StartReceived {
            port,
            order: Some(if order.is_empty() {
                start.card_no.clone()
            } else {
                order.clone()
            }),
            accepted: refusal.is_none(),
        };
        core.note(at, received, out);
        match (index, refusal) {
            (Some(index), None) => {
                let beginning = Beginning {
                    by: Beginner::Platform,
                    order_no: order,
                    card_no: start.card_no,
                    card_balance_fen: 0,
                    limit: Limit::of(start.strategy, start.strategy_param).unwrap_or_default(),
                };
                self.prepare(core, at, index, beginning, out);
                if self.quirks.start_answer == StartAnswer::AtOnce {
                    self.answer_start(core, at, index, 0, out);
                }
            }
            (_, Some(result)) if self.quirks.start_answer != StartAnswer::Never => {
                let gun = if self.quirks.bad_gun {
                    0xCC
                } else {
                    start.gun_no
                };
                let body = up::start_answer(&self.forms, &self.code, gun, result, &order);
                self.answer(core, at, 8, body, out);
            }
            _ => {}
        }
    }

    fn refusal(&self, index: usize, start: &Start) -> Option<u32> {
        let gun = self.guns.get(index)?;
        if gun.charge.is_some() {
            return Some(if self.quirks.few_states {
                FIRMWARE_CHARGING
            } else {
                CHARGING
            });
        }
        // The published firmware looks at the second byte of the mode only.
        let mode_refused = if self.quirks.few_states {
            start.mode & 0xFF00 != 0
        } else {
            start.mode != 0
        };
        if mode_refused || Limit::of(start.strategy, start.strategy_param).is_none() {
            Some(PARAMETER)
        } else if gun.alarm != 0 {
            Some(SYSTEM_FAULT)
        } else if gun.suspended {
            Some(SUSPENDED)
        } else if gun.is_plugged() {
            None
        } else {
            Some(NOT_PLUGGED)
        }
    }

    /// 8 for the charge of a gun.
    pub(super) fn answer_start(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        result: u32,
        out: &mut Vec<Step>,
    ) {
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        let number = if self.quirks.bad_gun { 0xCC } else { gun.no };
        let Some(charge) = gun.charge.as_mut().filter(|charge| !charge.answered) else {
            return;
        };
        charge.answered = true;
        let order = charge.order_no.clone();
        let body = up::start_answer(&self.forms, &self.code, number, result, &order);
        self.answer(core, at, 8, body, out);
    }

    pub(super) fn control(
        &mut self,
        core: &mut Line,
        at: Moment,
        (gun_no, address, count): (u8, u32, u8),
        values: &[u32],
        out: &mut Vec<Step>,
    ) {
        let index = self.gun_index(gun_no);
        let asked = values.first().is_some_and(|value| value & 0xFF == 0x55);
        let result = match (address, index) {
            _ if core.refuses() => 1,
            (2, Some(index)) if asked => {
                self.stop(core, at, index, out);
                0
            }
            (2, _) => 1,
            (11, _) if asked => {
                self.agenda.set(at.t + RESTART_AFTER, Timer::Restart);
                u8::from(self.quirks.denies_restart)
            }
            (14, _) => {
                self.say_sign_in(core, at, out);
                0
            }
            (15, _) => {
                self.say_all_status(core, at, out);
                0
            }
            (23, _) => {
                let suspended = asked;
                for gun in &mut self.guns {
                    gun.suspended = suspended;
                }
                self.say_changes(core, at, out);
                0
            }
            // The published firmware says yes to whatever it does not know.
            _ => u8::from(!self.quirks.few_states),
        };
        if address == 2 {
            let port = index.map_or(port_no(0), port_no);
            let name = index
                .and_then(|index| self.guns.get(index))
                .map(|gun| gun.last_name.clone());
            let received = Event::StopReceived {
                port,
                order: name,
                accepted: result == 0,
            };
            core.note(at, received, out);
        } else {
            Self::command_noted(core, at, 5, &format!("control {address}"), out);
        }
        let body = up::control_answer(&self.code, gun_no, address, count, result);
        self.answer(core, at, 6, body, out);
    }

    fn stop(&mut self, core: &mut Line, at: Moment, index: usize, out: &mut Vec<Step>) {
        let quirks = self.quirks;
        let Some(charge) = self.guns.get_mut(index).and_then(|gun| gun.charge.as_mut()) else {
            return;
        };
        let by_card = charge.by == Beginner::Card;
        if quirks.ignores_stops || quirks.ignores_card_stops && by_card {
            return;
        }
        if charge.flowing {
            self.end(core, at, index, Cause::Platform, out);
        } else {
            // Kept until charging begins.
            charge.stop_when_flowing = true;
        }
    }

    pub(super) fn numbers(
        &mut self,
        core: &mut Line,
        at: Moment,
        (set, address, count): (bool, u32, u8),
        values: &[u32],
        out: &mut Vec<Step>,
    ) {
        let what = if set { "set" } else { "query" };
        Self::command_noted(core, at, 1, &format!("{what} {address} +{count}"), out);
        let addresses = (address..).take(usize::from(count.min(10)));
        let mut result = u8::from(core.refuses());
        let known: Vec<u32> = if set {
            // Address and port of the server only together.
            let half = matches!((address, count), (25, 0 | 1 | 3..) | (26, _));
            if half || values.len() < usize::from(count) {
                result = 1;
            }
            if result == 0 {
                for (address, value) in addresses.zip(values) {
                    self.set_number(address, *value);
                }
            }
            values.to_vec()
        } else {
            addresses.map(|address| self.number(address)).collect()
        };
        let body = up::numbers_answer(&self.code, set, address, &known, result);
        self.answer(core, at, 2, body, out);
    }

    fn set_number(&mut self, address: u32, value: u32) {
        let seconds = Duration::from_secs(u64::from(value.clamp(3, 250)));
        match address {
            21 => self.heartbeat = seconds,
            23 => self.status = seconds,
            _ if self.numbers.len() < PARAMETERS_MAX || self.numbers.contains_key(&address) => {
                self.numbers.insert(address, value);
            }
            _ => {}
        }
    }

    fn number(&self, address: u32) -> u32 {
        let seconds = |period: Duration| u32::try_from(period.as_secs()).unwrap_or(u32::MAX);
        let standard = match address {
            1 => u32::from(super::SIGN_IN_MIN),
            3 => u32::try_from(self.guns.len()).unwrap_or(u32::MAX),
            20 => 15,
            21 => seconds(self.heartbeat),
            22 => u32::from(super::MISSES_MAX),
            23 => seconds(self.status),
            _ => 0,
        };
        self.numbers.get(&address).copied().unwrap_or(standard)
    }

    pub(super) fn text(
        &mut self,
        core: &mut Line,
        at: Moment,
        (set, address): (bool, u32),
        data: &[u8],
        out: &mut Vec<Step>,
    ) {
        let what = if set { "set" } else { "query" };
        Self::command_noted(core, at, 3, &format!("{what} {address}"), out);
        let mut result = u8::from(core.refuses());
        if set && result == 0 {
            let room = self.texts.len() < PARAMETERS_MAX || self.texts.contains_key(&address);
            match (address, data.first_chunk::<8>().copied().and_then(time_of)) {
                (2, Some(time)) if !self.quirks.no_clock => Self::set_clock(core, at, time, out),
                (2, _) => result = 1,
                _ if room => {
                    self.texts.insert(address, data.to_vec());
                }
                _ => result = 1,
            }
        }
        let stored = self.texts.get(&address).cloned().unwrap_or_default();
        let body = up::text_answer(&self.code, set, address, &stored, result);
        self.answer(core, at, 4, body, out);
    }

    pub(super) fn take_prices(
        &mut self,
        core: &mut Line,
        at: Moment,
        slots: Vec<PriceSlot>,
        out: &mut Vec<Step>,
    ) {
        Self::command_noted(core, at, 1103, &format!("{} prices", slots.len()), out);
        let taken = if core.refuses() {
            None
        } else {
            Prices::checked(slots, self.forms.price_slots)
        };
        let result = u8::from(taken.is_none());
        if let Some(prices) = taken {
            self.prices = prices;
            for index in 0..self.guns.len() {
                self.plan_change(index);
            }
        }
        self.answer(
            core,
            at,
            1104,
            crate::pile::paper::Paper::bare().byte(result),
            out,
        );
    }

    pub(super) fn history(
        &mut self,
        core: &mut Line,
        at: Moment,
        first: u32,
        count: u32,
        out: &mut Vec<Step>,
    ) {
        Self::command_noted(core, at, 401, &format!("{count} records from {first}"), out);
        let count = usize::try_from(count)
            .unwrap_or(HISTORY_MAX)
            .min(HISTORY_MAX);
        for found in self.book.from(first, count) {
            let place = self.book.place(&found, self.quirks.newest_index);
            let body = record::history(&self.code, &found, place);
            self.answer(core, at, 402, body, out);
        }
    }
}
