//! Electronic invoices (电子发票) at the console: of the platform and of merchants, each their own.

mod views;

use crate::Api;
use crate::admin::marketing::between;
use crate::admin::money::paged_query;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::member::invoice_file;
use crate::payload::{At, Filter, Named, Payload};
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::InvoiceRules;
use axum::extract::State;
use axum::response::Response;
use domain::invoice::{AfterRed, InvoiceColor, InvoiceKind, InvoiceState, InvoiceTitle};
use kernel::{MemberId, OrgId};
use serde::{Deserialize, Serialize};
use store::invoices::InvoiceFilter;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use views::{StaffInvoiceDetailOut, StaffInvoiceOut};

/// All its routes, still unguarded.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(file))
        .routes(routes!(issue))
        .routes(routes!(retry))
        .routes(routes!(reject))
        .routes(routes!(red))
        .routes(routes!(resend))
        .routes(routes!(rules, set_rules))
}

/// Number of an invoice, ours.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct InvoiceRow(String);

impl Named for InvoiceRow {
    const NAME: &'static str = "invoice";
}

paged_query! {
    /// Which invoices a list shows.
    StaffInvoiceQuery {
        /// Asked for by this member.
        member_id: i64,
        /// Of this seller.
        seller_org_id: i64,
        /// In this state.
        state: String,
        /// `82` general, `81` special.
        kind: String,
        /// `blue`, `red`.
        color: String,
        /// To the buyer of this name.
        title: String,
        /// With this number of the issuer.
        invoice_no: String,
        /// Asked for from then on, Unix seconds.
        from: i64,
        /// Asked for before then, Unix seconds.
        to: i64,
    }
}

impl StaffInvoiceQuery {
    fn filter(&self) -> Result<InvoiceFilter, Failure> {
        let unknown = |field: &'static str| move || Failure::invalid(field, "is not known");
        let state = self
            .state
            .as_deref()
            .map(|text| InvoiceState::parse(text).ok_or_else(unknown("state")));
        let kind = self
            .kind
            .as_deref()
            .map(|text| InvoiceKind::parse(text).ok_or_else(unknown("kind")));
        let color = self
            .color
            .as_deref()
            .map(|text| InvoiceColor::parse(text).ok_or_else(unknown("color")));
        let (from, until) = between(self.from, self.to)?;
        Ok(InvoiceFilter {
            member: self.member_id.map(MemberId),
            state: state.transpose()?,
            kind: kind.transpose()?,
            color: color.transpose()?,
            seller: self.seller_org_id.map(OrgId),
            title: self.title.clone(),
            invoice_no: self.invoice_no.clone(),
            from,
            until,
            ..InvoiceFilter::default()
        })
    }
}

/// Lists invoices, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/invoices",
    tag = "administration",
    operation_id = "list_invoices",
    extensions(
        ("x-access" = json!("finance.invoice.view")),
        ("x-dataset" = json!("invoices")),
        ("x-scope" = json!("org")),
    ),
    params(StaffInvoiceQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<StaffInvoiceOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<StaffInvoiceQuery>,
) -> Answer<PageOut<StaffInvoiceOut>> {
    let filter = InvoiceFilter {
        scope,
        ..query.filter()?
    };
    let page = api
        .app()
        .list_invoices(&filter, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, StaffInvoiceOut::from)))
}

/// Shows an invoice with its lines, its orders and what is still to be done about it.
#[utoipa::path(
    get,
    path = "/api/v1/admin/invoices/{req_no}",
    tag = "administration",
    operation_id = "show_invoice",
    extensions(("x-access" = json!("finance.invoice.view")), ("x-dataset" = json!("invoices"))),
    params(("req_no" = String, Path, description = "Our number of it",
        example = "IV2026030109301500004201")),
    responses((status = 200, description = "The invoice", body = Envelope<StaffInvoiceDetailOut>))
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(InvoiceRow(req_no)): At<InvoiceRow>,
) -> Answer<StaffInvoiceDetailOut> {
    Ok(ok(api.app().invoice(&actor, &req_no).await?.into()))
}

/// Which form of a file.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvoiceFormQuery {
    /// `pdf`, `ofd`, `xml`, `html`; the handiest one when absent.
    form: Option<String>,
}

