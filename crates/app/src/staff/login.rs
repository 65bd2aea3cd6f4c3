use super::look_as::actor_of_session;
use super::{Actor, second_factor, token};
use crate::money::raise;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::login::Subject;
use domain::org::OrgType;
use kernel::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::admin_sessions::{self, NewSession};
use store::admin_users::{self, AdminUser};
use store::{Conn, Tx, audit_logs, login_attempts, orgs, roles, station_grants, stations};
use tracing::{info, warn};

/// A token is good for so long.
const TOKEN_TTL: Duration = Duration::from_hours(2);
/// A new one is given for so long.
const REFRESH_TTL: Duration = Duration::from_hours(12);
/// A refresh token that comes again so soon was not stolen.
const REFRESH_GRACE: Duration = Duration::from_secs(30);
/// Ended sessions are shown for so long.
const SESSIONS_KEPT: Duration = Duration::from_hours(90 * 24);
/// Failed logins count for so long.
const ATTEMPTS_KEPT: Duration = Duration::from_hours(3 * 24);
/// The audit log is kept for so long (`log retention: audit 365 d`).
const AUDIT_KEPT: Duration = Duration::from_hours(365 * 24);
/// The one answer to everything that is wrong with a login.
const WRONG: AppError = AppError::Unauthorized("wrong user name, password or code");
/// The one answer to everything that is wrong with a token.
const NO_SESSION: AppError = AppError::Unauthorized("the session is over");

/// What somebody types at the console.
#[derive(Clone)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
    /// Six digits of the second factor.
    pub code: Option<String>,
    /// Where the call came from.
    pub ip: Option<String>,
    /// What it came from.
    pub user_agent: Option<String>,
}

/// A session, with its tokens for the only time.
#[derive(Clone)]
pub struct LoggedIn {
    /// Goes with every call.
    pub token: String,
    /// Gives new tokens.
    pub refresh_token: String,
    /// The token is good until then.
    pub expires_at: Timestamp,
    /// New tokens are given until then.
    pub refresh_until: Timestamp,
    /// Who logged in.
    pub actor: Actor,
}

impl App {
    /// Logs somebody in.
    ///
    /// # Errors
    /// [`AppError::Unauthorized`], the same for everything that is wrong;
    /// [`AppError::Locked`] after too many failures of that name or from that address.
    pub async fn log_in(&self, credentials: Credentials) -> Result<LoggedIn, AppError> {
        let username = credentials.username.trim().to_lowercase();
        let name = format!("name:{username}");
        let address = credentials.ip.as_ref().map(|ip| format!("ip:{ip}"));
        // Each try counts as a failure until it has succeeded: many at once gain nothing.
        self.count_try(&name, address.as_deref()).await?;

        let mut view = self.db.view().await?;
        let row = admin_users::find_by_name(view.conn(), &username).await?;
        drop(view);
        let hash = row.as_ref().map(|row| row.password_hash.clone());
        let right = self
            .passwords
            .verify(credentials.password.clone(), hash)
            .await?;
        let Some(row) = row.filter(|row| right && row.enabled) else {
            info!(username, ip = credentials.ip, "login refused");
            return Err(WRONG);
        };
        let now = self.now();
        let mut tx = self.db.begin().await?;
        if let Some(secret) = &row.totp_secret {
            let step = credentials
                .code
                .as_deref()
                .and_then(|code| second_factor::step_of(secret, code.trim(), now));
            let fresh = match step {
                Some(step) => admin_users::use_totp_step(tx.conn(), row.id, step).await?,
                None => false,
            };
            if !fresh {
                return Err(WRONG);
            }
        }
        let Some(mut actor) = actor_of(tx.conn(), row, None).await? else {
            return Err(WRONG);
        };
        actor.ip.clone_from(&credentials.ip);
        let logged_in = self
            .begin_session(&mut tx, actor, credentials.user_agent)
            .await?;
        let account = logged_in.actor.admin_id.unwrap_or_default();
        admin_users::logged_in(tx.conn(), account, credentials.ip.as_deref(), now).await?;
        login_attempts::clear(tx.conn(), &name).await?;
        if let Some(address) = &address {
            self.forgive_one(&mut tx, address).await?;
        }
        let object = format!("admin:{account}");
        self.audit_in(
            &mut tx,
            &logged_in.actor,
            "session.login",
            &object,
            None,
            None,
        )
        .await?;
        self.forget_old(&mut tx).await?;
        tx.commit().await?;
        Ok(logged_in)
    }

