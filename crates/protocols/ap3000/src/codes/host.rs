//! Hosts.

wire::codes! {
    /// The clock chip of a host.
    pub enum Rtc: u8 {
        /// none
        None = 0,
        /// SD2068
        Sd2068 = 1,
        /// BM8563
        Bm8563 = 2,
    }
}

wire::codes! {
    /// The modem of a host.
    pub enum ModuleType: u8 {
        /// WiFi
        Wifi = 1,
        /// 2G GM3
        Gm3 = 2,
        /// 4G 7S4 or G405
        G405 = 3,
        /// 2G GM35
        Gm35 = 4,
        /// NB M5311
        M5311 = 5,
        /// 4G Cat1 GM5
        Gm5 = 6,
        /// OpenCPU Cat1 GM5
        Gm5OpenCpu = 7,
        /// Cat1 GM6
        Gm6 = 8,
    }
}

wire::codes! {
    /// What kind of host it is. Stand-alone devices put their device type here.
    pub enum HostType: u8 {
        /// old 485
        Old485 = 0x01,
        /// old LoRa
        OldLora = 0x02,
        /// new LoRa
        NewLora = 0x03,
        /// 433 MHz
        Radio433 = 0x04,
        /// AP262 LoRa
        Ap262Lora = 0x05,
        /// AP262 combined
        Ap262Combined = 0x50,
        /// leakage-protection host
        Leakage = 0x51,
        /// not published, sent by 4G hosts with two sockets
        Captured55 = 0x55,
    }
}

wire::codes! {
    /// Main switch of a leakage-protection host.
    pub enum SwitchState: u8 {
        /// open
        Open = 0,
        /// closed
        Closed = 1,
    }
}

wire::codes! {
    /// Lock of the main switch.
    pub enum LockState: u8 {
        /// not locked
        Free = 0,
        /// locked
        Locked = 1,
    }
}

wire::codes! {
    /// Breaker of a leakage-protection host.
    pub enum BreakerStyle: u8 {
        /// short, one phase
        ShortSinglePhase = 0,
        /// long, one phase
        LongSinglePhase = 1,
        /// host with screen
        WithScreen = 2,
    }
}
