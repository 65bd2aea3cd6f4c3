//! Keys of the open platform (开放平台密钥).

use super::SystemQuery;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::named;
use crate::view::{PageOut, PageQuery};
use app::system::{KeyDraft, NewKey};
use axum::extract::State;
use channels::webhook::target::{Target, Trust};
use kernel::{ApiKeyId, PhyId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::api_keys::{ApiKey, KeyEntry};
use utoipa::ToSchema;

/// Most networks and devices of a key.
const LIST_MAX: usize = 500;

/// A key's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeyId(i64);

impl Named for KeyId {
    const NAME: &'static str = "key";
}

/// Rates of a key.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyBucket {
    /// Calls at once.
    #[schema(minimum = 1, example = 5)]
    burst: u32,
    /// Calls a second in the long run.
    #[schema(minimum = 1, example = 2)]
    refill_per_s: u32,
}

/// Rates of a key; what is left out is as for all.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRates {
    /// Of writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    write: Option<KeyBucket>,
    /// Of reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<KeyBucket>,
}

/// A key, without its secrets.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyOut {
    /// Its row.
    key_id: i64,
    /// Its name.
    name: Option<String>,
    /// The last four characters of the key.
    #[schema(example = "345a")]
    key_end: String,
    /// Whether each of its calls must be signed.
    require_hmac: bool,
    /// Networks that it may call from; empty: from anywhere.
    #[schema(value_type = Vec<String>)]
    ip_allow: Value,
    /// Devices that it may use; empty: all.
    #[schema(value_type = Vec<String>)]
    device_allow: Value,
    /// `third`, `admin`; empty: the third-party API.
    #[schema(value_type = Vec<String>)]
    scopes: Value,
    /// Rates that differ from the configured ones.
    #[schema(value_type = Option<Object>)]
    rate: Option<Value>,
    /// Where its events go.
    webhook_url: Option<String>,
    /// Whether the bills of its users are owed to us, by statement.
    settle_via_platform: bool,
    /// `active`, `disabled`.
    #[schema(example = "active")]
    state: String,
    /// `config`: stands in the configuration; `operator`: made here.
    #[schema(example = "operator")]
    origin: String,
}

impl From<ApiKey> for KeyOut {
    fn from(row: ApiKey) -> Self {
        let letters: Vec<char> = row.key.chars().collect();
        // Of a short key four letters would be too much.
        let end = if letters.len() >= 12 { 4 } else { 0 };
        Self {
            key_id: row.id.0,
            name: row.name,
            key_end: letters[letters.len() - end..].iter().collect(),
            require_hmac: row.require_hmac,
            ip_allow: row.ip_allow,
            device_allow: row.device_allow,
            scopes: row.scopes,
            rate: row.rate,
            webhook_url: row.webhook_url,
            settle_via_platform: row.settle_via_platform,
            state: row.state,
            origin: row.origin,
        }
    }
}

/// A key with its secrets, for the only time.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewKeyOut {
    /// The key.
    row: KeyOut,
    /// What the caller sends as `X-Api-Key`.
    key: String,
    /// Signs its calls and its events.
    secret: String,
}

impl From<NewKey> for NewKeyOut {
    fn from(new: NewKey) -> Self {
        Self {
            row: new.row.into(),
            key: new.key,
            secret: new.secret,
        }
    }
}

/// What is said about a key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "某某平台", "ip_allow": ["203.0.113.0/24"]}))]
pub(crate) struct KeyBody {
    /// Its name.
    name: String,
    /// Whether each of its calls must be signed.
    require_hmac: Option<bool>,
    /// Networks that it may call from; from anywhere when absent.
    ip_allow: Option<Vec<String>>,
    /// Devices that it may use; all when absent.
    device_allow: Option<Vec<String>>,
    /// `third`, `admin`; the third-party API when absent.
    scopes: Option<Vec<String>>,
    /// Rates that differ from the configured ones.
    rate: Option<KeyRates>,
    /// Where its events go.
    webhook_url: Option<String>,
    /// Whether the bills of its users are owed to us, by statement; when absent not, or as it was.
    settle_via_platform: Option<bool>,
}

impl KeyBody {
    fn read(self, api: &Api) -> Result<KeyDraft, Failure> {
        let networks = self.ip_allow.unwrap_or_default();
        let devices = self.device_allow.unwrap_or_default();
        for (field, list) in [("ip_allow", &networks), ("device_allow", &devices)] {
            if list.len() > LIST_MAX {
                return Err(Failure::invalid(field, "must have at most 500 entries"));
            }
        }
        let is_network = |text: &&String| {
            text.parse::<ipnet::IpNet>().is_err() && text.parse::<std::net::IpAddr>().is_err()
        };
        if networks.iter().any(|text| is_network(&text)) {
            return Err(Failure::invalid("ip_allow", "must be networks"));
        }
        if devices.iter().any(|text| text.parse::<PhyId>().is_err()) {
            return Err(Failure::invalid("device_allow", "must be ids of devices"));
        }
        if let Some(rate) = self.rate {
            let buckets = [rate.write, rate.read];
            let bad = |bucket: &KeyBucket| bucket.burst == 0 || bucket.refill_per_s == 0;
            if buckets.iter().flatten().any(bad) {
                return Err(Failure::invalid("rate", "must be at least 1"));
            }
        }
        let url = self.webhook_url.filter(|url| !url.is_empty());
        if let Some(url) = &url {
            Target::parse(url, Trust::Guarded, &api.settings().webhook_addresses)
                .map_err(|problem| Failure::semantic("webhook_url", &problem.to_string()))?;
        }
        Ok(KeyDraft(KeyEntry {
            name: named("name", &self.name, 64)?,
            require_hmac: self.require_hmac.unwrap_or_default(),
            ip_allow: json!(networks),
            device_allow: json!(devices),
            scopes: json!(self.scopes.unwrap_or_default()),
            rate: self.rate.map(|rate| json!(rate)),
            webhook_url: url,
            settle_via_platform: self.settle_via_platform,
        }))
    }
}

