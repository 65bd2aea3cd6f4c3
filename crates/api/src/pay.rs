//! Callbacks of payment channels.

use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Named};
use crate::run_to_end::run_to_end;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use channels::payment::{ChannelName, RawCallback};
use serde::Deserialize;

/// A channel's name in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Channel(ChannelName);

impl Named for Channel {
    const NAME: &'static str = "channel";
}

/// A payment's number in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct PaymentNo(String);

impl Named for PaymentNo {
    const NAME: &'static str = "payment";
}

/// Paid.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(crate) struct MockPaid {
    /// The payment.
    payment_no: String,
}

/// Says that a payment is paid, where the channel for demonstrations is configured.
#[utoipa::path(
    post,
    path = "/api/pay/mock/{payment_no}",
    tag = "open",
    operation_id = "pay_at_mock",
    params(("payment_no" = String, Path, description = "Its number")),
    responses(
        (status = 200, description = "Paid", body = Envelope<MockPaid>),
        (status = 404, description = "Not configured", body = Refusal),
        (status = 409, description = "It cannot be paid", body = Refusal),
    )
)]
pub(crate) async fn at_mock(
    State(api): State<Api>,
    At(PaymentNo(payment_no)): At<PaymentNo>,
) -> Answer<MockPaid> {
    api.app().pay_at_mock(&payment_no)?;
    Ok(ok(MockPaid { payment_no }))
}

/// Takes what a payment channel says: signed by it, answered in its own words.
#[utoipa::path(
    post,
    path = "/api/pay/{channel}/notify",
    tag = "open",
    operation_id = "payment_callback",
    params(("channel" = String, Path, description = "`wechat`, `alipay`, `mock`", example = "wechat")),
    request_body(content = String, description = "As the channel sends it"),
    responses(
        (status = 200, description = "It is stored; in the channel's own words", body = String),
        (status = 404, description = "No such channel is configured", body = Refusal),
    )
)]
pub(crate) async fn notify(
    State(api): State<Api>,
    At(Channel(name)): At<Channel>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let raw = RawCallback {
        headers,
        body: body.to_vec(),
    };
    let app = api.app().clone();
    let answer = run_to_end(async move { app.payment_callback(name, &raw).await }).await?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    if let Ok(kind) = answer.content_type.parse() {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    Ok(response)
}
