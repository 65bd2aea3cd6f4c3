//! What a pile tells by itself: the state of its guns, the vehicle, the alarms.

use super::{BATTERY_PERIOD, Device, Line, Moment, Paper, Step, Timer, up};
use crate::layout::Dialect;
use crate::pile::forms::StatusForm;
use crate::pile::words::battery::{self, Battery};
use crate::pile::words::status::{Shown, status};

/// Mains voltages between phase and neutral, 0.1 V.
const PHASES_DV: [u16; 3] = [2298, 2304, 2310];
/// °C around the pile.
const AMBIENT_C: i16 = 21;
/// Share of the output in the input of a DC pile, per mille.
const EFFICIENCY: u64 = 950;

impl Device {
    pub(super) fn say_all_status(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        for index in 0..self.guns.len() {
            self.say_status(core, at, index, out);
        }
        let next = core.clock.patience(self.status);
        self.agenda.set(at.t + next, Timer::Status);
    }

    /// Guns whose work state or plug has changed since their last report.
    pub(super) fn say_changes(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        let few = self.quirks.few_states;
        for index in 0..self.guns.len() {
            let now = self
                .guns
                .get(index)
                .map(|gun| (gun.work_state(few), gun.car_link()));
            let told = self.guns.get(index).and_then(|gun| gun.told);
            if self.signed_in && now != told {
                self.say_status(core, at, index, out);
            }
        }
    }

    fn say_status(&mut self, core: &mut Line, at: Moment, index: usize, out: &mut Vec<Step>) {
        let few = self.quirks.few_states;
        if let Some(gun) = self.guns.get_mut(index) {
            gun.count(at.t, self.limit_dw);
            gun.told = Some((gun.work_state(few), gun.car_link()));
        }
        let Some(shown) = self.shown(at, index) else {
            return;
        };
        let command = match self.forms.status {
            StatusForm::Narrow { command, .. } => command,
            StatusForm::Lvneng => 109,
        };
        let body = self.tailed(status(self.forms.status, &self.code, &shown));
        self.say(core, command, body, out);
    }

    /// A body, with the tail of an integrator that nobody knows where the pile has one.
    pub(super) fn tailed(&self, body: Paper) -> Paper {
        if self.quirks.odd_length {
            body.bytes(&[0xEE; 5])
        } else {
            body
        }
    }

    fn shown(&self, at: Moment, index: usize) -> Option<Shown> {
        let gun = self.guns.get(index)?;
        let power_dw = gun.power_dw(self.limit_dw);
        let charging = gun.is_charging();
        let mut shown = Shown {
            gun_count: u8::try_from(self.guns.len()).unwrap_or(u8::MAX),
            gun_no: gun.no,
            ac: self.is_ac(),
            work_state: gun.work_state(self.quirks.few_states),
            alarm: gun.alarm,
            car_link: gun.car_link(),
            clock: self.clock(at),
            meter_now_wh: gun.meter_wh(),
            meter_start_wh: gun.meter_wh(),
            outlet_c: AMBIENT_C + 5,
            ambient_c: AMBIENT_C,
            gun_c: AMBIENT_C + i16::try_from(power_dw / 60_000).unwrap_or(40),
            phases_dv: PHASES_DV,
            // 0.1 kW, or 0.1 W by mistake.
            power: narrow(if self.quirks.watts {
                power_dw
            } else {
                (power_dw + 500) / 1_000
            }),
            door_open: false,
            ..Shown::default()
        };
        if self.is_ac() {
            // 0.1 W over 0.1 V are whole amperes.
            let current = power_dw * 10 / u64::from(PHASES_DV[0]);
            shown.phases_da = [word(current), 0, 0];
        } else {
            shown.soc = gun.soc();
            let input = power_dw * 1000 / EFFICIENCY;
            let current = word(input * 10 / (3 * u64::from(PHASES_DV[0])));
            shown.phases_da = [current; 3];
            if let Some(pack) = gun.battery.as_ref().filter(|_| charging) {
                shown.voltage_dv = word(pack.voltage_dv());
                shown.current_da = word(pack.current_da(self.limit_dw));
                shown.demand_dv = word(pack.demand_dv());
                shown.demand_da = word(pack.demand_da());
                shown.constant_current = pack.is_in_bulk();
                shown.remain_min = pack.minutes_left(self.limit_dw);
                gun.vehicle.vin.clone_into(&mut shown.vin);
            }
        }
        if self.quirks.few_states {
            shown.phases_dv = [0; 3];
            shown.phases_da = [0; 3];
        }
        if let Some(charge) = &gun.charge {
            shown.start_type = self.start_type(charge);
            shown.strategy = charge.limit.strategy;
            shown.strategy_param = charge.limit.param;
            charge.card_no.clone_into(&mut shown.card_no);
            if !self.quirks.no_order_no {
                charge.order_no.clone_into(&mut shown.order_no);
            }
            shown.card_balance_fen = charge.card_balance_fen;
            if charge.flowing {
                shown.meter_start_wh = charge.meter_start_wh;
                shown.wh = gun.wh();
                shown.seconds = narrow(gun.seconds());
                shown.fee_fen = self.prices.fen(&charge.slots_wh);
                shown.service_fen = shown.fee_fen / 4;
                shown.started = (!self.quirks.no_clock).then(|| charge.started());
            }
        }
        Some(shown)
    }