/// Downloads an issued invoice. Tax numbers stand on it, so that it takes their permission too.
#[utoipa::path(
    get,
    path = "/api/v1/admin/invoices/{req_no}/file",
    tag = "administration",
    operation_id = "invoice_file",
    extensions(("x-access" = json!("finance.invoice.view"))),
    params(
        ("req_no" = String, Path, description = "Our number of it",
            example = "IV2026030109301500004201"),
        InvoiceFormQuery
    ),
    responses(
        (status = 200, description = "The file", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 409, description = "It is not issued", body = Refusal),
    )
)]
pub(crate) async fn file(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(InvoiceRow(req_no)): At<InvoiceRow>,
    Filter(query): Filter<InvoiceFormQuery>,
) -> Result<Response, Failure> {
    for leaf in ["ds.invoices.tax_no", "ds.invoices.bank.plain"] {
        if !actor.has(leaf) {
            return Err(Failure::denied(leaf));
        }
    }
    let form = query.form.as_deref();
    let file = api.app().invoice_file(&actor, &req_no, form).await?;
    invoice_file(file, &req_no)
}

/// Has an invoice issued that waited for the seller.
#[utoipa::path(
    post,
    path = "/api/v1/admin/invoices/{req_no}/issue",
    tag = "administration",
    operation_id = "issue_invoice",
    extensions(
        ("x-access" = json!("finance.invoice.issue")),
        ("x-dataset" = json!("invoices")),
        ("x-audit" = json!("own")),
    ),
    params(("req_no" = String, Path, description = "Our number of it",
        example = "IV2026030109301500004201")),
    responses(
        (status = 200, description = "On its way", body = Envelope<StaffInvoiceOut>),
        (status = 409, description = "It does not wait", body = Refusal),
    )
)]
pub(crate) async fn issue(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(InvoiceRow(req_no)): At<InvoiceRow>,
) -> Answer<StaffInvoiceOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.issue_invoice(&actor, &req_no).await }).await?;
    Ok(ok(row.into()))
}

/// Has an invoice issued once more that its issuer refused.
#[utoipa::path(
    post,
    path = "/api/v1/admin/invoices/{req_no}/retry",
    tag = "administration",
    operation_id = "retry_invoice",
    extensions(
        ("x-access" = json!("finance.invoice.issue")),
        ("x-dataset" = json!("invoices")),
        ("x-audit" = json!("own")),
    ),
    params(("req_no" = String, Path, description = "Our number of it",
        example = "IV2026030109301500004201")),
    responses(
        (status = 200, description = "On its way", body = Envelope<StaffInvoiceOut>),
        (status = 409, description = "It was not refused", body = Refusal),
    )
)]
pub(crate) async fn retry(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(InvoiceRow(req_no)): At<InvoiceRow>,
) -> Answer<StaffInvoiceOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.retry_invoice(&actor, &req_no).await }).await?;
    Ok(ok(row.into()))
}

/// Why an invoice is not issued.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "the tax number is not known"}))]
pub(crate) struct RejectBody {
    /// 1 to 80 characters.
    reason: String,
}

/// Does not issue an invoice. Its orders may be on another.
#[utoipa::path(
    post,
    path = "/api/v1/admin/invoices/{req_no}/reject",
    tag = "administration",
    operation_id = "reject_invoice",
    extensions(
        ("x-access" = json!("finance.invoice.reject")),
        ("x-dataset" = json!("invoices")),
        ("x-audit" = json!("own")),
    ),
    params(("req_no" = String, Path, description = "Our number of it",
        example = "IV2026030109301500004201")),
    request_body = RejectBody,
    responses(
        (status = 200, description = "The invoice", body = Envelope<StaffInvoiceOut>),
        (status = 409, description = "It does not wait", body = Refusal),
    )
)]
pub(crate) async fn reject(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(InvoiceRow(req_no)): At<InvoiceRow>,
    Payload(body): Payload<RejectBody>,
) -> Answer<StaffInvoiceOut> {
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.reject_invoice(&actor, &req_no, &body.reason).await }).await?;
    Ok(ok(row.into()))
}

/// Why an invoice is taken back, and what comes after.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "wrong buyer", "then": "reissue"}))]
pub(crate) struct RedBody {
    /// 1 to 80 characters.
    reason: String,
    /// `reissue` (when absent): what is left of the orders is invoiced anew; `reissue_to`: to the
    /// buyer in `title`; `release`: the orders may be on an invoice again.
    then: Option<String>,
    /// The right buyer: `{"kind":"82","buyer_kind":"company","title":"…","tax_no":"…"}`.
    #[schema(value_type = Option<Object>)]
    title: Option<InvoiceTitle>,
}

impl RedBody {
    fn then(&mut self) -> Result<AfterRed, Failure> {
        match (self.then.as_deref(), self.title.take()) {
            (None | Some("reissue"), None) => Ok(AfterRed::Reissue),
            (Some("release"), None) => Ok(AfterRed::Release),
            (Some("reissue_to"), Some(title)) => Ok(AfterRed::ReissueTo { title }),
            (Some("reissue_to"), None) => Err(Failure::invalid("title", "is required")),
            (None | Some("reissue" | "release"), Some(_)) => {
                Err(Failure::invalid("title", "is for reissue_to"))
            }
            (Some(_), _) => Err(Failure::invalid(
                "then",
                "must be reissue, reissue_to or release",
            )),
        }
    }
}

