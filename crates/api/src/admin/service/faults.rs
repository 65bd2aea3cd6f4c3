//! Fault reports (故障申报): each a ticket with a due time.

use super::{FaultRow, ReplyBody, StepOut, pictures, shown};
use crate::Api;
use crate::admin::marketing::between;
use crate::admin::money::paged_query;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::sorted;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::feedback::{TicketEvent, TicketLevel, TicketState};
use serde::{Deserialize, Serialize};
use store::fault_reports::{FaultFilter, FaultReport, SORT};
use utoipa::ToSchema;

/// A fault report.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffFaultOut {
    /// Its row.
    #[schema(example = 8)]
    fault_id: i64,
    /// Who reported it.
    member_id: i64,
    /// The device.
    #[schema(example = "82210225000520")]
    phy_id: String,
    /// Its port.
    port_no: Option<i32>,
    /// Where.
    station_id: Option<i64>,
    /// `danger`, `cannot_start`, `cannot_stop`, `plug`, `screen`, `damage`, `other`.
    #[schema(example = "plug")]
    r#type: String,
    /// In the member's own words.
    text: String,
    /// Addresses of pictures.
    images: Vec<String>,
    /// `critical`, `major`, `minor`.
    #[schema(example = "major")]
    level: &'static str,
    /// `new`, `assigned`, `doing`, `done`, `verified`, `reopened`.
    #[schema(example = "new")]
    state: &'static str,
    /// Who works on it.
    assignee: Option<String>,
    /// When it is to be done, Unix seconds.
    due_at: i64,
    /// What the member was answered.
    reply: Option<String>,
    /// By whom.
    replied_by: Option<String>,
    /// When, Unix seconds.
    replied_at: Option<i64>,
    /// What was done.
    log: Vec<StepOut>,
    /// When it was reported, Unix seconds.
    created_at: i64,
}

impl From<FaultReport> for StaffFaultOut {
    fn from(row: FaultReport) -> Self {
        Self {
            fault_id: row.id,
            member_id: row.says.member_id,
            phy_id: row.says.phy_id.to_string(),
            port_no: row.says.port_no,
            station_id: row.station_id,
            r#type: row.says.kind,
            text: row.says.text,
            images: shown(row.says.images, pictures::OF_FEEDBACK),
            level: row.says.level.as_str(),
            state: row.state.as_str(),
            assignee: row.assignee,
            due_at: row.says.due_at.unix_seconds(),
            reply: row.reply,
            replied_by: row.replied_by,
            replied_at: seconds(row.replied_at),
            log: row.log.into_iter().map(StepOut::from).collect(),
            created_at: row.created_at.unix_seconds(),
        }
    }
}

paged_query! {
    /// Which reports a list shows.
    StaffFaultQuery {
        /// About this device.
        phy_id: String,
        /// At this station.
        station_id: i64,
        /// By this member.
        member_id: i64,
        /// Of this kind.
        r#type: String,
        /// `critical`, `major`, `minor`.
        level: String,
        /// In this state.
        state: String,
        /// Of this person.
        assignee: String,
        /// Only those that are not done in time.
        overdue: bool,
        /// Reported from then on, Unix seconds.
        from: i64,
        /// Reported before then, Unix seconds.
        to: i64,
        /// `-created_at` (when absent), `created_at`, `due_at`.
        sort: String,
    }
}

/// Lists fault reports, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/fault-reports",
    tag = "administration",
    operation_id = "list_fault_reports",
    extensions(("x-access" = json!("user.feedback.view")), ("x-scope" = json!("org"))),
    params(StaffFaultQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<StaffFaultOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<StaffFaultQuery>,
) -> Answer<PageOut<StaffFaultOut>> {
    let unknown = |field: &'static str| move || Failure::invalid(field, "is not known");
    let page = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), SORT)?;
    let state = query
        .state
        .as_deref()
        .map(|text| TicketState::parse(text).ok_or_else(unknown("state")));
    let level = query
        .level
        .as_deref()
        .map(|text| TicketLevel::parse(text).ok_or_else(unknown("level")));
    let device = query
        .phy_id
        .as_deref()
        .map(|text| text.parse().map_err(|_| unknown("phy_id")()));
    let (from, until) = between(query.from, query.to)?;
    let filter = FaultFilter {
        member: query.member_id,
        station: query.station_id,
        state: state.transpose()?,
        assignee: query.assignee.clone(),
        kind: query.r#type.clone(),
        level: level.transpose()?,
        phy_id: device.transpose()?,
        overdue_at: query.overdue.unwrap_or(false).then(|| api.app().now()),
        from,
        until,
    };
    let page = api.app().list_faults(&actor, &filter, sort, page).await?;
    Ok(ok(PageOut::of(page, StaffFaultOut::from)))
}

