//! `Idempotency-Key`: a write that a caller repeats under the same key is done once and answered
//! alike for a day.

use crate::Api;
use crate::access::is_write;
use crate::call::Call;
use crate::envelope::json;
use crate::failure::Failure;
use crate::payload::read_parts;
use app::AppError;
use app::staff::Actor;
use axum::Extension;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::picture;
use kernel::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Duration;
use store::StoreError;
use store::idempotency::{self, Claim};
use tracing::{error, warn};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Marks an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest key, in characters.
const KEY_LENGTH_MAX: usize = 128;
/// How long a key is remembered.
const KEY_TTL: Duration = Duration::from_hours(24);
/// Longest answer that is kept; none of ours comes near.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Whose keys they are: two callers may use the same one. Put there by the guard; without it
/// nothing is remembered.
#[derive(Clone, Debug)]
pub(crate) struct Repeats {
    scope: String,
    body_bytes_max: usize,
    secrets: Vec<String>,
}

/// The body as the caller sent it, where the guard added to it: what it added may differ when the
/// caller repeats it. Put there by the guard.
#[derive(Clone, Debug)]
pub(crate) struct Asked(pub(crate) Bytes);

impl Repeats {
    /// Of a caller; handlers set limits of their own, pictures are the longest that people hand
    /// in.
    pub(crate) const fn of(scope: String) -> Self {
        Self {
            scope,
            body_bytes_max: picture::BYTES_MAX,
            secrets: Vec::new(),
        }
    }

    /// Of somebody of the administration, who may hand firmware in; `secrets` are the fields of
    /// the answer that are shown once and kept nowhere.
    pub(crate) fn of_staff(actor: &Actor, bytes_max: usize, secrets: &[String]) -> Self {
        let scope = match actor.admin_id {
            Some(id) => format!("admin:{id}"),
            None => format!("admin:{}", actor.name),
        };
        Self {
            body_bytes_max: bytes_max,
            secrets: secrets.to_vec(),
            ..Self::of(scope)
        }
    }
}

/// Whether an answer was given before.
pub(crate) fn is_repeat(headers: &HeaderMap) -> bool {
    headers.contains_key(REPLAYED)
}

/// Does a write with an `Idempotency-Key` once. Comes after the guard.
pub(crate) async fn once(
    State(api): State<Api>,
    repeats: Option<Extension<Repeats>>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let key = request.headers().get(IDEMPOTENCY_KEY);
    let (Some(key), Some(Extension(repeats))) = (key, repeats) else {
        return Ok(next.run(request).await);
    };
    if !is_write(request.method()) {
        return Ok(next.run(request).await);
    }
    let key = key.to_str().unwrap_or_default().to_owned();
    if key.is_empty() || key.len() > KEY_LENGTH_MAX {
        return Err(Failure::invalid(
            "Idempotency-Key",
            "must have 1 to 128 plain characters",
        ));
    }
    let (parts, body) = request.into_parts();
    let limit = api.settings().body_max_bytes.max(repeats.body_bytes_max);
    let body = read_parts(&parts, body, limit).await?;
    let path = parts.uri.path_and_query();
    let asked = parts.extensions.get::<Asked>();
    let hash = Sha256::new()
        .chain_update(parts.method.as_str())
        .chain_update(path.map_or(parts.uri.path(), |path| path.as_str()))
        .chain_update([0])
        .chain_update(asked.map_or(&body, |Asked(sent)| sent))
        .finalize();
    let entry = Entry {
        repeats,
        key,
        hash: hex::encode(hash),
    };
    let claim = entry
        .claim(&api, api.app().now())
        .await
        .map_err(AppError::from)?;
    match claim {
        Claim::Mismatch => Err(Failure::semantic(
            "Idempotency-Key",
            "was used for another request",
        )),
        Claim::Underway => Err(Failure::conflict(
            "a request with this Idempotency-Key is under way",
        )),
        Claim::Done {
            http_status,
            response,
        } => Ok(repeat(http_status, &response)),
        Claim::Fresh => {
            let request = Request::from_parts(parts, Body::from(body));
            // The caller may hang up; what follows must not.
            let work =
                Call::carry(async move { entry.answer(&api, next.run(request).await).await });
            tokio::spawn(work).await.map_err(|ended| {
                error!(error = %ended, "a write under an idempotency key did not end");
                Failure::internal()
            })
        }
    }
}

fn repeat(http_status: u16, answer: &Value) -> Response {
    let status = StatusCode::from_u16(http_status).unwrap_or(StatusCode::OK);
    let mut response = json(status, answer);
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// What is kept of an answer: a password or a key that it showed is shown once.
fn without_secrets(mut answer: Value, secrets: &[String]) -> Value {
    if let Some(fields) = answer.get_mut("data").and_then(Value::as_object_mut) {
        fields.retain(|name, _| !secrets.contains(name));
    }
    answer
}

struct Entry {
    repeats: Repeats,
    key: String,
    hash: String,
}

impl Entry {
    async fn claim(&self, api: &Api, now: Timestamp) -> Result<Claim, StoreError> {
        let mut lease = api.app().db().direct().await?;
        let until = now + KEY_TTL;
        let scope = &self.repeats.scope;
        idempotency::claim(lease.conn(), scope, &self.key, &self.hash, now, until).await
    }

    /// Keeps the answer, or gives the key back if trying again may help.
    async fn answer(&self, api: &Api, response: Response) -> Response {
        let status = response.status();
        let (parts, body) = response.into_parts();
        let Ok(bytes) = to_bytes(body, ANSWER_BYTES_MAX).await else {
            return Failure::internal().into_response();
        };
        let temporary = status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::REQUEST_TIMEOUT;
        let answer = (!temporary)
            .then(|| serde_json::from_slice::<Value>(&bytes).ok())
            .flatten()
            .map(|answer| without_secrets(answer, &self.repeats.secrets));
        if let Err(problem) = self.settle(api, status, answer.as_ref()).await {
            warn!(error = %problem.cause(), "an answer could not be kept under its idempotency key");
        }
        Response::from_parts(parts, Body::from(bytes))
    }

    async fn settle(
        &self,
        api: &Api,
        status: StatusCode,
        answer: Option<&Value>,
    ) -> Result<(), StoreError> {
        let mut lease = api.app().db().direct().await?;
        let (scope, key) = (&self.repeats.scope, &self.key);
        match answer {
            Some(answer) => {
                idempotency::finish(lease.conn(), scope, key, status.as_u16(), answer).await?
            }
            None => idempotency::release(lease.conn(), scope, key).await?,
        };
        Ok(())
    }
}
