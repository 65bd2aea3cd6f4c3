//! Every command that a device can be given, in one shape for all families, and which of them a
//! device knows.

use super::send::{send, yes};
use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::ticket::TicketOut;
use app::Capability;
use axum::extract::State;
use device::{Command, OfflineCard, ParamContent, ParamValue, PowerLimit};
use kernel::{PhyId, PortNo, Power};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Longest text of a QR code in bytes.
const QR_MAX: usize = 256;
/// Longest number of a card.
const CARD_MAX: usize = 32;

/// A command for a device, whatever its family.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CommandBody {
    /// Asks for the state of one port, or of all.
    QueryPort {
        /// The port; none means all.
        port_no: Option<u16>,
    },
    /// Sets the clock.
    SyncTime {},
    /// Restarts the device.
    Restart {
        /// Only while nothing charges, the default: devices wait for that or refuse.
        #[serde(default = "yes")]
        when_idle: bool,
    },
    /// Reads the prices that the device holds.
    QueryTariff {},
    /// Sets the address behind the QR code. Devices that append their own number take a prefix.
    SetQr {
        /// The port; none means the device.
        port_no: Option<u16>,
        /// At most 256 bytes; devices may hold less.
        text: String,
    },
    /// Limits the power, in percent of the rating or in watts: one of both.
    SetPowerLimit {
        /// The port; none means the device.
        port_no: Option<u16>,
        /// 1 to 100.
        percent: Option<u8>,
        /// Watts.
        watts: Option<u32>,
    },
    /// Takes the device or a port out of service, or back.
    SetService {
        /// The port; none means the device.
        port_no: Option<u16>,
        /// Whether it may charge.
        in_service: bool,
    },
    /// Moves the lock of a parking space.
    MoveGroundLock {
        /// The port that it belongs to.
        port_no: u16,
        /// Up keeps the space free.
        raise: bool,
    },
    /// Stores cards that may charge while the device is away from the platform.
    StoreCards {
        /// At most 1000.
        cards: Vec<OfflineCardBody>,
    },
    /// Takes such cards away.
    RemoveCards {
        /// Numbers of the chips, hexadecimal.
        physical: Vec<String>,
    },
    /// Asks whether the device has such cards.
    QueryCards {
        /// Numbers of the chips, hexadecimal.
        physical: Vec<String>,
    },
    /// Asks for records that the device keeps.
    QueryHistory {
        /// The first one.
        first: u32,
        /// How many, 1 to 1000.
        count: u32,
    },
    /// A command that only this family has.
    Vendor {
        /// Its name, from the list of the device's commands.
        name: String,
        /// Its fields.
        #[serde(default)]
        #[schema(value_type = BTreeMap<String, VendorValue>)]
        fields: BTreeMap<String, VendorValue>,
        /// Must be true for commands that can harm a device or lose its records.
        #[serde(default)]
        confirm: bool,
    },
}

/// A number or a text.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum VendorValue {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// A card that a device may serve by itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfflineCardBody {
    /// The number printed on it.
    #[schema(example = "1000000001")]
    card_no: String,
    /// The number in the chip, hexadecimal.
    #[schema(example = "00000000D14B0A54")]
    physical: String,
}

/// A command and how long to wait for its answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"command": {"kind": "restart", "when_idle": true}, "wait": 5}))]
pub(crate) struct GiveBody {
    /// The command.
    command: CommandBody,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    wait: Option<u8>,
}

/// Gives a device a command, the same shape for every family.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/commands",
    tag = "administration",
    operation_id = "give_command",
    extensions(("x-access" = json!("ops.testconsole.run"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = GiveBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`device offline` for what may not wait, `protocol_retired`",
            body = Refusal),
        (status = 422, description = "`not supported by this device`, or not those values",
            body = Refusal),
    )
)]
pub(crate) async fn give(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<GiveBody>,
) -> Answer<TicketOut> {
    let confirmed = matches!(body.command, CommandBody::Vendor { confirm: true, .. });
    let command = body.command.read()?;
    if let Command::Vendor { name, .. } = &command
        && !confirmed
        && api.app().is_dangerous(&phy_id, name)
    {
        return Err(Failure::invalid(
            "command.confirm",
            "must be true: this command can harm the device or lose its records",
        ));
    }
    send(&api, client, phy_id, command, body.wait).await
}

/// A command and whether the device has it.
#[derive(Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each flag is a field of the contract"
)]
pub(crate) struct CapabilityOut {
    /// Its name as in the `kind` of a command; commands of the family alone have `vendor` there
    /// and this as their name.
    #[schema(example = "set_qr")]
    name: &'static str,
    /// Only this family has it.
    vendor: bool,
    /// Whether the device can be given it.
    supported: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What it does, for commands of the family alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'static str>,
    /// It can harm the device or lose its records, and wants `confirm`.
    dangerous: bool,
    /// Whether it may wait for a device that is away.
    queues: bool,
    /// Its fields, for commands of the family alone: name and what it holds.
    fields: BTreeMap<&'static str, &'static str>,
}

