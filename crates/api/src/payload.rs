//! What a caller sends: JSON bodies, query strings, path parameters. Each refusal names the
//! field that is wrong.

use crate::Api;
use crate::failure::Failure;
use crate::words;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use std::error::Error;
use std::time::Duration;
use tokio::time::timeout;

/// Time for a whole body to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(15);
/// What is read of a body that is too long.
const DRAIN_BYTES_MAX: usize = 1 << 20;
/// Time for that.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(2);

/// A JSON body, whatever the `Content-Type` says: the published example calls send none. No body
/// at all counts as `{}`.
#[derive(Debug)]
pub(crate) struct Payload<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Api> for Payload<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Failure> {
        let limit = api.settings().body_max_bytes;
        let body = read_body(request, limit).await?;
        parse(&body).map(Self)
    }
}

/// Longest body of what is longer than others: a permission tree as people write it.
const LONG_BYTES_MAX: usize = 256 * 1024;

/// The same, longer than others.
#[derive(Debug)]
pub(crate) struct LongPayload<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Api> for LongPayload<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Failure> {
        let limit = api.settings().body_max_bytes.max(LONG_BYTES_MAX);
        let body = read_body(request, limit).await?;
        parse(&body).map(Self)
    }
}

/// Tells a null from an absent field, with `default` beside it.
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things here"
)]
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read_body(request: Request, limit: usize) -> Result<Bytes, Failure> {
    let (parts, body) = request.into_parts();
    read_parts(&parts, body, limit).await
}

/// Reads the body that belongs to a request's head.
pub(crate) async fn read_parts(head: &Parts, body: Body, limit: usize) -> Result<Bytes, Failure> {
    let announced = head.headers.get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |len| len > limit)) {
        drain(body).await;
        return Err(Failure::too_large(limit));
    }
    match timeout(BODY_TIME_MAX, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error))
            if error
                .source()
                .is_some_and(<dyn Error>::is::<LengthLimitError>) =>
        {
            Err(Failure::too_large(limit))
        }
        Ok(Err(_)) => Err(Failure::malformed("the body ended too early".to_owned())),
        Err(_) => Err(Failure::too_slow()),
    }
}

/// Reads and drops a body that is too long, as far as that is reasonable: a caller that is still
/// writing when the connection closes sees a reset instead of its answer.
async fn drain(body: Body) {
    let mut chunks = body.into_data_stream();
    let reading = async {
        let mut left = DRAIN_BYTES_MAX;
        while let Some(Ok(chunk)) = chunks.next().await
            && let Some(rest) = left.checked_sub(chunk.len())
        {
            left = rest;
        }
    };
    // What is not there by now is not waited for.
    let _ = timeout(DRAIN_TIME_MAX, reading).await;
}

/// Reads an object. Depth is bounded by the JSON reader itself.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let text = body.trim_ascii();
    let text = if text.is_empty() { b"{}" } else { text };
    // A struct could be read from a list of its fields in order; nobody shall rely on that.
    if text.first() == Some(&b'[') {
        return Err(Failure::malformed(
            "the body must be a JSON object".to_owned(),
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        explain(&path, error.inner())
    })?;
    reader.end().map_err(|error| explain(".", &error))?;
    Ok(value)
}

fn explain(path: &str, error: &serde_json::Error) -> Failure {
    let text = error.to_string();
    if error.classify() != Category::Data {
        return Failure::malformed(format!("the body is not valid JSON: {text}"));
    }
    let position = format!(" at line {} column {}", error.line(), error.column());
    let problem = text.strip_suffix(position.as_str()).unwrap_or(&text);
    if let Some(failure) = verdict(path, problem) {
        return failure;
    }
    let field = if path == "." { "body" } else { path };
    let number = problem.rsplit_once(", expected ").and_then(|(said, kind)| {
        let expected = words::whole_number(kind)?;
        Some(format!("{said}, expected {expected}"))
    });
    Failure::invalid(field, number.as_deref().unwrap_or(problem))
}

/// A field that is missing, unknown or there twice.
fn verdict(path: &str, problem: &str) -> Option<Failure> {
    for (prefix, verdict) in [
        ("missing field `", "is missing"),
        ("unknown field `", "is not known"),
        ("duplicate field `", "is there twice"),
    ] {
        let named = problem
            .strip_prefix(prefix)
            .and_then(|rest| rest.split_once('`'));
        if let Some((field, rest)) = named {
            let inside = path
                .strip_suffix(field)
                .unwrap_or(path)
                .trim_end_matches('.');
            let field = if inside.is_empty() {
                field.to_owned()
            } else {
                format!("{inside}.{field}")
            };
            return Some(Failure::invalid(&field, &format!("{verdict}{rest}")));
        }
    }
    None
}