/// Takes an issued invoice back by a red one.
#[utoipa::path(
    post,
    path = "/api/v1/admin/invoices/{req_no}/red",
    tag = "administration",
    operation_id = "red_invoice",
    extensions(
        ("x-access" = json!("finance.invoice.red")),
        ("x-dataset" = json!("invoices")),
        ("x-audit" = json!("own")),
    ),
    params(("req_no" = String, Path, description = "Our number of it",
        example = "IV2026030109301500004201")),
    request_body = RedBody,
    responses(
        (status = 200, description = "An application is on its way",
            body = Envelope<StaffInvoiceOut>),
        (status = 409, description = "It is not issued", body = Refusal),
    )
)]
pub(crate) async fn red(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(InvoiceRow(req_no)): At<InvoiceRow>,
    Payload(mut body): Payload<RedBody>,
) -> Answer<StaffInvoiceOut> {
    let then = body.then()?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.red_invoice(&actor, &req_no, &body.reason, then).await })
        .await?;
    Ok(ok(row.into()))
}

/// Where an invoice is sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "buyer@example.com"}))]
pub(crate) struct SendAgainBody {
    /// From now on; where it was sent before when absent.
    email: Option<String>,
}

/// Sends an issued invoice once more.
#[utoipa::path(
    post,
    path = "/api/v1/admin/invoices/{req_no}/resend",
    tag = "administration",
    operation_id = "resend_invoice",
    extensions(
        ("x-access" = json!("finance.invoice.resend")),
        ("x-dataset" = json!("invoices")),
        ("x-audit" = json!("own")),
    ),
    params(("req_no" = String, Path, description = "Our number of it",
        example = "IV2026030109301500004201")),
    request_body = SendAgainBody,
    responses(
        (status = 200, description = "On its way", body = Envelope<StaffInvoiceOut>),
        (status = 409, description = "It is not issued", body = Refusal),
    )
)]
pub(crate) async fn resend(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(InvoiceRow(req_no)): At<InvoiceRow>,
    Payload(body): Payload<SendAgainBody>,
) -> Answer<StaffInvoiceOut> {
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.resend_invoice(&actor, &req_no, body.email).await }).await?;
    Ok(ok(row.into()))
}

/// The platform as a seller, lines and rates, and who looks at invoices first.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object, example = json!({"layout": {"layout": "two", "elec": {"name":
    "*供电*充电电费", "tax_code": "1100101020000000000", "rate_bp": 1300}, "service": {"name":
    "*现代服务*充电服务费", "tax_code": "3040800000000000000", "rate_bp": 600}}, "platform": {"name":
    "某某充电运营有限公司", "tax_no": "91510100MA6CXXXX0X"}, "drawer": "系统", "review": "special"}))]
pub(crate) struct InvoiceRulesBody(InvoiceRules);

/// Shows what has been decided about invoices.
#[utoipa::path(
    get,
    path = "/api/v1/admin/invoice-rules",
    tag = "administration",
    operation_id = "show_invoice_rules",
    extensions(
        ("x-access" = json!("finance.invoice.view")),
        ("x-dataset" = json!("invoices")),
    ),
    responses((status = 200, description = "The rules", body = Envelope<InvoiceRulesBody>))
)]
pub(crate) async fn rules(State(api): State<Api>) -> Answer<InvoiceRulesBody> {
    Ok(ok(InvoiceRulesBody(api.app().invoice_rules().await?)))
}

/// Decides about invoices that are asked for from now on, in the place of the configuration.
#[utoipa::path(
    put,
    path = "/api/v1/admin/invoice-rules",
    tag = "administration",
    operation_id = "set_invoice_rules",
    extensions(
        ("x-access" = json!("finance.invoice.edit")),
        ("x-dataset" = json!("invoices")),
        ("x-audit" = json!("own")),
    ),
    request_body = InvoiceRulesBody,
    responses((status = 200, description = "The rules", body = Envelope<InvoiceRulesBody>))
)]
pub(crate) async fn set_rules(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(InvoiceRulesBody(rules)): Payload<InvoiceRulesBody>,
) -> Answer<InvoiceRulesBody> {
    let app = api.app().clone();
    let rules = run_to_end(async move {
        app.set_invoice_rules(&actor, &rules).await?;
        Ok(rules)
    })
    .await?;
    Ok(ok(InvoiceRulesBody(rules)))
}
