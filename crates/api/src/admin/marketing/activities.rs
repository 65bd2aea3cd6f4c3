//! Activities (限时活动): drafts, published, closed.

use super::{ActivityRow, instant};
use crate::Api;
use crate::admin::money::paged_query;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::promotion::{FundedBy, PriceCut, Validity};
use kernel::StationId;
use serde::{Deserialize, Serialize};
use store::activities::{Activity, ActivityFilter, NewActivity};
use utoipa::ToSchema;

/// What an activity says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "春季八折", "cut": {"type": "service_discount_bp",
    "off_bp": 2000}, "funded_by": "platform", "valid_from": 1_729_407_600,
    "valid_until": 1_730_407_600}))]
pub(crate) struct ActivityBody {
    /// 1 to 60 characters.
    name: String,
    /// What it does to the service fee: `{"type":"service_discount_bp","off_bp":2000}`,
    /// `{"type":"fixed_service_p5","price":30000}` (0.00001 yuan per kWh),
    /// `{"type":"time_window","windows":[{"from":"22:00","to":"06:00"}],"off_bp":5000}`,
    /// `{"type":"first_order","off_bp":10000}`.
    #[schema(value_type = Object)]
    cut: PriceCut,
    /// Who bears it: `platform`, `merchant`.
    funded_by: String,
    /// At these stations; none: at all, which is the platform's to say.
    stations: Option<Vec<i64>>,
    /// Charges that begin from then on, Unix seconds.
    valid_from: i64,
    /// Charges that begin before then, Unix seconds.
    valid_until: i64,
    /// Of two that reduce equally the one with the higher priority applies.
    #[serde(default)]
    priority: i32,
}

impl ActivityBody {
    fn read(self) -> Result<NewActivity, Failure> {
        let from = instant("valid_from", self.valid_from)?;
        let until = instant("valid_until", self.valid_until)?;
        if from >= until {
            return Err(Failure::invalid("valid_until", "must be after valid_from"));
        }
        Ok(NewActivity {
            name: self.name,
            cut: self.cut,
            funded_by: funded_by(&self.funded_by)?,
            stations: self
                .stations
                .map(|ids| ids.into_iter().map(StationId).collect()),
            valid: Validity { from, until },
            priority: self.priority,
        })
    }
}

/// Who bears a reduction.
pub(super) fn funded_by(text: &str) -> Result<FundedBy, Failure> {
    FundedBy::parse(text)
        .ok_or_else(|| Failure::invalid("funded_by", "must be platform or merchant"))
}

/// An activity.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActivityOut {
    /// Its row.
    #[schema(example = 4)]
    activity_id: i64,
    /// Its name.
    name: String,
    /// What it does to the service fee.
    #[schema(value_type = Object)]
    cut: PriceCut,
    /// `platform`, `merchant`.
    #[schema(example = "platform")]
    funded_by: &'static str,
    /// At these stations; none: at all.
    stations: Option<Vec<i64>>,
    /// Charges that begin from then on, Unix seconds.
    valid_from: i64,
    /// Charges that begin before then, Unix seconds.
    valid_until: i64,
    /// The higher goes before.
    priority: i32,
    /// `draft`, `published`, `closed`.
    #[schema(example = "published")]
    state: &'static str,
    /// Who made it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
    /// Since when it applies, Unix seconds.
    published_at: Option<i64>,
    /// When it was closed before its time, Unix seconds.
    closed_at: Option<i64>,
}

impl From<Activity> for ActivityOut {
    fn from(row: Activity) -> Self {
        let state = match (row.ended_at, row.published_at) {
            (Some(_), _) => "closed",
            (None, Some(_)) => "published",
            (None, None) => "draft",
        };
        let says = row.says;
        Self {
            activity_id: row.id,
            name: says.name,
            cut: says.cut,
            funded_by: says.funded_by.as_str(),
            stations: says
                .stations
                .map(|ids| ids.into_iter().map(|id| id.0).collect()),
            valid_from: says.valid.from.unix_seconds(),
            valid_until: says.valid.until.unix_seconds(),
            priority: says.priority,
            state,
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
            published_at: seconds(row.published_at),
            closed_at: seconds(row.ended_at),
        }
    }
}

paged_query! {
    /// Which activities a list shows.
    ActivityQuery {
        /// Without those that are over.
        open: bool,
        /// Only what was published, or only drafts.
        published: bool,
        /// `platform`, `merchant`.
        funded_by: String,
    }
}

