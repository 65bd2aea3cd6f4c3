//! Commands of stand-alone devices (独立版), known from other implementations only
//! (BKV, docs/protocols/bkv.md §16). Keys that a device adds are kept in the layout.

use crate::attributes::{Bytes, attributes};
use crate::clock::BcdTime;
use crate::codes::{ChargeMode, ControlType, Outcome, StatusByte, Switch};
use crate::key::PORT_KEYS;
use crate::message::CardNo;

attributes! {
    /// Heartbeat, 1001 up.
    pub struct DirectHeartbeat {
        /// device firmware, text
        0x04/0 version: Bytes,
        /// signal strength
        0x05/1 csq: u8,
        /// ICCID, text
        0x48/0 iccid: Bytes,
    }
}

attributes! {
    /// Answer to the heartbeat.
    pub struct DirectTime {
        /// local time of the platform
        0x06/7 time: BcdTime,
    }
}

attributes! {
    /// Status, 1002 up; also the answer to 1003.
    pub struct DirectStatus {
        /// temperature, °C
        0x07/1 temp_c: u8,
        ; /// the ports, each under a key of its own
        PORT_KEYS => ports: DirectPortReport,
    }
}

attributes! {
    /// Status of one port.
    pub struct DirectPortReport {
        /// port
        0x08/1 port: u8,
        /// status
        0x09/1 status: StatusByte,
        /// business number
        0x0A/2 business_no: u16,
        /// power, 0.1 W
        0x0B/2 power_0_1w: u32,
        /// current, mA
        0x0C/2 current_ma: u32,
        /// energy, Wh
        0x0D/2 energy_wh: u32,
        /// charged time, minutes
        0x0E/2 duration_min: u32,
        /// voltage, 0.1 V
        0x55/2 voltage_0_1v: u16,
        /// fault
        0xE3/1 fault: u8,
    }
}

attributes! {
    /// Charging ended, 1004 up.
    pub struct DirectEnd {
        /// temperature, °C
        0x07/1 temp_c: u8,
        /// port
        0x08/1 port: u8,
        /// status
        0x09/1 status: StatusByte,
        /// business number
        0x0A/2 business_no: u16,
        /// power, 0.1 W
        0x0B/2 power_0_1w: u32,
        /// current, mA
        0x0C/2 current_ma: u32,
        /// energy, Wh
        0x0D/2 energy_wh: u32,
        /// charged time, minutes
        0x0E/2 duration_min: u32,
        /// end of charging
        0x2E/7 end_time: BcdTime,
        /// reason code
        0x2F/1 end_reason: u8,
        /// reason code under another key
        0x78/1 end_reason_78: u8,
        /// billing mode
        0x12/1 charge_mode: ChargeMode,
        /// electricity fee, cent
        0x85/2 electricity_fee_cent: u32,
        /// service fee, cent
        0x86/2 service_fee_cent: u32,
        /// fee in all, cent
        0x87/2 total_fee_cent: u32,
        /// number of fee segments
        0x89/1 fee_segment_count: u8,
        /// minutes and Wh per segment
        0x84/0 segment_usage: Bytes,
    }
}

attributes! {
    /// An answer that says only yes or no.
    pub struct DirectAck {
        /// 1 done
        0x0F/1 ack: Outcome,
    }
}

attributes! {
    /// Answer to a card end, 100A down.
    pub struct DirectPortAck {
        /// port
        0x08/1 port: u8,
        /// 1 stored
        0x0F/1 ack: Outcome,
    }
}

attributes! {
    /// Limits of a port: 1005 sets them, 1006 asks for them; both ways.
    pub struct DirectLimits {
        /// 1 done, in answers
        0x0F/1 ack: Outcome,
        /// port
        0x08/1 port: u8,
        /// over-current limit, mA
        0x10/2 over_current_limit_ma: u16,
        /// power limit, 0.1 W
        0x11/2 power_limit_0_1w: u16,
        /// time to charge, minutes
        0x14/2 set_duration_min: u16,
        /// energy to charge, Wh
        0x15/2 set_energy_wh: u16,
        /// charge mode
        0x12/1 charge_mode: ChargeMode,
    }
}

