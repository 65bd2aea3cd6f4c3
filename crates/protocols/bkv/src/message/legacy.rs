//! Parameters of older firmware: outer 0005, subs 03 and 06 (13 is a plain socket query).

wire::message! {
    /// Sets parameters of a socket, 03 down.
    pub struct LegacyParameters "legacy parameters" {
        /// socket number
        socket_no: u8,
        /// always 0
        reserved: u8,
        /// time to keep charging after full, s
        full_delay_s: u16,
        /// time without load before the port stops, s
        no_load_delay_s: u16,
        /// below this the battery counts as full, 0.1 W
        full_power_0_1w: u16,
        /// below this there is no load, 0.1 W
        no_load_power_0_1w: u16,
        /// over-temperature threshold, °C
        temp_threshold_c: u8,
    }
}

wire::message! {
    /// Sets the limits of a port, 06 down.
    pub struct LegacyLimits "legacy limits" {
        /// socket number
        socket_no: u8,
        /// port
        port: u8,
        /// largest current, mA
        max_current_ma: u16,
        /// largest power, W or 0.1 W: the unit is not known
        max_power: u16,
    }
}
