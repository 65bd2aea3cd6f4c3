//! Fire safety (消防安全): when a charge of an e-bike is cut off.
//!
//! A [`Watch`] sees every report of one order and says which [`FireRule`] is broken, if one is.
//! It believes no single reading: a sensor that lies once cuts nobody off.

mod limits;
mod night;
mod rule;
mod temperature;
mod watch;

pub use limits::{FIELDS, FireField, FireLimits, LimitFault};
pub use rule::FireRule;
pub use watch::{Around, FireSample, Hit, SAMPLES_MAX, Watch};

#[cfg(test)]
mod tests;
