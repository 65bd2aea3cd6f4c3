//! Simulated devices over real TCP: single ones that a test or a person plays with, and fleets.
//!
//! What a device does is decided by its protocol crate (`bkv::pile` and the others of
//! [`Family`]); here are the sockets, the clock and the bookkeeping. By itself this crate talks to loopback addresses only.

pub mod clock;
pub mod device;
pub mod family;
pub mod fleet;
pub mod load;
pub mod script;
pub mod simulate;
pub mod target;

pub use ::pile as device_seam;
pub use bkv::pile;
pub use device::SimDevice;
pub use family::{Device, DeviceFault, Family, Model};
pub use fleet::{Fleet, FleetSetup};
pub use target::Target;
