use super::{EventType, WebhookEvent, object, set};
use crate::occupancy::{Occupancy, OccupancyNews};
use kernel::Timestamp;
use serde_json::Value;

/// `occupancy.started` or `occupancy.ended` of a plug that was left in.
pub fn occupancy(occupancy: &Occupancy, news: OccupancyNews, at: Timestamp) -> WebhookEvent {
    let fee = occupancy.fee_at(at);
    let ended = news == OccupancyNews::Ended;
    let rule = &occupancy.rule;
    let ended_at = occupancy.ended_at.filter(|_| ended);
    let data = object([
        ("occ_no", set(occupancy.occ_no.as_str())),
        ("order_no", set(occupancy.order_no.as_str())),
        ("port_no", set(occupancy.port_no.0)),
        ("started_at", set(occupancy.started_at.unix_seconds())),
        ("free_seconds", set(rule.free().as_secs())),
        ("unit_minutes", set(rule.unit_minutes)),
        ("price_fen_per_unit", set(rule.price_fen_per_unit.0)),
        ("cap_fen", set(rule.cap_fen.0)),
        (
            "ended_at",
            ended_at.map(|at| Value::from(at.unix_seconds())),
        ),
        ("charge_seconds", ended.then(|| fee.seconds.into())),
        ("units", ended.then(|| fee.units.into())),
        ("fee_fen", ended.then(|| fee.fen.0.into())),
        ("due_fen", ended.then(|| occupancy.due_at(at).0.into())),
        ("member_ref", occupancy.member_ref.clone().map(Value::from)),
    ]);
    WebhookEvent {
        event_type: match news {
            OccupancyNews::Started => EventType::OccupancyStarted,
            OccupancyNews::Ended => EventType::OccupancyEnded,
        },
        device: occupancy.phy_id.clone(),
        order_no: Some(occupancy.order_no),
        port_no: Some(occupancy.port_no),
        at,
        data,
    }
}
