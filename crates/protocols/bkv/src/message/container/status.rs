//! BKV 1017: the status of sockets.

use crate::attributes::attributes;
use crate::codes::{Outcome, StatusByte};

attributes! {
    /// Status of one or more sockets (插座状态上报), 1017 up.
    pub struct StatusCluster {
        ; /// the sockets
        &[0x94] => sockets: SocketReport,
    }
}

attributes! {
    /// Status of one socket. An offline one has every value zero.
    pub struct SocketReport {
        /// socket number
        0x4A/1 socket_no: u8,
        /// firmware; FFFF is common, 0000 when offline
        0x3E/2 fw_version: u16,
        /// controller temperature, °C
        0x07/1 temp_c: u8,
        /// radio signal, 0 when offline
        0x96/1 rssi: u8,
        ; /// its ports
        &[0x5B] => ports: PortReport,
    }
}

attributes! {
    /// Status of one port.
    pub struct PortReport {
        /// port
        0x08/1 port: u8,
        /// status
        0x09/1 status: StatusByte,
        /// business number, 0 without a session
        0x0A/2 business_no: u16,
        /// voltage, 0.1 V
        0x95/2 voltage_0_1v: u16,
        /// power, 0.1 W
        0x0B/2 power_0_1w: u32,
        /// current, mA
        0x0C/2 current_ma: u32,
        /// energy of this session, Wh
        0x0D/2 energy_wh: u32,
        /// charged time of this session, minutes
        0x0E/2 duration_min: u32,
    }
}

attributes! {
    /// Answer to 1017.
    pub struct StatusAck {
        /// 1 understood, 0 not
        0x0F/1 ack: Outcome,
    }
}
