//! Starting, stopping and changing charges.

use super::field::OrderKey;
use crate::codes::{
    ChargeCmd, Done, ModifyAnswer, ModifyMode, RateMode, ShortCheck, StartAnswer, Switch,
};

wire::message! {
    /// 0x82 down. How much of its end is sent depends on the device.
    pub struct Charge "start or stop" {
        /// how value and balance are read
        rate_mode: RateMode,
        /// fen, or Unix seconds with monthly plans; only spoken
        balance_or_expiry: u32,
        /// socket from 0, 255 lets the device choose
        port: u8,
        /// start or stop
        charge_cmd: ChargeCmd,
        /// seconds or 0.01 kWh, 0 until full
        value: u16,
        /// order number
        order: OrderKey,
        /// longest time, s, 0 for the device's setting
        max_duration_s: Option<u16>,
        /// power that ends the charge, 0.1 W, 0 for the device's setting
        overload_power_dw: Option<u16>,
        /// light of the QR code
        qr_light: Option<Switch>,
        /// 1 keeps the power on after floating
        long_charge: Option<u8>,
        /// longer floating, s; 65535 for none at all
        extra_float_s: Option<u16>,
        /// short-circuit test before the start
        skip_short_check: Option<ShortCheck>,
        /// 1 does not notice a pulled plug
        ignore_pull_out: Option<u8>,
        /// 1 stops timed and energy charges when full too
        force_full_stop: Option<u8>,
        /// stops below so many W after floating, 0 and 255 off
        full_power_w: Option<u8>,
        /// minutes by which that may prolong
        full_power_max_min: Option<u8>,
    }
}

wire::message! {
    /// Answer to 0x82. Never answered.
    pub struct ChargeAnswer "start or stop answer" {
        /// what the device did
        answer: StartAnswer,
        /// order number, may be zeros
        order: Option<OrderKey>,
        /// the socket really used, from 0
        port: Option<u8>,
        /// sockets that wait, one bit each, with answer 5
        pending_ports_bits: Option<u16>,
    }
}

wire::message! {
    /// 0x8A down: totals since the start. Names no order.
    pub struct Modify "modify" {
        /// what the charge becomes
        rate_mode: ModifyMode,
        /// socket from 0
        port: u8,
        /// seconds or 0.01 kWh
        value: u16,
    }
}

wire::message! {
    /// Answer to 0x8A.
    pub struct ModifyReply "modify answer" {
        /// what the device did
        answer: ModifyAnswer,
    }
}

wire::message! {
    /// 0x72 down: ends a charge of a cabinet and keeps the door shut.
    pub struct CabinetStop "cabinet stop" {
        /// socket from 0
        port: u8,
        /// order number
        order: OrderKey,
    }
}

wire::message! {
    /// Answer to 0x72.
    pub struct CabinetStopAnswer "cabinet stop answer" {
        /// what the device did
        answer: Done,
        /// order number
        order: OrderKey,
    }
}
