//! Days and differences, to be looked at.

use super::DAY;
use crate::staff::Actor;
use crate::{App, AppError};
use channels::payment::ChannelName;
use domain::alarm::AlarmCode;
use domain::day::Day;
use serde_json::json;
use store::reconciliations::{self, DayFilter, DifferenceFilter, DifferenceRow, ReconciliationRow};
use store::{Page, PageRequest, alarms};

/// Longest note, in characters.
const NOTE_MAX: usize = 200;

const NO_DIFFERENCE: AppError = AppError::NotFound("difference");

impl App {
    /// A page of days, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_reconciliations(
        &self,
        filter: &DayFilter,
        page: PageRequest,
    ) -> Result<Page<ReconciliationRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(reconciliations::list(view.conn(), filter, page).await?)
    }

    /// A day of a channel.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it was not compared.
    pub async fn reconciliation(
        &self,
        channel: &str,
        day: &str,
    ) -> Result<ReconciliationRow, AppError> {
        let mut view = self.db.view().await?;
        let row = reconciliations::find(view.conn(), channel, day).await?;
        row.ok_or(AppError::NotFound("reconciliation"))
    }

    /// A page of differences, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_differences(
        &self,
        filter: &DifferenceFilter,
        page: PageRequest,
    ) -> Result<Page<DifferenceRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(reconciliations::list_differences(view.conn(), filter, page).await?)
    }

    /// Compares a day now, because somebody wants it.
    ///
    /// # Errors
    /// As [`App::reconcile`].
    pub async fn rerun_reconciliation(
        &self,
        actor: &Actor,
        channel: ChannelName,
        day: Day,
    ) -> Result<ReconciliationRow, AppError> {
        let row = self.reconcile(channel, day, &actor.name).await?;
        let object = format!("reconciliation:{channel} {day}");
        let after = json!({"state": row.state, "runs": row.runs, "gap_fen": row.gap()});
        self.audit(actor, "reconcile.rerun", &object, Some(after))
            .await?;
        Ok(row)
    }

    /// Somebody has looked at a difference and says what it is. With the last one of a day the day
    /// is accepted as it is.
    ///
    /// # Errors
    /// [`AppError::Invalid`] without a note, [`AppError::NotFound`] without such a difference,
    /// [`AppError::Conflict`] when it is not open.
    pub async fn resolve_difference(
        &self,
        actor: &Actor,
        id: i64,
        note: &str,
    ) -> Result<DifferenceRow, AppError> {
        if note.trim().is_empty() || note.chars().count() > NOTE_MAX {
            return Err(AppError::Invalid {
                field: "note".to_owned(),
                problem: format!("must have 1 to {NOTE_MAX} characters"),
            });
        }
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = reconciliations::lock_difference(tx.conn(), id).await?;
        let before = before.ok_or(NO_DIFFERENCE)?;
        let (channel, day) = (before.channel.as_str(), before.day.as_str());
        let whole = reconciliations::lock(tx.conn(), channel, day).await?;
        let whole = whole.ok_or(NO_DIFFERENCE)?;
        if !reconciliations::decide(tx.conn(), id, note, &actor.name, now).await? {
            return Err(AppError::Conflict("the difference is not open"));
        }
        let open = reconciliations::open_of_day(tx.conn(), channel, day).await?;
        if open.is_empty() {
            reconciliations::accept(tx.conn(), channel, day, whole.gap()).await?;
            let object = format!("{channel} {day}");
            let code = AlarmCode::ReconcileDiff.as_str();
            alarms::recover(tx.conn(), code, DAY, &object, now).await?;
        }
        let after = reconciliations::lock_difference(tx.conn(), id).await?;
        let after = after.ok_or(NO_DIFFERENCE)?;
        let told = |row: &DifferenceRow| json!({"state": row.state, "note": row.note});
        let object = format!("reconciliation_difference:{id}");
        let (old, new) = (Some(told(&before)), Some(told(&after)));
        self.audit_in(&mut tx, actor, "reconcile.resolve", &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }
}