impl From<Capability> for CapabilityOut {
    fn from(known: Capability) -> Self {
        Self {
            name: known.name,
            vendor: known.vendor,
            supported: known.refusal.is_none(),
            reason: known.refusal,
            title: known.title,
            dangerous: known.dangerous,
            queues: known.queues,
            fields: known.fields.iter().copied().collect(),
        }
    }
}

/// Lists what a device can be told.
#[utoipa::path(
    get,
    path = "/api/v1/admin/devices/{phy_id}/commands",
    tag = "administration",
    operation_id = "device_commands",
    extensions(("x-access" = json!("device.device.view"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    responses(
        (status = 200, description = "All commands", body = Envelope<Vec<CapabilityOut>>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn known(
    State(api): State<Api>,
    At(phy_id): At<PhyId>,
) -> Answer<Vec<CapabilityOut>> {
    let known = api.app().capabilities(&phy_id).await?;
    Ok(ok(known.into_iter().map(CapabilityOut::from).collect()))
}

impl CommandBody {
    fn read(self) -> Result<Command, Failure> {
        Ok(match self {
            Self::QueryPort { port_no } => Command::QueryPort {
                port: port_no.map(PortNo),
            },
            Self::SyncTime {} => Command::SyncTime,
            Self::Restart { when_idle } => Command::Restart { when_idle },
            Self::QueryTariff {} => Command::QueryTariff,
            Self::SetQr { port_no, text } => Command::SetQr {
                port: port_no.map(PortNo),
                text: qr(text)?,
            },
            Self::SetPowerLimit {
                port_no,
                percent,
                watts,
            } => Command::SetPowerLimit {
                port: port_no.map(PortNo),
                limit: limit(percent, watts)?,
            },
            Self::SetService {
                port_no,
                in_service,
            } => Command::SetService {
                port: port_no.map(PortNo),
                in_service,
            },
            Self::MoveGroundLock { port_no, raise } => Command::MoveGroundLock {
                port: PortNo(port_no),
                raise,
            },
            Self::StoreCards { cards } => Command::StoreCards {
                cards: some("command.cards", cards)?
                    .into_iter()
                    .enumerate()
                    .map(|(index, card)| card.read(index))
                    .collect::<Result<_, _>>()?,
            },
            Self::RemoveCards { physical } => Command::RemoveCards {
                physical: chips(physical)?,
            },
            Self::QueryCards { physical } => Command::QueryCards {
                physical: chips(physical)?,
            },
            Self::QueryHistory { first, count } if (1..=1000).contains(&count) => {
                Command::QueryHistory { first, count }
            }
            Self::QueryHistory { .. } => {
                return Err(Failure::invalid("command.count", "must be 1 to 1000"));
            }
            Self::Vendor { name, fields, .. } => Command::Vendor {
                name,
                values: fields
                    .into_iter()
                    .map(|(id, value)| ParamValue {
                        id,
                        value: match value {
                            VendorValue::Number(number) => ParamContent::Number(number),
                            VendorValue::Text(text) => ParamContent::Text(text),
                        },
                    })
                    .collect(),
            },
        })
    }
}

impl OfflineCardBody {
    fn read(self, index: usize) -> Result<OfflineCard, Failure> {
        let digits = self.card_no.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(1..=CARD_MAX).contains(&self.card_no.len()) {
            let field = format!("command.cards[{index}].card_no");
            return Err(Failure::invalid(&field, "must be 1 to 32 digits"));
        }
        Ok(OfflineCard {
            card_no: self.card_no,
            physical: chip(&self.physical, || {
                format!("command.cards[{index}].physical")
            })?,
        })
    }
}

fn qr(text: String) -> Result<String, Failure> {
    if (1..=QR_MAX).contains(&text.len()) && !text.contains('\0') {
        Ok(text)
    } else {
        Err(Failure::invalid("command.text", "must be 1 to 256 bytes"))
    }
}

fn limit(percent: Option<u8>, watts: Option<u32>) -> Result<PowerLimit, Failure> {
    match (percent, watts) {
        (Some(percent @ 1..=100), None) => Ok(PowerLimit::Percent(percent)),
        (Some(_), None) => Err(Failure::invalid("command.percent", "must be 1 to 100")),
        (None, Some(watts)) => Ok(PowerLimit::Power(Power::from_watts(i64::from(watts)))),
        _ => Err(Failure::invalid(
            "command.percent",
            "or command.watts is required, not both",
        )),
    }
}

fn some<T>(field: &str, list: Vec<T>) -> Result<Vec<T>, Failure> {
    if (1..=device::CARDS_MAX).contains(&list.len()) {
        Ok(list)
    } else {
        Err(Failure::invalid(field, "must be 1 to 1000"))
    }
}

fn chips(list: Vec<String>) -> Result<Vec<String>, Failure> {
    some("command.physical", list)?
        .into_iter()
        .enumerate()
        .map(|(index, physical)| chip(&physical, || format!("command.physical[{index}]")))
        .collect()
}

fn chip(physical: &str, field: impl Fn() -> String) -> Result<String, Failure> {
    let hex = physical.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex && (2..=CARD_MAX).contains(&physical.len()) && physical.len().is_multiple_of(2) {
        Ok(physical.to_ascii_uppercase())
    } else {
        Err(Failure::invalid(&field(), "must be 2 to 32 hex digits"))
    }
}
