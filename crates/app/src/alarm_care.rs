//! What becomes of an alarm once it stands in the database: who is told of it and when, what
//! people do about it, and how it ends.
//!
//! The table is the queue: an alarm that is new, over, or due for another look has `notify_at`.
//! One task decides on these and writes a notice for each channel (`deciding`); another sends what
//! is due of each channel in one message (`telling`). Nothing here is in the way of what raised the
//! alarm, and a receiver that hangs holds up its own channel only.

mod ageing;
mod channels;
mod deciding;
mod mutes;
mod rules;
mod steps;
mod telling;
mod tickets;

pub use channels::ChannelDraft;
pub use mutes::MuteWish;
pub(crate) use rules::AlarmRules;
pub use rules::{RuleChange, RuleInForce};
pub use tickets::TicketWish;

use crate::{App, AppError};
use std::sync::Arc;

impl App {
    /// The look of every second: who is to be told of what is new, and what is due of each
    /// channel.
    ///
    /// # Errors
    /// When the database is away; the same is found at the next look.
    pub async fn tell_alarms(self: &Arc<Self>) -> Result<(), AppError> {
        self.decide_on_alarms().await?;
        self.tell_channels().await
    }
}
