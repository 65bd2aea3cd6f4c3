//! A coupon in a member's hand: got, held for an order, used, or expired.

use crate::machine::{NotPossible, Transition};
use crate::promotion::Validity;
use crate::text_enum::text_enum;
use kernel::{OrderNo, Timestamp};

text_enum! {
    /// State of a granted coupon.
    GrantState {
        /// It may be used.
        Unused = "unused",
        /// An order that is not yet settled holds it.
        Locked = "locked",
        /// Used.
        Used = "used",
        /// Too late.
        Expired = "expired",
        /// Taken back by who granted it, before it was used.
        Revoked = "revoked",
    }
}

/// What happens to a granted coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantEvent {
    /// An order is created with it.
    Lock {
        /// Which.
        order: OrderNo,
        /// When.
        at: Timestamp,
    },
    /// The order came to nothing, or the coupon did not count for it.
    Release {
        /// Which.
        order: OrderNo,
    },
    /// The order was settled with it.
    Use {
        /// Which.
        order: OrderNo,
    },
    /// The settlement was taken back: the order goes on, and holds it again.
    TakeBack {
        /// Which.
        order: OrderNo,
    },
    /// Somebody looks at its dates.
    Look {
        /// When.
        at: Timestamp,
    },
    /// Who granted it takes it back.
    Revoke,
}

impl GrantEvent {
    const fn name(self) -> &'static str {
        match self {
            Self::Lock { .. } => "lock",
            Self::Release { .. } => "release",
            Self::Use { .. } => "use",
            Self::TakeBack { .. } => "take_back",
            Self::Look { .. } => "look",
            Self::Revoke => "revoke",
        }
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantEffect {
    /// Write the order on it.
    HoldFor(OrderNo),
    /// Take the order off it.
    Free,
    /// Count it as redeemed.
    CountUse,
    /// It does not count as redeemed any more.
    UncountUse,
}

/// A granted coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its state.
    pub state: GrantState,
    /// The order that holds or used it.
    pub order: Option<OrderNo>,
    /// When it may be used.
    pub valid: Validity,
}

impl Grant {
    /// The next step. Locking twice for the same order, and using or releasing twice, changes
    /// nothing.
    ///
    /// # Errors
    /// There is no such step, another order holds it, or it is not valid at that time.
    pub fn next(
        &self,
        event: GrantEvent,
    ) -> Result<Transition<GrantState, GrantEffect>, NotPossible> {
        use GrantState as S;
        let mine = |order| {
            NotPossible::unless(self.order == Some(order), "another order holds the coupon")
        };
        match (self.state, event) {
            (S::Unused, GrantEvent::Lock { order, at }) => {
                NotPossible::unless(self.valid.covers(at), "the coupon is not valid now")?;
                Ok(Transition::new(S::Locked, [GrantEffect::HoldFor(order)]))
            }
            (S::Locked, GrantEvent::Lock { order, .. }) => {
                mine(order)?;
                Ok(Transition::plain(S::Locked))
            }
            (S::Locked, GrantEvent::Use { order }) => {
                mine(order)?;
                Ok(Transition::new(S::Used, [GrantEffect::CountUse]))
            }
            (S::Used, GrantEvent::Use { order }) => {
                mine(order)?;
                Ok(Transition::plain(S::Used))
            }
            (S::Used, GrantEvent::TakeBack { order }) => {
                mine(order)?;
                Ok(Transition::new(S::Locked, [GrantEffect::UncountUse]))
            }
            (S::Locked, GrantEvent::Release { order }) => {
                mine(order)?;
                Ok(Transition::new(S::Unused, [GrantEffect::Free]))
            }
            (S::Unused, GrantEvent::Release { .. }) => Ok(Transition::plain(S::Unused)),
            (S::Unused, GrantEvent::Look { at }) if at >= self.valid.until => {
                Ok(Transition::plain(S::Expired))
            }
            (state, GrantEvent::Look { .. }) => Ok(Transition::plain(state)),
            (S::Unused, GrantEvent::Revoke) => Ok(Transition::plain(S::Revoked)),
            (S::Locked, GrantEvent::Revoke) => {
                Err(NotPossible::Guard("a running charge holds the coupon"))
            }
            (state, event) => Err(NotPossible::State {
                state: state.as_str(),
                event: event.name(),
            }),
        }
    }
}

