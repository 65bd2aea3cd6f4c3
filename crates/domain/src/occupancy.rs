//! A plug that is left in after the charge: from the end of the charge to the unplugging.
//!
//! [`begin`] makes one, [`apply`] moves it on; both return what has to be told. The clock and the
//! fee are those of [`crate::pricing::occupancy`].

mod event;
mod number;

pub use event::{NEXT_CHARGE, OccupancyEvent, OccupancyNews, OccupancyStep, apply, next_deadline};
pub use number::occupancy_no;

use crate::order::{Order, OrderStatus};
use crate::pricing::occupancy::{Fee, OccupancyClock, OccupancyRule};
use kernel::{ApiKeyId, DeviceId, Fen, OrderNo, PhyId, PortNo, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A new order of the same member within this time of the last charge cancels the wait.
pub const SAME_MEMBER: Duration = Duration::from_mins(5);

/// State of an occupancy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OccupancyState {
    /// Free time runs: nobody has been told of a fee.
    Waiting,
    /// Free time is over.
    Timing,
    /// The plug is out, and something is due.
    ToPay,
    /// It has been paid.
    Paid,
    /// Nobody has to pay: nothing was due, or an operator or the same member's next charge
    /// cancelled it.
    Waived,
}

impl OccupancyState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Timing,
        Self::ToPay,
        Self::Paid,
        Self::Waived,
    ];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Timing => "timing",
            Self::ToPay => "to_pay",
            Self::Paid => "paid",
            Self::Waived => "waived",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether the plug is still in.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Timing)
    }
}

/// One plug that was left in, a row of `occupancy_orders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// Its number, `OC…`.
    pub occ_no: String,
    /// The charge that it followed.
    pub order_no: OrderNo,
    /// The device's row.
    pub device_id: DeviceId,
    /// The device's id on the wire.
    pub phy_id: PhyId,
    /// The port.
    pub port_no: PortNo,
    /// Who charged, as [`Order::charger`] says.
    pub member_ref: Option<String>,
    /// The key that started the order.
    pub api_key_id: Option<ApiKeyId>,
    /// The rule, as it was when the wait began.
    pub rule: OccupancyRule,
    /// Its state.
    pub state: OccupancyState,
    /// From when on the time counts.
    pub started_at: Timestamp,
    /// When the plug came out.
    pub ended_at: Option<Timestamp>,
    /// Its clock.
    pub clock: OccupancyClock,
    /// What it came to; while it is open, what it came to when it was last written.
    pub fee: Fee,
    /// Why nobody has to pay.
    pub note: Option<String>,
}

impl Occupancy {
    /// What it costs at an instant.
    pub fn fee_at(&self, now: Timestamp) -> Fee {
        if self.state.is_open() {
            self.clock.fee(&self.rule, now)
        } else {
            self.fee
        }
    }

    /// What the order of the charge shows: what is due, or was paid.
    pub fn due_at(&self, now: Timestamp) -> Fen {
        match self.state {
            OccupancyState::Waived => Fen::ZERO,
            _ => self.fee_at(now).fen,
        }
    }
}

/// The wait after an order that has ended while its plug was in; none where no fee is taken.
/// `full_since`: when the vehicle was full, where it said so.
pub fn begin(
    occ_no: String,
    order: &Order,
    rule: &OccupancyRule,
    full_since: Option<Timestamp>,
) -> Option<Occupancy> {
    use crate::pricing::occupancy::OccupancyTrigger;
    let ended = order.end_time?;
    let applies = rule.enabled
        && order.status == OrderStatus::Completed
        && !rule.exempts(order.charger().as_deref());
    if !applies {
        return None;
    }
    let started_at = match rule.trigger {
        OccupancyTrigger::AfterEnd => ended,
        OccupancyTrigger::AfterFull => full_since
            .map_or(ended, |full| full.min(ended))
            .max(order.start_time.unwrap_or(ended)),
    };
    Some(Occupancy {
        occ_no,
        order_no: order.order_no,
        device_id: order.device_id,
        phy_id: order.phy_id.clone(),
        port_no: order.port_no,
        member_ref: order.charger(),
        api_key_id: order.api_key_id,
        rule: rule.clone(),
        state: OccupancyState::Waiting,
        started_at,
        ended_at: None,
        clock: OccupancyClock::begun(started_at),
        fee: Fee::default(),
        note: None,
    })
}

#[cfg(test)]
mod tests;
