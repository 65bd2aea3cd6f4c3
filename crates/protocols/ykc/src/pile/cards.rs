//! Cards that the pile may serve while it is away (离线卡).

use super::gun::Card;

/// Cards that a pile holds at most; more are answered "storage full".
const CARDS_MAX: usize = 1000;

/// The pile's list.
#[derive(Clone, Debug, Default)]
pub(super) struct OfflineCards(Vec<OfflineCard>);

/// One card: printed number and number in the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OfflineCard {
    pub(super) logical: [u8; 8],
    pub(super) physical: Card,
}

impl OfflineCards {
    /// Adds cards, those that are known overwritten. False, and nothing changed, when there is
    /// no room for all.
    pub(super) fn store(&mut self, cards: &[OfflineCard]) -> bool {
        let new = cards.iter().filter(|card| !self.has(card.physical));
        if self.0.len() + new.count() > CARDS_MAX {
            return false;
        }
        for card in cards {
            self.0.retain(|held| held.physical != card.physical);
            self.0.push(*card);
        }
        true
    }

    /// Takes a card away; false when it was not there.
    pub(super) fn clear(&mut self, physical: Card) -> bool {
        let before = self.0.len();
        self.0.retain(|held| held.physical != physical);
        self.0.len() < before
    }

    pub(super) fn has(&self, physical: Card) -> bool {
        self.0.iter().any(|held| held.physical == physical)
    }
}

#[cfg(test)]
mod tests {
    use super::{CARDS_MAX, OfflineCard, OfflineCards};

    fn card(number: usize) -> OfflineCard {
        let physical = u64::try_from(number).expect("small").to_be_bytes();
        OfflineCard {
            logical: [0x10; 8],
            physical,
        }
    }

    #[test]
    fn known_cards_are_overwritten_and_the_list_has_an_end() {
        let mut cards = OfflineCards::default();
        let all: Vec<OfflineCard> = (0..CARDS_MAX).map(card).collect();
        assert!(cards.store(&all));
        assert!(cards.store(&[card(7)]), "it is known");
        assert!(!cards.store(&[card(7), card(CARDS_MAX)]), "no room");
        assert!(!cards.has(card(CARDS_MAX).physical));
        assert!(cards.clear(card(7).physical));
        assert!(!cards.clear(card(7).physical));
        assert!(cards.store(&[card(CARDS_MAX)]));
    }
}
