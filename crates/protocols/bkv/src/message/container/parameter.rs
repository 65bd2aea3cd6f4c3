//! BKV 1011 and 1012: socket parameters.

use crate::attributes::attributes;
use crate::codes::Outcome;

attributes! {
    /// Sets those parameters that are given, 1011 down.
    pub struct ParameterSet {
        /// socket number
        0x4A/1 socket_no: u8,
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
        /// power limit, 0.1 W
        0x11/2 power_limit_0_1w: u16,
        /// longest charge, minutes
        0x59/2 max_charge_min: u16,
        /// over-current limit, mA
        0x10/2 over_current_limit_ma: u16,
        /// trickle threshold, percent
        0x60/1 trickle_threshold_pct: u8,
    }
}

attributes! {
    /// Asks for the parameters of a socket, 1012 down.
    pub struct SocketQuery {
        /// socket number
        0x4A/1 socket_no: u8,
    }
}

attributes! {
    /// The parameters of a socket, 1012 up.
    pub struct ParameterAnswer {
        /// socket number
        0x4A/1 socket_no: u8,
        /// 1 done
        0x0F/1 ack: Outcome,
        /// below this the battery counts as full, 0.1 W
        0x23/2 full_power_0_1w: u16,
        /// trickle threshold, percent
        0x60/1 trickle_threshold_pct: u8,
        /// time to keep charging after full, s
        0x21/2 full_delay_s: u16,
        /// below this there is no load, 0.1 W
        0x24/2 no_load_power_0_1w: u16,
        /// time without load before the port stops, s
        0x22/2 no_load_delay_s: u16,
        /// longest charge, minutes
        0x59/2 max_charge_min: u16,
        /// over-temperature threshold, °C
        0x25/1 temp_threshold_c: u8,
        /// power limit, 0.1 W
        0x11/2 power_limit_0_1w: u16,
        /// over-current limit, mA
        0x10/2 over_current_limit_ma: u16,
        /// base amount for push-button start, cent assumed
        0x68/4 button_base_amount: u32,
        /// anti-pulse time, unit not known
        0x93/2 anti_pulse_time: u16,
        /// unnamed switch
        0x98/1 key_98: u8,
        /// unnamed switch
        0x99/1 key_99: u8,
        /// unnamed switch
        0x9A/1 key_9a: u8,
        /// unnamed switch
        0x9B/1 key_9b: u8,
    }
}
