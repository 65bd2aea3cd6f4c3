//! Fault reports (故障申报): what members find broken, each a ticket with a due time.

use super::words::{Words, check_text};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::feedback::{TicketEffect, TicketEvent, TicketLevel, TicketState};
use domain::message::MessageKind;
use domain::org::Scope;
use domain::picture::PictureUse;
use kernel::{MemberId, PhyId};
use serde_json::{Value, json};
use store::fault_reports::{self, FaultFilter, FaultReport, NewFault};
use store::{Page, PageRequest, Tx, admin_users};

const NO_REPORT: AppError = AppError::NotFound("fault report");
/// Highest number of a port.
const PORT_MAX: i32 = 500;
/// Longest name of who works on it.
const NAME_MAX: usize = 60;

/// What kinds there are, and how grave each is.
const KINDS: [(&str, TicketLevel); 7] = [
    ("danger", TicketLevel::Critical),
    ("cannot_start", TicketLevel::Major),
    ("cannot_stop", TicketLevel::Major),
    ("plug", TicketLevel::Major),
    ("screen", TicketLevel::Minor),
    ("damage", TicketLevel::Minor),
    ("other", TicketLevel::Minor),
];

/// What a member finds broken.
#[derive(Clone, Debug)]
pub struct FaultWords {
    /// The device.
    pub device: PhyId,
    /// Its port.
    pub port: Option<i32>,
    /// `danger`, `cannot_start`, `cannot_stop`, `plug`, `screen`, `damage`, `other`.
    pub kind: String,
    /// In their own words, with pictures.
    pub words: Words,
}

impl FaultWords {
    fn check(&self) -> Result<TicketLevel, AppError> {
        self.words.check(true)?;
        if self
            .port
            .is_some_and(|port| !(1..=PORT_MAX).contains(&port))
        {
            return Err(AppError::Invalid {
                field: "port_no".to_owned(),
                problem: format!("must be 1 to {PORT_MAX}"),
            });
        }
        let known = KINDS.iter().find(|(kind, _)| *kind == self.kind);
        known.map(|(_, level)| *level).ok_or_else(|| {
            let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
            AppError::Invalid {
                field: "type".to_owned(),
                problem: format!("must be one of {}", kinds.join(", ")),
            }
        })
    }
}

impl App {
    /// A member reports a fault.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a device, [`AppError::Invalid`] for what cannot be
    /// stored.
    pub async fn report_fault(
        &self,
        member: MemberId,
        said: FaultWords,
    ) -> Result<FaultReport, AppError> {
        let level = said.check()?;
        let now = self.now();
        let new = NewFault {
            member_id: member.0,
            phy_id: said.device,
            port_no: said.port,
            kind: said.kind,
            text: said.words.text,
            images: said.words.images,
            level,
            due_at: level.due(now),
        };
        let mut tx = self.db.begin().await?;
        let id = fault_reports::insert(tx.conn(), &new, now).await?;
        let id = id.ok_or(AppError::NotFound("device"))?;
        let report = fault_reports::find(tx.conn(), id).await?;
        let report = report.ok_or(NO_REPORT)?;
        let (images, path) = (&report.says.images, &report.org_path);
        self.use_pictures_in(&mut tx, member, images, PictureUse::Fault, path)
            .await?;
        tx.commit().await?;
        Ok(report)
    }

