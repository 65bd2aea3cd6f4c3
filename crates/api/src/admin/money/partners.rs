//! Platforms that settle the bills of their users with us.

use super::receipt_key;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Named, Payload};
use crate::run_to_end::run_to_end;
use axum::extract::State;
use kernel::Fen;
use serde::{Deserialize, Serialize};
use store::ledger::AccountRow;
use utoipa::ToSchema;

/// A partner's account.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartnerOut {
    /// Which one: `api-` and the id of its key.
    #[schema(example = "api-3")]
    operator: String,
    /// What it owes us, fen; below nothing what we owe it.
    #[schema(example = 3579)]
    owes_fen: i64,
}

impl From<AccountRow> for PartnerOut {
    fn from(row: AccountRow) -> Self {
        let operator = row.code.strip_prefix("partner:").unwrap_or_default();
        Self {
            operator: operator.to_owned(),
            owes_fen: -row.balance_fen.0,
        }
    }
}

/// The name of a partner's account.
#[derive(Deserialize)]
pub(crate) struct Operator(String);

impl Named for Operator {
    const NAME: &'static str = "partner";
}

/// A payment of a partner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 3579, "key": "2026-11"}))]
pub(crate) struct ClearingBody {
    /// What came into our bank, fen; below nothing what we paid.
    #[schema(minimum = -1_000_000_000, maximum = 1_000_000_000)]
    amount_fen: i64,
    /// The statement's own number: the same again changes nothing.
    #[schema(max_length = 64)]
    key: String,
}

/// Lists what partners and we owe each other.
#[utoipa::path(
    get,
    path = "/api/v1/admin/partners",
    tag = "administration",
    operation_id = "list_partner_balances",
    extensions(("x-access" = json!("interconnect.clearing.view"))),
    responses((status = 200, description = "All of them", body = Envelope<Vec<PartnerOut>>))
)]
pub(crate) async fn list(State(api): State<Api>) -> Answer<Vec<PartnerOut>> {
    let rows = api.app().partner_balances().await?;
    Ok(ok(rows.into_iter().map(PartnerOut::from).collect()))
}

/// Records that a partner has paid its statement, or was paid.
#[utoipa::path(
    post,
    path = "/api/v1/admin/partners/{operator}/payments",
    tag = "administration",
    operation_id = "record_partner_payment",
    extensions(("x-access" = json!("interconnect.clearing.settle"))),
    params(("operator" = String, Path, description = "Which one", example = "api-3")),
    request_body = ClearingBody,
    responses(
        (status = 200, description = "What it owes now", body = Envelope<PartnerOut>),
        (status = 404, description = "No such partner", body = Refusal),
    )
)]
pub(crate) async fn clear(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(Operator(operator)): At<Operator>,
    Payload(body): Payload<ClearingBody>,
) -> Answer<PartnerOut> {
    let key = receipt_key(body.key)?;
    let app = api.app().clone();
    let cleared = run_to_end(async move {
        let amount = Fen(body.amount_fen);
        let balance = app.partner_cleared(&actor, &operator, amount, &key).await?;
        Ok::<_, app::AppError>(PartnerOut {
            operator,
            owes_fen: -balance.0,
        })
    })
    .await?;
    Ok(ok(cleared))
}
