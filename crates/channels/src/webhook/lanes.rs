//! Whose turn it is: deliveries that were taken from the outbox and wait for a free place.
//!
//! Each receiver has a lane. Lanes take turns, so a receiver with a long queue does not delay
//! the others; a receiver that does not answer keeps few places occupied until it answers again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// How much may go on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attempts under way, all receivers together.
    pub attempts: usize,
    /// Attempts under way to one receiver.
    pub attempts_per_receiver: usize,
    /// The same, when its last attempt got no answer.
    pub attempts_when_silent: usize,
    /// Deliveries that may wait in memory for one receiver; more stay in the outbox.
    pub waiting_per_receiver: usize,
    /// Deliveries that may wait in memory, all receivers together.
    pub waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 256,
            attempts_per_receiver: 32,
            attempts_when_silent: 2,
            waiting_per_receiver: 1024,
            waiting: 8192,
        }
    }
}

/// Receivers that are remembered as silent although nothing waits for them.
const IDLE_LANES_MAX: usize = 4096;

#[derive(Debug)]
pub(super) struct Lanes<T> {
    limits: Limits,
    by_receiver: HashMap<Arc<str>, Lane<T>>,
    /// Receivers for whom something waits, the next one first.
    turns: VecDeque<Arc<str>>,
    waiting: usize,
    attempts: usize,
}

#[derive(Debug)]
struct Lane<T> {
    waiting: VecDeque<T>,
    attempts: usize,
    silent: bool,
    turned_away: u32,
}

/// A delivery for which there is no place now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TurnedAway<T> {
    pub(super) delivery: T,
    /// How many its receiver's lane has turned away since the receiver last answered.
    pub(super) so_far: u32,
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            attempts: 0,
            silent: false,
            turned_away: 0,
        }
    }
}

