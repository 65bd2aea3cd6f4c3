use serde::{Deserialize, Serialize};

/// What a port is doing, independent of the protocol. "Offline" is not among them: it is a
/// property of the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortState {
    /// Never reported.
    #[default]
    Unknown,
    /// Free, nothing plugged in.
    Idle,
    /// A plug is in, no order.
    Plugged,
    /// Held by a reservation.
    Reserved,
    /// An order has been sent, charging has not begun.
    Starting,
    /// Energy flows.
    Charging,
    /// The order runs but no energy flows.
    Suspended,
    /// The order has ended, the plug is still in.
    Finishing,
    /// The device reports a fault.
    Fault,
    /// Taken out of service by an operator.
    Disabled,
}

impl PortState {
    /// The canonical text, as stored in `ports.state`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Idle => "idle",
            Self::Plugged => "plugged",
            Self::Reserved => "reserved",
            Self::Starting => "starting",
            Self::Charging => "charging",
            Self::Suspended => "suspended",
            Self::Finishing => "finishing",
            Self::Fault => "fault",
            Self::Disabled => "disabled",
        }
    }

    /// From the canonical text.
    pub fn parse(text: &str) -> Option<Self> {
        const ALL: [PortState; 10] = [
            PortState::Unknown,
            PortState::Idle,
            PortState::Plugged,
            PortState::Reserved,
            PortState::Starting,
            PortState::Charging,
            PortState::Suspended,
            PortState::Finishing,
            PortState::Fault,
            PortState::Disabled,
        ];
        ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The literal API code of `ports.status`: 0 idle, 1 charging, 2 fault.
    pub const fn status_code(self) -> i16 {
        match self {
            Self::Charging | Self::Suspended => 1,
            Self::Fault | Self::Disabled => 2,
            _ => 0,
        }
    }
}

/// What is wrong with a port or device, independent of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Short circuit at the output.
    ShortCircuit,
    /// Current above the limit.
    OverCurrent,
    /// Temperature above the limit.
    OverTemperature,
    /// Power above the limit.
    OverPower,
    /// Supply voltage too high.
    OverVoltage,
    /// Supply voltage too low.
    UnderVoltage,
    /// Leakage current.
    Leakage,
    /// Smoke detector.
    Smoke,
    /// Emergency stop pressed.
    EmergencyStop,
    /// Metering error.
    Meter,
    /// Relay stuck or failing its test.
    Relay,
    /// Insulation test failed.
    Insulation,
    /// Electronic lock of the gun.
    GunLock,
    /// The vehicle's battery management, or talking to it.
    Bms,
    /// Charging module.
    ChargingModule,
    /// Surge protector.
    SurgeProtector,
    /// Door of the cabinet open.
    Door,
    /// Control pilot, or the gun's connection.
    ControlPilot,
    /// Mains supply lost or out of phase.
    PowerLoss,
    /// Battery connected the wrong way round.
    BatteryReversed,
    /// Parts of the device do not hear each other.
    InnerLink,
    /// Protective earth missing.
    Earth,
    /// A fault that the protocol does not name; the raw code says which.
    Unknown(u32),
}

impl Fault {
    /// The published fault code: 4, 8 and 16 are literals of the third-party contract, the rest
    /// are ours and never collide with them.
    pub const fn code(self) -> u32 {
        match self {
            Self::ShortCircuit => 4,
            Self::OverCurrent => 8,
            Self::OverTemperature => 16,
            Self::OverPower => 101,
            Self::OverVoltage => 102,
            Self::UnderVoltage => 103,
            Self::Leakage => 104,
            Self::Smoke => 105,
            Self::EmergencyStop => 106,
            Self::Meter => 107,
            Self::Relay => 108,
            Self::Insulation => 109,
            Self::GunLock => 110,
            Self::Bms => 111,
            Self::ChargingModule => 112,
            Self::SurgeProtector => 113,
            Self::Door => 114,
            Self::ControlPilot => 115,
            Self::PowerLoss => 116,
            Self::BatteryReversed => 117,
            Self::InnerLink => 118,
            Self::Earth => 119,
            Self::Unknown(raw) => raw,
        }
    }

    /// The text shown to operators and sent as `fault_msg`.
    pub const fn message(self) -> &'static str {
        match self {
            Self::ShortCircuit => "短路保护触发",
            Self::OverCurrent => "过流保护触发",
            Self::OverTemperature => "温度过高保护触发",
            Self::OverPower => "功率过高保护触发",
            Self::OverVoltage => "电压过高",
            Self::UnderVoltage => "电压过低",
            Self::Leakage => "漏电保护触发",
            Self::Smoke => "烟雾报警",
            Self::EmergencyStop => "急停按下",
            Self::Meter => "电表故障",
            Self::Relay => "继电器故障",
            Self::Insulation => "绝缘故障",
            Self::GunLock => "枪锁故障",
            Self::Bms => "BMS 故障",
            Self::ChargingModule => "充电模块故障",
            Self::SurgeProtector => "防雷器故障",
            Self::Door => "柜门打开",
            Self::ControlPilot => "充电枪连接故障",
            Self::PowerLoss => "输入电源故障",
            Self::BatteryReversed => "电池反接",
            Self::InnerLink => "内部通信故障",
            Self::Earth => "接地故障",
            Self::Unknown(_) => "未知故障",
        }
    }
}

