//! Accounts of the console.

use super::{AdminId, SessionOf, mobile, named, optional, sorted};
use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::operations::OperationOut;
use crate::view::{PageOut, PageQuery, seconds};
use app::staff::{MAKE_SUPER, NewAccount, PasswordReset, Proposal};
use axum::extract::State;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::admin_sessions::AdminSession;
use store::admin_users::{self, AdminEntry, AdminFilter, AdminUser};
use utoipa::{IntoParams, ToSchema};

/// Roles of one account.
const ROLES_MAX: usize = 20;

/// An account.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent traits of an account"
)]
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminOut {
    /// Its id.
    #[schema(example = 1)]
    admin_id: i64,
    /// What it logs in with.
    #[schema(example = "admin")]
    username: String,
    /// Who it is.
    real_name: Option<String>,
    /// Telephone.
    phone: Option<String>,
    /// Where it works.
    org_id: i64,
    /// Its roles.
    role_ids: Vec<i64>,
    /// Has every permission.
    is_super: bool,
    /// Whether it may log in.
    enabled: bool,
    /// Whether it has a second factor.
    has_second_factor: bool,
    /// Nothing but a new password is accepted.
    must_change_password: bool,
    /// It cannot log in before then, after too many failures, Unix seconds; none: it is not locked.
    locked_until: Option<i64>,
    /// Last login, Unix seconds.
    last_login_at: Option<i64>,
    /// Where from.
    last_login_ip: Option<String>,
    /// When it was made, Unix seconds.
    created_at: i64,
}

impl From<AdminUser> for AdminOut {
    fn from(row: AdminUser) -> Self {
        Self {
            admin_id: row.id,
            username: row.username,
            real_name: row.real_name,
            phone: row.phone,
            org_id: row.org_id,
            role_ids: row.role_ids,
            is_super: row.is_super,
            enabled: row.enabled,
            has_second_factor: row.totp_secret.is_some(),
            must_change_password: row.must_change_password,
            locked_until: None,
            last_login_at: seconds(row.last_login_at),
            last_login_ip: row.last_login_ip,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

impl AdminOut {
    /// The same with what failed logins came to.
    fn with(self, locks: &HashMap<String, Timestamp>) -> Self {
        Self {
            locked_until: seconds(locks.get(&self.username).copied()),
            ..self
        }
    }
}

/// An account with a password that was made for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminMade {
    /// The account.
    admin: AdminOut,
    /// The password, where it was made here; shown once. To be changed at the next login.
    password: Option<String>,
}

impl From<PasswordReset> for AdminMade {
    fn from(reset: PasswordReset) -> Self {
        Self {
            admin: reset.account.into(),
            password: reset.password,
        }
    }
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "clerk", "org_id": 1, "role_ids": []}))]
pub(crate) struct NewAdminBody {
    /// 3 to 32 letters, digits, `.`, `_`, `-`; upper and lower case are the same.
    username: String,
    /// Its first password; a random one when absent.
    password: Option<String>,
    /// Where it works.
    org_id: i64,
    /// Its roles: of that organisation or one above.
    #[serde(default)]
    role_ids: Vec<i64>,
    /// Who it is.
    real_name: Option<String>,
    /// Telephone.
    phone: Option<String>,
}

/// What is written about an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"real_name": "张三", "role_ids": []}))]
pub(crate) struct AdminBody {
    /// Its roles: of its organisation or one above.
    #[serde(default)]
    role_ids: Vec<i64>,
    /// Who it is.
    real_name: Option<String>,
    /// Telephone.
    phone: Option<String>,
}

fn entry(
    role_ids: Vec<i64>,
    real_name: Option<String>,
    phone: Option<String>,
) -> Result<AdminEntry, Failure> {
    if role_ids.len() > ROLES_MAX {
        return Err(Failure::invalid("role_ids", "must be at most 20"));
    }
    Ok(AdminEntry {
        real_name: optional("real_name", real_name, 50)?,
        phone: mobile(optional("phone", phone, 20)?)?,
        role_ids,
    })
}

