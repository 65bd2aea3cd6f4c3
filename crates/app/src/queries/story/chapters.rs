//! What each table has to tell about an order.

use super::{StoryEntry, StoryKind};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::curve::CurvePoint;
use domain::order::Order;
use kernel::Timestamp;
use serde_json::{Map, Value, json};
use store::alarms::{self, AlarmFilter};
use store::commands::{self, QueuedCommand};
use store::consistency::{self, FindingFilter};
use store::deliveries::{self, Delivery, PastAttempt};
use store::events::{self, EventFilter};
use store::status_history::{self, StatusChange};
use store::{PAGE_SIZE_MAX, PageRequest, audit_logs, ledger, refunds};

/// Meter values that are told; of more the story keeps an even selection.
const SAMPLES_MAX: usize = 120;
/// Frames that are told.
const FRAMES_MAX: u16 = 1000;
/// Events whose deliveries are told with their attempts.
const EVENTS_TOLD_MAX: usize = 200;

/// Entries, and whether there are more.
type Chapter = (Vec<StoryEntry>, bool);

const WHOLE_PAGE: PageRequest = PageRequest {
    page: 1,
    size: PAGE_SIZE_MAX,
};

fn entry(
    at: Timestamp,
    kind: StoryKind,
    what: impl Into<String>,
    ids: Value,
    details: Value,
) -> StoryEntry {
    StoryEntry {
        at,
        kind,
        what: what.into(),
        ids: told(ids),
        details: told(details),
    }
}

/// The fields that say something.
fn told(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
        _ => Map::new(),
    }
}

fn is_cut(total: i64) -> bool {
    total > i64::from(PAGE_SIZE_MAX)
}

impl App {
    pub(super) async fn chapter(
        &self,
        kind: StoryKind,
        order: &Order,
        actor: &Actor,
    ) -> Result<Chapter, AppError> {
        match kind {
            StoryKind::Call => self.calls_of(order, actor).await,
            StoryKind::State => self.states_of(order).await,
            StoryKind::Command => self.commands_told_of(order).await,
            StoryKind::Frame => self.frames_of(order).await,
            StoryKind::Sample => self.samples_of(order).await,
            StoryKind::Alarm => self.alarms_told_of(order, actor).await,
            StoryKind::Finding => self.findings_of(order, actor).await,
            StoryKind::Journal => self.journals_told_of(order).await,
            StoryKind::Refund => self.refunds_told_of(order).await,
            StoryKind::Webhook => self.webhooks_of(order).await,
        }
    }

    async fn calls_of(&self, order: &Order, actor: &Actor) -> Result<Chapter, AppError> {
        let mut view = self.db.view().await?;
        let (number, scope) = (order.order_no.as_str(), actor.scope());
        let lines =
            audit_logs::of_order(view.conn(), number, order.created_at, &scope, WHOLE_PAGE).await?;
        let cut = is_cut(lines.total);
        let line = |line: audit_logs::AuditLine| {
            let ids = json!({ "audit_id": line.id, "admin_id": line.admin_id });
            let details = json!({ "actor": line.actor, "ip": line.ip, "object": line.object,
                "before": line.before, "after": line.after });
            entry(line.at, StoryKind::Call, line.action, ids, details)
        };
        Ok((lines.items.into_iter().map(line).collect(), cut))
    }

    async fn states_of(&self, order: &Order) -> Result<Chapter, AppError> {
        let mut view = self.db.view().await?;
        let number = order.order_no.as_str();
        let changes = status_history::list(view.conn(), status_history::ORDER, number).await?;
        let ids = json!({
            "trace_id": order.trace.map(|trace| trace.to_string()),
            "api_key_id": order.api_key_id.map(|key| key.0),
        });
        let change = |change: StatusChange| {
            let details = json!({ "from": change.from_state, "to": change.to_state,
                "actor": change.actor, "reason": change.reason });
            entry(
                change.at,
                StoryKind::State,
                change.cause,
                ids.clone(),
                details,
            )
        };
        Ok((changes.into_iter().map(change).collect(), false))
    }

    async fn commands_told_of(&self, order: &Order) -> Result<Chapter, AppError> {
        let mut view = self.db.view().await?;
        let rows = commands::list_of_order(view.conn(), order.order_no).await?;
        drop(view);
        Ok((
            rows.iter().flat_map(|row| self.life_of(row)).collect(),
            false,
        ))
    }

