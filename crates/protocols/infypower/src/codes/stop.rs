//! Why a charge ended: the table of the Infypower and Shenghong dialects.

use super::{AlarmCode, EndCategory, Ended};
use device::EndReason;

super::category::stop_reasons! {
    /// Stop reason of records 202, 502, 402 and 222 (docs/protocols/infypower.md §9.4). One
    /// firmware always sends 0, so 0 means "normal, or not reported".
    pub enum StopReason {
        NormalEnd = 0, Normal, "normal end (正常结束)";
        BmsIdentificationTimeout = 1, BmsLink, "BMS identification (BRM) timeout (接收辨识报文超时)";
        BatteryParametersTimeout = 2, BmsLink, "battery parameters (BCP) timeout (接收电池充电参数超时)";
        BmsReadyTimeout = 3, BmsLink, "BMS ready (BRO) timeout (接收充电准备报文超时)";
        BatteryStateTimeout = 4, BmsLink, "battery state (BCS) timeout (接收电池总状态超时)";
        BatteryDemandTimeout = 5, BmsLink, "battery demand (BCL) timeout (接收电池需求超时)";
        BmsStopTimeout = 6, BmsLink, "BMS stop (BST) timeout (接收BMS中止报文超时)";
        BmsStatisticsTimeout = 7, BmsLink, "BMS statistics (BSD) timeout (接收BMS统计报文超时)";
        BemReceived = 20, BmsLink, "BEM received (收到BEM)";
        BstReceived = 21, Vehicle, "BST received (收到BST)";
        BsmReportsAnError = 22, Vehicle, "BSM reports an error (收到BSM错误)";
        BmsTemperatureTooHigh = 23, Vehicle, "BMS temperature too high (BMS温度过高)";
        CellVoltageTooHigh = 24, Vehicle, "cell voltage too high (单体电压过高)";
        DemandedCurrentAbnormal = 25, Vehicle, "demanded current abnormal (需求电流异常)";
        BstSocTargetReached = 30, Full, "BST: SOC target reached (BST SOC目标值)";
        BstTotalVoltageReached = 31, Full, "BST: total voltage reached (BST总电压设定值)";
        BstCellVoltageReached = 32, Full, "BST: cell voltage reached (BST单体电压满)";
        BstByte0Bit6 = 33, Vehicle, "BST byte 0 bit 6 (charger stopped) (BST_00_6)";
        BstInsulationFault = 34, Vehicle, "BST: insulation fault (BST绝缘故障)";
        BstConnectorOverTemperature = 35, Vehicle, "BST: connector over-temperature (BST连接器过温)";
        BstComponentOverTemperature = 36, Vehicle, "BST: component over-temperature (BST元件过温)";
        BstConnectorFault = 37, Vehicle, "BST: connector fault (BST连接器故障)";
        BstPackOverTemperature = 38, Vehicle, "BST: pack over-temperature (BST电池组过温)";
        BstOtherFault = 39, Vehicle, "BST: other fault (BST其他故障)";
        BstByte2Bit4 = 40, Vehicle, "BST byte 2 bit 4 (BST_02_4)";
        BstByte2Bit6 = 41, Vehicle, "BST byte 2 bit 6 (BST_02_6)";
        BstCurrentTooHigh = 42, Vehicle, "BST: current too high (BST电流过大)";
        BstVoltageAbnormal = 43, Vehicle, "BST: voltage abnormal (BST电压过大)";
        StoppedByUser = 200, UserLocal, "stopped by user (用户中止)";
        SystemWarning1 = 201, PileFault, "system warning 1 (系统告警1)";
        SystemWarning2 = 202, PileFault, "system warning 2 (系统告警2)";
        Cc1Disconnected = 300, Unplugged, "CC1 disconnected (CC1连接断开)";
        StoppedByCard = 301, UserCard, "stopped by card (用户刷卡停止)";
        EmergencyStop = 302, EmergencyStop, "emergency stop (紧急停机)";
        PreChargePowerOnFailed = 303, StartFailed, "pre-charge power-on failed (预处理加电失败)";
        InsulationCheckAbnormal = 304, PileFault, "insulation check abnormal (绝缘检测异常)";
        ControlBoardCommunication = 305, PileFault, "control board communication (控制板通讯异常)";
        EnergyLimitReached = 306, Limit, "energy limit reached (电量达到设定值)";
        TimeLimitReached = 307, Limit, "time limit reached (时间达到设定值)";
        AmountLimitReached = 308, Limit, "amount limit reached (金额达到设定值)";
        MeterCommunication = 309, Meter, "meter communication (电表通讯异常)";
        AmountAboveCardBalance = 310, Balance, "amount above card balance (超过用户卡金额)";
        StoppedByPlatform = 311, Platform, "stopped by platform (后台终止)";
        StoppedBySystemAlarm = 312, PileFault, "stopped by system alarm (系统告警终止)";
        PlatformConnectionLost = 313, LinkLost, "platform connection lost (后台通信终止)";
        ChargingVoltageAbnormal = 314, PileFault, "charging voltage abnormal (充电电压异常)";
        ChargingCurrentAbnormal = 315, PileFault, "charging current abnormal (充电电流异常)";
        BmsSocFull = 316, Full, "BMS SOC full (BMS SOC满)";
        MeterJumpedUp = 317, Meter, "meter jumped up (电表电量异常增大)";
        MeterWentDown = 318, Meter, "meter went down (电表电量异常变小)";
        VinMismatch = 319, Authorisation, "VIN mismatch (VIN不匹配)";
        StoppedInAdminScreen = 401, UserLocal, "stopped in admin screen (管理员界面终止)";
        SoftwareUpgrade = 402, Upgrade, "software upgrade (软件升级)";
        StartTimeout = 403, StartFailed, "start timeout (充电启动超时)";
        BsmCellVoltageAbnormal = 404, Vehicle, "BSM: cell voltage abnormal (BMS单体电压异常)";
        BsmSocAbnormal = 405, Vehicle, "BSM: SOC abnormal (BMS荷电状态异常)";
        BsmOverCurrent = 406, Vehicle, "BSM: over-current (BMS充电过电流)";
        BsmTemperatureTooHigh = 407, Vehicle, "BSM: temperature too high (BMS温度过高)";
        BsmInsulation = 408, Vehicle, "BSM: insulation (BMS绝缘状态)";
        BsmOutputConnector = 409, Vehicle, "BSM: output connector (BMS输出连接器)";
        VoltageAboveBmsMaximum = 410, Vehicle, "voltage above BMS maximum (充电电压超过BMS最大值)";
        OtherBmsState = 411, Vehicle, "other BMS state (BMS其他状态异常)";
        BcsVoltageAbnormal = 412, Vehicle, "BCS voltage abnormal (BCS电压异常)";
        OtherSystemFault = 2000, PileFault, "other system fault (系统其他故障)";
        EmergencyStop2001 = 2001, EmergencyStop, "emergency stop (紧急停机故障)";
        InsulationFault = 2002, PileFault, "insulation fault (绝缘故障)";
        DcOverVoltage = 2003, PileFault, "DC over-voltage (直流过压)";
        DcUnderVoltage = 2004, PileFault, "DC under-voltage (直流欠压)";
        SoftStartFailed = 2005, PileFault, "soft start failed (软启失败)";
        OutputReversed = 2006, PileFault, "output reversed (输出反接)";
        ContactorAbnormal = 2007, PileFault, "contactor abnormal (接触器异常)";
        ModuleFault = 2008, PileFault, "module fault (模块故障)";
        GridVoltageHigh = 2009, PileFault, "grid voltage high (电网电压高)";
        GridVoltageLow = 2010, PileFault, "grid voltage low (电网电压低)";
        GridFrequencyHigh = 2011, PileFault, "grid frequency high (电网频率高)";
        GridFrequencyLow = 2012, PileFault, "grid frequency low (电网频率低)";
        ModuleCommunication = 2013, PileFault, "module communication (模块通信异常)";
        ModuleTypesDiffer = 2014, PileFault, "module types differ (模块类型不一致)";
        AuxiliarySupplyLost = 2015, PowerLost, "auxiliary supply lost (系统辅源掉电)";
        DcOutputOpen = 2016, PileFault, "DC output open (直流输出断路)";
        InletOverTemperature = 2017, PileFault, "inlet over-temperature (进风口过温)";
        InletLowTemperature = 2018, PileFault, "inlet low temperature (进风口低温)";
        OutletOverTemperature = 2019, PileFault, "outlet over-temperature (出风口过温)";
        SharedModuleOverTemperature = 2020, PileFault, "shared module over-temperature (群充模块过温)";
        LightningProtection = 2021, PileFault, "lightning protection (防雷故障)";
        AcContactorAbnormal = 2022, PileFault, "AC contactor abnormal (交流接触器异常)";
        DisplayCommunication = 100_001, PileFault, "display communication (迪文通信告警)";
        CardReaderCommunication = 100_002, PileFault, "card reader communication (读卡器通信告警)";
        LightningProtector = 100_003, PileFault, "lightning protector (防雷器故障)";
        MainSwitchOrFuse = 100_004, PileFault, "main switch or fuse (主开关及熔断器故障)";
        EmergencyStop100005 = 100_005, EmergencyStop, "emergency stop (紧急停机)";
        Meter1Communication = 100_032, Meter, "meter 1 communication (电表1通讯)";
        Meter2Communication = 100_033, Meter, "meter 2 communication (电表2通讯)";
        Disconnected = 101_000, Unplugged, "disconnected (断开连接)";
        NotReady = 101_001, StartFailed, "not ready (未准备就绪)";
        OverVoltage = 101_002, PileFault, "over-voltage (充电过压)";
        OverCurrent = 101_003, PileFault, "over-current (充电过流)";
        UnderVoltage = 101_004, PileFault, "under-voltage (充电欠压)";
        StoppedByCard101005 = 101_005, UserCard, "stopped by card (用户刷卡停止)";
        StoppedByPlatform101006 = 101_006, Platform, "stopped by platform (后台停止)";
        TimeLimitReached101007 = 101_007, Limit, "time limit reached (时间达到设定值)";
        AmountLimitReached101008 = 101_008, Limit, "amount limit reached (金额达到设定值)";
        EnergyLimitReached101009 = 101_009, Limit, "energy limit reached (电量达到设定值)";
        SoftwareUpgrade101010 = 101_010, Upgrade, "software upgrade (软件升级)";
        PowerFailure = 101_011, PowerLost, "power failure (系统掉电)";
        UnknownCause = 101_012, Other, "unknown (未知原因)";
        StoppedOnUserScreen = 101_013, UserLocal, "stopped on user screen (用户界面终止)";
        InsufficientBalance = 101_014, Balance, "insufficient balance (金额不足)";
        BatteryFull = 101_015, Full, "battery full (电池充满)";
        UserConditionReached = 101_016, Limit, "user condition reached (达到用户设定条件)";
    }
}

