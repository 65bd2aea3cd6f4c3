//! Work orders (工单).

use crate::Api;
use crate::admin::money::paged_query;
use crate::admin::service::StepOut;
use crate::choice::{among, one_of};
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::sorted;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery};
use app::TicketWish;
use axum::extract::State;
use domain::feedback::{TicketEvent, TicketLevel, TicketState};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use store::fault_tickets::{SORT, Ticket, TicketFilter};
use utoipa::ToSchema;

/// A ticket's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct FaultTicketId(i64);

impl Named for FaultTicketId {
    const NAME: &'static str = "ticket";
}

/// A work order.
#[derive(Serialize, ToSchema)]
pub(crate) struct FaultTicketOut {
    /// Its row.
    ticket_id: i64,
    /// `alarm`, `report`, `manual`.
    #[schema(example = "alarm")]
    source: String,
    /// The alarm that it is for.
    alarm_id: Option<i64>,
    /// The member's report that it is for.
    fault_id: Option<i64>,
    /// What is wrong, in a few words.
    #[schema(example = "端口故障 82210225000520/3")]
    title: String,
    /// The rest.
    text: String,
    /// The device.
    phy_id: Option<String>,
    /// Its port.
    port_no: Option<i32>,
    /// Where.
    station_id: Option<i64>,
    /// `critical`, `major`, `minor`.
    #[schema(example = "critical")]
    level: &'static str,
    /// `new`, `assigned`, `doing`, `done`, `verified`, `reopened`.
    #[schema(example = "new")]
    state: &'static str,
    /// Who works on it.
    assignee: Option<String>,
    /// When it is to be done, Unix seconds.
    due_at: i64,
    /// Seconds until then, negative when it is late; none when it is done.
    left_s: Option<i64>,
    /// What was done.
    log: Vec<StepOut>,
    /// Who wrote it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
}

impl FaultTicketOut {
    pub(super) fn at(row: Ticket, now: Timestamp) -> Self {
        let left = row.due_at.unix_seconds() - now.unix_seconds();
        Self {
            ticket_id: row.id,
            source: row.source,
            alarm_id: row.alarm_id,
            fault_id: row.report_id,
            title: row.title,
            text: row.text,
            phy_id: row.phy_id,
            port_no: row.port_no,
            station_id: row.station_id,
            level: row.level.as_str(),
            state: row.state.as_str(),
            assignee: row.assignee,
            due_at: row.due_at.unix_seconds(),
            left_s: row.state.is_open().then_some(left),
            log: row.log.into_iter().map(StepOut::from).collect(),
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

paged_query! {
    /// Which tickets a list shows.
    FaultTicketQuery {
        /// `new`, `assigned`, `doing`, `done`, `verified`, `reopened`.
        state: String,
        /// `critical`, `major`, `minor`.
        level: String,
        /// `alarm`, `report`, `manual`.
        source: String,
        /// Of this person.
        assignee: String,
        /// About this device.
        phy_id: String,
        /// At this station.
        station_id: i64,
        /// Only those that are late.
        overdue: bool,
        /// `-created_at` (when absent), `created_at`, `due_at`.
        sort: String,
    }
}

/// Lists work orders, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/fault-tickets",
    tag = "administration",
    operation_id = "list_fault_tickets",
    extensions(("x-access" = json!("device.fault.view")), ("x-scope" = json!("org"))),
    params(FaultTicketQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<FaultTicketOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<FaultTicketQuery>,
) -> Answer<PageOut<FaultTicketOut>> {
    let now = api.app().now();
    let page = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), SORT)?;
    let sources = ["alarm", "report", "manual"];
    let source = among("source", query.source.as_deref(), &sources)?;
    let states = TicketState::ALL;
    let filter = TicketFilter {
        state: one_of("state", query.state.as_deref(), states, TicketState::as_str)?,
        level: one_of(
            "level",
            query.level.as_deref(),
            TicketLevel::ALL,
            TicketLevel::as_str,
        )?,
        source: source.map(str::to_owned),
        assignee: query.assignee.clone(),
        phy_id: query.phy_id.clone(),
        station_id: query.station_id,
        late_at: query.overdue.unwrap_or(false).then_some(now),
    };
    let page = api.app().list_tickets(&actor, &filter, sort, page).await?;
    Ok(ok(PageOut::of(page, |row| FaultTicketOut::at(row, now))))
}

/// A ticket that somebody writes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "插座松动", "phy_id": "82210225000520", "level": "major"}))]
pub(crate) struct FaultTicketBody {
    /// What is wrong, 1 to 100 characters.
    title: String,
    /// The rest, at most 500 characters.
    text: Option<String>,
    /// The device.
    phy_id: Option<String>,
    /// Its port.
    port_no: Option<i32>,
    /// Where, if it is about no device.
    station_id: Option<i64>,
    /// The member's report that it is for; the device is the report's then.
    fault_id: Option<i64>,
    /// `critical` (2 hours), `major` (8 hours), `minor` (48 hours).
    level: String,
}

/// Writes a work order, also for a member's report, which follows it then.
#[utoipa::path(
    post,
    path = "/api/v1/admin/fault-tickets",
    tag = "administration",
    operation_id = "create_fault_ticket",
    extensions(("x-access" = json!("device.fault.create")), ("x-audit" = json!("own")),
        ("x-scope" = json!("org"))),
    request_body = FaultTicketBody,
    responses(
        (status = 200, description = "The ticket", body = Envelope<FaultTicketOut>),
        (status = 404, description = "No such device, station or report", body = Refusal),
        (status = 409, description = "The report is being worked on", body = Refusal),
    )
)]
pub(crate) async fn write(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<FaultTicketBody>,
) -> Answer<FaultTicketOut> {
    let (all, name) = (TicketLevel::ALL, TicketLevel::as_str);
    let level = one_of("level", Some(&body.level), all, name)?;
    let wish = TicketWish {
        title: body.title,
        text: body.text.unwrap_or_default(),
        phy_id: body.phy_id.as_deref().map(device_id).transpose()?,
        port_no: body.port_no,
        station_id: body.station_id,
        report_id: body.fault_id,
        level: level.ok_or_else(|| Failure::invalid("level", "is required"))?,
    };
    let now = api.app().now();
    let app = api.app().clone();
    let ticket = run_to_end(async move { app.write_ticket(&actor, &wish).await }).await?;
    Ok(ok(FaultTicketOut::at(ticket, now)))
}

