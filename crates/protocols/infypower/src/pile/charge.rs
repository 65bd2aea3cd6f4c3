//! One charge in a pile: who began it, what may end it, and how its energy lies in the day.

use super::cause::Cause;
use super::prices::{COST_PER_FEN, Prices};
use super::words::record::SLOTS;
use kernel::Timestamp;

/// Length of a slot, ms.
const SLOT_MS: i64 = 30 * 60 * 1000;
/// Shanghai's distance to UTC, ms.
const SHANGHAI_MS: i64 = 8 * 3600 * 1000;

/// Who began a charge, as the wire has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginner {
    Card,
    Platform,
    Vin,
}

impl Beginner {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Card => 0,
            Self::Platform => 1,
            Self::Vin => 3,
        }
    }
}

/// What ends a charge by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limit {
    /// 0 none, 1 time, 2 amount, 3 energy.
    pub(super) strategy: u8,
    /// s, 0.01 yuan or 0.01 kWh.
    pub(super) param: u32,
}

impl Limit {
    /// The limit of a start command; none for a strategy that the pile does not know.
    pub(super) fn of(strategy: u32, param: u32) -> Option<Self> {
        let strategy = u8::try_from(strategy).ok().filter(|code| *code <= 3)?;
        Some(Self { strategy, param })
    }

    /// ms of charging.
    pub(super) fn ms(self) -> Option<u64> {
        (self.strategy == 1).then(|| u64::from(self.param) * 1000)
    }

    /// Wh.
    pub(super) fn wh(self) -> Option<u64> {
        (self.strategy == 3).then(|| u64::from(self.param) * 10)
    }

    /// 10⁻⁷ yuan.
    pub(super) fn cost(self) -> Option<u64> {
        (self.strategy == 2).then(|| u64::from(self.param) * COST_PER_FEN)
    }
}

/// One charge, from the command that begins it to its record.
#[derive(Clone, Debug)]
pub(super) struct Charge {
    pub(super) by: Beginner,
    pub(super) order_no: String,
    pub(super) card_no: String,
    pub(super) card_balance_fen: u32,
    pub(super) limit: Limit,
    /// Device time when it began, and what the pile's calendar showed.
    pub(super) began: Timestamp,
    calendar: Timestamp,
    pub(super) soc_start: u8,
    pub(super) meter_start_wh: u64,
    pub(super) slots_wh: [u64; SLOTS],
    counted_wh: u64,
    /// Energy flows.
    pub(super) flowing: bool,
    /// 8 has been sent.
    pub(super) answered: bool,
    /// A stop came before energy flowed.
    pub(super) stop_when_flowing: bool,
}

/// What is known when a charge is prepared.
#[derive(Clone, Debug)]
pub(super) struct Beginning {
    pub(super) by: Beginner,
    pub(super) order_no: String,
    pub(super) card_no: String,
    pub(super) card_balance_fen: u32,
    pub(super) limit: Limit,
}

impl Charge {
    /// A charge whose preparation begins now.
    pub(super) fn new(beginning: Beginning, now: Timestamp, calendar: Timestamp) -> Self {
        Self {
            by: beginning.by,
            order_no: beginning.order_no,
            card_no: beginning.card_no,
            card_balance_fen: beginning.card_balance_fen,
            limit: beginning.limit,
            began: now,
            calendar,
            soc_start: 0,
            meter_start_wh: 0,
            slots_wh: [0; SLOTS],
            counted_wh: 0,
            flowing: false,
            answered: false,
            stop_when_flowing: false,
        }
    }

    /// Energy flows from now on.
    pub(super) fn flows(&mut self, now: Timestamp, calendar: Timestamp, soc: u8, meter_wh: u64) {
        self.began = now;
        self.calendar = calendar;
        self.soc_start = soc;
        self.meter_start_wh = meter_wh;
        self.flowing = true;
    }

    /// The pile's calendar during this charge. It runs with the pile's own time, so that an
    /// accelerated charge has a begin, an end and a duration that agree.
    pub(super) fn calendar(&self, now: Timestamp) -> Timestamp {
        Timestamp(self.calendar.0 + (now.0 - self.began.0))
    }