/// Shows a fault report and what was done about it.
#[utoipa::path(
    get,
    path = "/api/v1/admin/fault-reports/{fault_id}",
    tag = "administration",
    operation_id = "show_fault_report",
    extensions(("x-access" = json!("user.feedback.view"))),
    params(("fault_id" = i64, Path, description = "Its row", example = 8)),
    responses((status = 200, description = "The report", body = Envelope<StaffFaultOut>))
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FaultRow(id)): At<FaultRow>,
) -> Answer<StaffFaultOut> {
    Ok(ok(api.app().fault(&actor, id).await?.into()))
}

/// Who is to work on it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignee": "ben"}))]
pub(crate) struct AssignBody {
    /// 1 to 60 characters.
    assignee: String,
}

/// Gives a fault report to somebody, or to somebody else.
#[utoipa::path(
    post,
    path = "/api/v1/admin/fault-reports/{fault_id}/assign",
    tag = "administration",
    operation_id = "assign_fault_report",
    extensions(("x-access" = json!("user.feedback.assign")), ("x-audit" = json!("own"))),
    params(("fault_id" = i64, Path, description = "Its row", example = 8)),
    request_body = AssignBody,
    responses(
        (status = 200, description = "The report", body = Envelope<StaffFaultOut>),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn assign(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FaultRow(id)): At<FaultRow>,
    Payload(body): Payload<AssignBody>,
) -> Answer<StaffFaultOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.assign_fault(&actor, id, &body.assignee).await }).await?;
    Ok(ok(row.into()))
}

/// What happened to a ticket.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"event": "begin"}))]
pub(crate) struct AdvanceBody {
    /// `begin`, `finish`, `reopen`.
    event: String,
    /// In words, at most 500 characters.
    note: Option<String>,
}

/// Moves a fault report on: begun, finished, reopened.
#[utoipa::path(
    post,
    path = "/api/v1/admin/fault-reports/{fault_id}/move",
    tag = "administration",
    operation_id = "move_fault_report",
    extensions(("x-access" = json!("user.feedback.assign")), ("x-audit" = json!("own"))),
    params(("fault_id" = i64, Path, description = "Its row", example = 8)),
    request_body = AdvanceBody,
    responses(
        (status = 200, description = "The report", body = Envelope<StaffFaultOut>),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn advance(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FaultRow(id)): At<FaultRow>,
    Payload(body): Payload<AdvanceBody>,
) -> Answer<StaffFaultOut> {
    let event = TicketEvent::parse(&body.event)
        .filter(|event| {
            matches!(
                event,
                TicketEvent::Begin | TicketEvent::Finish | TicketEvent::Reopen
            )
        })
        .ok_or_else(|| Failure::invalid("event", "must be begin, finish or reopen"))?;
    let app = api.app().clone();
    let row = run_to_end(async move {
        app.move_fault(&actor, id, event, body.note.as_deref())
            .await
    })
    .await?;
    Ok(ok(row.into()))
}

/// What was seen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "looked at it, works"}))]
pub(crate) struct VerifyBody {
    /// In words, at most 500 characters.
    note: Option<String>,
}

/// Closes a fault report that somebody else has repaired.
#[utoipa::path(
    post,
    path = "/api/v1/admin/fault-reports/{fault_id}/verify",
    tag = "administration",
    operation_id = "verify_fault_report",
    extensions(("x-access" = json!("user.feedback.close")), ("x-audit" = json!("own"))),
    params(("fault_id" = i64, Path, description = "Its row", example = 8)),
    request_body = VerifyBody,
    responses(
        (status = 200, description = "The report", body = Envelope<StaffFaultOut>),
        (status = 409, description = "It is not done, or you did it", body = Refusal),
    )
)]
pub(crate) async fn verify(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FaultRow(id)): At<FaultRow>,
    Payload(body): Payload<VerifyBody>,
) -> Answer<StaffFaultOut> {
    let app = api.app().clone();
    let row = run_to_end(async move {
        app.move_fault(&actor, id, TicketEvent::Verify, body.note.as_deref())
            .await
    })
    .await?;
    Ok(ok(row.into()))
}

/// Answers the member who reported.
#[utoipa::path(
    post,
    path = "/api/v1/admin/fault-reports/{fault_id}/reply",
    tag = "administration",
    operation_id = "reply_to_fault_report",
    extensions(("x-access" = json!("user.feedback.reply")), ("x-audit" = json!("own"))),
    params(("fault_id" = i64, Path, description = "Its row", example = 8)),
    request_body = ReplyBody,
    responses((status = 200, description = "The report", body = Envelope<StaffFaultOut>))
)]
pub(crate) async fn reply(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FaultRow(id)): At<FaultRow>,
    Payload(body): Payload<ReplyBody>,
) -> Answer<StaffFaultOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.reply_to_fault(&actor, id, &body.reply).await }).await?;
    Ok(ok(row.into()))
}
