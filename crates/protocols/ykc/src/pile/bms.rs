//! What the pile says of the battery (DC), and the record of a session.

use super::gun::Transaction;
use super::profile::RecordForm;
use super::reports::{celsius, narrow};
use super::setup::Kind;
use super::station::Station;
use super::{Core, Moment, Step};
use crate::clock::Cp56Time;
use crate::codes::{
    BatteryPermission, BatteryStatus, BatteryType, ChargeMode, ChargerAbortError,
    ChargerAbortFault, ChargerAbortReason, FaultBits, Ownership, StartFlag, StopReason,
};
use crate::message::{
    self, Body, DeepValley, MeterData, Period, Periods, Record, RecordHead, RecordTotals,
    SessionHead,
};
use crate::value::{Ident, U24, U40};
use ::pile::Battery;
use kernel::Timestamp;
use wire::Text;

/// Currents begin at -400 A.
const CURRENT_OFFSET: u16 = 4_000;
impl Station {
    fn session_head(&self, index: usize) -> Option<SessionHead> {
        let gun = self.guns.get(index)?;
        let session = gun.session.as_ref()?;
        Some(self.head(gun.no, session.terms.transaction))
    }

    /// 0x15.
    pub(super) fn say_handshake(&mut self, core: &mut Core, index: usize, out: &mut Vec<Step>) {
        let (Some(head), Some(gun)) = (self.session_head(index), self.guns.get(index)) else {
            return;
        };
        let vehicle = &gun.vehicle;
        let capacity = u64::from(vehicle.capacity_wh) * 100 / u64::from(vehicle.voltage_dv.max(1));
        let handshake = message::BmsHandshake {
            head,
            bms_protocol_version: Ident([0x01, 0x01, 0x00]),
            battery_type: BatteryType::LithiumIronPhosphate,
            rated_capacity: narrow(capacity),
            rated_voltage: vehicle.voltage_dv,
            battery_vendor: Text(*b"CATL"),
            battery_serial: 1,
            made_year: 2023_u16.wrapping_sub(1985).to_le_bytes()[0],
            made_month: 6,
            made_day: 15,
            charge_count: U24(123),
            ownership: Ownership::Vehicle,
            reserved: 0,
            vin: Text::padded(&vehicle.vin).unwrap_or(Text([0; 17])),
            bms_software_version: Ident([0x10, 0x01, 0x06, 0xE7, 0x07, 0xFF, 0xFF, 0xFF]),
        };
        self.say(core, Body::BmsHandshake(Box::new(handshake)), out);
    }

    /// 0x17.
    pub(super) fn say_parameters(&mut self, core: &mut Core, index: usize, out: &mut Vec<Step>) {
        let (Some(head), Some(gun)) = (self.session_head(index), self.guns.get(index)) else {
            return;
        };
        let Some(battery) = gun.battery else {
            return;
        };
        let highest = gun.vehicle.highest_dv();
        let cells = u64::from(gun.vehicle.cells.max(1));
        let parameters = message::BmsParameters {
            head,
            cell_max_voltage: narrow(highest * 10 / cells),
            max_current: self.current(narrow(battery.demand_da())),
            nominal_energy: narrow(u64::from(gun.vehicle.capacity_wh) / 100),
            max_voltage: narrow(highest),
            max_temp: 50 + 55,
            soc: battery.soc_per_mille(),
            battery_voltage: narrow(battery.voltage_dv()),
            pile_max_voltage: 7_500,
            pile_min_voltage: 2_000,
            pile_max_current: self.current(2_500),
            pile_min_current: self.current(10),
        };
        self.say(core, Body::BmsParameters(parameters), out);
    }

    /// A current of 0.1 A on the scale of the battery frames, with the sign of this pile.
    fn current(&self, da: u16) -> u16 {
        if self.habits.negative_current {
            CURRENT_OFFSET.saturating_sub(da)
        } else {
            CURRENT_OFFSET.saturating_add(da)
        }
    }