/// Whether a member may get one more coupon of a template. The stock itself must be taken down in
/// the same statement that reads it.
///
/// # Errors
/// None is left, or he has had his share.
pub const fn may_grant(
    stock: Option<u32>,
    granted_to_member: u32,
    per_user: Option<u32>,
) -> Result<(), NotPossible> {
    if let Some(0) = stock {
        return Err(NotPossible::Guard("no coupon is left"));
    }
    match per_user {
        Some(most) if granted_to_member >= most => {
            Err(NotPossible::Guard("the member has had his coupons"))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use GrantState as S;
    use proptest::prelude::*;

    fn order(sequence: u16) -> OrderNo {
        OrderNo::compose("APP", 1_772_323_200, sequence).expect("legal parts")
    }

    fn grant(state: S, holder: Option<u16>) -> Grant {
        Grant {
            state,
            order: holder.map(order),
            valid: Validity {
                from: Timestamp(100),
                until: Timestamp(200),
            },
        }
    }

    fn lock(sequence: u16, at: i64) -> GrantEvent {
        GrantEvent::Lock {
            order: order(sequence),
            at: Timestamp(at),
        }
    }

    fn to(grant: Grant, event: GrantEvent) -> Option<S> {
        grant.next(event).ok().map(|step| step.to)
    }

    #[test]
    fn one_order_holds_it() {
        assert_eq!(to(grant(S::Unused, None), lock(1, 100)), Some(S::Locked));
        assert_eq!(to(grant(S::Unused, None), lock(1, 99)), None);
        assert_eq!(to(grant(S::Unused, None), lock(1, 200)), None);
        let held = grant(S::Locked, Some(1));
        assert_eq!(to(held, lock(1, 300)), Some(S::Locked));
        assert_eq!(to(held, lock(2, 150)), None);
        let uses = |n| GrantEvent::Use { order: order(n) };
        let frees = |n| GrantEvent::Release { order: order(n) };
        assert_eq!(to(held, uses(1)), Some(S::Used));
        assert_eq!(to(held, uses(2)), None);
        assert_eq!(to(held, frees(1)), Some(S::Unused));
        assert_eq!(to(held, frees(2)), None);
        assert_eq!(to(grant(S::Used, Some(1)), uses(1)), Some(S::Used));
        assert_eq!(to(grant(S::Used, Some(1)), frees(1)), None);
        let back = |n| GrantEvent::TakeBack { order: order(n) };
        assert_eq!(to(grant(S::Used, Some(1)), back(1)), Some(S::Locked));
        assert_eq!(to(grant(S::Used, Some(1)), back(2)), None);
        assert_eq!(to(grant(S::Unused, None), uses(1)), None);
    }

    #[test]
    fn only_what_nobody_holds_expires() {
        let look = |at| GrantEvent::Look { at: Timestamp(at) };
        assert_eq!(to(grant(S::Unused, None), look(199)), Some(S::Unused));
        assert_eq!(to(grant(S::Unused, None), look(200)), Some(S::Expired));
        assert_eq!(to(grant(S::Locked, Some(1)), look(300)), Some(S::Locked));
        assert_eq!(to(grant(S::Expired, None), lock(1, 150)), None);
    }

    #[test]
    fn stock_and_shares_end() {
        assert_eq!(may_grant(None, 9, None), Ok(()));
        assert_eq!(may_grant(Some(1), 1, Some(2)), Ok(()));
        assert!(may_grant(Some(0), 0, None).is_err());
        assert!(may_grant(Some(1), 2, Some(2)).is_err());
    }

    #[test]
    fn only_what_nobody_uses_is_taken_back() {
        let revoke = |state, holder| grant(state, holder).next(GrantEvent::Revoke);
        assert_eq!(revoke(S::Unused, None).map(|step| step.to), Ok(S::Revoked));
        for (state, holder) in [
            (S::Locked, Some(1)),
            (S::Used, Some(1)),
            (S::Expired, None),
            (S::Revoked, None),
        ] {
            assert!(revoke(state, holder).is_err(), "{state:?}");
        }
        let gone = grant(S::Revoked, None);
        let lock = GrantEvent::Lock {
            order: order(1),
            at: Timestamp(150),
        };
        assert!(gone.next(lock).is_err(), "it cannot be used any more");
    }

    proptest! {
        #[test]
        fn it_is_used_at_most_once(steps in prop::collection::vec((0_u8..6, 1_u16..4, 0_i64..300), 0..40)) {
            let mut it = grant(S::Unused, None);
            let mut uses = 0;
            for (kind, n, at) in steps {
                let (order, at) = (order(n), Timestamp(at));
                let event = match kind {
                    0 => GrantEvent::Lock { order, at },
                    1 => GrantEvent::Release { order },
                    2 => GrantEvent::Use { order },
                    3 => GrantEvent::TakeBack { order },
                    4 => GrantEvent::Revoke,
                    _ => GrantEvent::Look { at },
                };
                if let Ok(step) = it.next(event) {
                    it.state = step.to;
                    for effect in step.effects {
                        match effect {
                            GrantEffect::HoldFor(order) => it.order = Some(order),
                            GrantEffect::Free => it.order = None,
                            GrantEffect::CountUse => uses += 1,
                            GrantEffect::UncountUse => uses -= 1,
                        }
                    }
                }
            }
            prop_assert_eq!(uses, i32::from(it.state == S::Used));
            prop_assert_eq!(it.order.is_some(), matches!(it.state, S::Locked | S::Used));
        }
    }
}
