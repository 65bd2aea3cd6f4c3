//! What a charge costs. One module per way of billing; all give a [`Bill`].

pub mod day_time;
pub mod ebike;
pub mod occupancy;
pub mod third_party;
pub mod time_of_use;

use kernel::Fen;

/// The sum of a bill with its parts. `elec + service == total` always, and, where money was
/// prepaid, `total + refund == amount`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// What is to be paid.
    pub total: Fen,
    /// Electricity part.
    pub elec: Fen,
    /// Service part.
    pub service: Fen,
    /// What is left of the prepaid amount; zero where none was paid.
    pub refund: Fen,
}

impl Bill {
    /// Nothing is due: the whole amount goes back.
    pub fn nothing(amount: Fen) -> Self {
        Self {
            refund: Fen(amount.0.max(0)),
            ..Self::default()
        }
    }
}
