//! Logging in and out, and who one is.

use crate::console::{Acting, COOKIE, hidden_fields};
use crate::envelope::{Answer, Envelope, Success, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::Payload;
use crate::run_to_end::run_to_end;
use crate::staff::permissions::EntryOut;
use crate::{Api, Peer};
use app::staff::{Actor, Credentials, LoggedIn};
use axum::extract::{Extension, State};
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::permission::sidebar;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Longest user name and password that are looked at.
const TEXT_MAX: usize = 128;

/// What is typed at the console.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "admin", "password": "correct horse 1"}))]
pub(crate) struct StaffLogInBody {
    /// User name; upper and lower case are the same.
    username: String,
    /// Password.
    password: String,
    /// Six digits, for accounts with a second factor.
    code: Option<String>,
}

/// What gives new tokens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffRefreshBody {
    /// From the last login or refresh; good once.
    refresh_token: String,
}

/// Who somebody is and what they may do: what every page of the console is given.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffOut {
    /// The account; none for an API key.
    admin_id: Option<i64>,
    /// User name, or `api:7` for a key.
    #[schema(example = "admin")]
    username: String,
    /// Who that is.
    real_name: Option<String>,
    /// Where they work.
    org_id: i64,
    /// `platform`, `agent`, `merchant`, `company`.
    #[schema(value_type = String, example = "platform")]
    org_type: domain::org::OrgType,
    /// Its name.
    org_name: String,
    /// Ids from the root down to it.
    #[schema(example = "/1/")]
    org_path: String,
    /// Has every permission.
    is_super: bool,
    /// Nothing but a new password is accepted.
    must_change_password: bool,
    /// Six digits are asked for beside the password at the login.
    has_second_factor: bool,
    /// Who looks through these eyes, where somebody does; the session only reads then.
    viewer: Option<String>,
    /// Their roles.
    role_ids: Vec<i64>,
    /// The menus and pages that they see.
    sidebar: Vec<EntryOut>,
    /// Version of the permission tree.
    version: i32,
    /// Functions (功能权限): a tree whose leaves carry `toggle`.
    #[serde(rename = "accessPermission")]
    #[schema(value_type = Vec<Object>)]
    access_permission: Value,
    /// Fields of the database (数据库字段权限): a tree whose leaves carry `toggle`.
    #[serde(rename = "datasetPermission")]
    #[schema(value_type = Vec<Object>)]
    dataset_permission: Value,
    /// Names of fields that answers lack, by dataset.
    #[schema(example = json!({"orders": ["member_phone"]}))]
    hidden_fields: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl From<&Actor> for StaffOut {
    fn from(actor: &Actor) -> Self {
        let tree = actor.tree();
        Self {
            admin_id: actor.admin_id,
            username: actor.name.clone(),
            real_name: actor.real_name.clone(),
            org_id: actor.org_id,
            org_type: actor.org_type,
            org_name: actor.org_name.clone(),
            org_path: actor.org_path.clone(),
            is_super: actor.is_super,
            must_change_password: actor.must_change_password,
            has_second_factor: actor.has_second_factor,
            viewer: actor.viewer.as_ref().map(|viewer| viewer.name.clone()),
            role_ids: actor.role_ids.clone(),
            sidebar: sidebar(&tree).into_iter().map(EntryOut::from).collect(),
            version: tree.version,
            access_permission: serde_json::to_value(tree.access).unwrap_or_default(),
            dataset_permission: serde_json::to_value(tree.dataset).unwrap_or_default(),
            hidden_fields: hidden_fields(actor),
        }
    }
}

/// A session, with its tokens for the only time.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffSessionOut {
    /// Goes into `Authorization: Bearer …`. The answer also sets it as a cookie, for browsers.
    token: String,
    /// Gives new tokens.
    refresh_token: String,
    /// The token is good until then, Unix seconds.
    expires_at: i64,
    /// New tokens are given until then, Unix seconds.
    refresh_until: i64,
    /// Who logged in.
    me: StaffOut,
}

fn begun(logged_in: &LoggedIn) -> Response {
    let age = (logged_in.expires_at.0 - crate::call::Call::current().at.0) / 1000;
    let cookie = format!(
        "{COOKIE}={}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Strict",
        logged_in.token
    );
    let out = StaffSessionOut {
        token: logged_in.token.clone(),
        refresh_token: logged_in.refresh_token.clone(),
        expires_at: logged_in.expires_at.unix_seconds(),
        refresh_until: logged_in.refresh_until.unix_seconds(),
        me: StaffOut::from(&logged_in.actor),
    };
    with_cookie(ok(out), &cookie)
}

fn with_cookie<T: Serialize>(success: Success<T>, cookie: &str) -> Response {
    let mut response = success.into_response();
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn address_of(peer: Option<&Extension<Peer>>) -> Option<String> {
    peer.map(|Extension(Peer(address))| address.ip().to_canonical().to_string())
}

fn agent(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(USER_AGENT)?.to_str().ok()?.to_owned())
}

/// Logs in. After five failures in a row the name is locked for a quarter of an hour, then for
/// longer and longer; an address after twenty.
#[utoipa::path(
    post,
    path = "/api/v1/admin/session",
    tag = "console",
    operation_id = "log_in",
    extensions(("x-access" = json!("public")), ("x-scope" = json!("any"))),
    request_body = StaffLogInBody,
    responses((status = 200, description = "Logged in", body = Envelope<StaffSessionOut>))
)]
pub(crate) async fn log_in(
    State(api): State<Api>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Payload(body): Payload<StaffLogInBody>,
) -> Result<Response, Failure> {
    if body.username.len() > TEXT_MAX || body.password.len() > TEXT_MAX {
        return Err(Failure::invalid("username", "or password is too long"));
    }
    let credentials = Credentials {
        username: body.username,
        password: body.password,
        code: body.code,
        ip: address_of(peer.as_ref()),
        user_agent: agent(&headers),
    };
    let app = api.app().clone();
    let logged_in = run_to_end(async move { app.log_in(credentials).await }).await?;
    Ok(begun(&logged_in))
}

