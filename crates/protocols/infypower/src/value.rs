//! Kinds of fields that occur in many messages: text, scaled numbers, temperatures, bytes that
//! nobody knows, half-hour slots, and parts that only longer bodies have.

mod bytes;
mod later;
mod number;
mod slots;
mod text;

pub use bytes::{HexTail, Raw, Reserved};
pub use later::Later;
pub use number::{Celsius, Dotted, Scaled, decimal};
pub use slots::{SLOTS, Slots};
pub use text::{Ascii, Plate, TextTail, clean};

/// 0.1 of something in two bytes.
pub type Tenths16 = Scaled<u16, 1>;
/// 0.1 of something in four bytes.
pub type Tenths32 = Scaled<u32, 1>;
/// 0.01 of something in two bytes.
pub type Cents16 = Scaled<u16, 2>;
/// 0.01 of something in four bytes.
pub type Cents32 = Scaled<u32, 2>;
/// 0.001 of something in four bytes.
pub type Millis32 = Scaled<u32, 3>;
/// 0.001 of something in eight bytes.
pub type Millis64 = Scaled<u64, 3>;
