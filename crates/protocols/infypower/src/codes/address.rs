//! Numbers of what can be controlled, set and read.

wire::codes! {
    /// Whether parameters are read or written: commands 1 to 4.
    pub enum ParamOp: u8 {
        /// query
        Query = 0,
        /// set
        Set = 1,
    }
}

wire::codes! {
    /// Whether a command was carried out: commands 2, 4, 6 and 1104. 1104 knows 0 and 1 only.
    pub enum CommandResult: u8 {
        /// success
        Success = 0,
        /// failed
        Failed = 1,
    }
}

/// What a control command writes where its table gives no other value.
pub const CONTROL_DO: u32 = 0x55;

wire::codes! {
    /// What command 5 controls, docs/protocols/infypower.md §9.9. Values of 12 and above are not
    /// public.
    pub enum ControlAddress: u32 {
        /// start charging (old piles)
        Start = 1,
        /// stop charging
        Stop = 2,
        /// start mode
        StartMode = 3,
        /// control mode, 0 BMS, 1 blind
        ControlMode = 4,
        /// strategy
        Strategy = 5,
        /// strategy parameter
        StrategyParameter = 6,
        /// output voltage of the blind mode, 0.1 V
        OutputVoltage = 7,
        /// output current of the blind mode, 0.1 A
        OutputCurrent = 8,
        /// 0 constant current, 1 constant voltage
        OutputMode = 9,
        /// cancel reservation
        CancelReservation = 10,
        /// restart
        Restart = 11,
        /// enter upgrade mode
        EnterUpgrade = 12,
        /// return to the normal application
        LeaveUpgrade = 13,
        /// report 106 now
        SignInNow = 14,
        /// report 104 now
        StatusNow = 15,
        /// scan payment successful
        ScanPaid = 16,
        /// limit maximum power
        LimitPower = 17,
        /// load type
        LoadType = 18,
        /// insulation detection
        InsulationDetection = 19,
        /// module type
        ModuleType = 20,
        /// local billing
        LocalBilling = 21,
        /// card password flow
        CardPassword = 22,
        /// suspend service
        SuspendService = 23,
        /// output voltage calibration
        Calibration = 24,
        /// limit power of the charger
        LimitChargerPower = 25,
    }
}

wire::codes! {
    /// Integer parameter of command 1, docs/protocols/infypower.md §9.10.
    pub enum NumberParam: u32 {
        /// sign-in interval, minutes
        SignInInterval = 1,
        /// project type
        ProjectType = 2,
        /// number of guns
        GunCount = 3,
        /// channel number
        Channel = 4,
        /// highest voltage
        VoltageMax = 5,
        /// highest current
        CurrentMax = 6,
        /// card reader type
        CardReader = 7,
        /// card reader baud rate
        CardReaderBaud = 8,
        /// card protocol
        CardProtocol = 9,
        /// platform verification
        PlatformVerification = 10,
        /// plate verification
        PlateVerification = 11,
        /// card and VIN binding
        CardVinBinding = 12,
        /// BMS cell protection voltage
        CellVoltageMax = 13,
        /// BMS cell protection temperature
        CellTemperatureMax = 14,
        /// timed report interval, seconds
        ReportInterval = 20,
        /// heartbeat period, seconds
        HeartbeatPeriod = 21,
        /// heartbeat timeout count
        HeartbeatTimeouts = 22,
        /// status report period, seconds
        StatusPeriod = 23,
        /// communication mode
        CommunicationMode = 24,
        /// server address, four bytes a.b.c.d
        ServerAddress = 25,
        /// server port
        ServerPort = 26,
        /// service fee price
        ServicePrice = 27,
        /// all-day electricity price
        AllDayPrice = 28,
        /// advertising light on, hour
        LightOnHour = 29,
        /// advertising light on, minute
        LightOnMinute = 30,
        /// advertising light off, hour
        LightOffHour = 31,
        /// advertising light off, minute
        LightOffMinute = 32,
        /// debug address
        DebugAddress = 33,
        /// debug data
        DebugData = 34,
        /// over-voltage limit
        OverVoltageLimit = 35,
        /// under-voltage limit
        UnderVoltageLimit = 36,
        /// over-current limit
        OverCurrentLimit = 37,
        /// auxiliary supply type
        AuxiliarySupply = 39,
        /// gun type
        GunType = 40,
        /// control board software version
        ControlBoardVersion = 41,
        /// acquisition board software version
        AcquisitionBoardVersion = 42,
        /// module type
        ModuleType = 43,
        /// group number
        Group = 44,
        /// address
        Address = 45,
        /// highest group
        GroupMax = 46,
        /// highest address
        AddressMax = 47,
        /// double-charge mode
        DoubleCharge = 48,
        /// screen type
        Screen = 49,
        /// spare I/O type
        SpareIo = 50,
        /// low ambient temperature
        AmbientMin = 51,
        /// number of shared modules
        SharedModules = 52,
        /// lamp type
        Lamp = 53,
        /// meter type
        Meter = 54,
        /// card type
        Card = 55,
        /// CAN3 address
        Can3Address = 56,
        /// BMS type
        Bms = 57,
        /// card verification by platform
        CardVerification = 58,
        /// authentication method
        Authentication = 59,
        /// limit voltage
        LimitVoltage = 60,
        /// limit current
        LimitCurrent = 61,
        /// fast period start, hour
        FastStartHour = 62,
        /// fast period start, minute
        FastStartMinute = 63,
        /// fast period end, hour
        FastEndHour = 64,
        /// fast period end, minute
        FastEndMinute = 65,
        /// state A and state B
        States = 66,
        /// module voltage
        ModuleVoltage = 67,
        /// insulation +V
        InsulationPlus = 68,
        /// insulation −V
        InsulationMinus = 69,
        /// insulation resistance
        InsulationResistance = 70,
        /// gun temperature protection +
        GunTemperaturePlus = 71,
        /// gun temperature protection −
        GunTemperatureMinus = 72,
        /// number of modules
        Modules = 73,
        /// meter energy
        MeterEnergy = 74,
        /// discount billing
        Discount = 75,
        /// ambient over-temperature
        AmbientMax = 76,
        /// power on and off (V5.3)
        Power = 92,
    }
}