/// The query string.
pub(crate) struct Filter<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Filter<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Failure> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Failure::invalid("query", "cannot be read"))?;
        let filter = words::read(&pairs).map_err(|(field, problem)| match field {
            Some(field) => {
                verdict(&field, &problem).unwrap_or_else(|| Failure::invalid(&field, &problem))
            }
            None => verdict("", &problem).unwrap_or_else(|| Failure::invalid("query", &problem)),
        })?;
        Ok(Self(filter))
    }
}

/// A value in the path. One that cannot be the id of anything belongs to nothing: 404.
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send + Named> FromRequestParts<Api> for At<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        match Path::from_request_parts(parts, api).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(Failure::not_found(T::NAME)),
        }
    }
}

/// What an id in a path stands for.
pub(crate) trait Named {
    /// In the words of a 404.
    const NAME: &'static str;
}

impl Named for kernel::PhyId {
    const NAME: &'static str = "device";
}

impl Named for (kernel::PhyId, u8) {
    const NAME: &'static str = "socket";
}

impl Named for (kernel::PhyId, u16) {
    const NAME: &'static str = "port";
}

impl Named for kernel::OrderNo {
    const NAME: &'static str = "order";
}

impl Named for kernel::CommandId {
    const NAME: &'static str = "command";
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        port_no: u16,
        #[serde(default)]
        params: Vec<Param>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Param {
        id: u8,
    }

    fn refusal(body: &str) -> String {
        let failure = parse::<Body>(body.as_bytes()).expect_err("bad input");
        assert_eq!(failure.status(), 400);
        format!("{failure:?}")
    }

    #[test]
    fn a_good_body_is_read() {
        let body: Body = parse(br#" {"port_no":1,"params":[{"id":2}]} "#).expect("good");
        assert_eq!((body.port_no, body.params[0].id), (1, 2));
    }

    #[test]
    fn refusals_name_the_field() {
        for (body, expected) in [
            ("", "port_no: is missing"),
            ("{}", "port_no: is missing"),
            (r#"{"port_no":"1"}"#, "port_no: invalid type: string"),
            (
                r#"{"port_no":70000}"#,
                "port_no: invalid value: integer `70000`",
            ),
            (r#"{"port_no":1,"prot":2}"#, "prot: is not known, expected"),
            (r#"{"port_no":1,"port_no":2}"#, "port_no: is there twice"),
            (
                r#"{"port_no":1,"params":[{"id":1},{"id":true}]}"#,
                "params[1].id: invalid type",
            ),
            (
                r#"{"port_no":1,"params":[{"idd":1}]}"#,
                "params[0].idd: is not known",
            ),
            (r#"{"port_no":1,"params":[{}]}"#, "params[0].id: is missing"),
            ("null", "body: invalid type: null"),
            ("[1]", "must be a JSON object"),
        ] {
            let text = refusal(body);
            assert!(text.contains(expected), "{body}: {text}");
        }
    }

    #[test]
    fn numbers_are_told_in_plain_language() {
        let text = refusal(r#"{"port_no":"1"}"#);
        assert!(
            text.contains("expected a whole number from 0 to 65535"),
            "{text}"
        );
        let text = refusal(r#"{"port_no":1,"params":[{"id":-1}]}"#);
        assert!(
            text.contains("expected a whole number from 0 to 255"),
            "{text}"
        );
    }

    #[test]
    fn malformed_json_says_where() {
        assert!(refusal(r#"{"port_no":1"#).contains("line 1 column 12"));
        assert!(refusal("{\n\"port_no\":,}").contains("line 2 column 11"));
        assert!(refusal(r#"{"port_no":1} x"#).contains("trailing characters"));
        let deep = "[".repeat(100_000);
        assert!(refusal(&format!(r#"{{"params":{deep}"#)).contains("params[0]"));
        let deep = format!(r#"{{"params":{deep}"#);
        let failure = parse::<serde_json::Value>(deep.as_bytes()).expect_err("too deep");
        assert!(format!("{failure:?}").contains("recursion limit"));
        refusal("\u{feff}{}");
        let failure = parse::<Body>(b"{\"\xff\":1}").expect_err("no UTF-8");
        assert_eq!(failure.status(), 400);
    }
}
