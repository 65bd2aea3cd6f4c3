//! How much one pile may say.

use kernel::Timestamp;
use std::time::Duration;

/// Frames are counted over so long, so that a burst (a state change, a day's records after a
/// reconnect) is no flood.
const FRAMES_OVER: Duration = Duration::from_mins(1);
/// Frames in that time: 50 in a second.
const FRAMES_MAX: u32 = 3000;
/// Logins are counted over so long.
const LOGINS_OVER: Duration = Duration::from_mins(1);
/// Logins in that time.
const LOGINS_MAX: u32 = 20;

/// What became of a frame's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is listened to.
    Heard,
    /// The first one too many: worth an alarm.
    Refused,
    /// One more of those.
    Ignored,
}

/// Frames and logins of one pile, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    frames: Window,
    logins: Window,
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    since: Timestamp,
    count: u32,
}

impl Window {
    fn take(&mut self, now: Timestamp, over: Duration, max: u32) -> Turn {
        if now.since(self.since) >= over || now < self.since {
            *self = Self {
                since: now,
                count: 0,
            };
        }
        self.count = self.count.saturating_add(1);
        match self.count {
            count if count <= max => Turn::Heard,
            count if count == max + 1 => Turn::Refused,
            _ => Turn::Ignored,
        }
    }
}

impl Traffic {
    /// Counts a frame.
    pub(super) fn frame(&mut self, now: Timestamp) -> Turn {
        self.frames.take(now, FRAMES_OVER, FRAMES_MAX)
    }

    /// Counts a login.
    pub(super) fn login(&mut self, now: Timestamp) -> Turn {
        self.logins.take(now, LOGINS_OVER, LOGINS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{FRAMES_MAX, FRAMES_OVER, LOGINS_MAX, Traffic, Turn};
    use kernel::Timestamp;

    #[test]
    fn floods_are_told_once_and_end() {
        let mut traffic = Traffic::default();
        let now = Timestamp(1_000_000);
        for _ in 0..FRAMES_MAX {
            assert_eq!(traffic.frame(now), Turn::Heard);
        }
        assert_eq!(traffic.frame(now), Turn::Refused);
        assert_eq!(traffic.frame(now), Turn::Ignored);
        assert_eq!(traffic.frame(now + FRAMES_OVER), Turn::Heard);
        for _ in 0..LOGINS_MAX {
            assert_eq!(traffic.login(now), Turn::Heard);
        }
        assert_eq!(traffic.login(now), Turn::Refused);
    }
}