/// Why a charge ended. The numbers 0..=6 are literals of the third-party contract
/// (`orders.end_reason`); 7..=16 are kept for detail and published mapped down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum EndReason {
    /// Plug pulled, or the paid time or energy reached.
    Normal = 0,
    /// Battery full.
    Full = 1,
    /// Money used up.
    InsufficientBalance = 2,
    /// Stopped through the API or the app.
    RemoteStop = 3,
    /// Short circuit, over-current, over-temperature, or the device lost the order.
    DeviceFault = 4,
    /// The platform gave up waiting, or the maximum duration passed.
    Timeout = 5,
    /// Button, or the same card swiped again.
    UserStop = 6,
    /// Nothing draws power.
    NoLoad = 7,
    /// Power above the plan or the limit.
    OverPower = 8,
    /// Supply failed.
    PowerOff = 9,
    /// Emergency stop pressed.
    EmergencyStop = 10,
    /// The vehicle's battery management ended it.
    BmsStop = 11,
    /// Replaced by a newer order on the same port.
    Replaced = 12,
    /// Fault of the gun or its lock.
    GunFault = 13,
    /// Insulation test failed.
    Insulation = 14,
    /// The device gave no reason that is known.
    Unknown = 15,
    /// The platform cut the power off: fire safety.
    FireSafety = 16,
}

impl EndReason {
    const ALL: [Self; 17] = [
        Self::Normal,
        Self::Full,
        Self::InsufficientBalance,
        Self::RemoteStop,
        Self::DeviceFault,
        Self::Timeout,
        Self::UserStop,
        Self::NoLoad,
        Self::OverPower,
        Self::PowerOff,
        Self::EmergencyStop,
        Self::BmsStop,
        Self::Replaced,
        Self::GunFault,
        Self::Insulation,
        Self::Unknown,
        Self::FireSafety,
    ];

    /// The number stored in `orders.end_reason`.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// From the stored number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The reason as published to third parties: one of the seven contract literals.
    #[must_use]
    pub const fn published(self) -> Self {
        match self {
            Self::NoLoad | Self::Unknown => Self::Normal,
            Self::BmsStop => Self::Full,
            Self::Replaced => Self::UserStop,
            Self::OverPower
            | Self::PowerOff
            | Self::EmergencyStop
            | Self::GunFault
            | Self::Insulation
            | Self::FireSafety => Self::DeviceFault,
            contract => contract,
        }
    }

    /// The text used in webhooks and the API, without mapping down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Full => "full",
            Self::InsufficientBalance => "insufficient_balance",
            Self::RemoteStop => "remote_stop",
            Self::DeviceFault => "device_fault",
            Self::Timeout => "timeout",
            Self::UserStop => "user_stop",
            Self::NoLoad => "no_load",
            Self::OverPower => "over_power",
            Self::PowerOff => "power_off",
            Self::EmergencyStop => "emergency_stop",
            Self::BmsStop => "bms_stop",
            Self::Replaced => "replaced",
            Self::GunFault => "gun_fault",
            Self::Insulation => "insulation",
            Self::Unknown => "unknown",
            Self::FireSafety => "fire_safety",
        }
    }

    /// The default text for people.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Normal => "正常结束",
            Self::Full => "充满自停",
            Self::InsufficientBalance => "余额不足",
            Self::RemoteStop => "远程停止",
            Self::DeviceFault => "设备故障",
            Self::Timeout => "超时",
            Self::UserStop => "用户主动停止",
            Self::NoLoad => "用户拔出插头",
            Self::OverPower => "功率超限",
            Self::PowerOff => "设备断电",
            Self::EmergencyStop => "急停按下",
            Self::BmsStop => "车辆结束充电",
            Self::Replaced => "被新订单替换",
            Self::GunFault => "充电枪故障",
            Self::Insulation => "绝缘故障",
            Self::Unknown => "未知原因",
            Self::FireSafety => "安全断电",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EndReason, PortState};

    #[test]
    fn codes_and_texts_round_trip() {
        for code in 0..17 {
            let reason = EndReason::from_code(code).expect("0..=16 are all assigned");
            assert_eq!(reason.code(), code);
            assert!(reason.published().code() <= 6);
        }
        assert_eq!(EndReason::from_code(17), None);
        assert_eq!(PortState::parse("suspended"), Some(PortState::Suspended));
        assert_eq!(PortState::parse("offline"), None);
    }
}
