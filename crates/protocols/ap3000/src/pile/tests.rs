//! Devices alone, with a platform that says what the test makes it say. What they must do is
//! taken from docs/protocols/ap3000.md.

mod charging;
mod conversations;
mod rig;
mod settling;