attributes! {
    /// Start or stop a port, 1007 down.
    pub struct DirectStart {
        /// port
        0x08/1 port: u8,
        /// 1 on, 0 off
        0x13/1 switch: Switch,
        /// charge mode
        0x12/1 charge_mode: ChargeMode,
        /// 1 remote, 2 card
        0x47/1 control_type: ControlType,
        /// time to charge, minutes
        0x14/2 set_duration_min: u16,
        /// energy to charge, Wh
        0x15/2 set_energy_wh: u16,
    }
}

attributes! {
    /// Answer to 1007.
    pub struct DirectStartAnswer {
        /// 1 accepted
        0x0F/1 ack: Outcome,
        /// port
        0x08/1 port: u8,
        /// business number
        0x0A/2 business_no: u16,
        /// why it was refused
        0x97/1 refusal_code: u8,
    }
}

attributes! {
    /// Firmware update, 1008 down.
    pub struct DirectFirmware {
        /// server, IPv6 or mapped IPv4, 16 bytes
        0x19/0 server_ip: Bytes,
        /// port of the server
        0x1A/2 server_port: u16,
        /// file name, text
        0x1B/0 file: Bytes,
    }
}

attributes! {
    /// Card swiped (1009) or card session ended (100A), up.
    pub struct DirectCard {
        /// port
        0x08/1 port: u8,
        /// card number
        0x16/6 card_no: CardNo,
        /// card type
        0x26/1 card_type: u8,
        /// card mode
        0x27/1 card_mode: u8,
        /// status
        0x09/1 status: StatusByte,
        /// business number
        0x0A/2 business_no: u16,
        /// energy, Wh
        0x0D/2 energy_wh: u32,
        /// charged time, minutes
        0x0E/2 duration_min: u32,
        /// cash used
        0x30/2 used_cash: u32,
        /// settlement power, 0.1 W
        0x31/2 settle_power_0_1w: u32,
        /// minutes per tier
        0x32/0 level_minutes: Bytes,
        /// end of charging
        0x2E/7 end_time: BcdTime,
        /// reason code
        0x2F/1 end_reason: u8,
    }
}

attributes! {
    /// Parameters: 100B sets them, 100C asks for them; both ways.
    pub struct DirectParameters {
        /// 1 done, in answers
        0x0F/1 ack: Outcome,
        /// report cycle
        0x1E/2 report_cycle: u16,
        /// heartbeat period, s
        0x20/2 heartbeat_s: u16,
        /// time to keep charging after full, s
        0x21/2 full_delay_s: u16,
        /// time without load before the port stops, s
        0x22/2 no_load_delay_s: u16,
        /// below this the battery counts as full, 0.1 W
        0x23/2 full_power_0_1w: u16,
        /// below this there is no load, 0.1 W
        0x24/2 no_load_power_0_1w: u16,
        /// over-temperature threshold, °C
        0x25/1 temp_threshold_c: u8,
        /// longest charge, minutes
        0x59/2 max_charge_min: u16,
        /// trickle threshold, percent
        0x60/1 trickle_threshold_pct: u8,
        /// over-current limit, mA
        0x10/2 over_current_limit_ma: u16,
        /// power limit, 0.1 W
        0x11/2 power_limit_0_1w: u16,
        /// base amount for push-button start
        0x68/4 button_base_amount: u32,
    }
}

attributes! {
    /// Balance of a card, 1010: the question up, the answer down.
    pub struct DirectBalance {
        /// card number
        0x16/6 card_no: CardNo,
        /// balance, cent
        0x18/4 balance_cent: u32,
        /// port
        0x08/1 port: u8,
    }
}

attributes! {
    /// Quiet time, 1011 both ways.
    pub struct DirectQuietTime {
        /// 1 done, in answers
        0x0F/1 ack: Outcome,
        /// voice switch
        0x50/1 voice_switch: u8,
        /// number of periods
        0x51/1 period_count: u8,
        /// the periods
        0x52/0 periods: Bytes,
    }
}

attributes! {
    /// Event report, 1013 up.
    pub struct DirectEvent {
        /// port
        0x08/1 port: u8,
        /// time of the event
        0x06/7 time: BcdTime,
        /// event code
        0x5A/2 event_code: u16,
        /// voltage, 0.1 V
        0x55/2 voltage_0_1v: u16,
        /// order text
        0xDA/0 order_text: Bytes,
    }
}