fn username(said: &str) -> Result<String, Failure> {
    let name = named("username", said, 32)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.len() < 3 || !name.bytes().all(plain) {
        return Err(Failure::invalid(
            "username",
            "must be 3 to 32 letters, digits, `.`, `_` or `-`",
        ));
    }
    Ok(name)
}

/// Which accounts a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdminQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// `username`, `last_login_at`, `created_at`; with `-` before it the other way round.
    sort: Option<String>,
    /// Of this organisation only.
    org_id: Option<i64>,
    /// With this role only.
    role_id: Option<i64>,
    /// With this user name only.
    username: Option<String>,
    /// With this telephone only.
    phone: Option<String>,
    /// That may, or may not, log in.
    enabled: Option<bool>,
}

impl PageQuery for AdminQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists accounts.
#[utoipa::path(
    get,
    path = "/api/v1/admin/admins",
    tag = "console",
    operation_id = "list_admins",
    extensions(
        ("x-access" = json!("system.admin.view")),
        ("x-dataset" = json!("admins")),
        ("x-scope" = json!("org")),
    ),
    params(AdminQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<AdminOut>>),
        (status = 404, description = "No such organisation", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<AdminQuery>,
) -> Answer<PageOut<AdminOut>> {
    let request = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), admin_users::SORT)?;
    let filter = AdminFilter {
        org_id: query.org_id,
        role_id: query.role_id,
        username: query.username.as_ref().map(|name| name.to_lowercase()),
        phone: query.phone.clone(),
        enabled: query.enabled,
        scope,
    };
    let page = api.app().list_accounts(&filter, sort, request).await?;
    let names = page.items.iter().map(|row| row.username.as_str());
    let locks = api.app().locks_of(names).await?;
    Ok(ok(PageOut::of(page, |row| {
        AdminOut::from(row).with(&locks)
    })))
}

/// Makes an account.
#[utoipa::path(
    post,
    path = "/api/v1/admin/admins",
    tag = "console",
    operation_id = "create_admin",
    extensions(
        ("x-access" = json!("system.admin.create")),
        ("x-dataset" = json!("admins")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!("password")),
    ),
    request_body = NewAdminBody,
    responses(
        (status = 200, description = "The account", body = Envelope<AdminMade>),
        (status = 404, description = "No such organisation", body = Refusal),
        (status = 409, description = "`user name exists`", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<NewAdminBody>,
) -> Answer<AdminMade> {
    let new = NewAccount {
        username: username(&body.username)?,
        password: body.password,
        org_id: body.org_id,
        entry: entry(body.role_ids, body.real_name, body.phone)?,
    };
    let app = api.app().clone();
    let made = run_to_end(async move { app.create_account(&actor, new).await }).await?;
    Ok(ok(made.into()))
}

/// Shows an account.
#[utoipa::path(
    get,
    path = "/api/v1/admin/admins/{admin_id}",
    tag = "console",
    operation_id = "show_admin",
    extensions(("x-access" = json!("system.admin.view")), ("x-dataset" = json!("admins"))),
    params(("admin_id" = i64, Path, description = "The account", example = 1)),
    responses(
        (status = 200, description = "The account", body = Envelope<AdminOut>),
        (status = 404, description = "No such account", body = Refusal),
    )
)]
pub(crate) async fn show(State(api): State<Api>, At(id): At<AdminId>) -> Answer<AdminOut> {
    let row = api.app().account(id.0).await?;
    let locks = api
        .app()
        .locks_of([row.username.as_str()].into_iter())
        .await?;
    Ok(ok(AdminOut::from(row).with(&locks)))
}

