//! Infypower (英飞源) piles, framed by `AA F5`, with the Lvneng 3.4 and Shenghong 5.3 dialects.
//!
//! One codec serves all three: [`layout`] is the table from dialect, direction and command to
//! the forms of a body by their length; bodies grew at the tail only, so a form that is longer
//! than its known lengths is read as far as whole groups of fields reach.
//!
//! [`frame`] finds frames, [`message`] gives them types, [`inspect`] shows them to people;
//! [`pile`] is the device's side, for tests and simulation (docs/protocols/infypower.md).

mod platform;
mod protocol;
mod secrets;
mod traits;

pub mod clock;
pub mod codes;
pub mod frame;
pub mod inspect;
pub mod layout;
pub mod message;
pub mod pile;
pub mod value;

pub use layout::Dialect;
pub use platform::InfypowerLink;
pub use protocol::Infypower;
