//! A member's book of buyers (抬头).

use super::guard::Caller;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Named, Payload};
use crate::run_to_end::run_to_end;
use axum::extract::State;
use domain::invoice::{BuyerKind, InvoiceKind, InvoiceTitle};
use serde::{Deserialize, Serialize};
use store::invoice_titles::SavedTitle;
use utoipa::ToSchema;

/// Id of a title.
#[derive(Deserialize)]
pub(crate) struct TitleId(i64);

impl Named for TitleId {
    const NAME: &'static str = "title";
}

/// A buyer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "82", "buyer_kind": "company", "title": "成都某某科技有限公司",
    "tax_no": "91510100MA6CXXXX0X", "email": "a@example.com", "is_default": true}))]
pub(crate) struct InvoiceTitleBody {
    /// `82` general, `81` special: a company may deduct its tax.
    #[schema(value_type = String)]
    kind: InvoiceKind,
    /// `company` or `person`.
    #[schema(value_type = String)]
    buyer_kind: BuyerKind,
    /// The name, 1 to 100 characters.
    #[schema(max_length = 100)]
    title: String,
    /// Tax number, at most 20 letters and digits; a company must have one, a person must not.
    tax_no: Option<String>,
    /// Address and telephone, at most 100 characters.
    address_phone: Option<String>,
    /// Bank and account, at most 100 characters.
    bank_account: Option<String>,
    /// Where invoices are sent.
    email: Option<String>,
    /// Whom to tell: 11 digits.
    mobile: Option<String>,
    /// Whether it is taken when none is named. The first title always is.
    #[serde(default)]
    is_default: bool,
}

impl InvoiceTitleBody {
    fn read(self) -> (InvoiceTitle, bool) {
        let title = InvoiceTitle {
            kind: self.kind,
            buyer_kind: self.buyer_kind,
            title: self.title,
            tax_no: self.tax_no,
            address_phone: self.address_phone,
            bank_account: self.bank_account,
            email: self.email,
            mobile: self.mobile,
        };
        (title, self.is_default)
    }
}

/// A buyer in the book.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceTitleOut {
    /// Its id.
    #[schema(example = 3)]
    id: i64,
    /// `82` general, `81` special.
    #[schema(example = "82")]
    kind: &'static str,
    /// `company` or `person`.
    #[schema(example = "company")]
    buyer_kind: &'static str,
    /// The name.
    title: String,
    /// Tax number.
    tax_no: Option<String>,
    /// Address and telephone.
    address_phone: Option<String>,
    /// Bank and account.
    bank_account: Option<String>,
    /// Where invoices are sent.
    email: Option<String>,
    /// Whom to tell.
    mobile: Option<String>,
    /// Whether it is taken when none is named.
    is_default: bool,
}

impl From<SavedTitle> for InvoiceTitleOut {
    fn from(saved: SavedTitle) -> Self {
        let title = saved.title;
        Self {
            id: saved.id,
            kind: title.kind.as_str(),
            buyer_kind: title.buyer_kind.as_str(),
            title: title.title,
            tax_no: title.tax_no,
            address_phone: title.address_phone,
            bank_account: title.bank_account,
            email: title.email,
            mobile: title.mobile,
            is_default: saved.is_default,
        }
    }
}

/// Done.
#[derive(Serialize, ToSchema)]
pub(crate) struct TitleRemoved {
    /// Always true.
    removed: bool,
}

/// Lists a member's titles, the default first.
#[utoipa::path(
    get,
    path = "/api/v1/member/invoice-titles",
    tag = "member",
    operation_id = "member_invoice_titles",
    responses((status = 200, description = "All of them, at most 20",
        body = Envelope<Vec<InvoiceTitleOut>>))
)]
pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Answer<Vec<InvoiceTitleOut>> {
    let titles = api.app().invoice_titles(caller.member.member_id()).await?;
    Ok(ok(titles.into_iter().map(InvoiceTitleOut::from).collect()))
}

/// Adds a title.
#[utoipa::path(
    post,
    path = "/api/v1/member/invoice-titles",
    tag = "member",
    operation_id = "member_add_invoice_title",
    request_body = InvoiceTitleBody,
    responses(
        (status = 200, description = "The title", body = Envelope<InvoiceTitleOut>),
        (status = 409, description = "There are 20 already", body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<InvoiceTitleBody>,
) -> Answer<InvoiceTitleOut> {
    let (title, is_default) = body.read();
    let app = api.app().clone();
    let saved = run_to_end(async move {
        app.add_invoice_title(caller.member.member_id(), &title, is_default)
            .await
    })
    .await?;
    Ok(ok(saved.into()))
}

/// Shows a title.
#[utoipa::path(
    get,
    path = "/api/v1/member/invoice-titles/{id}",
    tag = "member",
    operation_id = "member_invoice_title",
    params(("id" = i64, Path, description = "Its id", example = 3)),
    responses(
        (status = 200, description = "The title", body = Envelope<InvoiceTitleOut>),
        (status = 404, description = "No such title of yours", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    At(TitleId(id)): At<TitleId>,
) -> Answer<InvoiceTitleOut> {
    let member = caller.member.member_id();
    Ok(ok(api.app().invoice_title(member, id).await?.into()))
}

/// Replaces what a title says. Invoices keep what was printed on them.
#[utoipa::path(
    put,
    path = "/api/v1/member/invoice-titles/{id}",
    tag = "member",
    operation_id = "member_change_invoice_title",
    params(("id" = i64, Path, description = "Its id", example = 3)),
    request_body = InvoiceTitleBody,
    responses(
        (status = 200, description = "The title", body = Envelope<InvoiceTitleOut>),
        (status = 404, description = "No such title of yours", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    At(TitleId(id)): At<TitleId>,
    Payload(body): Payload<InvoiceTitleBody>,
) -> Answer<InvoiceTitleOut> {
    let (title, is_default) = body.read();
    let app = api.app().clone();
    let saved = run_to_end(async move {
        app.change_invoice_title(caller.member.member_id(), id, &title, is_default)
            .await
    })
    .await?;
    Ok(ok(saved.into()))
}

/// Removes a title.
#[utoipa::path(
    delete,
    path = "/api/v1/member/invoice-titles/{id}",
    tag = "member",
    operation_id = "member_remove_invoice_title",
    params(("id" = i64, Path, description = "Its id", example = 3)),
    responses(
        (status = 200, description = "Gone", body = Envelope<TitleRemoved>),
        (status = 404, description = "No such title of yours", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    caller: Caller,
    At(TitleId(id)): At<TitleId>,
) -> Answer<TitleRemoved> {
    let app = api.app().clone();
    run_to_end(async move {
        app.remove_invoice_title(caller.member.member_id(), id)
            .await
    })
    .await?;
    Ok(ok(TitleRemoved { removed: true }))
}