    /// When it began by the calendar.
    pub(super) fn started(&self) -> Timestamp {
        self.calendar
    }

    /// Half hour of the day in which it began, from 0.
    pub(super) fn first_slot(&self) -> usize {
        slot_of(self.calendar)
    }

    /// Puts the energy counted since the last call into the half hour that is ending now. To be
    /// called at each border between two of them.
    pub(super) fn share_out(&mut self, now: Timestamp, wh: u64) {
        let more = wh.saturating_sub(self.counted_wh);
        self.counted_wh = self.counted_wh.max(wh);
        // At a border the energy belongs to what lies before it.
        let instant = Timestamp(self.calendar(now).0.saturating_sub(1));
        if let Some(slot) = self.slots_wh.get_mut(slot_of(instant)) {
            *slot += more;
        }
    }

    /// Device time of the next border between two half hours.
    pub(super) fn next_border(&self, now: Timestamp) -> Timestamp {
        let local = self.calendar(now).0 + SHANGHAI_MS;
        let wait = SLOT_MS - local.rem_euclid(SLOT_MS);
        Timestamp(now.0 + wait)
    }

    /// Energy at which the amount is used up if the present price stays, Wh.
    pub(super) fn wh_to_pay(&self, now: Timestamp, prices: &Prices) -> Option<u64> {
        let left = self
            .limit
            .cost()?
            .saturating_sub(prices.cost(&self.slots_wh));
        let price = u64::from(prices.of_half_hour(slot_of(self.calendar(now))));
        (price > 0).then(|| self.counted_wh + left.div_ceil(price))
    }

    /// The limit that has been reached, if any.
    pub(super) fn reached(&self, ms: u64, prices: &Prices) -> Option<Cause> {
        if self.limit.wh().is_some_and(|wh| self.counted_wh >= wh) {
            Some(Cause::EnergyReached)
        } else if self
            .limit
            .cost()
            .is_some_and(|cost| prices.cost(&self.slots_wh) >= cost)
        {
            Some(Cause::AmountReached)
        } else if self.limit.ms().is_some_and(|limit| ms >= limit) {
            Some(Cause::TimeReached)
        } else {
            None
        }
    }
}

/// Half hour of the day, from 0.
fn slot_of(at: Timestamp) -> usize {
    let local = (at.0 + SHANGHAI_MS).rem_euclid(48 * SLOT_MS);
    usize::try_from(local / SLOT_MS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Beginner, Beginning, Charge, Limit};
    use crate::pile::prices::Prices;
    use kernel::Timestamp;

    /// 2024-10-20 15:00:00 in Shanghai.
    const START: Timestamp = Timestamp(1_729_407_600_000);

    fn charge(strategy: u32, param: u32) -> Charge {
        let beginning = Beginning {
            by: Beginner::Platform,
            order_no: "THD1729407600001".to_owned(),
            card_no: String::new(),
            card_balance_fen: 0,
            limit: Limit::of(strategy, param).expect("known"),
        };
        let mut charge = Charge::new(beginning, START, START);
        charge.flows(START, START, 30, 0);
        charge
    }

    #[test]
    fn energy_lies_in_the_half_hours_in_which_it_flowed() {
        let mut charge = charge(0, 0);
        let border = charge.next_border(START);
        assert_eq!(border, Timestamp(START.0 + 1_800_000));
        charge.share_out(border, 1000);
        charge.share_out(Timestamp(border.0 + 60_000), 1100);
        assert_eq!(charge.slots_wh[30], 1000);
        assert_eq!(charge.slots_wh[31], 100);
    }

    #[test]
    fn an_amount_is_reached_at_the_right_energy() {
        let mut charge = charge(2, 100);
        let prices = Prices::flat(120);
        assert_eq!(charge.wh_to_pay(START, &prices), Some(834));
        charge.share_out(Timestamp(START.0 + 1000), 833);
        assert_eq!(charge.reached(1000, &prices), None);
        charge.share_out(Timestamp(START.0 + 1100), 834);
        assert!(charge.reached(1100, &prices).is_some());
    }
}
