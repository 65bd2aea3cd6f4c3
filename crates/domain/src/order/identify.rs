//! Which order a device speaks of, and what its port reports say about one.

use super::end::ENERGY_TOLERANCE;
use super::{Order, OrderEvent, OrderSource, OrderStatus};
use device::{ChargeKey, Fault, PortReport, PortState};
use kernel::{Energy, PortNo, Timestamp};
use std::time::Duration;

/// Session numbers wrap: an ended order answers to its number for so long.
const NUMBER_LIFE: Duration = Duration::from_hours(24);

/// A charge cannot have lasted longer than its order exists, give or take the resolution of
/// the device's clock.
const DURATION_TOLERANCE: Duration = Duration::from_secs(30);

/// Devices tell the length of an ended charge in minutes, but count seconds while it runs.
const DURATION_RESOLUTION: Duration = Duration::from_mins(1);

/// A report that is to be identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identified {
    /// Progress or status: only the order of that very port.
    Running {
        /// Seconds charged, where the report says.
        duration_s: Option<u32>,
    },
    /// An end report: an order known by its number is found whatever port is named.
    Ended {
        /// Seconds charged.
        duration_s: u32,
        /// Energy.
        energy: Energy,
    },
    /// A charge that the device began by itself, or its end: a card, a button. Only the order of
    /// that very name; one that we started and that has no name yet is somebody else's.
    Own,
}

/// Finds the order that a report is about among `candidates`: the active order of the port,
/// the order of that number, and the orders of the port that ended in the last 24 hours, newest
/// first. `None`: an orphan; it is stored and acknowledged all the same.
///
/// Order of search for session numbers (BKV): the open order that has the number; an ended order
/// of that number whose end this is, told again or awaited since the order was closed without
/// its device; the open order that has no number yet, if the charge can be that young; for a
/// running charge an ended order with the number; the open order without a number; an ended
/// order with the number.
pub fn identify<'a>(
    charge: &ChargeKey,
    port: PortNo,
    report: Identified,
    candidates: &'a [Order],
    now: Timestamp,
) -> Option<&'a Order> {
    let here = || candidates.iter().filter(move |order| order.port_no == port);
    let open = || here().find(|order| order.status.is_active() && order.start_sent);
    let recent = || here().filter(|order| is_recent(order, now));
    let fits = |order: &&Order| fits_in(order, report, now);
    let is_end = matches!(report, Identified::Ended { .. });
    match charge {
        ChargeKey::Order(number) => candidates
            .iter()
            .find(|order| order.order_no == *number && (is_end || order.port_no == port)),
        ChargeKey::Serial(serial) => here()
            .find(|order| order.trade_no.as_ref() == Some(serial))
            .or_else(|| {
                let nameless = open().filter(|order| order.trade_no.is_none());
                nameless
                    .filter(|order| may_mean(order, report))
                    .filter(fits)
            }),
        ChargeKey::Port => {
            let nameless = || open().filter(|order| may_mean(order, report));
            nameless()
                .filter(fits)
                .or_else(|| recent().find(|order| is_missing(order, report)))
                .or_else(nameless)
                .or_else(|| recent().find(|_| is_end))
        }
        ChargeKey::Session(number) => {
            let named = |order: &&Order| order.business_no == Some(*number);
            let nameless = || open().filter(|order| order.business_no.is_none());
            let ended = || recent().filter(named);
            open()
                .filter(named)
                .or_else(|| ended().find(|order| is_missing(order, report)))
                .or_else(|| nameless().filter(fits))
                .or_else(|| ended().find(|_| !is_end))
                .or_else(nameless)
                .or_else(|| ended().next())
        }
    }
}

/// Whether a charge without a known name can be this order's: a card's or a vehicle's order may be
/// one that the device says it began by itself, one that was started by us is not.
fn may_mean(order: &Order, report: Identified) -> bool {
    let by_holder = matches!(order.source, OrderSource::Card | OrderSource::Vin);
    report != Identified::Own || by_holder
}

