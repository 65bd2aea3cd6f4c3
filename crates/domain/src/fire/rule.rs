use crate::alarm::AlarmCode;
use crate::text_enum::text_enum;

text_enum! {
    /// Why power was cut off.
    FireRule {
        /// The port is too hot.
        TempHigh = "temp_high",
        /// The port becomes hot too fast.
        TempRise = "temp_rise",
        /// A full battery draws high power again.
        AfterFull = "after_full",
        /// High power long after a charge has usually ended.
        Plateau = "plateau",
        /// More power than the class that was paid for.
        OverPower = "over_power",
        /// More power than is allowed at night.
        NightPower = "night_power",
        /// Longer than is allowed at night.
        NightTime = "night_time",
        /// The device's smoke detector.
        Smoke = "smoke",
        /// Leakage current.
        Leakage = "leakage",
        /// Power flows at a port without an order: its relay does not open.
        RelayStuck = "relay_stuck",
    }
}

impl FireRule {
    /// The alarm that is raised.
    pub const fn alarm(self) -> AlarmCode {
        match self {
            Self::TempHigh => AlarmCode::FireTempHigh,
            Self::TempRise => AlarmCode::FireTempRise,
            Self::AfterFull | Self::Plateau => AlarmCode::FireBattery,
            Self::OverPower => AlarmCode::FireOverPower,
            Self::NightPower | Self::NightTime => AlarmCode::FireNight,
            Self::Smoke => AlarmCode::FireSmoke,
            Self::Leakage => AlarmCode::FireLeakage,
            Self::RelayStuck => AlarmCode::RelayStuck,
        }
    }

    /// Whether the port stays locked until somebody has looked and releases it. What only broke a
    /// limit of power or time is over with its charge.
    pub const fn locks(self) -> bool {
        !matches!(self, Self::OverPower | Self::NightPower | Self::NightTime)
    }

    /// What people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::TempHigh => "温度过高",
            Self::TempRise => "温升过快",
            Self::AfterFull => "充满后功率异常回升",
            Self::Plateau => "长时间大功率充电",
            Self::OverPower => "功率超出套餐",
            Self::NightPower => "夜间功率超限",
            Self::NightTime => "夜间充电超时",
            Self::Smoke => "烟雾报警",
            Self::Leakage => "漏电",
            Self::RelayStuck => "继电器粘连",
        }
    }

    /// The unit of its value and threshold.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::TempHigh => "°C",
            Self::TempRise => "0.1 °C/min",
            Self::AfterFull
            | Self::Plateau
            | Self::OverPower
            | Self::NightPower
            | Self::RelayStuck => "0.1 W",
            Self::NightTime => "s",
            Self::Smoke | Self::Leakage => "",
        }
    }
}
