//! Everything but success, and the one place where errors of the use cases become HTTP answers.

use crate::call::Call;
use crate::envelope::{Envelope, json};
use app::AppError;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::tier::Module;
use serde::Serialize;
use serde_json::{Value, json as value};
use std::borrow::Cow;
use std::time::Duration;
use tracing::error;
use utoipa::ToSchema;

/// What a client is told to wait for the database, in seconds.
const OUTAGE_RETRY_S: u64 = 5;
/// What a client is told to wait for a module that rests, in seconds.
const RESTING_RETRY_S: u64 = 60;
/// What a client is told to wait for a device whose queue is full, in seconds.
const QUEUE_RETRY_S: u64 = 10;

/// An answer that is no success; its code is the HTTP status.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    message: Cow<'static, str>,
    data: Value,
    retry_after_s: Option<u64>,
}

/// Which value of the request is wrong.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// The field, parameter or header.
    #[schema(example = "duration")]
    field: String,
    /// What is wrong with it.
    #[schema(example = "is required for charge_mode 1")]
    problem: String,
}

/// The order that holds a port.
#[derive(Serialize, ToSchema)]
pub(crate) struct PortHolder {
    /// Its number.
    #[schema(example = "THD1729407600001")]
    current_order: String,
    /// The port.
    #[schema(example = 1)]
    port_no: u16,
    /// What it is doing: `pending` or `charging`.
    #[schema(example = "charging")]
    status: &'static str,
}

/// A refusal. `data` names the field, where one is to blame.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the envelope of a Failure")]
pub(crate) struct Refusal {
    /// The HTTP status.
    #[schema(example = 400)]
    code: u16,
    /// For people.
    #[schema(example = "duration: must be at least 1")]
    message: String,
    /// The field to blame.
    data: Option<FieldProblem>,
    /// Names this call in our logs.
    #[schema(example = "req-5f2a9c01d4e7")]
    request_id: String,
    /// When the call arrived, Unix seconds.
    #[schema(example = 1_729_407_600)]
    timestamp: i64,
}

/// A refusal because of the present state. `data` names the order in the way, where one is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the envelope of a Failure")]
pub(crate) struct Conflict {
    /// Always 409.
    #[schema(example = 409)]
    code: u16,
    /// For people.
    #[schema(example = "port is busy")]
    message: String,
    /// The order in the way.
    data: Option<PortHolder>,
    /// Names this call in our logs.
    #[schema(example = "req-5f2a9c01d4e7")]
    request_id: String,
    /// When the call arrived, Unix seconds.
    #[schema(example = 1_729_407_600)]
    timestamp: i64,
}

/// The permission that is missing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Required {
    /// The leaf of the permission tree.
    #[schema(example = "order.charge.refund")]
    required: String,
}

/// A refusal because the account, or the key, is not allowed to do this.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the envelope of a Failure")]
pub(crate) struct Denial {
    /// Always 403.
    #[schema(example = 403)]
    code: u16,
    /// For people.
    #[schema(example = "permission denied")]
    message: String,
    /// What is missing, where that is one permission.
    data: Option<Required>,
    /// Names this call in our logs.
    #[schema(example = "req-5f2a9c01d4e7")]
    request_id: String,
    /// When the call arrived, Unix seconds.
    #[schema(example = 1_729_407_600)]
    timestamp: i64,
}

impl Failure {
    const fn new(status: StatusCode, message: Cow<'static, str>) -> Self {
        Self {
            status,
            message,
            data: Value::Null,
            retry_after_s: None,
        }
    }

    const fn fixed(status: StatusCode, message: &'static str) -> Self {
        Self::new(status, Cow::Borrowed(message))
    }

    fn of_field(status: StatusCode, field: &str, problem: &str) -> Self {
        let data = FieldProblem {
            field: field.to_owned(),
            problem: problem.to_owned(),
        };
        Self {
            data: serde_json::to_value(data).unwrap_or_default(),
            ..Self::new(status, Cow::Owned(format!("{field}: {problem}")))
        }
    }

    const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// 400: a value that cannot be read as what it should be.
    pub(crate) fn invalid(field: &str, problem: &str) -> Self {
        Self::of_field(StatusCode::BAD_REQUEST, field, problem)
    }

