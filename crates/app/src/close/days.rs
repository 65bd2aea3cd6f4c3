//! Every day of every channel is compared once its bill is ready.

use super::{DAY, object_of};
use crate::money::raise;
use crate::{App, AppError};
use channels::payment::ChannelName;
use domain::alarm::AlarmCode;
use domain::day::Day;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use store::reconciliations;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often it is looked for what is to be done; a bill that cannot be had is asked for as often.
const EVERY: Duration = Duration::from_mins(10);
/// Days that are looked back at: bills of older ones are somebody's own wish.
const DAYS_BACK: i64 = 7;
/// A day whose bill cannot be had for so many days is something to look at.
const PATIENCE_DAYS: i64 = 2;

/// How long after midnight in Shanghai the bill of the day before is there: platforms make theirs
/// until ten in the morning.
const fn ready_after(channel: ChannelName) -> Duration {
    match channel {
        ChannelName::Wechat | ChannelName::Alipay => Duration::from_mins(10 * 60 + 30),
        ChannelName::Mock => Duration::from_mins(30),
    }
}

impl App {
    pub(crate) async fn close_regularly(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {
                    if let Err(error) = self.close_days().await {
                        warn!(%error, "days not compared");
                    }
                    if let Err(error) = self.weigh_books().await {
                        warn!(%error, "the sum of all accounts is not known");
                    }
                    if let Err(error) = self.night_work().await {
                        warn!(%error, "the night's work is not done");
                    }
                }
            }
        }
    }

    /// Compares every day of every channel whose bill is ready and that was not compared yet; how
    /// many.
    ///
    /// # Errors
    /// When the database is away; what was not done is done next time.
    pub async fn close_days(&self) -> Result<usize, AppError> {
        let now = self.now();
        let today = Day::of(now);
        let mut view = self.db.view().await?;
        let first = reconciliations::first_payment(view.conn()).await?;
        drop(view);
        let Some(first) = first else { return Ok(0) };
        let first = Day::of(first).max(today.before(DAYS_BACK));
        let mut done = 0;
        for name in self.outside.payments.names() {
            let is_ready = now >= today.begins() + ready_after(name);
            let end = if is_ready { today } else { today.before(1) };
            let mut day = first;
            while day < end {
                done += usize::from(self.close_day(name, day).await?);
                day = day.next();
            }
        }
        Ok(done)
    }

    async fn close_day(&self, name: ChannelName, day: Day) -> Result<bool, AppError> {
        let mut view = self.db.view().await?;
        let known = reconciliations::find(view.conn(), name.as_str(), &day.to_string()).await?;
        drop(view);
        if known.is_some() {
            return Ok(false);
        }
        match self.reconcile(name, day, "system").await {
            Ok(_) => Ok(true),
            Err(AppError::Conflict(why)) => {
                if Day::of(self.now()).since(day) >= PATIENCE_DAYS {
                    let details = json!({"channel": name, "day": day.to_string(), "why": why});
                    let object = object_of(name, day);
                    let mut tx = self.db.begin().await?;
                    let code = AlarmCode::ReconcileDiff;
                    raise(&mut tx, code, (DAY, &object), details, self.now()).await?;
                    tx.commit().await?;
                }
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
