//! What the platform orders and how a pile answers: start 7 and 8, control 5 and 6, integer
//! parameters 1 and 2, character parameters 3 and 4.

use crate::clock::BcdTime;
use crate::codes::{
    CommandResult, ControlAddress, NumberParam, ParamOp, StartMode, StartResult, StartStrategy,
    TextParam,
};
use crate::value::{Ascii, Cents32, HexTail, Later, Reserved};
use wire::Tail;

wire::message! {
    /// 7 down. 67 bytes in V2.0, 99 with an order number, 105 in V5.3.
    pub struct Start "start charging" {
        /// 0
        reserved: Reserved<4>,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// when
        start_mode: StartMode,
        /// digits the user must type on the screen to stop, 0 none
        stop_password: u32,
        /// what ends it
        strategy: StartStrategy,
        /// seconds, 0.01 yuan or 0.01 kWh
        strategy_param: u32,
        /// start (or reserved start) time
        start_time: BcdTime,
        /// minutes a reserved gun is held
        reserve_timeout_min: u8,
        /// card number or platform user id (充电卡号/用户识别号)
        card_no: Ascii<32>,
        /// 1: go on charging when the connection is lost
        offline_allowed: u8,
        /// energy allowed while offline, kWh
        offline_energy_kwh: Cents32,
        /// longer forms
        order: Later<StartOrder>,
    }
}

wire::message! {
    /// From the 99-byte form on.
    pub struct StartOrder "start charging, order" {
        /// order number (充电流水号)
        order_no: Ascii<32>,
        /// longer form
        v53: Later<Start53>,
    }
}

wire::message! {
    /// The 105-byte form.
    pub struct Start53 "start charging, V5.3 part" {
        /// BMS auxiliary supply, 12 or 24 V
        bms_aux_voltage: u8,
        /// balance of the user, yuan
        user_balance_yuan: Cents32,
        /// 0 charge, 1 discharge
        v2g_flag: u8,
    }
}

wire::message! {
    /// 8 up. 41 bytes, 73 with the order number.
    pub struct StartAnswer "start answer" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// gun; one firmware writes uninitialised memory here
        gun_no: u8,
        /// result
        result: StartResult,
        /// longer form
        order: Later<StartAnswerOrder>,
    }
}

wire::message! {
    /// The 73-byte form.
    pub struct StartAnswerOrder "start answer, order" {
        /// order number (充电流水号), echoed from the start
        order_no: Ascii<32>,
    }
}

wire::message! {
    /// 5 down.
    pub struct Control "control" {
        /// 0
        reserved: Reserved<4>,
        /// gun, 1-based; 0 on a single-gun pile
        gun_no: u8,
        /// first address
        start_addr: ControlAddress,
        /// number of consecutive values
        count: u8,
        /// bytes of values that follow
        param_len: u16,
        /// values
        params: Tail<u32>,
    }
}

wire::message! {
    /// 6 up.
    pub struct ControlAnswer "control answer" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// gun
        gun_no: u8,
        /// first address
        start_addr: ControlAddress,
        /// number of consecutive values
        count: u8,
        /// 0 success
        result: CommandResult,
    }
}

wire::message! {
    /// 1 down.
    pub struct Numbers "integer parameters" {
        /// 0
        reserved: Reserved<4>,
        /// query or set
        op: ParamOp,
        /// first address
        start_addr: NumberParam,
        /// number of consecutive values
        count: u8,
        /// bytes of values that follow
        param_len: u16,
        /// values
        params: Tail<u32>,
    }
}

wire::message! {
    /// 2 up; values follow after a query.
    pub struct NumbersAnswer "integer parameters answer" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// query or set
        op: ParamOp,
        /// first address
        start_addr: NumberParam,
        /// number of consecutive values
        count: u8,
        /// 0 success
        result: CommandResult,
        /// values
        params: Tail<u32>,
    }
}

wire::message! {
    /// 3 down. The data is bounded by the frame: a published one states more than it carries.
    pub struct Characters "character parameter" {
        /// 0
        reserved: Reserved<4>,
        /// query or set
        op: ParamOp,
        /// address of the parameter
        addr: TextParam,
        /// bytes of data that should follow
        param_len: u16,
        /// data
        data: HexTail,
    }
}

wire::message! {
    /// 4 up; data follows after a query.
    pub struct CharactersAnswer "character parameter answer" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// query or set
        op: ParamOp,
        /// address of the parameter
        addr: TextParam,
        /// 0 success
        result: CommandResult,
        /// data
        data: HexTail,
    }
}
