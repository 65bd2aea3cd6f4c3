//! Payment channels (支付管理): who we are there, whether they take payments, a test call.

use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Named, Payload};
use crate::run_to_end::run_to_end;
use app::system::ChannelState;
use axum::extract::State;
use channels::payment::ChannelName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A channel's name in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct Channel(ChannelName);

impl Named for Channel {
    const NAME: &'static str = "payment channel";
}

/// A payment channel.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentChannelOut {
    /// `wechat`, `alipay`, `mock`.
    #[schema(example = "wechat")]
    channel: &'static str,
    /// Whether the configuration has it.
    configured: bool,
    /// Whether it takes new payments.
    enabled: bool,
    /// Our number there, masked.
    #[schema(example = "190****001")]
    merchant_no: Option<String>,
    /// The serial number of our certificate.
    certificate_serial: Option<String>,
    /// Where it tells of payments.
    notify_url: Option<String>,
    /// Who turned it on or off last.
    updated_by: Option<String>,
    /// When, Unix seconds.
    updated_at: Option<i64>,
}

impl From<ChannelState> for PaymentChannelOut {
    fn from(state: ChannelState) -> Self {
        let configured = state.about.is_some();
        let about = state.about.unwrap_or_default();
        let switch = state.switch.as_ref();
        Self {
            channel: state.name.as_str(),
            configured,
            enabled: state.enabled,
            merchant_no: about.merchant_no,
            certificate_serial: about.certificate_serial,
            notify_url: about.notify_url,
            updated_at: switch.map(|switch| switch.updated_at.unix_seconds()),
            updated_by: switch.map(|switch| switch.updated_by.clone()),
        }
    }
}

/// Shows how all payment channels stand.
#[utoipa::path(
    get,
    path = "/api/v1/admin/payment-channels",
    tag = "console",
    operation_id = "list_payment_channels",
    extensions(("x-access" = json!("system.payment.view"))),
    responses((status = 200, description = "Channels", body = Envelope<Vec<PaymentChannelOut>>))
)]
pub(crate) async fn list(State(api): State<Api>) -> Answer<Vec<PaymentChannelOut>> {
    let states = api.app().payment_channels().await?;
    Ok(ok(states
        .into_iter()
        .map(PaymentChannelOut::from)
        .collect()))
}

/// Whether a channel takes new payments.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": false}))]
pub(crate) struct PaymentChannelBody {
    /// Whether it does.
    enabled: bool,
}

/// Lets a payment channel take new payments, or not any more. What was begun goes on.
#[utoipa::path(
    put,
    path = "/api/v1/admin/payment-channels/{channel}/state",
    tag = "console",
    operation_id = "enable_payment_channel",
    extensions(("x-access" = json!("system.payment.enable")), ("x-audit" = json!("own"))),
    params(("channel" = String, Path, description = "Which", example = "wechat")),
    request_body = PaymentChannelBody,
    responses(
        (status = 200, description = "The channel", body = Envelope<PaymentChannelOut>),
        (status = 404, description = "No such channel", body = Refusal),
        (status = 409, description = "It is not configured", body = Refusal),
    )
)]
pub(crate) async fn enable(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(Channel(name)): At<Channel>,
    Payload(body): Payload<PaymentChannelBody>,
) -> Answer<PaymentChannelOut> {
    let app = api.app().clone();
    let state =
        run_to_end(async move { app.enable_payment_channel(&actor, name, body.enabled).await })
            .await?;
    Ok(ok(state.into()))
}

/// What came of trying a channel.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentTestOut {
    /// It answered, and took our signature.
    reached: bool,
    /// What it said.
    detail: String,
}

/// Asks a payment channel for a payment that nobody made: does it answer, and does it know us?
#[utoipa::path(
    post,
    path = "/api/v1/admin/payment-channels/{channel}/test",
    tag = "console",
    operation_id = "test_payment_channel",
    extensions(("x-access" = json!("system.payment.test")), ("x-audit" = json!("own"))),
    params(("channel" = String, Path, description = "Which", example = "wechat")),
    responses(
        (status = 200, description = "What came of it", body = Envelope<PaymentTestOut>),
        (status = 404, description = "No such channel", body = Refusal),
        (status = 409, description = "It is not configured", body = Refusal),
    )
)]
pub(crate) async fn test(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(Channel(name)): At<Channel>,
) -> Answer<PaymentTestOut> {
    let app = api.app().clone();
    let test = run_to_end(async move { app.test_payment_channel(&actor, name).await }).await?;
    Ok(ok(PaymentTestOut {
        reached: test.reached,
        detail: test.detail,
    }))
}
