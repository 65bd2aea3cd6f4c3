//! Records of finished charges and their answers: 202 and 201, 502 and 501, 222 and 221, the
//! Lvneng 203; history 401 and 402.

use crate::clock::BcdTime;
use crate::codes::{GunType, LvnengStop, StartType, StopReason, Strategy};
use crate::value::{
    Ascii, Cents16, Cents32, Later, Millis32, Millis64, Plate, Raw, Reserved, Slots,
};

wire::message! {
    /// 202 up. 256 bytes in V2.0, 288 with the order number, 304 with the sums per tariff.
    pub struct Record "charging record" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// kind of gun
        gun_type: GunType,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// card number or platform user id (充电卡号/用户识别号)
        card_no: Ascii<32>,
        /// start time
        start_time: BcdTime,
        /// end time
        end_time: BcdTime,
        /// charging time, seconds
        duration_s: u32,
        /// SOC at start, %
        soc_start: u8,
        /// SOC at end, %
        soc_end: u8,
        /// why it ended
        stop_reason: StopReason,
        /// energy of the session, kWh
        energy_kwh: Cents32,
        /// meter before charging, kWh
        meter_start_kwh: Cents32,
        /// meter after charging, kWh
        meter_end_kwh: Cents32,
        /// total amount as computed by the pile, yuan
        amount_yuan: Cents32,
        /// internal index of the record; 0 in old firmware
        internal_index: u32,
        /// card balance before charging, yuan
        card_balance_before_yuan: Cents32,
        /// index of this record in the memory of the pile
        record_index: u32,
        /// total records in the pile
        record_total: u32,
        /// reserved
        r21: Reserved<1>,
        /// what was to end it
        strategy: Strategy,
        /// seconds, 0.01 yuan or 0.01 kWh
        strategy_param: u32,
        /// vehicle identification number
        vin: Ascii<17>,
        /// licence plate
        plate: Plate,
        /// energy of the half hours, kWh
        periods_kwh: Slots<Cents16>,
        /// who started it
        start_type: StartType,
        /// longer forms
        order: Later<RecordOrder>,
    }
}

wire::message! {
    /// From the 288-byte form on.
    pub struct RecordOrder "charging record, order" {
        /// order number (充电流水号), echoed from the start
        order_no: Ascii<32>,
        /// longer form
        sums: Later<TariffSums>,
    }
}

wire::message! {
    /// Energy per tariff, scale not documented.
    pub struct TariffSums "charging record, sums per tariff" {
        /// tip (尖) energy
        tip_raw: u32,
        /// peak (峰) energy
        peak_raw: u32,
        /// flat (平) energy
        flat_raw: u32,
        /// valley (谷) energy
        valley_raw: u32,
    }
}

wire::message! {
    /// 502 up, V2.8: as 202 with wide numbers, whose scale is not documented.
    pub struct WideRecord "charging record, wide" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// kind of gun
        gun_type: GunType,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// card number or platform user id (充电卡号/用户识别号)
        card_no: Ascii<32>,
        /// start time
        start_time: BcdTime,
        /// end time
        end_time: BcdTime,
        /// charging time, seconds
        duration_s: u32,
        /// SOC at start, %
        soc_start: u8,
        /// SOC at end, %
        soc_end: u8,
        /// why it ended
        stop_reason: StopReason,
        /// energy
        energy_raw: u32,
        /// meter before
        meter_start_raw: u32,
        /// meter after
        meter_end_raw: u32,
        /// total amount as computed by the pile, yuan
        amount_yuan: Cents32,
        /// internal index of the record; 0 in old firmware
        internal_index: u32,
        /// card balance before charging, yuan
        card_balance_before_yuan: Cents32,
        /// index of this record in the memory of the pile
        record_index: u32,
        /// total records in the pile
        record_total: u32,
        /// reserved
        r21: Reserved<1>,
        /// what was to end it
        strategy: Strategy,
        /// seconds, 0.01 yuan or 0.01 kWh
        strategy_param: u32,
        /// vehicle identification number
        vin: Ascii<17>,
        /// licence plate
        plate: Plate,
        /// energy of the half hours
        periods_raw: Slots<u32>,
        /// who started it
        start_type: StartType,
        /// order number (充电流水号), echoed from the start
        order_no: Ascii<32>,
        /// sums per tariff
        sums: TariffSums,
    }
}

wire::message! {
    /// 222 up, V5.3, 434 bytes.
    pub struct Record53 "charging record (V5.3)" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// kind of gun
        gun_type: GunType,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// card number or platform user id (充电卡号/用户识别号)
        card_no: Ascii<32>,
        /// start time
        start_time: BcdTime,
        /// end time
        end_time: BcdTime,
        /// charging time, seconds
        duration_s: u32,
        /// SOC at start, %
        soc_start: u8,
        /// SOC at end, %
        soc_end: u8,
        /// why it ended
        stop_reason: StopReason,
        /// energy of the session, kWh
        energy_kwh: Millis32,
        /// meter before charging, kWh
        meter_start_kwh: Millis32,
        /// meter after charging, kWh
        meter_end_kwh: Millis32,
        /// total amount as computed by the pile, yuan
        amount_yuan: Cents32,
        /// internal index of the record
        internal_index: u32,
        /// card balance before charging, yuan
        card_balance_before_yuan: Cents32,
        /// index of this record in the memory of the pile
        record_index: u32,
        /// total records in the pile
        record_total: u32,
        /// reserved
        r21: Reserved<1>,
        /// what was to end it
        strategy: Strategy,
        /// seconds, 0.01 yuan or 0.01 kWh
        strategy_param: u32,
        /// vehicle identification number
        vin: Ascii<17>,
        /// licence plate
        plate: Plate,
        /// energy of the half hours, kWh
        periods_kwh: Slots<Millis32>,
        /// who started it
        start_type: StartType,
        /// order number (充电流水号), echoed from the start
        order_no: Ascii<32>,
        /// service part of the fee, yuan
        service_fee_yuan: Cents32,
        /// named "thousandth digit"; the energies have three decimals already
        energy_milli: u8,
        /// two guns on one vehicle
        parallel_flag: u8,
        /// 0 charge, 1 discharge
        v2g_flag: u8,
        /// encrypted meter data
        meter_encrypted: Reserved<34>,
        /// meter number
        meter_no: Raw<6>,
        /// meter protocol version
        meter_protocol: u16,
        /// meter encryption method
        meter_encrypt_method: u8,
    }
}