    /// What is known of the life of a command.
    fn life_of(&self, row: &QueuedCommand) -> Vec<StoryEntry> {
        let wire = row
            .wire_cmd
            .or_else(|| self.wire_command_of(&row.phy_id, &row.payload));
        let msg_id = row.msg_id.unwrap_or_else(|| crate::msg_id_of(row.id));
        let ids = json!({ "command_id": row.id.0, "device_phy_id": row.phy_id.to_string(),
            "msg_id": msg_id });
        let step = |at, what: &str, details: Value| {
            entry(at, StoryKind::Command, what, ids.clone(), details)
        };
        let name = json!(row.cmd);
        let payload = serde_json::to_value(&row.payload).unwrap_or_default();
        let mut steps = vec![step(
            row.created_at,
            "queued",
            json!({ "command": name, "priority": row.priority, "payload": payload,
                "expire_at": row.expire_at.map(Timestamp::unix_seconds) }),
        )];
        if let Some(at) = row.sent_at {
            let cmd = wire.map(crate::command_text);
            let details = json!({ "command": name, "cmd": cmd, "retries": row.retries,
                "raw_hex": row.payload_hex });
            steps.push(step(at, "sent", details));
        }
        if let Some(at) = row.acked_at {
            let details = json!({ "command": name, "result": row.result,
                "error": row.last_error });
            steps.push(step(at, row.state.as_str(), details));
        }
        steps
    }

    async fn frames_of(&self, order: &Order) -> Result<Chapter, AppError> {
        let (device, from, until) = self.order_stretch(order.order_no).await?;
        let views = self
            .frames_between(&device, from, until, FRAMES_MAX)
            .await?;
        let cut = views.len() >= usize::from(FRAMES_MAX);
        let frames = views.into_iter().map(|view| {
            let line = view.line;
            let ids = json!({ "comm_log_id": line.id, "device_phy_id": device.to_string(),
                "msg_id": line.msg_id });
            let details = json!({ "direction": line.direction, "cmd": line.cmd, "ip": line.ip,
                "raw_hex": line.raw_hex, "decoded": view.decoded, "result": line.result });
            entry(line.at, StoryKind::Frame, line.kind, ids, details)
        });
        Ok((frames.collect(), cut))
    }

    async fn samples_of(&self, order: &Order) -> Result<Chapter, AppError> {
        let points = self.order_curve(order.order_no).await?;
        let cut = points.len() > SAMPLES_MAX;
        let chosen = thinned(&points);
        let sample = |point: &CurvePoint| {
            let details = json!({
                "duration_sec": point.duration_s,
                "total_kwh": point.energy.kwh(),
                "power": point.power.map(kernel::Power::watts),
                "voltage": point.voltage.map(kernel::Voltage::volts),
                "current": point.current.map(kernel::Current::amperes),
                "temp": point.temperature_c,
                "soc": point.soc,
            });
            entry(point.at, StoryKind::Sample, "meter", json!({}), details)
        };
        Ok((chosen.map(sample).collect(), cut))
    }

    async fn alarms_told_of(&self, order: &Order, actor: &Actor) -> Result<Chapter, AppError> {
        let filter = AlarmFilter {
            order_no: Some(order.order_no),
            scope: actor.scope(),
            ..AlarmFilter::default()
        };
        let mut view = self.db.view().await?;
        let rows = alarms::list(view.conn(), &filter, WHOLE_PAGE).await?;
        let cut = is_cut(rows.total);
        let mut entries = Vec::new();
        for row in rows.items {
            let ids = json!({ "alarm_id": row.id, "ticket_id": row.ticket_id });
            let details = json!({ "code": row.code, "level": row.level, "message": row.message,
                "port_no": row.port_no.map(|port| port.0), "count": row.count,
                "state": row.state.as_str() });
            let begun = entry(row.first_at, StoryKind::Alarm, "raised", ids, details);
            entries.extend(row.recovered_at.map(|at| StoryEntry {
                at,
                what: "recovered".to_owned(),
                ..begun.clone()
            }));
            entries.push(begun);
        }
        Ok((entries, cut))
    }

    async fn findings_of(&self, order: &Order, actor: &Actor) -> Result<Chapter, AppError> {
        let filter = FindingFilter {
            order_no: Some(order.order_no.to_string()),
            ..FindingFilter::default()
        };
        let mut view = self.db.view().await?;
        let rows = consistency::list(view.conn(), &actor.scope(), &filter, WHOLE_PAGE).await?;
        let cut = is_cut(rows.total);
        let mut entries = Vec::new();
        for row in rows.items {
            let issue = row.issue_type.as_str();
            let ids = json!({ "finding_id": row.id });
            let details = json!({ "details": row.details, "severity": row.severity.as_str(),
                "seen": row.seen, "action": row.action });
            let seen = entry(row.first_seen, StoryKind::Finding, issue, ids, details);
            entries.extend(row.resolved_at.map(|at| StoryEntry {
                at,
                what: format!("{issue} resolved"),
                ..seen.clone()
            }));
            entries.push(seen);
        }
        Ok((entries, cut))
    }

