//! `orders`: charging sessions with their bills.

/// What a row is read from.
macro_rules! columns {
    () => {
        "id, version, order_no, device_id, phy_id, port_no, status, source, api_key_id, \
         member_ref, notify_url, card_no, charge_mode, amount, planned_duration_sec, planned_e4, \
         power_limit_w, tariff_snapshot, business_no, trade_no, created_at, updated_at, acked_at, \
         start_sent, start_time, end_time, last_progress_at, stop_requested_at, stop_reason, \
         stop_acked_at, stop_sent_at, stop_attempts, interrupted_at, fault_deadline, \
         idle_reports, idle_since, restarted_at, duration_sec, energy_e4, current_power, \
         peak_power, power_integral, power_seconds, announced_minute, end_reason, \
         end_reason_msg, final_amount, elec_fen, service_fen, refund_fen, device_amount_fen, \
         settle_status, provisional, hold_until, reopened_count, abnormal, abnormal_reason, \
         physical_card, vin, parallel_no, slot_e4, metered_at, device_split, meter_start_e4, \
         meter_end_e4, start_soc, end_soc, bill, tier_meter, occupancy_fen, payer, trace_id"
    };
}

mod columns;
mod list;
mod read;
mod write;

pub use list::{OrderFilter, SORT, list};
pub use read::{
    CANDIDATES_MAX, candidates, card_day, card_in_use, count, devices_alone_with_orders, find,
    find_active, find_by_no, find_by_trade_no, list_active, list_active_of_device, list_alive,
    list_alive_of, lock_by_no, of_device_between, of_trace, vehicle_in_use,
};
pub use write::{add_vehicle, flush_live, insert, update};
