//! The fleet as its pages list it: values out of memory, with the names that only the database
//! has beside them.

mod device_lines;
mod port_lines;
mod port_versions;
mod session_lines;
mod station_lines;

pub use device_lines::DeviceLine;
pub use port_lines::{PORTS_PER_PAGE_MAX, PortFilter, PortLine, PortPage};
pub(crate) use port_versions::PortVersions;
pub use session_lines::{HeldHere, SessionFilter, SessionLine};
pub(crate) use station_lines::SalesToday;
pub use station_lines::StationLine;

use crate::LiveDevice;
use device::PortState;

/// What the ports of a device, or of a station, are doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortTally {
    /// All of them.
    pub total: u32,
    /// Nothing is plugged in, as far as is known, and nothing is wrong.
    pub idle: u32,
    /// Energy flows, or is about to, or pauses.
    pub charging: u32,
    /// A plug is in, or the port is kept for somebody.
    pub occupied: u32,
    /// Something is wrong, or an operator took it out of use.
    pub fault: u32,
    /// Their device cannot be reached.
    pub offline: u32,
}

impl PortTally {
    /// Counts the ports of a device. Those of one that cannot be reached are offline, whatever
    /// they did last.
    pub(crate) fn add(&mut self, device: &LiveDevice) {
        for port in &device.ports {
            self.total += 1;
            let state = port.memory.state;
            let place = match state {
                _ if !device.is_online() => &mut self.offline,
                PortState::Unknown | PortState::Idle => &mut self.idle,
                PortState::Starting | PortState::Charging | PortState::Suspended => {
                    &mut self.charging
                }
                PortState::Plugged | PortState::Reserved | PortState::Finishing => {
                    &mut self.occupied
                }
                PortState::Fault | PortState::Disabled => &mut self.fault,
            };
            *place += 1;
        }
    }
}
