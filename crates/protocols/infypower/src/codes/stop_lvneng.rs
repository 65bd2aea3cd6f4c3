//! Why a charge ended: the table of the Lvneng dialect.

use super::{EndCategory, Ended};
use device::EndReason;

super::category::stop_reasons! {
    /// Stop reason of Lvneng record 203 (docs/protocols/infypower.md §9.5). The vendor counts from
    /// 257; the same numbers mean other things as [`super::LvnengAlarm`].
    pub enum LvnengStop {
        BmsStop = 257, Vehicle, "BMS stop";
        PlatformStop = 258, Platform, "platform stop (平台中止)";
        UserConditionReached = 259, Limit, "user condition reached";
        ManualStop = 260, UserLocal, "manual stop (人工中止)";
        ChargerFault = 261, PileFault, "charger fault";
        ConnectorFault = 262, PileFault, "connector fault";
        ConnectorPulledOut = 263, Unplugged, "connector pulled out";
        MainContactor = 265, PileFault, "main contactor";
        ParallelContactor = 266, PileFault, "parallel contactor";
        ElectronicLock = 267, PileFault, "electronic lock";
        VoltageAbnormal = 268, PileFault, "voltage abnormal";
        ChargingCurrentTooSmall = 269, Normal, "charging current too small (usually end of charge)";
        OverCurrent = 270, PileFault, "over-current";
        VoltageMismatch = 271, PileFault, "voltage mismatch";
        BmsDataNotRefreshed = 272, BmsLink, "BMS data not refreshed";
        MeterCommunication = 273, Meter, "meter communication";
        SocFull = 275, Full, "SOC full";
        ActiveProtectionOverTemperature = 278, Vehicle, "active protection: over-temperature";
        ActiveProtectionLowTemperature = 279, Vehicle, "active protection: low temperature";
        ActiveProtectionThermalRunaway = 280, Vehicle, "active protection: thermal runaway";
        ActiveProtectionOvercharge = 281, Vehicle, "active protection: overcharge";
        BmsAuxiliarySupply = 282, PileFault, "BMS auxiliary supply";
        BmsContactorOpen = 283, Vehicle, "BMS contactor open";
        ActiveProtectionBmsDataOutRange = 284, Vehicle, "active protection: BMS data out of range";
        TmuOverTemperature = 285, PileFault, "TMU over-temperature";
        ActiveProtectionPortVoltage = 286, Vehicle, "active protection: port voltage";
        GunPulled = 289, Unplugged, "gun pulled";
        DeviceOverTemperature = 290, PileFault, "device over-temperature";
        OverCurrent291 = 291, PileFault, "over-current";
        OverVoltage = 292, PileFault, "over-voltage";
        UnderVoltage = 293, PileFault, "under-voltage";
        HolderOverTemperature = 296, PileFault, "holder over-temperature";
        GunHeadOverTemperature = 299, PileFault, "gun head over-temperature";
        ModuleStartFailed = 300, PileFault, "module start failed";
        Water = 302, PileFault, "water";
        StartNotAcceptedWhileEnding = 305, StartFailed, "start not accepted while ending";
        ActiveProtectionCellOverVoltage = 307, Vehicle, "active protection: cell over-voltage";
        ActiveProtectionPackOverVoltage = 308, Vehicle, "active protection: pack over-voltage";
        MeterCheckError = 309, Meter, "meter check error";
        BmsCommunicationTimeout = 310, BmsLink, "BMS communication timeout";
        VoltageMismatch311 = 311, PileFault, "voltage mismatch";
        SystemFan = 312, PileFault, "system fan";
        CmuEmergencyStop = 313, EmergencyStop, "CMU emergency stop";
        Insulation = 314, PileFault, "insulation";
        NoModuleAvailable = 315, PileFault, "no module available";
        Fuse = 318, PileFault, "fuse";
        ModuleMatching = 319, PileFault, "module matching";
        StartNotAcceptedDuringConfigurationOrUpgrade = 320, Upgrade, "start not accepted during configuration or upgrade";
        ActiveProtectionNotReleased = 321, Vehicle, "active protection not released";
        TargetSocReached = 322, Full, "target SOC reached";
        TargetTotalVoltageReached = 323, Full, "target total voltage reached";
        TargetCellVoltageReached = 324, Full, "target cell voltage reached";
        BmsInsulationFault = 325, Vehicle, "BMS insulation fault";
        OutputConnectorOverTemperature = 326, Vehicle, "output connector over-temperature";
        BmsPartOverTemperature = 327, Vehicle, "BMS part over-temperature";
        ChargeConnectorFault = 328, Vehicle, "charge connector fault";
        PackOverTemperature = 329, Vehicle, "pack over-temperature";
        HvRelay = 330, Vehicle, "HV relay";
        Cc2Voltage = 331, Vehicle, "CC2 voltage";
        OtherVehicleFault = 332, Vehicle, "other vehicle fault";
        CurrentTooHigh = 333, Vehicle, "current too high";
        VoltageAbnormal334 = 334, Vehicle, "voltage abnormal";
        BmsStop335 = 335, Vehicle, "BMS stop";
        TerminalOffline = 347, LinkLost, "terminal offline";
        PlatformOffline = 348, LinkLost, "platform offline";
        CommandTimeout = 349, StartFailed, "command timeout";
        StartTimeout = 350, StartFailed, "start timeout";
        DischargeStartTimeout = 351, StartFailed, "discharge start timeout";
        IllegalStart = 352, StartFailed, "illegal start";
        ScreenOperation = 353, UserLocal, "screen operation";
        InternalVinRequest = 354, UserLocal, "internal VIN request";
        CardAtScreen = 355, UserCard, "card at screen";
        AbnormalEnergy = 356, Meter, "abnormal energy";
        InsufficientBalance = 357, Balance, "insufficient balance";
        EnergyLimit = 358, Limit, "energy limit";
        TimeLimit = 359, Limit, "time limit";
        OffPeakChargingEnd = 360, Limit, "off-peak charging end";
        AmountLimit = 361, Limit, "amount limit";
        ShortCircuit = 390, PileFault, "short circuit";
        NegativeVoltageAtVehiclePort = 392, Vehicle, "negative voltage at vehicle port";
        CabinetTilted = 405, PileFault, "cabinet tilted";
        Smoke = 406, PileFault, "smoke";
        TemperatureOrHumidity = 407, PileFault, "temperature or humidity";
        IoBoardOffline = 513, PileFault, "IO board offline";
        TmuCmuOffline = 514, PileFault, "TMU and CMU offline";
        CmuDoor = 521, PileFault, "CMU door";
        TmuEmergencyStop = 522, EmergencyStop, "TMU emergency stop";
        TmuInterlock = 523, PileFault, "TMU interlock";
        VoltageBeforeOutputContactor = 524, PileFault, "voltage before output contactor";
        TmuDoor = 525, PileFault, "TMU door";
        IoBoardInterlock = 526, PileFault, "IO board interlock";
        CmuInterlock = 527, PileFault, "CMU interlock";
        CmuNoModule = 528, PileFault, "CMU no module";
        TmuNoModule = 529, PileFault, "TMU no module";
        AcInputContactorRefusesOrMisoperates = 530, PileFault, "AC input contactor refuses or misoperates";
        AcInputContactorWelded = 531, PileFault, "AC input contactor welded";
        AcInputAbnormal = 532, PileFault, "AC input abnormal";
        DischargeCircuit = 533, PileFault, "discharge circuit";
        BmsVoltageAbnormal = 534, Vehicle, "BMS voltage abnormal";
        BatteryVoltageLow = 535, Vehicle, "battery voltage low";
        VoltageBehindOutputContactor = 536, PileFault, "voltage behind output contactor";
        BrmData = 538, Vehicle, "BRM data";
        BcpData = 539, Vehicle, "BCP data";
        BroTimeout = 540, BmsLink, "BRO timeout";
        BclTimeout = 541, BmsLink, "BCL timeout";
        BcsTimeout = 542, BmsLink, "BCS timeout";
        BmsProtocolVersion = 543, BmsLink, "BMS protocol version";
        PreChargeVoltage = 544, PileFault, "pre-charge voltage";
        LightningProtector = 545, PileFault, "lightning protector";
        AcBreaker = 546, PileFault, "AC breaker";
        AuxiliarySupplyWhileCharging = 547, PileFault, "auxiliary supply while charging";
        BusOverVoltage = 548, PileFault, "bus over-voltage";
        BusUnderVoltage = 549, PileFault, "bus under-voltage";
        BusOverCurrent = 550, PileFault, "bus over-current";
        BatteryMaximumBelowChargerMinimum = 551, Vehicle, "battery maximum below charger minimum";
        OutsideVoltage10VBeforeInsulationTest = 552, PileFault, "outside voltage ≥ 10 V before insulation test";
        BatteryVoltageAboveItsMaximum = 553, Vehicle, "battery voltage above its maximum";
        BrmTimeout = 554, BmsLink, "BRM timeout";
        BcpTimeout = 555, BmsLink, "BCP timeout";
        BroTimeout556 = 556, BmsLink, "BRO (0xAA) timeout";
        LightBoard = 557, PileFault, "light board";
        BsmTimeout = 558, BmsLink, "BSM timeout";
        BsmCellOverVoltage = 559, Vehicle, "BSM cell over-voltage";
        BsmCellUnderVoltage = 560, Vehicle, "BSM cell under-voltage";
        BsmSocHigh = 561, Vehicle, "BSM SOC high";
        BsmSocLow = 562, Vehicle, "BSM SOC low";
        BsmOverCurrent = 563, Vehicle, "BSM over-current";
        BsmOverTemperature = 564, Vehicle, "BSM over-temperature";
        BsmInsulation = 565, Vehicle, "BSM insulation";
        BsmConnector = 566, Vehicle, "BSM connector";
        SecondGunADoubleCharge = 567, PileFault, "second gun of a double charge";
        TcuOffline = 569, LinkLost, "TCU offline";
        ShuntReversed = 570, Meter, "shunt reversed";
        ButtonOnTerminal = 571, UserLocal, "button on the terminal";
        SafetyCellOverVoltage = 572, Vehicle, "safety: cell over-voltage";
        SafetyOverTemperature = 573, Vehicle, "safety: over-temperature";
        SafetyThermalRunaway = 574, Vehicle, "safety: thermal runaway";
        SafetyTemperatureDifference = 575, Vehicle, "safety: temperature difference";
        SafetyBmsDataNotUpdated = 576, BmsLink, "safety: BMS data not updated";
        SafetyOverchargeEnergy = 577, Vehicle, "safety: overcharge energy";
        SafetyOverCurrent = 578, Vehicle, "safety: over-current";
        SafetyPackOverVoltage = 579, Vehicle, "safety: pack over-voltage";
        SafetySocData = 580, Vehicle, "safety: SOC data";
        SafetyBcpVoltage = 581, Vehicle, "safety: BCP voltage";
        SafetyBcpVoltageAgainstRealVoltage = 582, Vehicle, "safety: BCP voltage against real voltage";
        SafetyCellSpread = 583, Vehicle, "safety: cell spread";
        SafetyIdleGunLive = 584, PileFault, "safety: idle gun live";
        ChademoVehicleStop = 585, Vehicle, "CHAdeMO vehicle stop";
        ChademoPermissionSignal = 586, Vehicle, "CHAdeMO permission signal";
        ChademoVehicleContactor = 587, Vehicle, "CHAdeMO vehicle contactor";
        ChademoVehicleFault = 588, Vehicle, "CHAdeMO vehicle fault";
        ChademoTimeout = 589, BmsLink, "CHAdeMO timeout";
        ChademoVehicleReportsChargerFault = 590, PileFault, "CHAdeMO vehicle reports charger fault";
        InsulationMonitorCommunication = 591, PileFault, "insulation monitor communication";
        LiquidCoolingBoardOffline = 592, PileFault, "liquid-cooling board offline";
    }
}

impl Ended for LvnengStop {
    fn category(self) -> EndCategory {
        match self {
            // 0 is not in the table; a record without a reason is not a fault.
            Self::Unknown(0) => EndCategory::Normal,
            _ => self.listed_category().unwrap_or(EndCategory::Other),
        }
    }

    fn end_reason(self) -> EndReason {
        match self {
            Self::Insulation => EndReason::Insulation,
            Self::ConnectorFault | Self::ElectronicLock => EndReason::GunFault,
            other => other.category().end_reason(),
        }
    }

    fn words(self) -> String {
        match self.meaning() {
            Some(words) => words.to_owned(),
            None => format!("ended (code {})", u32::from(self)),
        }
    }
}