    /// 0x23 and 0x25, with every real-time frame of a charging DC gun.
    pub(super) fn say_battery(&mut self, core: &mut Core, index: usize, out: &mut Vec<Step>) {
        if self.kind == Kind::Ac {
            return;
        }
        let limit = self.limit_dw();
        let (Some(head), Some(gun)) = (self.session_head(index), self.guns.get(index)) else {
            return;
        };
        let (Some(battery), Some(session)) = (gun.battery, gun.session.as_ref()) else {
            return;
        };
        let (voltage, current) = self.output(&battery, gun.power_dw(limit));
        let cell = narrow(battery.cells_mv().0 / 10) & 0x0FFF;
        let (hot, cold) = battery.cells_c(limit);
        let demand = message::BmsDemand {
            head: head.clone(),
            demand_voltage: narrow(battery.demand_dv()),
            demand_current: self.current(narrow(battery.demand_da())),
            charge_mode: if battery.is_in_bulk() {
                ChargeMode::ConstantCurrent
            } else {
                ChargeMode::ConstantVoltage
            },
            measured_voltage: voltage.saturating_sub(3),
            measured_current: self.current(current.saturating_sub(5)),
            max_cell: cell | 0x1000,
            soc: battery.soc(),
            remaining_minutes: battery.minutes_left(limit),
            output_voltage: voltage,
            output_current: self.current(current),
            charged_minutes: session.minutes(),
        };
        self.say(core, Body::BmsDemand(demand), out);
        let info = message::BmsInfo {
            head,
            max_voltage_cell_no: 11,
            max_temp: celsius(hot),
            max_temp_point: 3,
            min_temp: celsius(cold),
            min_temp_point: 9,
            status_bits_1: BatteryStatus(0),
            status_bits_2: BatteryPermission(0x10),
        };
        self.say(core, Body::BmsInfo(info), out);
    }

    /// 0x19, of a DC session that had charged.
    pub(super) fn say_end(&mut self, core: &mut Core, index: usize, out: &mut Vec<Step>) {
        if self.kind == Kind::Ac {
            return;
        }
        let rounding = self.habits.rounding;
        let (Some(head), Some(gun)) = (self.session_head(index), self.guns.get(index)) else {
            return;
        };
        let Some(session) = gun.session.as_ref().filter(|it| it.is_charging()) else {
            return;
        };
        // The plug may be out already; then the pile tells what it knew at the start.
        let battery = gun.battery.unwrap_or_else(|| {
            let mut battery = Battery::of(&gun.vehicle);
            battery.set_soc(session.soc);
            battery
        });
        let (high, low) = battery.cells_mv();
        let (hot, cold) = battery.cells_c(0);
        let end = message::BmsEnd {
            head,
            end_soc: battery.soc(),
            cell_min_voltage: narrow(low / 10),
            cell_max_voltage: narrow(high / 10),
            min_temp: celsius(cold),
            max_temp: celsius(hot),
            charged_minutes: session.minutes(),
            output_energy: narrow(u64::from(session.bill(rounding).energy) / 1_000),
            charger_no: u32::from(gun.no),
        };
        self.say(core, Body::BmsEnd(end), out);
    }

    /// 0x21: the charger ends a DC session because of a fault.
    pub(super) fn say_abort(
        &mut self,
        core: &mut Core,
        index: usize,
        bits: FaultBits,
        out: &mut Vec<Step>,
    ) {
        if self.kind == Kind::Ac {
            return;
        }
        let Some(head) = self.session_head(index) else {
            return;
        };
        let fault = if bits.0 & FaultBits::EMERGENCY_STOP.0 != 0 {
            0x0100
        } else if bits.0 & FaultBits::OUTLET_TOO_HOT.0 != 0 {
            0x0001
        } else {
            0x0400
        };
        let abort = message::ChargerAbort {
            head,
            reason_bits: ChargerAbortReason(0x10),
            fault_bits: ChargerAbortFault(fault),
            error_bits: ChargerAbortError(0),
        };
        self.say(core, Body::ChargerAbort(abort), out);
    }

