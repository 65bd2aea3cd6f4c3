//! Parking relief (停车减免): who charged parks for less.
//!
//! After settlement the charge is told to the operator of the car park, who grants the relief at
//! his barrier. Nothing here may hold up or fail a settlement.

mod handover;
mod rule;

pub use handover::{
    Answer, ChargeSpeed, Handover, HandoverEffect, ParkingRecord, RETRIES_MAX, retry_delay,
};
pub use rule::{ParkedCharge, ParkingRule, PlateRule, Relief, ReliefRefusal, plain_plate};

#[cfg(test)]
mod tests;