    async fn journals_told_of(&self, order: &Order) -> Result<Chapter, AppError> {
        let number = order.order_no.to_string();
        let mut view = self.db.view().await?;
        let journals = ledger::journals_of(view.conn(), &number).await?;
        let filter = ledger::LineFilter {
            biz_no: Some(number),
            ..ledger::LineFilter::default()
        };
        let lines = ledger::lines(view.conn(), &filter, WHOLE_PAGE).await?;
        let cut = is_cut(lines.total);
        let told = journals.into_iter().map(|journal| {
            let own = lines
                .items
                .iter()
                .filter(|line| line.journal_id == journal.id);
            let mut own: Vec<_> = own.collect();
            own.sort_by_key(|line| line.seq);
            let own: Vec<Value> = own
                .into_iter()
                .map(|line| {
                    json!({ "account": line.account, "side": line.side,
                        "amount_fen": line.amount_fen.0 })
                })
                .collect();
            let ids = json!({ "journal_id": journal.id, "reversal_of": journal.reversal_of });
            let details = json!({ "key": journal.idempotency_key, "actor": journal.actor,
                "memo": journal.memo, "lines": own });
            entry(
                journal.posted_at,
                StoryKind::Journal,
                journal.event_type,
                ids,
                details,
            )
        });
        Ok((told.collect(), cut))
    }

    async fn refunds_told_of(&self, order: &Order) -> Result<Chapter, AppError> {
        let filter = refunds::RefundFilter {
            biz_no: Some(order.order_no.to_string()),
            ..refunds::RefundFilter::default()
        };
        let mut view = self.db.view().await?;
        let rows = refunds::list(view.conn(), &filter, WHOLE_PAGE).await?;
        let cut = is_cut(rows.total);
        let mut entries = Vec::new();
        for row in rows.items {
            let ids = json!({ "refund_no": row.refund_no, "payment_no": row.payment_no });
            let details = json!({ "amount_fen": row.amount.0, "kind": row.kind.as_str(),
                "route": row.route.as_str(), "reason": row.reason, "applicant": row.applicant,
                "auditor": row.auditor });
            let asked = entry(row.created_at, StoryKind::Refund, "requested", ids, details);
            entries.extend(row.finished_at.map(|at| StoryEntry {
                at,
                what: row.state.as_str().to_owned(),
                ..asked.clone()
            }));
            entries.push(asked);
        }
        Ok((entries, cut))
    }

    async fn webhooks_of(&self, order: &Order) -> Result<Chapter, AppError> {
        let filter = EventFilter {
            order_no: Some(order.order_no),
            ..EventFilter::default()
        };
        let mut view = self.db.view().await?;
        let rows = events::list(view.conn(), &filter, WHOLE_PAGE).await?;
        let cut = is_cut(rows.total) || rows.items.len() > EVENTS_TOLD_MAX;
        let mut entries = Vec::new();
        for (place, event) in rows.items.into_iter().enumerate() {
            let ids = json!({ "event_id": event.event_id });
            let details = json!({ "sequence_no": event.sequence_no, "data": event.payload });
            let (at, kind) = (event.occurred_at, StoryKind::Webhook);
            entries.push(entry(at, kind, event.event_type, ids, details));
            if place >= EVENTS_TOLD_MAX {
                continue;
            }
            for delivery in deliveries::list_of_event(view.conn(), &event.event_id).await? {
                for attempt in deliveries::list_attempts(view.conn(), delivery.id).await? {
                    entries.push(told_to(&delivery, &attempt));
                }
            }
        }
        Ok((entries, cut))
    }
}

/// An attempt to tell a partner. The address stands on the page of webhooks, without its secrets.
fn told_to(delivery: &Delivery, attempt: &PastAttempt) -> StoryEntry {
    let arrived = attempt
        .http_status
        .is_some_and(|status| (200..300).contains(&status));
    let ids = json!({ "event_id": delivery.event_id, "delivery_id": delivery.id,
        "api_key_id": delivery.api_key_id.map(|key| key.0) });
    let details = json!({ "event_type": delivery.event_type, "attempt": attempt.attempt,
        "http_status": attempt.http_status, "error": attempt.error,
        "duration_ms": attempt.duration_ms });
    let what = if arrived {
        "delivered"
    } else {
        "attempt failed"
    };
    entry(attempt.at, StoryKind::Webhook, what, ids, details)
}

/// An even selection of points, the first and the last among them.
fn thinned(points: &[CurvePoint]) -> impl Iterator<Item = &CurvePoint> {
    let last = points.len().saturating_sub(1);
    let shown = points.len().min(SAMPLES_MAX);
    let steps = shown.saturating_sub(1).max(1);
    (0..shown).filter_map(move |place| points.get(place * last / steps))
}

#[cfg(test)]
mod tests {
    use super::{SAMPLES_MAX, thinned};
    use domain::curve::CurvePoint;
    use kernel::Timestamp;

    #[test]
    fn a_long_curve_is_thinned_evenly_and_keeps_its_ends() {
        for (count, shown) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (SAMPLES_MAX, SAMPLES_MAX),
            (9999, 120),
        ] {
            let points: Vec<CurvePoint> = (0..count)
                .map(|place| CurvePoint {
                    at: Timestamp(i64::try_from(place).expect("small")),
                    ..CurvePoint::default()
                })
                .collect();
            let chosen: Vec<i64> = thinned(&points).map(|point| point.at.0).collect();
            assert_eq!(chosen.len(), shown);
            assert_eq!(chosen.first(), points.first().map(|point| &point.at.0));
            assert_eq!(chosen.last(), points.last().map(|point| &point.at.0));
            assert!(chosen.is_sorted_by(|one, next| one < next));
        }
    }
}