impl NumberParam {
    /// Whether the platform may change it. Everything else is commissioning.
    pub const fn may_be_set(self) -> bool {
        matches!(
            self,
            Self::SignInInterval
                | Self::ReportInterval
                | Self::HeartbeatPeriod
                | Self::HeartbeatTimeouts
                | Self::StatusPeriod
                | Self::ServerAddress
                | Self::ServerPort
        )
    }
}

wire::codes! {
    /// Character parameter of command 3, docs/protocols/infypower.md §9.11.
    pub enum TextParam: u32 {
        /// pile code
        PileCode = 1,
        /// clock, BCD
        Clock = 2,
        /// administrator password
        AdministratorPassword = 3,
        /// operator password
        OperatorPassword = 4,
        /// MAC
        Mac = 5,
        /// server login password
        LoginPassword = 6,
        /// QR code of the pile
        PileQr = 7,
        /// service hot line 1
        HotLine1 = 8,
        /// service hot line 2
        HotLine2 = 9,
        /// payment QR code
        PaymentQr = 10,
        /// QR code prefix
        QrPrefix = 11,
        /// DL/T 645-2007 meter address
        MeterAddress = 12,
        /// domain name (V2.8); Lvneng: QR code of gun 1
        Domain = 13,
        /// QR code of the gun (V2.8); Lvneng: QR code of gun 2
        GunQr = 14,
    }
}

impl TextParam {
    /// Lvneng: addresses of the QR codes of guns 1 to 32.
    pub const LVNENG_GUN_QR: std::ops::RangeInclusive<u32> = 13..=44;

    /// Its length in bytes, to which old piles want it padded; none where none is known.
    pub const fn length(self) -> Option<usize> {
        Some(match self {
            Self::PileCode => 32,
            Self::Clock | Self::AdministratorPassword | Self::OperatorPassword => 8,
            Self::Mac => 6,
            Self::LoginPassword | Self::HotLine1 | Self::HotLine2 => 16,
            Self::PileQr | Self::PaymentQr | Self::Domain | Self::GunQr => 256,
            Self::QrPrefix => 128,
            Self::MeterAddress => 12,
            Self::Unknown(_) => return None,
        })
    }
}

wire::codes! {
    /// What a pile asks for with command 10; a number space of its own.
    pub enum UploadRequest: u32 {
        /// generate a prepaid payment QR code
        PrepaidQr = 1,
    }
}
