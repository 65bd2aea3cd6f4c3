//! Invoices of a member.

mod views;

use super::guard::Caller;
use super::wallet::LinesQuery;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::{Buyer, InvoiceWish};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;
use channels::invoice::File;
use kernel::OrderNo;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use views::{EligibleOut, InvoiceDetailOut, InvoiceOut};
pub(crate) use views::{InvoiceFileOut, InvoiceLineOut, InvoicedOrderOut};

/// Number of an invoice, ours.
#[derive(Deserialize)]
pub(crate) struct InvoiceNumber(String);

impl Named for InvoiceNumber {
    const NAME: &'static str = "invoice";
}

/// An invoice is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"orders": ["APP1729407600001"], "title_id": 3}))]
pub(crate) struct InvoiceBody {
    /// Numbers of paid orders, 1 to 500, all of one seller.
    #[schema(value_type = Vec<String>)]
    orders: Vec<OrderNo>,
    /// To which title of yours; your default one when absent.
    title_id: Option<i64>,
    /// Where to send it, if not to where the title says.
    email: Option<String>,
    /// Printed below, at most 200 characters.
    #[schema(max_length = 200)]
    remark: Option<String>,
}

/// Where to send it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvoiceResendBody {
    /// From now on there; to the known address when absent.
    email: Option<String>,
}

/// In which form.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileQuery {
    /// `pdf`, `ofd`, `xml`, `html`; the handiest one when absent.
    #[param(example = "pdf")]
    form: Option<String>,
}

/// Lists a member's orders that are on no invoice, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/invoice-orders",
    tag = "member",
    operation_id = "member_orders_to_invoice",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<EligibleOut>>))
)]
pub(crate) async fn eligible(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<EligibleOut>> {
    let member = caller.member.member_id();
    let page = query.page_request()?;
    let page = api.app().orders_to_invoice(member, page).await?;
    Ok(ok(PageOut::of(page, EligibleOut::from)))
}

/// Asks for an invoice over orders of one seller.
#[utoipa::path(
    post,
    path = "/api/v1/member/invoices",
    tag = "member",
    operation_id = "member_ask_for_invoice",
    request_body = InvoiceBody,
    responses(
        (status = 200, description = "On its way, or waiting for the seller",
            body = Envelope<InvoiceOut>),
        (status = 404, description = "No such order or title of yours", body = Refusal),
        (status = 409, description = "`an order is on an invoice already`, `the seller issues no \
            invoices yet`", body = Refusal),
        (status = 422, description = "An order cannot be invoiced, or has another seller",
            body = Refusal),
    )
)]
pub(crate) async fn ask(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<InvoiceBody>,
) -> Answer<InvoiceOut> {
    let wish = InvoiceWish {
        orders: body.orders,
        buyer: body.title_id.map_or(Buyer::Default, Buyer::Saved),
        email: body.email,
        remark: body.remark,
    };
    let app = api.app().clone();
    let member = caller.member.member_id();
    let invoice = run_to_end(async move { app.ask_for_invoice(member, wish).await }).await?;
    Ok(ok(invoice.into()))
}

/// Lists a member's invoices, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/invoices",
    tag = "member",
    operation_id = "member_invoices",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<InvoiceOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<InvoiceOut>> {
    let member = caller.member.member_id();
    let page = query.page_request()?;
    let page = api.app().member_invoices(member, page).await?;
    Ok(ok(PageOut::of(page, InvoiceOut::from)))
}

/// Shows an invoice with its lines and orders.
#[utoipa::path(
    get,
    path = "/api/v1/member/invoices/{req_no}",
    tag = "member",
    operation_id = "member_invoice",
    params(("req_no" = String, Path, description = "Our number of it",
        example = "IV2026030109301500004201")),
    responses(
        (status = 200, description = "The invoice", body = Envelope<InvoiceDetailOut>),
        (status = 404, description = "No such invoice of yours", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    At(InvoiceNumber(req_no)): At<InvoiceNumber>,
) -> Answer<InvoiceDetailOut> {
    let member = caller.member.member_id();
    let detail = api.app().member_invoice(member, &req_no).await?;
    Ok(ok(detail.into()))
}

/// Gives an invoice up that is not with its issuer yet. Its orders may be on another.
#[utoipa::path(
    delete,
    path = "/api/v1/member/invoices/{req_no}",
    tag = "member",
    operation_id = "member_cancel_invoice",
    params(("req_no" = String, Path, description = "Our number of it",
        example = "IV2026030109301500004201")),
    responses(
        (status = 200, description = "Given up", body = Envelope<InvoiceOut>),
        (status = 404, description = "No such invoice of yours", body = Refusal),
        (status = 409, description = "Too late", body = Refusal),
    )
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    At(InvoiceNumber(req_no)): At<InvoiceNumber>,
) -> Answer<InvoiceOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let invoice = run_to_end(async move { app.cancel_own_invoice(member, &req_no).await }).await?;
    Ok(ok(invoice.into()))
}

/// Sends an issued invoice once more.
#[utoipa::path(
    post,
    path = "/api/v1/member/invoices/{req_no}/resend",
    tag = "member",
    operation_id = "member_resend_invoice",
    params(("req_no" = String, Path, description = "Our number of it",
        example = "IV2026030109301500004201")),
    request_body = InvoiceResendBody,
    responses(
        (status = 200, description = "On its way", body = Envelope<InvoiceOut>),
        (status = 404, description = "No such invoice of yours", body = Refusal),
        (status = 409, description = "It is not issued", body = Refusal),
    )
)]
pub(crate) async fn resend(
    State(api): State<Api>,
    caller: Caller,
    At(InvoiceNumber(req_no)): At<InvoiceNumber>,
    Payload(body): Payload<InvoiceResendBody>,
) -> Answer<InvoiceOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let invoice =
        run_to_end(async move { app.resend_own_invoice(member, &req_no, body.email).await })
            .await?;
    Ok(ok(invoice.into()))
}

/// Downloads an issued invoice.
#[utoipa::path(
    get,
    path = "/api/v1/member/invoices/{req_no}/file",
    tag = "member",
    operation_id = "member_invoice_file",
    params(
        ("req_no" = String, Path, description = "Our number of it",
            example = "IV2026030109301500004201"),
        FileQuery
    ),
    responses(
        (status = 200, description = "The file", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 404, description = "No such invoice of yours, or not in that form",
            body = Refusal),
        (status = 409, description = "It is not issued", body = Refusal),
    )
)]
pub(crate) async fn file(
    State(api): State<Api>,
    caller: Caller,
    At(InvoiceNumber(req_no)): At<InvoiceNumber>,
    Filter(query): Filter<FileQuery>,
) -> Result<Response, Failure> {
    let member = caller.member.member_id();
    let form = query.form.as_deref();
    let file = api.app().member_invoice_file(member, &req_no, form).await?;
    invoice_file(file, &req_no)
}

/// A file of an invoice.
pub(crate) fn invoice_file(file: File, req_no: &str) -> Result<Response, Failure> {
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static(file.form.media_type());
    headers.insert(CONTENT_TYPE, kind);
    // Somebody else made it: it is saved, never shown as a page of ours.
    let name = format!("attachment; filename=\"{req_no}.{}\"", file.form.as_str());
    let name = HeaderValue::from_str(&name).map_err(|_| Failure::not_found("invoice"))?;
    headers.insert(CONTENT_DISPOSITION, name);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}
