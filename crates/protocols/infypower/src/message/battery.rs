//! What the battery management says, as a pile passes it on: 302.

use crate::codes::{
    BatteryType, BmsMode, BsmFlag, CarLink, ChargeAllowed, Ownership, Readiness, VehicleFlag,
    WorkState,
};
use crate::value::{Ascii, Celsius, Cents32, Raw, Reserved, Scaled, Tenths32};

wire::message! {
    /// 302 up, V5.3, 194 bytes. The lengths follow the comments of the source, whose types
    /// contradict them in three places.
    pub struct Battery "BMS data" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// message counter
        msg_sn: u16,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// work state
        work_state: WorkState,
        /// plug
        car_link: CarLink,
        /// BMS protocol version (00 01 01 = 1.1)
        brm_version: Raw<3>,
        /// chemistry
        brm_battery_type: BatteryType,
        /// rated capacity, Ah
        brm_capacity_ah: Tenths32,
        /// rated voltage, V
        brm_voltage_v: Tenths32,
        /// maker, 4 characters
        brm_manufacturer: Ascii<4>,
        /// pack number
        brm_pack_no: u32,
        /// production year, byte order uncertain
        brm_year: u16,
        /// month
        brm_month: u8,
        /// day
        brm_day: u8,
        /// charge cycles
        brm_charge_count: u32,
        /// who owns it
        brm_ownership: Ownership,
        /// reserved
        r3: Reserved<1>,
        /// VIN
        brm_vin: Ascii<17>,
        /// BMS software version
        brm_bms_version: Raw<8>,
        /// highest allowed cell voltage, V
        bcp_cell_max_v: Cents32,
        /// highest allowed current, A
        bcp_max_current_a: Tenths32,
        /// nominal energy, kWh
        bcp_energy_kwh: Tenths32,
        /// highest allowed total voltage, V
        bcp_max_voltage_v: Tenths32,
        /// highest allowed temperature, °C
        bcp_max_temp_c: Celsius,
        /// SOC, %
        bcp_soc_pct: Scaled<u16, 1>,
        /// battery voltage, V
        bcp_voltage_v: Tenths32,
        /// whether the vehicle is ready
        bro_ready: Readiness,
        /// requested voltage, V
        bcl_voltage_v: Tenths32,
        /// requested current, A
        bcl_current_a: Tenths32,
        /// what it asks for
        bcl_mode: BmsMode,
        /// measured voltage, V
        bcs_voltage_v: Tenths32,
        /// measured current, A
        bcs_current_a: Tenths32,
        /// highest cell voltage, V
        bcs_cell_max_v: Cents32,
        /// its group
        bcs_cell_group: u8,
        /// SOC, %
        bcs_soc_pct: Scaled<u16, 1>,
        /// estimated minutes to full
        remain_min: u32,
        /// number of that cell
        bsm_cell_max_no: u8,
        /// highest temperature, °C
        bsm_temp_max_c: Celsius,
        /// its sensor
        bsm_temp_max_no: u8,
        /// lowest temperature, °C
        bsm_temp_min_c: Celsius,
        /// its sensor
        bsm_temp_min_no: u8,
        /// cell voltage
        bsm_cell_voltage_flag: BsmFlag,
        /// soc
        bsm_soc_flag: BsmFlag,
        /// overcurrent
        bsm_overcurrent_flag: BsmFlag,
        /// overtemp
        bsm_overtemp_flag: BsmFlag,
        /// insulation
        bsm_insulation_flag: BsmFlag,
        /// connector
        bsm_connector_flag: BsmFlag,
        /// whether it may be charged
        bsm_charge_allowed: ChargeAllowed,
        /// soc reached
        bst_soc_reached: VehicleFlag,
        /// total voltage reached
        bst_total_voltage_reached: VehicleFlag,
        /// cell voltage reached
        bst_cell_voltage_reached: VehicleFlag,
        /// charger stop
        bst_charger_stop: VehicleFlag,
        /// insulation fault
        bst_insulation_fault: VehicleFlag,
        /// out connector overtemp
        bst_out_connector_overtemp: VehicleFlag,
        /// bms part overtemp
        bst_bms_part_overtemp: VehicleFlag,
        /// charge connector fault
        bst_charge_connector_fault: VehicleFlag,
        /// pack overtemp
        bst_pack_overtemp: VehicleFlag,
        /// hv relay fault
        bst_hv_relay_fault: VehicleFlag,
        /// cc2 voltage fault
        bst_cc2_voltage_fault: VehicleFlag,
        /// other fault
        bst_other_fault: VehicleFlag,
        /// overcurrent
        bst_overcurrent: VehicleFlag,
        /// voltage abnormal
        bst_voltage_abnormal: VehicleFlag,
        /// final SOC, %
        bsd_soc_pct: Scaled<u16, 1>,
        /// lowest cell voltage, V
        bsd_cell_min_v: Cents32,
        /// highest cell voltage, V
        bsd_cell_max_v: Cents32,
        /// lowest temperature, °C
        bsd_temp_min_c: Celsius,
        /// highest temperature, °C
        bsd_temp_max_c: Celsius,
        /// crm00 timeout
        bem_crm00_timeout: VehicleFlag,
        /// crmaa timeout
        bem_crmaa_timeout: VehicleFlag,
        /// cml cts timeout
        bem_cml_cts_timeout: VehicleFlag,
        /// cro timeout
        bem_cro_timeout: VehicleFlag,
        /// ccs timeout
        bem_ccs_timeout: VehicleFlag,
        /// cst timeout
        bem_cst_timeout: VehicleFlag,
        /// csd timeout
        bem_csd_timeout: VehicleFlag,
        /// free
        bem_other: u8,
    }
}

wire::message! {
    /// 302 up of older piles, 212 bytes: the messages of GB/T 27930 one behind the other.
    pub struct RawBattery "BMS data, raw" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// identification
        brm: Raw<64>,
        /// vehicle
        vbi: Raw<64>,
        /// charging parameters
        bcp: Raw<16>,
        /// readiness
        bro: Raw<8>,
        /// demand
        bcl: Raw<8>,
        /// charging state
        bcs: Raw<16>,
        /// battery state
        bsm: Raw<8>,
        /// stop
        bst: Raw<8>,
        /// statistics
        bsd: Raw<8>,
        /// errors
        bem: Raw<8>,
    }
}
