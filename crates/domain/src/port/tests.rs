use super::{PortMemory, legacy_mask, moved, observe};
use crate::order::{OrderStatus, PortMove};
use crate::policy::Policy;
use device::{Fault, PortReport, PortState};
use kernel::{PortNo, Power, Timestamp};
use std::time::Duration;

use PortState::{
    Charging, Disabled, Finishing, Idle, Plugged, Reserved, Starting, Suspended, Unknown,
};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);

fn report(state: PortState) -> PortReport {
    PortReport {
        port: PortNo(1),
        state,
        raw: 0,
        faults: Vec::new(),
        reachable: true,
        plugged: None,
        charge: None,
        meter: None,
        voltage: None,
        current: None,
        power: None,
        temperature_c: None,
    }
}

fn at(state: PortState) -> PortMemory {
    PortMemory {
        state,
        ..PortMemory::default()
    }
}

#[test]
fn reports_and_orders_give_the_canonical_state() {
    let pending = Some(OrderStatus::Pending);
    let charging = Some(OrderStatus::Charging);
    for (before, reported, order, after) in [
        (Unknown, Idle, None, Idle),
        (Idle, Plugged, None, Plugged),
        (Starting, Idle, pending, Starting),
        (Starting, Plugged, pending, Starting),
        (Starting, Charging, pending, Charging),
        (Starting, Idle, None, Idle),
        (Charging, Suspended, charging, Suspended),
        (Suspended, Charging, charging, Charging),
        (Charging, Idle, charging, Idle),
        (Charging, Plugged, None, Finishing),
        (Finishing, Plugged, None, Finishing),
        (Finishing, Idle, None, Idle),
        (Reserved, Idle, None, Reserved),
        (Reserved, Charging, charging, Charging),
        (Disabled, Idle, None, Disabled),
        (Charging, Unknown, charging, Charging),
    ] {
        let found = observe(
            &at(before),
            &report(reported),
            order,
            NOW,
            &Policy::default(),
        );
        assert_eq!(found.memory.state, after, "{before:?} + {reported:?}");
    }
}

#[test]
fn no_power_is_suspended() {
    let mut zero = report(Charging);
    zero.power = Some(Power::ZERO);
    let found = observe(&at(Charging), &zero, None, NOW, &Policy::default());
    assert_eq!(found.memory.state, Suspended);
    assert_eq!(found.memory.state.status_code(), 1);
}

#[test]
fn an_unreachable_box_changes_nothing() {
    let mut gone = report(Idle);
    gone.reachable = false;
    let found = observe(&at(Charging), &gone, None, NOW, &Policy::default());
    assert_eq!(found.memory, at(Charging));
    assert_eq!(found.changed, None);
}

#[test]
fn a_fault_clears_after_two_clean_reports_or_half_a_minute() {
    let policy = Policy::default();
    let mut short = report(Charging);
    short.faults = vec![Fault::ShortCircuit, Fault::OverCurrent];
    let broken = observe(&at(Charging), &short, None, NOW, &policy);
    assert_eq!(broken.memory.state, PortState::Fault);
    assert_eq!(broken.memory.fault_code, 4);
    assert_eq!(broken.raised.len(), 2, "one alarm per fault");
    assert_eq!(broken.raised[0].message, "短路保护触发");

    let again = observe(&broken.memory, &short, None, NOW, &policy);
    assert!(again.raised.is_empty(), "a repeat is no news");

    let mut slow = policy;
    slow.fault_clear_reports = 9;
    for (policy, wait, clean) in [(policy, 1, true), (slow, 1, false), (slow, 30, true)] {
        let first = observe(&broken.memory, &report(Idle), None, NOW, &policy);
        assert_eq!(first.memory.state, PortState::Fault);
        let later = NOW + Duration::from_secs(wait);
        let second = observe(&first.memory, &report(Idle), None, later, &policy);
        assert_eq!(second.memory.state == Idle, clean);
        assert_eq!(second.cleared.len(), if clean { 2 } else { 0 });
    }
    let relapse = observe(&broken.memory, &report(Idle), None, NOW, &policy);
    let relapse = observe(&relapse.memory, &short, None, NOW, &policy);
    assert_eq!(relapse.memory.clean_reports, 0);
}

#[test]
fn orders_move_their_port_but_not_a_broken_one() {
    let plugged = PortMemory {
        plugged: Some(true),
        ..at(Charging)
    };
    for (memory, by, after) in [
        (at(Idle), PortMove::Hold, Starting),
        (at(Starting), PortMove::Charge, Charging),
        (at(Charging), PortMove::Release, Idle),
        (plugged, PortMove::Release, Finishing),
        (at(PortState::Fault), PortMove::Release, PortState::Fault),
        (at(Disabled), PortMove::Charge, Disabled),
    ] {
        assert_eq!(moved(&memory, PortNo(1), by).memory.state, after);
    }
}

#[test]
fn masks_of_older_platforms() {
    for (state, online, mask) in [
        (Charging, true, 0x81),
        (Idle, true, 0x09),
        (Charging, false, 0x00),
        (PortState::Fault, true, 0x01),
    ] {
        assert_eq!(legacy_mask(state, online), mask);
    }
}
