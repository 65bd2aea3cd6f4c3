//! Parameters by name: what may be set, what is read.

use super::outbox::Shot;
use super::station::Station;
use super::task::Value;
use super::words;
use crate::clock::BcdTime;
use crate::codes::{ControlAddress, NumberParam, TextParam};
use crate::layout::Dialect;
use crate::traits;
use crate::value::clean;
use device::{CommandFault, ParamContent, ParamValue, Profile, VendorCommand};
use kernel::PortNo;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use wire::Field;

/// Parameters in one command from above.
const VALUES_MAX: usize = 32;
/// Consecutive parameters of one frame.
pub(crate) const COUNT_MAX: u8 = 10;
/// Server address and port: only together.
const SERVER: &str = "server_address";
/// See [`SERVER`].
const SERVER_PORT: &str = "server_port";

/// Numbers that the platform may set: name, address, smallest, largest.
const NUMBERS: &[(&str, u32, u32, u32)] = &[
    ("signin_interval_min", 1, 1, 1440),
    ("report_interval_s", 20, 3, 3600),
    ("heartbeat_period_s", 21, 3, 255),
    ("heartbeat_timeout_count", 22, 1, 255),
    ("status_period_s", 23, 3, 3600),
];

/// Texts that the platform may set: name, address.
const TEXTS: &[(&str, u32)] = &[("hot_line_1", 8), ("hot_line_2", 9), ("qr_prefix", 11)];

/// Commands that only this family has.
pub(crate) const VENDOR: &[VendorCommand] = &[
    VendorCommand {
        name: "read_numbers",
        title: "Read integer parameters by address",
        fields: &[("address", "first address"), ("count", "1 to 10")],
        dangerous: false,
    },
    VendorCommand {
        name: "read_text",
        title: "Read a character parameter by address (no passwords)",
        fields: &[("address", "1, 2, 5 or 7 to 44")],
        dangerous: false,
    },
    VendorCommand {
        name: "sign_in_now",
        title: "Ask the pile to sign in again",
        fields: &[],
        dangerous: false,
    },
    VendorCommand {
        name: "cancel_reservation",
        title: "Cancel the reservation of a gun",
        fields: &[("port_no", "gun")],
        dangerous: false,
    },
];

fn out_of_range(field: &'static str, problem: impl Into<String>) -> CommandFault {
    CommandFault::OutOfRange {
        field,
        problem: problem.into(),
    }
}

fn number_named(id: &str) -> Option<(u32, u32, u32)> {
    let address = id.parse::<u32>().ok();
    NUMBERS
        .iter()
        .find(|(name, of, ..)| *name == id || Some(*of) == address)
        .map(|(_, address, least, most)| (*address, *least, *most))
}

fn text_named(id: &str) -> Option<u32> {
    let found = TEXTS.iter().find(|(name, _)| *name == id);
    found.map(|(_, address)| *address)
}

/// Whether parameters may be set.
pub(crate) fn check(values: &[ParamValue]) -> Result<(), CommandFault> {
    if values.is_empty() || values.len() > VALUES_MAX {
        return Err(out_of_range("params", "must be 1 to 32"));
    }
    for value in values {
        check_one(value)?;
    }
    let has = |name: &str| values.iter().any(|value| value.id == name);
    if has(SERVER) != has(SERVER_PORT) {
        return Err(out_of_range(
            SERVER,
            "and server_port must be set together: a pile with only one of them is lost",
        ));
    }
    Ok(())
}

fn check_one(value: &ParamValue) -> Result<(), CommandFault> {
    let number = value.value.number();
    if let Some((_, least, most)) = number_named(&value.id) {
        let fits =
            number.is_some_and(|number| (i64::from(least)..=i64::from(most)).contains(&number));
        return if fits {
            Ok(())
        } else {
            Err(out_of_range("value", format!("must be {least} to {most}")))
        };
    }
    match value.id.as_str() {
        SERVER => match value.value.text().map(str::parse::<Ipv4Addr>) {
            Some(Ok(_)) => Ok(()),
            _ => Err(out_of_range(SERVER, "must be an IPv4 address")),
        },
        SERVER_PORT => match number {
            Some(1..=65_535) => Ok(()),
            _ => Err(out_of_range(SERVER_PORT, "must be 1 to 65535")),
        },
        id => {
            let address = text_named(id).ok_or(CommandFault::NotSupported(
                "of the parameters only intervals, server, hot lines and QR prefix may be set",
            ))?;
            let room = TextParam::from(address).length().unwrap_or(16);
            match value.value.text() {
                Some(text) if text.len() < room && is_plain(text) => Ok(()),
                _ => Err(out_of_range(
                    "value",
                    format!("must be less than {room} printable ASCII characters"),
                )),
            }
        }
    }
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7F).contains(&byte))
}

