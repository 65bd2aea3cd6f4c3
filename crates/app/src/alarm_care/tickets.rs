//! Work orders (工单): somebody has to repair something by some time.

use crate::feedback::check_text;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::alarm::{AlarmCode, AlarmState};
use domain::fault::FieldFault;
use domain::feedback::{TicketEffect, TicketEvent, TicketLevel, TicketState};
use domain::org::PLATFORM_PATH;
use kernel::PhyId;
use serde_json::{Value, json};
use store::fault_tickets::{self, NewTicket, Ticket, TicketFilter};
use store::row_owners::{self, Addressed};
use store::{Page, PageRequest, Tx, admin_users, alarms, fault_reports};

const NO_TICKET: AppError = AppError::NotFound("ticket");
/// What alarms about tickets are about.
pub(super) const TICKET: &str = "ticket";
/// Longest title, in characters.
const TITLE_MAX: usize = 100;
/// Highest number of a port.
const PORT_MAX: i32 = 500;

/// A ticket that somebody of the staff writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketWish {
    /// What is wrong, in a few words.
    pub title: String,
    /// The rest.
    pub text: String,
    /// The device.
    pub phy_id: Option<PhyId>,
    /// Its port.
    pub port_no: Option<i32>,
    /// Where, if it is about no device.
    pub station_id: Option<i64>,
    /// A member's report that it is for; device and port are the report's.
    pub report_id: Option<i64>,
    /// How grave it is.
    pub level: TicketLevel,
}

impl TicketWish {
    fn check(&self) -> Result<(), FieldFault> {
        check_text("text", &self.text, false)?;
        let length = self.title.trim().chars().count();
        let fits = (1..=TITLE_MAX).contains(&length);
        FieldFault::unless(
            fits,
            "title",
            format!("must have 1 to {TITLE_MAX} characters"),
        )?;
        let known = self
            .port_no
            .is_none_or(|port| (1..=PORT_MAX).contains(&port));
        FieldFault::unless(known, "port_no", format!("must be 1 to {PORT_MAX}"))?;
        let alone = self.port_no.is_none() || self.phy_id.is_some();
        FieldFault::unless(alone, "phy_id", "is required beside port_no")
    }
}

impl App {
    /// A page of the tickets that an actor sees.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_tickets(
        &self,
        actor: &Actor,
        filter: &TicketFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Ticket>, AppError> {
        let mut view = self.db.view().await?;
        Ok(fault_tickets::list(view.conn(), &actor.scope(), filter, sort, page).await?)
    }

    /// A ticket.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a ticket.
    pub async fn fault_ticket(&self, id: i64) -> Result<Ticket, AppError> {
        let mut view = self.db.view().await?;
        fault_tickets::find(view.conn(), id).await?.ok_or(NO_TICKET)
    }

