use super::send::send;
use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::third::ParamsBody;
use crate::ticket::TicketOut;
use crate::view::seconds;
use axum::extract::State;
use device::Command;
use kernel::PhyId;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use store::device_params::{CONFIRMED, DeviceParam, FAILED};
use utoipa::ToSchema;

/// Wire commands of BKV v8.6 that carry one parameter and are sent one at a time, never by a loop
/// over the range (docs/protocols/bkv.md).
const ONE_BY_ONE: RangeInclusive<u16> = 0x83..=0x89;

/// What a parameter holds.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Content {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// A parameter as last set or reported.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParamOut {
    /// The socket behind a gateway; 0 is the device itself.
    socket_no: i16,
    /// Its number or name.
    #[schema(example = "1")]
    id: String,
    /// Its value in the protocol's unit.
    #[schema(example = 100)]
    value: Content,
    /// `pending`, `confirmed` or `failed`.
    #[schema(example = "confirmed")]
    state: &'static str,
    /// When the device had it, Unix seconds.
    confirmed_at: Option<i64>,
}

impl From<DeviceParam> for ParamOut {
    fn from(param: DeviceParam) -> Self {
        Self {
            socket_no: param.socket_no,
            id: param.param_id,
            value: match param.text_value {
                Some(text) => Content::Text(text),
                None => Content::Number(param.value),
            },
            state: match param.state {
                CONFIRMED => "confirmed",
                FAILED => "failed",
                _ => "pending",
            },
            confirmed_at: seconds(param.confirmed_at),
        }
    }
}

/// Shows the parameters of a device as last set or reported.
#[utoipa::path(
    get,
    path = "/api/v1/admin/devices/{phy_id}/params",
    tag = "administration",
    operation_id = "list_params",
    extensions(("x-access" = json!("device.device.view"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    responses(
        (status = 200, description = "The parameters", body = Envelope<Vec<ParamOut>>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn list(State(api): State<Api>, At(phy_id): At<PhyId>) -> Answer<Vec<ParamOut>> {
    let params = api.app().device_params(&phy_id).await?;
    Ok(ok(params.into_iter().map(ParamOut::from).collect()))
}

/// Parameters to set, and how.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"params": [{"id": 1, "value": 100}], "via": "0x84", "wait": 5}))]
pub(crate) struct AdminParamsBody {
    /// At most 32; exactly one with a `via` of `0x83` to `0x89`.
    #[schema(min_items = 1, max_items = 32)]
    params: Vec<crate::third::ParamBody>,
    /// The socket behind a gateway that they are for, where the protocol has such.
    #[schema(minimum = 1, maximum = 250)]
    socket_no: Option<u8>,
    /// The wire command to use, where a protocol has several: `0x83` to `0x89` on BKV v8.6,
    /// `0x03` (parameters) and `0x06` (limits of a port) on older networked BKV firmware.
    /// Without it the usual one.
    #[schema(example = "0x84")]
    via: Option<String>,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    wait: Option<u8>,
}

/// Sets parameters of a device, by a particular wire command if need be.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/params",
    tag = "administration",
    operation_id = "set_params",
    extensions(("x-access" = json!("device.device.set_params"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = AdminParamsBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device has no such parameter, or not that value",
            body = Refusal),
    )
)]
pub(crate) async fn set(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<AdminParamsBody>,
) -> Answer<TicketOut> {
    let via = body.via.as_deref().map(wire_command).transpose()?;
    if via.is_some_and(|cmd| ONE_BY_ONE.contains(&cmd)) && body.params.len() != 1 {
        return Err(Failure::semantic(
            "params",
            "must be one parameter when via names a command",
        ));
    }
    let plain = ParamsBody {
        params: body.params,
        socket_no: body.socket_no,
        wait: body.wait,
    };
    send(&api, client, phy_id, plain.command(via)?, body.wait).await
}

fn wire_command(text: &str) -> Result<u16, Failure> {
    text.strip_prefix("0x")
        .and_then(|digits| u16::from_str_radix(digits, 16).ok())
        .ok_or_else(|| Failure::invalid("via", "must be a wire command such as 0x83"))
}

/// Which socket's parameters are asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"socket_no": 1, "wait": 5}))]
pub(crate) struct ParamsQueryBody {
    /// The socket behind a gateway, where the protocol has such.
    #[schema(minimum = 1, maximum = 250)]
    socket_no: Option<u8>,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    wait: Option<u8>,
}

/// Asks a device for its parameters.
///
/// They are found in the list of parameters once the device has answered.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/params/query",
    tag = "administration",
    operation_id = "query_params",
    extensions(("x-access" = json!("device.device.query"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = ParamsQueryBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device has no such command or no such socket",
            body = Refusal),
    )
)]
pub(crate) async fn query(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<ParamsQueryBody>,
) -> Answer<TicketOut> {
    let command = Command::QueryParams {
        socket: body.socket_no,
    };
    send(&api, client, phy_id, command, body.wait).await
}
