//! What the dispatcher takes from the outbox and what it writes back.

use super::answer::{Attempt, Verdict};
use super::envelope::Fact;
use super::schedule::{NextAttempt, Schedule};
use kernel::{ApiKeyId, RunId, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::{Conn, StoreError, api_keys, deliveries};

/// One event for one address, lent to this process.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    /// Row of `webhook_deliveries`.
    pub(super) id: i64,
    /// The address.
    pub(super) url: Arc<str>,
    /// The key that caused the event.
    pub(super) api_key: Option<ApiKeyId>,
    /// Attempts that failed so far.
    pub(super) failures: u32,
    /// Until then no other process takes it.
    pub(super) lent_until: Timestamp,
    /// What is told.
    pub(super) fact: Fact,
}

impl From<deliveries::Delivery> for Delivery {
    fn from(row: deliveries::Delivery) -> Self {
        let device_phy_id = row.phy_id.map(|id| id.to_string());
        Self {
            id: row.id,
            url: row.url.into(),
            api_key: row.api_key_id,
            failures: u32::try_from(row.retry_count).unwrap_or(0),
            lent_until: row.next_attempt_at,
            fact: Fact {
                event_id: row.event_id,
                event_type: row.event_type,
                device_phy_id: device_phy_id.unwrap_or_default(),
                occurred_at: row.occurred_at,
                sequence_no: row.sequence_no,
                data: row.payload,
                trace: row.trace_id,
            },
        }
    }
}

/// Takes deliveries that are due, see [`deliveries::claim`].
pub(super) async fn lend(
    conn: Conn<'_>,
    now: Timestamp,
    by: Option<RunId>,
    lease: Duration,
    ordered_retries: usize,
    limit: usize,
) -> Result<Vec<Delivery>, StoreError> {
    let ordered_retries = i16::try_from(ordered_retries).unwrap_or(i16::MAX);
    let limit = u16::try_from(limit).unwrap_or(u16::MAX);
    let rows = deliveries::claim(conn, now, by, lease, ordered_retries, limit).await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// Writes down what became of deliveries.
pub(super) async fn record(mut conn: Conn<'_>, outcomes: &[Outcome]) -> Result<(), StoreError> {
    let (mut attempts, mut put_back) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        match outcome.as_attempt() {
            Ok(attempt) => attempts.push(attempt),
            Err(due) => put_back.push((outcome.delivery, due)),
        }
    }
    deliveries::put_back(conn.again(), &put_back).await?;
    deliveries::record(conn, &attempts).await
}

/// All keys with the secrets of their webhooks.
pub(super) async fn keys(
    conn: Conn<'_>,
) -> Result<Vec<(ApiKeyId, String, Option<String>)>, StoreError> {
    let keys = api_keys::list(conn).await?.into_iter();
    Ok(keys
        .map(|key| (key.id, key.key, key.webhook_secret))
        .collect())
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Done.
    Delivered,
    /// Failed; to be tried again then.
    Again { at: Timestamp },
    /// Failed for good: a dead letter.
    Dead,
    /// Not attempted after all; to be taken up again then.
    Returned { at: Timestamp },
}

/// A step together with what there is to know about it.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) delivery: i64,
    /// Attempts that failed before this one.
    pub(super) failures: u32,
    pub(super) step: Step,
    /// When the attempt began.
    pub(super) at: Timestamp,
    pub(super) http_status: Option<u16>,
    pub(super) error: String,
    pub(super) duration_ms: i64,
}

impl Outcome {
    /// What follows from an attempt that ended at `at`.
    pub(super) fn of_attempt(
        delivery: &Delivery,
        attempt: &Attempt,
        schedule: &Schedule,
        at: Timestamp,
    ) -> Self {
        let step = match attempt.verdict {
            Verdict::Delivered => Step::Delivered,
            Verdict::Refused => Step::Dead,
            Verdict::Retry { retry_after, .. } => {
                match schedule.after_failure(delivery.failures + 1, retry_after) {
                    NextAttempt::Fast(pause) | NextAttempt::Slow(pause) => {
                        Step::Again { at: at + pause }
                    }
                    NextAttempt::Never => Step::Dead,
                }
            }
        };
        Self {
            delivery: delivery.id,
            failures: delivery.failures,
            step,
            at: at - attempt.elapsed,
            http_status: attempt.http_status,
            error: attempt.error.clone(),
            duration_ms: i64::try_from(attempt.elapsed.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// The delivery goes back unattempted and is due again at `due`.
    pub(super) fn returned(delivery: &Delivery, at: Timestamp, due: Timestamp) -> Self {
        Self {
            delivery: delivery.id,
            failures: delivery.failures,
            step: Step::Returned { at: due },
            at,
            http_status: None,
            error: String::new(),
            duration_ms: 0,
        }
    }

    /// As the outbox stores it; a returned delivery is no attempt, only due again.
    fn as_attempt(&self) -> Result<deliveries::Attempt, Timestamp> {
        let verdict = match self.step {
            Step::Delivered => deliveries::Verdict::Delivered,
            Step::Again { at } => deliveries::Verdict::Retry(at),
            Step::Dead => deliveries::Verdict::Dead,
            Step::Returned { at } => return Err(at),
        };
        Ok(deliveries::Attempt {
            delivery_id: self.delivery,
            attempt: i16::try_from(self.failures + 1).unwrap_or(i16::MAX),
            at: self.at,
            http_status: self.http_status,
            error: Some(self.error.clone()).filter(|error| !error.is_empty()),
            duration_ms: self.duration_ms,
            verdict,
        })
    }
}
