//! Alarm codes of status reports: the table of the Infypower and Shenghong dialects.

use device::{EndReason, Fault};

/// Added to the small codes that no fault names, so that the code published for them does not
/// collide with the numbers that faults have of their own.
const UNNAMED: u32 = 1_000_000;

/// The fault of a code that is in no table, or that no fault names.
pub(super) const fn unnamed(code: u32) -> Fault {
    Fault::Unknown(if code < 256 { UNNAMED + code } else { code })
}

/// Declares alarm codes: name, number, fault (or `Other`), meaning.
macro_rules! alarms {
    (
        $(#[doc = $about:literal])*
        pub enum $name:ident {
            $($variant:ident = $code:literal, $fault:ident, $text:literal;)+
        }
    ) => {
        wire::codes! {
            $(#[doc = $about])*
            pub enum $name: u32 {
                $(#[doc = $text] $variant = $code,)+
            }
        }

        impl $name {
            /// What is wrong; none for 0.
            pub const fn fault(self) -> Option<device::Fault> {
                match self {
                    $(Self::$variant => {
                        if $code == 0 {
                            return None;
                        }
                        Some($crate::codes::alarm::alarms!(@fault $fault $code))
                    })+
                    Self::Unknown(0) => None,
                    Self::Unknown(code) => Some($crate::codes::alarm::unnamed(code)),
                }
            }
        }
    };
    (@fault Other $code:literal) => {
        $crate::codes::alarm::unnamed($code)
    };
    (@fault $fault:ident $code:literal) => {
        device::Fault::$fault
    };
}
pub(super) use alarms;

alarms! {
    /// Highest active alarm of a 104 (docs/protocols/infypower.md §9.2). Meanings in brackets are
    /// those of V1.6, which old piles may still send.
    pub enum AlarmCode {
        NoAlarm = 0, Other, "none";
        InsulationCheckAbnormal = 1, Insulation, "insulation check abnormal";
        Reserved2 = 2, Other, "reserved (V1.6: control board state)";
        EmergencyStop = 3, EmergencyStop, "emergency stop";
        Reserved4 = 4, Other, "reserved (V1.6: control board communication; one firmware: cabinet door)";
        DcOutputOverVoltage = 5, OverVoltage, "DC output over-voltage";
        DcOutputUnderVoltage = 6, UnderVoltage, "DC output under-voltage";
        Reserved7 = 7, OverCurrent, "reserved (V1.6: DC over-current)";
        DcOutputOpen = 8, Relay, "DC output open";
        AmbientTemperatureHigh = 9, OverTemperature, "ambient temperature high";
        Reserved10 = 10, Other, "reserved (V1.6: ambient low)";
        Reserved11 = 11, InnerLink, "reserved (V1.6: monitor offline)";
        Reserved12 = 12, InnerLink, "reserved (V1.6: acquisition board offline)";
        DcOutputReversed = 13, BatteryReversed, "DC output reversed";
        Reserved14 = 14, Insulation, "reserved (V1.6: insulation fault)";
        Reserved15 = 15, EmergencyStop, "reserved (V1.6: EPO)";
        ModuleTypesDiffer = 16, ChargingModule, "module types differ";
        Fuse = 17, Other, "fuse";
        DcContactor = 18, Relay, "DC contactor";
        ModuleFault = 19, ChargingModule, "module fault";
        ModuleCanCommunication = 20, ChargingModule, "module CAN communication";
        Reserved21 = 21, PowerLoss, "reserved (V1.6: AC input abnormal)";
        AcOverVoltage = 22, OverVoltage, "AC over-voltage";
        AcUnderVoltage = 23, UnderVoltage, "AC under-voltage";
        AcOverFrequency = 24, PowerLoss, "AC over-frequency";
        AcUnderFrequency = 25, PowerLoss, "AC under-frequency";
        Reserved26 = 26, PowerLoss, "reserved (V1.6: AC unbalanced)";
        LightningProtector = 27, SurgeProtector, "lightning protector";
        Reserved28 = 28, Relay, "reserved (V1.6: AC contactor)";
        PhaseALost = 29, PowerLoss, "phase A lost";
        PhaseBLost = 30, PowerLoss, "phase B lost";
        PhaseCLost = 31, PowerLoss, "phase C lost";
        DcOutputShortCircuit = 32, ShortCircuit, "DC output short circuit";
        GunLock = 33, GunLock, "gun lock";
        LowVoltageAuxiliarySupply = 34, Other, "low-voltage auxiliary supply";
        GunTemperatureHigh = 35, OverTemperature, "gun temperature high";
        AcquisitionCodeError = 36, Other, "acquisition code error";
        Reserved40 = 40, Other, "reserved";
        ControlBoardCommunication = 1000, InnerLink, "control board communication";
        AcquisitionBoardCommunication = 1001, InnerLink, "acquisition board communication";
        MeterCommunication = 1002, Meter, "meter communication";
        HubCommunication = 1003, InnerLink, "hub communication";
        PlatformConnection = 1004, Other, "platform connection";
        Reserved1005 = 1005, Other, "reserved (V1.6: system fault)";
        CardReader = 1006, Other, "card reader";
        MeterEnergyZero = 1007, Meter, "meter energy is 0";
        EmergencyStop2001 = 2001, EmergencyStop, "emergency stop";
        InsulationFault = 2002, Insulation, "insulation fault";
        DcOverVoltage = 2003, OverVoltage, "DC over-voltage";
        DcUnderVoltage = 2004, UnderVoltage, "DC under-voltage";
        SoftStartFailed = 2005, Relay, "soft start failed";
        OutputReversed = 2006, BatteryReversed, "output reversed";
        ContactorAbnormal = 2007, Relay, "contactor abnormal";
        ModuleFault2008 = 2008, ChargingModule, "module fault";
        GridVoltageHigh = 2009, OverVoltage, "grid voltage high";
        GridVoltageLow = 2010, UnderVoltage, "grid voltage low";
        GridFrequencyHigh = 2011, PowerLoss, "grid frequency high";
        GridFrequencyLow = 2012, PowerLoss, "grid frequency low";
        ModuleCommunication = 2013, ChargingModule, "module communication";
        ModuleTypesDiffer2014 = 2014, ChargingModule, "module types differ";
        ChargerLostPower = 2015, PowerLoss, "charger lost power";
        DcOutputOpen2016 = 2016, Relay, "DC output open";
        InletOverTemperature = 2017, OverTemperature, "inlet over-temperature";
        InletLowTemperature = 2018, Other, "inlet low temperature";
        OutletOverTemperature = 2019, OverTemperature, "outlet over-temperature";
        SharedModuleOverTemperature = 2020, OverTemperature, "shared module over-temperature";
        LightningProtection = 2021, SurgeProtector, "lightning protection";
        AcContactor = 2022, Relay, "AC contactor";
        GunHeadOverTemperature = 2023, OverTemperature, "gun head over-temperature";
        DcOverCurrent = 2024, OverCurrent, "DC over-current";
        GunLock2025 = 2025, GunLock, "gun lock";
        FastPeriodInvalid = 2026, Other, "fast period invalid";
        GunInvalid = 2027, Other, "gun invalid";
        Door = 2028, Door, "door";
        Can3 = 2029, InnerLink, "CAN3 (extension board)";
        RemainingDaysOperationInvalid = 2030, Other, "remaining days of operation invalid";
        ControlPilot = 2031, ControlPilot, "control pilot";
        GridHighWarningOnly = 2038, OverVoltage, "grid high, warning only";
        GridLowWarningOnly = 2039, UnderVoltage, "grid low, warning only";
        InsulationAbnormal = 2040, Insulation, "insulation abnormal";
        OutputShortCircuit = 2041, ShortCircuit, "output short circuit";
        ModuleOverTemperature = 2042, OverTemperature, "module over-temperature";
        ModuleAbnormal = 2043, ChargingModule, "module abnormal";
        DisplayCommunication = 100_001, InnerLink, "display (迪文) communication";
        CardReaderCommunication = 100_002, InnerLink, "card reader communication";
        LightningProtector100003 = 100_003, SurgeProtector, "lightning protector";
        MainSwitchOrFuse = 100_004, Other, "main switch or fuse";
        EmergencyStop100005 = 100_005, EmergencyStop, "emergency stop";
        Meter1Communication = 100_032, Meter, "meter 1 communication";
        Meter2Communication = 100_033, Meter, "meter 2 communication";
        Meter3Communication = 100_034, Meter, "meter 3 communication";
        Meter4Communication = 100_035, Meter, "meter 4 communication";
        Meter5Communication = 100_036, Meter, "meter 5 communication";
        Meter6Communication = 100_037, Meter, "meter 6 communication";
        Meter7Communication = 100_038, Meter, "meter 7 communication";
        Meter8Communication = 100_039, Meter, "meter 8 communication";
        Meter9Communication = 100_040, Meter, "meter 9 communication";
        Meter10Communication = 100_041, Meter, "meter 10 communication";
        Meter11Communication = 100_042, Meter, "meter 11 communication";
        Meter12Communication = 100_043, Meter, "meter 12 communication";
        Meter13Communication = 100_044, Meter, "meter 13 communication";
        Meter14Communication = 100_045, Meter, "meter 14 communication";
        Meter15Communication = 100_046, Meter, "meter 15 communication";
        Meter16Communication = 100_047, Meter, "meter 16 communication";
        OverVoltage = 100_065, OverVoltage, "over-voltage";
        UnderVoltage = 100_066, UnderVoltage, "under-voltage";
        OverCurrent = 100_067, OverCurrent, "over-current";
        Relay = 100_068, Relay, "relay";
        OverTemperature = 100_076, OverTemperature, "over-temperature";
        AcUnderVoltage100077 = 100_077, UnderVoltage, "AC under-voltage";
    }
}

impl AlarmCode {
    /// The reason of a charge that this alarm ended.
    pub const fn end_reason(self) -> EndReason {
        match self.fault() {
            Some(Fault::EmergencyStop) => EndReason::EmergencyStop,
            Some(Fault::Insulation) => EndReason::Insulation,
            Some(Fault::GunLock | Fault::ControlPilot) => EndReason::GunFault,
            Some(Fault::PowerLoss) => EndReason::PowerOff,
            _ => EndReason::DeviceFault,
        }
    }
}
