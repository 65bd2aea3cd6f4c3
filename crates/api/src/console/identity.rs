use crate::failure::Failure;
use crate::{Api, access};
use app::staff::Actor;
use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE as COOKIES};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use domain::org::Scope;
use std::sync::Arc;

/// The cookie of the console. The prefix ties it to this host and to TLS.
pub(crate) const COOKIE: &str = "__Host-openpile";
/// Scripts of other sites cannot send it along.
const REQUESTED_WITH: &str = "x-requested-with";

/// Who acts; the guard put it there.
#[derive(Clone, Debug)]
pub(crate) struct Acting(pub(crate) Arc<Actor>);

impl FromRequestParts<Api> for Acting {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Failure::unauthorized("a login is needed, or an X-Api-Key"))
    }
}

/// Which rows the caller sees: what a list passes to the store.
#[derive(Clone, Debug)]
pub(crate) struct Seen(pub(crate) Scope);

impl FromRequestParts<Api> for Seen {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let Acting(actor) = Acting::from_request_parts(parts, api).await?;
        Ok(Self(actor.scope()))
    }
}

/// The token of a session, if the call has one.
pub(super) fn token(method: &Method, headers: &HeaderMap) -> Result<Option<String>, Failure> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default();
        let token = text
            .strip_prefix("Bearer ")
            .ok_or(Failure::unauthorized("Authorization must be Bearer"))?;
        return Ok(Some(token.trim().to_owned()));
    }
    let Some(token) = cookie(headers) else {
        return Ok(None);
    };
    // A browser sends the cookie along with whatever a foreign page makes it send.
    if access::is_write(method) && !headers.contains_key(REQUESTED_WITH) {
        return Err(Failure::forbidden(
            "writes with a cookie need the header X-Requested-With",
        ));
    }
    Ok(Some(token))
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(COOKIES)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token.to_owned())
}
