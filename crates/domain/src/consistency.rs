//! Whether what the platform believes hangs together: orders against ports, memory against the
//! database, connections against devices. What does not is found, grows graver with its age, and
//! is mended where that is safe.

use crate::alarm::{AlarmCode, Level};
use crate::text_enum::text_enum;
use device::PortState;
use kernel::{OrderNo, Timestamp};
use std::time::Duration;

text_enum! {
    /// What does not hang together.
    Issue {
        /// An order charges, its port does not.
        OrderPortMismatch = "order_port_mismatch",
        /// An order charges and no port of that number does; a mismatch is this as well.
        OrphanedChargingOrder = "orphaned_charging_order",
        /// A port charges without an order.
        LonelyChargingPort = "lonely_charging_port",
        /// Several orders are active at one port.
        DuplicateActiveOrders = "duplicate_active_orders",
        /// What a wallet has frozen is not what its orders hold.
        FreezeMismatch = "freeze_mismatch",
        /// A device counts as online without a connection, or the other way round.
        TrackerMismatch = "tracker_mismatch",
        /// An active order is in the database and not looked after in memory.
        ForgottenOrder = "forgotten_order",
    }
}

text_enum! {
    /// How grave it has become.
    Severity {
        /// Just seen; most of these are over with the next report.
        Info = "info",
        /// For five minutes.
        Warning = "warning",
        /// For a quarter of an hour.
        Error = "error",
    }
}

/// From then on it is a warning (domain §15.2).
pub const WARNING_AFTER: Duration = Duration::from_mins(5);
/// From then on it is an error.
pub const ERROR_AFTER: Duration = Duration::from_mins(15);
/// A difference must last for so long before anything is mended: the next report ends most.
pub const HEAL_AFTER: Duration = Duration::from_mins(1);
/// A port of a device that is away shows a charge without an order for at most so long.
pub const LONELY_OFFLINE: Duration = Duration::from_mins(15);

impl Severity {
    /// How grave something is that was first seen then.
    pub fn of_age(first_seen: Timestamp, now: Timestamp) -> Self {
        let age = now.since(first_seen);
        if age >= ERROR_AFTER {
            Self::Error
        } else if age >= WARNING_AFTER {
            Self::Warning
        } else {
            Self::Info
        }
    }
}

impl Issue {
    /// The alarm about it once it is a warning; none where another part of the program alarms.
    pub const fn alarm(self) -> Option<AlarmCode> {
        match self {
            Self::OrderPortMismatch => Some(AlarmCode::OrderPortMismatch),
            Self::OrphanedChargingOrder
            | Self::DuplicateActiveOrders
            | Self::TrackerMismatch
            | Self::ForgottenOrder => Some(AlarmCode::OrphanedOrder),
            // The watch over conditions and the nightly look at the books.
            Self::LonelyChargingPort | Self::FreezeMismatch => None,
        }
    }

    /// How grave the alarm is.
    pub const fn level(severity: Severity) -> Option<Level> {
        match severity {
            Severity::Info => None,
            Severity::Warning => Some(Level::Warning),
            Severity::Error => Some(Level::Critical),
        }
    }
}

/// Whether a port in that state charges.
pub const fn charges(state: PortState) -> bool {
    matches!(state, PortState::Charging | PortState::Suspended)
}

/// The two checks of an order that charges (domain §15.1): what is wrong, in words. A port that
/// does not charge breaks both; a port that is not there the second alone.
pub fn of_charging_order(
    order_no: OrderNo,
    status: &str,
    port: Option<PortState>,
) -> Vec<(Issue, String)> {
    let orphaned = || {
        let details = format!("Order {order_no} is charging but no active port found");
        (Issue::OrphanedChargingOrder, details)
    };
    match port {
        Some(state) if charges(state) => Vec::new(),
        Some(state) => {
            let state = state.as_str();
            let details = format!("Order {order_no} status={status} but port status={state}");
            vec![(Issue::OrderPortMismatch, details), orphaned()]
        }
        None => vec![orphaned()],
    }
}

#[cfg(test)]
mod tests {
    use super::{Issue, Severity, of_charging_order};
    use crate::alarm::AlarmCode;
    use device::PortState;
    use kernel::Timestamp;
    use std::time::Duration;

    #[test]
    fn each_issue_has_its_alarm() {
        let alarm = |issue: Issue| issue.alarm();
        assert_eq!(
            alarm(Issue::OrderPortMismatch),
            Some(AlarmCode::OrderPortMismatch)
        );
        for issue in [
            Issue::OrphanedChargingOrder,
            Issue::DuplicateActiveOrders,
            Issue::TrackerMismatch,
            Issue::ForgottenOrder,
        ] {
            assert_eq!(alarm(issue), Some(AlarmCode::OrphanedOrder), "{issue:?}");
        }
    }

    #[test]
    fn a_mismatch_is_an_orphan_as_well() {
        let order_no = "THD1729407600001".parse().expect("legal");
        let found = |port| of_charging_order(order_no, "charging", port);
        assert!(found(Some(PortState::Charging)).is_empty());
        assert!(found(Some(PortState::Suspended)).is_empty());
        let idle = found(Some(PortState::Idle));
        assert_eq!(idle[0].0, Issue::OrderPortMismatch);
        assert_eq!(
            idle[0].1,
            "Order THD1729407600001 status=charging but port status=idle"
        );
        assert_eq!(idle[1].0, Issue::OrphanedChargingOrder);
        let none = found(None);
        assert_eq!(none.len(), 1);
        assert_eq!(
            none[0].1,
            "Order THD1729407600001 is charging but no active port found"
        );
    }

    #[test]
    fn findings_grow_graver_with_age() {
        let seen = Timestamp(1_729_407_600_000);
        let after = |minutes| Severity::of_age(seen, seen + Duration::from_mins(minutes));
        assert_eq!(after(4), Severity::Info);
        assert_eq!(after(5), Severity::Warning);
        assert_eq!(after(15), Severity::Error);
    }
}
