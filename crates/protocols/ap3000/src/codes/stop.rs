//! Stop reasons.

use super::UNNAMED;
use device::{EndReason, Fault};

wire::codes! {
    /// Why a charge ended, in settlements and full notices.
    pub enum StopReason: u8 {
        /// full
        Full = 0x01,
        /// longest charging time
        MaxTime = 0x02,
        /// preset time reached
        PresetTime = 0x03,
        /// preset energy reached
        PresetEnergy = 0x04,
        /// plug pulled out
        PulledOut = 0x05,
        /// load too high
        Overload = 0x06,
        /// stopped by the server
        Server = 0x07,
        /// dynamic overload
        DynamicOverload = 0x08,
        /// power too small
        LowPower = 0x09,
        /// ambient temperature too high
        AmbientHot = 0x0A,
        /// socket temperature too high
        SocketHot = 0x0B,
        /// over-current
        OverCurrent = 0x0C,
        /// plug pulled out, or the spring stuck
        PulledOutSpring = 0x0D,
        /// no power: bad contact or fuse
        NoPower = 0x0E,
        /// precheck: relay or fuse
        PrecheckRelay = 0x0F,
        /// water
        Water = 0x10,
        /// fire extinguishing at this socket
        FireHere = 0x11,
        /// fire extinguishing at another socket
        FireElsewhere = 0x12,
        /// cabinet opened with the user's code
        CabinetOpened = 0x13,
        /// cabinet door not closed
        DoorOpen = 0x14,
        /// operated from outside
        External = 0x15,
        /// card swiped again
        CardSwiped = 0x16,
        /// forced by the server (cabinet)
        ServerForced = 0x17,
        /// fire system
        FireSystem = 0x18,
        /// memory error
        MemoryError = 0x19,
        /// over-voltage
        OverVoltage = 0x1A,
        /// under-voltage
        UnderVoltage = 0x1B,
        /// cut for low power
        LowPowerCut = 0x1C,
    }
}

impl StopReason {
    /// The platform's word. Of a stop by the server the platform knows the cause itself.
    pub const fn end_reason(self) -> EndReason {
        match self {
            Self::Full => EndReason::Full,
            Self::MaxTime => EndReason::Timeout,
            Self::PresetTime | Self::PresetEnergy | Self::PulledOut | Self::PulledOutSpring => {
                EndReason::Normal
            }
            Self::Overload | Self::DynamicOverload => EndReason::OverPower,
            Self::Server | Self::ServerForced => EndReason::RemoteStop,
            Self::LowPower | Self::LowPowerCut => EndReason::NoLoad,
            Self::NoPower => EndReason::PowerOff,
            Self::AmbientHot
            | Self::SocketHot
            | Self::OverCurrent
            | Self::PrecheckRelay
            | Self::Water
            | Self::FireHere
            | Self::FireElsewhere
            | Self::DoorOpen
            | Self::FireSystem
            | Self::MemoryError
            | Self::OverVoltage
            | Self::UnderVoltage => EndReason::DeviceFault,
            Self::CabinetOpened | Self::External | Self::CardSwiped => EndReason::UserStop,
            Self::Unknown(_) => EndReason::Unknown,
        }
    }

    /// The fault behind it, where it was one. Of those that no alarm precedes this is the only
    /// word (docs/protocols/ap3000.md, "Ends that the device decides").
    pub fn fault(self) -> Option<Fault> {
        match self {
            Self::Overload | Self::DynamicOverload => Some(Fault::OverPower),
            Self::AmbientHot | Self::SocketHot => Some(Fault::OverTemperature),
            Self::OverCurrent => Some(Fault::OverCurrent),
            Self::PrecheckRelay => Some(Fault::Relay),
            Self::FireHere | Self::FireElsewhere | Self::FireSystem => Some(Fault::Smoke),
            Self::DoorOpen => Some(Fault::Door),
            Self::OverVoltage => Some(Fault::OverVoltage),
            Self::UnderVoltage => Some(Fault::UnderVoltage),
            Self::NoPower | Self::Water | Self::MemoryError => {
                Some(Fault::Unknown(UNNAMED + 512 + u32::from(u8::from(self))))
            }
            _ => None,
        }
    }

    /// Whether a stop command of ours can have caused it.
    pub const fn is_by_server(self) -> bool {
        matches!(self, Self::Server | Self::ServerForced)
    }
}
