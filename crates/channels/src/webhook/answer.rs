//! What a receiver's answer means.

use std::time::Duration;

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What follows from it.
    pub verdict: Verdict,
    /// HTTP status, when there was an answer.
    pub http_status: Option<u16>,
    /// What went wrong, in words, shortened; empty after success.
    pub error: String,
    /// From the first byte sent to the last byte read.
    pub elapsed: Duration,
}

impl Attempt {
    /// An attempt that was not even begun, and will not be.
    pub(super) const fn refused(error: String) -> Self {
        Self {
            verdict: Verdict::Refused,
            http_status: None,
            error,
            elapsed: Duration::ZERO,
        }
    }
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// It may go better later.
    Retry {
        /// The receiver's wish, from `Retry-After`.
        retry_after: Option<Duration>,
        /// The receiver gave no proper answer at all.
        unreachable: bool,
    },
    /// It will not go better later: a dead letter at once.
    Refused,
}

impl Verdict {
    /// 2xx is delivered; 5xx and 429 are tried again; redirects are not followed and count, like
    /// every other answer, as a refusal.
    pub fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        match status {
            200..=299 => Self::Delivered,
            429 | 500..=599 => Self::Retry {
                retry_after,
                unreachable: false,
            },
            _ => Self::Refused,
        }
    }
}

/// `Retry-After` in seconds. Its other form, a date, is not used by receivers of webhooks and
/// counts as absent.
pub(super) fn retry_after(header: Option<&str>) -> Option<Duration> {
    header?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::{Verdict, retry_after};
    use std::time::Duration;

    #[test]
    fn each_status_has_its_meaning() {
        let retry = Verdict::Retry {
            retry_after: None,
            unreachable: false,
        };
        for (status, verdict) in [
            (200, Verdict::Delivered),
            (204, Verdict::Delivered),
            (301, Verdict::Refused),
            (307, Verdict::Refused),
            (400, Verdict::Refused),
            (401, Verdict::Refused),
            (404, Verdict::Refused),
            (410, Verdict::Refused),
            (429, retry),
            (500, retry),
            (503, retry),
        ] {
            assert_eq!(Verdict::of_status(status, None), verdict, "{status}");
        }
    }

    #[test]
    fn retry_after_is_read_in_seconds() {
        assert_eq!(retry_after(Some(" 7 ")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(Some("Wed, 21 Oct 2026 07:28:00 GMT")), None);
        assert_eq!(retry_after(Some("-1")), None);
        assert_eq!(retry_after(None), None);
    }
}
