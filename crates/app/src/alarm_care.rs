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

use crate::App;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often alarms are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often what grows old is looked at.
const AGEING: Duration = Duration::from_secs(30);

impl App {
    pub(crate) async fn alarms_regularly(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut ageing = tokio::time::interval(AGEING);
        ageing.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {
                    if let Err(error) = self.decide_on_alarms().await {
                        warn!(%error, "nobody was told of new alarms, trying again");
                    }
                    if let Err(error) = self.watch_disk().await {
                        warn!(%error, "the alarm about the disk waits for the database");
                    }
                    if let Err(error) = self.tell_channels().await {
                        warn!(%error, "channels not looked after, trying again");
                    }
                }
                _ = ageing.tick() => {
                    if let Err(error) = self.age_alarms().await {
                        warn!(%error, "old alarms not looked after, trying again");
                    }
                    if let Err(error) = self.watch_system().await {
                        warn!(%error, "queues and clock not looked at, trying again");
                    }
                }
            }
        }
    }
}
