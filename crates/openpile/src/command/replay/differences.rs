//! Where what happens now is not what the database says happened then.

use super::bench::Sent;
use super::outcome::kwh;
use super::past::Past;
use super::period;
use device::Direction;
use domain::order::Order;
use kernel::Timestamp;
use std::collections::HashMap;
use store::alarms::AlarmRow;

/// Orders that had ended within the period, and orders that nobody knows.
pub(super) fn of_orders(past: &Past, end: Timestamp, again: &[Order]) -> Vec<String> {
    let mut found = Vec::new();
    for then in &past.orders {
        let ended = then.end_time.unwrap_or(then.updated_at);
        if then.status.is_active() || ended >= end {
            continue;
        }
        let Some(now) = again.iter().find(|now| now.order_no == then.order_no) else {
            found.push(format!("order {} does not come about", then.order_no));
            continue;
        };
        let facts = |order: &Order| {
            [
                ("status", order.status.as_str().to_owned()),
                (
                    "end reason",
                    order
                        .end_reason
                        .map_or("none", |reason| reason.as_str())
                        .to_owned(),
                ),
                ("duration", format!("{} s", order.duration_s)),
                ("energy", format!("{} kWh", kwh(order))),
                (
                    "bill",
                    order
                        .final_amount
                        .map_or("none".to_owned(), kernel::Fen::yuan),
                ),
            ]
        };
        for ((what, stored), (_, replayed)) in facts(then).into_iter().zip(facts(now)) {
            if stored != replayed {
                found.push(format!(
                    "order {} {what}: {stored} stored, {replayed} replayed",
                    then.order_no
                ));
            }
        }
    }
    for now in again {
        if !past.orders.iter().any(|then| then.order_no == now.order_no) {
            found.push(format!(
                "order {} {} comes about, which is not stored",
                now.order_no,
                now.status.as_str()
            ));
        }
    }
    found
}

/// Alarms that began in the period, by cause and object.
pub(super) fn of_alarms(past: &Past, again: &[AlarmRow]) -> Vec<String> {
    let key = |row: &AlarmRow| format!("{} {}", row.code, row.object_id);
    let mut found = Vec::new();
    for then in &past.alarms {
        if !again.iter().any(|now| key(now) == key(then)) {
            found.push(format!("alarm {} is not raised", key(then)));
        }
    }
    // What time alone brings about after the last word says nothing about what was said.
    let last = past.lines.iter().map(|line| line.at).max();
    let within = |row: &&AlarmRow| last.is_some_and(|last| row.first_at <= last);
    for now in again.iter().filter(within) {
        if !past.alarms.iter().any(|then| key(then) == key(now)) {
            found.push(format!("alarm {} is raised, which is not stored", key(now)));
        }
    }
    found
}

/// Answers that are logged with their message id, and what is answered now.
pub(super) fn of_replies(past: &Past, sent: &[Sent]) -> Vec<String> {
    if past.was_connected {
        return Vec::new();
    }
    let mut now: HashMap<(&str, i64), Vec<&Sent>> = HashMap::new();
    for reply in sent {
        if let Some(msg_id) = reply.msg_id {
            now.entry((reply.cmd.as_str(), msg_id))
                .or_default()
                .push(reply);
        }
    }
    let mut found = Vec::new();
    for line in past
        .lines
        .iter()
        .filter(|line| line.direction == Direction::Down)
    {
        let (Some(cmd), Some(msg_id)) = (line.cmd.as_deref(), line.msg_id) else {
            continue;
        };
        let when = period::text(line.at);
        let hex = hex::encode_upper(&line.bytes);
        let Some(same) = now.get(&(cmd, msg_id)) else {
            // Questions are numbered as they come, over all devices: another one's count as well.
            if sent.iter().any(|reply| reply.cmd == cmd) {
                continue;
            }
            found.push(format!(
                "{when} {cmd} msg {msg_id} was sent, and is not now"
            ));
            continue;
        };
        if !same.iter().any(|reply| reply.hex == hex)
            && let Some(reply) = same.first()
        {
            found.push(format!(
                "{when} {cmd} msg {msg_id} was {hex}, is {} at {}: {}",
                reply.hex,
                period::text(reply.at),
                reply.text
            ));
        }
    }
    found
}
