//! What of one connection waits for the app, in the order of its arrival.

use crate::Limits;
use device::{Envelope, Event};
use kernel::{PhyId, Timestamp};
use std::collections::VecDeque;
use std::time::Duration;

/// A line that has been full for so long waits for a database that is away. Then what the
/// device says again by itself is dropped, so that its heartbeats are heard and answered.
const SHED_AFTER: Duration = Duration::from_secs(5);

/// Something that waits for the app.
pub(crate) enum Work {
    /// Who is this?
    Identify(PhyId),
    /// A device of ours has begun its session.
    Arrive(PhyId),
    /// A device said something.
    Event(Box<Envelope>),
}

/// All of it.
#[derive(Default)]
pub(crate) struct Waiting {
    line: VecDeque<Work>,
    full_since: Option<Timestamp>,
}

impl Waiting {
    pub(crate) fn push_back(&mut self, work: Work) {
        self.line.push_back(work);
    }

    pub(crate) fn push_front(&mut self, work: Work) {
        self.line.push_front(work);
    }

    /// The first of the line. One that has become empty, as it nearly always is, keeps no memory.
    pub(crate) fn pop(&mut self) -> Option<Work> {
        let first = self.line.pop_front();
        if self.line.is_empty() {
            self.line.shrink_to_fit();
        }
        first
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Whether the socket may be read. A line that stays full is shortened: first by what is
    /// soon said anew, then by what the device repeats because it was not answered.
    pub(crate) fn has_room(&mut self, limits: &Limits, now: Timestamp) -> bool {
        let max = limits.pending_facts_max;
        if self.line.len() < max {
            self.full_since = None;
            return true;
        }
        let since = *self.full_since.get_or_insert(now);
        if now.since(since) < SHED_AFTER {
            return false;
        }
        let before = self.line.len();
        self.line.retain(|work| !is_soon_said_anew(work));
        if self.line.len() >= max {
            self.line.retain(|work| !is_repeated(work));
        }
        let shed = before - self.line.len();
        metrics::counter!("openpile_events_shed_total").increment(shed as u64);
        self.line.len() < max
    }

    /// When [`Waiting::has_room`] is worth another look.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.full_since.map(|since| since + SHED_AFTER)
    }
}

fn is_soon_said_anew(work: &Work) -> bool {
    matches!(work, Work::Event(envelope) if envelope.receipt.is_none()
        && matches!(envelope.event,
            Event::Heartbeat(_) | Event::Status { .. } | Event::Progress(_) | Event::Socket(_)))
}

fn is_repeated(work: &Work) -> bool {
    matches!(work, Work::Event(envelope) if envelope.receipt.is_some())
}

#[cfg(test)]
mod tests {
    use super::{SHED_AFTER, Waiting, Work};
    use crate::Limits;
    use device::{Envelope, Event, Receipt, Registration, Vitals};
    use kernel::{PhyId, Timestamp};
    use std::time::Duration;

    fn event(event: Event, receipt: Option<Receipt>) -> Work {
        let device: PhyId = "82210225000520".parse().expect("a legal id");
        Work::Event(Box::new(Envelope {
            device,
            at: Timestamp(0),
            device_time: None,
            msg_id: None,
            receipt,
            raw: None,
            event,
        }))
    }

    fn status() -> Work {
        let vitals = Vitals::default();
        event(
            Event::Status {
                vitals,
                ports: Vec::new(),
            },
            None,
        )
    }

    #[test]
    fn a_full_line_waits_and_then_drops_what_comes_again() {
        let limits = Limits {
            pending_facts_max: 4,
            ..Limits::default()
        };
        let mut waiting = Waiting::default();
        waiting.push_back(event(Event::Registered(Registration::default()), None));
        waiting.push_back(event(Event::Heartbeat(Vitals::default()), Some(Receipt(1))));
        let begin = Timestamp(1000);
        assert!(waiting.has_room(&limits, begin));
        waiting.push_back(status());
        waiting.push_back(status());
        assert!(
            !waiting.has_room(&limits, begin),
            "a short burst is waited for"
        );
        let late = begin + SHED_AFTER;
        assert_eq!(waiting.deadline(), Some(late));
        assert!(waiting.has_room(&limits, late));
        assert!(matches!(waiting.pop(), Some(Work::Event(first)) if first.receipt.is_none()));
        assert!(matches!(waiting.pop(), Some(Work::Event(second)) if second.receipt.is_some()));
        assert!(waiting.is_empty());
    }

    #[test]
    fn what_is_said_once_is_never_dropped() {
        let limits = Limits {
            pending_facts_max: 2,
            ..Limits::default()
        };
        let mut waiting = Waiting::default();
        for _ in 0..3 {
            waiting.push_back(event(Event::Registered(Registration::default()), None));
        }
        waiting.push_back(event(Event::Heartbeat(Vitals::default()), Some(Receipt(1))));
        assert!(!waiting.has_room(&limits, Timestamp(0)));
        assert!(!waiting.has_room(&limits, Timestamp(0) + Duration::from_mins(1)));
        let mut left = 0;
        while waiting.pop().is_some() {
            left += 1;
        }
        assert_eq!(left, 3);
    }
}
