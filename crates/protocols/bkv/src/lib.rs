//! BKV, the protocol of networked e-bike charging sockets behind a gateway, in both dialects.
//!
//! * *networked*: the vendor guide V1.7; outer commands 0000, 0005, 0007, 0015, 1000.
//! * *v8.6*: order numbers on the wire, 11-second rhythm; 0000, 0020, 0021, 0002 …
//!
//! Both live in one framing on one connection and their command spaces do not collide, so
//! uplinks of both are always understood; downlinks use the dialect of the device's profile.
//! Stand-alone devices of the same family use *direct* framing.
//!
//! [`frame`] finds frames, [`message`] gives them types, [`inspect`] shows them to people;
//! [`pile`] is the device's side, for tests and simulation.

mod attributes;
mod platform;
mod port;
mod protocol;
mod status;
mod traits;

pub mod clock;
pub mod codes;
pub mod element;
pub mod frame;
pub mod inspect;
pub mod key;
pub mod message;
pub mod pile;

pub use attributes::{Bytes, Layout};
pub use platform::BkvLink;
pub use protocol::Bkv;
