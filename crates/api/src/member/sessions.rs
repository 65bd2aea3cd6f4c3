//! Getting in and out, and what a member says about themselves.

use super::guard::Caller;
use crate::Api;
use crate::access::Address;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::Payload;
use crate::run_to_end::run_to_end;
use app::MemberTokens;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use serde::{Deserialize, Serialize};
use store::members::Member;
use utoipa::ToSchema;

/// Longest nickname, in characters.
const NICKNAME_MAX: usize = 32;
/// Longest id of another platform.
const ID_MAX: usize = 64;
/// Longest password, in bytes.
const PASSWORD_MAX: usize = 128;

/// A code is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "13800138000", "purpose": "login"}))]
pub(crate) struct MemberCode {
    /// Eleven digits.
    phone: String,
    /// `login` (also registers) or `password`.
    purpose: String,
}

/// Somebody wants in: with a code, or with a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "13800138000", "code": "123456"}))]
pub(crate) struct MemberLogin {
    /// Eleven digits.
    phone: String,
    /// Six digits.
    code: Option<String>,
    /// Instead of the code.
    password: Option<String>,
}

/// New tokens are wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberRefresh {
    /// From the last login or refresh; good once.
    refresh_token: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberSession {
    /// Goes with every call: `Authorization: Bearer …`.
    token: String,
    /// Gives new tokens, once.
    refresh_token: String,
    /// The token is good until then, Unix seconds.
    expires_at: i64,
    /// Who it is.
    member: MemberSelf,
}

/// A member, as they see themselves.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberSelf {
    /// Their number here.
    #[schema(example = 12)]
    id: i64,
    /// Eleven digits.
    #[schema(example = "13800138000")]
    phone: String,
    /// What they call themselves.
    nickname: Option<String>,
    /// Their level.
    level: i16,
    /// The company that pays for them.
    company_id: Option<i64>,
    /// May charge without paying before.
    post_pay: bool,
    /// Points.
    points: i64,
    /// Whether a password is set.
    has_password: bool,
    /// Since when they are here, Unix seconds.
    registered_at: i64,
}

/// What a member says about themselves; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberProfile {
    /// What they call themselves.
    #[schema(max_length = 32)]
    nickname: Option<String>,
    /// Who they are in WeChat, for paying there.
    wx_openid: Option<String>,
    /// Who they are in Alipay.
    ali_user_id: Option<String>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberPassword {
    /// From a message for `password`.
    code: String,
    /// At least ten characters.
    password: String,
}

/// Done.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberDone {
    /// Always true.
    pub(super) done: bool,
}

impl From<Member> for MemberSelf {
    fn from(member: Member) -> Self {
        Self {
            id: member.id,
            phone: member.phone,
            nickname: member.nickname,
            level: member.level,
            company_id: member.company_id,
            post_pay: member.post_pay,
            points: member.points,
            has_password: member.password_hash.is_some(),
            registered_at: member.registered_at.unix_seconds(),
        }
    }
}

impl From<MemberTokens> for MemberSession {
    fn from(tokens: MemberTokens) -> Self {
        Self {
            token: tokens.token,
            refresh_token: tokens.refresh_token,
            expires_at: tokens.expires_at.unix_seconds(),
            member: tokens.member.into(),
        }
    }
}

/// Sends a code by short message.
///
/// One a minute to a number, five an hour, ten a day; twenty an hour from an address. The answer
/// does not tell whether somebody is registered.
#[utoipa::path(
    post,
    path = "/api/v1/member/codes",
    tag = "member",
    operation_id = "member_send_code",
    request_body = MemberCode,
    responses(
        (status = 200, description = "On its way", body = Envelope<MemberDone>),
        (status = 409, description = "No codes are sent at present", body = Refusal),
    )
)]
pub(crate) async fn send_code(
    State(api): State<Api>,
    Address(ip): Address,
    Payload(body): Payload<MemberCode>,
) -> Answer<MemberDone> {
    let purpose = match body.purpose.as_str() {
        "login" => "login",
        "password" => "password",
        _ => return Err(Failure::invalid("purpose", "must be login or password")),
    };
    let app = api.app().clone();
    run_to_end(async move { app.send_code(&body.phone, purpose, ip.as_deref()).await }).await?;
    Ok(ok(MemberDone { done: true }))
}

