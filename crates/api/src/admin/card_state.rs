//! Whose a card is, and whether it serves: bound, lost, found, blocked.

use super::cards::{CardNumber, CardOut};
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use app::staff::Actor;
use axum::extract::State;
use domain::card::CardStatus;
use kernel::MemberId;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Who gets a card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"member_id": 1}))]
pub(crate) struct CardBindBody {
    /// The member.
    member_id: i64,
}

/// Gives a card to a member. A stored-value card keeps its own money; one that cost nobody
/// anything is paid for by the member's wallet from then on.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cards/{card_no}/bind",
    tag = "administration",
    operation_id = "bind_card",
    extensions(
        ("x-access" = json!("user.card.bind")),
        ("x-dataset" = json!("cards")),
        ("x-audit" = json!("own")),
    ),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    request_body = CardBindBody,
    responses(
        (status = 200, description = "The card", body = Envelope<CardOut>),
        (status = 404, description = "No such card or member", body = Refusal),
        (status = 409, description = "It is somebody else's", body = Refusal),
    )
)]
pub(crate) async fn bind(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(card_no): At<CardNumber>,
    Payload(body): Payload<CardBindBody>,
) -> Answer<CardOut> {
    let app = api.app().clone();
    let row = run_to_end(async move {
        app.bind_card(&actor, &card_no.0, MemberId(body.member_id))
            .await
    })
    .await?;
    Ok(ok(row.into()))
}

/// Takes a card from its member. One that the member's wallet paid for is out of use then.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cards/{card_no}/unbind",
    tag = "administration",
    operation_id = "unbind_card",
    extensions(
        ("x-access" = json!("user.card.unbind")),
        ("x-dataset" = json!("cards")),
        ("x-audit" = json!("own")),
    ),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "The card", body = Envelope<CardOut>),
        (status = 404, description = "No such card", body = Refusal),
        (status = 409, description = "It is no member's", body = Refusal),
    )
)]
pub(crate) async fn unbind(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(card_no): At<CardNumber>,
) -> Answer<CardOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.unbind_card(&actor, &card_no.0).await }).await?;
    Ok(ok(row.into()))
}

/// Notes that a card is lost: no device serves it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cards/{card_no}/loss",
    tag = "administration",
    operation_id = "lose_card",
    extensions(
        ("x-access" = json!("user.card.loss")),
        ("x-dataset" = json!("cards")),
        ("x-audit" = json!("own")),
    ),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "The card", body = Envelope<CardOut>),
        (status = 404, description = "No such card", body = Refusal),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn lose(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(card_no): At<CardNumber>,
) -> Answer<CardOut> {
    moved(&api, actor, card_no, CardStatus::Lost, "user.card.loss").await
}

/// Puts a card that was lost or blocked into use again.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cards/{card_no}/unloss",
    tag = "administration",
    operation_id = "find_card",
    extensions(
        ("x-access" = json!("user.card.unloss")),
        ("x-dataset" = json!("cards")),
        ("x-audit" = json!("own")),
    ),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "The card", body = Envelope<CardOut>),
        (status = 404, description = "No such card", body = Refusal),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn find(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(card_no): At<CardNumber>,
) -> Answer<CardOut> {
    moved(&api, actor, card_no, CardStatus::Active, "user.card.unloss").await
}

/// Blocks a card: no device serves it, and its holder cannot lift it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cards/{card_no}/block",
    tag = "administration",
    operation_id = "block_card",
    extensions(
        ("x-access" = json!("user.card.block")),
        ("x-dataset" = json!("cards")),
        ("x-audit" = json!("own")),
    ),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "The card", body = Envelope<CardOut>),
        (status = 404, description = "No such card", body = Refusal),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn block(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(card_no): At<CardNumber>,
) -> Answer<CardOut> {
    moved(&api, actor, card_no, CardStatus::Blocked, "user.card.block").await
}

async fn moved(
    api: &Api,
    actor: Arc<Actor>,
    card_no: CardNumber,
    to: CardStatus,
    action: &'static str,
) -> Answer<CardOut> {
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.move_card(&actor, &card_no.0, to, action).await }).await?;
    Ok(ok(row.into()))
}
