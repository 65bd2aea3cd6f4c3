//! YKC (云快充) 1.5 and 1.6, the protocol of EV piles, AC and DC.
//!
//! [`frame`] finds frames, [`message`] gives them types, [`inspect`] shows them to people;
//! [`YkcLink`] and [`Ykc`] are the platform's side, [`pile`] is the device's, for tests and
//! simulation.

mod platform;
mod protocol;
mod secrets;
mod traits;

pub mod clock;
pub mod codes;
pub mod frame;
pub mod inspect;
pub mod message;
pub mod pile;
pub mod value;

pub use platform::YkcLink;
pub use protocol::Ykc;
