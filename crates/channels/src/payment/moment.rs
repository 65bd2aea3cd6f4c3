//! Instants as platforms write them.

use kernel::Timestamp;

/// `2026-01-31T08:05:09+08:00`, as WeChat Pay wants it.
pub(super) fn rfc3339(at: Timestamp) -> String {
    let [year, month, day, hour, minute, second] = at.shanghai();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+08:00")
}

/// `2026-01-31 08:05:09`, Shanghai time, as Alipay and all bills write it.
pub(super) fn civil(at: Timestamp) -> String {
    let [year, month, day, hour, minute, second] = at.shanghai();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// Reads RFC 3339 with any offset.
pub(super) fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(instant.as_millisecond()))
}

/// Reads `2026-01-31 08:05:09`, with or without a fraction of the second, as Shanghai time.
pub(super) fn parse_civil(text: &str) -> Option<Timestamp> {
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let part = |value: i8| u16::try_from(value).ok();
    Timestamp::from_shanghai([
        u16::try_from(civil.year()).ok()?,
        part(civil.month())?,
        part(civil.day())?,
        part(civil.hour())?,
        part(civil.minute())?,
        part(civil.second())?,
    ])
}

#[cfg(test)]
mod tests {
    use super::{civil, parse_civil, parse_rfc3339, rfc3339};
    use kernel::Timestamp;

    #[test]
    fn both_forms_are_shanghai_time() {
        let at = Timestamp::from_unix_seconds(1_729_407_600);
        assert_eq!(rfc3339(at), "2024-10-20T15:00:00+08:00");
        assert_eq!(civil(at), "2024-10-20 15:00:00");
        assert_eq!(parse_rfc3339("2024-10-20T15:00:00+08:00"), Some(at));
        assert_eq!(parse_rfc3339("2024-10-20T07:00:00Z"), Some(at));
        assert_eq!(parse_civil("2024-10-20 15:00:00"), Some(at));
        assert_eq!(parse_civil("2024-10-20 15:00:00.123"), Some(at));
    }

    #[test]
    fn anything_else_is_no_instant() {
        for text in [
            "",
            "2024-13-20 15:00:00",
            "yesterday",
            "1969-01-01 00:00:00",
        ] {
            assert_eq!(parse_civil(text), None, "{text}");
        }
        assert_eq!(parse_rfc3339("2024-10-20T15:00:00"), None);
    }
}
