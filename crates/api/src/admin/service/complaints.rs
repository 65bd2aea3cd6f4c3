//! Complaints about charges.

use super::{ComplaintRow, ReplyBody, StepOut, pictures, shown};
use crate::Api;
use crate::admin::marketing::between;
use crate::admin::money::paged_query;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::feedback::ComplaintState;
use serde::Serialize;
use store::complaints::{Complaint, ComplaintFilter};
use utoipa::ToSchema;

/// A complaint.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffComplaintOut {
    /// Its row.
    #[schema(example = 9)]
    complaint_id: i64,
    /// The charge.
    #[schema(example = "APP1729407600001")]
    order_no: String,
    /// Who complains.
    member_id: i64,
    /// Where.
    station_id: Option<i64>,
    /// `billing`, `device`, `service`, `other`.
    #[schema(example = "billing")]
    r#type: String,
    /// In the member's own words.
    text: String,
    /// Addresses of pictures.
    images: Vec<String>,
    /// `new`, `handling`, `replied`, `closed`.
    #[schema(example = "new")]
    state: &'static str,
    /// Who looks into it.
    handler: Option<String>,
    /// What was answered last.
    reply: Option<String>,
    /// When, Unix seconds.
    replied_at: Option<i64>,
    /// What was said and done.
    log: Vec<StepOut>,
    /// When it was made, Unix seconds.
    created_at: i64,
    /// When something last happened, Unix seconds.
    updated_at: i64,
}

impl From<Complaint> for StaffComplaintOut {
    fn from(row: Complaint) -> Self {
        Self {
            complaint_id: row.id,
            order_no: row.says.order_no.to_string(),
            member_id: row.says.member_id,
            station_id: row.station_id,
            r#type: row.says.kind,
            text: row.says.text,
            images: shown(row.says.images, pictures::OF_FEEDBACK),
            state: row.state.as_str(),
            handler: row.handler,
            reply: row.reply,
            replied_at: seconds(row.replied_at),
            log: row.log.into_iter().map(StepOut::from).collect(),
            created_at: row.created_at.unix_seconds(),
            updated_at: row.updated_at.unix_seconds(),
        }
    }
}

paged_query! {
    /// Which complaints a list shows.
    StaffComplaintQuery {
        /// About this charge.
        order_no: String,
        /// At this station.
        station_id: i64,
        /// By this member.
        member_id: i64,
        /// `billing`, `device`, `service`, `other`.
        r#type: String,
        /// `new`, `handling`, `replied`, `closed`.
        state: String,
        /// In these hands.
        handler: String,
        /// Made from then on, Unix seconds.
        from: i64,
        /// Made before then, Unix seconds.
        to: i64,
    }
}

/// Lists complaints, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/complaints",
    tag = "administration",
    operation_id = "list_complaints",
    extensions(("x-access" = json!("user.feedback.view")), ("x-scope" = json!("org"))),
    params(StaffComplaintQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<StaffComplaintOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<StaffComplaintQuery>,
) -> Answer<PageOut<StaffComplaintOut>> {
    let page = query.page_request()?;
    let state = query.state.as_deref().map(|text| {
        ComplaintState::parse(text).ok_or_else(|| Failure::invalid("state", "is not known"))
    });
    let order = query.order_no.as_deref().map(|text| {
        text.parse()
            .map_err(|_| Failure::invalid("order_no", "is no order number"))
    });
    let (from, until) = between(query.from, query.to)?;
    let filter = ComplaintFilter {
        member: query.member_id,
        state: state.transpose()?,
        order_no: order.transpose()?,
        kind: query.r#type.clone(),
        station: query.station_id,
        handler: query.handler.clone(),
        from,
        until,
    };
    let page = api.app().list_complaints(&actor, &filter, page).await?;
    Ok(ok(PageOut::of(page, StaffComplaintOut::from)))
}

/// Shows a complaint and what was said.
#[utoipa::path(
    get,
    path = "/api/v1/admin/complaints/{complaint_id}",
    tag = "administration",
    operation_id = "show_complaint",
    extensions(("x-access" = json!("user.feedback.view"))),
    params(("complaint_id" = i64, Path, description = "Its row", example = 9)),
    responses((status = 200, description = "The complaint", body = Envelope<StaffComplaintOut>))
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ComplaintRow(id)): At<ComplaintRow>,
) -> Answer<StaffComplaintOut> {
    Ok(ok(api.app().complaint(&actor, id).await?.into()))
}

/// Looks into a complaint.
#[utoipa::path(
    post,
    path = "/api/v1/admin/complaints/{complaint_id}/take",
    tag = "administration",
    operation_id = "take_complaint",
    extensions(("x-access" = json!("user.feedback.assign")), ("x-audit" = json!("own"))),
    params(("complaint_id" = i64, Path, description = "Its row", example = 9)),
    responses(
        (status = 200, description = "The complaint", body = Envelope<StaffComplaintOut>),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn take(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ComplaintRow(id)): At<ComplaintRow>,
) -> Answer<StaffComplaintOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.take_complaint(&actor, id).await }).await?;
    Ok(ok(row.into()))
}

/// Answers a complaint, anew if it was answered before.
#[utoipa::path(
    post,
    path = "/api/v1/admin/complaints/{complaint_id}/reply",
    tag = "administration",
    operation_id = "reply_to_complaint",
    extensions(("x-access" = json!("user.feedback.reply")), ("x-audit" = json!("own"))),
    params(("complaint_id" = i64, Path, description = "Its row", example = 9)),
    request_body = ReplyBody,
    responses(
        (status = 200, description = "The complaint", body = Envelope<StaffComplaintOut>),
        (status = 409, description = "It is closed", body = Refusal),
    )
)]
pub(crate) async fn reply(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ComplaintRow(id)): At<ComplaintRow>,
    Payload(body): Payload<ReplyBody>,
) -> Answer<StaffComplaintOut> {
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.reply_to_complaint(&actor, id, &body.reply).await }).await?;
    Ok(ok(row.into()))
}

/// Closes a complaint that was answered.
#[utoipa::path(
    post,
    path = "/api/v1/admin/complaints/{complaint_id}/close",
    tag = "administration",
    operation_id = "close_complaint",
    extensions(("x-access" = json!("user.feedback.close")), ("x-audit" = json!("own"))),
    params(("complaint_id" = i64, Path, description = "Its row", example = 9)),
    responses(
        (status = 200, description = "The complaint", body = Envelope<StaffComplaintOut>),
        (status = 409, description = "It was not answered", body = Refusal),
    )
)]
pub(crate) async fn close(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ComplaintRow(id)): At<ComplaintRow>,
) -> Answer<StaffComplaintOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.close_complaint(&actor, id).await }).await?;
    Ok(ok(row.into()))
}
