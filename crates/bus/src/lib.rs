//! Coordination between the parts of the platform: doorbells.
//!
//! A doorbell says "look into the database, there is work". It carries no data that matters: the
//! database is the truth, and whoever listens also looks by itself now and then, so a doorbell
//! that is lost costs latency, never an event. Ringing never waits and never fails.
//!
//! A [`Topic`] is rung for people: an open page is told that what it shows has changed, and reads it
//! again as it read it first. Nothing but that depends on it.
//!
//! [`Bus`] is opaque: one rings inside one process, another rings the other nodes of a cluster as
//! well, over Redis. Both have the same face; what only a cluster has is [`Bus::line`].

mod bell;
mod board;
pub mod cluster;
mod register;
mod word;

pub use bell::{Bus, COMMAND_BELLS_MAX, CommandBell, CommandRing, Doorbell, OutboxBell};
pub use board::{Ear, Hints, TOPICS_MAX, Topic};
pub use register::Entry;
pub use word::Word;