/// Lists activities, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/activities",
    tag = "administration",
    operation_id = "list_activities",
    extensions(("x-access" = json!("marketing.activity.view")), ("x-scope" = json!("org"))),
    params(ActivityQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ActivityOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<ActivityQuery>,
) -> Answer<PageOut<ActivityOut>> {
    let page = query.page_request()?;
    let filter = ActivityFilter {
        open_at: query.open.unwrap_or(false).then(|| api.app().now()),
        published: query.published,
        funded_by: query.funded_by.as_deref().map(funded_by).transpose()?,
    };
    let page = api.app().list_activities(&actor, filter, page).await?;
    Ok(ok(PageOut::of(page, ActivityOut::from)))
}

/// Makes an activity: a draft, which applies to nothing until it is published.
#[utoipa::path(
    post,
    path = "/api/v1/admin/activities",
    tag = "administration",
    operation_id = "create_activity",
    extensions(
        ("x-access" = json!("marketing.activity.create")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
    ),
    request_body = ActivityBody,
    responses(
        (status = 200, description = "The draft", body = Envelope<ActivityOut>),
        (status = 422, description = "Stations or costs that are not yours", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<ActivityBody>,
) -> Answer<ActivityOut> {
    let new = body.read()?;
    let app = api.app().clone();
    let made = run_to_end(async move { app.create_activity(&actor, &new).await }).await?;
    Ok(ok(made.into()))
}

/// Shows an activity.
#[utoipa::path(
    get,
    path = "/api/v1/admin/activities/{activity_id}",
    tag = "administration",
    operation_id = "show_activity",
    extensions(("x-access" = json!("marketing.activity.view"))),
    params(("activity_id" = i64, Path, description = "Its row", example = 4)),
    responses((status = 200, description = "The activity", body = Envelope<ActivityOut>))
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ActivityRow(id)): At<ActivityRow>,
) -> Answer<ActivityOut> {
    Ok(ok(api.app().activity(&actor, id).await?.into()))
}

/// Writes a draft anew.
#[utoipa::path(
    put,
    path = "/api/v1/admin/activities/{activity_id}",
    tag = "administration",
    operation_id = "change_activity",
    extensions(("x-access" = json!("marketing.activity.edit")), ("x-audit" = json!("own"))),
    params(("activity_id" = i64, Path, description = "Its row", example = 4)),
    request_body = ActivityBody,
    responses(
        (status = 200, description = "The draft", body = Envelope<ActivityOut>),
        (status = 409, description = "It is no draft any more", body = Refusal),
        (status = 422, description = "Stations or costs that are not yours", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ActivityRow(id)): At<ActivityRow>,
    Payload(body): Payload<ActivityBody>,
) -> Answer<ActivityOut> {
    let new = body.read()?;
    let app = api.app().clone();
    let made = run_to_end(async move { app.change_activity(&actor, id, &new).await }).await?;
    Ok(ok(made.into()))
}

/// Publishes a draft: it applies to charges that begin from now on.
#[utoipa::path(
    post,
    path = "/api/v1/admin/activities/{activity_id}/publish",
    tag = "administration",
    operation_id = "publish_activity",
    extensions(("x-access" = json!("marketing.activity.publish")), ("x-audit" = json!("own"))),
    params(("activity_id" = i64, Path, description = "Its row", example = 4)),
    responses(
        (status = 200, description = "The activity", body = Envelope<ActivityOut>),
        (status = 409, description = "It is no draft, or its time is over", body = Refusal),
        (status = 422, description = "Stations that are not yours any more", body = Refusal),
    )
)]
pub(crate) async fn publish(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ActivityRow(id)): At<ActivityRow>,
) -> Answer<ActivityOut> {
    let app = api.app().clone();
    let made = run_to_end(async move { app.publish_activity(&actor, id).await }).await?;
    Ok(ok(made.into()))
}

/// Closes an activity before its time. Charges that began before keep it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/activities/{activity_id}/close",
    tag = "administration",
    operation_id = "close_activity",
    extensions(("x-access" = json!("marketing.activity.close")), ("x-audit" = json!("own"))),
    params(("activity_id" = i64, Path, description = "Its row", example = 4)),
    responses(
        (status = 200, description = "The activity", body = Envelope<ActivityOut>),
        (status = 409, description = "It was closed before", body = Refusal),
    )
)]
pub(crate) async fn close(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ActivityRow(id)): At<ActivityRow>,
) -> Answer<ActivityOut> {
    let app = api.app().clone();
    let made = run_to_end(async move { app.end_activity(&actor, id).await }).await?;
    Ok(ok(made.into()))
}
