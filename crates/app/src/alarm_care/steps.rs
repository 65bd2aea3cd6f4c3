//! What people do with an alarm: take it, write a ticket for it, say that it is mended.

use crate::feedback::check_text;
use crate::port_locks::PortLock;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::alarm::{AlarmCode, AlarmState, AlarmStep, Level};
use domain::feedback::TicketLevel;
use domain::org::PLATFORM_PATH;
use kernel::PhyId;
use serde_json::{Value, json};
use store::alarms::{self, AlarmRow};
use store::fault_tickets::{self, NewTicket, Ticket};
use store::{Tx, devices};

pub(super) const NO_ALARM: AppError = AppError::NotFound("alarm");

impl App {
    /// An alarm.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an alarm.
    pub async fn alarm(&self, id: i64) -> Result<AlarmRow, AppError> {
        let mut view = self.db.view().await?;
        alarms::find(view.conn(), id).await?.ok_or(NO_ALARM)
    }

    /// Somebody takes an alarm: it is not told again, nor taken to those above.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an alarm, [`AppError::Conflict`] when somebody has
    /// taken it or it is over.
    pub async fn ack_alarm(&self, actor: &Actor, id: i64) -> Result<AlarmRow, AppError> {
        let mut tx = self.db.begin().await?;
        let before = alarms::lock(tx.conn(), id).await?.ok_or(NO_ALARM)?;
        let after = AlarmRow {
            state: before.state.next(AlarmStep::Ack)?,
            acked_at: Some(self.now()),
            acked_by: Some(actor.name.clone()),
            ..before.clone()
        };
        self.step_alarm_in(&mut tx, actor, "ack", &before, &after)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Somebody says that an alarm is mended. A condition that still stands is raised anew.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an alarm, [`AppError::Invalid`] without a note,
    /// [`AppError::Conflict`] when it is over.
    pub async fn resolve_alarm(
        &self,
        actor: &Actor,
        id: i64,
        note: &str,
    ) -> Result<AlarmRow, AppError> {
        check_text("note", note, true)?;
        let mut tx = self.db.begin().await?;
        let before = alarms::lock(tx.conn(), id).await?.ok_or(NO_ALARM)?;
        let after = self.resolve_in(&mut tx, actor, &before, note).await?;
        tx.commit().await?;
        self.forget_condition(&after);
        Ok(after)
    }

    /// Writes a ticket for an alarm.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an alarm, [`AppError::Conflict`] when there is a ticket
    /// or it is over.
    pub async fn ticket_for_alarm(
        &self,
        actor: &Actor,
        id: i64,
        text: &str,
    ) -> Result<Ticket, AppError> {
        check_text("text", text, false)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = alarms::lock(tx.conn(), id).await?.ok_or(NO_ALARM)?;
        let state = before.state.next(AlarmStep::Ticket)?;
        let code = AlarmCode::parse(&before.code);
        let level = ticket_level(&before);
        let phy_id = match before.device_id {
            Some(device) => devices::find(tx.conn(), device)
                .await?
                .and_then(|device| device.phy_id),
            None => None,
        };
        let title = code.map_or(before.code.clone(), |code| code.title().to_owned());
        let new = NewTicket {
            source: "alarm",
            alarm_id: Some(id),
            report_id: None,
            title: format!("{title} {}", before.object_id),
            text: if text.trim().is_empty() {
                before.message.clone()
            } else {
                text.to_owned()
            },
            phy_id: phy_id.map(|phy_id| phy_id.to_string()),
            port_no: before.port_no.map(|port| i32::from(port.0)),
            station_id: before.station_id,
            org_path: PLATFORM_PATH.to_owned(),
            level,
            due_at: level.due(now),
        };
        let log = [self.did(&actor.name, "create", None)];
        let ticket_id = fault_tickets::insert(tx.conn(), &new, &log, &actor.name, now).await?;
        let after = AlarmRow {
            state,
            acked_at: before.acked_at.or(Some(now)),
            acked_by: before.acked_by.clone().or_else(|| Some(actor.name.clone())),
            ticket_id: Some(ticket_id),
            ..before.clone()
        };
        self.step_alarm_in(&mut tx, actor, "to_ticket", &before, &after)
            .await?;
        let ticket = fault_tickets::find(tx.conn(), ticket_id).await?;
        tx.commit().await?;
        ticket.ok_or(AppError::NotFound("ticket"))
    }

    /// Says in a transaction that an alarm is mended.
    pub(super) async fn resolve_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        before: &AlarmRow,
        note: &str,
    ) -> Result<AlarmRow, AppError> {
        let now = self.now();
        let after = AlarmRow {
            state: before.state.next(AlarmStep::Resolve)?,
            resolved_at: Some(now),
            resolved_by: Some(actor.name.clone()),
            note: Some(note.trim().to_owned()),
            ..before.clone()
        };
        self.step_alarm_in(tx, actor, "resolve", before, &after)
            .await?;
        Ok(after)
    }

    /// A condition in memory whose alarm is over is judged anew.
    pub(super) fn forget_condition(&self, alarm: &AlarmRow) {
        let device = alarm.object_id.split('/').next().unwrap_or_default();
        let (Ok(device), Some(code)) = (device.parse::<PhyId>(), AlarmCode::parse(&alarm.code))
        else {
            return;
        };
        if matches!(alarm.object_type.as_str(), "device" | "port") {
            self.live.change(&device, |live| {
                live.set_condition(code, alarm.port_no, false);
                if let Some(lock) = PortLock::of_row(alarm) {
                    live.set_lock(lock, false);
                }
            });
        }
    }

    async fn step_alarm_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        leaf: &str,
        before: &AlarmRow,
        after: &AlarmRow,
    ) -> Result<(), AppError> {
        alarms::step(tx.conn(), after, self.now()).await?;
        let action = format!("device.alarm.{leaf}");
        let object = format!("alarm:{}", before.id);
        let (old, new) = (Some(shown(before)), Some(shown(after)));
        self.audit_in(tx, actor, &action, &object, old, new).await
    }
}

fn ticket_level(alarm: &AlarmRow) -> TicketLevel {
    match Level::parse(&alarm.level) {
        Some(Level::Critical) => TicketLevel::Critical,
        Some(Level::Warning) => TicketLevel::Major,
        Some(Level::Info) | None => TicketLevel::Minor,
    }
}

fn shown(alarm: &AlarmRow) -> Value {
    let state: AlarmState = alarm.state;
    json!({
        "code": alarm.code,
        "object": alarm.object_id,
        "state": state,
        "note": alarm.note,
        "ticket_id": alarm.ticket_id,
    })
}
