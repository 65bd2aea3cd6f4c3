use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use crate::ticket::{TicketOut, wait};
use axum::extract::State;
use device::{Command, ParamContent, ParamValue};
use kernel::PhyId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Parameters of one call.
const PARAMS_MAX: usize = 32;
/// Longest name of a parameter.
/// Longest text of a parameter in bytes.
const PARAM_TEXT_MAX: usize = 512;
const PARAM_ID_MAX: usize = 64;

/// Parameters to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"params": [{"id": 1, "value": 100}], "wait": 5}))]
pub(crate) struct ParamsBody {
    /// At most 32.
    #[schema(min_items = 1, max_items = 32)]
    pub(crate) params: Vec<ParamBody>,
    /// The socket behind a gateway that they are for, where the protocol has such.
    #[schema(minimum = 1, maximum = 250)]
    pub(crate) socket_no: Option<u8>,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    pub(crate) wait: Option<u8>,
}

/// One parameter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParamBody {
    /// Its number, or its name in the device's protocol.
    #[schema(value_type = ParamId)]
    id: ParamId,
    /// Its value in the protocol's own unit: a number, or a text of up to 512 characters.
    value: ParamContentBody,
}

/// A parameter's number or name.
#[derive(Deserialize, ToSchema)]
#[serde(untagged, expecting = "a number or a name")]
enum ParamId {
    /// Its number.
    Number(u32),
    /// Its name.
    Name(String),
}

impl ParamsBody {
    /// The values as the device's protocol takes them.
    fn values(params: Vec<ParamBody>) -> Result<Vec<ParamValue>, Failure> {
        if params.is_empty() || params.len() > PARAMS_MAX {
            return Err(Failure::invalid("params", "must be 1 to 32 parameters"));
        }
        params
            .into_iter()
            .enumerate()
            .map(|(index, param)| param.read(index))
            .collect()
    }

    /// The command that sets them, by a wire command of its own if one is named.
    pub(crate) fn command(self, via: Option<u16>) -> Result<Command, Failure> {
        Ok(Command::SetParams {
            socket: self.socket_no,
            values: Self::values(self.params)?,
            via,
        })
    }
}

/// What a parameter holds.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ParamContentBody {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl ParamContentBody {
    fn read(self, index: usize) -> Result<ParamContent, Failure> {
        match self {
            Self::Number(value) => Ok(value.into()),
            Self::Text(text) if text.len() <= PARAM_TEXT_MAX => Ok(ParamContent::Text(text)),
            Self::Text(_) => Err(Failure::invalid(
                &format!("params[{index}].value"),
                "must have at most 512 characters",
            )),
        }
    }
}

impl ParamBody {
    fn read(self, index: usize) -> Result<ParamValue, Failure> {
        let id = match self.id {
            ParamId::Number(number) => number.to_string(),
            ParamId::Name(name) if (1..=PARAM_ID_MAX).contains(&name.len()) => name,
            ParamId::Name(_) => {
                let field = format!("params[{index}].id");
                return Err(Failure::invalid(&field, "must have 1 to 64 characters"));
            }
        };
        Ok(ParamValue {
            id,
            value: self.value.read(index)?,
        })
    }
}

/// Sets parameters of a device.
///
/// They wait up to a day for a device that is offline.
#[utoipa::path(
    post,
    path = "/api/v1/third/devices/{phy_id}/params",
    tag = "third-party",
    operation_id = "params",
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = ParamsBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`device disabled`, `protocol_retired`",
            body = Refusal),
        (status = 422, description = "The device has no such parameter, or not that value",
            body = Refusal),
    )
)]
pub(crate) async fn params(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<ParamsBody>,
) -> Answer<TicketOut> {
    client.check_device(&phy_id)?;
    let wait = wait(body.wait)?;
    let command = body.command(None)?;
    let app = api.app().clone();
    let ticket = run_to_end(async move {
        app.send_command(&client.caller.actor(), &phy_id, command, wait)
            .await
    })
    .await?;
    Ok(ok(ticket.into()))
}