    /// Writes a ticket.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for what cannot be, [`AppError::NotFound`] for what the actor does
    /// not see, [`AppError::Conflict`] when the report has a ticket.
    pub async fn write_ticket(&self, actor: &Actor, wish: &TicketWish) -> Result<Ticket, AppError> {
        wish.check()?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let mut new = NewTicket {
            source: "manual",
            alarm_id: None,
            report_id: wish.report_id,
            title: wish.title.trim().to_owned(),
            text: wish.text.clone(),
            phy_id: wish.phy_id.as_ref().map(ToString::to_string),
            port_no: wish.port_no,
            station_id: wish.station_id,
            org_path: actor.org_path.clone(),
            level: wish.level,
            due_at: wish.level.due(now),
        };
        if let Some(id) = wish.report_id {
            let report = fault_reports::lock(tx.conn(), id).await?;
            let report = report
                .filter(|report| actor.owns_at(&report.org_path, report.station_id))
                .ok_or(AppError::NotFound("fault report"))?;
            if report.state != TicketState::New {
                return Err(AppError::Conflict("the report is being worked on already"));
            }
            new.source = "report";
            new.phy_id = Some(report.says.phy_id.to_string());
            new.port_no = report.says.port_no;
        }
        if let Some(id) = wish.station_id.filter(|_| new.phy_id.is_none()) {
            let owners = row_owners::of(tx.conn(), Addressed::Station, &id.to_string()).await?;
            let owner = owners
                .into_iter()
                .find(|owner| owner.seen_by(&actor.scope()))
                .ok_or(AppError::NotFound("station"))?;
            new.org_path = owner.org_path.unwrap_or_else(|| PLATFORM_PATH.to_owned());
        }
        let log = [self.did(&actor.name, "create", None)];
        let id = fault_tickets::insert(tx.conn(), &new, &log, &actor.name, now).await?;
        let made = fault_tickets::find(tx.conn(), id).await?.ok_or(NO_TICKET)?;
        let (object, after) = (format!("ticket:{id}"), Some(shown(&made)));
        self.audit_in(&mut tx, actor, "device.fault.create", &object, None, after)
            .await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Gives a ticket to somebody, or to somebody else.
    ///
    /// # Errors
    /// As [`App::move_ticket`]; [`AppError::Invalid`] for who is no account within the ticket's
    /// organisation.
    pub async fn assign_ticket(
        &self,
        actor: &Actor,
        id: i64,
        assignee: &str,
    ) -> Result<Ticket, AppError> {
        let mut tx = self.db.begin().await?;
        let before = own_ticket(&mut tx, actor, id).await?;
        let name = assignee.trim().to_lowercase();
        let account = admin_users::find_by_name(tx.conn(), &name).await?;
        let account = account.filter(|account| account.enabled && actor.owns(&account.org_path));
        let account = account.ok_or_else(|| FieldFault::at("assignee", "is no account"))?;
        let name = Some(account.username.as_str());
        let mut after = self.moved_ticket(&before, actor, TicketEvent::Assign, name)?;
        after.assignee = Some(account.username);
        self.store_ticket(tx, actor, "assign", &before, after).await
    }

    /// Moves a ticket on: begun, finished, verified (which ends its alarm), reopened.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a ticket, [`AppError::Conflict`] when its state does
    /// not allow it, or who did the work verifies it.
    pub async fn move_ticket(
        &self,
        actor: &Actor,
        id: i64,
        event: TicketEvent,
        note: Option<&str>,
    ) -> Result<Ticket, AppError> {
        check_text("note", note.unwrap_or_default(), false)?;
        let mut tx = self.db.begin().await?;
        let before = own_ticket(&mut tx, actor, id).await?;
        if event == TicketEvent::Verify && before.assignee.as_deref() == Some(actor.name.as_str()) {
            return Err(AppError::Conflict("somebody else must verify it"));
        }
        let after = self.moved_ticket(&before, actor, event, note)?;
        let action = match event {
            TicketEvent::Verify => "verify",
            TicketEvent::Assign | TicketEvent::Begin | TicketEvent::Finish => "handle",
            TicketEvent::Reopen => "close",
        };
        self.store_ticket(tx, actor, action, &before, after).await
    }

    fn moved_ticket(
        &self,
        before: &Ticket,
        actor: &Actor,
        event: TicketEvent,
        note: Option<&str>,
    ) -> Result<Ticket, AppError> {
        let step = before.state.next(event)?;
        let mut after = before.clone();
        after.state = step.to;
        if step.effects.contains(&TicketEffect::SetDueAnew) {
            after.due_at = after.level.due(self.now());
        }
        after.log.push(self.did(&actor.name, event.as_str(), note));
        Ok(after)
    }

    async fn store_ticket(
        &self,
        mut tx: Tx,
        actor: &Actor,
        action: &str,
        before: &Ticket,
        after: Ticket,
    ) -> Result<Ticket, AppError> {
        let now = self.now();
        fault_tickets::update(tx.conn(), &after, now).await?;
        if !after.state.is_open() {
            let code = AlarmCode::TicketOverdue.as_str();
            let object = after.id.to_string();
            alarms::recover(tx.conn(), code, TICKET, &object, now).await?;
        }
        self.follow_report_in(&mut tx, &after).await?;
        let ended = self.end_alarm_of(&mut tx, actor, &after).await?;
        let action = format!("device.fault.{action}");
        let object = format!("ticket:{}", after.id);
        let (old, new) = (Some(shown(before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, &action, &object, old, new)
            .await?;
        tx.commit().await?;
        if let Some(alarm) = ended {
            self.forget_condition(&alarm);
        }
        Ok(Ticket {
            updated_at: now,
            ..after
        })
    }

    /// What a member is shown of their report is how far its ticket is.
    async fn follow_report_in(&self, tx: &mut Tx, ticket: &Ticket) -> Result<(), AppError> {
        let Some(id) = ticket.report_id else {
            return Ok(());
        };
        if let Some(mut report) = fault_reports::lock(tx.conn(), id).await? {
            report.state = ticket.state;
            report.assignee.clone_from(&ticket.assignee);
            report.says.due_at = ticket.due_at;
            report.log.extend(ticket.log.last().cloned());
            fault_reports::update(tx.conn(), &report, self.now()).await?;
        }
        Ok(())
    }

    /// A ticket that is verified ends the alarm that it was written for.
    async fn end_alarm_of(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        ticket: &Ticket,
    ) -> Result<Option<alarms::AlarmRow>, AppError> {
        let Some(id) = ticket
            .alarm_id
            .filter(|_| ticket.state == TicketState::Verified)
        else {
            return Ok(None);
        };
        let alarm = alarms::lock(tx.conn(), id).await?;
        let Some(alarm) = alarm.filter(|alarm| alarm.state == AlarmState::Processing) else {
            return Ok(None);
        };
        let note = format!("ticket {} is verified", ticket.id);
        Ok(Some(self.resolve_in(tx, actor, &alarm, &note).await?))
    }
}

async fn own_ticket(tx: &mut Tx, actor: &Actor, id: i64) -> Result<Ticket, AppError> {
    let found = fault_tickets::lock(tx.conn(), id).await?;
    found
        .filter(|ticket| actor.owns_at(&ticket.org_path, ticket.station_id))
        .ok_or(NO_TICKET)
}

fn shown(ticket: &Ticket) -> Value {
    json!({
        "title": ticket.title,
        "level": ticket.level,
        "state": ticket.state,
        "assignee": ticket.assignee,
        "due_at": ticket.due_at.unix_seconds(),
    })
}
