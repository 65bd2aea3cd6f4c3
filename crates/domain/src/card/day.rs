//! What a card may do on one day.

use super::Card;
use kernel::Fen;

/// What a card has done since midnight, charges that run among it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CardDay {
    /// How often it has charged.
    pub times: u32,
    /// What that costs, or may still cost.
    pub spent: Fen,
}

/// It has done enough for today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverDay;

impl CardDay {
    /// What the next charge of a card may cost today, at most `wanted`.
    ///
    /// # Errors
    /// It has charged as often as it may, or less than `least` is left of what it may cost.
    pub fn allows(self, card: &Card, wanted: Fen, least: Fen) -> Result<Fen, OverDay> {
        if card.daily_times.is_some_and(|times| self.times >= times) {
            return Err(OverDay);
        }
        let Some(limit) = card.daily_limit else {
            return Ok(wanted);
        };
        let left = limit - self.spent;
        if left < least.min(limit) || left <= Fen::ZERO {
            return Err(OverDay);
        }
        Ok(wanted.min(left))
    }
}
