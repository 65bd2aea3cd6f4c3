use super::{Allocation, Consumer, Steering, watts};
use kernel::Timestamp;
use std::time::Duration;

/// A limit rises by no less than this, %.
const RISE_MIN_PCT: u8 = 5;
/// A limit rises no sooner after the last one.
const RISE_AFTER: Duration = Duration::from_mins(1);

/// The limit that a device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InForce {
    /// %; 100 for one that was never limited.
    pub percent: u8,
    /// When it was told.
    pub since: Option<Timestamp>,
}

/// A device that is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its place among the consumers.
    pub place: usize,
    /// Its new limit, %.
    pub percent: u8,
}

/// Which devices are told now. A limit falls at once; it rises by a noticeable step, not too
/// often, and only as far as the limits in force leave room: should no device obey a falling
/// limit any more, the sum of what is allowed still does not grow beyond the budget.
pub fn steps(
    available_w: i64,
    consumers: &[Consumer],
    in_force: &[InForce],
    allocation: &Allocation,
    now: Timestamp,
) -> Vec<Step> {
    let budget = available_w.saturating_sub(allocation.fixed_w).max(0);
    let counts = |consumer: &Consumer| consumer.steering == Steering::Steerable;
    let mut allowed: i64 = consumers
        .iter()
        .zip(in_force)
        .filter(|(consumer, _)| counts(consumer) && consumer.active)
        .map(|(consumer, limit)| watts(consumer.rated_w, limit.percent))
        .sum();
    let mut steps = Vec::new();
    let all = || consumers.iter().zip(in_force).zip(&allocation.shares);
    let mut falls = false;
    for (place, ((_, limit), share)) in all().enumerate() {
        if let Some(percent) = share.percent.filter(|percent| *percent < limit.percent) {
            steps.push(Step { place, percent });
            falls = true;
        }
    }
    for (place, ((consumer, limit), share)) in all().enumerate() {
        let Some(percent) = share.percent.filter(|percent| *percent > limit.percent) else {
            continue;
        };
        let noticeable = percent == 100 || percent >= limit.percent + RISE_MIN_PCT;
        let soon = limit
            .since
            .is_some_and(|since| now.since(since) < RISE_AFTER);
        if !noticeable || soon {
            continue;
        }
        if !consumer.active {
            // Nothing draws there; while others have to fall it stays as it is.
            if !falls {
                steps.push(Step { place, percent });
            }
            continue;
        }
        let before = watts(consumer.rated_w, limit.percent);
        let after = allowed - before + watts(consumer.rated_w, percent);
        if after <= budget {
            allowed = after;
            steps.push(Step { place, percent });
        }
    }
    steps
}
