//! How a pile answers a start: the result of command 8.

wire::codes! {
    /// Result of command 8, docs/protocols/infypower.md §9.7.
    pub enum StartResult: u32 {
        /// success (成功)
        Success = 0,
        /// CC1 not connected, gun not plugged (CC1未连接)
        NotPlugged = 1,
        /// insulation test timeout (绝缘检测超时)
        InsulationTimeout = 2,
        /// insulation abnormal (绝缘检测异常)
        InsulationAbnormal = 3,
        /// service suspended (暂停服务)
        Suspended = 4,
        /// system fault (系统故障)
        SystemFault = 5,
        /// auxiliary supply does not match (辅电不匹配)
        AuxiliaryMismatch = 6,
        /// auxiliary supply failed (辅电开启失败)
        AuxiliaryFailed = 7,
        /// start timeout (启动超时)
        Timeout = 9,
        /// BMS handshake failed (BMS握手失败)
        BmsHandshake = 10,
        /// BMS configuration failed (BMS配置失败)
        BmsConfiguration = 11,
        /// BMS parameters abnormal (BMS参数异常)
        BmsParameters = 12,
        /// already charging (正在充电中)
        AlreadyCharging = 13,
        /// local mode (本地模式)
        LocalMode = 14,
        /// unknown start error (启动未知错误)
        UnknownError = 15,
        /// reserved by another user (桩已预约)
        ReservedByOther = 16,
        /// reservation: gun does not exist (预约枪口号不存在)
        ReservedGunMissing = 17,
        /// reservation: account differs (预约账户不一致)
        ReservedAccountDiffers = 18,
        /// parameter error (参数错误)
        ParameterError = 20,
        /// parameter error (参数错误)
        ParameterError21 = 21,
        /// other failure (其他失败)
        OtherFailure = 30,
        /// device unavailable (设备不可用)
        Unavailable = 80,
        /// charging not allowed (不允许充电)
        NotAllowed = 96,
        /// pile system fault, or the session ended at once (充电机系统故障)
        PileFault = 100_001,
        /// vehicle not ready in time (车辆准备就绪超时)
        VehicleNotReady = 100_002,
        /// already charging (正在充电中)
        PileAlreadyCharging = 100_003,
        /// local mode (本地模式)
        PileLocalMode = 100_004,
        /// wrong gun number (枪口号不对)
        WrongGun = 100_005,
    }
}

impl StartResult {
    /// The pile starts, or has started.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Success)
    }

    /// The gun charges already: ask which order before this is called a failure.
    pub const fn is_already_charging(self) -> bool {
        matches!(self, Self::AlreadyCharging | Self::PileAlreadyCharging)
    }

    /// In words; codes that the table does not list are failures.
    pub fn words(self) -> String {
        match self.meaning() {
            Some(words) => words.to_owned(),
            None => format!("unknown failure {}", u32::from(self)),
        }
    }
}
