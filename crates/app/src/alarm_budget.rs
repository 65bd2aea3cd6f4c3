//! How often one device may change its alarms. A device that raises a thousand a second, or whose
//! fault comes and goes all the time, fills neither the table nor anybody's telephone: beyond its
//! budget only the last word on each alarm is remembered, and written when there is room again.

use domain::alarm::Alarm;
use kernel::Timestamp;
use std::time::Duration;

/// Changes that a device may make at once …
const BURST: u16 = 60;
/// … and the time after which it may make one more.
const REFILL: Duration = Duration::from_secs(1);
/// Alarms whose last word is remembered; what a storm has more of is dropped.
const HELD_MAX: usize = 128;

/// The budget of one device that has changed alarms lately.
#[derive(Clone, Debug)]
pub(crate) struct AlarmBudget {
    left: u16,
    refilled_at: Timestamp,
    /// What waits: the alarm, and whether it stands.
    held: Vec<(Alarm, bool)>,
}

/// What may be written now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowed {
    pub(crate) raised: Vec<Alarm>,
    pub(crate) cleared: Vec<Alarm>,
    /// The budget has just run out.
    pub(crate) began_to_hold: bool,
    /// So many were dropped.
    pub(crate) dropped: u64,
}

impl AlarmBudget {
    pub(crate) const fn full(now: Timestamp) -> Self {
        Self {
            left: BURST,
            refilled_at: now,
            held: Vec::new(),
        }
    }

    /// Takes changes in, and gives those out that may be written.
    pub(crate) fn pass(&mut self, raised: &[Alarm], cleared: &[Alarm], now: Timestamp) -> Allowed {
        self.refill(now);
        let mut allowed = Allowed::default();
        let held_before = self.holds();
        // Whatever waits was said earlier.
        self.release(&mut allowed);
        let changes = raised.iter().map(|alarm| (alarm, true));
        for (alarm, stands) in changes.chain(cleared.iter().map(|alarm| (alarm, false))) {
            if self.left > 0 && self.held.is_empty() {
                self.left -= 1;
                allowed.give(alarm.clone(), stands);
            } else {
                self.hold(alarm, stands, &mut allowed);
            }
        }
        allowed.began_to_hold = !held_before && self.holds();
        allowed
    }

    /// What was given out could not be written: it waits again.
    pub(crate) fn take_back(&mut self, given: Allowed) {
        let raised = given.raised.into_iter().map(|alarm| (alarm, true));
        let mut held: Vec<_> = raised.collect();
        held.extend(given.cleared.into_iter().map(|alarm| (alarm, false)));
        held.append(&mut self.held);
        self.held = held;
    }

    /// Whether anything waits.
    pub(crate) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether the storm is over: nothing waits, and half of the budget is there again.
    pub(crate) fn is_calm(&self) -> bool {
        !self.holds() && self.left >= BURST / 2
    }

    /// Whether it need not be remembered any more.
    pub(crate) fn is_full(&self) -> bool {
        !self.holds() && self.left == BURST
    }

    fn refill(&mut self, now: Timestamp) {
        let passed = now.since(self.refilled_at);
        let more = passed.as_millis() / REFILL.as_millis();
        if more == 0 {
            return;
        }
        let more = u16::try_from(more).unwrap_or(u16::MAX);
        self.left = self.left.saturating_add(more).min(BURST);
        self.refilled_at = self.refilled_at + REFILL * u32::from(more);
        if self.left == BURST {
            self.refilled_at = now;
        }
    }

    fn release(&mut self, allowed: &mut Allowed) {
        let count = self.held.len().min(usize::from(self.left));
        for (alarm, stands) in self.held.drain(..count) {
            self.left -= 1;
            allowed.give(alarm, stands);
        }
    }

    fn hold(&mut self, alarm: &Alarm, stands: bool, allowed: &mut Allowed) {
        let same = |(known, _): &&mut (Alarm, bool)| {
            (
                known.code,
                known.port,
                known.order,
                known.fault_code,
                known.told_by,
            ) == (
                alarm.code,
                alarm.port,
                alarm.order,
                alarm.fault_code,
                alarm.told_by,
            )
        };
        if let Some(known) = self.held.iter_mut().find(same) {
            *known = (alarm.clone(), stands);
        } else if self.held.len() < HELD_MAX {
            self.held.push((alarm.clone(), stands));
        } else {
            allowed.dropped += 1;
        }
    }
}

impl Allowed {
    fn give(&mut self, alarm: Alarm, stands: bool) {
        if stands {
            self.raised.push(alarm);
        } else {
            self.cleared.push(alarm);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AlarmBudget, BURST, HELD_MAX};
    use domain::alarm::{Alarm, AlarmCode};
    use kernel::{PortNo, Timestamp};
    use std::time::Duration;

    const T0: Timestamp = Timestamp(1_729_407_600_000);

    fn fault(code: u32) -> Alarm {
        Alarm {
            fault_code: Some(code),
            ..Alarm::of_port(AlarmCode::DeviceException, PortNo(1), "")
        }
    }

    #[test]
    fn a_flapping_fault_is_written_a_few_times_and_its_last_word_counts() {
        let mut budget = AlarmBudget::full(T0);
        let (mut on, mut off) = (0, 0);
        for _ in 0..1_000 {
            on += budget.pass(&[fault(4)], &[], T0).raised.len();
            off += budget.pass(&[], &[fault(4)], T0).cleared.len();
        }
        assert_eq!(on + off, usize::from(BURST));
        let last = budget.pass(&[fault(4)], &[], T0);
        assert_eq!(last.raised.len(), 0);
        let later = budget.pass(&[], &[], T0 + Duration::from_secs(1));
        assert_eq!(later.raised, [fault(4)], "it stands");
        assert!(!budget.holds());
        assert!(!budget.is_calm());
        budget.pass(&[], &[], T0 + Duration::from_secs(40));
        assert!(budget.is_calm());
        budget.pass(&[], &[], T0 + Duration::from_secs(61));
        assert!(budget.is_full());
    }

    #[test]
    fn invented_faults_do_not_fill_the_memory() {
        let mut budget = AlarmBudget::full(T0);
        let all: Vec<_> = (0..10_000).map(fault).collect();
        let given = budget.pass(&all, &[], T0);
        assert_eq!(given.raised.len(), usize::from(BURST));
        assert!(given.began_to_hold);
        assert_eq!(budget.held.len(), HELD_MAX);
        let kept = usize::from(BURST) + HELD_MAX;
        assert_eq!(given.dropped, 10_000 - u64::try_from(kept).expect("small"));
    }

    #[test]
    fn what_was_said_earlier_is_written_first() {
        let mut budget = AlarmBudget::full(T0);
        let all: Vec<_> = (0..=u32::from(BURST)).map(fault).collect();
        budget.pass(&all, &[], T0);
        let next = budget.pass(&[fault(999)], &[], T0 + Duration::from_secs(2));
        assert_eq!(next.raised, [fault(u32::from(BURST)), fault(999)]);
    }
}
