use crate::call::{Call, RequestId};
use crate::failure::Failure;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Response as HttpResponse, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::borrow::Cow;
use tracing::error;
use utoipa::ToSchema;

/// What a handler returns.
pub(crate) type Answer<T> = Result<Success<T>, Failure>;

/// The form of every JSON answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    /// 0 for success, otherwise the HTTP status.
    #[schema(example = 0)]
    pub(crate) code: u16,
    /// For people.
    #[schema(value_type = String, example = "success")]
    pub(crate) message: Cow<'static, str>,
    /// The answer itself.
    pub(crate) data: T,
    /// Names this call in our logs: `req-` and twelve hexadecimal digits.
    #[schema(value_type = String, example = "req-5f2a9c01d4e7")]
    pub(crate) request_id: RequestId,
    /// When the call arrived, Unix seconds.
    #[schema(example = 1_729_407_600)]
    pub(crate) timestamp: i64,
}

impl<T: Serialize> Envelope<T> {
    /// An answer to the current call.
    pub(crate) fn new(code: u16, message: impl Into<Cow<'static, str>>, data: T) -> Self {
        let call = Call::current();
        Self {
            code,
            message: message.into(),
            data,
            request_id: call.id,
            timestamp: call.at.unix_seconds(),
        }
    }
}

/// A successful answer: HTTP 200, code 0.
#[derive(Debug)]
pub(crate) struct Success<T> {
    message: &'static str,
    data: T,
}

impl<T> Success<T> {
    /// With a message of its own, where the contract has one.
    pub(crate) const fn saying(message: &'static str, data: T) -> Self {
        Self { message, data }
    }
}

/// Success without a particular message.
pub(crate) const fn ok<T>(data: T) -> Success<T> {
    Success::saying("success", data)
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &Envelope::new(0, self.message, self.data))
    }
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let mut response = HttpResponse::new(Body::from(bytes));
            *response.status_mut() = status;
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(problem) => {
            error!(error = %problem, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
