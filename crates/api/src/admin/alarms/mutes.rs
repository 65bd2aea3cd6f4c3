//! Times in which nobody is told of some alarms.

use crate::Api;
use crate::admin::money::paged_query;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::system::instant;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use app::MuteWish;
use axum::extract::State;
use domain::alarm::AlarmCode;
use serde::{Deserialize, Serialize};
use store::alarm_mutes::Mute;
use utoipa::ToSchema;

/// A mute's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct MuteId(i64);

impl Named for MuteId {
    const NAME: &'static str = "mute";
}

/// A time in which nobody is told of some alarms.
#[derive(Serialize, ToSchema)]
pub(crate) struct MuteOut {
    /// Its row.
    mute_id: i64,
    /// Alarms of this cause only.
    code: Option<String>,
    /// Alarms at this station only.
    station_id: Option<i64>,
    /// Alarms of the device with this row only.
    device_id: Option<i64>,
    /// This alarm only.
    alarm_id: Option<i64>,
    /// From then, Unix seconds.
    starts_at: i64,
    /// Until then, Unix seconds.
    ends_at: i64,
    /// Why.
    reason: String,
    /// Who wished it.
    created_by: String,
    /// When it was ended before its time, Unix seconds.
    lifted_at: Option<i64>,
}

impl From<Mute> for MuteOut {
    fn from(row: Mute) -> Self {
        Self {
            mute_id: row.id,
            code: row.code,
            station_id: row.station_id,
            device_id: row.device_id,
            alarm_id: row.alarm_id,
            starts_at: row.starts_at.unix_seconds(),
            ends_at: row.ends_at.unix_seconds(),
            reason: row.reason,
            created_by: row.created_by,
            lifted_at: seconds(row.lifted_at),
        }
    }
}

/// What is to be muted; what is absent narrows nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "device_offline", "ends_at": 1_900_000_000_i64, "reason": "检修"}))]
pub(crate) struct MuteBody {
    /// Alarms of this cause.
    code: Option<String>,
    /// Alarms at this station.
    station_id: Option<i64>,
    /// Alarms of this device.
    phy_id: Option<String>,
    /// This alarm.
    alarm_id: Option<i64>,
    /// From then, Unix seconds; from now when absent.
    starts_at: Option<i64>,
    /// Until then, Unix seconds; at most 30 days later.
    ends_at: i64,
    /// Why, 1 to 200 characters.
    reason: String,
}

paged_query! {
    /// Which mutes a list shows.
    MuteQuery {
        /// Only those that are not over.
        in_force: bool,
    }
}

/// Lists mutes, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/alarm-mutes",
    tag = "administration",
    operation_id = "list_alarm_mutes",
    extensions(("x-access" = json!("device.alarm.view")), ("x-scope" = json!("org"))),
    params(MuteQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<MuteOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<MuteQuery>,
) -> Answer<PageOut<MuteOut>> {
    let in_force = query.in_force.unwrap_or(false);
    let page = query.page_request()?;
    let page = api.app().list_mutes(&actor, in_force, page).await?;
    Ok(ok(PageOut::of(page, MuteOut::from)))
}

/// Silences alarms for a time: they stand, but nobody is told of them.
#[utoipa::path(
    post,
    path = "/api/v1/admin/alarm-mutes",
    tag = "administration",
    operation_id = "mute_alarms",
    extensions(("x-access" = json!("device.alarm.mute")), ("x-audit" = json!("own")),
        ("x-scope" = json!("org"))),
    request_body = MuteBody,
    responses(
        (status = 200, description = "The mute", body = Envelope<MuteOut>),
        (status = 404, description = "No such place or alarm", body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<MuteBody>,
) -> Answer<MuteOut> {
    let known = |code: &String| {
        AlarmCode::parse(code).ok_or_else(|| Failure::invalid("code", "is not known"))
    };
    let wish = MuteWish {
        code: body.code.as_ref().map(known).transpose()?,
        station_id: body.station_id,
        phy_id: body.phy_id.as_deref().map(device_id).transpose()?,
        alarm_id: body.alarm_id,
        starts_at: body
            .starts_at
            .map(|at| instant("starts_at", at))
            .transpose()?,
        ends_at: instant("ends_at", body.ends_at)?,
        reason: body.reason,
    };
    let app = api.app().clone();
    let mute = run_to_end(async move { app.mute(&actor, &wish).await }).await?;
    Ok(ok(mute.into()))
}

/// Ends a mute before its time.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/alarm-mutes/{mute_id}",
    tag = "administration",
    operation_id = "lift_alarm_mute",
    extensions(("x-access" = json!("device.alarm.mute")), ("x-audit" = json!("own"))),
    params(("mute_id" = i64, Path, description = "The mute", example = 1)),
    responses(
        (status = 200, description = "The mute", body = Envelope<MuteOut>),
        (status = 404, description = "No such mute", body = Refusal),
        (status = 409, description = "It is over already", body = Refusal),
    )
)]
pub(crate) async fn lift(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MuteId(id)): At<MuteId>,
) -> Answer<MuteOut> {
    let app = api.app().clone();
    let mute = run_to_end(async move { app.unmute(&actor, id).await }).await?;
    Ok(ok(mute.into()))
}