/// The frames that set parameters.
pub(super) fn setting(profile: &Profile, values: &[ParamValue]) -> Result<VecDeque<Shot>, String> {
    let mut shots = VecDeque::new();
    for value in values {
        let number = value
            .value
            .number()
            .and_then(|number| u32::try_from(number).ok());
        if let (Some((address, ..)), Some(number)) = (number_named(&value.id), number) {
            shots.push_back(words::numbers(address, 1, vec![number]));
        } else if let (Some(address), Some(text)) = (text_named(&value.id), value.value.text()) {
            let data = words::padded(profile, address, text);
            shots.push_back(words::characters(address, Some(data)));
        }
    }
    let find = |name: &str| values.iter().find(|value| value.id == name);
    if let (Some(server), Some(port)) = (find(SERVER), find(SERVER_PORT)) {
        let address = server
            .value
            .text()
            .and_then(|text| text.parse::<Ipv4Addr>().ok());
        let port = port
            .value
            .number()
            .and_then(|port| u32::try_from(port).ok());
        let (Some(address), Some(port)) = (address, port) else {
            return Err("server address and port do not fit".to_owned());
        };
        // a.b.c.d in that order on the wire. Last: afterwards the pile may be gone.
        let address = u32::from_le_bytes(address.octets());
        let first = u32::from(NumberParam::ServerAddress);
        shots.push_back(words::numbers(first, 2, vec![address, port]));
    }
    Ok(shots)
}

/// The frames that read what the platform may set, and the clock.
pub(super) fn reading() -> VecDeque<Shot> {
    VecDeque::from([
        words::numbers(u32::from(NumberParam::SignInInterval), 1, Vec::new()),
        words::numbers(u32::from(NumberParam::ReportInterval), 7, Vec::new()),
        words::characters(u32::from(TextParam::Clock), None),
    ])
}

/// Numbers that were read, by name.
pub(super) fn named_numbers(first: u32, values: &[u32]) -> Vec<Value> {
    let most = usize::from(COUNT_MAX);
    (first..)
        .zip(values.iter().take(most))
        .map(|(address, value)| {
            let known = NUMBERS.iter().find(|(_, of, ..)| *of == address);
            match (known, NumberParam::from(address)) {
                (Some((name, ..)), _) => (Cow::from(*name), i64::from(*value).into()),
                (None, NumberParam::ServerAddress) => {
                    let address = Ipv4Addr::from(value.to_le_bytes()).to_string();
                    (Cow::from(SERVER), ParamContent::Text(address))
                }
                (None, NumberParam::ServerPort) => {
                    (Cow::from(SERVER_PORT), i64::from(*value).into())
                }
                (None, _) => (
                    Cow::from(format!("number_{address}")),
                    i64::from(*value).into(),
                ),
            }
        })
        .collect()
}

/// A text that was read, by name.
pub(super) fn named_text(address: TextParam, data: &[u8]) -> Value {
    let text = match (address, data.first_chunk::<8>()) {
        (TextParam::Clock, Some(bytes)) => match BcdTime(*bytes).show() {
            serde_json::Value::String(time) => time,
            _ => hex::encode_upper(data),
        },
        (TextParam::Mac, _) => hex::encode_upper(data),
        _ => String::from_utf8_lossy(clean(data)).into_owned(),
    };
    let number = u32::from(address);
    let known = TEXTS.iter().find(|(_, of)| *of == number);
    let name = match (known, address) {
        (Some((name, _)), _) => Cow::from(*name),
        (None, TextParam::Clock) => Cow::from("clock"),
        (None, _) => Cow::from(format!("text_{number}")),
    };
    (name, ParamContent::Text(text))
}