    /// A page of a member's reports, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn member_faults(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<FaultReport>, AppError> {
        let filter = FaultFilter {
            member: Some(member.0),
            ..FaultFilter::default()
        };
        let mut view = self.db.view().await?;
        Ok(fault_reports::list(view.conn(), &Scope::Everything, &filter, None, page).await?)
    }

    /// A report of a member's own.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's.
    pub async fn member_fault(&self, member: MemberId, id: i64) -> Result<FaultReport, AppError> {
        let mut view = self.db.view().await?;
        let found = fault_reports::find(view.conn(), id).await?;
        found
            .filter(|report| report.says.member_id == member.0)
            .ok_or(NO_REPORT)
    }

    /// A page of the reports that an actor sees, newest first unless another order is asked for.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_faults(
        &self,
        actor: &Actor,
        filter: &FaultFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<FaultReport>, AppError> {
        let mut view = self.db.view().await?;
        Ok(fault_reports::list(view.conn(), &actor.scope(), filter, sort, page).await?)
    }

    /// A report that an actor sees.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a report.
    pub async fn fault(&self, actor: &Actor, id: i64) -> Result<FaultReport, AppError> {
        let mut view = self.db.view().await?;
        let found = fault_reports::find(view.conn(), id).await?;
        found
            .filter(|report| actor.owns(&report.org_path))
            .ok_or(NO_REPORT)
    }

    /// Gives a report to somebody, or to somebody else.
    ///
    /// # Errors
    /// As [`App::move_fault`]; [`AppError::Invalid`] for who is no account within the actor's
    /// scope.
    pub async fn assign_fault(
        &self,
        actor: &Actor,
        id: i64,
        assignee: &str,
    ) -> Result<FaultReport, AppError> {
        if !(1..=NAME_MAX).contains(&assignee.trim().chars().count()) {
            return Err(AppError::Invalid {
                field: "assignee".to_owned(),
                problem: format!("must have 1 to {NAME_MAX} characters"),
            });
        }
        let mut tx = self.db.begin().await?;
        let before = own_report(&mut tx, actor, id).await?;
        let name = assignee.trim().to_lowercase();
        let account = admin_users::find_by_name(tx.conn(), &name).await?;
        let account = account.filter(|account| account.enabled && actor.owns(&account.org_path));
        let assignee = account.map(|account| account.username);
        let assignee = assignee.ok_or_else(|| AppError::Invalid {
            field: "assignee".to_owned(),
            problem: "is no account".to_owned(),
        })?;
        let mut after = self.stepped(&before, actor, TicketEvent::Assign, Some(&assignee))?;
        after.assignee = Some(assignee);
        self.store_fault(tx, actor, "assign", &before, after).await
    }

    /// Moves a report on: begun, finished, verified (which closes it), reopened.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a report, [`AppError::Conflict`] when its state does
    /// not allow it, or who did the work verifies it.
    pub async fn move_fault(
        &self,
        actor: &Actor,
        id: i64,
        event: TicketEvent,
        note: Option<&str>,
    ) -> Result<FaultReport, AppError> {
        check_text("note", note.unwrap_or_default(), false)?;
        let mut tx = self.db.begin().await?;
        let before = own_report(&mut tx, actor, id).await?;
        if event == TicketEvent::Verify && before.assignee.as_deref() == Some(actor.name.as_str()) {
            return Err(AppError::Conflict("somebody else must verify it"));
        }
        let after = self.stepped(&before, actor, event, note)?;
        let action = if event == TicketEvent::Verify {
            "close"
        } else {
            "assign"
        };
        self.store_fault(tx, actor, action, &before, after).await
    }

    /// Answers the member who reported.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a report, [`AppError::Invalid`] for an empty answer.
    pub async fn reply_to_fault(
        &self,
        actor: &Actor,
        id: i64,
        text: &str,
    ) -> Result<FaultReport, AppError> {
        check_text("reply", text, true)?;
        let mut tx = self.db.begin().await?;
        let before = own_report(&mut tx, actor, id).await?;
        let mut after = before.clone();
        after.reply = Some(text.to_owned());
        after.replied_by = Some(actor.name.clone());
        after.replied_at = Some(self.now());
        after.log.push(self.did(&actor.name, "reply", Some(text)));
        let (member, nth) = (after.says.member_id, after.log.len());
        let about = (MessageKind::FaultReply, id);
        self.tell_of_reply_in(&mut tx, member, about, text, nth)
            .await?;
        self.store_fault(tx, actor, "reply", &before, after).await
    }

    fn stepped(
        &self,
        before: &FaultReport,
        actor: &Actor,
        event: TicketEvent,
        note: Option<&str>,
    ) -> Result<FaultReport, AppError> {
        let step = before.state.next(event)?;
        let mut after = before.clone();
        after.state = step.to;
        if step.effects.contains(&TicketEffect::SetDueAnew) {
            after.says.due_at = after.says.level.due(self.now());
        }
        after.log.push(self.did(&actor.name, event.as_str(), note));
        Ok(after)
    }

    async fn store_fault(
        &self,
        mut tx: Tx,
        actor: &Actor,
        action: &str,
        before: &FaultReport,
        after: FaultReport,
    ) -> Result<FaultReport, AppError> {
        let now = self.now();
        fault_reports::update(tx.conn(), &after, now).await?;
        let action = format!("user.feedback.{action}");
        let object = format!("fault_report:{}", after.id);
        let (old, new) = (Some(shown(before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, &action, &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(FaultReport {
            updated_at: now,
            ..after
        })
    }
}

async fn own_report(tx: &mut Tx, actor: &Actor, id: i64) -> Result<FaultReport, AppError> {
    let found = fault_reports::lock(tx.conn(), id).await?;
    found
        .filter(|report| actor.owns_at(&report.org_path, report.station_id))
        .ok_or(NO_REPORT)
}

fn shown(report: &FaultReport) -> Value {
    let state: TicketState = report.state;
    json!({"state": state, "assignee": report.assignee, "reply": report.reply})
}
