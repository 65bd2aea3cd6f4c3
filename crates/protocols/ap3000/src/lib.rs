//! AP3000 ("DNY"), the protocol of e-bike charging sockets behind a host or alone.
//!
//! One connection carries many physical ids; whether a frame speaks of a host or of a socket
//! device is told by its command alone, because both may share an id.
//!
//! [`frame`] finds frames, [`message`] gives them types, [`inspect`] shows them to people;
//! [`pile`] is the device's side, for tests and simulation.

mod physical_id;
mod platform;
mod protocol;
mod traits;

pub mod codes;
pub mod frame;
pub mod inspect;
pub mod message;
pub mod pile;

pub use physical_id::PhysicalId;
pub use platform::Ap3000Link;
pub use protocol::Ap3000;
