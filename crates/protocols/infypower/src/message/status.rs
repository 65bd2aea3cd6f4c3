//! Status of one gun: 104, 504, the Lvneng 109, and their answers.

use crate::clock::BcdTime;
use crate::codes::{
    AlarmCode, BmsMode, CarLink, GunType, LvnengAlarm, StartType, Strategy, WorkState,
};
use crate::value::{
    Ascii, Celsius, Cents32, Later, Millis32, Millis64, Reserved, Tenths16, Tenths32,
};

wire::message! {
    /// 104 and 504 up. 169 bytes in V2.0, 172 with temperatures, 223 in V2.8, 246 in V5.3.
    pub struct Status "status" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// number of guns (充电枪个数)
        gun_count: u8,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// kind of gun
        gun_type: GunType,
        /// work state
        work_state: WorkState,
        /// state of charge, %
        soc: u8,
        /// highest active alarm
        alarm_code: AlarmCode,
        /// plug
        car_link: CarLink,
        /// fee of the running session as computed by the pile, yuan
        fee_yuan: Cents32,
        /// internal
        internal2: Reserved<4>,
        /// internal
        internal3: Reserved<4>,
        /// DC output voltage, V
        dc_voltage_v: Tenths16,
        /// DC output current, A
        dc_current_a: Tenths16,
        /// voltage requested by the BMS, V
        bms_voltage_v: Tenths16,
        /// current requested by the BMS, A
        bms_current_a: Tenths16,
        /// what the BMS asks for
        bms_mode: BmsMode,
        /// phase A voltage, V
        ac_ua_v: Tenths16,
        /// phase B voltage, V
        ac_ub_v: Tenths16,
        /// phase C voltage, V
        ac_uc_v: Tenths16,
        /// phase A current, A
        ac_ia_a: Tenths16,
        /// phase B current, A
        ac_ib_a: Tenths16,
        /// phase C current, A
        ac_ic_a: Tenths16,
        /// estimated minutes to full
        remain_min: u16,
        /// charging time, seconds
        duration_s: u32,
        /// energy of the session, kWh
        energy_kwh: Cents32,
        /// meter before charging, kWh
        meter_start_kwh: Cents32,
        /// meter now, kWh
        meter_now_kwh: Cents32,
        /// who started it
        start_type: StartType,
        /// what ends it
        strategy: Strategy,
        /// seconds, 0.01 yuan or 0.01 kWh
        strategy_param: u32,
        /// 1: a reservation is set
        reserve_flag: u8,
        /// card number or platform user id (充电卡号/用户识别号)
        card_no: Ascii<32>,
        /// minutes a reserved gun is held
        reserve_timeout_min: u8,
        /// start (or reserved start) time
        start_time: BcdTime,
        /// card balance before charging, yuan
        card_balance_before_yuan: Cents32,
        /// upgrade mode, normally 0
        upgrade_mode: u32,
        /// charging power, kW
        power_kw: Tenths32,
        /// internal
        sys3: Reserved<4>,
        /// internal
        sys4: Reserved<4>,
        /// V2.8: plug state; else internal
        sys5: u32,
        /// longer forms
        temperatures: Later<StatusTemperatures>,
    }
}

wire::message! {
    /// From the 172-byte form on.
    pub struct StatusTemperatures "status, temperatures" {
        /// air outlet temperature, °C
        outlet_temp_c: Celsius,
        /// ambient temperature, °C
        ambient_temp_c: Celsius,
        /// gun temperature, °C
        gun_temp_c: Celsius,
        /// longer forms
        vehicle: Later<StatusVehicle>,
    }
}

wire::message! {
    /// From the 223-byte form on.
    pub struct StatusVehicle "status, vehicle and order" {
        /// vehicle identification number
        vin: Ascii<18>,
        /// cabinet door, 0 closed, 1 open
        door: u8,
        /// order number (充电流水号), echoed from the start
        order_no: Ascii<32>,
        /// longer form
        v53: Later<Status53>,
    }
}

