//! BKV 1010 and 1013: exceptions and events.

use crate::attributes::attributes;
use crate::clock::BcdTime;
use crate::codes::{Outcome, StatusByte};

attributes! {
    /// Exception event (异常事件), 1010 up. Reason and status codes are not public: a reason
    /// other than 0 is an alarm, status 0 is cleared or informational.
    pub struct ExceptionEvent {
        /// socket number
        0x4A/1 socket_no: u8,
        /// reason of the socket
        0x54/1 socket_event_reason: u8,
        /// status of the socket's event
        0x4B/1 socket_event_status: u8,
        /// reason of port A
        0x55/1 port1_event_reason: u8,
        /// status of port A's event
        0x4C/1 port1_event_status: u8,
        /// reason of port B
        0x56/1 port2_event_reason: u8,
        /// status of port B's event
        0x4D/1 port2_event_status: u8,
        /// voltage at the event, 0.1 V
        0x4E/2 over_voltage_0_1v: u16,
        /// voltage at the event, 0.1 V
        0x4F/2 under_voltage_0_1v: u16,
        /// leakage current of port A, mA assumed
        0x50/2 port1_leak_current: u16,
        /// leakage current of port B, mA assumed
        0x51/2 port2_leak_current: u16,
        /// temperature of port A, °C
        0x52/1 port1_over_temp: u8,
        /// temperature of port B, °C
        0x53/1 port2_over_temp: u8,
        /// status byte of port A
        0x57/1 port1_status: StatusByte,
        /// status byte of port B
        0x58/1 port2_status: StatusByte,
    }
}

attributes! {
    /// Event report, 1013 up; sent after a reconnect.
    pub struct EventReport {
        /// socket number
        0x4A/1 socket_no: u8,
        /// port, 127 for the whole socket
        0x08/1 port: u8,
        /// time of the event
        0x06/7 time: BcdTime,
        /// event code, no public table
        0x5A/2 event_code: u16,
    }
}

attributes! {
    /// Answer to 1010 and 1013, and of the device to 1011.
    pub struct SocketAck {
        /// socket number
        0x4A/1 socket_no: u8,
        /// 1 understood or done
        0x0F/1 ack: Outcome,
    }
}