impl Ended for StopReason {
    fn category(self) -> EndCategory {
        self.listed_category()
            .unwrap_or_else(|| match alarm_of(self) {
                Some(_) => EndCategory::PileFault,
                None => EndCategory::Other,
            })
    }

    fn end_reason(self) -> EndReason {
        match self {
            Self::InsulationCheckAbnormal | Self::InsulationFault => EndReason::Insulation,
            Self::Unknown(_) => match alarm_of(self) {
                Some(alarm) => alarm.end_reason(),
                None => EndReason::Unknown,
            },
            listed => listed.category().end_reason(),
        }
    }

    fn words(self) -> String {
        let alarm = alarm_of(self).and_then(AlarmCode::meaning);
        match self.meaning().or(alarm) {
            Some(words) => words.to_owned(),
            None => format!("ended (code {})", u32::from(self)),
        }
    }
}

/// Codes that only the alarm table lists are read by it.
fn alarm_of(reason: StopReason) -> Option<AlarmCode> {
    let StopReason::Unknown(code) = reason else {
        return None;
    };
    let shared = matches!(code, 2023..=2043 | 1000..=1007 | 100_034..=100_077);
    match AlarmCode::from(code) {
        AlarmCode::Unknown(_) => None,
        alarm => shared.then_some(alarm),
    }
}
