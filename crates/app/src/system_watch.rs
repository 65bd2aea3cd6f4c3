//! What the program notices about itself: queues that are not emptied, webhooks that pile up, a
//! clock that was set.

use crate::money::raise;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use kernel::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::{alarm_notices, alarms, deliveries};
use tracing::warn;

/// What alarms about the program itself are about.
const SYSTEM: &str = "system";
/// A queue in memory that holds so many is not emptied fast enough.
const QUEUE_MAX: usize = 10_000;
/// Webhooks that may wait.
const WEBHOOKS_MAX: i64 = 10_000;
/// Webhooks that may lie dead before somebody is told.
const DEAD_MAX: i64 = 1_000;
/// Notices that may be late, and by how much.
const LATE_NOTICES_MAX: i64 = 1_000;
const LATE: Duration = Duration::from_mins(5);
/// The clock and the time that has passed may differ by so much between two looks.
const JUMP: Duration = Duration::from_secs(5);

/// When the last look was, by both clocks.
#[derive(Default)]
pub(crate) struct SystemWatch(Mutex<Option<(Instant, Timestamp)>>);

impl SystemWatch {
    /// When the program last looked at itself.
    pub(crate) fn last_look(&self) -> Option<Timestamp> {
        self.0.lock().map(|(_, at)| at)
    }
}

/// Something that stands, or does not.
struct Standing {
    code: AlarmCode,
    object: &'static str,
    figure: Option<i64>,
}

impl App {
    /// Raises and ends the alarms about the program itself.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn watch_system(&self) -> Result<(), AppError> {
        let now = self.now();
        self.watch_clock(now).await?;
        let mut view = self.db.view().await?;
        let webhooks = deliveries::counts(view.conn()).await?;
        let late = alarm_notices::overdue(view.conn(), now - LATE).await?;
        drop(view);
        let above = |figure: i64, limit: i64| (figure > limit).then_some(figure);
        let queue = |length: usize| {
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            above(length, i64::try_from(QUEUE_MAX).unwrap_or(i64::MAX))
        };
        let standing = |code, object, figure| Standing {
            code,
            object,
            figure,
        };
        let looks = [
            standing(
                AlarmCode::WebhookBacklog,
                "webhooks",
                above(webhooks.pending, WEBHOOKS_MAX),
            ),
            standing(
                AlarmCode::WebhookFailing,
                "webhooks",
                above(webhooks.dead, DEAD_MAX),
            ),
            standing(
                AlarmCode::QueueLag,
                "notices",
                above(late, LATE_NOTICES_MAX),
            ),
            standing(
                AlarmCode::QueueLag,
                "events",
                queue(self.news.lock().events.len()),
            ),
            standing(
                AlarmCode::QueueLag,
                "comm_log",
                queue(self.comm_log.waiting()),
            ),
        ];
        self.tell_standing(&looks, now).await
    }

    async fn tell_standing(&self, looks: &[Standing], now: Timestamp) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let open = alarms::open_of_type(view.conn(), SYSTEM).await?;
        drop(view);
        let is_open = |look: &Standing| {
            open.iter()
                .any(|(code, object)| code == look.code.as_str() && object == look.object)
        };
        for look in looks {
            match (look.figure, is_open(look)) {
                (Some(figure), false) => {
                    let mut tx = self.db.begin().await?;
                    let details = json!({"waiting": figure});
                    raise(&mut tx, look.code, (SYSTEM, look.object), details, now).await?;
                    tx.commit().await?;
                }
                (None, true) => {
                    let mut direct = self.db.direct().await?;
                    let code = look.code.as_str();
                    alarms::recover(direct.conn(), code, SYSTEM, look.object, now).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A clock that was set moves deadlines and bills: somebody has to know.
    async fn watch_clock(&self, now: Timestamp) -> Result<(), AppError> {
        let at = Instant::now();
        let before = self.system_watch.0.lock().replace((at, now));
        let Some((then, said)) = before else {
            return Ok(());
        };
        let Some(jump) = jump(at.duration_since(then), said, now) else {
            return Ok(());
        };
        warn!(seconds = jump, "the clock was set");
        let details: Value = json!({"seconds": jump, "before": said.unix_seconds(),
            "after": now.unix_seconds()});
        let mut tx = self.db.begin().await?;
        raise(
            &mut tx,
            AlarmCode::ClockJump,
            (SYSTEM, "clock"),
            details,
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// By how many seconds the clock went further than the time that passed; negative when it was set
/// back. None within the tolerance.
fn jump(passed: Duration, before: Timestamp, now: Timestamp) -> Option<i64> {
    let passed = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
    let apart = now.0.saturating_sub(before.0).saturating_sub(passed);
    let tolerance = i64::try_from(JUMP.as_millis()).unwrap_or(i64::MAX);
    (apart.abs() > tolerance).then_some(apart / 1000)
}

#[cfg(test)]
mod tests {
    use super::jump;
    use kernel::Timestamp;
    use std::time::Duration;

    #[test]
    fn a_clock_that_was_set_is_noticed_either_way() {
        let noon = Timestamp(1_729_407_600_000);
        let look = Duration::from_secs(30);
        assert_eq!(jump(look, noon, noon + look), None);
        assert_eq!(jump(look, noon, noon + Duration::from_secs(34)), None);
        assert_eq!(
            jump(look, noon, noon + Duration::from_secs(3_630)),
            Some(3_600)
        );
        assert_eq!(
            jump(look, noon, noon - Duration::from_secs(3_570)),
            Some(-3_600)
        );
    }
}
