//! Many simulated devices in one process.
//!
//! A device is one task and, while nothing happens, one timer; its connection's buffers are the
//! kernel's. What is shared: the clock, the counters, and the number of connections that may be
//! set up at the same time.

mod counters;

pub use self::counters::{Count, Counters};

use crate::clock::SimClock;
use crate::device::{Company, SimDevice};
use crate::family::{Device, DeviceFault, Model, Wishes};
use crate::target::Target;
use ::pile::Automatic;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Devices of one process: as many as there are file descriptors on a usual machine.
pub const DEVICES_MAX: usize = 20_000;

/// Local addresses that a fleet may use: 127.0.0.1 to 127.0.0.200.
pub const SOURCES_MAX: u8 = 200;

/// What a fleet is made of unless it is told otherwise.
const NETWORKED: Model = Model::Bkv(bkv::pile::Dialect::Networked, bkv::pile::Profile::Normal);

/// Number of the first device of a fleet; the others count on.
pub const FIRST_ID: u64 = 99_000_000_000_001;

/// A wait for the fleet looks so often.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How a fleet is made up.
#[derive(Clone, Debug)]
pub struct FleetSetup {
    /// How many, 1 to [`DEVICES_MAX`].
    pub devices: usize,
    /// Number that the id of the first one is made of; the others count on. Families with
    /// shorter ids use the last digits.
    pub first_id: u64,
    /// What they are, in turn; never empty.
    pub models: Vec<Model>,
    /// Ports of each.
    pub ports: u16,
    /// How much faster than real time they live.
    pub speed: u32,
    /// Each device's seed follows from this and its number.
    pub seed: u64,
    /// Whether users plug and unplug by themselves.
    pub automatic: Option<Automatic>,
    /// Heartbeat period where it is not fixed by the command set; `None`: the family's own.
    pub heartbeat: Option<Duration>,
    /// Local addresses to spread over, from 127.0.0.1 on; 0 leaves the choice to the system.
    pub sources: u8,
    /// The devices are switched on evenly over this time; zero: a connect storm.
    pub ramp: Duration,
    /// Connections that may be in the making at the same time.
    pub connecting_max: usize,
    /// Whether each device keeps its frames and notes.
    pub logs: bool,
}

impl Default for FleetSetup {
    fn default() -> Self {
        Self {
            devices: 10,
            first_id: FIRST_ID,
            models: vec![NETWORKED],
            ports: 2,
            speed: 1,
            seed: 1,
            automatic: Some(Automatic::default()),
            heartbeat: None,
            sources: 0,
            ramp: Duration::ZERO,
            connecting_max: 200,
            logs: false,
        }
    }
}

/// Why there can be no such fleet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FleetFault {
    /// None, or too many.
    #[error("a fleet has 1 to {DEVICES_MAX} devices")]
    Size,
    /// Nothing to behave by.
    #[error("a fleet needs at least one kind of device")]
    NoModel,
    /// Too many local addresses.
    #[error("a fleet uses at most {SOURCES_MAX} local addresses")]
    Sources,
    /// The devices themselves cannot be.
    #[error(transparent)]
    Device(#[from] DeviceFault),
}

/// Devices that run until the fleet is dropped or shut down.
pub struct Fleet {
    devices: Vec<SimDevice>,
    counters: Arc<Counters>,
}

impl FleetSetup {
    /// The device with this number, counted from 0.
    pub fn device(&self, index: usize) -> Device {
        let number = u64::try_from(index).unwrap_or(u64::MAX);
        let turn = index % self.models.len().max(1);
        let model = self.models.get(turn).copied().unwrap_or(NETWORKED);
        let source = u8::try_from(index % usize::from(self.sources.max(1))).unwrap_or(0);
        model.device(&Wishes {
            number: self.first_id.saturating_add(number),
            ports: self.ports,
            speed: self.speed,
            seed: self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number,
            automatic: self.automatic,
            heartbeat: self.heartbeat,
            source: (self.sources > 0).then(|| Ipv4Addr::new(127, 0, 0, source + 1)),
        })
    }