    /// 400: a body that is no JSON at all.
    pub(crate) fn malformed(problem: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Cow::Owned(problem))
    }

    /// 401.
    pub(crate) const fn unauthorized(why: &'static str) -> Self {
        Self::fixed(StatusCode::UNAUTHORIZED, why)
    }

    /// 403.
    pub(crate) const fn forbidden(why: &'static str) -> Self {
        Self::fixed(StatusCode::FORBIDDEN, why)
    }

    /// 403: the account lacks that permission leaf.
    pub(crate) fn denied(required: &str) -> Self {
        Self {
            data: value!(Required {
                required: required.to_owned(),
            }),
            ..Self::forbidden("permission denied")
        }
    }

    /// 404.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            Cow::Owned(format!("{what} not found")),
        )
    }

    /// 405.
    pub(crate) const fn method_not_allowed() -> Self {
        Self::fixed(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
    }

    /// 408: the body came too slowly.
    pub(crate) const fn too_slow() -> Self {
        Self::fixed(
            StatusCode::REQUEST_TIMEOUT,
            "the body took too long to arrive",
        )
    }

    /// 409.
    pub(crate) const fn conflict(why: &'static str) -> Self {
        Self::fixed(StatusCode::CONFLICT, why)
    }

    /// 412: the thing is another than the one that was edited.
    pub(crate) const fn changed_meanwhile() -> Self {
        Self::fixed(
            StatusCode::PRECONDITION_FAILED,
            "somebody else has changed it meanwhile",
        )
    }

    /// 413.
    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("the body is longer than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Cow::Owned(message))
    }

    /// 422: well-formed, but makes no sense here.
    pub(crate) fn semantic(field: &str, problem: &str) -> Self {
        Self::of_field(StatusCode::UNPROCESSABLE_ENTITY, field, problem)
    }

    /// 429.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self::fixed(StatusCode::TOO_MANY_REQUESTS, "too many requests").retry_after(seconds.max(1))
    }

    /// 429: the same was asked for a moment ago.
    pub(crate) fn too_soon(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let message = format!("another may be asked for in {seconds} seconds");
        Self::new(StatusCode::TOO_MANY_REQUESTS, Cow::Owned(message)).retry_after(seconds.max(1))
    }

    /// 429: too many failed logins.
    pub(crate) fn locked(wait: Duration) -> Self {
        Self::fixed(
            StatusCode::TOO_MANY_REQUESTS,
            "too many failed attempts, try again later",
        )
        .retry_after(wait.as_secs() + 1)
    }

    /// 500. The reason has been logged; the caller gets none.
    pub(crate) const fn internal() -> Self {
        Self::fixed(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
    }

    /// 503: that part of the program has been switched off for the time being.
    pub(crate) fn resting(module: Module) -> Self {
        let name = module.as_str();
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            Cow::Owned(format!("switched off for the time being: {name}")),
        )
        .retry_after(RESTING_RETRY_S)
    }

    /// 503: the database is away.
    pub(crate) const fn unavailable() -> Self {
        Self::fixed(StatusCode::SERVICE_UNAVAILABLE, "temporarily unavailable")
            .retry_after(OUTAGE_RETRY_S)
    }

    /// 503: our own deadline passed.
    pub(crate) const fn deadline() -> Self {
        Self::fixed(StatusCode::SERVICE_UNAVAILABLE, "the request took too long")
            .retry_after(OUTAGE_RETRY_S)
    }

    /// The HTTP status.
    #[cfg(test)]
    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound(what) => Self::not_found(what),
            AppError::Invalid { field, problem } => Self::invalid(&field, &problem),
            AppError::Semantic { field, problem } => Self::semantic(&field, &problem),
            AppError::PortBusy {
                order_no,
                port,
                status,
            } => Self {
                data: value!(PortHolder {
                    current_order: order_no.to_string(),
                    port_no: port.0,
                    status: status.as_str(),
                }),
                ..Self::conflict("port is busy")
            },
            AppError::Conflict(why) => Self::conflict(why),
            AppError::Unauthorized(why) => Self::unauthorized(why),
            AppError::Refused(why) => Self::new(StatusCode::CONFLICT, Cow::Owned(why)),
            AppError::TooSoon(wait) => Self::too_soon(wait),
            AppError::Locked(wait) => Self::locked(wait),
            AppError::Denied(required) => Self::denied(&required),
            AppError::NotSupported(why) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, Cow::Owned(why))
            }
            AppError::Overloaded => Self::fixed(
                StatusCode::TOO_MANY_REQUESTS,
                "too many commands are waiting for this device",
            )
            .retry_after(QUEUE_RETRY_S),
            AppError::Unavailable => Self::unavailable(),
            AppError::Internal(reason) => {
                error!(request_id = %Call::current().id, error = reason, "API call failed inside");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let code = self.status.as_u16();
        let mut response = json(self.status, &Envelope::new(code, self.message, self.data));
        if let Some(seconds) = self.retry_after_s {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;
    use axum::http::header::RETRY_AFTER;
    use axum::response::IntoResponse;
    use std::time::Duration;

    #[test]
    fn waits_are_rounded_up_to_whole_seconds() {
        for (wait_ms, header) in [(1, "1"), (400, "1"), (1000, "1"), (1001, "2")] {
            let response = Failure::too_many(Duration::from_millis(wait_ms)).into_response();
            assert_eq!(response.status(), 429);
            assert_eq!(response.headers()[RETRY_AFTER], header);
        }
    }
}
