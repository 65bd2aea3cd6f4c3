//! A port's canonical state: what the device reports, seen together with the order that holds it.

use crate::alarm::Alarm;
use crate::order::{OrderStatus, PortMove};
use crate::policy::Policy;
use device::{Fault, PortReport, PortState};
use kernel::{PortNo, Power, Timestamp};

/// What is remembered of a port between reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortMemory {
    /// Canonical state, `ports.state`. `Disabled` is an operator's decision and stays until an
    /// operator lifts it.
    pub state: PortState,
    /// Published code of the fault shown, `ports.fault_code`; zero: none.
    pub fault_code: u32,
    /// All faults that are active.
    pub faults: Vec<Fault>,
    /// Reports in a row without a fault while the state is `Fault`.
    pub clean_reports: u8,
    /// When the first of them came.
    pub clean_since: Option<Timestamp>,
    /// A plug is in, where the device can tell.
    pub plugged: Option<bool>,
}

/// What came of a report or of an order's move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortStep {
    /// The port afterwards.
    pub memory: PortMemory,
    /// Set when the state changed: before and after.
    pub changed: Option<(PortState, PortState)>,
    /// Alarms to raise: one per fault that is new.
    pub raised: Vec<Alarm>,
    /// Alarms that are over: one per fault that is gone.
    pub cleared: Vec<Alarm>,
}

/// A status report of the device. `order` is the status of the order that holds the port.
pub fn observe(
    memory: &PortMemory,
    report: &PortReport,
    order: Option<OrderStatus>,
    now: Timestamp,
    policy: &Policy,
) -> PortStep {
    let mut next = memory.clone();
    if !report.reachable {
        return step(memory, next, report.port);
    }
    next.plugged = report.plugged.or(match report.state {
        PortState::Plugged | PortState::Finishing => Some(true),
        PortState::Idle => Some(false),
        _ => memory.plugged,
    });
    let faults = faults_of(report);
    if let Some(first) = faults.first() {
        next.fault_code = first.code();
        next.faults = faults;
        next.clean_reports = 0;
        next.clean_since = None;
        if memory.state != PortState::Disabled {
            next.state = PortState::Fault;
        }
        return step(memory, next, report.port);
    }
    let was_faulty = memory.state == PortState::Fault || !memory.faults.is_empty();
    if was_faulty && !is_clean(&mut next, now, policy) {
        return step(memory, next, report.port);
    }
    next.fault_code = 0;
    next.faults.clear();
    next.clean_reports = 0;
    next.clean_since = None;
    if memory.state != PortState::Disabled {
        next.state = healthy_state(memory, report, order, next.plugged);
    }
    step(memory, next, report.port)
}

/// The order that holds the port moved on. Faults and operators' decisions stay.
pub fn moved(memory: &PortMemory, port: PortNo, by: PortMove) -> PortStep {
    let mut next = memory.clone();
    if !matches!(memory.state, PortState::Fault | PortState::Disabled) {
        next.state = by.state(memory.plugged);
    }
    step(memory, next, port)
}

/// What `ports_bkv`, the view for older platforms, shows: 0x81 charging, 0x09 idle, 0x00
/// offline, 0x01 fault. These are masks of a platform, never bytes of the wire.
pub const fn legacy_mask(state: PortState, online: bool) -> i16 {
    if !online {
        return 0x00;
    }
    match state {
        PortState::Charging | PortState::Suspended => 0x81,
        PortState::Fault | PortState::Disabled => 0x01,
        PortState::Unknown
        | PortState::Idle
        | PortState::Plugged
        | PortState::Reserved
        | PortState::Starting
        | PortState::Finishing => 0x09,
    }
}

/// The state in the words of `device.heartbeat`: `idle`, `charging` or `fault`.
pub const fn published_state(state: PortState) -> &'static str {
    match state.status_code() {
        1 => "charging",
        2 => "fault",
        _ => "idle",
    }
}

fn faults_of(report: &PortReport) -> Vec<Fault> {
    let nameless =
        report.faults.is_empty() && matches!(report.state, PortState::Fault | PortState::Disabled);
    if nameless {
        vec![Fault::Unknown(report.raw)]
    } else {
        report.faults.clone()
    }
}

/// Counts a clean report; true when the fault is over.
fn is_clean(next: &mut PortMemory, now: Timestamp, policy: &Policy) -> bool {
    let since = *next.clean_since.get_or_insert(now);
    next.clean_reports = next.clean_reports.saturating_add(1);
    next.clean_reports >= policy.fault_clear_reports || now.since(since) >= policy.fault_clear_after
}

fn healthy_state(
    memory: &PortMemory,
    report: &PortReport,
    order: Option<OrderStatus>,
    plugged: Option<bool>,
) -> PortState {
    let pending = order == Some(OrderStatus::Pending);
    let was_running = matches!(
        memory.state,
        PortState::Charging | PortState::Suspended | PortState::Finishing
    );
    match report.state {
        PortState::Charging if report.power == Some(Power::ZERO) => PortState::Suspended,
        PortState::Charging => PortState::Charging,
        PortState::Suspended => PortState::Suspended,
        PortState::Starting => PortState::Starting,
        PortState::Reserved if order.is_none() => PortState::Reserved,
        PortState::Idle | PortState::Plugged | PortState::Finishing | PortState::Reserved
            if pending =>
        {
            PortState::Starting
        }
        PortState::Idle if memory.state == PortState::Reserved => PortState::Reserved,
        PortState::Idle if plugged == Some(true) && was_running => PortState::Finishing,
        PortState::Idle if plugged == Some(true) => PortState::Plugged,
        PortState::Idle | PortState::Reserved => PortState::Idle,
        PortState::Plugged if was_running => PortState::Finishing,
        PortState::Plugged => PortState::Plugged,
        PortState::Finishing => PortState::Finishing,
        // The report does not tell: what was known stays, a fault that is over becomes idle.
        PortState::Unknown | PortState::Fault | PortState::Disabled => match memory.state {
            PortState::Fault => PortState::Idle,
            known => known,
        },
    }
}

fn step(before: &PortMemory, after: PortMemory, port: PortNo) -> PortStep {
    let absent_in = |faults: &[Fault], all: &[Fault]| {
        all.iter()
            .filter(|fault| !faults.contains(fault))
            .map(|fault| Alarm::of_fault(port, *fault))
            .collect()
    };
    PortStep {
        changed: (before.state != after.state).then_some((before.state, after.state)),
        raised: absent_in(&before.faults, &after.faults),
        cleared: absent_in(&after.faults, &before.faults),
        memory: after,
    }
}

#[cfg(test)]
mod tests;
