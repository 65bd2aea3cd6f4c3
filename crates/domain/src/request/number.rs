//! Numbers of a JSON request, read without ever becoming floats.

use super::RequestFault;
use serde_json::{Map, Value};

/// A whole number in `least..=most`.
pub(super) fn whole(
    body: &Map<String, Value>,
    field: &str,
    least: i64,
    most: i64,
) -> Result<Option<i64>, RequestFault> {
    let value = match body.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value,
    };
    let Value::Number(number) = value else {
        return Err(RequestFault::malformed(field, "must be a whole number"));
    };
    let out_of_range = || RequestFault::malformed(field, format!("must be {least} to {most}"));
    match number.as_i64() {
        Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
        Some(_) => Err(out_of_range()),
        None if number.is_u64() => Err(out_of_range()),
        None => Err(RequestFault::malformed(field, "must be a whole number")),
    }
}

/// A positive decimal number with at most `decimals` decimals, scaled to a whole one: 5.25 with
/// four decimals is 52 500.
pub(super) fn decimal(
    body: &Map<String, Value>,
    field: &str,
    decimals: usize,
    most: i64,
) -> Result<Option<i64>, RequestFault> {
    let value = match body.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value,
    };
    let Value::Number(number) = value else {
        return Err(RequestFault::malformed(field, "must be a number"));
    };
    match scaled(&number.to_string(), decimals) {
        Some(scaled) if (1..=most).contains(&scaled) => Ok(Some(scaled)),
        Some(_) => Err(RequestFault::malformed(field, "is out of range")),
        None => Err(RequestFault::malformed(
            field,
            format!("must be a positive number with at most {decimals} decimals"),
        )),
    }
}

fn scaled(text: &str, decimals: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals {
        return None;
    }
    let digits = format!("{whole}{fraction:0<decimals$}");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}
