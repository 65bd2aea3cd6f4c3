//! What a kWh costs in the pile, by its own table.

use super::words::down::PriceSlot;

/// Minutes of a day.
const DAY: u16 = 1440;
/// Slots of the longest table.
const SLOTS_MAX: usize = 48;
/// 10⁻⁷ yuan in one fen: the unit of [`Prices::cost`].
pub(super) const COST_PER_FEN: u64 = 100_000;

/// The price table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prices {
    slots: Vec<PriceSlot>,
}

impl Prices {
    /// One price, fen per kWh, for the whole day.
    pub(super) fn flat(fen: u32) -> Self {
        Self {
            slots: vec![PriceSlot {
                from: 0,
                to: DAY,
                price: fen.saturating_mul(100),
            }],
        }
    }

    /// A table from the platform; none when it is refused: a gap, an overlap, more slots than
    /// the pile has, or a time that is neither full nor half an hour.
    pub(super) fn checked(slots: Vec<PriceSlot>, slots_max: usize) -> Option<Self> {
        let half_hours = slots
            .iter()
            .all(|slot| slot.from % 30 == 0 && slot.to % 30 == 0 && slot.to <= DAY);
        let gapless = slots.windows(2).all(|pair| match pair {
            [left, right] => left.to == right.from,
            _ => true,
        });
        let whole = slots.first().is_some_and(|slot| slot.from == 0)
            && slots.last().is_some_and(|slot| slot.to == DAY);
        let fits = slots.len() <= slots_max.min(SLOTS_MAX);
        (half_hours && gapless && whole && fits).then_some(Self { slots })
    }

    pub(super) fn slots(&self) -> &[PriceSlot] {
        &self.slots
    }

    /// 0.0001 yuan per kWh in a half hour, counted from 0.
    pub(super) fn of_half_hour(&self, half_hour: usize) -> u32 {
        let minute = u16::try_from(half_hour * 30).unwrap_or_default();
        let slot = self
            .slots
            .iter()
            .find(|slot| (slot.from..slot.to).contains(&minute));
        slot.map_or(0, |slot| slot.price)
    }

    /// What so much in each half hour costs, in 10⁻⁷ yuan.
    pub(super) fn cost(&self, slots_wh: &[u64]) -> u64 {
        slots_wh
            .iter()
            .enumerate()
            .map(|(half_hour, wh)| wh * u64::from(self.of_half_hour(half_hour)))
            .sum()
    }

    /// The same in fen, rounded half up.
    pub(super) fn fen(&self, slots_wh: &[u64]) -> u32 {
        let fen = (self.cost(slots_wh) + COST_PER_FEN / 2) / COST_PER_FEN;
        u32::try_from(fen).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{PriceSlot, Prices};

    fn slot(from: u16, to: u16, price: u32) -> PriceSlot {
        PriceSlot { from, to, price }
    }

    #[test]
    fn a_day_without_gaps_is_taken() {
        let slots = vec![slot(0, 420, 3500), slot(420, 1440, 12_000)];
        let prices = Prices::checked(slots, 12).expect("a whole day");
        let mut wh = [0; 48];
        wh[13] = 1000;
        wh[14] = 2000;
        assert_eq!(prices.fen(&wh), 35 + 240);
        assert_eq!(Prices::checked(vec![slot(0, 420, 1)], 12), None);
        assert_eq!(
            Prices::checked(vec![slot(0, 415, 1), slot(415, 1440, 1)], 12),
            None
        );
        let many = (0..13).map(|n| slot(n * 30, n * 30 + 30, 1)).collect();
        assert_eq!(Prices::checked(many, 12), None);
    }

    #[test]
    fn a_flat_price_is_rounded_half_up() {
        let mut wh = [0; 48];
        wh[0] = 5;
        assert_eq!(Prices::flat(100).fen(&wh), 1);
        wh[0] = 4;
        assert_eq!(Prices::flat(100).fen(&wh), 0);
    }
}
