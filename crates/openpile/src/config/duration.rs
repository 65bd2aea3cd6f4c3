use serde::{Deserialize, Deserializer, de};
use std::time::Duration;

/// Longest time a key accepts: ten years.
const DURATION_MAX: Duration = Duration::from_hours(10 * 366 * 24);
const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// A positive time written in seconds, with a fraction where wanted: `10`, `0.25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub Duration);

/// A positive time written in minutes, with a fraction where wanted: `30`, `0.05`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minutes(pub Duration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text, 1).map(Self).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Minutes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text, 60).map(Self).map_err(de::Error::custom)
    }
}

/// Reads a decimal number of units of `unit_s` seconds each, exactly: no float is involved.
fn parse(text: &str, unit_s: u128) -> Result<Duration, String> {
    let nanos = decimal_billionths(text)
        .ok_or_else(|| format!("`{text}` is not a decimal number with at most 9 decimals"))?
        * unit_s;
    if nanos == 0 {
        return Err("must be more than 0".to_owned());
    }
    if nanos > DURATION_MAX.as_nanos() {
        return Err("must not be longer than ten years".to_owned());
    }
    // Ten years of nanoseconds fit into 64 bits.
    Ok(Duration::from_nanos(
        u64::try_from(nanos).unwrap_or(u64::MAX),
    ))
}

fn decimal_billionths(text: &str) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let whole = u128::from(whole.parse::<u64>().ok()?);
    let fraction: u128 = format!("{fraction:0<9}").parse().ok()?;
    Some(whole * NANOS_PER_SECOND + fraction)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn whole_and_fractional_times_are_exact() {
        for (text, unit_s, expected) in [
            ("10", 1, Duration::from_secs(10)),
            ("0.25", 1, Duration::from_millis(250)),
            ("0.000000001", 1, Duration::from_nanos(1)),
            ("30", 60, Duration::from_mins(30)),
            ("0.05", 60, Duration::from_secs(3)),
        ] {
            assert_eq!(parse(text, unit_s), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_positive_time_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "1s",
            "0",
            "0.0",
            "99999999999",
            "1.0000000001",
            "99999999999999999999999",
            "１",
        ] {
            assert!(parse(text, 1).is_err(), "{text}");
        }
    }
}