impl<T> Lanes<T> {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            by_receiver: HashMap::new(),
            turns: VecDeque::new(),
            waiting: 0,
            attempts: 0,
        }
    }

    /// How many more deliveries may be taken from the outbox.
    pub(super) fn room(&self) -> usize {
        self.limits.waiting - self.waiting
    }

    /// Puts a delivery into its receiver's lane, or gives it back when the lane is full.
    pub(super) fn admit(&mut self, receiver: &Arc<str>, delivery: T) -> Result<(), TurnedAway<T>> {
        let lane = self.by_receiver.entry(receiver.clone()).or_default();
        let places = if lane.silent {
            self.limits.attempts_when_silent
        } else {
            self.limits.waiting_per_receiver
        };
        if lane.waiting.len() >= places || self.waiting >= self.limits.waiting {
            lane.turned_away = lane.turned_away.saturating_add(1);
            return Err(TurnedAway {
                delivery,
                so_far: lane.turned_away,
            });
        }
        if lane.waiting.is_empty() {
            self.turns.push_back(receiver.clone());
        }
        lane.waiting.push_back(delivery);
        self.waiting += 1;
        Ok(())
    }

    /// The next delivery that may be attempted now.
    pub(super) fn start(&mut self) -> Option<T> {
        if self.attempts >= self.limits.attempts {
            return None;
        }
        for _ in 0..self.turns.len() {
            let receiver = self.turns.pop_front()?;
            let lane = self.by_receiver.get_mut(&receiver)?;
            let places = if lane.silent {
                self.limits.attempts_when_silent
            } else {
                self.limits.attempts_per_receiver
            };
            if lane.attempts >= places {
                self.turns.push_back(receiver);
                continue;
            }
            let delivery = lane.waiting.pop_front()?;
            if !lane.waiting.is_empty() {
                self.turns.push_back(receiver);
            }
            lane.attempts += 1;
            self.attempts += 1;
            self.waiting -= 1;
            return Some(delivery);
        }
        None
    }

    /// An attempt is over. When the receiver was silent, returns what must go back to the outbox
    /// because it would only wait here.
    pub(super) fn finish(&mut self, receiver: &Arc<str>, silent: bool) -> Vec<T> {
        let Some(lane) = self.by_receiver.get_mut(receiver) else {
            return Vec::new();
        };
        lane.attempts = lane.attempts.saturating_sub(1);
        self.attempts = self.attempts.saturating_sub(1);
        lane.silent = silent;
        if !silent {
            lane.turned_away = 0;
        }
        let mut surplus = Vec::new();
        if silent {
            let keep = self.limits.attempts_when_silent.min(lane.waiting.len());
            surplus.extend(lane.waiting.split_off(keep));
            self.waiting -= surplus.len();
        }
        let idle = lane.attempts == 0 && lane.waiting.is_empty();
        if idle && (!silent || self.by_receiver.len() > IDLE_LANES_MAX) {
            self.by_receiver.remove(receiver);
        }
        surplus
    }

    /// Takes everything that waits, to give it back to the outbox.
    pub(super) fn clear(&mut self) -> Vec<T> {
        self.turns.clear();
        self.waiting = 0;
        let lanes = self.by_receiver.values_mut();
        lanes.flat_map(|lane| lane.waiting.drain(..)).collect()
    }

    /// Whether the receiver's last attempt got no answer.
    pub(super) fn is_silent(&self, receiver: &str) -> bool {
        self.by_receiver
            .get(receiver)
            .is_some_and(|lane| lane.silent)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lanes, Limits};
    use std::sync::Arc;

    const SMALL: Limits = Limits {
        attempts: 5,
        attempts_per_receiver: 3,
        attempts_when_silent: 1,
        waiting_per_receiver: 4,
        waiting: 6,
    };

    fn receiver(name: &str) -> Arc<str> {
        Arc::from(name)
    }

    fn started(lanes: &mut Lanes<u32>) -> Vec<u32> {
        std::iter::from_fn(|| lanes.start()).collect()
    }

    #[test]
    fn receivers_take_turns() {
        let mut lanes = Lanes::new(SMALL);
        let (a, b) = (receiver("a"), receiver("b"));
        for delivery in [1, 2, 3] {
            assert!(lanes.admit(&a, delivery).is_ok());
        }
        assert!(lanes.admit(&b, 10).is_ok());
        assert_eq!(started(&mut lanes), [1, 10, 2, 3]);
    }

    #[test]
    fn places_are_limited_for_each_and_for_all() {
        let mut lanes = Lanes::new(SMALL);
        let (a, b) = (receiver("a"), receiver("b"));
        for delivery in [1, 2, 3, 4] {
            assert!(lanes.admit(&a, delivery).is_ok());
        }
        let full = lanes.admit(&a, 5).expect_err("the lane is full");
        assert_eq!((full.delivery, full.so_far), (5, 1));
        assert_eq!(started(&mut lanes), [1, 2, 3]);
        for delivery in [10, 11, 12] {
            assert!(lanes.admit(&b, delivery).is_ok());
        }
        assert_eq!(started(&mut lanes), [10, 11], "five in all");
        assert!(lanes.finish(&a, false).is_empty());
        assert_eq!(lanes.start(), Some(4));
        assert!(lanes.finish(&b, false).is_empty());
        assert_eq!(lanes.start(), Some(12));
        assert_eq!(lanes.room(), 6);
    }

    #[test]
    fn a_silent_receiver_keeps_one_place_until_it_answers() {
        let mut lanes = Lanes::new(SMALL);
        let a = receiver("a");
        for delivery in [1, 2, 3, 4] {
            assert!(lanes.admit(&a, delivery).is_ok());
        }
        assert_eq!(lanes.start(), Some(1));
        assert_eq!(lanes.finish(&a, true), [3, 4]);
        assert!(lanes.is_silent("a"));
        assert!(lanes.admit(&a, 3).is_err());
        assert_eq!(started(&mut lanes), [2]);
        assert!(lanes.finish(&a, false).is_empty());
        assert!(!lanes.is_silent("a"));
        for delivery in [3, 4, 5] {
            assert!(lanes.admit(&a, delivery).is_ok());
        }
        assert_eq!(started(&mut lanes), [3, 4, 5]);
    }

    #[test]
    fn what_waits_can_be_given_back() {
        let mut lanes = Lanes::new(SMALL);
        let a = receiver("a");
        for delivery in [1, 2] {
            assert!(lanes.admit(&a, delivery).is_ok());
        }
        assert_eq!(lanes.start(), Some(1));
        assert_eq!(lanes.clear(), [2]);
        assert_eq!(lanes.room(), 6);
        assert_eq!(lanes.start(), None);
        assert!(lanes.finish(&a, false).is_empty());
    }
}
