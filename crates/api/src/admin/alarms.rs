//! Alarms (告警): what needs somebody's eye, what was done about it, and who is told.

mod channels;
mod mutes;
mod notices;
mod rules;
mod tickets;

pub(crate) use tickets::FaultTicketOut;

use crate::Api;
use crate::choice::{among, one_of};
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::alarm::{AlarmCode, AlarmState};
use kernel::OrderNo;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::alarms::{AlarmFilter, AlarmRow};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

/// All its routes, still unguarded.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(ack))
        .routes(routes!(resolve))
        .routes(routes!(write_ticket))
        .routes(routes!(rules::list))
        .routes(routes!(rules::change, rules::reset))
        .routes(routes!(mutes::list, mutes::add))
        .routes(routes!(mutes::lift))
        .routes(routes!(notices::list))
        .routes(routes!(channels::list, channels::add))
        .routes(routes!(channels::show, channels::change, channels::remove))
        .routes(routes!(channels::test))
        .routes(routes!(tickets::list, tickets::write))
        .routes(routes!(tickets::show))
        .routes(routes!(tickets::assign))
        .routes(routes!(tickets::advance))
        .routes(routes!(tickets::verify))
}

/// An alarm's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct AlarmId(i64);

impl Named for AlarmId {
    const NAME: &'static str = "alarm";
}

/// Which alarms a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlarmQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// In this state only: `open`, `acked`, `processing`, `auto_recovered`, `resolved`, `closed`.
    state: Option<String>,
    /// Those that are not over only.
    #[serde(default)]
    open: bool,
    /// With this cause only, for example `port_fault`.
    code: Option<String>,
    /// Of this level only: `C`, `W`, `I`.
    level: Option<String>,
    /// At this station only.
    station_id: Option<i64>,
    /// Of this device only.
    phy_id: Option<String>,
    /// Of this order only.
    order_no: Option<String>,
}

impl PageQuery for AlarmQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// What needs somebody's eye.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlarmOut {
    /// Its id.
    id: i64,
    /// Its cause.
    #[schema(example = "port_fault")]
    code: String,
    /// `C` critical, `W` warning, `I` information.
    #[schema(example = "C")]
    level: String,
    /// What people call its cause.
    #[schema(example = "端口故障")]
    title: String,
    /// Kind of object: `device`, `port`, `order` …
    object_type: String,
    /// Which one.
    object_id: String,
    /// Where.
    station_id: Option<i64>,
    /// The port.
    port_no: Option<u16>,
    /// The order.
    order_no: Option<String>,
    /// In words.
    message: String,
    /// Values that came with it.
    details: Value,
    /// When it was raised first, Unix seconds.
    first_at: i64,
    /// When it was raised last, Unix seconds.
    last_at: i64,
    /// How often it was raised.
    count: i32,
    /// `open`, `acked`, `processing`, `auto_recovered`, `resolved`, `closed`.
    #[schema(example = "open")]
    state: &'static str,
    /// When its cause was gone, Unix seconds.
    recovered_at: Option<i64>,
    /// When somebody took it, Unix seconds.
    acked_at: Option<i64>,
    /// Who.
    acked_by: Option<String>,
    /// When somebody said that it is mended, Unix seconds.
    resolved_at: Option<i64>,
    /// Who.
    resolved_by: Option<String>,
    /// What was done.
    note: Option<String>,
    /// The ticket that was written for it.
    ticket_id: Option<i64>,
    /// When people were last told of it, Unix seconds.
    noticed_at: Option<i64>,
    /// When it went to the second tier, Unix seconds.
    escalated_at: Option<i64>,
    /// Why nobody is told of it: `maintenance`, `mute`, `parent`, `rule`.
    silenced_by: Option<String>,
}

impl From<AlarmRow> for AlarmOut {
    fn from(alarm: AlarmRow) -> Self {
        let title = AlarmCode::parse(&alarm.code).map(AlarmCode::title);
        Self {
            id: alarm.id,
            title: title.unwrap_or_default().to_owned(),
            code: alarm.code,
            level: alarm.level,
            object_type: alarm.object_type,
            object_id: alarm.object_id,
            station_id: alarm.station_id,
            port_no: alarm.port_no.map(|port| port.0),
            order_no: alarm.order_no.map(|order_no| order_no.to_string()),
            message: alarm.message,
            details: alarm.details,
            first_at: alarm.first_at.unix_seconds(),
            last_at: alarm.last_at.unix_seconds(),
            count: alarm.count,
            state: alarm.state.as_str(),
            recovered_at: seconds(alarm.recovered_at),
            acked_at: seconds(alarm.acked_at),
            acked_by: alarm.acked_by,
            resolved_at: seconds(alarm.resolved_at),
            resolved_by: alarm.resolved_by,
            note: alarm.note,
            ticket_id: alarm.ticket_id,
            noticed_at: seconds(alarm.noticed_at),
            escalated_at: seconds(alarm.escalated_at),
            silenced_by: alarm.silenced_by,
        }
    }
}

