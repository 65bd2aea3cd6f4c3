//! Parameters of networked sockets: names, widths, comparison.

use super::keys as key;
use super::outbox::{Expect, Shot};
use super::words::{self, outer};
use crate::frame::GatewayId;
use crate::message::{LegacyLimits, LegacyParameters};
use crate::traits;
use device::{CommandFault, ParamValue, Profile};
use std::time::Duration;

/// Name, key, bytes on the wire, whether it can be set.
type Row = (&'static str, u32, usize, bool);

const TABLE: &[Row] = &[
    ("full_delay_s", key::FULL_DELAY, 2, true),
    ("no_load_delay_s", key::NO_LOAD_DELAY, 2, true),
    ("full_power_0_1w", key::FULL_POWER, 2, true),
    ("no_load_power_0_1w", key::NO_LOAD_POWER, 2, true),
    ("temp_threshold_c", key::TEMP_THRESHOLD, 1, true),
    ("power_limit_0_1w", key::POWER_LIMIT, 2, true),
    ("max_charge_min", key::MAX_CHARGE, 2, true),
    ("over_current_limit_ma", key::OVER_CURRENT_LIMIT, 2, true),
    ("trickle_threshold_pct", key::TRICKLE_THRESHOLD, 1, true),
    ("button_base_amount", key::BUTTON_BASE_AMOUNT, 4, false),
    ("anti_pulse_time", key::ANTI_PULSE, 2, false),
    ("key_98", 0x98, 1, false),
    ("key_99", 0x99, 1, false),
    ("key_9a", 0x9A, 1, false),
    ("key_9b", 0x9B, 1, false),
];

/// Sub-command of older firmware that sets parameters.
const LEGACY_PARAMS: u8 = 0x03;
/// Sub-command of older firmware that limits a port.
const LEGACY_LIMITS: u8 = 0x06;
/// Their answers, whose form nobody knows, are awaited so long.
const LEGACY_WAIT: Duration = Duration::from_secs(10);

/// By name, or by key in decimal or hex.
fn row(id: &str) -> Option<&'static Row> {
    let number = match id.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => id.parse().ok(),
    };
    TABLE
        .iter()
        .find(|(name, key, ..)| *name == id || Some(*key) == number)
}

/// Whether parameters can be set.
pub(crate) fn check(
    profile: &Profile,
    via: Option<u16>,
    values: &[ParamValue],
) -> Result<(), CommandFault> {
    if traits::is_on(profile, traits::LEGACY_PARAMS) {
        let nobody = wire::Digits([0; 7]);
        return legacy_shot(nobody, 1, via, values)
            .map(drop)
            .map_err(|problem| CommandFault::OutOfRange {
                field: "params",
                problem: problem.to_owned(),
            });
    }
    if via.is_some() {
        return Err(CommandFault::NotSupported(
            "only older firmware has parameter commands to choose from",
        ));
    }
    for value in values {
        let Some((name, _, width, settable)) = row(&value.id) else {
            let problem = format!("{:?} is no parameter of this device", value.id);
            return Err(CommandFault::OutOfRange {
                field: "id",
                problem,
            });
        };
        if !settable {
            let problem = format!("{name} can only be read");
            return Err(CommandFault::OutOfRange {
                field: "id",
                problem,
            });
        }
        let largest = (1_i64 << (8 * width)) - 1;
        let fits = |number: i64| (0..=largest).contains(&number);
        if !value.value.number().is_some_and(fits) {
            let problem = format!("of {name} must be 0 to {largest}");
            return Err(CommandFault::OutOfRange {
                field: "value",
                problem,
            });
        }
    }
    Ok(())
}

/// Key and value of each; none when one is not known.
pub(super) fn wanted(values: &[ParamValue]) -> Option<Vec<(u32, u64)>> {
    let pair = |value: &ParamValue| {
        let number = u64::try_from(value.value.number()?).ok()?;
        Some((row(&value.id)?.1, number))
    };
    values.iter().map(pair).collect()
}

/// A value in its width.
pub(super) fn bytes_of(key: u32, value: u64) -> Vec<u8> {
    let width = TABLE.iter().find(|row| row.1 == key).map_or(2, |row| row.2);
    value
        .to_be_bytes()
        .get(8 - width..)
        .unwrap_or_default()
        .to_vec()
}

/// Values under their names.
pub(super) fn named(values: &[(u32, u64)]) -> Vec<(&'static str, i64)> {
    let name = |(key, value): &(u32, u64)| {
        let row = TABLE.iter().find(|row| row.1 == *key)?;
        Some((row.0, i64::try_from(*value).ok()?))
    };
    values.iter().filter_map(name).collect()
}

/// The same as JSON.
pub(super) fn as_json(values: &[(u32, u64)]) -> String {
    let object: serde_json::Map<String, serde_json::Value> = named(values)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    serde_json::Value::Object(object).to_string()
}

/// The first wanted value that the device does not have.
pub(super) fn first_difference(wanted: &[(u32, u64)], found: &[(u32, u64)]) -> Option<String> {
    wanted.iter().find_map(|(key, value)| {
        let name = TABLE
            .iter()
            .find(|row| row.1 == *key)
            .map_or("parameter", |row| row.0);
        match found.iter().find(|(other, _)| other == key) {
            // What the device does not show cannot be compared.
            None => None,
            Some((_, now)) if now == value => None,
            Some((_, now)) => Some(format!("{name} is {now} after setting it to {value}")),
        }
    })
}

/// The one frame by which older firmware takes parameters.
pub(super) fn legacy_shot(
    gateway: GatewayId,
    socket: u8,
    via: Option<u16>,
    values: &[ParamValue],
) -> Result<Shot, &'static str> {
    let value = |name: &str| {
        values
            .iter()
            .find(|value| value.id == name)
            .and_then(|value| u16::try_from(value.value.number()?).ok())
    };
    let all = "must be all that older firmware takes at once, each in its range";
    let sub_cmd = via.map_or(Some(LEGACY_PARAMS), |via| u8::try_from(via).ok());
    let (sub_cmd, write) = match sub_cmd.unwrap_or(0) {
        LEGACY_PARAMS => {
            let message = LegacyParameters {
                socket_no: socket,
                reserved: 0,
                full_delay_s: value("full_delay_s").ok_or(all)?,
                no_load_delay_s: value("no_load_delay_s").ok_or(all)?,
                full_power_0_1w: value("full_power_0_1w").ok_or(all)?,
                no_load_power_0_1w: value("no_load_power_0_1w").ok_or(all)?,
                temp_threshold_c: value("temp_threshold_c")
                    .and_then(|value| u8::try_from(value).ok())
                    .ok_or(all)?,
            };
            (
                LEGACY_PARAMS,
                words::sub_shot(gateway, outer::NETWORK, 0x03, message),
            )
        }
        LEGACY_LIMITS => {
            let message = LegacyLimits {
                socket_no: socket,
                port: value("port")
                    .and_then(|value| u8::try_from(value).ok())
                    .ok_or(all)?,
                max_current_ma: value("max_current_ma").ok_or(all)?,
                max_power: value("max_power").ok_or(all)?,
            };
            (
                LEGACY_LIMITS,
                words::sub_shot(gateway, outer::NETWORK, 0x06, message),
            )
        }
        _ => return Err("of older firmware are set by command 3 or 6"),
    };
    Ok(Shot {
        cmd: outer::NETWORK,
        write,
        expect: Expect::Sub(sub_cmd),
        wait: LEGACY_WAIT,
        tries: 3,
    })
}
