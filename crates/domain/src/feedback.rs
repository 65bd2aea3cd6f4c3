//! What people tell the operator: faults and complaints.
//!
//! A fault that a member reports becomes a ticket, as an alarm may; what he is shown is how far the
//! ticket is.

use crate::machine::{NotPossible, Transition};
use crate::text_enum::text_enum;
use kernel::Timestamp;
use std::time::Duration;

text_enum! {
    /// How grave a fault is.
    TicketLevel {
        /// Somebody may come to harm, or a station stands still: 2 hours.
        Critical = "critical",
        /// A port does not work: 8 hours.
        Major = "major",
        /// Everything else: 48 hours.
        Minor = "minor",
    }
}

impl TicketLevel {
    /// How long it may take until it is done.
    pub const fn time(self) -> Duration {
        match self {
            Self::Critical => Duration::from_hours(2),
            Self::Major => Duration::from_hours(8),
            Self::Minor => Duration::from_hours(48),
        }
    }

    /// When a ticket that was written at an instant is due.
    pub fn due(self, at: Timestamp) -> Timestamp {
        at + self.time()
    }
}

text_enum! {
    /// State of a fault ticket.
    TicketState {
        /// Nobody has it.
        New = "new",
        /// Somebody has it.
        Assigned = "assigned",
        /// He is at work.
        Doing = "doing",
        /// He says that it is done.
        Done = "done",
        /// Somebody else has seen that it is.
        Verified = "verified",
        /// It is not: back to work.
        Reopened = "reopened",
    }
}

text_enum! {
    /// What happens to a fault ticket.
    TicketEvent {
        /// Somebody gets it, or somebody else.
        Assign = "assign",
        /// He begins.
        Begin = "begin",
        /// He is done.
        Finish = "finish",
        /// It is right.
        Verify = "verify",
        /// It is not.
        Reopen = "reopen",
    }
}

text_enum! {
    /// What is to be done about a fault ticket.
    TicketEffect {
        /// Tell who has to work on it.
        TellAssignee = "tell_assignee",
        /// Tell who reported it that it is repaired.
        TellReporter = "tell_reporter",
        /// It has a new due time from now on.
        SetDueAnew = "set_due_anew",
    }
}

impl TicketState {
    /// The next step.
    ///
    /// # Errors
    /// There is no such step.
    pub fn next(self, event: TicketEvent) -> Result<Transition<Self, TicketEffect>, NotPossible> {
        use TicketEffect as E;
        use TicketEvent as V;
        match (self, event) {
            (Self::New | Self::Assigned | Self::Reopened, V::Assign) => {
                Ok(Transition::new(Self::Assigned, [E::TellAssignee]))
            }
            (Self::Assigned | Self::Reopened, V::Begin) => Ok(Transition::plain(Self::Doing)),
            (Self::Doing, V::Finish) => Ok(Transition::plain(Self::Done)),
            (Self::Done, V::Verify) => Ok(Transition::new(Self::Verified, [E::TellReporter])),
            (Self::Done, V::Reopen) => Ok(Transition::new(
                Self::Reopened,
                [E::SetDueAnew, E::TellAssignee],
            )),
            (state, event) => Err(NotPossible::State {
                state: state.as_str(),
                event: event.as_str(),
            }),
        }
    }

    /// Whether its due time matters: nobody has said yet that it is done.
    pub const fn is_open(self) -> bool {
        match self {
            Self::New | Self::Assigned | Self::Doing | Self::Reopened => true,
            Self::Done | Self::Verified => false,
        }
    }
}

text_enum! {
    /// State of a complaint.
    ComplaintState {
        /// Nobody has read it.
        New = "new",
        /// Somebody looks into it.
        Handling = "handling",
        /// It was answered.
        Replied = "replied",
        /// It is over.
        Closed = "closed",
    }
}