/// Lists keys, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/api-keys",
    tag = "console",
    operation_id = "list_api_keys",
    extensions(("x-access" = json!("system.apikey.view")), ("x-dataset" = json!("api_keys"))),
    params(SystemQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<KeyOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<SystemQuery>,
) -> Answer<PageOut<KeyOut>> {
    let page = api.app().list_api_keys(query.page_request()?).await?;
    Ok(ok(PageOut::of(page, KeyOut::from)))
}

/// Makes a key. Its text and its secret are told once and never again.
#[utoipa::path(
    post,
    path = "/api/v1/admin/api-keys",
    tag = "console",
    operation_id = "create_api_key",
    extensions(
        ("x-access" = json!("system.apikey.create")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!(["key", "secret"])),
    ),
    request_body = KeyBody,
    responses(
        (status = 200, description = "The key", body = Envelope<NewKeyOut>),
        (status = 422, description = "No such scope, no such address", body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<KeyBody>,
) -> Answer<NewKeyOut> {
    let draft = body.read(&api)?;
    let app = api.app().clone();
    let new = run_to_end(async move { app.add_api_key(&actor, draft).await }).await?;
    api.reload_keys().await?;
    Ok(ok(new.into()))
}

/// Shows a key.
#[utoipa::path(
    get,
    path = "/api/v1/admin/api-keys/{key_id}",
    tag = "console",
    operation_id = "show_api_key",
    extensions(("x-access" = json!("system.apikey.view")), ("x-dataset" = json!("api_keys"))),
    params(("key_id" = i64, Path, description = "The key", example = 1)),
    responses(
        (status = 200, description = "The key", body = Envelope<KeyOut>),
        (status = 404, description = "No such key", body = Refusal),
    )
)]
pub(crate) async fn show(State(api): State<Api>, At(KeyId(id)): At<KeyId>) -> Answer<KeyOut> {
    Ok(ok(api.app().api_key(ApiKeyId(id)).await?.into()))
}

/// Replaces what is said about a key.
#[utoipa::path(
    put,
    path = "/api/v1/admin/api-keys/{key_id}",
    tag = "console",
    operation_id = "change_api_key",
    extensions(("x-access" = json!("system.apikey.edit")), ("x-audit" = json!("own"))),
    params(("key_id" = i64, Path, description = "The key", example = 1)),
    request_body = KeyBody,
    responses(
        (status = 200, description = "The key", body = Envelope<KeyOut>),
        (status = 404, description = "No such key", body = Refusal),
        (status = 409, description = "It stands in the configuration", body = Refusal),
        (status = 422, description = "No such scope, no such address", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(KeyId(id)): At<KeyId>,
    Payload(body): Payload<KeyBody>,
) -> Answer<KeyOut> {
    let draft = body.read(&api)?;
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.change_api_key(&actor, ApiKeyId(id), draft).await }).await?;
    api.reload_keys().await?;
    Ok(ok(row.into()))
}

/// Gives a key another text and another secret. The old ones are good no more.
#[utoipa::path(
    post,
    path = "/api/v1/admin/api-keys/{key_id}/rotate",
    tag = "console",
    operation_id = "rotate_api_key",
    extensions(
        ("x-access" = json!("system.apikey.rotate")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!(["key", "secret"])),
    ),
    params(("key_id" = i64, Path, description = "The key", example = 1)),
    responses(
        (status = 200, description = "The key", body = Envelope<NewKeyOut>),
        (status = 404, description = "No such key", body = Refusal),
        (status = 409, description = "It stands in the configuration", body = Refusal),
    )
)]
pub(crate) async fn rotate(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(KeyId(id)): At<KeyId>,
) -> Answer<NewKeyOut> {
    let app = api.app().clone();
    let new = run_to_end(async move { app.rotate_api_key(&actor, ApiKeyId(id)).await }).await?;
    api.reload_keys().await?;
    Ok(ok(new.into()))
}

/// Whether a key may call.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": false}))]
pub(crate) struct KeyStateBody {
    /// Whether it may.
    enabled: bool,
}

/// Lets a key call, or not any more.
#[utoipa::path(
    put,
    path = "/api/v1/admin/api-keys/{key_id}/state",
    tag = "console",
    operation_id = "enable_api_key",
    extensions(("x-access" = json!("system.apikey.disable")), ("x-audit" = json!("own"))),
    params(("key_id" = i64, Path, description = "The key", example = 1)),
    request_body = KeyStateBody,
    responses(
        (status = 200, description = "The key", body = Envelope<KeyOut>),
        (status = 404, description = "No such key", body = Refusal),
        (status = 409, description = "It stands in the configuration", body = Refusal),
    )
)]
pub(crate) async fn enable(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(KeyId(id)): At<KeyId>,
    Payload(body): Payload<KeyStateBody>,
) -> Answer<KeyOut> {
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.enable_api_key(&actor, ApiKeyId(id), body.enabled).await })
            .await?;
    api.reload_keys().await?;
    Ok(ok(row.into()))
}
