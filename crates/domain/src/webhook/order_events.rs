use super::{EventType, WebhookEvent, kwh, object, set, yuan};
use crate::order::{News, Order, Sample, average_power, published_reason};
use device::EndReason;
use kernel::{Current, Fen, Timestamp, Voltage, div_half_up};
use serde_json::{Map, Value};

/// The event that tells `news` about an order as it is after the transition.
pub fn order_event(order: &Order, news: &News, at: Timestamp) -> WebhookEvent {
    let (event_type, data) = match news {
        News::Created => (EventType::OrderCreated, created(order)),
        News::Started => (EventType::ChargingStarted, started(order)),
        News::Progress(sample) => (EventType::ChargingProgress, progress(order, sample)),
        News::Ended => (EventType::ChargingEnded, ended(order)),
        News::Completed => (EventType::OrderCompleted, completed(order)),
        News::Failed { reason } => (EventType::OrderFailed, closed(order, reason)),
        News::Cancelled { reason } => (EventType::OrderCancelled, closed(order, reason)),
        News::Refunded { reason } => (EventType::OrderRefunded, closed(order, reason)),
    };
    WebhookEvent {
        event_type,
        device: order.phy_id.clone(),
        order_no: Some(order.order_no),
        port_no: Some(order.port_no),
        at,
        data,
    }
}

fn created(order: &Order) -> Map<String, Value> {
    object([
        ("order_no", set(order.order_no.as_str())),
        ("port_no", set(order.port_no.0)),
        ("charge_mode", set(order.charge_mode.code())),
        ("charge_mode_name", set(order.charge_mode.name())),
        ("duration", order.planned_duration_s.map(Value::from)),
        ("kwh_limit", order.planned_energy.map(|e| kwh(e).into())),
        ("amount", set(order.amount.0)),
        ("price_per_kwh", order.terms.price_per_kwh.map(Value::from)),
        (
            "service_fee",
            order.terms.service_fee.map(|fee| fee.0.into()),
        ),
        ("member_ref", order.member_ref.clone().map(Value::from)),
        ("status", set("pending")),
        ("created_at", set(order.created_at.unix_seconds())),
    ])
}

fn started(order: &Order) -> Map<String, Value> {
    let start = order.start_time.map(|at| Value::from(at.unix_seconds()));
    object([
        ("order_no", set(order.order_no.as_str())),
        ("port_no", set(order.port_no.0)),
        ("start_time", start.clone()),
        ("started_at", start),
        ("business_no", order.business_no.map(Value::from)),
    ])
}

fn progress(order: &Order, sample: &Sample) -> Map<String, Value> {
    let energy = kwh(sample.energy);
    let power = sample.power.watts();
    object([
        ("order_no", set(order.order_no.as_str())),
        ("port_no", set(order.port_no.0)),
        ("duration_sec", set(sample.duration_s)),
        ("total_kwh", set(energy)),
        ("current_power", set(power)),
        ("peak_power", set(order.peak_power.watts())),
        ("voltage", set(sample.voltage.map(Voltage::volts))),
        ("current", set(sample.current.map(shown_current))),
        ("temp", set(sample.temperature_c)),
        ("updated_at", set(sample.at.unix_seconds())),
        ("duration", set(sample.duration_s)),
        ("kwh", set(energy)),
        ("power", set(power)),
    ])
}

/// Amperes with the contract's one decimal: 6.805 A are shown as 6.8.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a hundredth of an i64, shown only"
)]
fn shown_current(current: Current) -> f64 {
    div_half_up(i128::from(current.0), 100) as i64 as f64 / 10.0
}

fn ended(order: &Order) -> Map<String, Value> {
    let (reason, message) = ending(order);
    object([
        ("order_no", set(order.order_no.as_str())),
        ("port_no", set(order.port_no.0)),
        ("duration_sec", set(order.duration_s)),
        ("total_kwh", set(kwh(order.energy))),
        ("end_reason", set(reason)),
        ("end_reason_msg", set(message)),
        (
            "end_time",
            order.end_time.map(|at| at.unix_seconds().into()),
        ),
        ("business_no", order.business_no.map(Value::from)),
        ("adjusted", set(order.is_adjusted())),
    ])
}

fn completed(order: &Order) -> Map<String, Value> {
    let (reason, message) = ending(order);
    let amount = order.final_amount.unwrap_or(Fen::ZERO);
    object([
        ("order_no", set(order.order_no.as_str())),
        ("port_no", set(order.port_no.0)),
        ("duration_sec", set(order.duration_s)),
        ("duration", set(order.duration_s)),
        ("total_kwh", set(kwh(order.energy))),
        ("peak_power", set(order.peak_power.watts())),
        ("avg_power", set(average_power(order).watts())),
        ("final_amount", set(yuan(amount))),
        ("final_amount_fen", set(amount.0)),
        ("elec_fen", set(order.elec_fen.0)),
        ("service_fen", set(order.service_fen.0)),
        ("refund_fen", set(order.refund_fen.0)),
        ("end_reason", set(reason)),
        ("end_reason_msg", set(message)),
        (
            "start_time",
            order.start_time.map(|at| at.unix_seconds().into()),
        ),
        (
            "end_time",
            order.end_time.map(|at| at.unix_seconds().into()),
        ),
        ("provisional", set(order.provisional)),
        ("adjusted", set(order.is_adjusted())),
        ("member_ref", order.member_ref.clone().map(Value::from)),
    ])
}

fn closed(order: &Order, reason: &str) -> Map<String, Value> {
    object([
        ("order_no", set(order.order_no.as_str())),
        ("port_no", set(order.port_no.0)),
        ("reason", set(reason)),
        ("refund_fen", set(order.refund_fen.0)),
        ("member_ref", order.member_ref.clone().map(Value::from)),
    ])
}

fn ending(order: &Order) -> (&'static str, &str) {
    let reason = order.end_reason.unwrap_or(EndReason::Unknown);
    let message = order.end_reason_msg.as_deref();
    (
        published_reason(reason),
        message.unwrap_or(reason.message()),
    )
}
