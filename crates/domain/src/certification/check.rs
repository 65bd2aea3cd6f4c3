use crate::text_enum::text_enum;

text_enum! {
    /// One check.
    CheckCode {
        /// Start, stop and query are obeyed.
        Commands = "commands",
        /// A charge of seven minutes from start to bill.
        FullCharge = "full_charge",
        /// The plug is pulled while it charges.
        Unplug = "unplug",
        /// Over-current while it charges.
        OverCurrent = "over_current",
        /// Over-temperature while it charges.
        OverTemperature = "over_temperature",
        /// The link is lost while it charges, and comes back.
        Offline = "offline",
        /// Mains power is lost while it charges, and comes back.
        PowerCycle = "power_cycle",
        /// So many full charges, one after the other.
        Cycles = "cycles",
        /// A day without an interruption.
        Continuous = "continuous",
        /// A week without a failed charge.
        Stability = "stability",
        /// Frames that can be read.
        Format = "format",
        /// Answers and reports that come in time.
        Timeliness = "timeliness",
        /// Charges with everything that belongs to one.
        Flow = "flow",
        /// The device takes firmware from afar.
        Ota = "ota",
    }
}

text_enum! {
    /// How far a check is.
    CheckState {
        /// Its turn has not come.
        Pending = "pending",
        /// The platform is at it.
        Running = "running",
        /// Somebody at the device has to do something.
        Waiting = "waiting",
        /// As it must be.
        Passed = "passed",
        /// Not as it must be.
        Failed = "failed",
    }
}

text_enum! {
    /// What somebody at the device is asked to do.
    Wanted {
        /// Plug a vehicle in.
        Plug = "plug",
        /// Pull the plug.
        Unplug = "unplug",
        /// Draw too much current, or have the device say so.
        OverCurrent = "over_current",
        /// Heat it, or have the device say so.
        OverTemperature = "over_temperature",
        /// Take the fault away.
        Clear = "clear",
        /// Cut its link for a minute, then restore it.
        Cut = "cut",
        /// Switch its power off for ten seconds, then on.
        PowerCycle = "power_cycle",
    }
}

text_enum! {
    /// What a check counts for.
    Area {
        /// Basic link.
        Link = "link",
        /// Status monitoring.
        Status = "status",
        /// Charge control.
        Control = "control",
        /// Data reporting.
        Data = "data",
        /// Exception handling.
        Exceptions = "exceptions",
    }
}

impl CheckCode {
    /// What it counts for.
    pub const fn area(self) -> Area {
        match self {
            Self::Continuous | Self::Stability | Self::Ota => Area::Link,
            Self::Timeliness => Area::Status,
            Self::Commands | Self::FullCharge | Self::Cycles => Area::Control,
            Self::Format | Self::Flow => Area::Data,
            Self::Unplug
            | Self::OverCurrent
            | Self::OverTemperature
            | Self::Offline
            | Self::PowerCycle => Area::Exceptions,
        }
    }

    /// What has to be done at the device in the middle of its charge.
    pub const fn mishap(self) -> Option<Wanted> {
        match self {
            Self::Unplug => Some(Wanted::Unplug),
            Self::OverCurrent => Some(Wanted::OverCurrent),
            Self::OverTemperature => Some(Wanted::OverTemperature),
            Self::Offline => Some(Wanted::Cut),
            Self::PowerCycle => Some(Wanted::PowerCycle),
            _ => None,
        }
    }

    /// Whether its device has to go away and come back.
    pub const fn loses_link(self) -> bool {
        matches!(self, Self::Offline | Self::PowerCycle)
    }

    /// Its name, Chinese and English.
    pub const fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Commands => ("指令支持", "Command support"),
            Self::FullCharge => ("7 分钟完整充电", "Seven-minute charge"),
            Self::Unplug => ("充电中拔枪", "Unplugged while charging"),
            Self::OverCurrent => ("过流保护", "Over-current"),
            Self::OverTemperature => ("过温保护", "Over-temperature"),
            Self::Offline => ("断网恢复", "Link lost and restored"),
            Self::PowerCycle => ("断电重启", "Power cycle"),
            Self::Cycles => ("100 次完整充电", "100 full charges"),
            Self::Continuous => ("24 小时连续运行", "24 hours without interruption"),
            Self::Stability => ("7 天稳定运行", "7 days of stability"),
            Self::Format => ("数据格式正确率", "Format correctness"),
            Self::Timeliness => ("上报及时率", "Timeliness"),
            Self::Flow => ("流程完整率", "Flow completeness"),
            Self::Ota => ("远程升级支持", "OTA support"),
        }
    }
}

impl CheckState {
    /// Whether nothing more comes of it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Passed | Self::Failed)
    }
}

impl Wanted {
    /// The request to whoever stands at the device, Chinese and English.
    pub const fn request(self) -> (&'static str, &'static str) {
        match self {
            Self::Plug => ("请插入充电枪/插头", "Plug a vehicle in"),
            Self::Unplug => ("请在充电中拔出插头", "Pull the plug while it charges"),
            Self::OverCurrent => ("请触发过流故障", "Cause an over-current fault"),
            Self::OverTemperature => ("请触发过温故障", "Cause an over-temperature fault"),
            Self::Clear => ("请消除故障", "Take the fault away"),
            Self::Cut => (
                "请断开设备网络约一分钟后恢复",
                "Cut the device's link for about a minute, then restore it",
            ),
            Self::PowerCycle => (
                "请断开设备电源约十秒后恢复",
                "Switch the device's power off for about ten seconds, then on",
            ),
        }
    }
}

impl Area {
    /// Points of all its checks together.
    pub const fn points(self) -> u32 {
        match self {
            Self::Link | Self::Exceptions => 15,
            Self::Status => 20,
            Self::Control | Self::Data => 25,
        }
    }

    /// Its name, Chinese and English.
    pub const fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Link => ("基础连接", "Basic link"),
            Self::Status => ("状态监控", "Status monitoring"),
            Self::Control => ("充电控制", "Charge control"),
            Self::Data => ("数据上报", "Data reporting"),
            Self::Exceptions => ("异常处理", "Exception handling"),
        }
    }
}
