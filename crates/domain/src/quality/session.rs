//! Whether a charge kept the rules of its protocol.

use std::time::Duration;

/// Longest silence of a charge that keeps the rules, seconds.
const GAP_MAX_S: u64 = 600;
/// An end report must be there so many seconds after the end.
const REPORT_WITHIN_S: u64 = 60;

/// What was seen of a charge that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// From its start to its end, seconds.
    pub seconds: u64,
    /// How often its device has to report.
    pub period: Duration,
    /// Reports that came.
    pub received: u64,
    /// Its longest silence, seconds.
    pub longest_gap_s: u64,
    /// The device answered the start, or began by itself.
    pub acked: bool,
    /// Seconds from its end to the device's end report; none without one.
    pub reported_after_s: Option<u64>,
    /// That report named everything it must.
    pub complete: bool,
    /// Frames of its device that could not be read meanwhile.
    pub bad_frames: u64,
}

impl Session {
    /// Reports that were due.
    pub fn expected(&self) -> u64 {
        self.seconds / self.period.as_secs().max(1)
    }

    /// Whether its end report came in time.
    pub fn is_reported_in_time(&self) -> bool {
        self.reported_after_s
            .is_some_and(|seconds| seconds <= REPORT_WITHIN_S)
    }

    /// Whether it kept every rule.
    pub fn is_compliant(&self) -> bool {
        self.acked
            && self.longest_gap_s <= GAP_MAX_S
            && self.is_reported_in_time()
            && self.complete
            && self.bad_frames == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Session;
    use std::time::Duration;

    const GOOD: Session = Session {
        seconds: 3659,
        period: Duration::from_mins(5),
        received: 12,
        longest_gap_s: 600,
        acked: true,
        reported_after_s: Some(60),
        complete: true,
        bad_frames: 0,
    };

    #[test]
    fn every_rule_must_be_kept() {
        assert_eq!(GOOD.expected(), 12);
        assert!(GOOD.is_compliant());
        for broken in [
            Session {
                longest_gap_s: 601,
                ..GOOD
            },
            Session {
                acked: false,
                ..GOOD
            },
            Session {
                reported_after_s: Some(61),
                ..GOOD
            },
            Session {
                reported_after_s: None,
                ..GOOD
            },
            Session {
                complete: false,
                ..GOOD
            },
            Session {
                bad_frames: 1,
                ..GOOD
            },
        ] {
            assert!(!broken.is_compliant(), "{broken:?}");
        }
        let short = Session {
            seconds: 299,
            ..GOOD
        };
        assert_eq!(short.expected(), 0);
    }
}
