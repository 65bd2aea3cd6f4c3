//! What battery and charger say to each other (GB/T 27930): 15 to 25. Only DC piles send them,
//! and none is answered.

use super::SessionHead;
use crate::codes::{
    self, BatteryPermission, BatteryStatus, BatteryType, BmsAbortError, BmsAbortFault,
    BmsAbortReason, BmsErrors, ChargeMode, ChargerAbortError, ChargerAbortFault,
    ChargerAbortReason,
};
use crate::value::{Ident, U24};
use wire::Text;

wire::message! {
    /// Handshake, 15 up.
    pub struct BmsHandshake "BMS handshake" {
        /// session
        head: SessionHead,
        /// BMS protocol version
        bms_protocol_version: Ident<3>,
        /// kind of battery
        battery_type: BatteryType,
        /// rated capacity, 0.1 Ah
        rated_capacity: u16,
        /// rated voltage, 0.1 V
        rated_voltage: u16,
        /// battery vendor
        battery_vendor: Text<4>,
        /// battery serial number
        battery_serial: u32,
        /// year made, from 1985
        made_year: u8,
        /// month made
        made_month: u8,
        /// day made
        made_day: u8,
        /// number of charges
        charge_count: U24,
        /// who owns the battery
        ownership: codes::Ownership,
        /// reserved
        reserved: u8,
        /// vehicle identification number, reading order
        vin: Text<17>,
        /// BMS software version
        bms_software_version: Ident<8>,
    }
}

wire::message! {
    /// Parameter configuration, 17 up.
    pub struct BmsParameters "BMS parameter configuration" {
        /// session
        head: SessionHead,
        /// highest cell voltage allowed, 0.01 V
        cell_max_voltage: u16,
        /// highest current allowed, 0.1 A, offset -400 A
        max_current: u16,
        /// nominal energy, 0.1 kWh
        nominal_energy: u16,
        /// highest voltage allowed, 0.1 V
        max_voltage: u16,
        /// highest temperature allowed, °C + 50
        max_temp: u8,
        /// state of charge, 0.1 %
        soc: u16,
        /// present battery voltage, 0.1 V
        battery_voltage: u16,
        /// highest output voltage of the pile, 0.1 V
        pile_max_voltage: u16,
        /// lowest output voltage of the pile, 0.1 V
        pile_min_voltage: u16,
        /// highest output current of the pile, 0.1 A, offset -400 A
        pile_max_current: u16,
        /// lowest output current of the pile, 0.1 A, offset -400 A
        pile_min_current: u16,
    }
}

wire::message! {
    /// Charge end, 19 up.
    pub struct BmsEnd "BMS charge end" {
        /// session
        head: SessionHead,
        /// state of charge at the end, %
        end_soc: u8,
        /// lowest cell voltage, 0.01 V
        cell_min_voltage: u16,
        /// highest cell voltage, 0.01 V
        cell_max_voltage: u16,
        /// lowest temperature, °C + 50
        min_temp: u8,
        /// highest temperature, °C + 50
        max_temp: u8,
        /// charged, minutes
        charged_minutes: u16,
        /// energy given out, 0.1 kWh
        output_energy: u16,
        /// number of the charger, from 1
        charger_no: u32,
    }
}

wire::message! {
    /// Messages that did not come in time, 1B up.
    pub struct BmsError "BMS error" {
        /// session
        head: SessionHead,
        /// 2-bit groups: 01 timeout, 10 not trustworthy
        error_bits: BmsErrors,
    }
}

wire::message! {
    /// The battery ends the charge, 1D up.
    pub struct BmsAbort "BMS abort" {
        /// session
        head: SessionHead,
        /// why
        reason_bits: BmsAbortReason,
        /// fault behind it
        fault_bits: BmsAbortFault,
        /// error behind it
        error_bits: BmsAbortError,
    }
}

wire::message! {
    /// The charger ends the charge, 21 up.
    pub struct ChargerAbort "charger abort" {
        /// session
        head: SessionHead,
        /// why
        reason_bits: ChargerAbortReason,
        /// fault behind it
        fault_bits: ChargerAbortFault,
        /// error behind it
        error_bits: ChargerAbortError,
    }
}

wire::message! {
    /// What the battery asks for and what it gets, 23 up.
    pub struct BmsDemand "BMS demand and charger output" {
        /// session
        head: SessionHead,
        /// voltage that the battery asks for, 0.1 V
        demand_voltage: u16,
        /// current that the battery asks for, 0.1 A, offset -400 A, either sign
        demand_current: u16,
        /// constant voltage or current
        charge_mode: ChargeMode,
        /// voltage that the battery measures, 0.1 V
        measured_voltage: u16,
        /// current that the battery measures, 0.1 A, offset -400 A, either sign
        measured_current: u16,
        /// highest cell: bits 0-11 voltage in 0.01 V, bits 12-15 group
        max_cell: u16,
        /// state of charge, %
        soc: u8,
        /// remaining time, minutes
        remaining_minutes: u16,
        /// output voltage of the pile, 0.1 V
        output_voltage: u16,
        /// output current of the pile, 0.1 A, offset -400 A, either sign
        output_current: u16,
        /// charged so far, minutes
        charged_minutes: u16,
    }
}

wire::message! {
    /// State of the battery, 25 up.
    pub struct BmsInfo "BMS information" {
        /// session
        head: SessionHead,
        /// number of the cell with the highest voltage, from 1
        max_voltage_cell_no: u8,
        /// highest temperature, °C + 50
        max_temp: u8,
        /// where it was measured, from 1
        max_temp_point: u8,
        /// lowest temperature, °C + 50
        min_temp: u8,
        /// where it was measured, from 1
        min_temp_point: u8,
        /// cell voltage, SOC, current, temperature
        status_bits_1: BatteryStatus,
        /// insulation, connector, permission
        status_bits_2: BatteryPermission,
    }
}