/// Logs in, by code or password. A code registers who is new.
#[utoipa::path(
    post,
    path = "/api/v1/member/sessions",
    tag = "member",
    operation_id = "member_log_in",
    request_body = MemberLogin,
    responses(
        (status = 200, description = "The session", body = Envelope<MemberSession>),
        (status = 401, description = "Wrong, whatever of it", body = Refusal),
    )
)]
pub(crate) async fn log_in(
    State(api): State<Api>,
    Address(ip): Address,
    headers: HeaderMap,
    Payload(body): Payload<MemberLogin>,
) -> Answer<MemberSession> {
    let agent = headers.get(USER_AGENT);
    let agent = agent
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let app = api.app().clone();
    let tokens = run_to_end(async move {
        let MemberLogin {
            phone,
            code,
            password,
        } = body;
        match (code, password) {
            (Some(code), None) => {
                app.log_in_by_code(&phone, &code, ip.as_deref(), agent)
                    .await
            }
            (None, Some(password)) if password.len() <= PASSWORD_MAX => {
                app.log_in_by_password(&phone, password, ip.as_deref(), agent)
                    .await
            }
            _ => Err(app::AppError::Invalid {
                field: "code".to_owned(),
                problem: "or password is required, and not both".to_owned(),
            }),
        }
    })
    .await?;
    Ok(ok(tokens.into()))
}

/// Gives new tokens.
#[utoipa::path(
    post,
    path = "/api/v1/member/sessions/refresh",
    tag = "member",
    operation_id = "member_refresh",
    request_body = MemberRefresh,
    responses(
        (status = 200, description = "The session", body = Envelope<MemberSession>),
        (status = 401, description = "Not good, or used", body = Refusal),
    )
)]
pub(crate) async fn refresh(
    State(api): State<Api>,
    Payload(body): Payload<MemberRefresh>,
) -> Answer<MemberSession> {
    let app = api.app().clone();
    let tokens = run_to_end(async move { app.refresh_member(&body.refresh_token).await }).await?;
    Ok(ok(tokens.into()))
}

/// Logs out.
#[utoipa::path(
    delete,
    path = "/api/v1/member/sessions",
    tag = "member",
    operation_id = "member_log_out",
    responses((status = 200, description = "Out", body = Envelope<MemberDone>))
)]
pub(crate) async fn log_out(State(api): State<Api>, caller: Caller) -> Answer<MemberDone> {
    api.app().log_member_out(caller.session).await?;
    Ok(ok(MemberDone { done: true }))
}

/// Who is calling.
#[utoipa::path(
    get,
    path = "/api/v1/member/me",
    tag = "member",
    operation_id = "member_me",
    responses((status = 200, description = "The member", body = Envelope<MemberSelf>))
)]
pub(crate) async fn me(caller: Caller) -> Answer<MemberSelf> {
    Ok(ok(caller.member.clone().into()))
}

/// Changes what a member says about themselves.
#[utoipa::path(
    put,
    path = "/api/v1/member/me",
    tag = "member",
    operation_id = "member_change_me",
    request_body = MemberProfile,
    responses((status = 200, description = "The member", body = Envelope<MemberSelf>))
)]
pub(crate) async fn change_me(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<MemberProfile>,
) -> Answer<MemberSelf> {
    if body
        .nickname
        .as_ref()
        .is_some_and(|name| name.chars().count() > NICKNAME_MAX)
    {
        return Err(Failure::invalid(
            "nickname",
            "must have at most 32 characters",
        ));
    }
    for (field, id) in [
        ("wx_openid", &body.wx_openid),
        ("ali_user_id", &body.ali_user_id),
    ] {
        let plain = |id: &String| {
            id.len() <= ID_MAX
                && id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        };
        if id.as_ref().is_some_and(|id| !plain(id)) {
            return Err(Failure::invalid(
                field,
                "must be at most 64 letters and digits",
            ));
        }
    }
    let app = api.app().clone();
    let member = run_to_end(async move {
        app.change_me(
            caller.member.member_id(),
            body.nickname.as_deref(),
            body.wx_openid.as_deref(),
            body.ali_user_id.as_deref(),
        )
        .await
    })
    .await?;
    Ok(ok(member.into()))
}

/// Sets a password, by a code. All sessions end.
#[utoipa::path(
    post,
    path = "/api/v1/member/password",
    tag = "member",
    operation_id = "member_set_password",
    request_body = MemberPassword,
    responses(
        (status = 200, description = "Set", body = Envelope<MemberDone>),
        (status = 401, description = "The code is wrong", body = Refusal),
    )
)]
pub(crate) async fn set_password(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<MemberPassword>,
) -> Answer<MemberDone> {
    if body.password.len() > PASSWORD_MAX {
        return Err(Failure::invalid("password", "must have at most 128 bytes"));
    }
    let app = api.app().clone();
    run_to_end(async move {
        let member = &caller.member;
        app.set_member_password(member.member_id(), &member.phone, &body.code, body.password)
            .await
    })
    .await?;
    Ok(ok(MemberDone { done: true }))
}
