//! What is to be said to issuers and buyers is said, until it was heard.

use crate::{App, AppError};
use futures_util::future::join_all;
use std::time::Duration;
use store::invoice_tasks::{self, Task, TaskKind};
use tracing::warn;

/// Whoever took a task has so long; then it is somebody else's.
const LEASE: Duration = Duration::from_mins(5);
/// Tasks at once.
const TASKS_MAX: u32 = 8;
/// Rounds of one look.
const ROUNDS_MAX: usize = 100;
/// Pauses between attempts, in seconds; the last one stays.
const PAUSES_S: [u64; 8] = [5, 10, 30, 60, 300, 900, 3600, 21_600];

impl App {
    /// Does everything that is due: asks issuers, follows applications, sends mail. How many
    /// tasks were taken.
    ///
    /// # Errors
    /// When the database is away; what was not done comes again.
    pub async fn work_on_invoices(&self) -> Result<usize, AppError> {
        let mut taken = 0;
        for _ in 0..ROUNDS_MAX {
            let now = self.now();
            let mut view = self.db.view().await?;
            let due = invoice_tasks::is_due(view.conn(), now).await?;
            drop(view);
            if !due {
                break;
            }
            let mut direct = self.db.direct().await?;
            let tasks = invoice_tasks::claim(direct.conn(), now, LEASE, TASKS_MAX).await?;
            drop(direct);
            taken += tasks.len();
            join_all(tasks.iter().map(|task| self.work_on(task))).await;
        }
        Ok(taken)
    }

    async fn work_on(&self, task: &Task) {
        let worked = match task.kind {
            TaskKind::Issue => self.have_issued(task).await,
            TaskKind::Red => self.follow_application(task).await,
            TaskKind::Mail => self.mail_invoice(task).await,
            TaskKind::Text => self.text_buyer(task).await,
        };
        if let Err(error) = worked {
            warn!(invoice = %task.req_no, task = task.kind.as_str(), %error,
                "comes again when its lease is over");
        }
    }

    /// Puts a task off, for longer each time.
    pub(super) async fn postpone(&self, task: &Task, why: Option<&str>) -> Result<(), AppError> {
        if let Some(why) = why {
            warn!(invoice = %task.req_no, task = task.kind.as_str(), attempt = task.attempts, why,
                "put off");
        }
        let due = self.now() + pause(task.attempts);
        let mut direct = self.db.direct().await?;
        invoice_tasks::postpone(direct.conn(), task, due, why).await?;
        Ok(())
    }

    /// There is nothing to be done any more.
    pub(super) async fn drop_task(&self, task: &Task) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        invoice_tasks::finish(direct.conn(), task).await?;
        Ok(())
    }
}

fn pause(attempts: i32) -> Duration {
    let step = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    let seconds = PAUSES_S[step.min(PAUSES_S.len() - 1)];
    Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::pause;

    #[test]
    fn pauses_grow_and_stay() {
        let seconds = [0, 1, 2, 8, 9, i32::MAX].map(|attempts| pause(attempts).as_secs());
        assert_eq!(seconds, [5, 5, 10, 21_600, 21_600, 21_600]);
    }
}
