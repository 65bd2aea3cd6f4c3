//! When the system is in trouble, so that what may rest rests: the database is slow or a queue
//! is long, for a while.

use kernel::Timestamp;
use std::time::Duration;

/// The database is slow above this 95th percentile of its answers (domain §19).
pub const SLOW: Duration = Duration::from_millis(200);
/// A queue in memory is long above this.
pub const QUEUE_MAX: usize = 10_000;
/// Trouble counts when it has lasted for so long, and is over when it has been away for so long:
/// a switch that flaps would be trouble of its own.
pub const LASTING: Duration = Duration::from_mins(2);

/// Whether there is trouble, by looks every few seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    stands: bool,
    /// Since when the looks have said the opposite.
    differs_since: Option<Timestamp>,
    /// Since when it stands, or does not.
    since: Option<Timestamp>,
}

impl Trouble {
    /// Takes in a look; true when trouble has begun or ended by it.
    pub fn look(&mut self, bad: bool, now: Timestamp) -> bool {
        if bad == self.stands {
            self.differs_since = None;
            return false;
        }
        let since = *self.differs_since.get_or_insert(now);
        if now.since(since) < LASTING {
            return false;
        }
        self.stands = bad;
        self.differs_since = None;
        self.since = Some(now);
        true
    }

    /// Whether there is.
    pub const fn stands(&self) -> bool {
        self.stands
    }

    /// Since when it has been so; none before the first change.
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::{LASTING, Trouble};
    use kernel::Timestamp;
    use std::time::Duration;

    const NOON: Timestamp = Timestamp(1_729_407_600_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn trouble_is_what_lasts() {
        let mut trouble = Trouble::default();
        assert!(!trouble.look(true, NOON));
        assert!(!trouble.look(true, NOON + LASTING - SECOND));
        assert!(!trouble.stands());
        assert!(trouble.look(true, NOON + LASTING));
        assert!(trouble.stands());
        assert_eq!(trouble.since(), Some(NOON + LASTING));
    }

    #[test]
    fn a_good_look_between_begins_anew() {
        let mut trouble = Trouble::default();
        trouble.look(true, NOON);
        trouble.look(false, NOON + LASTING / 2);
        assert!(!trouble.look(true, NOON + LASTING));
        assert!(!trouble.stands());
        assert!(trouble.look(true, NOON + LASTING * 2));
    }

    #[test]
    fn it_ends_as_slowly_as_it_began() {
        let mut trouble = Trouble::default();
        trouble.look(true, NOON);
        trouble.look(true, NOON + LASTING);
        let better = NOON + LASTING * 2;
        assert!(!trouble.look(false, better));
        assert!(trouble.stands());
        assert!(trouble.look(false, better + LASTING));
        assert!(!trouble.stands());
    }
}
