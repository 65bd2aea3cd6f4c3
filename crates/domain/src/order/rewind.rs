use super::{Order, OrderStatus, SettleStatus};
use device::EnergySplit;
use kernel::{Energy, Fen, Power, Timestamp};

/// An order as it stood at an instant of its past, as far as its row tells: whether it had begun,
/// and nothing of what came after. Meter values begin at zero, because devices report sums. Whose
/// money it costs is left out: replayed, it moves none. One that had ended by then stays as it is.
pub fn as_of(order: &Order, at: Timestamp) -> Order {
    let ended = !order.status.is_active();
    let end = order.end_time.unwrap_or(order.updated_at);
    if ended && end < at {
        return Order {
            payer: None,
            ..order.clone()
        };
    }
    let before = |instant: Option<Timestamp>| instant.filter(|instant| *instant < at);
    let start_time = before(order.start_time);
    Order {
        payer: None,
        version: 1,
        status: if start_time.is_some() {
            OrderStatus::Charging
        } else {
            OrderStatus::Pending
        },
        updated_at: at.max(order.created_at),
        acked_at: before(order.acked_at),
        start_time,
        end_time: None,
        last_progress_at: start_time,
        stop_requested_at: None,
        stop_reason: None,
        stop_acked_at: None,
        stop_attempts: 0,
        stop_sent_at: None,
        interrupted_at: None,
        fault_deadline: None,
        idle_reports: 0,
        idle_since: None,
        restarted_at: None,
        duration_s: 0,
        energy: Energy::ZERO,
        by_slot: order.by_slot.as_ref().map(|_| Box::default()),
        metered_at: None,
        tier_meter: order.tier_meter.as_ref().map(|_| Box::default()),
        device_split: EnergySplit::Whole,
        meter: None,
        start_soc: None,
        soc: None,
        current_power: Power::ZERO,
        peak_power: Power::ZERO,
        power_integral: 0,
        power_seconds: 0,
        announced_minute: 0,
        end_reason: None,
        end_reason_msg: None,
        bill: None,
        final_amount: None,
        elec_fen: Fen::ZERO,
        service_fen: Fen::ZERO,
        refund_fen: Fen::ZERO,
        occupancy_fen: Fen::ZERO,
        device_amount: None,
        settle_status: SettleStatus::None,
        provisional: false,
        hold_until: None,
        reopened_count: 0,
        abnormal: false,
        abnormal_reason: None,
        ..order.clone()
    }
}
