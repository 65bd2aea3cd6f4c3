//! Socket status in fixed layout: sub 1C (BKV, docs/protocols/bkv.md §6.3).

use crate::codes::StatusByte;
use wire::{Hex16, Tail};

wire::message! {
    /// Status of a socket, 1C up: answer to 1D, or the spontaneous report of older firmware.
    pub struct SocketStatus "socket status" {
        /// socket number
        socket_no: u8,
        /// socket firmware
        fw_version: Hex16,
        /// controller temperature, °C
        temp_c: u8,
        /// radio signal of the socket
        rssi: u8,
        /// its ports
        ports: Tail<PortMeter>,
    }
}

wire::message! {
    /// What a status says about one port.
    pub struct PortMeter "port status" {
        /// port
        port: u8,
        /// status
        status: StatusByte,
        /// business number, 0 without a session
        business_no: u16,
        /// voltage, 0.1 V
        voltage_0_1v: u16,
        /// power, 0.1 W
        power_0_1w: u16,
        /// current, mA
        current_ma: u16,
        /// energy of this session, Wh
        energy_wh: u16,
        /// charged time of this session, minutes
        duration_min: u16,
    }
}