    /// A due record goes out, once more or for the first time.
    pub(super) fn say_due_record(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        let every = core.clock.patience(self.habits.record_every);
        let tries = self.habits.record_tries;
        let online = core.is_up();
        let Some(due) = self.records.take_due(at.t, every, tries) else {
            return;
        };
        if !online {
            self.records.hold();
            return;
        }
        let (transaction, record, attempt) = (due.transaction, due.record.clone(), due.tries);
        let event = super::Event::EndReported {
            port: super::station::port_no(super::words::gun_of(&transaction)),
            session: super::station::session(&transaction),
            attempt,
        };
        core.note(at, event, out);
        self.say(core, Body::Record(Box::new(record)), out);
    }

    /// The record of the session on a gun, as it stands.
    pub(super) fn record(&self, at: Moment, index: usize, reason: StopReason) -> Option<Record> {
        let gun = self.guns.get(index)?;
        let session = gun.session.as_ref()?;
        let metered = session.bill(self.habits.rounding);
        let bill = metered.times(self.habits.energy_factor);
        let invented = bill.energy - metered.energy;
        let ended = at.civil;
        // A pile that lives faster than its calendar still tells how long it charged.
        let lasted = i64::try_from(session.elapsed_ms()).unwrap_or(i64::MAX);
        let began = Timestamp(ended.0.saturating_sub(lasted));
        let vin = match (self.kind, session.began) {
            (Kind::Dc, Some(_)) => gun.vehicle.vin.as_str(),
            _ => "",
        };
        let card = match session.terms.flag {
            // Captured records of app sessions hold whatever 0x34 carried.
            StartFlag::Vin => [0; 8],
            _ => session.terms.card,
        };
        Some(Record {
            head: RecordHead {
                head: self.head(gun.no, session.terms.transaction),
                start_time: Cp56Time::from(began),
                end_time: Cp56Time::from(ended),
            },
            meter: self.meter_data(gun.no),
            periods: self.periods(session, &bill),
            deep_valley: match self.habits.record {
                RecordForm::Five => Some(DeepValley::of(Period::default())),
                _ => None,
            },
            totals: RecordTotals {
                meter_start: U40(gun.meter_start_steps()),
                meter_end: U40(gun.meter_steps() + u64::from(invented)),
                total_energy: bill.energy,
                total_loss_energy: if self.habits.fills_loss {
                    bill.loss_energy
                } else {
                    0
                },
                total_amount: bill.amount,
                vin: Text::padded(vin).unwrap_or(Text([0; 17])),
                start_flag: session.terms.flag,
                transaction_time: Cp56Time::from(ended),
                stop_reason: if self.habits.hides_reason {
                    StopReason::None
                } else {
                    reason
                },
                physical_card: Ident(card),
            },
        })
    }

    fn meter_data(&self, gun: u8) -> Option<MeterData> {
        (self.habits.record == RecordForm::V17).then_some(MeterData {
            meter_no: Ident([0x01, 0, 0, 0, 0, gun]),
            meter_cipher: Ident([0x8B; 34]),
            meter_protocol_version: 1,
            meter_cipher_method: 1,
        })
    }

    fn periods(&self, session: &super::gun::Session, bill: &super::billing::Bill) -> Periods {
        let mut kind = 0;
        Periods::of(bill.parts.map(|part| {
            let price = session.model.prices.get(kind).copied().unwrap_or_default();
            kind += 1;
            let unit_price = if self.habits.hides_service {
                price.energy
            } else {
                part.unit_price
            };
            if self.habits.record == RecordForm::Zero {
                return Period {
                    unit_price,
                    ..Period::default()
                };
            }
            Period {
                unit_price,
                energy: part.energy,
                loss_energy: if self.habits.fills_loss {
                    part.loss_energy
                } else {
                    0
                },
                amount: part.amount,
            }
        }))
    }
}

/// Whose record it is.
pub(super) fn transaction_of(record: &Record) -> Transaction {
    record.head.head.transaction_no.0
}
