//! Battery reports: 302 of V5.3. The raw messages of older piles are kept in the log only.

use super::station::Station;
use crate::message::Battery;
use crate::value::Celsius;
use device::{BatteryReport, ChargeKey, Event, Output, VehicleReport};
use kernel::{Current, PortNo, Timestamp, Voltage};

/// Volts and amperes beyond which a value is none, in tenths.
const TENTHS_MAX: u32 = 20_000;

impl Station {
    /// What the battery says; the vehicle itself once for each charge.
    pub(super) fn battery(&mut self, message: &Battery, now: Timestamp, out: &mut Output) {
        let Some(port) = Self::port_of(message.gun_no) else {
            return;
        };
        let Some(charge) = self.running_at(port) else {
            return;
        };
        let soc = u8::try_from(message.bcs_soc_pct.0 / 10).ok();
        let report = BatteryReport {
            charge: charge.clone(),
            port,
            soc: soc.filter(|soc| *soc <= 100),
            demand_voltage: voltage(message.bcl_voltage_v.0),
            demand_current: current(message.bcl_current_a.0),
            measured_voltage: voltage(message.bcs_voltage_v.0),
            measured_current: current(message.bcs_current_a.0),
            max_cell_mv: message
                .bcs_cell_max_v
                .0
                .checked_mul(10)
                .filter(|millivolts| (1..=10_000).contains(millivolts)),
            max_temp_c: Celsius::degrees(message.bsm_temp_max_c),
            min_temp_c: Celsius::degrees(message.bsm_temp_min_c),
            remaining_min: u16::try_from(message.remain_min)
                .ok()
                .filter(|left| *left > 0),
        };
        self.tell(Event::Battery(report), now, out);
        self.vehicle_seen(message, charge, port, now, out);
    }

    fn vehicle_seen(
        &mut self,
        message: &Battery,
        charge: ChargeKey,
        port: PortNo,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(gun) = self.guns.get_mut(port) else {
            return;
        };
        if gun.vehicle_told.as_ref() == Some(&charge) {
            return;
        }
        gun.vehicle_told = Some(charge.clone());
        let values = vec![
            (
                "battery_type",
                i64::from(u8::from(message.brm_battery_type)),
            ),
            ("capacity_dah", i64::from(message.brm_capacity_ah.0)),
            ("rated_dv", i64::from(message.brm_voltage_v.0)),
            ("max_dv", i64::from(message.bcp_max_voltage_v.0)),
            ("max_da", i64::from(message.bcp_max_current_a.0)),
            ("energy_dkwh", i64::from(message.bcp_energy_kwh.0)),
            ("cycles", i64::from(message.brm_charge_count)),
        ];
        let report = VehicleReport {
            charge,
            port,
            vin: message.brm_vin.id().map(str::to_owned),
            values,
        };
        self.tell(Event::Vehicle(report), now, out);
    }
}

fn voltage(tenths: u32) -> Option<Voltage> {
    (1..=TENTHS_MAX)
        .contains(&tenths)
        .then(|| Voltage(i64::from(tenths)))
}

fn current(tenths: u32) -> Option<Current> {
    (tenths <= TENTHS_MAX).then(|| Current(i64::from(tenths) * 100))
}
