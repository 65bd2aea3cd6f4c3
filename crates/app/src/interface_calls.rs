//! Calls of the interfaces: counted in memory, added to their hour in batches.

use crate::{App, AppError};
use dashmap::DashMap;
use kernel::Timestamp;
use std::time::Duration;
use store::interface_calls::{self, CallCount, CallFilter};
use store::{Page, PageRequest};

const HOUR_MS: i64 = 3_600_000;
/// Hours, routes and callers that wait in memory; more are not counted.
const WAITING_MAX: usize = 20_000;
/// Longest name of a caller, in bytes.
const CALLER_MAX: usize = 64;
/// Hours are kept so long.
const KEPT: Duration = Duration::from_hours(24 * 30);
/// Longest span of a sum.
const SPAN_MAX: Duration = Duration::from_hours(24 * 31);

type Key = (i64, String, String, String);

/// Counts that have not been written yet.
#[derive(Default)]
pub(crate) struct CallBoard(DashMap<Key, Counts>);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    calls: i64,
    refused: i64,
    failed: i64,
    total_ms: i64,
    most_ms: i64,
}

impl App {
    /// Counts a call; no database.
    pub fn count_call(&self, method: &str, route: &str, caller: &str, status: u16, took: Duration) {
        let hour = self.now().0.div_euclid(HOUR_MS) * HOUR_MS;
        let caller: String = caller.chars().take(CALLER_MAX).collect();
        let key = (hour, method.to_owned(), route.to_owned(), caller);
        if self.calls.0.len() >= WAITING_MAX && !self.calls.0.contains_key(&key) {
            metrics::counter!("openpile_interface_calls_dropped_total").increment(1);
            return;
        }
        let took_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        let mut counts = self.calls.0.entry(key).or_default();
        counts.calls += 1;
        counts.refused += i64::from((400..500).contains(&status));
        counts.failed += i64::from(status >= 500);
        counts.total_ms = counts.total_ms.saturating_add(took_ms);
        counts.most_ms = counts.most_ms.max(took_ms);
    }

    /// Adds what was counted to its hours.
    ///
    /// # Errors
    /// When the database is away: the counts wait.
    pub async fn flush_calls(&self) -> Result<(), AppError> {
        let mut rows = Vec::new();
        self.calls.0.retain(|key, counts| {
            let (hour, method, route, caller) = key.clone();
            rows.push(CallCount {
                hour: Timestamp(hour),
                method,
                route,
                caller,
                calls: counts.calls,
                refused: counts.refused,
                failed: counts.failed,
                total_ms: counts.total_ms,
                most_ms: counts.most_ms,
            });
            false
        });
        if rows.is_empty() {
            return Ok(());
        }
        let written = self.add_calls(&rows).await;
        if written.is_err() {
            for row in rows {
                let key = (row.hour.0, row.method, row.route, row.caller);
                let mut counts = self.calls.0.entry(key).or_default();
                counts.calls += row.calls;
                counts.refused += row.refused;
                counts.failed += row.failed;
                counts.total_ms += row.total_ms;
                counts.most_ms = counts.most_ms.max(row.most_ms);
            }
        }
        written
    }

    async fn add_calls(&self, rows: &[CallCount]) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        interface_calls::add(tx.conn(), rows).await?;
        interface_calls::purge(tx.conn(), self.now() - KEPT).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A page of hours, the newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_calls(
        &self,
        filter: &CallFilter,
        page: PageRequest,
    ) -> Result<Page<CallCount>, AppError> {
        self.flush_calls().await?;
        let mut view = self.db.view().await?;
        Ok(interface_calls::list(view.conn(), filter, page).await?)
    }

    /// The sums of some hours, the most called first.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a span that is none, or longer than 31 days.
    pub async fn call_totals(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<CallCount>, AppError> {
        if until <= from || until.since(from) > SPAN_MAX {
            return Err(AppError::Invalid {
                field: "until".to_owned(),
                problem: "must be after from, and within 31 days of it".to_owned(),
            });
        }
        self.flush_calls().await?;
        let mut view = self.db.view().await?;
        Ok(interface_calls::totals(view.conn(), from, until).await?)
    }
}
