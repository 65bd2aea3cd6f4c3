//! A reservation of a port: used, cancelled, or let go by.

use crate::fault::FieldFault;
use crate::machine::{NotPossible, Transition};
use crate::text_enum::text_enum;
use kernel::{Fen, MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Longest time that a port is kept, minutes.
const MINUTES_MAX: u16 = 240;
/// Highest fee, fen.
const FEE_MAX: i64 = 100_000;

text_enum! {
    /// State of a reservation.
    ReservationState {
        /// The port is kept.
        Reserved = "reserved",
        /// The member came and charges.
        Used = "used",
        /// He did not come.
        Expired = "expired",
        /// He or the operator gave it up.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// What it costs not to come.
    NoShow {
        /// Nothing: the fee goes back.
        Free = "free",
        /// The fee.
        KeepsFee = "keeps_fee",
    }
}

/// What happens to a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationEvent {
    /// Somebody wants to charge at the port.
    Arrive {
        /// Who.
        member: MemberId,
        /// When.
        at: Timestamp,
    },
    /// It is given up.
    Cancel,
    /// The clock looks at it.
    Look {
        /// When.
        at: Timestamp,
    },
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReservationEffect {
    /// Others may have the port again.
    FreePort,
    /// Lower the ground lock, where there is one.
    OpenGroundLock,
    /// The fee goes back.
    ReturnFee(Fen),
    /// The fee is earned and split.
    KeepFee(Fen),
    /// Tell the member.
    TellMember,
}

/// A reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Its state.
    pub state: ReservationState,
    /// Whose it is.
    pub member: MemberId,
    /// Its first instant.
    pub start: Timestamp,
    /// The instant after its last.
    pub end: Timestamp,
    /// What was paid for it; zero where it costs nothing.
    pub fee: Fen,
    /// What it costs not to come.
    pub no_show: NoShow,
}

impl Reservation {
    /// The next step.
    ///
    /// # Errors
    /// It is over; somebody else arrived, or at another time; it is already too late to give it up.
    pub fn next(
        &self,
        event: ReservationEvent,
    ) -> Result<Transition<ReservationState, ReservationEffect>, NotPossible> {
        use ReservationEffect as E;
        use ReservationState as S;
        let paid = self.fee > Fen::ZERO;
        match (self.state, event) {
            (S::Reserved, ReservationEvent::Arrive { member, at }) => {
                NotPossible::unless(member == self.member, "the port is reserved for another")?;
                let in_time = self.start <= at && at < self.end;
                NotPossible::unless(in_time, "the reservation is for another time")?;
                let mut effects = vec![E::OpenGroundLock];
                if paid {
                    effects.push(E::KeepFee(self.fee));
                }
                Ok(Transition::new(S::Used, effects))
            }
            (S::Reserved, ReservationEvent::Cancel) => {
                let mut effects = vec![E::FreePort];
                if paid {
                    effects.push(E::ReturnFee(self.fee));
                }
                Ok(Transition::new(S::Cancelled, effects))
            }
            (S::Reserved, ReservationEvent::Look { at }) if at >= self.end => {
                let mut effects = vec![E::FreePort];
                match self.no_show {
                    NoShow::KeepsFee if paid => effects.push(E::KeepFee(self.fee)),
                    NoShow::Free if paid => effects.push(E::ReturnFee(self.fee)),
                    NoShow::KeepsFee | NoShow::Free => {}
                }
                effects.push(E::TellMember);
                Ok(Transition::new(S::Expired, effects))
            }
            (state, ReservationEvent::Look { .. }) => Ok(Transition::plain(state)),
            (state, event) => Err(NotPossible::State {
                state: state.as_str(),
                event: match event {
                    ReservationEvent::Arrive { .. } => "arrive",
                    ReservationEvent::Cancel => "cancel",
                    ReservationEvent::Look { .. } => "look",
                },
            }),
        }
    }
}

/// What an operator has decided about reservations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReservationRules {
    /// Members may have ports kept.
    pub enabled: bool,
    /// For so many minutes, 1 to 240.
    pub minutes: u16,
    /// What it costs, 0 to 100 000 fen.
    pub fee_fen: Fen,
    /// What it costs not to come.
    pub no_show: NoShow,
}

impl Default for ReservationRules {
    fn default() -> Self {
        Self {
            enabled: true,
            minutes: 15,
            fee_fen: Fen::ZERO,
            no_show: NoShow::Free,
        }
    }
}

impl ReservationRules {
    /// Checks them before they are stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        let fits = (1..=MINUTES_MAX).contains(&self.minutes);
        FieldFault::unless(fits, "minutes", format!("must be 1 to {MINUTES_MAX}"))?;
        let fits = (0..=FEE_MAX).contains(&self.fee_fen.0);
        FieldFault::unless(fits, "fee_fen", format!("must be 0 to {FEE_MAX}"))
    }

    /// How long a port is kept.
    pub fn lasts(&self) -> Duration {
        Duration::from_secs(u64::from(self.minutes) * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReservationEffect as E;
    use ReservationState as S;
    use proptest::prelude::*;

    fn reservation(no_show: NoShow) -> Reservation {
        Reservation {
            state: S::Reserved,
            member: MemberId(1),
            start: Timestamp(100),
            end: Timestamp(200),
            fee: Fen(300),
            no_show,
        }
    }

    fn arrive(member: i64, at: i64) -> ReservationEvent {
        ReservationEvent::Arrive {
            member: MemberId(member),
            at: Timestamp(at),
        }
    }

    #[test]
    fn its_member_uses_it_in_time() {
        let it = reservation(NoShow::Free);
        let used = Transition::new(S::Used, [E::OpenGroundLock, E::KeepFee(Fen(300))]);
        assert_eq!(it.next(arrive(1, 100)), Ok(used));
        for event in [arrive(2, 150), arrive(1, 99), arrive(1, 200)] {
            assert!(it.next(event).is_err());
        }
    }

    #[test]
    fn who_does_not_come_pays_if_the_rule_says_so() {
        let look = |at| ReservationEvent::Look { at: Timestamp(at) };
        let after = |no_show| {
            reservation(no_show)
                .next(look(200))
                .map(|step| step.effects)
        };
        let kept = vec![E::FreePort, E::KeepFee(Fen(300)), E::TellMember];
        assert_eq!(after(NoShow::KeepsFee), Ok(kept));
        let returned = vec![E::FreePort, E::ReturnFee(Fen(300)), E::TellMember];
        assert_eq!(after(NoShow::Free), Ok(returned));
        let early = reservation(NoShow::Free).next(look(199));
        assert_eq!(early, Ok(Transition::plain(S::Reserved)));
    }

    proptest! {
        #[test]
        fn the_fee_goes_one_way_once(steps in prop::collection::vec((0_u8..3, 0_i64..300), 0..20)) {
            let mut it = reservation(NoShow::KeepsFee);
            let mut moved = 0;
            for (kind, at) in steps {
                let event = match kind {
                    0 => arrive(1, at),
                    1 => ReservationEvent::Cancel,
                    _ => ReservationEvent::Look { at: Timestamp(at) },
                };
                if let Ok(step) = it.next(event) {
                    let moves = |e: &&E| matches!(e, E::KeepFee(_) | E::ReturnFee(_));
                    moved += step.effects.iter().filter(moves).count();
                    it.state = step.to;
                }
            }
            prop_assert_eq!(moved, usize::from(it.state != S::Reserved));
        }
    }
}
