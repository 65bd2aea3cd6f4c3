//! What the program notices about itself: queues that are not emptied, webhooks that pile up.

use crate::cluster::Duty;
use crate::money::raise;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::trouble::QUEUE_MAX;
use kernel::Timestamp;
use serde_json::json;
use std::time::Duration;
use store::{alarm_notices, alarms, deliveries};

/// What alarms about the program itself are about.
pub(crate) const SYSTEM: &str = "system";
/// Webhooks that may wait.
const WEBHOOKS_MAX: i64 = 10_000;
/// Webhooks that may lie dead before somebody is told.
const DEAD_MAX: i64 = 1_000;
/// Webhooks that took more than one try, of a hundred, how long is looked back for them, and how
/// many say anything.
const RETRIES_MAX_PCT: i64 = 5;
const RETRIES_WITHIN: Duration = Duration::from_mins(10);
const RETRIES_MIN: i64 = 20;
/// Notices that may be late, and by how much.
const LATE_NOTICES_MAX: i64 = 1_000;
const LATE: Duration = Duration::from_mins(5);

/// Something that stands, or does not.
pub(crate) struct Standing {
    pub(crate) code: AlarmCode,
    pub(crate) object: String,
    pub(crate) figure: Option<i64>,
}

impl App {
    /// Raises and ends the alarms about the program itself.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn watch_system(&self) -> Result<(), AppError> {
        let now = self.now();
        let mut view = self.db.view().await?;
        let webhooks = deliveries::counts(view.conn()).await?;
        let retries = deliveries::retries(view.conn(), now - RETRIES_WITHIN).await?;
        let late = alarm_notices::overdue(view.conn(), now - LATE).await?;
        drop(view);
        let above = |figure: i64, limit: i64| (figure > limit).then_some(figure);
        let queue = |length: usize| {
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            above(length, i64::try_from(QUEUE_MAX).unwrap_or(i64::MAX))
        };
        let standing = |code, object: &str, figure| Standing {
            code,
            object: object.to_owned(),
            figure,
        };
        let here = |object: &str| self.at_this_node(object);
        let mut looks = vec![
            standing(
                AlarmCode::QueueLag,
                &here("events"),
                queue(self.news.lock().events.len()),
            ),
            standing(
                AlarmCode::QueueLag,
                &here("comm_log"),
                queue(self.comm_log.waiting()),
            ),
        ];
        looks.extend(self.certificate_looks(now).await?);
        if !self.holds(Duty::SYSTEM) {
            return self.tell_standing(&looks, now).await;
        }
        looks.extend([
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
                AlarmCode::WebhookFailing,
                "retries",
                above(retries.again * 100, retries.tried * RETRIES_MAX_PCT)
                    .filter(|_| retries.tried >= RETRIES_MIN)
                    .map(|_| retries.again),
            ),
            standing(
                AlarmCode::QueueLag,
                "notices",
                above(late, LATE_NOTICES_MAX),
            ),
        ]);
        self.tell_standing(&looks, now).await
    }

    /// Raises and ends alarms about the program itself.
    pub(crate) async fn tell_standing(
        &self,
        looks: &[Standing],
        now: Timestamp,
    ) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let open = alarms::open_of_type(view.conn(), SYSTEM).await?;
        drop(view);
        let is_open = |look: &Standing| {
            open.iter()
                .any(|(code, object)| code == look.code.as_str() && *object == look.object)
        };
        for look in looks {
            match (look.figure, is_open(look)) {
                (Some(figure), false) => {
                    let mut tx = self.db.begin().await?;
                    let details = match look.code {
                        AlarmCode::CertificateExpiring => json!({"days_left": figure}),
                        _ => json!({"waiting": figure}),
                    };
                    raise(&mut tx, look.code, (SYSTEM, &look.object), details, now).await?;
                    tx.commit().await?;
                }
                (None, true) => {
                    let mut direct = self.db.direct().await?;
                    let code = look.code.as_str();
                    alarms::recover(direct.conn(), code, SYSTEM, &look.object, now).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