/// Lists alarms, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/alarms",
    tag = "administration",
    operation_id = "alarms",
    extensions(("x-access" = json!("device.alarm.view")), ("x-scope" = json!("org"))),
    params(AlarmQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<AlarmOut>>),
        (status = 404, description = "No such device",
            body = crate::failure::Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<AlarmQuery>,
) -> Answer<PageOut<AlarmOut>> {
    let state = one_of(
        "state",
        query.state.as_deref(),
        AlarmState::ALL,
        AlarmState::as_str,
    )?;
    among("level", query.level.as_deref(), &["C", "W", "I"])?;
    if query
        .code
        .as_deref()
        .is_some_and(|code| AlarmCode::parse(code).is_none())
    {
        return Err(Failure::invalid("code", "is not known"));
    }
    let order_no = query
        .order_no
        .as_deref()
        .map(str::parse::<OrderNo>)
        .transpose();
    let device_id = match query.phy_id.as_deref().map(device_id).transpose()? {
        Some(phy_id) => Some(api.app().device_summary(&phy_id).await?.row.id),
        None => None,
    };
    let filter = AlarmFilter {
        state,
        open: query.open,
        code: query.code.clone(),
        level: query.level.clone(),
        station_id: query.station_id,
        device_id,
        of_places: false,
        scope,
        order_no: order_no.map_err(|problem| Failure::invalid("order_no", &problem.to_string()))?,
    };
    let page = api.app().alarms(&filter, query.page_request()?).await?;
    Ok(ok(PageOut::of(page, AlarmOut::from)))
}

/// Shows an alarm.
#[utoipa::path(
    get,
    path = "/api/v1/admin/alarms/{alarm_id}",
    tag = "administration",
    operation_id = "show_alarm",
    extensions(("x-access" = json!("device.alarm.view"))),
    params(("alarm_id" = i64, Path, description = "The alarm", example = 1)),
    responses(
        (status = 200, description = "The alarm", body = Envelope<AlarmOut>),
        (status = 404, description = "No such alarm", body = Refusal),
    )
)]
pub(crate) async fn show(State(api): State<Api>, At(AlarmId(id)): At<AlarmId>) -> Answer<AlarmOut> {
    Ok(ok(api.app().alarm(id).await?.into()))
}

/// Takes an alarm: it is not told again, nor taken to those above.
#[utoipa::path(
    post,
    path = "/api/v1/admin/alarms/{alarm_id}/ack",
    tag = "administration",
    operation_id = "ack_alarm",
    extensions(("x-access" = json!("device.alarm.ack")), ("x-audit" = json!("own"))),
    params(("alarm_id" = i64, Path, description = "The alarm", example = 1)),
    responses(
        (status = 200, description = "The alarm", body = Envelope<AlarmOut>),
        (status = 404, description = "No such alarm", body = Refusal),
        (status = 409, description = "Somebody has taken it, or it is over", body = Refusal),
    )
)]
pub(crate) async fn ack(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(AlarmId(id)): At<AlarmId>,
) -> Answer<AlarmOut> {
    let app = api.app().clone();
    let alarm = run_to_end(async move { app.ack_alarm(&actor, id).await }).await?;
    Ok(ok(alarm.into()))
}

/// What was done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "插座已更换"}))]
pub(crate) struct AlarmResolveBody {
    /// In words, 1 to 500 characters.
    note: String,
}

/// Says that an alarm is mended. A condition that still stands is raised anew.
#[utoipa::path(
    post,
    path = "/api/v1/admin/alarms/{alarm_id}/resolve",
    tag = "administration",
    operation_id = "resolve_alarm",
    extensions(("x-access" = json!("device.alarm.resolve")), ("x-audit" = json!("own"))),
    params(("alarm_id" = i64, Path, description = "The alarm", example = 1)),
    request_body = AlarmResolveBody,
    responses(
        (status = 200, description = "The alarm", body = Envelope<AlarmOut>),
        (status = 404, description = "No such alarm", body = Refusal),
        (status = 409, description = "It is over", body = Refusal),
    )
)]
pub(crate) async fn resolve(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(AlarmId(id)): At<AlarmId>,
    Payload(body): Payload<AlarmResolveBody>,
) -> Answer<AlarmOut> {
    let app = api.app().clone();
    let alarm = run_to_end(async move { app.resolve_alarm(&actor, id, &body.note).await }).await?;
    Ok(ok(alarm.into()))
}

/// What is to be repaired.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "请现场检查"}))]
pub(crate) struct AlarmTicketBody {
    /// In words, at most 500 characters; the alarm's own message when absent.
    text: Option<String>,
}

/// Writes a ticket for an alarm; as grave as the alarm, due accordingly.
#[utoipa::path(
    post,
    path = "/api/v1/admin/alarms/{alarm_id}/ticket",
    tag = "administration",
    operation_id = "ticket_for_alarm",
    extensions(("x-access" = json!("device.alarm.to_ticket")), ("x-audit" = json!("own"))),
    params(("alarm_id" = i64, Path, description = "The alarm", example = 1)),
    request_body = AlarmTicketBody,
    responses(
        (status = 200, description = "The ticket", body = Envelope<FaultTicketOut>),
        (status = 404, description = "No such alarm", body = Refusal),
        (status = 409, description = "It has a ticket, or it is over", body = Refusal),
    )
)]
pub(crate) async fn write_ticket(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(AlarmId(id)): At<AlarmId>,
    Payload(body): Payload<AlarmTicketBody>,
) -> Answer<FaultTicketOut> {
    let now = api.app().now();
    let app = api.app().clone();
    let text = body.text.unwrap_or_default();
    let ticket = run_to_end(async move { app.ticket_for_alarm(&actor, id, &text).await }).await?;
    Ok(ok(FaultTicketOut::at(ticket, now)))
}
