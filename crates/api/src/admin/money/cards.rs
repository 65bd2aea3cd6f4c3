//! Money of stored-value cards, at the counter.

use super::receipt_key;
use crate::Api;
use crate::admin::cards::CardNumber;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use axum::extract::State;
use kernel::Fen;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Money in or out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 10000, "key": "2026-01-02-17"}))]
pub(crate) struct CounterBody {
    /// How much, fen.
    #[schema(minimum = 1, maximum = 10_000_000)]
    amount_fen: i64,
    /// The receipt's own number: the same again changes nothing.
    #[schema(max_length = 64)]
    key: String,
}

/// What a card holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct CardMoney {
    /// The card.
    card_no: String,
    /// Free, fen.
    #[schema(example = 10_000)]
    balance_fen: i64,
}

impl CounterBody {
    /// The sum and the key of the deed.
    fn read(self) -> Result<(Fen, String), Failure> {
        Ok((Fen(self.amount_fen), receipt_key(self.key)?))
    }
}

/// Tops a stored-value card up with cash.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cards/{card_no}/recharge",
    tag = "administration",
    operation_id = "recharge_card",
    extensions(
        ("x-access" = json!("user.card.recharge")),
        ("x-dataset" = json!("cards")),
        ("x-scope" = json!("platform")),
    ),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    request_body = CounterBody,
    responses(
        (status = 200, description = "What it holds now", body = Envelope<CardMoney>),
        (status = 404, description = "No such card", body = Refusal),
        (status = 409, description = "It holds no money of its own", body = Refusal),
    )
)]
pub(crate) async fn recharge(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(card_no): At<CardNumber>,
    Payload(body): Payload<CounterBody>,
) -> Answer<CardMoney> {
    let (amount, key) = body.read()?;
    let app = api.app().clone();
    let money = run_to_end(async move {
        let key = format!("{}:{key}", card_no.0);
        let balance = app
            .recharge_card(&actor.name, &card_no.0, amount, &key)
            .await?;
        Ok::<_, app::AppError>(CardMoney {
            card_no: card_no.0,
            balance_fen: balance.0,
        })
    })
    .await?;
    Ok(ok(money))
}

/// Pays money of a stored-value card back in cash.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cards/{card_no}/refund",
    tag = "administration",
    operation_id = "refund_card",
    extensions(
        ("x-access" = json!("user.card.refund")),
        ("x-dataset" = json!("cards")),
        ("x-scope" = json!("platform")),
    ),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    request_body = CounterBody,
    responses(
        (status = 200, description = "What it holds now", body = Envelope<CardMoney>),
        (status = 404, description = "No such card", body = Refusal),
        (status = 409, description = "It holds less", body = Refusal),
    )
)]
pub(crate) async fn refund(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(card_no): At<CardNumber>,
    Payload(body): Payload<CounterBody>,
) -> Answer<CardMoney> {
    let (amount, key) = body.read()?;
    let app = api.app().clone();
    let money = run_to_end(async move {
        let key = format!("{}:{key}", card_no.0);
        let balance = app
            .refund_card(&actor.name, &card_no.0, amount, &key)
            .await?;
        Ok::<_, app::AppError>(CardMoney {
            card_no: card_no.0,
            balance_fen: balance.0,
        })
    })
    .await?;
    Ok(ok(money))
}

/// What a stored-value card holds.
#[utoipa::path(
    get,
    path = "/api/v1/admin/cards/{card_no}/balance",
    tag = "administration",
    operation_id = "card_balance",
    extensions(("x-access" = json!("user.card.view")), ("x-dataset" = json!("cards"))),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "What it holds", body = Envelope<CardMoney>),
        (status = 404, description = "No such card", body = Refusal),
    )
)]
pub(crate) async fn balance(
    State(api): State<Api>,
    At(card_no): At<CardNumber>,
) -> Answer<CardMoney> {
    api.app().card(&card_no.0).await?;
    let balance = api.app().card_balance(&card_no.0).await?;
    Ok(ok(CardMoney {
        card_no: card_no.0,
        balance_fen: balance.0,
    }))
}
