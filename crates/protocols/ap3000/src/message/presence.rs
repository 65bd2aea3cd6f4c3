//! Registration, both heartbeats, time, and the short answers to them.

use super::field::LegacyPorts;
use crate::codes::{SocketState, WorkModeBits};
use serde_json::{Map, Value};
use wire::{Counted, Field, Label, Reader, Sheet, WireError, Writer};

/// Data of length zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoData;

impl wire::Message for NoData {
    const TITLE: &'static str = "request";
}

impl Field for NoData {
    fn get(_reader: &mut Reader<'_>, _name: &'static str) -> Result<Self, WireError> {
        Ok(Self)
    }

    fn put(&self, _writer: &mut Writer<'_>) {}

    fn show(&self) -> Value {
        Value::Object(Map::new())
    }

    fn describe(&self, _label: Label, _sheet: &mut Sheet) {}
}

wire::message! {
    /// 0x20 up: after each power-up, each change and each query.
    pub struct Registration "registration" {
        /// firmware, 640 is V6.40
        fw_version: u16,
        /// number of sockets
        port_count: u8,
        /// address on the bus of the host, 0 for none
        virtual_id: u8,
        /// device type
        device_type: u8,
        /// work mode
        work_mode: WorkModeBits,
        /// firmware of the power board, 0 for none
        power_board_version: Option<u16>,
    }
}

wire::message! {
    /// 0x21 up, every 180 s.
    pub struct Heartbeat "heartbeat" {
        /// supply voltage, 0.1 V
        voltage_dv: u16,
        /// state of each socket
        [port_count] port_states: Counted<SocketState, 16>,
        /// radio signal between host and device, 0 for wired
        signal: u8,
        /// temperature plus 65 °C, 0 for no sensor
        temp_raw: u8,
    }
}

wire::message! {
    /// 0x01 up: heartbeat of old devices.
    pub struct LegacyHeartbeat "legacy heartbeat" {
        /// firmware, 640 is V6.40
        fw_version: u16,
        /// supply voltage, 0.1 V
        voltage_dv: u16,
        /// state of each socket
        ports: LegacyPorts,
        /// address on the bus of the host, 0 for none
        virtual_id: u8,
        /// radio signal between host and device, 0 for wired
        signal: u8,
        /// device type
        device_type: u8,
        /// temperature plus 65 °C, 0 for no sensor
        temp_raw: Option<u8>,
        /// work mode, here always 0
        work_mode: Option<u8>,
    }
}

wire::message! {
    /// Answer to 0x12 and 0x22.
    pub struct TimeReply "time" {
        /// Unix seconds
        timestamp: u32,
    }
}

wire::message! {
    /// Answer of one byte.
    pub struct ResultOnly "result" {
        /// 0 success; no other value is documented
        result: u8,
    }
}