/// What happens to a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComplaintEvent<'a> {
    /// Somebody takes it.
    Take,
    /// He answers; may be repeated.
    Reply {
        /// In words; must say something.
        text: &'a str,
    },
    /// The member is not content.
    Object,
    /// It is over.
    Close,
}

text_enum! {
    /// What is to be done about a complaint.
    ComplaintEffect {
        /// Send the answer to the member.
        SendReply = "send_reply",
        /// Tell whoever handles it.
        TellHandler = "tell_handler",
    }
}

impl ComplaintState {
    /// The next step.
    ///
    /// # Errors
    /// There is no such step, or an answer says nothing.
    pub fn next(
        self,
        event: ComplaintEvent<'_>,
    ) -> Result<Transition<Self, ComplaintEffect>, NotPossible> {
        use ComplaintEvent as V;
        match (self, event) {
            (Self::New, V::Take) => Ok(Transition::plain(Self::Handling)),
            (Self::Handling | Self::Replied, V::Reply { text }) => {
                NotPossible::unless(!text.trim().is_empty(), "an answer must say something")?;
                Ok(Transition::new(Self::Replied, [ComplaintEffect::SendReply]))
            }
            (Self::Replied, V::Object) => Ok(Transition::new(
                Self::Handling,
                [ComplaintEffect::TellHandler],
            )),
            (Self::Replied, V::Close) => Ok(Transition::plain(Self::Closed)),
            (state, event) => Err(NotPossible::State {
                state: state.as_str(),
                event: match event {
                    V::Take => "take",
                    V::Reply { .. } => "reply",
                    V::Object => "object",
                    V::Close => "close",
                },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn graver_faults_are_due_sooner() {
        let hours = |level: TicketLevel| level.due(Timestamp(0)).0 / 3_600_000;
        let due: Vec<i64> = TicketLevel::ALL.iter().copied().map(hours).collect();
        assert_eq!(due, [2, 8, 48]);
    }

    #[test]
    fn a_ticket_is_done_when_somebody_else_says_so() {
        use TicketEvent::{Assign, Begin, Finish, Reopen, Verify};
        let walk = |events: &[TicketEvent]| {
            events
                .iter()
                .try_fold(TicketState::New, |state, event| {
                    state.next(*event).map(|step| step.to)
                })
                .ok()
        };
        assert_eq!(
            walk(&[Assign, Begin, Finish, Verify]),
            Some(TicketState::Verified)
        );
        let again = [Assign, Begin, Finish, Reopen, Begin, Finish, Verify];
        assert_eq!(walk(&again), Some(TicketState::Verified));
        assert_eq!(walk(&[Begin]), None);
        assert_eq!(walk(&[Assign, Finish]), None);
        assert_eq!(walk(&[Assign, Begin, Finish, Verify, Reopen]), None);
    }

    #[test]
    fn a_complaint_is_answered_before_it_is_closed() {
        use ComplaintEvent as V;
        use ComplaintState as S;
        let to = |state: S, event| state.next(event).ok().map(|step| step.to);
        assert_eq!(to(S::New, V::Take), Some(S::Handling));
        assert_eq!(to(S::New, V::Close), None);
        assert_eq!(to(S::Handling, V::Close), None);
        let reply = |text| V::Reply { text };
        assert_eq!(to(S::Handling, reply("we pay it back")), Some(S::Replied));
        assert_eq!(to(S::Handling, reply("  ")), None);
        assert_eq!(to(S::Replied, V::Object), Some(S::Handling));
        assert_eq!(to(S::Replied, V::Close), Some(S::Closed));
        assert_eq!(to(S::Closed, reply("one more thing")), None);
    }

    proptest! {
        #[test]
        fn verified_tickets_stay_verified(events in prop::collection::vec(0_usize..5, 0..40)) {
            let mut state = TicketState::New;
            for index in events {
                let event = *TicketEvent::ALL.get(index).expect("one of five");
                if let Ok(step) = state.next(event) {
                    prop_assert_ne!(state, TicketState::Verified);
                    state = step.to;
                }
            }
        }
    }
}