    pub(crate) async fn count_try(
        &self,
        name: &str,
        address: Option<&str>,
    ) -> Result<(), AppError> {
        let now = self.now();
        let subjects = [
            Some((Subject::Name, name)),
            address.map(|address| (Subject::Address, address)),
        ];
        let mut tx = self.db.begin().await?;
        for (subject, key) in subjects.into_iter().flatten() {
            let known = login_attempts::find(tx.conn(), key).await?;
            if let Some(wait) = known.wait(now) {
                return Err(AppError::Locked(wait));
            }
            let counted = known.failed(subject, now);
            if counted.locked_until > known.locked_until {
                warn!(key, "too many failed logins");
                let details = json!({"subject": key});
                let about = ("login", key);
                raise(&mut tx, AlarmCode::SecurityLogin, about, details, now).await?;
            }
            login_attempts::put(tx.conn(), key, &counted, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A success takes its own try back; other failures from that address go on counting.
    pub(crate) async fn forgive_one(&self, tx: &mut Tx, address: &str) -> Result<(), AppError> {
        let mut known = login_attempts::find(tx.conn(), address).await?;
        if known.failures > 0 {
            known.failures -= 1;
            login_attempts::put(tx.conn(), address, &known, self.now()).await?;
        }
        Ok(())
    }

    async fn forget_old(&self, tx: &mut Tx) -> Result<(), AppError> {
        let before = |kept: Duration| {
            let kept = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
            Timestamp(self.now().0.saturating_sub(kept))
        };
        login_attempts::purge(tx.conn(), before(ATTEMPTS_KEPT)).await?;
        admin_sessions::purge(tx.conn(), before(SESSIONS_KEPT)).await?;
        audit_logs::purge(tx.conn(), before(AUDIT_KEPT)).await?;
        Ok(())
    }

    async fn begin_session(
        &self,
        tx: &mut Tx,
        mut actor: Actor,
        user_agent: Option<String>,
    ) -> Result<LoggedIn, AppError> {
        let now = self.now();
        let (token, refresh_token) = (token::random(), token::random());
        let session = NewSession {
            admin_id: actor.admin_id.unwrap_or_default(),
            token_hash: token::hash(&token),
            refresh_hash: token::hash(&refresh_token),
            ip: actor.ip.clone(),
            user_agent: user_agent.map(|text| text.chars().take(200).collect()),
            expires_at: now + TOKEN_TTL,
            refresh_until: now + REFRESH_TTL,
        };
        let id = admin_sessions::insert(tx.conn(), &session, now).await?;
        actor.session_id = Some(id);
        Ok(LoggedIn {
            token,
            refresh_token,
            expires_at: session.expires_at,
            refresh_until: session.refresh_until,
            actor,
        })
    }

    /// Gives new tokens for a refresh token, which is good once. One that is used twice was
    /// stolen: everything of that account ends.
    ///
    /// # Errors
    /// [`AppError::Unauthorized`] when it is not good.
    pub async fn refresh_session(
        &self,
        refresh_token: &str,
        ip: Option<String>,
        user_agent: Option<String>,
    ) -> Result<LoggedIn, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let hash = token::hash(refresh_token);
        let session = admin_sessions::find_by_refresh(tx.conn(), &hash).await?;
        let session = session.ok_or(NO_SESSION)?;
        if let Some(ended_at) = session.ended_at {
            // Two windows of one browser may come at the same time.
            let late = now.since(ended_at) > REFRESH_GRACE;
            if late && session.ended_by.as_deref() == Some("refreshed") {
                warn!(
                    admin = session.admin_id,
                    "a refresh token came a second time"
                );
                admin_sessions::end_all(tx.conn(), session.admin_id, None, "replayed", now).await?;
                tx.commit().await?;
            }
            return Err(NO_SESSION);
        }
        // Who looks through another's eyes asks anew.
        if session.refresh_until <= now || session.viewed_org_id.is_some() {
            return Err(NO_SESSION);
        }
        admin_sessions::end(tx.conn(), session.id, "refreshed", now).await?;
        let row = admin_users::find(tx.conn(), session.admin_id).await?;
        let row = row.filter(|row| row.enabled).ok_or(NO_SESSION)?;
        let actor = actor_of(tx.conn(), row, None).await?;
        let mut actor = actor.ok_or(NO_SESSION)?;
        actor.ip = ip;
        let logged_in = self.begin_session(&mut tx, actor, user_agent).await?;
        tx.commit().await?;
        Ok(logged_in)
    }

    /// Who comes with that token; none when it is not good (any more).
    ///
    /// # Errors
    /// When the database is away.
    pub async fn actor_by_token(&self, token: &str) -> Result<Option<Actor>, AppError> {
        if let Some(screen) = self.actor_of_screen(token).await? {
            return Ok(Some(screen));
        }
        let mut view = self.db.view().await?;
        let hash = token::hash(token);
        let session = admin_sessions::find_by_token(view.conn(), &hash, self.now()).await?;
        let Some(session) = session else {
            return Ok(None);
        };
        let row = admin_users::find(view.conn(), session.admin_id).await?;
        let Some(row) = row.filter(|row| row.enabled) else {
            return Ok(None);
        };
        let Some(actor) = actor_of(view.conn(), row, Some(session.id)).await? else {
            return Ok(None);
        };
        Ok(actor_of_session(view.conn(), actor, &session).await?)
    }

    /// Logs the actor out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn log_out(&self, actor: &Actor) -> Result<(), AppError> {
        let Some(session) = actor.session_id else {
            return Ok(());
        };
        let mut tx = self.db.begin().await?;
        admin_sessions::end(tx.conn(), session, "logout", self.now()).await?;
        let object = format!("session:{session}");
        self.audit_in(&mut tx, actor, "session.logout", &object, None, None)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives the actor another password, proven by the old one. All their other sessions end.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when the old one is wrong or the new one too easy,
    /// [`AppError::Locked`] after too many wrong ones.
    pub async fn change_password(
        &self,
        actor: &Actor,
        old: String,
        new: String,
    ) -> Result<(), AppError> {
        let account = actor.admin_id.ok_or(AppError::NotFound("account"))?;
        let name = format!("name:{}", actor.name);
        self.count_try(&name, None).await?;
        let mut view = self.db.view().await?;
        let row = admin_users::find(view.conn(), account).await?;
        drop(view);
        let row = row.ok_or(AppError::NotFound("account"))?;
        let invalid = |field: &str, problem: &str| AppError::Invalid {
            field: field.to_owned(),
            problem: problem.to_owned(),
        };
        let same = old == new;
        if !self.passwords.verify(old, Some(row.password_hash)).await? {
            return Err(invalid("old_password", "is wrong"));
        }
        if same {
            return Err(invalid("new_password", "must differ from the old one"));
        }
        super::check_strength("new_password", &row.username, &new)?;
        let hash = self.passwords.hash(new).await?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        admin_users::set_password(tx.conn(), account, &hash, false, now).await?;
        admin_sessions::end_all(tx.conn(), account, actor.session_id, "password", now).await?;
        login_attempts::clear(tx.conn(), &name).await?;
        let object = format!("admin:{account}");
        self.audit_in(&mut tx, actor, "session.password", &object, None, None)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// An account as it acts; none when its organisation, or one above, is disabled or gone.
pub(super) async fn actor_of(
    mut conn: Conn<'_>,
    row: AdminUser,
    session_id: Option<i64>,
) -> Result<Option<Actor>, store::StoreError> {
    let Some(org) = orgs::find(conn.again(), row.org_id).await? else {
        return Ok(None);
    };
    if org.kind != OrgType::Platform && !orgs::is_active(conn.again(), &org.path).await? {
        return Ok(None);
    }
    let held = roles::held(conn.again(), &row.role_ids).await?;
    let only_stations = match held.limit.filter(|_| !row.is_super) {
        Some(limit) => Some(stations::within(conn.again(), &limit).await?),
        None => None,
    };
    let granted_stations = match org.kind {
        OrgType::Platform => BTreeSet::new(),
        _ => station_grants::to_org(conn, org.id).await?,
    };
    Ok(Some(Actor {
        admin_id: Some(row.id),
        session_id,
        name: row.username,
        real_name: row.real_name,
        org_id: org.id,
        org_type: org.kind,
        org_path: org.path,
        org_name: org.entry.name,
        is_super: row.is_super,
        must_change_password: row.must_change_password,
        has_second_factor: row.totp_secret.is_some(),
        role_ids: row.role_ids,
        granted: Arc::new(held.granted),
        granted_stations,
        only_stations,
        viewer: None,
        screen: None,
        ip: None,
    }))
}
