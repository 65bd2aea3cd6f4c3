//! Alarms and notices.

use super::UNNAMED;
use device::Fault;

wire::codes! {
    /// What 0x42 tells of.
    pub enum AlarmType: u8 {
        /// mains supply lost
        MainsLost = 1,
        /// water
        Water = 2,
        /// fire rope has melted
        FireRope = 3,
        /// smoke
        Smoke = 4,
        /// heat
        Heat = 5,
        /// water level
        WaterLevel = 6,
        /// cabinet door sprung open
        DoorOpen = 7,
    }
}

impl AlarmType {
    /// The platform's word. A molten fire rope is the device's other fire detector and is
    /// treated like smoke; water has no word and keeps its number.
    pub fn fault(self) -> Fault {
        match self {
            Self::MainsLost => Fault::PowerLoss,
            Self::FireRope | Self::Smoke => Fault::Smoke,
            Self::Heat => Fault::OverTemperature,
            Self::DoorOpen => Fault::Door,
            other => Fault::Unknown(UNNAMED + 256 + u32::from(u8::from(other))),
        }
    }

    /// Whether the port byte names a socket. Else it is the bus address of a sensor (0 is the
    /// device's own), or nothing for a lost supply.
    pub const fn names_socket(self) -> bool {
        matches!(self, Self::FireRope | Self::DoorOpen)
    }
}

wire::codes! {
    /// What 0x44 tells of.
    pub enum PushType: u8 {
        /// door not closed
        DoorNotClosed = 1,
    }
}
