use super::{Actor, LoggedIn, Viewer, token};
use crate::{App, AppError};
use domain::org::OrgType;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::admin_sessions::{self, AdminSession, NewSession};
use store::{Conn, orgs, station_grants};

/// So long somebody looks; then they ask again.
const LOOK_TTL: Duration = Duration::from_mins(30);
/// The leaf that it takes.
const LEAF: &str = "user.agent.login_as";

impl App {
    /// Begins a session in which somebody of the platform sees the console as an agent does. It
    /// is short, it cannot be prolonged, and it never changes anything.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an agent of the actor's, or for a key, which has no
    /// name; [`AppError::Conflict`] while the agent is disabled.
    pub async fn look_as(
        &self,
        actor: &Actor,
        agent: i64,
        user_agent: Option<String>,
    ) -> Result<LoggedIn, AppError> {
        let account = actor.admin_id.ok_or(AppError::NotFound("account"))?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let org = orgs::find(tx.conn(), agent).await?;
        let org = org
            .filter(|org| org.kind == OrgType::Agent && actor.owns(&org.path))
            .ok_or(AppError::NotFound("agent"))?;
        if !orgs::is_active(tx.conn(), &org.path).await? {
            return Err(AppError::Conflict("the agent is disabled"));
        }
        let text = token::random();
        let session = NewSession {
            admin_id: account,
            token_hash: token::hash(&text),
            // Nobody has its text: the session cannot be prolonged.
            refresh_hash: token::hash(&token::random()),
            ip: actor.ip.clone(),
            user_agent: user_agent.map(|text| text.chars().take(200).collect()),
            expires_at: now + LOOK_TTL,
            refresh_until: now,
        };
        let id = admin_sessions::insert(tx.conn(), &session, now).await?;
        let viewer = (account, actor.name.as_str());
        admin_sessions::look_as(tx.conn(), id, viewer, org.id).await?;
        let after = json!({
            "viewer": actor.name,
            "agent": org.entry.name,
            "session_id": id,
            "until": session.expires_at.unix_seconds(),
        });
        let object = format!("org:{}", org.id);
        self.audit_in(&mut tx, actor, LEAF, &object, None, Some(after))
            .await?;
        let looking = looking(tx.conn(), actor.clone(), id, org.id).await?;
        tx.commit().await?;
        Ok(LoggedIn {
            token: text,
            refresh_token: String::new(),
            expires_at: session.expires_at,
            refresh_until: session.refresh_until,
            actor: looking.ok_or(AppError::NotFound("agent"))?,
        })
    }
}

/// The actor of a session: the account itself, or what it sees through an agent's eyes.
pub(super) async fn actor_of_session(
    conn: Conn<'_>,
    actor: Actor,
    session: &AdminSession,
) -> Result<Option<Actor>, store::StoreError> {
    match session.viewed_org_id {
        None => Ok(Some(actor)),
        Some(org) => looking(conn, actor, session.id, org).await,
    }
}

/// What somebody sees through an agent's eyes; none when either may not (any more).
async fn looking(
    mut conn: Conn<'_>,
    viewer: Actor,
    session: i64,
    org: i64,
) -> Result<Option<Actor>, store::StoreError> {
    let Some(org) = orgs::find(conn.again(), org).await? else {
        return Ok(None);
    };
    if !viewer.has(LEAF) || !orgs::is_active(conn.again(), &org.path).await? {
        return Ok(None);
    }
    let tree = viewer.tree().checked_keys();
    let looks = |leaf: &String| {
        let action = leaf.rsplit('.').next();
        action == Some("view") || leaf.starts_with("ds.")
    };
    let granted: BTreeSet<String> = tree.into_iter().filter(looks).collect();
    Ok(Some(Actor {
        admin_id: viewer.admin_id,
        session_id: Some(session),
        real_name: viewer.real_name,
        org_id: org.id,
        org_type: org.kind,
        org_path: org.path,
        name: org.entry.name.clone(),
        org_name: org.entry.name,
        is_super: false,
        must_change_password: viewer.must_change_password,
        has_second_factor: viewer.has_second_factor,
        role_ids: Vec::new(),
        granted: Arc::new(granted),
        granted_stations: station_grants::to_org(conn, org.id).await?,
        only_stations: None,
        viewer: Some(Viewer {
            admin_id: viewer.admin_id.unwrap_or_default(),
            name: viewer.name,
        }),
        screen: None,
        ip: viewer.ip,
    }))
}
