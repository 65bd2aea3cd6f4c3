//! How members get in: by a code, which also registers, or by a password.

use super::codes::check_phone;
use crate::staff::{check_strength, token_hash, token_random};
use crate::{App, AppError};
use kernel::{MemberId, Timestamp};
use std::time::Duration;
use store::Tx;
use store::member_sessions::{self, NewSession};
use store::members::{self, Member};
use tracing::info;

/// A token is good for so long.
const TOKEN_TTL: Duration = Duration::from_hours(24);
/// New ones are given for so long.
const REFRESH_TTL: Duration = Duration::from_hours(30 * 24);

const WRONG: AppError = AppError::Unauthorized("wrong number, code or password");
const NO_SESSION: AppError = AppError::Unauthorized("the session is over");

/// What a member logs in with.
#[derive(Clone)]
pub struct MemberTokens {
    /// Goes with every call.
    pub token: String,
    /// Gives new tokens, once.
    pub refresh_token: String,
    /// The token is good until then.
    pub expires_at: Timestamp,
    /// Who it is.
    pub member: Member,
}

/// A member who calls.
#[derive(Clone, Debug)]
pub struct MemberIn {
    /// Who.
    pub member: Member,
    /// Their session.
    pub session: i64,
}

impl App {
    /// Logs in by a code; registers who is new.
    ///
    /// # Errors
    /// [`AppError::Unauthorized`], the same for everything that is wrong;
    /// [`AppError::Locked`] after too many failures.
    pub async fn log_in_by_code(
        &self,
        phone: &str,
        code: &str,
        ip: Option<&str>,
        agent: Option<String>,
    ) -> Result<MemberTokens, AppError> {
        check_phone(phone)?;
        let (name, address) = names(phone, ip);
        self.count_try(&name, address.as_deref()).await?;
        if !self.use_code(phone, "login", code).await? {
            return Err(WRONG);
        }
        let mut tx = self.db.begin().await?;
        let id = members::register(tx.conn(), phone, self.now()).await?;
        let member = members::find(tx.conn(), id).await?;
        let member = member.filter(Member::is_active).ok_or(WRONG)?;
        self.forgive(&mut tx, &name, address.as_deref()).await?;
        self.begin_member_session(tx, member, ip, agent).await
    }

    /// Logs in by a password.
    ///
    /// # Errors
    /// As [`App::log_in_by_code`].
    pub async fn log_in_by_password(
        &self,
        phone: &str,
        password: String,
        ip: Option<&str>,
        agent: Option<String>,
    ) -> Result<MemberTokens, AppError> {
        check_phone(phone)?;
        let (name, address) = names(phone, ip);
        self.count_try(&name, address.as_deref()).await?;
        let mut view = self.db.view().await?;
        let member = members::find_by_phone(view.conn(), phone).await?;
        drop(view);
        let hash = member
            .as_ref()
            .and_then(|member| member.password_hash.clone());
        let right = self.passwords.verify(password, hash).await?;
        let member = member.filter(|member| right && member.is_active());
        let member = member.ok_or(WRONG)?;
        let mut tx = self.db.begin().await?;
        self.forgive(&mut tx, &name, address.as_deref()).await?;
        self.begin_member_session(tx, member, ip, agent).await
    }

    /// Gives new tokens for a refresh token, which is good once.
    ///
    /// # Errors
    /// [`AppError::Unauthorized`] when it is not good.
    pub async fn refresh_member(&self, refresh_token: &str) -> Result<MemberTokens, AppError> {
        let now = self.now();
        let (token, next) = (token_random(), token_random());
        let hashes = (token_hash(&token), token_hash(&next));
        let expires_at = now + TOKEN_TTL;
        let mut tx = self.db.begin().await?;
        let renewed = member_sessions::renew(
            tx.conn(),
            &token_hash(refresh_token),
            (&hashes.0, &hashes.1),
            (expires_at, now + REFRESH_TTL),
            now,
        )
        .await?;
        let id = renewed.ok_or(NO_SESSION)?;
        let member = members::find(tx.conn(), id).await?;
        let member = member.filter(Member::is_active).ok_or(NO_SESSION)?;
        tx.commit().await?;
        Ok(MemberTokens {
            token,
            refresh_token: next,
            expires_at,
            member,
        })
    }