/// Replaces what is written about an account.
#[utoipa::path(
    put,
    path = "/api/v1/admin/admins/{admin_id}",
    tag = "console",
    operation_id = "change_admin",
    extensions(
        ("x-access" = json!("system.admin.edit")),
        ("x-dataset" = json!("admins")),
        ("x-audit" = json!("own")),
    ),
    params(("admin_id" = i64, Path, description = "The account", example = 1)),
    request_body = AdminBody,
    responses(
        (status = 200, description = "The account", body = Envelope<AdminOut>),
        (status = 404, description = "No such account", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<AdminId>,
    Payload(body): Payload<AdminBody>,
) -> Answer<AdminOut> {
    let entry = entry(body.role_ids, body.real_name, body.phone)?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.change_account(&actor, id.0, entry).await }).await?;
    Ok(ok(row.into()))
}

/// Whether something is in use.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": false}))]
pub(crate) struct EnabledBody {
    /// Whether it is.
    pub(super) enabled: bool,
}

/// Lets an account log in, or not. Its sessions end.
#[utoipa::path(
    put,
    path = "/api/v1/admin/admins/{admin_id}/state",
    tag = "console",
    operation_id = "enable_admin",
    extensions(
        ("x-access" = json!("system.admin.disable")),
        ("x-dataset" = json!("admins")),
        ("x-audit" = json!("own")),
    ),
    params(("admin_id" = i64, Path, description = "The account", example = 1)),
    request_body = EnabledBody,
    responses(
        (status = 200, description = "The account", body = Envelope<AdminOut>),
        (status = 404, description = "No such account", body = Refusal),
        (status = 409, description = "One's own account", body = Refusal),
    )
)]
pub(crate) async fn enable(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<AdminId>,
    Payload(body): Payload<EnabledBody>,
) -> Answer<AdminOut> {
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.enable_account(&actor, id.0, body.enabled).await }).await?;
    Ok(ok(row.into()))
}

/// Gives an account a random password and takes its second factor away. Its sessions end.
#[utoipa::path(
    post,
    path = "/api/v1/admin/admins/{admin_id}/password",
    tag = "console",
    operation_id = "reset_admin_password",
    extensions(
        ("x-access" = json!("system.admin.reset_password")),
        ("x-dataset" = json!("admins")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!("password")),
    ),
    params(("admin_id" = i64, Path, description = "The account", example = 1)),
    responses(
        (status = 200, description = "The password, once", body = Envelope<AdminMade>),
        (status = 404, description = "No such account", body = Refusal),
    )
)]
pub(crate) async fn reset_password(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<AdminId>,
) -> Answer<AdminMade> {
    let app = api.app().clone();
    let made = run_to_end(async move { app.reset_password(&actor, id.0).await }).await?;
    Ok(ok(made.into()))
}

/// Forgets the failed logins of an account.
#[utoipa::path(
    post,
    path = "/api/v1/admin/admins/{admin_id}/unlock",
    tag = "console",
    operation_id = "unlock_admin",
    extensions(
        ("x-access" = json!("system.admin.unlock")),
        ("x-dataset" = json!("admins")),
        ("x-audit" = json!("own")),
    ),
    params(("admin_id" = i64, Path, description = "The account", example = 1)),
    responses(
        (status = 200, description = "The account", body = Envelope<AdminOut>),
        (status = 404, description = "No such account", body = Refusal),
    )
)]
pub(crate) async fn unlock(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<AdminId>,
) -> Answer<AdminOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.unlock_account(&actor, id.0).await }).await?;
    Ok(ok(row.into()))
}

