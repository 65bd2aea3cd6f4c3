//! When a figure wakes somebody, and when that is over.

use super::{Bounds, Counts, Kpi, Rating};
use crate::alarm::{AlarmCode, Level};
use kernel::Timestamp;
use std::time::Duration;

/// An alarm is over after a figure has been back for so long.
pub const RECOVERY: Duration = Duration::from_mins(10);

/// Fewer frames than these say nothing of a protocol.
const FRAMES_MIN: u64 = 200;

/// An alarm that a figure calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its code.
    pub code: AlarmCode,
    /// How bad the figure is.
    pub rating: Rating,
}

impl Alert {
    /// How grave it is: a critical figure is, whatever its kind of alarm usually is.
    pub const fn level(&self) -> Level {
        match self.rating {
            Rating::Critical => Level::Critical,
            Rating::Warning | Rating::Good => self.code.level(),
        }
    }
}

/// The alarm that a figure calls for, if it does.
pub fn alert(kpi: Kpi, counts: Counts, bounds: Bounds) -> Option<Alert> {
    if kpi == Kpi::ProtocolError && counts.whole < FRAMES_MIN {
        return None;
    }
    let rating = kpi.rating(counts, bounds)?;
    let code = match (kpi, rating) {
        (_, Rating::Good) => return None,
        (Kpi::ProtocolError, _) => AlarmCode::ProtocolErrorHigh,
        (Kpi::DatabaseResponse, _) => AlarmCode::DatabaseTrouble,
        (Kpi::WebhookSuccess, _) => AlarmCode::WebhookFailing,
        (Kpi::ProtocolCompliance, Rating::Critical) => AlarmCode::ProtocolComplianceLow,
        (Kpi::ChargeSuccess, Rating::Critical) => AlarmCode::ChargeSuccessLow,
        (Kpi::Stuck, Rating::Critical) => AlarmCode::StuckRateHigh,
        _ => AlarmCode::KpiWarning,
    };
    Some(Alert { code, rating })
}

impl Kpi {
    /// Whether single stations are watched by it, not the platform alone: what a device's own
    /// alarms do not tell.
    pub const fn watches_stations(self) -> bool {
        matches!(
            self,
            Self::ProtocolCompliance | Self::ChargeSuccess | Self::Stuck | Self::ProtocolError
        )
    }
}

/// An alarm that is open, watched for its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    back_since: Option<Timestamp>,
}

impl Watched {
    /// Takes a look: whether the alarm is over.
    pub fn look(&mut self, bad: bool, now: Timestamp) -> bool {
        if bad {
            self.back_since = None;
            return false;
        }
        let since = *self.back_since.get_or_insert(now);
        now.since(since) >= RECOVERY
    }
}

#[cfg(test)]
mod tests {
    use super::{Alert, Watched, alert};
    use crate::alarm::{AlarmCode, Level};
    use crate::kpi::{Counts, Kpi, Rating};
    use kernel::Timestamp;

    fn called(kpi: Kpi, part: u64, whole: u64) -> Option<AlarmCode> {
        let alert = alert(kpi, Counts::of(part, whole), kpi.definition().bounds);
        alert.map(|Alert { code, .. }| code)
    }

    #[test]
    fn the_handbooks_alarms_and_one_for_the_rest() {
        use AlarmCode::{
            ChargeSuccessLow, DatabaseTrouble, KpiWarning, ProtocolComplianceLow,
            ProtocolErrorHigh, StuckRateHigh, WebhookFailing,
        };
        for (kpi, part, whole, code) in [
            (
                Kpi::ProtocolCompliance,
                949,
                1000,
                Some(ProtocolComplianceLow),
            ),
            (Kpi::ProtocolCompliance, 950, 1000, Some(KpiWarning)),
            (Kpi::ProtocolCompliance, 981, 1000, None),
            (Kpi::ChargeSuccess, 979, 1000, Some(ChargeSuccessLow)),
            (Kpi::ChargeSuccess, 985, 1000, Some(KpiWarning)),
            (Kpi::Stuck, 21, 1000, Some(StuckRateHigh)),
            (Kpi::Stuck, 10, 1000, Some(KpiWarning)),
            (Kpi::Stuck, 9, 1000, None),
            (Kpi::ProtocolError, 2, 200, Some(ProtocolErrorHigh)),
            (Kpi::ProtocolError, 1, 200, None),
            (Kpi::ProtocolError, 199, 199, None),
            (Kpi::DeviceOnline, 900, 1000, Some(KpiWarning)),
            (Kpi::DatabaseResponse, 2_000, 40, Some(DatabaseTrouble)),
            (Kpi::DatabaseResponse, 1_960, 40, None),
            (Kpi::WebhookSuccess, 995, 1000, Some(WebhookFailing)),
            (Kpi::WebhookSuccess, 996, 1000, None),
            (Kpi::WebhookSuccess, 0, 19, None),
            (Kpi::CommandSuccess, 0, 1000, None),
            (Kpi::ChargeSuccess, 0, 19, None),
            (Kpi::ChargeSuccess, 0, 0, None),
        ] {
            assert_eq!(called(kpi, part, whole), code, "{kpi:?} {part}/{whole}");
        }
        let critical = alert(
            Kpi::DeviceOnline,
            Counts::of(899, 1000),
            Kpi::DeviceOnline.definition().bounds,
        );
        assert_eq!(critical.map(|alert| alert.rating), Some(Rating::Critical));
        let slow = |milliseconds: u64| {
            let counts = Counts::of(milliseconds * 40, 40);
            let bounds = Kpi::DatabaseResponse.definition().bounds;
            alert(Kpi::DatabaseResponse, counts, bounds).map(|alert| alert.level())
        };
        assert_eq!(slow(49), None);
        assert_eq!(slow(60), Some(Level::Warning));
        assert_eq!(slow(120), Some(Level::Critical));
    }

    #[test]
    fn it_is_over_after_ten_good_minutes() {
        let at = |minute: i64| Timestamp::from_unix_seconds(minute * 60);
        let mut watched = Watched::default();
        assert!(!watched.look(true, at(0)));
        assert!(!watched.look(false, at(1)));
        assert!(!watched.look(false, at(10)));
        assert!(!watched.look(true, at(10)), "it was not back");
        assert!(!watched.look(false, at(11)));
        assert!(!watched.look(false, at(20)));
        assert!(watched.look(false, at(21)));
    }
}
