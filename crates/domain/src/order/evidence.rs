//! What is known of a running charge: its last sign of life and its mean power.

use super::Order;
use kernel::{Power, Timestamp, div_half_up};

/// The last sign of life: the latest of start and last report that showed the order running.
/// A device that never reports has its start time; a pending order its acknowledgement or
/// creation.
pub fn evidence(order: &Order) -> Timestamp {
    [order.start_time, order.last_progress_at, order.acked_at]
        .into_iter()
        .flatten()
        .fold(order.created_at, Timestamp::max)
}

/// Mean power: the reported powers weighted by time; without samples energy over time.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of i64 first"
)]
pub fn average_power(order: &Order) -> Power {
    let clamp = |value: i128| Power(value.clamp(0, i128::from(i64::MAX)) as i64);
    if order.power_seconds > 0 {
        clamp(div_half_up(
            i128::from(order.power_integral),
            i128::from(order.power_seconds),
        ))
    } else if order.duration_s > 0 {
        // 0.0001 kWh are 0.1 Wh, so energy × 3600 / seconds is in 0.1 W already.
        clamp(div_half_up(
            i128::from(order.energy.0) * 3600,
            i128::from(order.duration_s),
        ))
    } else {
        Power::ZERO
    }
}
