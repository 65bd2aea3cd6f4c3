use super::semantic;
use crate::staff::Actor;
use crate::{App, AppError};
use kernel::ApiKeyId;
use serde_json::{Value, json};
use store::api_keys::{self, ApiKey, KeyEntry};
use store::{Page, PageRequest, Tx};

const NO_KEY: AppError = AppError::NotFound("key");
/// The scope that opens the administration.
const ADMIN_SCOPE: &str = "admin";

/// What somebody says about a key.
#[derive(Clone, Debug)]
pub struct KeyDraft(pub KeyEntry);

/// A key with its secrets, for the only time.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key.
    pub row: ApiKey,
    /// What the caller sends.
    pub key: String,
    /// Signs its requests and its events.
    pub secret: String,
}

impl App {
    /// A page of keys, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_api_keys(&self, page: PageRequest) -> Result<Page<ApiKey>, AppError> {
        let mut view = self.db.view().await?;
        Ok(api_keys::page(view.conn(), page).await?)
    }

    /// A key.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a key.
    pub async fn api_key(&self, id: ApiKeyId) -> Result<ApiKey, AppError> {
        let mut view = self.db.view().await?;
        api_keys::find(view.conn(), id).await?.ok_or(NO_KEY)
    }

    /// Makes a key. Its text and its secret are told once and never again.
    ///
    /// # Errors
    /// [`AppError::Denied`] when it would open the administration and the actor is no super
    /// administrator: such a key may do everything.
    pub async fn add_api_key(&self, actor: &Actor, draft: KeyDraft) -> Result<NewKey, AppError> {
        may_give(actor, &draft.0.scopes)?;
        let (key, secret) = fresh();
        let mut tx = self.db.begin().await?;
        let id = api_keys::insert(tx.conn(), (&key, &secret), &draft.0, self.now()).await?;
        let row = api_keys::find(tx.conn(), id).await?.ok_or(NO_KEY)?;
        let after = Some(shown(&row));
        self.audit_in(
            &mut tx,
            actor,
            "system.apikey.create",
            &object(id),
            None,
            after,
        )
        .await?;
        tx.commit().await?;
        Ok(NewKey { row, key, secret })
    }

    /// Replaces what is said about a key.
    ///
    /// # Errors
    /// [`AppError::Conflict`] for a key of the configuration, which is changed there;
    /// [`AppError::Denied`] as [`App::add_api_key`].
    pub async fn change_api_key(
        &self,
        actor: &Actor,
        id: ApiKeyId,
        draft: KeyDraft,
    ) -> Result<ApiKey, AppError> {
        may_give(actor, &draft.0.scopes)?;
        let mut tx = self.db.begin().await?;
        let before = operators_key(&mut tx, actor, id).await?;
        api_keys::update(tx.conn(), id, &draft.0, self.now()).await?;
        let after = api_keys::find(tx.conn(), id).await?.ok_or(NO_KEY)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, "system.apikey.edit", &object(id), old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Gives a key another text and another secret; the old ones are good no more.
    ///
    /// # Errors
    /// As [`App::change_api_key`].
    pub async fn rotate_api_key(&self, actor: &Actor, id: ApiKeyId) -> Result<NewKey, AppError> {
        let (key, secret) = fresh();
        let mut tx = self.db.begin().await?;
        let before = operators_key(&mut tx, actor, id).await?;
        api_keys::rotate(tx.conn(), id, (&key, &secret), self.now()).await?;
        let row = api_keys::find(tx.conn(), id).await?.ok_or(NO_KEY)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&row)));
        self.audit_in(
            &mut tx,
            actor,
            "system.apikey.rotate",
            &object(id),
            old,
            new,
        )
        .await?;
        tx.commit().await?;
        Ok(NewKey { row, key, secret })
    }

    /// Lets a key call, or not any more.
    ///
    /// # Errors
    /// As [`App::change_api_key`].
    pub async fn enable_api_key(
        &self,
        actor: &Actor,
        id: ApiKeyId,
        enabled: bool,
    ) -> Result<ApiKey, AppError> {
        let state = if enabled { "active" } else { "disabled" };
        let mut tx = self.db.begin().await?;
        let before = operators_key(&mut tx, actor, id).await?;
        api_keys::set_state(tx.conn(), id, state, self.now()).await?;
        let after = api_keys::find(tx.conn(), id).await?.ok_or(NO_KEY)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(
            &mut tx,
            actor,
            "system.apikey.disable",
            &object(id),
            old,
            new,
        )
        .await?;
        tx.commit().await?;
        Ok(after)
    }
}

async fn operators_key(tx: &mut Tx, actor: &Actor, id: ApiKeyId) -> Result<ApiKey, AppError> {
    let row = api_keys::find(tx.conn(), id).await?.ok_or(NO_KEY)?;
    may_give(actor, &row.scopes)?;
    if row.origin == "config" {
        return Err(AppError::Conflict("this key stands in the configuration"));
    }
    Ok(row)
}

/// A key of the administration may do everything, so only who may that gives it.
fn may_give(actor: &Actor, scopes: &Value) -> Result<(), AppError> {
    let all = scopes.as_array().into_iter().flatten();
    let texts: Vec<&str> = all.filter_map(Value::as_str).collect();
    if let Some(unknown) = texts.iter().find(|s| !["third", ADMIN_SCOPE].contains(s)) {
        return Err(semantic("scopes", &format!("{unknown} is no scope")));
    }
    if texts.contains(&ADMIN_SCOPE) && !actor.is_super {
        return Err(AppError::Denied("super".to_owned()));
    }
    Ok(())
}

fn fresh() -> (String, String) {
    let text = |bytes: [u8; 24]| hex::encode(bytes);
    (format!("op_{}", text(rand::random())), text(rand::random()))
}

fn object(id: ApiKeyId) -> String {
    format!("api_key:{id}")
}

/// Without its secrets; of its text the end, by which people tell keys apart.
fn shown(row: &ApiKey) -> Value {
    let end: String = row.key.chars().rev().take(4).collect();
    json!({
        "name": row.name,
        "key_end": end.chars().rev().collect::<String>(),
        "require_hmac": row.require_hmac,
        "ip_allow": row.ip_allow,
        "device_allow": row.device_allow,
        "scopes": row.scopes,
        "rate": row.rate,
        "webhook_url": row.webhook_url,
        "settle_via_platform": row.settle_via_platform,
        "state": row.state,
    })
}
