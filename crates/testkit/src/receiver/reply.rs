use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::response::Response;
use futures_util::stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::sleep;

/// How a receiver answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 200 with `{"success": true}`.
    Accept,
    /// The same after a while.
    AcceptAfter(Duration),
    /// This status with an empty body.
    Status(u16),
    /// This status with that JSON.
    Json(u16, String),
    /// 429 with `Retry-After` in seconds.
    TooMany(u64),
    /// 307 to this address.
    Redirect(String),
    /// No answer at all.
    Hang,
    /// 200, then a body of one byte per pause that never ends.
    Drip(Duration),
    /// 200 with a body of so many bytes.
    Oversized(usize),
}

impl Reply {
    /// Its HTTP status; 0 for none.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Accept | Self::AcceptAfter(_) | Self::Drip(_) | Self::Oversized(_) => 200,
            Self::Status(status) | Self::Json(status, _) => *status,
            Self::TooMany(_) => 429,
            Self::Redirect(_) => 307,
            Self::Hang => 0,
        }
    }

    pub(super) const fn is_complete(&self) -> bool {
        !matches!(self, Self::Hang | Self::Drip(_))
    }

    pub(super) async fn respond(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or_default();
        let mut response = Response::builder().status(status);
        let body = match self {
            Self::Accept => success(),
            Self::AcceptAfter(pause) => {
                sleep(pause).await;
                success()
            }
            Self::Status(_) => Body::empty(),
            Self::Json(_, text) => Body::from(text),
            Self::TooMany(seconds) => {
                response = response.header(RETRY_AFTER, seconds);
                Body::empty()
            }
            Self::Redirect(to) => {
                response = response.header(LOCATION, to);
                Body::empty()
            }
            Self::Hang => std::future::pending().await,
            Self::Drip(pause) => drip(pause),
            Self::Oversized(length) => Body::from(vec![b'x'; length]),
        };
        response
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .unwrap_or_default()
    }
}

fn success() -> Body {
    Body::from(r#"{"success": true}"#)
}

fn drip(pause: Duration) -> Body {
    Body::from_stream(stream::unfold((), move |()| async move {
        sleep(pause).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), ()))
    }))
}
