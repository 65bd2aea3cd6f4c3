//! Answers are packed for who takes them so, and only then.

use crate::lab::{ADMIN, Lab};
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt;

const LONG: &str = "/openapi.json";
const SHORT: &str = "/healthz";

/// The encoding of an answer, and how many bytes it has.
async fn asked(lab: &Lab, path: &str, accepts: Option<&str>) -> (Option<String>, usize) {
    let mut request = Request::get(path).header("X-Api-Key", ADMIN);
    if let Some(accepts) = accepts {
        request = request.header("Accept-Encoding", accepts);
    }
    let request = request.body(Body::empty()).expect("a request");
    let answer = lab
        .router
        .clone()
        .oneshot(request)
        .await
        .expect("infallible");
    let encoding = answer.headers().get("content-encoding");
    let encoding = encoding.map(|name| name.to_str().expect("a word").to_owned());
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 24).await;
    (encoding, bytes.expect("a body").len())
}

#[tokio::test]
async fn long_answers_are_packed_for_who_takes_them_so() {
    let lab = Lab::new().await;
    let (plain, long) = asked(&lab, LONG, None).await;
    let (packed, short) = asked(&lab, LONG, Some("gzip, deflate, br")).await;
    assert_eq!((plain, packed.as_deref()), (None, Some("gzip")));
    assert!(short * 4 < long, "{short} of {long} bytes");
    assert_eq!(asked(&lab, SHORT, Some("gzip")).await.0, None);
    lab.close().await;
}