/// Gives new tokens; the old ones are over.
#[utoipa::path(
    post,
    path = "/api/v1/admin/session/refresh",
    tag = "console",
    operation_id = "refresh_session",
    extensions(("x-access" = json!("public")), ("x-scope" = json!("any"))),
    request_body = StaffRefreshBody,
    responses((status = 200, description = "New tokens", body = Envelope<StaffSessionOut>))
)]
pub(crate) async fn refresh(
    State(api): State<Api>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Payload(body): Payload<StaffRefreshBody>,
) -> Result<Response, Failure> {
    let (ip, agent) = (address_of(peer.as_ref()), agent(&headers));
    let app = api.app().clone();
    let logged_in =
        run_to_end(async move { app.refresh_session(&body.refresh_token, ip, agent).await })
            .await?;
    Ok(begun(&logged_in))
}

/// Nothing more to say.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffDone {
    /// Always true.
    done: bool,
}

impl StaffDone {
    pub(super) const fn new() -> Self {
        Self { done: true }
    }
}

/// Logs out.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/session",
    tag = "console",
    operation_id = "log_out",
    extensions(
        ("x-access" = json!("session")),
        ("x-scope" = json!("any")),
        ("x-audit" = json!("own")),
    ),
    responses((status = 200, description = "Logged out", body = Envelope<StaffDone>))
)]
pub(crate) async fn log_out(
    State(api): State<Api>,
    Acting(actor): Acting,
) -> Result<Response, Failure> {
    let app = api.app().clone();
    run_to_end(async move { app.log_out(&actor).await }).await?;
    let gone = format!("{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
    Ok(with_cookie(ok(StaffDone::new()), &gone))
}

/// Tells who one is and what one may do.
#[utoipa::path(
    get,
    path = "/api/v1/admin/session",
    tag = "console",
    operation_id = "show_session",
    extensions(("x-access" = json!("session")), ("x-scope" = json!("any"))),
    responses((status = 200, description = "Who one is", body = Envelope<StaffOut>))
)]
pub(crate) async fn show(Acting(actor): Acting) -> Answer<StaffOut> {
    Ok(ok(StaffOut::from(&*actor)))
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffPasswordBody {
    /// The present one.
    old_password: String,
    /// At least 10 characters, letters and others, not the user name.
    new_password: String,
}

/// Changes one's password. All other sessions end.
#[utoipa::path(
    put,
    path = "/api/v1/admin/session/password",
    tag = "console",
    operation_id = "change_password",
    extensions(
        ("x-access" = json!("session")),
        ("x-scope" = json!("any")),
        ("x-audit" = json!("own")),
    ),
    request_body = StaffPasswordBody,
    responses(
        (status = 200, description = "Changed", body = Envelope<StaffDone>),
        (status = 404, description = "A key has no password", body = Refusal),
    )
)]
pub(crate) async fn change_password(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<StaffPasswordBody>,
) -> Answer<StaffDone> {
    let app = api.app().clone();
    run_to_end(async move {
        app.change_password(&actor, body.old_password, body.new_password)
            .await
    })
    .await?;
    Ok(ok(StaffDone::new()))
}

/// A secret that may become a second factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactorOut {
    /// Base32.
    secret: String,
    /// What authenticator programs read.
    url: String,
}

/// Offers a secret for a second factor. It holds only when it is sent back with a code.
#[utoipa::path(
    post,
    path = "/api/v1/admin/session/totp",
    tag = "console",
    operation_id = "offer_second_factor",
    extensions(
        ("x-access" = json!("session")),
        ("x-scope" = json!("any")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!(["secret", "url"])),
    ),
    responses((status = 200, description = "A secret", body = Envelope<FactorOut>))
)]
pub(crate) async fn offer_factor(
    State(api): State<Api>,
    Acting(actor): Acting,
) -> Answer<FactorOut> {
    let offer = api.app().offer_second_factor(&actor);
    Ok(ok(FactorOut {
        secret: offer.secret,
        url: offer.url,
    }))
}

/// A second factor, proven by a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorBody {
    /// The new secret; none takes the second factor away.
    secret: Option<String>,
    /// Six digits of the new secret, or of the old one to take it away.
    code: String,
}

/// Sets one's second factor, or takes it away.
#[utoipa::path(
    put,
    path = "/api/v1/admin/session/totp",
    tag = "console",
    operation_id = "set_second_factor",
    extensions(
        ("x-access" = json!("session")),
        ("x-scope" = json!("any")),
        ("x-audit" = json!("own")),
    ),
    request_body = FactorBody,
    responses(
        (status = 200, description = "Set", body = Envelope<StaffDone>),
        (status = 404, description = "A key has no second factor", body = Refusal),
        (status = 409, description = "There is none to take away", body = Refusal),
    )
)]
pub(crate) async fn set_factor(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<FactorBody>,
) -> Answer<StaffDone> {
    let app = api.app().clone();
    run_to_end(async move {
        app.set_second_factor(&actor, body.secret.as_deref(), &body.code)
            .await
    })
    .await?;
    Ok(ok(StaffDone::new()))
}