/// Shows a work order and what was done about it.
#[utoipa::path(
    get,
    path = "/api/v1/admin/fault-tickets/{ticket_id}",
    tag = "administration",
    operation_id = "show_fault_ticket",
    extensions(("x-access" = json!("device.fault.view"))),
    params(("ticket_id" = i64, Path, description = "The ticket", example = 1)),
    responses(
        (status = 200, description = "The ticket", body = Envelope<FaultTicketOut>),
        (status = 404, description = "No such ticket", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(FaultTicketId(id)): At<FaultTicketId>,
) -> Answer<FaultTicketOut> {
    let ticket = api.app().fault_ticket(id).await?;
    Ok(ok(FaultTicketOut::at(ticket, api.app().now())))
}

/// Who is to work on a ticket.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignee": "ben"}))]
pub(crate) struct TicketAssignBody {
    /// User name of an account.
    assignee: String,
}

/// Gives a work order to somebody, or to somebody else.
#[utoipa::path(
    post,
    path = "/api/v1/admin/fault-tickets/{ticket_id}/assign",
    tag = "administration",
    operation_id = "assign_fault_ticket",
    extensions(("x-access" = json!("device.fault.assign")), ("x-audit" = json!("own"))),
    params(("ticket_id" = i64, Path, description = "The ticket", example = 1)),
    request_body = TicketAssignBody,
    responses(
        (status = 200, description = "The ticket", body = Envelope<FaultTicketOut>),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn assign(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FaultTicketId(id)): At<FaultTicketId>,
    Payload(body): Payload<TicketAssignBody>,
) -> Answer<FaultTicketOut> {
    let now = api.app().now();
    let app = api.app().clone();
    let work = async move { app.assign_ticket(&actor, id, &body.assignee).await };
    Ok(ok(FaultTicketOut::at(run_to_end(work).await?, now)))
}

/// What happened to a work order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"event": "begin"}))]
pub(crate) struct TicketMoveBody {
    /// `begin`, `finish`, `reopen`.
    event: String,
    /// In words, at most 500 characters.
    note: Option<String>,
}

/// Moves a work order on: begun, finished, reopened.
#[utoipa::path(
    post,
    path = "/api/v1/admin/fault-tickets/{ticket_id}/move",
    tag = "administration",
    operation_id = "move_fault_ticket",
    extensions(("x-access" = json!("device.fault.handle")), ("x-audit" = json!("own"))),
    params(("ticket_id" = i64, Path, description = "The ticket", example = 1)),
    request_body = TicketMoveBody,
    responses(
        (status = 200, description = "The ticket", body = Envelope<FaultTicketOut>),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn advance(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FaultTicketId(id)): At<FaultTicketId>,
    Payload(body): Payload<TicketMoveBody>,
) -> Answer<FaultTicketOut> {
    let all = [TicketEvent::Begin, TicketEvent::Finish, TicketEvent::Reopen];
    let event = one_of("event", Some(&body.event), &all, TicketEvent::as_str)?;
    let event = event.ok_or_else(|| Failure::invalid("event", "is required"))?;
    let now = api.app().now();
    let app = api.app().clone();
    let work = async move {
        app.move_ticket(&actor, id, event, body.note.as_deref())
            .await
    };
    Ok(ok(FaultTicketOut::at(run_to_end(work).await?, now)))
}

/// What was seen of the work.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "looked at it, works"}))]
pub(crate) struct TicketVerifyBody {
    /// In words, at most 500 characters.
    note: Option<String>,
}

/// Says that the work of somebody else is right; its alarm is resolved with it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/fault-tickets/{ticket_id}/verify",
    tag = "administration",
    operation_id = "verify_fault_ticket",
    extensions(("x-access" = json!("device.fault.verify")), ("x-audit" = json!("own"))),
    params(("ticket_id" = i64, Path, description = "The ticket", example = 1)),
    request_body = TicketVerifyBody,
    responses(
        (status = 200, description = "The ticket", body = Envelope<FaultTicketOut>),
        (status = 409, description = "It is not done, or you did it", body = Refusal),
    )
)]
pub(crate) async fn verify(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FaultTicketId(id)): At<FaultTicketId>,
    Payload(body): Payload<TicketVerifyBody>,
) -> Answer<FaultTicketOut> {
    let now = api.app().now();
    let app = api.app().clone();
    let event = TicketEvent::Verify;
    let work = async move {
        app.move_ticket(&actor, id, event, body.note.as_deref())
            .await
    };
    Ok(ok(FaultTicketOut::at(run_to_end(work).await?, now)))
}
