//! How people make a device of each family tell of trouble: what the fault action's bits mean is
//! the family's own.

use super::Model;
use ::pile::Action;
use kernel::PortNo;

/// Trouble that every family can tell of in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// More current than the cable takes.
    OverCurrent,
    /// The port or the gun is too hot.
    OverTemperature,
}

impl Model {
    /// What has to happen to a port for the device to tell of it.
    pub fn trouble(self, trouble: Trouble, port: PortNo) -> Action {
        let (over_current, over_temperature) = match self {
            // Bits of the port's status.
            Self::Bkv(bkv::pile::Dialect::V86, _) => (8, 16),
            Self::Bkv(..) => (2, 4),
            // Reasons of the settlement: no state of a socket tells of them.
            Self::Ap3000(..) => (0x10C, 0x10B),
            // A reason of the record, and a bit of the real-time data.
            Self::Ykc(..) => (0x1_0070, 0x0004),
            // Alarms.
            Self::Infypower(..) => (16, 2),
        };
        let bits = match trouble {
            Trouble::OverCurrent => over_current,
            Trouble::OverTemperature => over_temperature,
        };
        Action::SetFault { port, bits }
    }
}
