//! Looks for trouble: a slow database, long queues.

use crate::{App, AppError};
use domain::tier::Module;
use domain::trouble::{QUEUE_MAX, SLOW};
use std::time::Duration;
use tokio::time::timeout;
use tracing::{info, warn};

/// A database that does not answer within this time is away.
const PING_MAX: Duration = Duration::from_secs(2);

impl App {
    /// The look of every few seconds, after which modules rest or run again.
    ///
    /// # Errors
    /// When the database is away; that has been taken in as trouble.
    pub async fn look_for_trouble(&self) -> Result<(), AppError> {
        let answered = timeout(PING_MAX, self.db.ping()).await;
        let p95 = self.tiers.query_times.lock().take_p95();
        let slow = p95.is_some_and(|micros| Duration::from_micros(micros) > SLOW);
        let queue = self.longest_queue();
        let away = !matches!(answered, Ok(Ok(())));
        let now = self.now();
        let bad = slow || away || queue > QUEUE_MAX;
        let turned = self.tiers.trouble.lock().look(bad, now);
        if turned {
            let p95_ms = p95.map(|micros| micros / 1000);
            if bad {
                warn!(
                    away,
                    p95_ms, queue, "trouble lasts: what can be spared rests"
                );
            } else {
                info!("trouble is over: everything runs again");
            }
        }
        self.decide_who_rests();
        match answered {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(AppError::Unavailable),
        }
    }

    /// Decides anew which modules rest: after a look, after a decision of an operator.
    pub(crate) fn decide_who_rests(&self) {
        if self.tiers.decide(&self.tuned.load().switches) {
            self.hint(&bus::Topic::Modules);
        }
        self.comm_log.spare(self.rests(Module::CommLog));
    }

    fn longest_queue(&self) -> usize {
        let events = self.news.lock().events.len();
        events.max(self.comm_log.waiting())
    }
}