wire::message! {
    /// 203 up, Lvneng, 396 bytes.
    pub struct LvnengRecord "charging record (Lvneng)" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// kind of gun
        gun_type: GunType,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// card number or platform user id (充电卡号/用户识别号)
        card_no: Ascii<32>,
        /// start time
        start_time: BcdTime,
        /// end time
        end_time: BcdTime,
        /// charging time, seconds
        duration_s: u32,
        /// SOC at start, %
        soc_start: u8,
        /// SOC at end, %
        soc_end: u8,
        /// why it ended
        stop_reason: LvnengStop,
        /// energy of the session, kWh
        energy_kwh: Millis32,
        /// meter before charging, kWh
        meter_start_kwh: Millis64,
        /// meter after charging, kWh
        meter_end_kwh: Millis64,
        /// total amount as computed by the pile, yuan
        amount_yuan: Cents32,
        /// internal index of the record: the pile matches the answer by it
        internal_index: u32,
        /// reserved
        r18: Reserved<4>,
        /// reserved
        r19: Reserved<4>,
        /// reserved
        r20: Reserved<4>,
        /// reserved
        r21: Reserved<1>,
        /// reserved
        r22: Reserved<1>,
        /// reserved
        r23: Reserved<4>,
        /// vehicle identification number
        vin: Ascii<17>,
        /// licence plate
        plate: Plate,
        /// energy of the half hours, kWh
        periods_kwh: Slots<Millis32>,
        /// who started it
        start_type: StartType,
        /// order number (充电流水号), echoed from the start
        order_no: Ascii<32>,
        /// service part of the fee, yuan
        service_fee_yuan: Cents32,
    }
}

wire::message! {
    /// 402 up: a record out of the pile's memory.
    pub struct HistoryRecord "history record" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// index of this record in the memory of the pile
        record_index: u32,
        /// number of records
        record_count: u32,
        /// kind of gun
        gun_type: GunType,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// card number or platform user id (充电卡号/用户识别号)
        card_no: Ascii<32>,
        /// start time
        start_time: BcdTime,
        /// end time
        end_time: BcdTime,
        /// charging time, seconds
        duration_s: u32,
        /// SOC at start, %
        soc_start: u8,
        /// SOC at end, %
        soc_end: u8,
        /// why it ended
        stop_reason: StopReason,
        /// energy of the session, kWh
        energy_kwh: Cents32,
        /// meter before charging, kWh
        meter_start_kwh: Cents32,
        /// meter after charging, kWh
        meter_end_kwh: Cents32,
        /// total amount as computed by the pile, yuan
        amount_yuan: Cents32,
        /// reserved
        r19: Reserved<4>,
        /// card balance before charging, yuan
        card_balance_before_yuan: Cents32,
        /// reserved
        r21a: Reserved<4>,
        /// reserved
        r22: Reserved<4>,
        /// reserved
        r23: Reserved<1>,
        /// what was to end it
        strategy: Strategy,
        /// seconds, 0.01 yuan or 0.01 kWh
        strategy_param: u32,
        /// vehicle identification number
        vin: Ascii<17>,
        /// licence plate
        plate: Plate,
        /// energy of the half hours, kWh
        periods_kwh: Slots<Cents16>,
        /// who started it
        start_type: StartType,
    }
}

wire::message! {
    /// 401 down.
    pub struct HistoryAsk "history query" {
        /// 0
        reserved: Reserved<4>,
        /// first record
        start_index: u32,
        /// how many
        count: u32,
    }
}

wire::message! {
    /// 201 and 501 down.
    pub struct RecordAnswer "record answer" {
        /// 0
        reserved: Reserved<4>,
        /// gun of the record
        gun_no: u8,
        /// card number of the record
        card_no: Ascii<32>,
    }
}

wire::message! {
    /// 201 down, Lvneng: matched by the index.
    pub struct LvnengRecordAnswer "record answer (Lvneng)" {
        /// 0
        reserved: Reserved<4>,
        /// gun of the record
        gun_no: u8,
        /// order number of the record
        order_no: Ascii<32>,
        /// internal index of the record, echoed
        internal_index: u32,
    }
}

wire::message! {
    /// 221 down, V5.3.
    pub struct RecordAnswer53 "record answer (V5.3)" {
        /// 0
        reserved: Reserved<4>,
        /// gun of the record
        gun_no: u8,
        /// card number of the record
        card_no: Ascii<32>,
        /// internal index of the record, echoed
        internal_index: u32,
        /// 1: the amounts below are valid
        fee_valid: u8,
        /// original fee, yuan
        fee_original_yuan: Cents32,
        /// discount, yuan
        fee_discount_yuan: Cents32,
        /// fee to pay, yuan
        fee_actual_yuan: Cents32,
        /// balance of the user, yuan
        user_balance_yuan: Cents32,
        /// electricity part to pay, yuan
        elec_actual_yuan: Cents32,
        /// service part to pay, yuan
        service_actual_yuan: Cents32,
    }
}
