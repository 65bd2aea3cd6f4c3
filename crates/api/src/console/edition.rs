//! Two people who edit one thing: the second is told instead of writing over the first.
//!
//! What shows a thing that can be replaced carries an `ETag` over the fields that a replacement
//! takes, so that what changes by itself (a meter, a balance) is no change. A replacement may name
//! it in `If-Match`, and is refused when the thing is another by then.

use super::diary::Diary;
use super::export::ANSWER_MAX;
use super::guard::Console;
use super::identity::Acting;
use super::rule::Rule;
use crate::access::Client;
use crate::failure::Failure;
use axum::body::{Body, to_bytes};
use axum::extract::MatchedPath;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response as HttpResponse};
use axum::response::Response;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What stands behind a number of ours in a tag.
const TAG_BYTES: usize = 16;

/// The rule of what replaces the thing that a call shows.
pub(super) fn replacing<'a>(console: &'a Console, parts: &Parts) -> Option<&'a Rule> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let route = parts.extensions.get::<MatchedPath>()?;
    let shown = console.rules.find(&Method::GET, route.as_str())?;
    let replaces = |method| console.rules.find(method, route.as_str());
    let rule = replaces(&Method::PUT).or_else(|| replaces(&Method::PATCH))?;
    (!shown.paged).then_some(rule)
}

/// Names the edition of what an answer shows.
pub(super) async fn named(rule: &Rule, response: Response) -> Result<Response, Failure> {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, ANSWER_MAX)
        .await
        .map_err(|_| Failure::internal())?;
    let tag = serde_json::from_slice::<Value>(&bytes)
        .ok()
        .and_then(|answer| tag(answer.get("data")?, &rule.fields));
    if let Some(tag) = tag {
        parts.headers.insert(ETAG, tag);
    }
    Ok(HttpResponse::from_parts(parts, Body::from(bytes)))
}

/// Refuses a replacement of another edition than the one that it was made from.
pub(super) async fn check(
    diary: &Diary,
    rule: &Rule,
    parts: &Parts,
    client: &Client,
    acting: &Acting,
) -> Result<(), Failure> {
    let Some(wanted) = parts.headers.get(IF_MATCH) else {
        return Ok(());
    };
    if !matches!(parts.method, Method::PUT | Method::PATCH) {
        return Ok(());
    }
    let state = diary.state(parts.uri.path(), client, acting).await;
    let present = state.and_then(|state| tag(&state, &rule.fields));
    if present.as_ref() == Some(wanted) {
        return Ok(());
    }
    Err(Failure::changed_meanwhile())
}

/// None for what has no such field.
fn tag(data: &Value, fields: &BTreeSet<String>) -> Option<HeaderValue> {
    let known: BTreeMap<_, _> = data
        .as_object()?
        .iter()
        .filter(|(name, _)| fields.contains(*name))
        .collect();
    if known.is_empty() {
        return None;
    }
    let text = serde_json::to_vec(&known).ok()?;
    let hash = Sha256::digest(&text);
    HeaderValue::from_str(&format!("\"{}\"", hex::encode(&hash[..TAG_BYTES]))).ok()
}