/// Proposes to make an account a super administrator; another super administrator must confirm.
#[utoipa::path(
    post,
    path = "/api/v1/admin/admins/{admin_id}/super",
    tag = "console",
    operation_id = "propose_super_admin",
    extensions(("x-access" = json!("system.admin.edit")), ("x-audit" = json!("own"))),
    params(("admin_id" = i64, Path, description = "The account", example = 1)),
    responses(
        (status = 200, description = "What waits now", body = Envelope<OperationOut>),
        (status = 404, description = "No such account", body = Refusal),
    )
)]
pub(crate) async fn make_super(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<AdminId>,
) -> Answer<OperationOut> {
    let row = api.app().account(id.0).await?;
    let proposal = Proposal {
        kind: MAKE_SUPER.to_owned(),
        payload: serde_json::json!({ "admin_id": id.0 }),
        summary: format!("将 {} 设为超级管理员", row.username),
    };
    let app = api.app().clone();
    let operation = run_to_end(async move { app.propose(&actor, proposal).await }).await?;
    Ok(ok(operation.into()))
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminSessionOut {
    /// Its id.
    session_id: i64,
    /// Where the login came from.
    ip: Option<String>,
    /// What it came from.
    user_agent: Option<String>,
    /// When it began, Unix seconds.
    created_at: i64,
    /// When its token expires, Unix seconds.
    expires_at: i64,
    /// When it was ended, Unix seconds.
    ended_at: Option<i64>,
    /// `logout`, `kicked`, `password`, `disabled`, `refreshed`, `replayed`.
    ended_by: Option<String>,
}

impl From<AdminSession> for AdminSessionOut {
    fn from(row: AdminSession) -> Self {
        Self {
            session_id: row.id,
            ip: row.ip,
            user_agent: row.user_agent,
            created_at: row.created_at.unix_seconds(),
            expires_at: row.expires_at.unix_seconds(),
            ended_at: seconds(row.ended_at),
            ended_by: row.ended_by,
        }
    }
}

/// Which page of sessions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for SessionQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists the sessions of an account, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/admins/{admin_id}/sessions",
    tag = "console",
    operation_id = "list_admin_sessions",
    extensions(("x-access" = json!("system.admin.view")), ("x-dataset" = json!("admins"))),
    params(("admin_id" = i64, Path, description = "The account", example = 1), SessionQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<AdminSessionOut>>),
        (status = 404, description = "No such account", body = Refusal),
    )
)]
pub(crate) async fn sessions(
    State(api): State<Api>,
    At(id): At<AdminId>,
    Filter(query): Filter<SessionQuery>,
) -> Answer<PageOut<AdminSessionOut>> {
    let request = query.page_request()?;
    api.app().account(id.0).await?;
    let page = api.app().list_sessions(id.0, request).await?;
    Ok(ok(PageOut::of(page, AdminSessionOut::from)))
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Kicked {
    /// Sessions.
    ended: u64,
}

/// Ends all sessions of an account.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/admins/{admin_id}/sessions",
    tag = "console",
    operation_id = "kick_admin",
    extensions(("x-access" = json!("system.admin.kick")), ("x-audit" = json!("own"))),
    params(("admin_id" = i64, Path, description = "The account", example = 1)),
    responses(
        (status = 200, description = "How many ended", body = Envelope<Kicked>),
        (status = 404, description = "No such account", body = Refusal),
    )
)]
pub(crate) async fn kick_all(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<AdminId>,
) -> Answer<Kicked> {
    let app = api.app().clone();
    let ended = run_to_end(async move { app.kick(&actor, id.0, None).await }).await?;
    Ok(ok(Kicked { ended }))
}

/// Ends a session of an account.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/admins/{admin_id}/sessions/{session_id}",
    tag = "console",
    operation_id = "kick_admin_session",
    extensions(("x-access" = json!("system.admin.kick")), ("x-audit" = json!("own"))),
    params(
        ("admin_id" = i64, Path, description = "The account", example = 1),
        ("session_id" = i64, Path, description = "The session", example = 1),
    ),
    responses(
        (status = 200, description = "How many ended", body = Envelope<Kicked>),
        (status = 404, description = "No such session of that account", body = Refusal),
    )
)]
pub(crate) async fn kick(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(SessionOf(id, session)): At<SessionOf>,
) -> Answer<Kicked> {
    let app = api.app().clone();
    let ended = run_to_end(async move { app.kick(&actor, id, Some(session)).await }).await?;
    Ok(ok(Kicked { ended }))
}
