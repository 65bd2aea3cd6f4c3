use super::key::{Client, ClientKey};
use super::nonces::{NONCE_LENGTH_MAX, NONCE_TTL, Verdict};
use super::shared;
use crate::call::Call;
use crate::failure::Failure;
use crate::idempotency::Repeats;
use crate::payload::read_parts;
use crate::{Api, Peer};
use app::AppError;
use axum::body::Body;
use axum::extract::{RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use channels::webhook::signature::{SignedRequest, is_fresh};
use kernel::{PhyId, Timestamp};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use store::api_keys;

const API_KEY: &str = "x-api-key";
const TIMESTAMP: &str = "x-timestamp";
const NONCE: &str = "x-nonce";
const SIGNATURE: &str = "x-signature";

/// Guards the third-party API.
pub(crate) async fn third_party(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let key = identify(&api, &parts)?;
    Call::is_from(&key.caller.name);
    if !key.is_third_party() {
        return Err(Failure::forbidden(
            "this key is not allowed to use the third-party API",
        ));
    }
    let limit = api.settings().body_max_bytes;
    let body = authenticate(&api, &key, &parts, body, limit).await?;
    let device = device_of(&mut parts).await;
    let (limits, rates) = (&key.limits, key.limits.rates());
    let (granted, bucket) = if is_write(&parts.method) {
        (limits.write(&device), rates.write)
    } else {
        (limits.read(), rates.read)
    };
    granted.map_err(Failure::too_many)?;
    let device = device.as_ref().filter(|_| is_write(&parts.method));
    let name = shared::bucket_of(&key.caller.name, device);
    shared::take_token(&api, &name, bucket).await?;
    parts
        .extensions
        .insert(Repeats::of(format!("third:{}", key.id)));
    parts.extensions.insert(Client(key));
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// Whether a call comes with a key.
pub(crate) fn has_key(headers: &HeaderMap) -> bool {
    headers.contains_key(API_KEY)
}

/// The key of a call to the administration, checked; and the body, which may have been read.
pub(crate) async fn administrator(
    api: &Api,
    parts: &Parts,
    body: Body,
) -> Result<(Client, Body), Failure> {
    let key = identify(api, parts)?;
    if !key.is_admin() {
        return Err(Failure::forbidden(
            "this key is not allowed to use the administration",
        ));
    }
    let limit = api.settings().image_max_bytes;
    let body = authenticate(api, &key, parts, body, limit).await?;
    Ok((Client(key), body))
}

/// Guards what is open to everybody.
pub(crate) async fn open_status(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    if !api.settings().open_device_status {
        return Err(Failure::not_found("page"));
    }
    by_address(State(api), request, next).await
}

/// Lets everybody in, but nobody too often.
pub(crate) async fn by_address(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let address = address_of(request.extensions());
    let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    api.open_limits().take(address).map_err(Failure::too_many)?;
    let bucket = api.settings().rates.read;
    shared::take_token(&api, &format!("open:{address}"), bucket).await?;
    Ok(next.run(request).await)
}

/// Where a call came from, as text.
pub(crate) struct Address(pub(crate) Option<String>);

impl<S: Sync> axum::extract::FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(
            address_of(&parts.extensions).map(|address| address.to_string()),
        ))
    }
}

fn address_of(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Peer>().map(|Peer(address)| address.ip())
}

/// Whether a call may change something.
pub(crate) const fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

async fn device_of(parts: &mut Parts) -> Option<PhyId> {
    use axum::extract::FromRequestParts;
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    let (_, text) = params.iter().find(|(name, _)| *name == "phy_id")?;
    text.parse().ok()
}

/// Whose key this is, and whether it may be used from there.
fn identify(api: &Api, parts: &Parts) -> Result<Arc<ClientKey>, Failure> {
    let text = parts
        .headers
        .get(API_KEY)
        .ok_or(Failure::unauthorized("missing X-Api-Key"))?;
    let key = api
        .keys()
        .find(text.as_bytes())
        .ok_or(Failure::unauthorized("unknown X-Api-Key"))?;
    if key.may_call_from(address_of(&parts.extensions)) {
        Ok(key)
    } else {
        Err(Failure::forbidden(
            "this key is not allowed from this address",
        ))
    }
}

/// Checks freshness, nonce and signature, as far as the call has them or the key demands them.
async fn authenticate(
    api: &Api,
    key: &ClientKey,
    parts: &Parts,
    body: Body,
    limit: usize,
) -> Result<Body, Failure> {
    let headers = &parts.headers;
    let now = api.app().now();
    let timestamp = timestamp(headers, now)?;
    let nonce = nonce(headers)?;
    let (body, signed) = match text(headers, SIGNATURE)? {
        None if key.require_hmac => return Err(Failure::unauthorized("missing X-Signature")),
        None => (body, false),
        Some(signature) => {
            let timestamp = timestamp.ok_or(Failure::unauthorized("missing X-Timestamp"))?;
            let nonce = nonce.ok_or(Failure::unauthorized("missing X-Nonce"))?;
            let secret = key.secret.as_deref();
            let secret =
                secret.ok_or(Failure::unauthorized("this key has no secret to sign with"))?;
            let bytes = read_parts(parts, body, limit).await?;
            let request = SignedRequest {
                method: parts.method.as_str(),
                path: parts.uri.path(),
                timestamp,
                nonce,
                body: &bytes,
            };
            request
                .verify(secret, signature, now)
                .map_err(|_| Failure::unauthorized("X-Signature does not match"))?;
            (Body::from(bytes), true)
        }
    };
    if let Some(nonce) = nonce {
        use_up(api, key, nonce, now, signed && is_write(&parts.method)).await?;
    }
    Ok(body)
}

async fn use_up(
    api: &Api,
    key: &ClientKey,
    nonce: &str,
    now: Timestamp,
    durable: bool,
) -> Result<(), Failure> {
    let used = || Failure::unauthorized("X-Nonce has been used");
    match api.nonces().take(key.id, nonce, now) {
        Verdict::Fresh => {}
        Verdict::Used => return Err(used()),
        Verdict::Full => return Err(Failure::too_many(NONCE_TTL)),
    }
    if !shared::is_first_use(api, &key.caller.name, nonce).await {
        return Err(used());
    }
    if durable {
        let mut lease = api.app().db().direct().await.map_err(AppError::from)?;
        let fresh = api_keys::use_nonce(lease.conn(), key.id, nonce, now, now + NONCE_TTL)
            .await
            .map_err(AppError::from)?;
        if !fresh {
            return Err(used());
        }
    }
    Ok(())
}

fn timestamp(headers: &HeaderMap, now: Timestamp) -> Result<Option<i64>, Failure> {
    let Some(text) = text(headers, TIMESTAMP)? else {
        return Ok(None);
    };
    let timestamp = text
        .parse()
        .map_err(|_| Failure::unauthorized("X-Timestamp must be Unix seconds"))?;
    if is_fresh(timestamp, now) {
        Ok(Some(timestamp))
    } else {
        Err(Failure::unauthorized(
            "X-Timestamp is more than 300 s away from the server's clock",
        ))
    }
}

fn nonce(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    match text(headers, NONCE)? {
        Some(nonce) if nonce.is_empty() || nonce.len() > NONCE_LENGTH_MAX => Err(
            Failure::unauthorized("X-Nonce must have 1 to 64 characters"),
        ),
        nonce => Ok(nonce),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Failure> {
    headers
        .get(name)
        .map(|value| value.to_str())
        .transpose()
        .map_err(|_| Failure::unauthorized("a header is not plain text"))
}
