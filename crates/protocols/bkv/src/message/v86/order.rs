//! Orders of the v8.6 dialect: 0082, 0004, 0006, 0003, 008A.

use super::OrderText;
use crate::codes::{ConfirmStatus, PortStatus, SettlementReason, Switch, V86Mode};

wire::message! {
    /// Table F: start or stop, 0082 down. A stop carries mode 1, balance 0 and value 0.
    pub struct Control "v8.6 control" {
        /// 1 time, 2 energy, 3 power, 4 full
        mode: V86Mode,
        /// amount of the order, fen
        balance_fen: u32,
        /// port, 1-based; 255 lets the gateway choose
        port: u8,
        /// 1 start, 0 stop
        switch: Switch,
        /// seconds, 0.01 kWh or 0.1 W by mode
        value: u16,
        /// order number
        order: OrderText,
    }
}

wire::message! {
    /// Table F2: answer to 0082.
    pub struct ControlAck "v8.6 control answer" {
        /// 0 done, anything else refused
        result: u8,
        /// order number
        order: OrderText,
        /// the port, chosen by the gateway when 255 was sent
        port: u8,
        /// ports that wait for a vehicle
        waiting_ports: u8,
    }
}

wire::message! {
    /// Table C: the vehicle was plugged in, or the order was dropped, 0004 up.
    pub struct Confirm "v8.6 order confirmation" {
        /// order number
        order: OrderText,
        /// port, 1-based
        port: u8,
        /// 0 confirmed, 1 refused
        status: ConfirmStatus,
    }
}

wire::message! {
    /// Table D: progress, 0006 up, every 11 s. Bodies that end after a field from the peak
    /// power on are complete; the fields after it are then unknown.
    pub struct Progress "v8.6 progress" {
        /// order number
        order: OrderText,
        /// port, 1-based
        port: u8,
        /// charged time, s; 65535 means at least that
        duration_s: u16,
        /// power, 0.1 W
        power_dw: u16,
        /// energy since the start, 0.01 kWh
        energy_001kwh: u16,
        /// highest power, 0.1 W
        peak_power_dw: u16,
        /// time of the report, Unix seconds
        time: Option<u32>,
        /// energy since the last report, 0.01 kWh
        segment_001kwh: Option<u16>,
        /// status of the port
        port_state: Option<PortStatus>,
        /// temperature, °C
        temp_c: Option<i8>,
        /// voltage, 0.1 V
        voltage_dv: Option<u16>,
    }
}

wire::message! {
    /// Table E: settlement, 0003 up. Answered once it is stored.
    pub struct Settlement "v8.6 settlement" {
        /// order number
        order: OrderText,
        /// port, 1-based
        port: u8,
        /// charged time, s
        duration_s: u32,
        /// energy, 0.01 kWh
        energy_001kwh: u16,
        /// the device's own sum, fen; kept, never billed
        amount_fen: u16,
        /// why it ended
        reason: SettlementReason,
        /// highest power, 0.1 W
        peak_power_dw: u16,
        /// end of charging, Unix seconds
        time: u32,
    }
}

wire::message! {
    /// Answer to a confirmation (0004) or settlement (0003).
    pub struct OrderNoted "v8.6 order acknowledgement" {
        /// order number
        order: OrderText,
        /// 0 done
        result: u8,
    }
}

wire::message! {
    /// Changes time or energy of a running order, 008A down.
    pub struct Modify "v8.6 change" {
        /// order number
        order: OrderText,
        /// port, 1-based
        port: u8,
        /// new time, s; 0 unchanged
        duration_s: u16,
        /// new energy, 0.01 kWh; 0 unchanged
        energy_001kwh: u16,
    }
}

wire::message! {
    /// Answer to 008A.
    pub struct ModifyAck "v8.6 change answer" {
        /// 0 done, anything else refused
        result: u8,
        /// order number
        order: OrderText,
    }
}