    /// Whether this pile passes the vehicle's messages on.
    pub(super) fn reports_battery(&self) -> bool {
        !self.is_ac() && (self.dialect == Dialect::Shenghong || self.quirks.raw_battery)
    }

    /// 302 of every gun that charges.
    pub(super) fn say_battery(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        for index in 0..self.guns.len() {
            if let Some(gun) = self.guns.get_mut(index) {
                gun.count(at.t, self.limit_dw);
            }
            let Some(battery) = self.battery(index) else {
                continue;
            };
            let body = if self.dialect == Dialect::Shenghong {
                self.battery_no = self.battery_no.wrapping_add(1);
                battery::structured(&self.code, self.battery_no, &battery)
            } else {
                battery::raw(&battery)
            };
            self.say(core, 302, body, out);
        }
        self.agenda.set(at.t + BATTERY_PERIOD, Timer::Battery);
    }

    fn battery(&self, index: usize) -> Option<Battery> {
        let gun = self.guns.get(index).filter(|gun| gun.is_charging())?;
        let (pack, charge) = (gun.battery.as_ref()?, gun.charge.as_ref()?);
        let (hottest_c, coldest_c) = pack.cells_c(self.limit_dw);
        let (highest_mv, _) = pack.cells_mv();
        let rated_dv = u64::from(gun.vehicle.voltage_dv) * 11 / 10;
        let capacity_wh = u64::from(gun.vehicle.capacity_wh);
        Some(Battery {
            gun_no: gun.no,
            work_state: gun.work_state(false),
            car_link: gun.car_link(),
            vin: gun.vehicle.vin.clone(),
            capacity_dah: narrow((capacity_wh * 100).checked_div(rated_dv).unwrap_or(0)),
            rated_dv: narrow(rated_dv),
            max_dv: narrow(gun.vehicle.highest_dv()),
            max_da: 2500,
            energy_dkwh: narrow(capacity_wh / 100),
            soc_start_dpct: u16::from(charge.soc_start) * 10,
            soc_dpct: pack.soc_per_mille(),
            demand_dv: narrow(pack.demand_dv()),
            demand_da: narrow(pack.demand_da()),
            constant_current: pack.is_in_bulk(),
            voltage_dv: narrow(pack.voltage_dv()),
            current_da: narrow(pack.current_da(self.limit_dw)),
            cell_cv: narrow(highest_mv / 10),
            remain_min: u32::from(pack.minutes_left(self.limit_dw)),
            hottest_c,
            coldest_c,
            full: pack.is_full(),
        })
    }

    /// 108, where the pile has it.
    pub(super) fn say_alarm_bits(&mut self, core: &mut Line, out: &mut Vec<Step>) {
        if !self.quirks.alarm_bits {
            return;
        }
        let mut bits = [0_u8; 32];
        for gun in &self.guns {
            let bit = usize::from(alarm_bit(gun.alarm));
            if let (true, Some(byte)) = (gun.alarm != 0, bits.get_mut(bit / 8)) {
                *byte |= 1 << (bit % 8);
            }
        }
        let body = up::alarm_bits(&self.code, &bits);
        self.say(core, 108, body, out);
    }
}

/// The bit of 108 that says the same as an alarm of the simulated pile.
const fn alarm_bit(alarm: u32) -> u8 {
    match alarm {
        3 | 100_005 | 341 => 1,
        1 | 339 => 2,
        35 | 433 => 23,
        1002 | 336 => 97,
        _ => 8,
    }
}

/// A number in its field; one that does not fit shows the largest.
fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn word(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}
