//! One HTTP call: its request id and its time, known wherever the answer is made, and what is
//! counted about it.

use crate::Api;
use crate::failure::Failure;
use app::{FLOW, carry_trace, new_trace, within_trace};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use kernel::{Timestamp, TraceId};
use metrics::SharedString;
use serde::{Serialize, Serializer};
use std::cell::RefCell;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tracing::{Instrument as _, debug, error, trace_span, warn};

/// Carries the request id, beside the envelope, so that proxies can log it.
const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Carries the id of the flow, by which everything that follows from the call is found.
const TRACE_ID_HEADER: HeaderName = HeaderName::from_static("x-trace-id");

/// Label of calls to addresses that do not exist: strangers must not invent labels.
const NO_ROUTE: &str = "none";

/// Who calls without a key or a session.
const NOBODY: &str = "nobody";

tokio::task_local! {
    static CALL: Call;
    static CALLER: RefCell<Option<String>>;
}

/// What every answer says about its call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// Identifies the call in logs and complaints.
    pub(crate) id: RequestId,
    /// When it arrived.
    pub(crate) at: Timestamp,
}

/// Names the flow of a call, as W3C Trace Context does: a caller's own flow goes on here.
const TRACEPARENT: &str = "traceparent";

/// The flow that a call says it belongs to; a new one where it says nothing that can be read.
fn trace_of(request: &Request) -> TraceId {
    let said = request.headers().get(TRACEPARENT);
    let said = said.and_then(|value| value.to_str().ok());
    said.and_then(TraceId::from_traceparent)
        .unwrap_or_else(new_trace)
}

impl Call {
    /// The call that is being answered.
    pub(crate) fn current() -> Self {
        CALL.try_with(|call| *call).unwrap_or(Self {
            id: RequestId(*b"req-000000000000"),
            at: Timestamp(0),
        })
    }

    /// Remembers whose call it is, for the statistics.
    pub(crate) fn is_from(caller: &str) {
        // Outside of a call there is nothing to remember.
        let _ = CALLER.try_with(|known| *known.borrow_mut() = Some(caller.to_owned()));
    }

    /// Takes the call along into a task of its own.
    pub(crate) fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> {
        carry_trace(CALL.scope(Self::current(), work))
    }
}

/// `req-` and twelve hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId([u8; 16]);

impl RequestId {
    fn random() -> Self {
        let mut text = *b"req-000000000000";
        let digits = &mut text[4..];
        hex::encode_to_slice(rand::random::<[u8; 6]>(), digits)
            .expect("six bytes are twelve digits");
        Self(text)
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The outermost layer of every route: gives the call its id and its deadline, turns a panic
/// into an answer, counts.
pub(crate) async fn observe(State(api): State<Api>, request: Request, next: Next) -> Response {
    let call = Call {
        id: RequestId::random(),
        at: api.app().now(),
    };
    let trace = trace_of(&request);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let begun = Instant::now();
    let deadline = api.settings().request_timeout;
    let work = async {
        let response = answer(request, next, deadline).await;
        let caller = CALLER.with(RefCell::take);
        (response, caller)
    };
    let work = CALLER.scope(RefCell::default(), work);
    let span = trace_span!(target: FLOW, "API call", trace_id = %trace, request_id = %call.id,
        %method, path = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str));
    let work = CALL.scope(call, work).instrument(span);
    let (mut response, caller) = within_trace(trace, work).await;
    let elapsed = begun.elapsed();
    let status = response.status();
    let path = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    count(path, status.as_str(), elapsed);
    let caller = caller.as_deref().unwrap_or(NOBODY);
    api.app()
        .count_call(method.as_str(), path, caller, status.as_u16(), elapsed);
    let elapsed_ms = elapsed.as_secs_f64() * 1000.0;
    if status.is_server_error() {
        warn!(request_id = %call.id, trace_id = %trace, %method, path, status = status.as_u16(), elapsed_ms, "API call failed");
    } else {
        debug!(request_id = %call.id, trace_id = %trace, %method, path, status = status.as_u16(), elapsed_ms, "API call");
    }
    if let Ok(id) = HeaderValue::from_bytes(&call.id.0) {
        response.headers_mut().insert(REQUEST_ID_HEADER, id);
    }
    if let Ok(id) = HeaderValue::from_str(&trace.to_string()) {
        response.headers_mut().insert(TRACE_ID_HEADER, id);
    }
    response
}

async fn answer(request: Request, next: Next, deadline: Duration) -> Response {
    let guarded = AssertUnwindSafe(next.run(request)).catch_unwind();
    match timeout(deadline, guarded).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let reason = panic
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
                .unwrap_or("no reason given");
            error!(request_id = %Call::current().id, reason, "a handler panicked");
            Failure::internal().into_response()
        }
        Err(_) => Failure::deadline().into_response(),
    }
}

fn count(route: &str, code: &str, elapsed: Duration) {
    let route = SharedString::from(route.to_owned());
    let code = SharedString::from(code.to_owned());
    metrics::histogram!("openpile_api_latency_seconds", "route" => route.clone()).record(elapsed);
    metrics::counter!("openpile_api_requests_total", "route" => route, "code" => code).increment(1);
}

#[cfg(test)]
mod tests {
    use super::{RequestId, answer};
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::middleware::{Next, from_fn};
    use axum::routing::get;
    use std::time::Duration;
    use tower::ServiceExt;

    #[test]
    fn request_ids_have_the_published_shape() {
        let id = RequestId::random();
        let digits = id.as_str().strip_prefix("req-").expect("the prefix");
        assert_eq!(digits.len(), 12);
        assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(id, RequestId::random());
    }

    async fn panics() {
        panic!("a handler that is wrong");
    }

    #[tokio::test]
    async fn a_panic_and_a_passed_deadline_are_answered() {
        let deadline = Duration::from_millis(20);
        let guard = from_fn(move |request: Request, next: Next| answer(request, next, deadline));
        let app = Router::new()
            .route("/panic", get(panics))
            .route("/slow", get(std::future::pending::<()>))
            .layer(guard);
        for (path, status) in [("/panic", 500), ("/slow", 503)] {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let response = app.clone().oneshot(request).await.expect("infallible");
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["content-type"], "application/json");
        }
    }
}
