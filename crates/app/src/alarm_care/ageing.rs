//! What time does to alarms: a cause that stays away ends them, a day of quiet closes them, what
//! nobody handles and tickets that are late become alarms themselves.

use super::tickets::TICKET;
use crate::{App, AppError};
use domain::alarm::{Alarm, AlarmCode, CLOSE_AFTER};
use domain::webhook;
use kernel::{PhyId, Timestamp};
use serde_json::json;
use std::time::Duration;
use store::alarms::{self, AlarmRow, NewAlarm};
use store::{alarm_notices, fault_tickets};

/// An exception that a device reported is to be taken within so long (domain §18.2).
const HANDLED_WITHIN: Duration = Duration::from_mins(30);
/// Notices are kept for so long.
const NOTICES_KEPT: Duration = Duration::from_hours(24 * 90);
/// Notices that one purge deletes.
const PURGE_ROWS: u16 = 5_000;
/// What alarms about alarms are about.
const ALARM: &str = "alarm";

impl App {
    /// Looks after everything that time does to alarms.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn age_alarms(&self) -> Result<(), AppError> {
        let now = self.now();
        self.end_cleared_alarms(now).await?;
        self.raise_unhandled(now).await?;
        self.raise_late_tickets(now).await?;
        let mut direct = self.db.direct().await?;
        alarms::close_old(direct.conn(), now - CLOSE_AFTER).await?;
        alarm_notices::purge(direct.conn(), now - NOTICES_KEPT, PURGE_ROWS).await?;
        Ok(())
    }

    /// Ends alarms whose cause has stayed away for as long as their rule asks.
    async fn end_cleared_alarms(&self, now: Timestamp) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let codes = alarms::clearing_codes(view.conn()).await?;
        drop(view);
        for text in codes {
            let Some(code) = AlarmCode::parse(&text) else {
                continue;
            };
            let since = now - self.alarm_rule(code).recover;
            let mut tx = self.db.begin().await?;
            let ended = alarms::end_cleared(tx.conn(), &text, since, now).await?;
            let news: Vec<_> = ended
                .iter()
                .filter_map(|row| {
                    let device: PhyId = row.object_id.split('/').next()?.parse().ok()?;
                    let event = webhook::alarm(&device, &told(row, code), row.first_at, true, now);
                    Some(self.device_event(event))
                })
                .collect();
            let outbox = self.publish_in(&mut tx, &news).await?;
            tx.commit().await?;
            self.ring_outbox(outbox);
        }
        Ok(())
    }

    /// An exception that nobody has taken within half an hour is one more alarm, until somebody
    /// takes it or it is over.
    async fn raise_unhandled(&self, now: Timestamp) -> Result<(), AppError> {
        let code = AlarmCode::ExceptionUnhandled;
        let mut tx = self.db.begin().await?;
        let codes: Vec<&str> = AlarmCode::ALL
            .iter()
            .filter(|code| code.is_device_exception())
            .map(|code| code.as_str())
            .collect();
        for row in alarms::unhandled(tx.conn(), &codes, now - HANDLED_WITHIN).await? {
            let minutes = now.since(row.first_at).as_secs() / 60;
            let alarm = NewAlarm {
                code: code.as_str().to_owned(),
                level: code.level().letter().to_owned(),
                object_type: ALARM.to_owned(),
                object_id: row.id.to_string(),
                device_id: row.device_id,
                port_no: row.port_no,
                order_no: row.order_no,
                message: format!("{} open for {minutes} min", row.code),
                details: json!({"alarm_id": row.id, "code": row.code}),
                at: now,
            };
            alarms::raise(tx.conn(), &alarm).await?;
        }
        for id in alarms::handled(tx.conn(), code.as_str()).await? {
            alarms::recover(tx.conn(), code.as_str(), ALARM, &id, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn raise_late_tickets(&self, now: Timestamp) -> Result<(), AppError> {
        let code = AlarmCode::TicketOverdue;
        let mut tx = self.db.begin().await?;
        for ticket in fault_tickets::take_late(tx.conn(), now).await? {
            let alarm = NewAlarm {
                code: code.as_str().to_owned(),
                level: code.level().letter().to_owned(),
                object_type: TICKET.to_owned(),
                object_id: ticket.id.to_string(),
                device_id: None,
                port_no: None,
                order_no: None,
                message: ticket.title,
                details: json!({
                    "ticket_id": ticket.id,
                    "assignee": ticket.assignee,
                    "due_at": ticket.due_at.unix_seconds(),
                }),
                at: now,
            };
            alarms::raise(tx.conn(), &alarm).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

fn told(row: &AlarmRow, code: AlarmCode) -> Alarm {
    let fault_code = row
        .details
        .get("fault_code")
        .and_then(serde_json::Value::as_u64);
    Alarm {
        port: row.port_no,
        order: row.order_no,
        fault_code: fault_code.and_then(|code| u32::try_from(code).ok()),
        ..Alarm::of_device(code, row.message.clone())
    }
}
