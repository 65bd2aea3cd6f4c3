//! What devices say of charges.

use super::field::{OrderKey, UpperHex};
use crate::codes::{SocketState, StartType, StopReason};

wire::message! {
    /// 0x04 up, only devices from before June 2019: this order charges now.
    pub struct OrderConfirm "order confirmation" {
        /// socket from 0
        port: u8,
        /// who started it
        start_type: StartType,
        /// card, zeros when the server started it
        card_hex: UpperHex<4>,
        /// seconds so far
        duration_s: u16,
        /// order number
        order: OrderKey,
    }
}

wire::message! {
    /// Answer to 0x04.
    pub struct ConfirmReply "order confirmation reply" {
        /// socket from 0
        port: u8,
        /// 0 success
        result: u8,
    }
}

wire::message! {
    /// 0x06 up, every five minutes for each charging socket; totals of the order.
    pub struct Power "power heartbeat" {
        /// socket from 0
        port: u8,
        /// 1 charging, 2 waits for the plug, 3 full, 5 floating
        port_state: SocketState,
        /// seconds since the start
        duration_s: u16,
        /// energy of the order, 0.01 kWh
        energy_001kwh: u16,
        /// who started it
        start_type: StartType,
        /// power now, 0.1 W
        power_dw: u16,
        /// highest in the interval, 0.1 W
        max_power_dw: u16,
        /// lowest in the interval, 0.1 W
        min_power_dw: u16,
        /// average of the interval, 0.1 W
        avg_power_dw: u16,
        /// order number
        order: OrderKey,
        /// energy of the interval in an undocumented unit
        segment_energy_raw: Option<u16>,
        /// highest of the session, 0.1 W
        peak_power_dw: Option<u16>,
        /// voltage, 0.1 V
        voltage_dv: Option<u16>,
        /// current, mA
        current_ma: Option<u16>,
        /// ambient temperature plus 65 °C, 0 for no sensor
        env_temp_raw: Option<u8>,
        /// temperature of the socket plus 65 °C, 0 for no sensor
        port_temp_raw: Option<u8>,
        /// Unix seconds of the device's clock
        timestamp: Option<u32>,
        /// minutes the socket was occupied after it was full (cabinets)
        occupancy_min: Option<u16>,
    }
}

wire::message! {
    /// A charge in sum: all of 0x43, the beginning of 0x03.
    pub struct ChargeSum "charge in sum" {
        /// seconds of the session
        duration_s: u16,
        /// highest power, 0.1 W
        max_power_dw: u16,
        /// energy, 0.01 kWh
        energy_001kwh: u16,
        /// socket from 0
        port: u8,
        /// who started it
        start_type: StartType,
        /// card or code, zeros when the server started it
        card_hex: UpperHex<4>,
        /// why it ended
        stop_reason: StopReason,
        /// order number
        order: OrderKey,
    }
}

wire::message! {
    /// 0x03 up: kept by the device until it is answered.
    pub struct Settlement "settlement" {
        /// the charge
        sum: ChargeSum,
        /// highest power of the first five minutes, 0.1 W
        second_max_power_dw: Option<u16>,
        /// Unix seconds of the device's clock
        timestamp: Option<u32>,
        /// minutes the socket was occupied after it was full (cabinets)
        occupancy_min: Option<u16>,
    }
}