fn is_recent(order: &Order, now: Timestamp) -> bool {
    !order.status.is_active()
        && order
            .end_time
            .is_some_and(|ended| now <= ended + NUMBER_LIFE)
}

/// Whether an order has been known to its device for as long as the charge has lasted.
fn fits_in(order: &Order, report: Identified, now: Timestamp) -> bool {
    let duration_s = match report {
        Identified::Running { duration_s } => duration_s.unwrap_or(0),
        Identified::Ended { duration_s, .. } => duration_s,
        Identified::Own => 0,
    };
    let known = order.start_time.or(order.acked_at);
    let since = known.unwrap_or(order.created_at);
    let tolerance = match report {
        Identified::Ended { .. } => DURATION_TOLERANCE + DURATION_RESOLUTION,
        Identified::Running { .. } | Identified::Own => DURATION_TOLERANCE,
    };
    Duration::from_secs(u64::from(duration_s)) <= now.since(since) + tolerance
}

/// Whether a report is what an ended order lacks: the end that was awaited, or a charge that had
/// not ended after all; or the end it has, once more.
fn is_missing(order: &Order, report: Identified) -> bool {
    let goes_on = |duration_s: u32| {
        let reached = Duration::from_secs(u64::from(duration_s)) + DURATION_RESOLUTION;
        let known = Duration::from_secs(u64::try_from(order.duration_s).unwrap_or(0));
        order.provisional && reached >= known
    };
    match report {
        Identified::Running { duration_s } => duration_s.is_some_and(goes_on),
        Identified::Own => false,
        Identified::Ended { duration_s, energy } => {
            let again = order.duration_s == i64::from(duration_s) && order.energy == energy;
            let fits = energy.0.saturating_add(ENERGY_TOLERANCE.0) >= order.energy.0;
            again || (fits && goes_on(duration_s))
        }
    }
}

/// What a port report says about the order that is active on that port, in order.
pub fn events_of_report(report: &PortReport, order: &Order, now: Timestamp) -> Vec<OrderEvent> {
    let mut events = Vec::new();
    if !report.reachable {
        events.push(OrderEvent::DeviceOffline { since: now });
        return events;
    }
    if order.interrupted_at.is_some() {
        events.push(OrderEvent::DeviceOnline);
    }
    let running = matches!(report.state, PortState::Charging | PortState::Suspended)
        || (report.state == PortState::Fault && report.charge.is_some());
    let charge = report.charge.clone().unwrap_or(ChargeKey::Port);
    if running && names(&charge, order) {
        events.push(match &report.meter {
            Some(meter) => OrderEvent::Progress(meter.clone()),
            None => OrderEvent::SeenCharging { charge },
        });
    } else if running || is_over(report.state) {
        // Idle, or running something else: this order is not running there.
        events.push(OrderEvent::SeenIdle);
    }
    if report.state == PortState::Fault || !report.faults.is_empty() {
        let fault = report.faults.first().copied();
        events.push(OrderEvent::PortFault(
            fault.unwrap_or(Fault::Unknown(report.raw)),
        ));
    }
    events
}

/// Whether a port in this state runs no charge.
const fn is_over(state: PortState) -> bool {
    matches!(
        state,
        PortState::Idle | PortState::Plugged | PortState::Finishing
    )
}

/// Whether a device may mean this active order by that name.
fn names(charge: &ChargeKey, order: &Order) -> bool {
    match charge {
        ChargeKey::Order(number) => *number == order.order_no,
        ChargeKey::Session(number) => match order.business_no {
            Some(known) => known == *number,
            None => order.start_sent,
        },
        ChargeKey::Serial(serial) => match &order.trade_no {
            Some(known) => known == serial,
            None => order.start_sent,
        },
        ChargeKey::Port => order.status == OrderStatus::Charging,
    }
}
