//! Stop reasons of transaction records (停止原因).

use device::{EndReason, Fault};

/// What a stop reason means for the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopClass {
    /// 充电完成: ended as wanted.
    Finished,
    /// 启动失败: never charged.
    StartFailed,
    /// 异常中止: cut off; what was delivered is billed.
    Aborted,
    /// 未知: the pile does not know, or uses a number of its own.
    Unknown,
}

wire::codes! {
    /// Why a transaction ended.
    pub enum StopReason: u8 {
        /// none
        None = 0x00,
        /// remote stop by app
        Remote = 0x40,
        /// SOC 100 %
        Full = 0x41,
        /// energy limit reached
        EnergyLimit = 0x42,
        /// amount limit reached
        AmountLimit = 0x43,
        /// time limit reached
        TimeLimit = 0x44,
        /// stopped by hand
        Hand = 0x45,
        /// other, reserved; one firmware: SOC limit reached
        SocLimit = 0x46,
        /// start failed: control system fault, restart or self-recovery needed
        StartControl = 0x4A,
        /// start failed: control pilot open
        StartPilot = 0x4B,
        /// start failed: breaker tripped
        StartBreaker = 0x4C,
        /// start failed: meter communication lost
        StartMeter = 0x4D,
        /// start failed: balance not enough
        StartBalance = 0x4E,
        /// start failed: charging module fault
        StartModule = 0x4F,
        /// start failed: emergency stop
        StartEmergency = 0x50,
        /// start failed: surge protector
        StartSurge = 0x51,
        /// start failed: BMS not ready
        StartBms = 0x52,
        /// start failed: temperature
        StartTemperature = 0x53,
        /// start failed: battery reversed
        StartReversed = 0x54,
        /// start failed: electronic lock
        StartLock = 0x55,
        /// start failed: closing failed
        StartClosing = 0x56,
        /// start failed: insulation
        StartInsulation = 0x57,
        /// start failed: BHM timeout
        StartBhm = 0x59,
        /// start failed: BRM timeout
        StartBrm = 0x5A,
        /// start failed: BCP timeout
        StartBcp = 0x5B,
        /// start failed: BRO (AA) timeout
        StartBro = 0x5C,
        /// start failed: BCS timeout
        StartBcs = 0x5D,
        /// start failed: BCL timeout
        StartBcl = 0x5E,
        /// start failed: BSM timeout
        StartBsm = 0x5F,
        /// start failed: voltage present in the BHM phase
        StartVoltage = 0x60,
        /// start failed: battery voltage at BRO_AA differs from BCP by more than 5 %
        StartVoltageGap = 0x61,
        /// start failed: BRO_AA fell back to BRO_00 during pre-charge
        StartBroBack = 0x62,
        /// start failed: host configuration message timeout
        StartHost = 0x63,
        /// start failed: charger not ready, no CRO AA
        StartCro = 0x64,
        /// system interlock
        Interlock = 0x6A,
        /// control pilot open
        Pilot = 0x6B,
        /// breaker tripped
        Breaker = 0x6C,
        /// meter communication lost
        Meter = 0x6D,
        /// balance not enough
        Balance = 0x6E,
        /// AC protection
        AcProtection = 0x6F,
        /// DC protection
        DcProtection = 0x70,
        /// charging module fault
        Module = 0x71,
        /// emergency stop
        Emergency = 0x72,
        /// surge protector
        Surge = 0x73,
        /// temperature
        Temperature = 0x74,
        /// output abnormal
        Output = 0x75,
        /// no current
        NoCurrent = 0x76,
        /// electronic lock
        Lock = 0x77,
        /// reserved; one pile SDK: insulation fault by the BMS
        BmsInsulation = 0x78,
        /// total voltage abnormal
        TotalVoltage = 0x79,
        /// total current abnormal
        TotalCurrent = 0x7A,
        /// cell voltage abnormal
        CellVoltage = 0x7B,
        /// battery over temperature
        BatteryTemperature = 0x7C,
        /// highest cell voltage abnormal
        MaxCellVoltage = 0x7D,
        /// highest battery temperature
        MaxBatteryTemperature = 0x7E,
        /// BMV cell voltage abnormal
        BmvVoltage = 0x7F,
        /// BMT battery over temperature
        BmtTemperature = 0x80,
        /// battery state abnormal
        BatteryState = 0x81,
        /// vehicle forbids charging
        Forbidden = 0x82,
        /// pile lost power
        PowerLoss = 0x83,
        /// BCS timeout
        Bcs = 0x84,
        /// BCL timeout
        Bcl = 0x85,
        /// BSM timeout
        Bsm = 0x86,
        /// BST timeout
        Bst = 0x87,
        /// BSD timeout
        Bsd = 0x88,
        /// CCS timeout on the other side
        Ccs = 0x89,
        /// reserved; one pile SDK: BMS connector
        BmsConnector = 0x8A,
        /// reserved; one pile SDK: BMS component
        BmsComponent = 0x8B,
        /// reserved; one pile SDK: connector
        Connector = 0x8C,
        /// reserved; one pile SDK: CC2 voltage
        Cc2 = 0x8D,
        /// reserved; one pile SDK: other
        BmsOther = 0x8E,
        /// reserved; one pile SDK: BEM
        Bem = 0x8F,
        /// unknown reason
        Unexplained = 0x90,
    }
}

