//! Codes that members exchange for coupons (兑换码).

use super::{CodeBatchRow, TemplateRow, instant};
use crate::Api;
use crate::admin::money::paged_query;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::coupon_codes::CodeBatch;
use utoipa::ToSchema;

/// Codes are wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"count": 100, "expires_at": 1_735_660_800, "note": "夏季车展"}))]
pub(crate) struct CodesBody {
    /// How many; they are taken out of the coupon's stock.
    #[schema(minimum = 1, maximum = 5000)]
    count: i32,
    /// Nobody exchanges one from then on, Unix seconds.
    expires_at: i64,
    /// For whom they are.
    #[schema(max_length = 100)]
    note: Option<String>,
}

/// Codes that were made together.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeBatchOut {
    /// Their row.
    #[schema(example = 2)]
    batch_id: i64,
    /// The coupon.
    #[schema(example = 3)]
    coupon_id: i64,
    /// How many there are.
    #[schema(example = 100)]
    count: i32,
    /// How many were exchanged.
    redeemed: i32,
    /// Nobody exchanges one from then on, Unix seconds.
    expires_at: i64,
    /// For whom they are.
    note: Option<String>,
    /// Who made them.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
    /// Who took them out.
    exported_by: Option<String>,
    /// When, Unix seconds.
    exported_at: Option<i64>,
    /// Since when none is exchanged any more, Unix seconds.
    ended_at: Option<i64>,
}

impl From<CodeBatch> for CodeBatchOut {
    fn from(row: CodeBatch) -> Self {
        Self {
            batch_id: row.id,
            coupon_id: row.coupon_id,
            count: row.codes,
            redeemed: row.redeemed,
            expires_at: row.expires_at.unix_seconds(),
            note: row.note,
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
            exported_by: row.exported_by,
            exported_at: seconds(row.exported_at),
            ended_at: seconds(row.ended_at),
        }
    }
}

/// Codes on their way out.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodesOut {
    /// All of the batch.
    #[schema(example = json!(["ABCD-EFGH-JKLM-NPQR"]))]
    codes: Vec<String>,
}

paged_query! {
    /// Which batches a list shows.
    CodeBatchQuery {
        /// Of this coupon.
        coupon_id: i64,
    }
}

/// Makes codes of a coupon that nobody guesses.
#[utoipa::path(
    post,
    path = "/api/v1/admin/coupons/{coupon_id}/codes",
    tag = "administration",
    operation_id = "make_coupon_codes",
    extensions(("x-access" = json!("marketing.coupon.create")), ("x-audit" = json!("own"))),
    params(("coupon_id" = i64, Path, description = "The coupon", example = 3)),
    request_body = CodesBody,
    responses(
        (status = 200, description = "The batch, without its codes", body = Envelope<CodeBatchOut>),
        (status = 409, description = "Not so many coupons are left", body = Refusal),
        (status = 422, description = "Too many, or a time that is over", body = Refusal),
    )
)]
pub(crate) async fn make(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(TemplateRow(id)): At<TemplateRow>,
    Payload(body): Payload<CodesBody>,
) -> Answer<CodeBatchOut> {
    let expires_at = instant("expires_at", body.expires_at)?;
    let app = api.app().clone();
    let made = run_to_end(async move {
        app.make_codes(&actor, id, body.count, expires_at, body.note.as_deref())
            .await
    })
    .await?;
    Ok(ok(made.into()))
}

/// Lists batches of codes, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/coupon-code-batches",
    tag = "administration",
    operation_id = "list_coupon_code_batches",
    extensions(("x-access" = json!("marketing.coupon.view")), ("x-scope" = json!("org"))),
    params(CodeBatchQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<CodeBatchOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<CodeBatchQuery>,
) -> Answer<PageOut<CodeBatchOut>> {
    let page = query.page_request()?;
    let app = api.app();
    let page = app.list_code_batches(&actor, query.coupon_id, page).await?;
    Ok(ok(PageOut::of(page, CodeBatchOut::from)))
}

/// Hands the codes of a batch out: once. Nobody can read them here afterwards.
#[utoipa::path(
    post,
    path = "/api/v1/admin/coupon-code-batches/{batch_id}/export",
    tag = "administration",
    operation_id = "export_coupon_codes",
    extensions(
        ("x-access" = json!("marketing.grant.export")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!("codes")),
    ),
    params(("batch_id" = i64, Path, description = "The batch", example = 2)),
    responses(
        (status = 200, description = "The codes", body = Envelope<CodesOut>),
        (status = 409, description = "They were handed out before", body = Refusal),
    )
)]
pub(crate) async fn take_out(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CodeBatchRow(id)): At<CodeBatchRow>,
) -> Answer<CodesOut> {
    let app = api.app().clone();
    let codes = run_to_end(async move { app.take_codes(&actor, id).await }).await?;
    Ok(ok(CodesOut { codes }))
}

/// Has no code of a batch exchanged any more; what was not goes back into the coupon's stock.
#[utoipa::path(
    post,
    path = "/api/v1/admin/coupon-code-batches/{batch_id}/end",
    tag = "administration",
    operation_id = "end_coupon_codes",
    extensions(("x-access" = json!("marketing.coupon.disable")), ("x-audit" = json!("own"))),
    params(("batch_id" = i64, Path, description = "The batch", example = 2)),
    responses(
        (status = 200, description = "The batch", body = Envelope<CodeBatchOut>),
        (status = 409, description = "It was ended before", body = Refusal),
    )
)]
pub(crate) async fn end(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CodeBatchRow(id)): At<CodeBatchRow>,
) -> Answer<CodeBatchOut> {
    let app = api.app().clone();
    let batch = run_to_end(async move { app.end_codes(&actor, id).await }).await?;
    Ok(ok(batch.into()))
}
