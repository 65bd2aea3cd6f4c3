//! Coordination between the parts of the platform: doorbells.
//!
//! A doorbell says "look into the database, there is work". It carries no data that matters: the
//! database is the truth, and whoever listens also looks by itself now and then, so a doorbell
//! that is lost costs latency, never an event. Ringing never waits and never fails.
//!
//! A [`Topic`] is rung for people: an open page is told that what it shows has changed, and reads it
//! again as it read it first. Nothing but that depends on it.
//!
//! [`Bus`] is opaque: this one rings inside one process; one that rings the other nodes of a
//! cluster has the same face.

mod bell;
mod board;

pub use bell::{Bus, COMMAND_BELLS_MAX, CommandBell, CommandRing, Doorbell, OutboxBell};
pub use board::{Ear, Hints, TOPICS_MAX, Topic};