impl StopReason {
    /// The class, by the ranges of the table; reserved numbers have the class of their range.
    pub fn class(self) -> StopClass {
        match u8::from(self) {
            0x40..=0x49 => StopClass::Finished,
            0x4A..=0x69 => StopClass::StartFailed,
            0x6A..=0x8F => StopClass::Aborted,
            _ => StopClass::Unknown,
        }
    }

    /// In neutral words.
    ///
    /// Numbers that the table reserves keep the class of their range: a charge that ended as
    /// wanted is normal, the others are faults. Whatever lies outside of the ranges is unknown.
    pub fn end_reason(self) -> EndReason {
        match self {
            Self::Remote => EndReason::RemoteStop,
            Self::Full => EndReason::Full,
            Self::Hand => EndReason::UserStop,
            Self::StartBalance | Self::Balance => EndReason::InsufficientBalance,
            Self::StartEmergency | Self::Emergency => EndReason::EmergencyStop,
            Self::StartPilot
            | Self::StartLock
            | Self::Pilot
            | Self::Lock
            | Self::BmsConnector
            | Self::Connector
            | Self::Cc2 => EndReason::GunFault,
            Self::StartInsulation | Self::BmsInsulation => EndReason::Insulation,
            Self::NoCurrent => EndReason::NoLoad,
            Self::Forbidden => EndReason::BmsStop,
            Self::PowerLoss => EndReason::PowerOff,
            other => match other.class() {
                StopClass::Finished => EndReason::Normal,
                StopClass::StartFailed | StopClass::Aborted => EndReason::DeviceFault,
                StopClass::Unknown => EndReason::Unknown,
            },
        }
    }

    /// The fault behind it, where it names one.
    pub const fn fault(self) -> Option<Fault> {
        Some(match self {
            Self::StartControl | Self::StartHost | Self::Interlock => Fault::InnerLink,
            Self::StartPilot | Self::Pilot | Self::BmsConnector | Self::Connector | Self::Cc2 => {
                Fault::ControlPilot
            }
            Self::StartBreaker | Self::Breaker | Self::StartClosing => Fault::Relay,
            Self::StartMeter | Self::Meter => Fault::Meter,
            Self::StartModule | Self::Module => Fault::ChargingModule,
            Self::StartEmergency | Self::Emergency => Fault::EmergencyStop,
            Self::StartSurge | Self::Surge => Fault::SurgeProtector,
            Self::StartTemperature | Self::Temperature => Fault::OverTemperature,
            Self::StartReversed => Fault::BatteryReversed,
            Self::StartLock | Self::Lock => Fault::GunLock,
            Self::StartInsulation | Self::BmsInsulation => Fault::Insulation,
            Self::StartBms
            | Self::StartBhm
            | Self::StartBrm
            | Self::StartBcp
            | Self::StartBro
            | Self::StartBcs
            | Self::StartBcl
            | Self::StartBsm
            | Self::StartVoltage
            | Self::StartVoltageGap
            | Self::StartBroBack
            | Self::StartCro
            | Self::TotalVoltage
            | Self::TotalCurrent
            | Self::CellVoltage
            | Self::BatteryTemperature
            | Self::MaxCellVoltage
            | Self::MaxBatteryTemperature
            | Self::BmvVoltage
            | Self::BmtTemperature
            | Self::BatteryState
            | Self::Bcs
            | Self::Bcl
            | Self::Bsm
            | Self::Bst
            | Self::Bsd
            | Self::Ccs
            | Self::BmsComponent
            | Self::BmsOther
            | Self::Bem => Fault::Bms,
            Self::AcProtection | Self::PowerLoss => Fault::PowerLoss,
            Self::DcProtection | Self::Output => Fault::OverCurrent,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{StopClass, StopReason};
    use device::EndReason;

    #[test]
    fn classes_follow_the_ranges_and_numbers_survive() {
        for number in 0..=u8::MAX {
            let reason = StopReason::from(number);
            assert_eq!(u8::from(reason), number);
            let wanted = match number {
                0x40..=0x49 => StopClass::Finished,
                0x4A..=0x69 => StopClass::StartFailed,
                0x6A..=0x8F => StopClass::Aborted,
                _ => StopClass::Unknown,
            };
            assert_eq!(reason.class(), wanted);
            // Only a charge that ended as wanted, and nothing unknown, goes without a fault.
            let faultless = matches!(reason.class(), StopClass::Finished | StopClass::Unknown);
            assert!(!faultless || reason.fault().is_none(), "{number:#04x}");
        }
    }

    #[test]
    fn reasons_in_neutral_words() {
        for (number, wanted) in [
            (0x00, EndReason::Unknown),
            (0x40, EndReason::RemoteStop),
            (0x41, EndReason::Full),
            (0x42, EndReason::Normal),
            (0x43, EndReason::Normal),
            (0x44, EndReason::Normal),
            (0x45, EndReason::UserStop),
            (0x48, EndReason::Normal),
            (0x4E, EndReason::InsufficientBalance),
            (0x57, EndReason::Insulation),
            (0x66, EndReason::DeviceFault),
            (0x6B, EndReason::GunFault),
            (0x6E, EndReason::InsufficientBalance),
            (0x72, EndReason::EmergencyStop),
            (0x82, EndReason::BmsStop),
            (0x83, EndReason::PowerOff),
            (0x90, EndReason::Unknown),
            (0xC1, EndReason::Unknown),
        ] {
            assert_eq!(
                StopReason::from(number).end_reason(),
                wanted,
                "{number:#04x}"
            );
        }
    }
}
