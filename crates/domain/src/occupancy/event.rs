//! What happens while a plug is left in.

use super::{Occupancy, OccupancyState, SAME_MEMBER};
use kernel::{Fen, Timestamp};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OccupancyEvent {
    /// Time has passed.
    Tick,
    /// The plug came out.
    Unplugged,
    /// The device went offline, or its port reports a fault: nobody can know.
    OutOfSight,
    /// It is back.
    InSight,
    /// The next charge began with the plug still in.
    NewOrder {
        /// Who began it.
        member_ref: Option<String>,
        /// Their wait has been cancelled once today already.
        cancelled_today: bool,
    },
    /// An operator waives it; one that has been paid is given back.
    Waived {
        /// The audited reason.
        reason: String,
    },
    /// An operator takes less for one that is over.
    Reduced {
        /// What it comes to from now on, less than before.
        fee: Fen,
        /// The audited reason.
        reason: String,
    },
    /// Nothing of it is owed any more.
    Paid,
}

/// What has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OccupancyNews {
    /// `occupancy.started`: free time is over.
    Started,
    /// `occupancy.ended`.
    Ended,
}

/// What came of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccupancyStep {
    /// The occupancy afterwards.
    pub next: Occupancy,
    /// What to tell, in this order.
    pub news: Vec<OccupancyNews>,
    /// Whether anything but the clock changed: then it has to be written.
    pub changed: bool,
}

/// Moves an occupancy on by one event that happened at `at`.
pub fn apply(occupancy: &Occupancy, event: OccupancyEvent, at: Timestamp) -> OccupancyStep {
    let mut step = OccupancyStep {
        next: occupancy.clone(),
        news: Vec::new(),
        changed: false,
    };
    if !occupancy.state.is_open() {
        match event {
            OccupancyEvent::Waived { reason } => waive(&mut step, reason),
            OccupancyEvent::Reduced { fee, reason } => reduce(&mut step, fee, reason),
            OccupancyEvent::Paid if occupancy.state == OccupancyState::ToPay => {
                step.next.state = OccupancyState::Paid;
                step.changed = true;
            }
            _ => {}
        }
        return step;
    }
    // Nothing happens before what is known already.
    let at = occupancy.clock.since.map_or(at, |since| at.max(since));
    if let Some(free_until) = occupancy.clock.free_until(&occupancy.rule)
        && occupancy.state == OccupancyState::Waiting
        && at > free_until
    {
        step.next.state = OccupancyState::Timing;
        step.news.push(OccupancyNews::Started);
        step.changed = true;
    }
    let rule = step.next.rule.clone();
    match event {
        OccupancyEvent::OutOfSight if occupancy.clock.since.is_some() => {
            step.next.clock = occupancy.clock.paused(&rule, at);
            step.changed = true;
        }
        OccupancyEvent::InSight if occupancy.clock.since.is_none() => {
            step.next.clock = occupancy.clock.resumed(at);
            step.changed = true;
        }
        OccupancyEvent::Tick
        | OccupancyEvent::OutOfSight
        | OccupancyEvent::InSight
        | OccupancyEvent::Reduced { .. }
        | OccupancyEvent::Paid => {}
        OccupancyEvent::Unplugged => end(&mut step, at),
        OccupancyEvent::NewOrder {
            member_ref,
            cancelled_today,
        } => {
            let same = member_ref.is_some() && member_ref == occupancy.member_ref;
            let soon = at.since(occupancy.started_at) <= SAME_MEMBER;
            if same && soon && !cancelled_today {
                close(&mut step, at);
                step.next.state = OccupancyState::Waived;
                step.next.note = Some(NEXT_CHARGE.to_owned());
            } else {
                end(&mut step, at);
            }
        }
        OccupancyEvent::Waived { reason } => {
            end(&mut step, at);
            waive(&mut step, reason);
        }
    }
    step.next.fee = step.next.clock.fee(&rule, at);
    step
}

/// Why a wait was cancelled that the same member's next charge ended.
pub const NEXT_CHARGE: &str = "the same member charges on";

/// When an open occupancy has to be looked at: at the end of its free time.
pub fn next_deadline(occupancy: &Occupancy) -> Option<Timestamp> {
    if occupancy.state != OccupancyState::Waiting {
        return None;
    }
    occupancy.clock.free_until(&occupancy.rule)
}

fn close(step: &mut OccupancyStep, at: Timestamp) {
    let next = &mut step.next;
    if next.state == OccupancyState::Timing {
        step.news.push(OccupancyNews::Ended);
    }
    next.clock = next.clock.paused(&next.rule, at);
    next.ended_at = Some(at);
    step.changed = true;
}

fn end(step: &mut OccupancyStep, at: Timestamp) {
    close(step, at);
    let due = step.next.clock.fee(&step.next.rule, at).fen.0 > 0;
    step.next.state = if due {
        OccupancyState::ToPay
    } else {
        OccupancyState::Waived
    };
}

fn waive(step: &mut OccupancyStep, reason: String) {
    if step.next.state != OccupancyState::Waived || step.next.note.is_none() {
        step.next.state = OccupancyState::Waived;
        step.next.note = Some(reason);
        step.changed = true;
    }
}

/// Less, but more than nothing, of a fee that is due or paid.
fn reduce(step: &mut OccupancyStep, fee: Fen, reason: String) {
    let taken = matches!(
        step.next.state,
        OccupancyState::ToPay | OccupancyState::Paid
    );
    if taken && fee > Fen::ZERO && fee < step.next.fee.fen {
        step.next.fee.fen = fee;
        step.next.note = Some(reason);
        step.changed = true;
    }
}
