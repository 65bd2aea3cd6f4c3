//! Where an order comes from, beside the caller's wish.

use crate::Caller;
use domain::order::{Begins, OrderSource};
use domain::payer::Payer;
use domain::points::Points;
use domain::settlement::Wishes;
use kernel::{OrderNo, Timestamp};

/// What is known of whoever starts a charge.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) source: OrderSource,
    /// Whether the start may wait for a device that is away: people who stand at the device are
    /// told at once, machines are not.
    pub(crate) may_queue: bool,
    /// Whose money it costs.
    pub(crate) payer: Option<Box<Payer>>,
    /// What the payer wants to reduce the bill with.
    pub(crate) wishes: Wishes,
    pub(crate) card_no: Option<String>,
    pub(crate) physical_card: Option<String>,
    pub(crate) vin: Option<String>,
    pub(crate) proposed_session: Option<u16>,
    pub(crate) parallel_no: Option<String>,
    pub(crate) begins: Begins,
}

impl Origin {
    pub(crate) fn of(caller: &Caller) -> Self {
        Self {
            payer: caller.payer().map(Box::new),
            ..Self::from_source(caller.source(), caller.may_queue())
        }
    }

    pub(crate) const fn from_source(source: OrderSource, may_queue: bool) -> Self {
        Self {
            source,
            may_queue,
            payer: None,
            wishes: Wishes {
                coupon: None,
                points: Points::ZERO,
            },
            card_no: None,
            physical_card: None,
            vin: None,
            proposed_session: None,
            parallel_no: None,
            begins: Begins::ByCommand,
        }
    }
}

/// The second and the count that make an order's name on the wire unique, see
/// [`device::Protocol::serial`]: both are those of its number, which is unique among the orders
/// of its source; the sources have a thousand counts each.
pub(crate) fn serial_seed(order_no: OrderNo, source: OrderSource) -> (Timestamp, u64) {
    let text = order_no.as_str();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let second: i64 = part(3, 13).parse().unwrap_or(0);
    let count: u64 = part(13, 16).parse().unwrap_or(0);
    let block = OrderSource::ALL
        .iter()
        .position(|other| *other == source)
        .and_then(|place| u64::try_from(place).ok())
        .unwrap_or(0);
    (Timestamp::from_unix_seconds(second), block * 1000 + count)
}

#[cfg(test)]
mod tests {
    use super::serial_seed;
    use domain::order::OrderSource;
    use kernel::Timestamp;

    #[test]
    fn sources_never_share_a_count() {
        let number = "THD1729407600001".parse().expect("legal number");
        let (at, third) = serial_seed(number, OrderSource::Third);
        let (_, card) = serial_seed(number, OrderSource::Card);
        assert_eq!(at, Timestamp::from_unix_seconds(1_729_407_600));
        assert_eq!((third, card), (1, 2001));
    }
}
