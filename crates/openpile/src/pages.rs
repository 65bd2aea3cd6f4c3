//! The console's files, below `/console/`: embedded in a release, read from `web/dist` otherwise.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

/// The page that all addresses of the console begin with; its scripts find the rest.
const INDEX: &str = "index.html";
/// Below it every name has a hash of its content in it.
const HASHED: &str = "assets/";
/// Nothing from elsewhere. Styles: the components set some on elements.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' \
    'unsafe-inline'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
const NOT_BUILT: &str = "<!doctype html><title>OpenPile</title><p>This program was built without \
    its console. <code>make web</code> builds it.";

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// Serves the console.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(async || Redirect::temporary("/console/")))
        .route("/console", get(async || Redirect::permanent("/console/")))
        .route("/console/", get(async |headers: HeaderMap| page(&headers)))
        .route("/console/{*path}", get(file))
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    if let Some(answer) = found(&path, &headers) {
        return answer;
    }
    // Addresses of pages have no dot; a file that is not there must not become a page.
    if path.starts_with(HASHED)
        || path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.contains('.'))
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    page(&headers)
}

fn page(headers: &HeaderMap) -> Response {
    found(INDEX, headers)
        .unwrap_or_else(|| (StatusCode::NOT_FOUND, Html(NOT_BUILT)).into_response())
}

/// A file, packed if the browser takes it so and it was packed when it was built.
fn found(path: &str, asked: &HeaderMap) -> Option<Response> {
    let packed = takes_brotli(asked)
        .then(|| Files::get(&format!("{path}.br")))
        .flatten();
    let is_packed = packed.is_some();
    let file = packed.or_else(|| Files::get(path))?;
    let tag = tag_of(&file);
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keeping(path)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if asked.get(IF_NONE_MATCH) == Some(&tag) {
        headers.insert(ETAG, tag);
        return Some((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(ETAG, tag);
    if is_packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
        headers.insert(CONTENT_TYPE, kind);
    }
    Some((headers, file.data.into_owned()).into_response())
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.split(',').any(|one| {
            one.split(';')
                .next()
                .is_some_and(|name| name.trim() == "br")
        })
    })
}

fn keeping(path: &str) -> &'static str {
    if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn tag_of(file: &EmbeddedFile) -> HeaderValue {
    let hash = file.metadata.sha256_hash();
    HeaderValue::from_str(&format!("\"{}\"", hex::encode(&hash[..16])))
        .unwrap_or(HeaderValue::from_static("\"\""))
}
