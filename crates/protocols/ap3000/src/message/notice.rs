//! Alarms, cabinets and upgrade requests; none of them is answered.

use super::field::OrderKey;
use crate::codes::{AlarmType, PushType};

wire::message! {
    /// 0x42 up.
    pub struct Alarm "alarm" {
        /// what it tells of
        alarm_type: AlarmType,
        /// socket from 0, or bus address of the sensor, by type
        port: u8,
        /// sensor inputs that tripped, one bit each
        trigger_bits: Option<u8>,
    }
}

wire::message! {
    /// 0x44 up.
    pub struct PortNotice "port notice" {
        /// what it tells of
        push_type: PushType,
        /// socket from 0
        port: u8,
        /// order number
        order: OrderKey,
    }
}

wire::message! {
    /// 0x41 up.
    pub struct CabinetHeartbeat "cabinet heartbeat" {
        /// number of sockets
        port_count: u8,
        /// open doors, one bit each
        door_bits: u32,
        /// running fans, one bit each
        fan_bits: u32,
    }
}

wire::message! {
    /// 0x05 up. Without data it demands that an upgrade begins anew.
    pub struct UpgradeRequest "upgrade request" {
        /// device type
        device_type: Option<u8>,
        /// firmware, 640 is V6.40
        fw_version: Option<u16>,
        /// kind of package
        package_type: Option<u32>,
    }
}
