//! Hosts: what they report and how they are set up.

use super::field::Reserved;
use crate::PhysicalId;
use crate::codes::{BreakerStyle, HostType, LockState, ModuleType, Rtc, SwitchState};
use wire::{Counted, Text};

wire::message! {
    /// 0x11 up, every half hour.
    pub struct HostHeartbeat "host heartbeat" {
        /// firmware, 640 is V6.40
        fw_version: u16,
        /// clock chip
        rtc: Rtc,
        /// Unix seconds, 0 without clock
        timestamp: u32,
        /// 0 to 31, 99 error, above 100 less 100
        signal: u8,
        /// modem
        module_type: ModuleType,
        /// SIM card number
        iccid: Text<20>,
        /// kind of host, of stand-alone devices their device type
        host_type: HostType,
        /// radio frequency, MHz, 0 for none
        frequency: u16,
        /// modem number
        imei: Option<Text<15>>,
        /// firmware of the modem
        module_version: Option<Text<24>>,
    }
}

wire::message! {
    /// 0x17 up, leakage-protection hosts, every half hour.
    pub struct HostState "host state" {
        /// main switch
        switch_state: SwitchState,
        /// temperature, probably plus 65 °C
        temp_raw: u8,
        /// voltage, 0.1 V
        voltage_dv: u16,
        /// current, 10 mA
        current_10ma: u16,
        /// energy, 0.01 kWh
        energy_001kwh: u32,
        /// current of the meter, 10 mA
        meter_current_10ma: u16,
        /// energy of the meter, 0.01 kWh
        meter_energy_001kwh: u32,
        /// smoke detector, not 0 when it trips
        smoke_alarm: u8,
        /// alarm relay
        alarm_relay: u8,
        /// leakage current, mA
        leak_current_ma: u8,
        /// temperature of the live wire
        live_wire_temp: Option<u8>,
        /// temperature of the neutral wire
        neutral_wire_temp: Option<u8>,
        /// lock of the main switch
        lock_state: Option<LockState>,
        /// kind of breaker
        breaker_style: Option<BreakerStyle>,
    }
}

wire::message! {
    /// The oldest firmware of one type behind a host.
    pub struct LowestVersion "lowest version" {
        /// device type
        device_type: u8,
        /// always 0
        reserved: u8,
        /// firmware, 640 is V6.40
        lowest_fw_version: u16,
        /// who has it
        physical_id: PhysicalId,
    }
}

wire::message! {
    /// 0x35 up.
    pub struct SubDevices "lowest versions" {
        /// one for each type
        items: Counted<LowestVersion, 2>,
    }
}

wire::message! {
    /// 0x3B up: asks for 0x3A.
    pub struct RadioRequest "radio parameter request" {
        /// MHz
        frequency: u16,
    }
}

wire::message! {
    /// 0x3A down.
    pub struct RadioParameters "radio parameters" {
        /// MHz
        frequency: u16,
        /// zeros
        reserved_hex: Reserved<3>,
        /// all devices behind the host
        [count] physical_ids: Counted<PhysicalId, 2>,
    }
}

wire::message! {
    /// 0x34 down. Wrong values lose the host.
    pub struct SetServer "server address" {
        /// TCP port
        server_port: u16,
        /// 1 WiFi, 2 2G, 3 4G
        module_type: u8,
        /// 1 enables a second server
        socket_b: u8,
        /// name or address
        address: Text<46>,
    }
}
