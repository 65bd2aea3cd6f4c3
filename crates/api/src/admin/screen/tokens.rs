//! Tokens for screens on walls.

use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use app::screen::NewScreenToken;
use axum::extract::State;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use store::screen_tokens::ScreenToken;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Longest name, in characters.
const NAME_MAX: usize = 64;

/// Their routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(list, make))
        .routes(routes!(revoke))
}

/// A token's row in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct ScreenTokenId(i64);

impl Named for ScreenTokenId {
    const NAME: &'static str = "token";
}

/// A token for screens, without its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreenTokenOut {
    /// Its row.
    screen_token_id: i64,
    /// What people call it.
    #[schema(example = "大厅左侧")]
    name: String,
    /// Whose rows it shows, with all below.
    org_id: i64,
    /// Of this area only.
    area_code: Option<String>,
    /// Who made it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
    /// It is good until then, Unix seconds; null: until somebody revokes it.
    expires_at: Option<i64>,
    /// Who revoked it.
    revoked_by: Option<String>,
    /// When, Unix seconds.
    revoked_at: Option<i64>,
    /// When it was last shown, to the minute, Unix seconds.
    last_used_at: Option<i64>,
}

impl From<ScreenToken> for ScreenTokenOut {
    fn from(row: ScreenToken) -> Self {
        Self {
            screen_token_id: row.id,
            name: row.name,
            org_id: row.org_id,
            area_code: row.area_code,
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
            expires_at: seconds(row.expires_at),
            revoked_by: row.revoked_by,
            revoked_at: seconds(row.revoked_at),
            last_used_at: seconds(row.last_used_at),
        }
    }
}

/// A token for screens with its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreenTokenMadeOut {
    /// The token.
    #[serde(flatten)]
    row: ScreenTokenOut,
    /// What a screen sends as `Authorization: Bearer …`; it is never told again.
    #[schema(example = "screen_5f0c…")]
    token: String,
}

/// A token to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "大厅左侧", "area_code": "510100"}))]
pub(crate) struct ScreenTokenBody {
    /// What people call it.
    #[schema(max_length = 64)]
    name: String,
    /// Whose rows it shows, with all below; the maker's own organisation when absent.
    org_id: Option<i64>,
    /// Of this area only: `510000` a province, `510100` a city, `510104` a district.
    area_code: Option<String>,
    /// It is good until then, Unix seconds; when absent until somebody revokes it.
    expires_at: Option<i64>,
}

super::super::money::paged_query! {
    /// Which tokens a list shows.
    ScreenTokenQuery {}
}

/// Lists tokens for screens, newest first; never their text.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen-tokens",
    tag = "administration",
    operation_id = "list_screen_tokens",
    extensions(("x-access" = json!("screen.token.view")), ("x-scope" = json!("org"))),
    params(ScreenTokenQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ScreenTokenOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenTokenQuery>,
) -> Answer<PageOut<ScreenTokenOut>> {
    let page = query.page_request()?;
    let page = api.app().list_screen_tokens(&scope, page).await?;
    Ok(ok(PageOut::of(page, ScreenTokenOut::from)))
}

/// Makes a token that opens the big screen and nothing else. Its text is told once.
#[utoipa::path(
    post,
    path = "/api/v1/admin/screen-tokens",
    tag = "administration",
    operation_id = "make_screen_token",
    extensions(
        ("x-access" = json!("screen.token.create")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!("token")),
    ),
    request_body = ScreenTokenBody,
    responses(
        (status = 200, description = "Made", body = Envelope<ScreenTokenMadeOut>),
        (status = 404, description = "No such organisation", body = Refusal),
    )
)]
pub(crate) async fn make(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<ScreenTokenBody>,
) -> Answer<ScreenTokenMadeOut> {
    let name = body.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(Failure::invalid("name", "must have 1 to 64 characters"));
    }
    let new = NewScreenToken {
        name,
        org_id: body.org_id,
        area_code: body.area_code,
        expires_at: body.expires_at.map(Timestamp::from_unix_seconds),
    };
    let app = api.app().clone();
    let made = run_to_end(async move { app.make_screen_token(&actor, &new).await }).await?;
    Ok(ok(ScreenTokenMadeOut {
        row: made.row.into(),
        token: made.token,
    }))
}

/// Revokes a token at once.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/screen-tokens/{screen_token_id}",
    tag = "administration",
    operation_id = "revoke_screen_token",
    extensions(("x-access" = json!("screen.token.delete")), ("x-audit" = json!("own"))),
    params(("screen_token_id" = i64, Path, description = "Its row", example = 1)),
    responses(
        (status = 200, description = "Revoked", body = Envelope<ScreenTokenOut>),
        (status = 404, description = "No such token", body = Refusal),
    )
)]
pub(crate) async fn revoke(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ScreenTokenId(id)): At<ScreenTokenId>,
) -> Answer<ScreenTokenOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.revoke_screen_token(&actor, id).await }).await?;
    Ok(ok(row.into()))
}