    fn check(&self) -> Result<(), FleetFault> {
        if !(1..=DEVICES_MAX).contains(&self.devices) {
            return Err(FleetFault::Size);
        }
        if self.models.is_empty() {
            return Err(FleetFault::NoModel);
        }
        if self.sources > SOURCES_MAX {
            return Err(FleetFault::Sources);
        }
        Ok(())
    }
}

impl Fleet {
    /// Switches all devices on.
    ///
    /// # Errors
    /// When there can be no such fleet; no device has been switched on then.
    pub fn launch(setup: &FleetSetup, target: Target) -> Result<Self, FleetFault> {
        setup.check()?;
        let clock = SimClock::start();
        let counters = Arc::new(Counters::default());
        let doors = Arc::new(Semaphore::new(setup.connecting_max.max(1)));
        let count = u32::try_from(setup.devices).unwrap_or(u32::MAX);
        let step = setup.ramp / count;
        let devices = (0..setup.devices).map(|index| {
            let company = Company {
                clock,
                counters: Arc::clone(&counters),
                doors: Arc::clone(&doors),
                logs: setup.logs,
                delay: step * u32::try_from(index).unwrap_or(u32::MAX),
            };
            SimDevice::join(setup.device(index), target, company)
        });
        let devices = devices.collect::<Result<_, _>>()?;
        Ok(Self { devices, counters })
    }

    /// All devices, in the order of their numbers.
    pub fn devices(&self) -> &[SimDevice] {
        &self.devices
    }

    /// The device with this id.
    pub fn device(&self, id: &str) -> Option<&SimDevice> {
        self.devices.iter().find(|device| device.id() == id)
    }

    /// What has happened so far.
    pub fn count(&self) -> Count {
        self.counters.read()
    }

    /// Waits until so many devices are connected; true when that happened in time.
    pub async fn wait_online(&self, devices: u64, within: Duration) -> bool {
        self.wait(within, |count| count.online >= devices).await
    }

    /// Waits until so many heartbeats have been answered in all, which shows that the server
    /// has understood the devices; true when that happened in time.
    pub async fn wait_answered(&self, times: u64, within: Duration) -> bool {
        self.wait(within, |count| count.times_told >= times).await
    }

    async fn wait(&self, within: Duration, reached: impl Fn(&Count) -> bool) -> bool {
        let look = async {
            while !reached(&self.count()) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(within, look).await.is_ok()
    }

    /// Closes all connections and ends all devices.
    pub async fn shutdown(self) {
        for device in self.devices {
            device.shutdown().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fleet, FleetFault, FleetSetup};
    use crate::family::{Device, Model};
    use bkv::pile::{Dialect, Profile, Setup};

    fn setup(device: Device) -> Setup {
        match device {
            Device::Bkv(setup) => setup,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn devices_count_on_and_share_the_models() {
        let fleet = FleetSetup {
            models: [Profile::Normal, Profile::Direct]
                .map(|profile| Model::Bkv(Dialect::Networked, profile))
                .to_vec(),
            sources: 3,
            ..FleetSetup::default()
        };
        let (first, second) = (setup(fleet.device(0)), setup(fleet.device(1)));
        assert_eq!(first.id, "99000000000001");
        assert_eq!(
            (second.id.as_str(), second.dialect),
            ("000000000002", Dialect::Direct)
        );
        assert_ne!(first.seed, second.seed);
        assert_eq!(setup(fleet.device(3)).source, first.source);
        assert_ne!(second.source, first.source);
    }

    #[tokio::test]
    async fn a_fleet_is_bounded() {
        let target = crate::Target::loopback("127.0.0.1:9".parse().expect("an address"));
        let setup = FleetSetup {
            devices: super::DEVICES_MAX + 1,
            ..FleetSetup::default()
        };
        let launched = Fleet::launch(&setup, target.expect("loopback"));
        assert!(matches!(launched, Err(FleetFault::Size)));
    }
}
