//! The device's own time, which may run faster than the wall's.

use kernel::Timestamp;
use std::time::Duration;

/// The greatest speed: an hour in a second.
pub const SPEED_MAX: u32 = 3600;

/// However fast the device lives, the platform gets so long (real time) to answer: its network
/// and its database are not accelerated.
const PATIENCE_MIN: Duration = Duration::from_secs(1);

/// Maps the wall's time to the device's and back.
#[derive(Clone, Copy, Debug)]
pub struct DeviceClock {
    origin: Timestamp,
    speed: u32,
    /// What the platform's clock showed more than the wall at the last reply with a time, in ms.
    civil_offset_ms: i64,
}

/// One instant, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Time that the device lives through; all its timers are set on this scale.
    pub t: Timestamp,
    /// What the device's calendar shows, as set by the platform; it is never accelerated.
    pub civil: Timestamp,
}

impl DeviceClock {
    /// A clock that is started at `origin`, and runs `speed` times as fast as the wall's, 1 to
    /// [`SPEED_MAX`]; other speeds are brought to the nearer end.
    pub fn new(origin: Timestamp, speed: u32) -> Self {
        Self {
            origin,
            speed: speed.clamp(1, SPEED_MAX),
            civil_offset_ms: 0,
        }
    }

    /// What the device's clocks show at an instant of the wall's.
    pub fn moment(&self, wall: Timestamp) -> Moment {
        let passed = wall.0.saturating_sub(self.origin.0).max(0);
        Moment {
            t: Timestamp(self.origin.0 + passed.saturating_mul(i64::from(self.speed))),
            civil: Timestamp(wall.0.saturating_add(self.civil_offset_ms)),
        }
    }

    /// The first wall instant at which the device's clock shows `t` or later.
    pub fn wall(&self, t: Timestamp) -> Timestamp {
        let passed = t.0.saturating_sub(self.origin.0).max(0);
        let speed = i64::from(self.speed);
        Timestamp(self.origin.0 + passed / speed + i64::from(passed % speed != 0))
    }

    /// The instant at which the device's clock shows `t`.
    pub fn moment_of(&self, t: Timestamp) -> Moment {
        Moment {
            t,
            ..self.moment(self.wall(t))
        }
    }

    /// The platform told the time of day.
    pub fn set_civil(&mut self, at: Moment, told: Timestamp) {
        self.civil_offset_ms += told.0 - at.civil.0;
    }

    /// How long the device waits for the platform, in device time: `documented`, but never less
    /// than a second of real time.
    pub fn patience(&self, documented: Duration) -> Duration {
        documented.max(PATIENCE_MIN * self.speed)
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceClock;
    use kernel::Timestamp;
    use std::time::Duration;

    #[test]
    fn a_fast_clock_lives_a_minute_in_a_second() {
        let clock = DeviceClock::new(Timestamp(1_000_000), 60);
        let at = clock.moment(Timestamp(1_001_000));
        assert_eq!(at.t, Timestamp(1_060_000));
        assert_eq!(at.civil, Timestamp(1_001_000));
        assert_eq!(clock.wall(Timestamp(1_060_000)), Timestamp(1_001_000));
        assert_eq!(clock.wall(Timestamp(1_059_999)), Timestamp(1_001_000));
    }

    #[test]
    fn patience_is_never_shorter_than_a_real_second() {
        let clock = DeviceClock::new(Timestamp(0), 60);
        let ten = Duration::from_secs(10);
        assert_eq!(clock.patience(ten), Duration::from_mins(1));
        assert_eq!(DeviceClock::new(Timestamp(0), 1).patience(ten), ten);
    }

    #[test]
    fn the_platform_sets_the_calendar() {
        let mut clock = DeviceClock::new(Timestamp(0), 1);
        clock.set_civil(clock.moment(Timestamp(500)), Timestamp(90_000));
        assert_eq!(clock.moment(Timestamp(700)).civil, Timestamp(90_200));
    }
}
