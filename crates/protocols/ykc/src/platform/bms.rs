//! What battery and charger say to each other: shown and kept, never billed by. Nothing of it is
//! answered.

use super::pile::{Pile, key_of};
use super::words;
use crate::message::{
    BmsAbort, BmsDemand, BmsEnd, BmsError, BmsHandshake, BmsInfo, BmsParameters, ChargerAbort,
    SessionHead,
};
use device::{BatteryReport, ChargeKey, Event, Fault, Output, VehicleReport};
use kernel::{PortNo, Timestamp};

/// Faults of one session that are remembered, to end their alarms with the next one.
const FAULTS_MAX: usize = 8;

impl Pile {
    pub(super) fn handshake(&mut self, message: &BmsHandshake, now: Timestamp, out: &mut Output) {
        let [_, day, month, low, high, ..] = message.bms_software_version.0;
        let values = vec![
            ("battery_type", u8::from(message.battery_type).into()),
            ("rated_capacity_0_1ah", message.rated_capacity.into()),
            ("rated_voltage_0_1v", message.rated_voltage.into()),
            ("battery_serial", message.battery_serial.into()),
            ("made_year", i64::from(message.made_year) + 1985),
            ("made_month", message.made_month.into()),
            ("made_day", message.made_day.into()),
            ("charge_count", message.charge_count.0.into()),
            ("ownership", u8::from(message.ownership).into()),
            ("bms_software_year", u16::from_le_bytes([low, high]).into()),
            ("bms_software_month", month.into()),
            ("bms_software_day", day.into()),
        ];
        let vin = words::vin(&message.vin.text());
        self.vehicle(&message.head, vin, values, now, out);
    }

    pub(super) fn parameters(&mut self, message: &BmsParameters, now: Timestamp, out: &mut Output) {
        let current = |raw: u16| i64::from(words::bms_current_raw(raw));
        let values = vec![
            ("cell_max_voltage_0_01v", message.cell_max_voltage.into()),
            ("max_current_0_1a", current(message.max_current)),
            ("nominal_energy_0_1kwh", message.nominal_energy.into()),
            ("max_voltage_0_1v", message.max_voltage.into()),
            ("max_temp_c", i64::from(message.max_temp) - 50),
            ("start_soc_0_1", message.soc.into()),
            ("battery_voltage_0_1v", message.battery_voltage.into()),
            ("pile_max_voltage_0_1v", message.pile_max_voltage.into()),
            ("pile_min_voltage_0_1v", message.pile_min_voltage.into()),
            ("pile_max_current_0_1a", current(message.pile_max_current)),
            ("pile_min_current_0_1a", current(message.pile_min_current)),
        ];
        self.vehicle(&message.head, None, values, now, out);
    }

    pub(super) fn battery_end(&mut self, message: &BmsEnd, now: Timestamp, out: &mut Output) {
        let values = vec![
            ("end_soc", message.end_soc.into()),
            (
                "end_cell_min_voltage_0_01v",
                message.cell_min_voltage.into(),
            ),
            (
                "end_cell_max_voltage_0_01v",
                message.cell_max_voltage.into(),
            ),
            ("end_min_temp_c", i64::from(message.min_temp) - 50),
            ("end_max_temp_c", i64::from(message.max_temp) - 50),
            ("end_charged_min", message.charged_minutes.into()),
            ("end_output_0_1kwh", message.output_energy.into()),
            ("charger_no", i64::from(message.charger_no) + 1),
        ];
        self.vehicle(&message.head, None, values, now, out);
        self.battery(&message.head, now, out, |report| {
            report.soc = words::soc(message.end_soc);
            report.max_cell_mv = Some(u32::from(message.cell_max_voltage) * 10);
            report.max_temp_c = words::temperature(message.max_temp);
            report.min_temp_c = words::temperature(message.min_temp);
        });
    }

    pub(super) fn demand(&mut self, message: &BmsDemand, now: Timestamp, out: &mut Output) {
        self.battery(&message.head, now, out, |report| {
            report.soc = words::soc(message.soc);
            report.demand_voltage = words::voltage(message.demand_voltage);
            report.demand_current = words::bms_current(message.demand_current);
            report.measured_voltage = words::voltage(message.measured_voltage);
            report.measured_current = words::bms_current(message.measured_current);
            // The highest four bits are the group.
            report.max_cell_mv = Some(u32::from(message.max_cell & 0x0FFF) * 10);
            report.remaining_min = Some(message.remaining_minutes);
        });
    }