wire::message! {
    /// The 246-byte form.
    pub struct Status53 "status, V5.3 part" {
        /// electricity part of the fee, yuan
        elec_fee_yuan: Cents32,
        /// service part of the fee, yuan
        service_fee_yuan: Cents32,
        /// the gun is back in its holder
        gun_home: u8,
        /// parking lock state
        ground_lock: u8,
        /// last digit of the energy, 0.001 kWh
        energy_milli: u8,
        /// AC side meter, kWh
        ac_meter_kwh: Cents32,
        /// charging mode (not public)
        charge_mode: u8,
        /// 0 charging, 1 discharging
        charge_discharge: u8,
        /// not public
        power_state: u8,
        /// gas alarm 1
        gas_1: u8,
        /// gas alarm 2
        gas_2: u8,
        /// smoke alarm 1
        smoke_1: u8,
        /// smoke alarm 2
        smoke_2: u8,
        /// fire warning level
        fire_level: u8,
    }
}

wire::message! {
    /// 109 up, Lvneng, 199 bytes.
    pub struct LvnengStatus "status (Lvneng)" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// number of guns (充电枪个数)
        gun_count: u8,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// kind of gun
        gun_type: GunType,
        /// work state
        work_state: WorkState,
        /// state of charge, %
        soc: u8,
        /// highest active alarm
        alarm_code: LvnengAlarm,
        /// plug
        car_link: CarLink,
        /// fee of the running session as computed by the pile, yuan
        fee_yuan: Cents32,
        /// clock of the pile
        pile_time: BcdTime,
        /// DC output voltage, V
        dc_voltage_v: Tenths16,
        /// DC output current, A
        dc_current_a: Tenths16,
        /// voltage requested by the BMS, V
        bms_voltage_v: Tenths16,
        /// current requested by the BMS, A
        bms_current_a: Tenths16,
        /// what the BMS asks for
        bms_mode: BmsMode,
        /// phase A voltage, V
        ac_ua_v: Tenths16,
        /// phase B voltage, V
        ac_ub_v: Tenths16,
        /// phase C voltage, V
        ac_uc_v: Tenths16,
        /// phase A current, A
        ac_ia_a: Tenths16,
        /// phase B current, A
        ac_ib_a: Tenths16,
        /// phase C current, A
        ac_ic_a: Tenths16,
        /// estimated minutes to full
        remain_min: u16,
        /// charging time, seconds
        duration_s: u32,
        /// energy of the session, kWh
        energy_kwh: Millis32,
        /// meter before charging, kWh
        meter_start_kwh: Millis64,
        /// meter now, kWh
        meter_now_kwh: Millis64,
        /// who started it
        start_type: StartType,
        /// reserved
        r30: Reserved<1>,
        /// reserved
        r31: Reserved<4>,
        /// reserved
        r32: Reserved<1>,
        /// order number when started by the platform, else card number
        order_or_card: Ascii<32>,
        /// reserved
        r34: Reserved<1>,
        /// reserved
        r35: Reserved<8>,
        /// electricity part of the fee, yuan
        elec_fee_yuan: Cents32,
        /// service part of the fee, yuan
        service_fee_yuan: Cents32,
        /// charging power, kW
        power_kw: Tenths32,
        /// reserved
        r39: Reserved<4>,
        /// reserved
        r40: Reserved<4>,
        /// reserved
        r41: Reserved<4>,
        /// air outlet temperature, °C
        outlet_temp_c: Celsius,
        /// ambient temperature, °C
        ambient_temp_c: Celsius,
        /// gun temperature, °C
        gun_temp_c: Celsius,
        /// vehicle identification number
        vin: Ascii<18>,
        /// reserved
        r46: Reserved<1>,
    }
}

wire::message! {
    /// 103 and 503 down.
    pub struct StatusAnswer "status answer" {
        /// 0
        reserved: Reserved<4>,
        /// gun of the report
        gun_no: u8,
        /// longer form
        report_now: Later<ReportNow>,
    }
}

wire::message! {
    /// The 6-byte form.
    pub struct ReportNow "status answer, report now" {
        /// 1: report again now
        report_now: u8,
    }
}

impl Status {
    /// Vehicle, door and order number, where the body reaches so far.
    pub fn vehicle(&self) -> Option<&StatusVehicle> {
        self.temperatures.get()?.vehicle.get()
    }

    /// What only V5.3 reports.
    pub fn v53(&self) -> Option<&Status53> {
        self.vehicle()?.v53.get()
    }
}
