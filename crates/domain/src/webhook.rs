//! Webhook events: what each type says, with exactly the keys of the published contract.
//!
//! Keys that were published in two spellings are sent in both (`duration_sec` and `duration`,
//! `total_kwh` and `kwh`, `current_power` and `power`). Energy is in kWh with the contract's
//! resolution of 0.01 kWh, power in W, times in Unix seconds, amounts in fen except
//! `final_amount`, which is in yuan.

mod device_events;
mod occupancy_events;
mod order_events;

pub use device_events::{
    RegistrationNotice, alarm, announces_heartbeat, announces_registration, connectivity,
    heartbeat, param_result, registered,
};
pub use occupancy_events::occupancy;
pub use order_events::order_event;

use kernel::{Energy, Fen, OrderNo, PhyId, PortNo, Timestamp};
use serde_json::{Map, Value, json};

/// Event types. The first eight are literals of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// A device introduced itself on a new session.
    DeviceRegistered,
    /// Every tenth heartbeat of a device.
    DeviceHeartbeat,
    /// An order was accepted.
    OrderCreated,
    /// Charging began; once per order.
    ChargingStarted,
    /// Another minute has been charged.
    ChargingProgress,
    /// Charging ended.
    ChargingEnded,
    /// The order is billed, or billed again (`adjusted`).
    OrderCompleted,
    /// An alarm began or is over.
    DeviceAlarm,
    /// Ours: the device did not begin.
    OrderFailed,
    /// Ours: taken back before it began.
    OrderCancelled,
    /// Ours: the unused part is free again.
    OrderRefunded,
    /// Ours: a device is back.
    DeviceOnline,
    /// Ours: a device is gone.
    DeviceOffline,
    /// Ours: parameters were accepted or refused.
    DeviceParamResult,
    /// Ours: a plug is left in, and the free time is over.
    OccupancyStarted,
    /// Ours: that plug is out.
    OccupancyEnded,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::DeviceRegistered,
        Self::DeviceHeartbeat,
        Self::OrderCreated,
        Self::ChargingStarted,
        Self::ChargingProgress,
        Self::ChargingEnded,
        Self::OrderCompleted,
        Self::DeviceAlarm,
        Self::OrderFailed,
        Self::OrderCancelled,
        Self::OrderRefunded,
        Self::DeviceOnline,
        Self::DeviceOffline,
        Self::DeviceParamResult,
        Self::OccupancyStarted,
        Self::OccupancyEnded,
    ];

    /// The published text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeviceRegistered => "device.registered",
            Self::DeviceHeartbeat => "device.heartbeat",
            Self::OrderCreated => "order.created",
            Self::ChargingStarted => "charging.started",
            Self::ChargingProgress => "charging.progress",
            Self::ChargingEnded => "charging.ended",
            Self::OrderCompleted => "order.completed",
            Self::DeviceAlarm => "device.alarm",
            Self::OrderFailed => "order.failed",
            Self::OrderCancelled => "order.cancelled",
            Self::OrderRefunded => "order.refunded",
            Self::DeviceOnline => "device.online",
            Self::DeviceOffline => "device.offline",
            Self::DeviceParamResult => "device.param_result",
            Self::OccupancyStarted => "occupancy.started",
            Self::OccupancyEnded => "occupancy.ended",
        }
    }
}

/// One event, before it is stored in the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookEvent {
    /// Its type.
    pub event_type: EventType,
    /// The device.
    pub device: PhyId,
    /// The order, if it is about one: such events are delivered in sequence.
    pub order_no: Option<OrderNo>,
    /// The port, if it is about one.
    pub port_no: Option<PortNo>,
    /// When the fact happened, not when it is sent.
    pub at: Timestamp,
    /// The payload.
    pub data: Map<String, Value>,
}

impl WebhookEvent {
    /// The n-th candidate for `event_id`, to be tried in turn until one is free:
    /// `{type}-{order or device}-{second}`, then with `-p{port}`, then `-2`, `-3` …
    pub fn event_id(&self, attempt: u32) -> String {
        let subject = match &self.order_no {
            Some(order_no) => order_no.as_str(),
            None => self.device.as_str(),
        };
        let second = self.at.unix_seconds();
        let base = format!("{}-{subject}-{second}", self.event_type.as_str());
        match (attempt, self.port_no) {
            (0, _) => base,
            (1, Some(port)) => format!("{base}-p{port}"),
            (n, Some(port)) => format!("{base}-p{port}-{n}"),
            (n, None) => format!("{base}-{}", n + 1),
        }
    }

    /// The body. `sequence_no` counts the events of one order and lets receivers sort.
    pub fn envelope(&self, event_id: &str, nonce: &str, sequence_no: Option<i64>) -> Value {
        let mut data = self.data.clone();
        if let Some(sequence_no) = sequence_no {
            data.insert("sequence_no".into(), sequence_no.into());
        }
        json!({
            "event_id": event_id,
            "event_type": self.event_type.as_str(),
            "device_phy_id": self.device.as_str(),
            "timestamp": self.at.unix_seconds(),
            "nonce": nonce,
            "data": data,
        })
    }
}

/// kWh with the contract's resolution of 0.01: 52 300 → 5.23.
pub fn kwh(energy: Energy) -> f64 {
    hundredths(energy.centi_kwh())
}

/// Yuan as a JSON number: 785 fen → 7.85.
pub fn yuan(amount: Fen) -> f64 {
    hundredths(amount.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "shown; exact below 90 trillion, far above any amount"
)]
fn hundredths(value: i64) -> f64 {
    value as f64 / 100.0
}

/// A JSON object from pairs; `None` values are left out.
fn object<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Map<String, Value> {
    pairs
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| (key.to_owned(), value)))
        .collect()
}

/// A value that is always there, if only as null.
#[expect(
    clippy::unnecessary_wraps,
    reason = "stands in one table with values that may be left out"
)]
fn set(value: impl Into<Value>) -> Option<Value> {
    Some(value.into())
}

#[cfg(test)]
mod tests;
