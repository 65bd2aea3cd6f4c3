//! What a gun does and how it was started.

use device::{PortState, StartSource};

wire::codes! {
    /// Kind of gun.
    pub enum GunType: u8 {
        /// DC
        Dc = 1,
        /// AC
        Ac = 2,
    }
}

wire::codes! {
    /// Work state of a gun (工作状态), docs/protocols/infypower.md §9.1.
    pub enum WorkState: u8 {
        /// idle (空闲)
        Idle = 0,
        /// preparing to charge (正准备开始充电)
        Preparing = 1,
        /// charging (充电进行中)
        Charging = 2,
        /// charging finished (充电结束)
        Finished = 3,
        /// start failed (启动失败)
        StartFailed = 4,
        /// reserved (预约状态), or plugged in where no reservation is set
        Reserved = 5,
        /// fault (系统故障)
        Fault = 6,
        /// service suspended (暂停服务)
        Suspended = 7,
    }
}

impl WorkState {
    /// What the port does; none when the state is in no table, and then the last one stays.
    ///
    /// `reserved` is the reservation flag of the same report: without it, 5 means "plugged in".
    pub const fn port_state(self, plug: CarLink, reserved: bool) -> Option<PortState> {
        Some(match self {
            Self::Idle if plug.is_plugged() => PortState::Plugged,
            Self::Idle => PortState::Idle,
            Self::Preparing => PortState::Starting,
            Self::Charging => PortState::Charging,
            Self::Finished => PortState::Finishing,
            Self::Reserved if reserved => PortState::Reserved,
            // A gun whose start failed is occupied, not running.
            Self::Reserved | Self::StartFailed => PortState::Plugged,
            Self::Fault => PortState::Fault,
            Self::Suspended => PortState::Disabled,
            Self::Unknown(_) => return None,
        })
    }
}

wire::codes! {
    /// Plug state of a gun.
    pub enum CarLink: u8 {
        /// not plugged
        Unplugged = 0,
        /// half connected
        Half = 1,
        /// connected
        Connected = 2,
    }
}

impl CarLink {
    /// Something is plugged in, if only by half.
    pub const fn is_plugged(self) -> bool {
        !matches!(self, Self::Unplugged)
    }
}

wire::codes! {
    /// Who started a charge.
    pub enum StartType: u8 {
        /// card
        Card = 0,
        /// platform
        Platform = 1,
        /// local administrator
        Local = 2,
        /// vehicle identification number (Lvneng)
        Vin = 3,
    }
}

impl StartType {
    /// As every protocol names it.
    pub const fn source(self) -> StartSource {
        match self {
            Self::Card => StartSource::Card,
            Self::Platform => StartSource::Remote,
            Self::Local => StartSource::Local,
            Self::Vin => StartSource::Vin,
            Self::Unknown(_) => StartSource::Unknown,
        }
    }
}

wire::codes! {
    /// When a started charge begins: `start_mode` of command 7.
    pub enum StartMode: u32 {
        /// now
        Now = 0,
        /// at a given time
        Timed = 1,
        /// reservation
        Reservation = 2,
    }
}

wire::codes! {
    /// What ends a charge (充电策略), as command 7 writes it. The parameter is in seconds, 0.01
    /// yuan or 0.01 kWh.
    pub enum StartStrategy: u32 {
        /// until full
        Full = 0,
        /// time, seconds
        Time = 1,
        /// amount, 0.01 yuan
        Amount = 2,
        /// energy, 0.01 kWh
        Energy = 3,
    }
}

wire::codes! {
    /// What ends a charge, as reports and records write it.
    pub enum Strategy: u8 {
        /// until full
        Full = 0,
        /// time, seconds
        Time = 1,
        /// amount, 0.01 yuan
        Amount = 2,
        /// energy, 0.01 kWh
        Energy = 3,
    }
}

impl From<StartStrategy> for Strategy {
    fn from(wide: StartStrategy) -> Self {
        u8::try_from(u32::from(wide)).map_or(Self::Unknown(u8::MAX), Self::from)
    }
}

wire::codes! {
    /// What the vehicle asks for.
    pub enum BmsMode: u8 {
        /// constant voltage
        Voltage = 1,
        /// constant current
        Current = 2,
    }
}

wire::codes! {
    /// How a pile reports: `upload_mode` of a sign-in.
    pub enum UploadMode: u8 {
        /// answers only when asked
        Asked = 1,
        /// reports by itself
        ByItself = 2,
    }
}

wire::codes! {
    /// What program runs: `run_mode` of a sign-in.
    pub enum RunMode: u8 {
        /// normal application
        Application = 0,
        /// upgrade mode (IAP)
        Upgrade = 1,
    }
}