/// Where a QR code goes.
fn qr_address(profile: &Profile, port: Option<PortNo>) -> Option<u32> {
    match (traits::dialect(profile), port) {
        (_, None) => Some(u32::from(TextParam::PileQr)),
        (Dialect::Lvneng, Some(port)) => {
            let address = u32::from(port.0) + 12;
            TextParam::LVNENG_GUN_QR
                .contains(&address)
                .then_some(address)
        }
        // There is one, whatever the number of guns.
        (Dialect::Infypower, Some(PortNo(1))) => Some(u32::from(TextParam::GunQr)),
        _ => None,
    }
}

/// Whether a QR code can be set.
pub(crate) fn check_qr(
    profile: &Profile,
    port: Option<PortNo>,
    text: &str,
) -> Result<(), CommandFault> {
    if qr_address(profile, port).is_none() {
        return Err(CommandFault::NotSupported(
            "this dialect has no QR code of its own for that gun",
        ));
    }
    if text.is_empty() || text.len() > 255 || !is_plain(text) {
        return Err(out_of_range(
            "text",
            "must be 1 to 255 printable ASCII characters",
        ));
    }
    Ok(())
}

/// The frame that sets a QR code.
pub(super) fn qr(profile: &Profile, port: Option<PortNo>, text: &str) -> Option<Shot> {
    let address = qr_address(profile, port)?;
    let data = words::padded(profile, address, text);
    Some(words::characters(address, Some(data)))
}

fn field(values: &[ParamValue], name: &str) -> Option<u32> {
    let found = values.iter().find(|value| value.id == name)?;
    u32::try_from(found.value.number()?).ok()
}

/// Whether a vendor command is one of ours and complete.
pub(crate) fn check_vendor(name: &str, values: &[ParamValue]) -> Result<(), CommandFault> {
    let command = VENDOR.iter().find(|command| command.name == name);
    let command = command.ok_or(CommandFault::NotSupported(
        "there is no such vendor command",
    ))?;
    let named = |value: &ParamValue| command.fields.iter().any(|(field, _)| *field == value.id);
    if !values.iter().all(named) {
        return Err(out_of_range(
            "values",
            "has a field that the command has not",
        ));
    }
    match name {
        "read_numbers" => {
            let count = field(values, "count").unwrap_or(1);
            if field(values, "address").is_none() || !(1..=u32::from(COUNT_MAX)).contains(&count) {
                return Err(out_of_range("address", "must be given, count be 1 to 10"));
            }
        }
        "read_text" => match field(values, "address") {
            Some(1 | 2 | 5 | 7..=44) => {}
            _ => return Err(out_of_range("address", "must be 1, 2, 5 or 7 to 44")),
        },
        "cancel_reservation" => match field(values, "port_no") {
            Some(port) if (1..=u32::from(super::GUNS_MAX)).contains(&port) => {}
            _ => return Err(out_of_range("port_no", "must be 1 to 32")),
        },
        _ => {}
    }
    Ok(())
}

/// The frames of a vendor command, and whether they read.
pub(super) fn vendor(
    station: &Station,
    name: &str,
    values: &[ParamValue],
) -> Result<(VecDeque<Shot>, bool), String> {
    let missing = || "a field is missing".to_owned();
    let address = || field(values, "address").ok_or_else(missing);
    let (shot, reads) = match name {
        "read_numbers" => {
            let count = field(values, "count").unwrap_or(1);
            let count = u8::try_from(count).unwrap_or(COUNT_MAX).min(COUNT_MAX);
            (words::numbers(address()?, count, Vec::new()), true)
        }
        "read_text" => (words::characters(address()?, None), true),
        "sign_in_now" => (words::control(0, ControlAddress::SignInNow), false),
        "cancel_reservation" => {
            let port = field(values, "port_no").and_then(|port| u16::try_from(port).ok());
            let gun_no = station.gun_no(PortNo(port.ok_or_else(missing)?));
            (
                words::control(gun_no, ControlAddress::CancelReservation),
                false,
            )
        }
        _ => return Err("there is no such vendor command".to_owned()),
    };
    Ok((VecDeque::from([shot]), reads))
}

/// The wire command of a vendor command.
pub(super) fn vendor_wire(name: &str) -> Option<u16> {
    Some(match name {
        "read_numbers" => 1,
        "read_text" => 3,
        "sign_in_now" | "cancel_reservation" => 5,
        _ => return None,
    })
}
