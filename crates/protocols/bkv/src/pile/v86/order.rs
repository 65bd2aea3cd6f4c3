//! What a v8.6 port holds: an order, then a settlement.

use crate::pile::setup::Setup;
use crate::pile::status_bits;
use ::pile::Session;
use ::pile::{Goal, Outlet};
use kernel::{PortNo, Timestamp};

/// Longest charge of a device of its own accord: 15 h.
const CHARGE_MAX_MS: u64 = 15 * 3600 * 1000;

/// The 16 characters of an order number as they stand on the wire.
pub(super) type OrderText = [u8; 16];

/// The order number for people.
pub(super) fn text(order: &OrderText) -> String {
    String::from_utf8_lossy(order)
        .trim_end_matches(['\0', ' '])
        .to_owned()
}

/// Why an order ended (v8.6, table E).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Normal,
    Full,
    Balance,
    Remote,
    Fault,
    Timeout,
    User,
}

impl Reason {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Normal => 0,
            Self::Full => 1,
            Self::Balance => 2,
            Self::Remote => 3,
            Self::Fault => 4,
            Self::Timeout => 5,
            Self::User => 6,
        }
    }
}

/// A start command's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// 1 time, 2 energy, 3 power, 4 full.
    pub(super) mode: u8,
    pub(super) balance_fen: u32,
    /// Seconds, 0.01 kWh or 0.1 W.
    pub(super) value: u16,
}

impl Terms {
    /// What will end the charge. `None` when the mode does not exist or its value is missing.
    pub(super) fn goal(self, setup: &Setup, from_card: bool) -> Option<Goal> {
        let mut goal = Goal {
            ms: Some(CHARGE_MAX_MS),
            ..Goal::default()
        };
        match (self.mode, u64::from(self.value)) {
            (1..=3, 0) => return None,
            (1, seconds) => goal.ms = Some(seconds * 1000),
            (2, centi_kwh) => goal.wh = Some(centi_kwh * 10),
            (3 | 4, _) => {}
            _ => return None,
        }
        let price = u64::from(setup.price_fen_per_kwh);
        if (setup.stops_when_spent || from_card) && self.balance_fen > 0 && price > 0 {
            goal.paid_wh = Some((u64::from(self.balance_fen) * 1000).div_ceil(price));
        }
        Some(goal)
    }

    pub(super) fn cap_dw(self) -> Option<u32> {
        (self.mode == 3).then(|| u32::from(self.value))
    }
}

/// An order that the device has accepted.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) number: OrderText,
    pub(super) terms: Terms,
    pub(super) goal: Goal,
    /// The relay has closed for it.
    pub(super) begun: bool,
    /// The platform has not answered the 0x0004 yet.
    pub(super) unconfirmed: bool,
}

impl Order {
    pub(super) fn session(&self) -> Session {
        Session::Order(text(&self.number))
    }
}

/// One port.
#[derive(Clone, Debug)]
pub(super) struct Hole {
    pub(super) outlet: Outlet,
    /// The device has noticed the plug.
    pub(super) seen: bool,
    pub(super) order: Option<Order>,
    pub(super) last: Option<Settlement>,
    /// A card was accepted here; the next order is the card's.
    pub(super) card_expected: bool,
}

impl Hole {
    /// Port status byte: charging state in bits 0 and 1, faults above.
    pub(super) fn state(&self) -> u8 {
        let state = if self.outlet.is_closed() {
            1
        } else if self.seen {
            2
        } else {
            0
        };
        (status_bits(self.outlet.faults) & 0xFC) | state
    }

    pub(super) fn is_free(&self) -> bool {
        self.order.is_none() && self.outlet.faults == 0
    }
}

/// An end report, complete with what it takes to repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settlement {
    pub(super) number: OrderText,
    pub(super) port: PortNo,
    pub(super) seconds: u32,
    pub(super) centi_kwh: u16,
    pub(super) amount_fen: u16,
    pub(super) reason: u8,
    pub(super) peak_dw: u16,
    pub(super) at: Timestamp,
    pub(super) attempts: u32,
}

impl Settlement {
    pub(super) fn of(
        hole: &Hole,
        order: &Order,
        port: PortNo,
        price: u32,
        civil: Timestamp,
    ) -> Self {
        let centi = hole.outlet.centi_kwh();
        let fen = kernel::div_half_up(i128::from(centi) * i128::from(price), 100);
        Self {
            number: order.number,
            port,
            seconds: u32::try_from(hole.outlet.seconds()).unwrap_or(u32::MAX),
            centi_kwh: u16::try_from(centi).unwrap_or(u16::MAX),
            amount_fen: u16::try_from(fen).unwrap_or(u16::MAX),
            reason: 0,
            peak_dw: u16::try_from(hole.outlet.peak_dw()).unwrap_or(u16::MAX),
            at: civil,
            attempts: 0,
        }
    }
}
