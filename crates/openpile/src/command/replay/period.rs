//! Instants as people write them.

use kernel::Timestamp;

/// When captures begin that have no time: 2024-10-20 15:00 Beijing time.
pub(super) const CAPTURE_BEGINS: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);

/// Unix seconds, or a Beijing date with or without a time.
///
/// # Errors
/// In words, for anything else.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("{text:?} is no time: 2026-01-31T08:00:00 or Unix seconds");
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds: i64 = text.parse().map_err(|_| wrong())?;
        // Later than the year 9999 somebody meant milliseconds.
        if seconds > 253_402_300_799 {
            return Err(format!("{text:?} is no time in Unix seconds"));
        }
        return Ok(Timestamp::from_unix_seconds(seconds));
    }
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let mut civil = [0_u16; 6];
    let date = numbers(date, '-').filter(|parts| parts.len() == 3);
    let time = numbers(time, ':').filter(|parts| (2..=3).contains(&parts.len()));
    let (date, time) = date.zip(time).ok_or_else(wrong)?;
    for (place, part) in civil.iter_mut().zip(date.into_iter().chain(time)) {
        *place = part;
    }
    Timestamp::from_shanghai(civil).ok_or_else(wrong)
}

fn numbers(text: &str, between: char) -> Option<Vec<u16>> {
    text.split(between)
        .map(|part| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|_| plain)
        })
        .collect()
}

/// The same the other way round, for print.
pub(super) fn text(at: Timestamp) -> String {
    let [year, month, day, hour, minute, second] = at.shanghai();
    let millis = at.0.rem_euclid(1000);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millis:03}")
}

#[cfg(test)]
mod tests {
    use super::{instant, text};
    use kernel::Timestamp;

    #[test]
    fn times_are_read_as_people_write_them() {
        let noon = Timestamp::from_unix_seconds(1_729_407_600);
        for written in [
            "1729407600",
            "2024-10-20T15:00:00",
            "2024-10-20 15:00",
            "2024-10-20T15:00",
        ] {
            assert_eq!(instant(written), Ok(noon), "{written}");
        }
        let midnight = Timestamp::from_unix_seconds(1_729_353_600);
        assert_eq!(instant("2024-10-20"), Ok(midnight));
        assert_eq!(text(noon), "2024-10-20 15:00:00.000");
        for wrong in [
            "",
            "yesterday",
            "2024-13-01",
            "2024-02-30",
            "2024-10-20T25:00",
            "2024-10-20T15",
            "1729407600000",
            "+1-2-3",
        ] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }
}
