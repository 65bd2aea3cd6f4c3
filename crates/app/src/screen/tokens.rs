//! Tokens for screens on walls: they open the big screen, and nothing else.

use crate::staff::{Actor, ScreenSight, token};
use crate::{App, AppError};
use domain::org::{OrgType, Scope};
use domain::permission::SCREEN_LEAF;
use kernel::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::screen_tokens::{self, NewToken, ScreenToken};
use store::{Page, PageRequest, orgs, station_grants};

const NO_TOKEN: AppError = AppError::NotFound("token");
/// What every token begins with, so that nobody takes it for a session's.
const PREFIX: &str = "screen_";
/// Its last use is written down no more often than that.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// A token to be.
#[derive(Clone, Debug)]
pub struct NewScreenToken {
    /// What people call it.
    pub name: String,
    /// Whose rows it shows; the maker's own organisation when absent.
    pub org_id: Option<i64>,
    /// Of this area only.
    pub area_code: Option<String>,
    /// It is good until then; none: until somebody revokes it.
    pub expires_at: Option<Timestamp>,
}

/// A token with its text, for the only time.
#[derive(Clone, Debug)]
pub struct ScreenTokenMade {
    /// The token.
    pub row: ScreenToken,
    /// What a screen sends.
    pub token: String,
}

fn invalid(field: &str, problem: &str) -> AppError {
    AppError::Invalid {
        field: field.to_owned(),
        problem: problem.to_owned(),
    }
}

impl App {
    /// Makes a token for a screen.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an organisation that the actor does not see,
    /// [`AppError::Invalid`] for an area that is no code, or an end that is past.
    pub async fn make_screen_token(
        &self,
        actor: &Actor,
        new: &NewScreenToken,
    ) -> Result<ScreenTokenMade, AppError> {
        let now = self.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(invalid("expires_at", "must lie ahead"));
        }
        let area = new.area_code.as_deref();
        let is_code = |code: &str| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
        if area.is_some_and(|code| !is_code(code)) {
            return Err(invalid("area_code", "must have six digits"));
        }
        let mut tx = self.db.begin().await?;
        let org = orgs::find(tx.conn(), new.org_id.unwrap_or(actor.org_id)).await?;
        let org = org.filter(|org| actor.owns(&org.path));
        let org = org.ok_or(AppError::NotFound("organisation"))?;
        let text = format!("{PREFIX}{}", token::random());
        let row = NewToken {
            name: &new.name,
            token_hash: &token::hash(&text),
            org_id: org.id,
            org_path: &org.path,
            area_code: area,
            created_by: &actor.name,
            expires_at: new.expires_at,
        };
        let id = screen_tokens::insert(tx.conn(), &row, now).await?;
        let row = screen_tokens::find(tx.conn(), id).await?.ok_or(NO_TOKEN)?;
        let object = format!("screen_token:{id}");
        let after = json!({
            "name": row.name, "org_id": row.org_id, "area_code": row.area_code,
            "expires_at": row.expires_at.map(Timestamp::unix_seconds),
        });
        self.audit_in(
            &mut tx,
            actor,
            "screen.token.create",
            &object,
            None,
            Some(after),
        )
        .await?;
        tx.commit().await?;
        Ok(ScreenTokenMade { row, token: text })
    }

    /// A page of tokens, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_screen_tokens(
        &self,
        scope: &Scope,
        page: PageRequest,
    ) -> Result<Page<ScreenToken>, AppError> {
        let mut view = self.db.view().await?;
        Ok(screen_tokens::list(view.conn(), scope, page).await?)
    }

    /// Ends a token at once. To do it again changes nothing.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a token.
    pub async fn revoke_screen_token(
        &self,
        actor: &Actor,
        id: i64,
    ) -> Result<ScreenToken, AppError> {
        let mut tx = self.db.begin().await?;
        let ended = screen_tokens::revoke(tx.conn(), id, &actor.name, self.now()).await?;
        let row = screen_tokens::find(tx.conn(), id).await?.ok_or(NO_TOKEN)?;
        if ended {
            let object = format!("screen_token:{id}");
            let before = json!({"name": row.name, "org_id": row.org_id});
            self.audit_in(
                &mut tx,
                actor,
                "screen.token.delete",
                &object,
                Some(before),
                None,
            )
            .await?;
        }
        tx.commit().await?;
        Ok(row)
    }

    /// Who comes with the token of a screen; none when it is none, or not good any more, or its
    /// organisation does not work here any more.
    pub(crate) async fn actor_of_screen(&self, text: &str) -> Result<Option<Actor>, AppError> {
        if !text.starts_with(PREFIX) {
            return Ok(None);
        }
        let now = self.now();
        let mut view = self.db.view().await?;
        let found = screen_tokens::find_good(view.conn(), &token::hash(text), now).await?;
        let Some(row) = found else {
            return Ok(None);
        };
        let Some(org) = orgs::find(view.conn(), row.org_id).await? else {
            return Ok(None);
        };
        let platform = org.kind == OrgType::Platform;
        if !platform && !orgs::is_active(view.conn(), &org.path).await? {
            return Ok(None);
        }
        let granted_stations = if platform {
            BTreeSet::new()
        } else {
            station_grants::to_org(view.conn(), org.id).await?
        };
        drop(view);
        if row
            .last_used_at
            .is_none_or(|at| now.since(at) >= NOTED_EVERY)
        {
            let mut direct = self.db.direct().await?;
            screen_tokens::note_use(direct.conn(), row.id, now).await?;
        }
        Ok(Some(Actor {
            org_id: org.id,
            org_type: org.kind,
            org_path: org.path,
            org_name: org.entry.name,
            is_super: false,
            granted: Arc::new([SCREEN_LEAF.to_owned()].into()),
            granted_stations,
            screen: Some(ScreenSight {
                area: row.area_code,
            }),
            ..Actor::trusted(format!("screen:{}", row.id))
        }))
    }
}
