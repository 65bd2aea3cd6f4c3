//! What the small state machines of money and service have in common: a step gives the new state
//! and what is to be done, or says why it is not possible.

/// A step that a state machine takes. The caller stores the state and does the effects, in one
/// transaction; what goes to a channel goes there after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition<S, E> {
    /// The state afterwards; it may be the one before.
    pub to: S,
    /// What is to be done, in order.
    pub effects: Vec<E>,
}

impl<S, E> Transition<S, E> {
    /// To a state, with effects.
    pub fn new(to: S, effects: impl Into<Vec<E>>) -> Self {
        Self {
            to,
            effects: effects.into(),
        }
    }

    /// To a state, with nothing else to do.
    pub const fn plain(to: S) -> Self {
        Self {
            to,
            effects: Vec::new(),
        }
    }
}

/// Why a step is not possible. Nothing changes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotPossible {
    /// There is no such step from this state.
    #[error("{event} is not possible in state {state}")]
    State {
        /// The state's column text.
        state: &'static str,
        /// What was to happen.
        event: &'static str,
    },
    /// The step exists, but a condition does not hold.
    #[error("{0}")]
    Guard(&'static str),
}

impl NotPossible {
    /// A condition that must hold.
    pub(crate) const fn unless(holds: bool, otherwise: &'static str) -> Result<(), Self> {
        if holds {
            Ok(())
        } else {
            Err(Self::Guard(otherwise))
        }
    }
}