    /// Whose token that is; none when it is not good.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn member_by_token(&self, token: &str) -> Result<Option<MemberIn>, AppError> {
        let mut view = self.db.view().await?;
        let found = member_sessions::find(view.conn(), &token_hash(token), self.now()).await?;
        let Some((session, id)) = found else {
            return Ok(None);
        };
        let member = members::find(view.conn(), id).await?;
        let member = member.filter(Member::is_active);
        Ok(member.map(|member| MemberIn { member, session }))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn log_member_out(&self, session: i64) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        Ok(member_sessions::end(direct.conn(), session).await?)
    }

    /// Sets a password, by a code that was sent for it. All sessions end.
    ///
    /// # Errors
    /// [`AppError::Unauthorized`] for a wrong code, [`AppError::Invalid`] for a weak password.
    pub async fn set_member_password(
        &self,
        member: MemberId,
        phone: &str,
        code: &str,
        password: String,
    ) -> Result<(), AppError> {
        check_strength("password", phone, &password)?;
        let (name, _) = names(phone, None);
        self.count_try(&name, None).await?;
        if !self.use_code(phone, "password", code).await? {
            return Err(WRONG);
        }
        let hash = self.passwords.hash(password).await?;
        let mut tx = self.db.begin().await?;
        members::set_password(tx.conn(), member, &hash, self.now()).await?;
        member_sessions::end_all(tx.conn(), member).await?;
        self.forgive(&mut tx, &name, None).await?;
        tx.commit().await?;
        info!(%member, "password set");
        Ok(())
    }

    /// Changes what a member says about themselves; what is none stays.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn change_me(
        &self,
        member: MemberId,
        nickname: Option<&str>,
        wx_openid: Option<&str>,
        ali_user_id: Option<&str>,
    ) -> Result<Member, AppError> {
        let mut tx = self.db.begin().await?;
        let now = self.now();
        members::set_profile(tx.conn(), member, nickname, wx_openid, ali_user_id, now).await?;
        let after = members::find(tx.conn(), member).await?;
        tx.commit().await?;
        after.ok_or(AppError::NotFound("member"))
    }

    async fn forgive(
        &self,
        tx: &mut Tx,
        name: &str,
        address: Option<&str>,
    ) -> Result<(), AppError> {
        store::login_attempts::clear(tx.conn(), name).await?;
        if let Some(address) = address {
            self.forgive_one(tx, address).await?;
        }
        Ok(())
    }

    async fn begin_member_session(
        &self,
        mut tx: Tx,
        member: Member,
        ip: Option<&str>,
        agent: Option<String>,
    ) -> Result<MemberTokens, AppError> {
        let now = self.now();
        let (token, refresh_token) = (token_random(), token_random());
        let expires_at = now + TOKEN_TTL;
        let new = NewSession {
            member: member.member_id(),
            token_hash: token_hash(&token),
            refresh_hash: token_hash(&refresh_token),
            agent: agent.map(|text| text.chars().take(200).collect()),
            ip: ip.map(str::to_owned),
            until: expires_at,
            refresh_until: now + REFRESH_TTL,
        };
        member_sessions::insert(tx.conn(), &new, now).await?;
        member_sessions::purge(tx.conn(), now).await?;
        tx.commit().await?;
        Ok(MemberTokens {
            token,
            refresh_token,
            expires_at,
            member,
        })
    }
}

/// What failures are counted by.
fn names(phone: &str, ip: Option<&str>) -> (String, Option<String>) {
    (
        format!("member:{phone}"),
        ip.map(|ip| format!("member-ip:{ip}")),
    )
}
