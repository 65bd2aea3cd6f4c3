//! What is measured about webhooks.

use super::answer::Attempt;
use super::outbox::{Delivery, Step};
use kernel::Timestamp;
use metrics::{counter, gauge, histogram};

/// An attempt begins; the first one of an event tells how late the receiver hears of it.
pub(super) fn attempt_begins(delivery: &Delivery, now: Timestamp) {
    if delivery.failures == 0 {
        let delay = now.since(delivery.fact.occurred_at);
        histogram!("openpile_webhook_latency_seconds").record(delay.as_secs_f64());
    }
}

/// An attempt is over: counts it and says what a person may want to look into.
pub(super) fn attempt_is_over(delivery: &Delivery, attempt: &Attempt, step: &Step) {
    let result = match step {
        Step::Delivered => "delivered",
        Step::Again { .. } => "retried",
        Step::Dead => "dead",
        Step::Returned { .. } => return,
    };
    let event_type = delivery.fact.event_type.clone();
    counter!("openpile_webhook_total", "type" => event_type, "result" => result).increment(1);
    let event_id = &delivery.fact.event_id;
    let device_id = &delivery.fact.device_phy_id;
    let attempts = delivery.failures + 1;
    let duration_ms = attempt.elapsed.as_millis();
    match step {
        Step::Delivered => {
            tracing::debug!(%event_id, %device_id, attempts, duration_ms, "webhook delivered");
        }
        Step::Again { at } => tracing::info!(
            %event_id, %device_id, attempts, duration_ms,
            error = %attempt.error, next_attempt_at = at.unix_seconds(), "webhook not delivered"
        ),
        Step::Dead => tracing::warn!(
            %event_id, %device_id, attempts, duration_ms,
            error = %attempt.error, "webhook given up"
        ),
        Step::Returned { .. } => {}
    }
}

/// How much is in the outbox.
#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge shows the size of a queue, not an exact count"
)]
pub(super) fn outbox_holds(pending: i64, dead: i64) {
    gauge!("openpile_queue_length", "queue" => "webhook").set(pending as f64);
    gauge!("openpile_dead_letters", "queue" => "webhook").set(dead as f64);
}
