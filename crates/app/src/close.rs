//! The close of a day: channels' statements beside our books, money without a reason, payouts to
//! the bank, and whether the books are right.
//!
//! A day of a channel is compared once its bill is ready. What is certain is repaired by the way
//! that a callback takes; everything else is written down as a difference, with an alarm, until
//! somebody has looked at it.

mod conclude;
mod days;
mod differences;
mod lines;
mod night;
mod payout;
mod reconcile;
mod repair;
mod unmatched;

pub(crate) use night::{NIGHT_AT, last_night};
pub use payout::ChannelPayout;
pub use unmatched::UnmatchedWay;

use channels::payment::ChannelName;
use domain::day::Day;

/// What alarms about a day of a channel are about.
const DAY: &str = "reconciliation";

fn object_of(channel: ChannelName, day: Day) -> String {
    format!("{channel} {day}")
}
