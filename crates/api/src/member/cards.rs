//! Cards that a member holds.

use super::guard::Caller;
use super::sessions::MemberDone;
use crate::Api;
use crate::admin::CardNumber;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use app::{CardProof, MemberCard};
use axum::extract::State;
use domain::card::CardStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A card is to be bound. It fits when its telephone is the member's, or its password or the
/// number in its chip is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"card_no": "1000000001", "password": "1234"}))]
pub(crate) struct BindCardBody {
    /// The number printed on it.
    #[schema(max_length = 32)]
    card_no: String,
    /// What its holder types at devices.
    #[schema(max_length = 32)]
    password: Option<String>,
    /// The number in its chip, hexadecimal.
    #[schema(max_length = 32)]
    chip_no: Option<String>,
}

/// A member's card.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberCardOut {
    /// The number printed on it.
    #[schema(example = "1000000001")]
    card_no: String,
    /// `inactive`, `active`, `lost`, `blocked`, `cancelled`.
    #[schema(example = "active")]
    status: &'static str,
    /// `stored`: its own money pays; `account`: your wallet; `monthly`: paid for by the month.
    #[schema(example = "stored")]
    kind: &'static str,
    /// What is behind it, fen; none where no money is.
    balance_fen: Option<i64>,
    /// Most that one charge may cost, fen.
    limit_fen: i64,
    /// Most that its charges of one day may cost, fen.
    daily_limit_fen: Option<i64>,
    /// Most charges of one day.
    daily_times: Option<u32>,
    /// Whether you can report it found, or it is blocked by the operator.
    can_be_found: bool,
}

impl From<MemberCard> for MemberCardOut {
    fn from(own: MemberCard) -> Self {
        let card = own.row.card;
        Self {
            can_be_found: card.status == CardStatus::Lost,
            status: card.status.as_str(),
            kind: card.account.kind(),
            balance_fen: own.balance.map(|fen| fen.0),
            limit_fen: card.limit.0,
            daily_limit_fen: card.daily_limit.map(|fen| fen.0),
            daily_times: card.daily_times,
            card_no: card.card_no,
        }
    }
}

/// Lists the member's cards.
#[utoipa::path(
    get,
    path = "/api/v1/member/cards",
    tag = "member",
    operation_id = "member_cards",
    responses((status = 200, description = "All", body = Envelope<Vec<MemberCardOut>>))
)]
pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Answer<Vec<MemberCardOut>> {
    let cards = api.app().own_cards(caller.member.member_id()).await?;
    Ok(ok(cards.into_iter().map(MemberCardOut::from).collect()))
}

/// Binds a card.
#[utoipa::path(
    post,
    path = "/api/v1/member/cards",
    tag = "member",
    operation_id = "member_bind_card",
    request_body = BindCardBody,
    responses(
        (status = 200, description = "Bound", body = Envelope<MemberCardOut>),
        (status = 409, description = "`card and verification do not fit`, or it is somebody \
            else's", body = Refusal),
    )
)]
pub(crate) async fn bind(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<BindCardBody>,
) -> Answer<MemberCardOut> {
    let proof = CardProof {
        card_no: body.card_no,
        password: body.password,
        chip_no: body.chip_no,
    };
    let app = api.app().clone();
    let card = run_to_end(async move { app.bind_own_card(&caller.member, &proof).await }).await?;
    Ok(ok(card.into()))
}

/// Gives a card up.
#[utoipa::path(
    delete,
    path = "/api/v1/member/cards/{card_no}",
    tag = "member",
    operation_id = "member_unbind_card",
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "It is nobody's", body = Envelope<MemberDone>),
        (status = 404, description = "No such card of yours", body = Refusal),
        (status = 409, description = "Only the operator can take it back", body = Refusal),
    )
)]
pub(crate) async fn unbind(
    State(api): State<Api>,
    caller: Caller,
    At(card_no): At<CardNumber>,
) -> Answer<MemberDone> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    run_to_end(async move { app.unbind_own_card(member, &card_no.0).await }).await?;
    Ok(ok(MemberDone { done: true }))
}

/// Reports a card lost: no device serves it.
#[utoipa::path(
    post,
    path = "/api/v1/member/cards/{card_no}/loss",
    tag = "member",
    operation_id = "member_lose_card",
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "Lost", body = Envelope<MemberCardOut>),
        (status = 404, description = "No such card of yours", body = Refusal),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn lose(
    State(api): State<Api>,
    caller: Caller,
    At(card_no): At<CardNumber>,
) -> Answer<MemberCardOut> {
    reported(&api, caller, card_no, true).await
}

/// Reports a card found that was reported lost.
#[utoipa::path(
    post,
    path = "/api/v1/member/cards/{card_no}/unloss",
    tag = "member",
    operation_id = "member_find_card",
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "In use again", body = Envelope<MemberCardOut>),
        (status = 404, description = "No such card of yours", body = Refusal),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn find(
    State(api): State<Api>,
    caller: Caller,
    At(card_no): At<CardNumber>,
) -> Answer<MemberCardOut> {
    reported(&api, caller, card_no, false).await
}

async fn reported(
    api: &Api,
    caller: Caller,
    card_no: CardNumber,
    lost: bool,
) -> Answer<MemberCardOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let card = run_to_end(async move { app.lose_own_card(member, &card_no.0, lost).await }).await?;
    Ok(ok(card.into()))
}
