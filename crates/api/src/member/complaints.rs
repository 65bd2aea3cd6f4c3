//! Complaints of a member.

use super::faults::ProgressOut;
use super::guard::Caller;
use super::wallet::LinesQuery;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Conflict, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use app::Words;
use axum::extract::State;
use kernel::OrderNo;
use serde::{Deserialize, Serialize};
use store::complaints::Complaint;
use utoipa::ToSchema;

/// A complaint, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct ComplaintId(i64);

impl Named for ComplaintId {
    const NAME: &'static str = "complaint";
}

/// A member is not content with a charge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "billing", "text": "多扣了"}))]
pub(crate) struct ComplaintBody {
    /// `billing`, `device`, `service`, `other`.
    r#type: String,
    /// 1 to 500 characters.
    text: String,
    /// Addresses of at most nine pictures.
    #[serde(default)]
    images: Vec<String>,
}

/// A member is not content with the answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectionBody {
    /// 1 to 500 characters.
    text: String,
}

/// A complaint.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComplaintOut {
    /// Its id.
    #[schema(example = 9)]
    id: i64,
    /// The charge.
    #[schema(example = "APP1729407600001")]
    order_no: String,
    /// What it is about.
    #[schema(example = "billing")]
    r#type: String,
    /// In the member's own words.
    text: String,
    /// Addresses of pictures.
    images: Vec<String>,
    /// `new`, `handling`, `replied`, `closed`.
    #[schema(example = "new")]
    state: &'static str,
    /// What the operator answered last.
    reply: Option<String>,
    /// When, Unix seconds.
    replied_at: Option<i64>,
    /// How it went on.
    progress: Vec<ProgressOut>,
    /// When it was made, Unix seconds.
    created_at: i64,
}

impl From<Complaint> for ComplaintOut {
    fn from(complaint: Complaint) -> Self {
        Self {
            id: complaint.id,
            order_no: complaint.says.order_no.to_string(),
            r#type: complaint.says.kind,
            text: complaint.says.text,
            images: complaint.says.images,
            state: complaint.state.as_str(),
            reply: complaint.reply,
            replied_at: seconds(complaint.replied_at),
            progress: complaint.log.into_iter().map(ProgressOut::from).collect(),
            created_at: complaint.created_at.unix_seconds(),
        }
    }
}

/// Complains about a charge.
#[utoipa::path(
    post,
    path = "/api/v1/member/charges/{order_no}/complaints",
    tag = "member",
    operation_id = "member_complain",
    params(("order_no" = String, Path, description = "Its number", example = "APP1729407600001")),
    request_body = ComplaintBody,
    responses(
        (status = 200, description = "The complaint", body = Envelope<ComplaintOut>),
        (status = 404, description = "No such order of yours", body = Refusal),
        (status = 409, description = "`an earlier complaint is open`", body = Conflict),
    )
)]
pub(crate) async fn complain(
    State(api): State<Api>,
    caller: Caller,
    At(order_no): At<OrderNo>,
    Payload(body): Payload<ComplaintBody>,
) -> Answer<ComplaintOut> {
    let said = Words {
        text: body.text,
        images: body.images,
    };
    let app = api.app().clone();
    let member = caller.member.member_id();
    let made =
        run_to_end(async move { app.complain(member, order_no, &body.r#type, said).await }).await?;
    Ok(ok(made.into()))
}

/// Lists a member's complaints, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/complaints",
    tag = "member",
    operation_id = "member_complaints",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ComplaintOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<ComplaintOut>> {
    let member = caller.member.member_id();
    let page = query.page_request()?;
    let page = api.app().member_complaints(member, page).await?;
    Ok(ok(PageOut::of(page, ComplaintOut::from)))
}

/// Shows a complaint and how it goes on.
#[utoipa::path(
    get,
    path = "/api/v1/member/complaints/{id}",
    tag = "member",
    operation_id = "member_complaint",
    params(("id" = i64, Path, description = "Its id", example = 9)),
    responses(
        (status = 200, description = "The complaint", body = Envelope<ComplaintOut>),
        (status = 404, description = "No such complaint of yours", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    At(ComplaintId(id)): At<ComplaintId>,
) -> Answer<ComplaintOut> {
    let member = caller.member.member_id();
    let complaint = api.app().member_complaint(member, id).await?;
    Ok(ok(complaint.into()))
}

/// Says that an answer is not enough.
#[utoipa::path(
    post,
    path = "/api/v1/member/complaints/{id}/objection",
    tag = "member",
    operation_id = "member_object",
    params(("id" = i64, Path, description = "Its id", example = 9)),
    request_body = ObjectionBody,
    responses(
        (status = 200, description = "The complaint", body = Envelope<ComplaintOut>),
        (status = 404, description = "No such complaint of yours", body = Refusal),
        (status = 409, description = "Not answered yet, or closed", body = Conflict),
    )
)]
pub(crate) async fn object(
    State(api): State<Api>,
    caller: Caller,
    At(ComplaintId(id)): At<ComplaintId>,
    Payload(body): Payload<ObjectionBody>,
) -> Answer<ComplaintOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let made = run_to_end(async move { app.object_to_reply(member, id, &body.text).await }).await?;
    Ok(ok(made.into()))
}
