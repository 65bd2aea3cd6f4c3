//! The 256 alarm bits of command 108.

use super::alarm::unnamed;
use device::Fault;
use serde_json::Value;
use wire::{Field, Reader, WireError, Writer};

/// Declares alarm bits: name, number, fault (or `Other`), level, meaning.
macro_rules! bits {
    (
        $(#[doc = $about:literal])*
        pub enum $name:ident {
            $($variant:ident = $code:literal, $fault:ident, $level:literal, $text:literal;)+
        }
    ) => {
        wire::codes! {
            $(#[doc = $about])*
            pub enum $name: u8 {
                $(#[doc = $text] $variant = $code,)+
            }
        }

        impl $name {
            /// What is wrong.
            pub fn fault(self) -> Fault {
                match self {
                    $(Self::$variant => bits!(@fault $fault $code),)+
                    Self::Unknown(code) => unnamed(u32::from(code)),
                }
            }

            /// How severe: 1, 2 or 3 (worst); 0 when the table does not say.
            pub const fn level(self) -> u8 {
                match self {
                    $(Self::$variant => $level,)+
                    Self::Unknown(_) => 0,
                }
            }
        }
    };
    (@fault Other $code:literal) => {
        unnamed($code)
    };
    (@fault $fault:ident $code:literal) => {
        Fault::$fault
    };
}

bits! {
    /// One bit of [`AlarmBits`]: 8 × (byte − 1) + bit, bytes from 1, bits from the least
    /// significant (docs/protocols/infypower.md §9.6).
    pub enum AlarmBit {
        EmergencyStop = 1, EmergencyStop, 3, "emergency stop";
        InsulationFault = 2, Insulation, 3, "insulation fault";
        DcOverVoltage = 3, OverVoltage, 3, "DC over-voltage";
        DcUnderVoltage = 4, UnderVoltage, 3, "DC under-voltage";
        SoftStartFailed = 5, Relay, 2, "soft start failed";
        OutputReversed = 6, BatteryReversed, 3, "output reversed";
        DcContactor = 7, Relay, 3, "DC contactor";
        ModuleFault = 8, ChargingModule, 3, "module fault";
        AcOverVoltage = 9, OverVoltage, 2, "AC over-voltage";
        AcUnderVoltage = 10, UnderVoltage, 2, "AC under-voltage";
        AcOverFrequency = 11, PowerLoss, 2, "AC over-frequency";
        AcUnderFrequency = 12, PowerLoss, 2, "AC under-frequency";
        ModuleCommunication = 13, ChargingModule, 3, "module communication";
        ModuleTypesDiffer = 14, ChargingModule, 3, "module types differ";
        AuxiliarySupplyLost = 15, PowerLoss, 2, "auxiliary supply lost";
        DcOutputOpen = 16, Relay, 3, "DC output open";
        InletOverTemperature = 17, OverTemperature, 1, "inlet over-temperature";
        InletLowTemperature = 18, Other, 1, "inlet low temperature";
        OutletOverTemperature = 19, OverTemperature, 1, "outlet over-temperature";
        SharedModuleOverTemperature = 20, OverTemperature, 3, "shared module over-temperature";
        LightningProtection = 21, SurgeProtector, 2, "lightning protection";
        AcContactor = 22, Relay, 2, "AC contactor";
        GunHeadOverTemperature = 23, OverTemperature, 2, "gun head over-temperature";
        DcOverCurrent = 24, OverCurrent, 1, "DC over-current";
        GunLock = 25, GunLock, 2, "gun lock";
        FastPeriodGunInvalid = 26, Other, 1, "fast period, gun invalid";
        Door = 27, Door, 1, "door";
        Can3Communication = 28, InnerLink, 1, "CAN3 communication";
        SharedModuleCommunication = 29, ChargingModule, 3, "shared module communication";
        PhaseLost = 30, PowerLoss, 2, "phase lost";
        ControlPilot = 31, ControlPilot, 1, "control pilot";
        ModuleNotReady = 32, ChargingModule, 1, "module not ready";
        LockDidNotOpen = 34, GunLock, 2, "lock did not open";
        LockDidNotClose = 35, GunLock, 2, "lock did not close";
        SoftStartModuleNotOn = 36, ChargingModule, 1, "soft start: module not on";
        SoftStartNoBatteryVoltage = 37, Relay, 1, "soft start: no battery voltage";
        GridHighWarningOnly = 38, OverVoltage, 1, "grid high, warning only";
        GridLowWarningOnly = 39, UnderVoltage, 1, "grid low, warning only";
        InsulationAbnormal = 40, Insulation, 3, "insulation abnormal";
        OutputShortCircuit = 41, ShortCircuit, 2, "output short circuit";
        ModuleOverTemperature = 42, OverTemperature, 1, "module over-temperature";
        ModuleAbnormal = 43, ChargingModule, 1, "module abnormal";
        GprsSerialPort = 76, InnerLink, 0, "GPRS serial port";
        DcOutputOverCurrent = 80, OverCurrent, 0, "DC output over-current";
        MonitorOffline = 81, InnerLink, 0, "monitor offline";
        AcquisitionBoardOffline = 82, InnerLink, 0, "acquisition board offline";
        ControlBoardCommunication = 83, InnerLink, 0, "control board communication";
        AcUnbalanced = 84, PowerLoss, 0, "AC unbalanced";
        AcContactor85 = 85, Relay, 0, "AC contactor";
        PhaseALost = 86, PowerLoss, 0, "phase A lost";
        PhaseBLost = 87, PowerLoss, 0, "phase B lost";
        PhaseCLost = 88, PowerLoss, 0, "phase C lost";
        OutputShortCircuit89 = 89, ShortCircuit, 0, "output short circuit";
        ElectromagneticLock = 90, GunLock, 0, "electromagnetic lock";
        Fuse = 91, Other, 0, "fuse";
        MeterEnergy0 = 92, Meter, 0, "meter energy 0";
        DisplayCommunication = 96, InnerLink, 0, "display communication";
        Meter1 = 97, Meter, 0, "meter 1";
        CardReader = 98, Other, 0, "card reader";
        Meter2 = 99, Meter, 0, "meter 2";
        LockDidNotClose100 = 100, GunLock, 0, "lock did not close";
        LockDidNotOpen101 = 101, GunLock, 0, "lock did not open";
        StartFailed = 102, Other, 0, "start failed";
        ChargingWithoutCurrent = 103, Other, 0, "charging without current";
        DisconnectedUnderCurrent = 104, ControlPilot, 0, "disconnected under current";
    }
}

/// All alarm bits of a pile, as they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlarmBits(pub [u8; 32]);

impl AlarmBits {
    /// Bits with only these set.
    pub fn of(bits: &[AlarmBit]) -> Self {
        let mut all = Self::default();
        for bit in bits {
            let code = usize::from(u8::from(*bit));
            if let Some(byte) = all.0.get_mut(code / 8) {
                *byte |= 1 << (code % 8);
            }
        }
        all
    }

    /// Whether a bit is set.
    pub fn has(&self, bit: AlarmBit) -> bool {
        let code = usize::from(u8::from(bit));
        self.0
            .get(code / 8)
            .is_some_and(|byte| byte >> (code % 8) & 1 == 1)
    }

    /// The bits that are set, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = AlarmBit> + '_ {
        (0..=u8::MAX)
            .map(AlarmBit::from)
            .filter(|bit| self.has(*bit))
    }
}

impl Field for AlarmBits {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(hex::encode_upper(self.0))
    }

    fn meaning(&self) -> Option<String> {
        let words: Vec<String> = self
            .iter()
            .map(|bit| match bit.meaning() {
                Some(words) => words.to_owned(),
                None => format!("alarm bit {}", u8::from(bit)),
            })
            .collect();
        Some(if words.is_empty() {
            "none".to_owned()
        } else {
            words.join(", ")
        })
    }
}