    pub(super) fn battery_info(&mut self, message: &BmsInfo, now: Timestamp, out: &mut Output) {
        self.battery(&message.head, now, out, |report| {
            report.max_temp_c = words::temperature(message.max_temp);
            report.min_temp_c = words::temperature(message.min_temp);
        });
        let code = u32::from(u8::from(crate::codes::FrameType::BmsInfo)) << 16
            | u32::from(message.status_bits_1.0) << 8
            | u32::from(message.status_bits_2.0);
        for fault in [message.status_bits_1.fault(), message.status_bits_2.fault()] {
            self.session_fault(&message.head, fault, code, Vec::new(), now, out);
        }
    }

    pub(super) fn bms_error(&mut self, message: &BmsError, now: Timestamp, out: &mut Output) {
        let bits = u64::from_le_bytes(message.error_bits.0);
        let values = vec![("error_bits", bits.cast_signed())];
        let code = u32::from(u8::from(crate::codes::FrameType::BmsError));
        let fault = message.error_bits.fault();
        self.session_fault(&message.head, fault, code, values, now, out);
    }

    pub(super) fn bms_abort(&mut self, message: &BmsAbort, now: Timestamp, out: &mut Output) {
        let values = vec![
            ("reason_bits", message.reason_bits.0.into()),
            ("fault_bits", message.fault_bits.0.into()),
            ("error_bits", message.error_bits.0.into()),
        ];
        let code = u32::from(u8::from(crate::codes::FrameType::BmsAbort));
        let fault = message.fault_bits.fault().or(message.error_bits.fault());
        self.session_fault(&message.head, fault, code, values, now, out);
    }

    pub(super) fn charger_abort(
        &mut self,
        message: &ChargerAbort,
        now: Timestamp,
        out: &mut Output,
    ) {
        let values = vec![
            ("reason_bits", message.reason_bits.0.into()),
            ("fault_bits", message.fault_bits.0.into()),
            ("error_bits", message.error_bits.0.into()),
        ];
        let code = u32::from(u8::from(crate::codes::FrameType::ChargerAbort));
        let fault = message.fault_bits.fault().or(message.error_bits.fault());
        self.session_fault(&message.head, fault, code, values, now, out);
    }

    fn vehicle(
        &mut self,
        head: &SessionHead,
        vin: Option<String>,
        values: Vec<(&'static str, i64)>,
        now: Timestamp,
        out: &mut Output,
    ) {
        if let Some(port) = self.port_of(head.gun_no.number()) {
            let report = VehicleReport {
                charge: charge_of(head),
                port,
                vin,
                values,
            };
            self.tell(Event::Vehicle(report), now, out);
        }
    }

    fn battery(
        &mut self,
        head: &SessionHead,
        now: Timestamp,
        out: &mut Output,
        fill: impl FnOnce(&mut BatteryReport),
    ) {
        let Some(port) = self.port_of(head.gun_no.number()) else {
            return;
        };
        let mut report = BatteryReport {
            charge: charge_of(head),
            port,
            soc: None,
            demand_voltage: None,
            demand_current: None,
            measured_voltage: None,
            measured_current: None,
            max_cell_mv: None,
            max_temp_c: None,
            min_temp_c: None,
            remaining_min: None,
        };
        fill(&mut report);
        self.tell(Event::Battery(report), now, out);
    }

    /// A fault of a session: an alarm, once in a session, which ends with the next one.
    fn session_fault(
        &mut self,
        head: &SessionHead,
        fault: Option<Fault>,
        code: u32,
        values: Vec<(&'static str, i64)>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let gun = head.gun_no.number();
        let (Some(port), Some(fault)) = (self.port_of(gun), fault) else {
            return;
        };
        let memory = self.gun(gun, now);
        if memory.session_faults.contains(&fault) || memory.session_faults.len() == FAULTS_MAX {
            return;
        }
        memory.session_faults.push(fault);
        self.alarm(Some(port), (Some(fault), code), true, values, now, out);
    }

    /// A new session has begun: what was wrong with the last one is over.
    pub(super) fn clear_session_faults(
        &mut self,
        gun: u8,
        port: PortNo,
        now: Timestamp,
        out: &mut Output,
    ) {
        for fault in std::mem::take(&mut self.gun(gun, now).session_faults) {
            let what = (Some(fault), fault.code());
            self.alarm(Some(port), what, false, Vec::new(), now, out);
        }
    }
}

fn charge_of(head: &SessionHead) -> ChargeKey {
    if head.transaction_no.is_zero() {
        ChargeKey::Port
    } else {
        key_of(head.transaction_no)
    }
}
