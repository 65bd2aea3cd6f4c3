//! Every family of devices and each of their command sets, through the same calls to the same
//! orders, bills and events.

mod breaks;
mod charger;
mod curves;
pub mod desk;
mod ends;
mod layouts;
mod onboarding;
mod plans;
mod prices;
mod starts;
mod together;

pub use charger::Charger;
