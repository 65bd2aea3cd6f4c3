use crate::stage::{START, Stage, ended, plan, progress};
use device::{ChargeKey, EndReason, Fault, PortReport, PortState};
use domain::order::{Identified, Order, OrderEvent, events_of_report, identify};
use kernel::{Energy, PortNo, Timestamp};
use std::time::Duration;

fn later(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

fn named(mut order: Order, number: &str, session: Option<u16>) -> Order {
    order.order_no = number.parse().expect("legal number");
    order.business_no = session;
    order
}

/// Ended after ten minutes with 0.87 kWh.
fn old(session: u16) -> Order {
    let mut stage = Stage::charging();
    stage.wait(600).on(ended(600, 87, EndReason::Normal));
    named(stage.order, "THD1729407600001", Some(session))
}

/// Sent to the device at the end of the old one.
fn young(session: Option<u16>) -> Order {
    let mut stage = Stage::created(plan());
    stage.wait(600).on(OrderEvent::StartWritten);
    let mut order = named(stage.order, "THD1729407600002", session);
    order.created_at = later(600);
    order
}

fn end(duration_s: u32, centi_kwh: i64) -> Identified {
    Identified::Ended {
        duration_s,
        energy: Energy::from_centi_kwh(centi_kwh),
    }
}

#[test]
fn which_order_a_device_means() {
    let number = |text: &str| ChargeKey::Order(text.parse().expect("legal number"));
    let (one, two) = ("THD1729407600001", "THD1729407600002");
    let session = ChargeKey::Session;
    let running = Identified::Running {
        duration_s: Some(3),
    };
    #[rustfmt::skip]
    let rows = [
        // what it says       port report        old's   young's     found
        (number(one),         1, end(600, 87),   9,      None,       Some(one)),
        (number(one),         2, end(600, 87),   9,      None,       Some(one)),
        (number(one),         2, running,        9,      None,       None),
        (number("THD1729407600009"), 1, running, 9,      None,       None),
        (session(9),          1, end(600, 87),   9,      None,       Some(one)),
        (session(9),          1, end(5, 0),      9,      None,       Some(two)),
        (session(9),          1, end(600, 87),   9,      Some(9),    Some(two)),
        (session(10),         1, end(5, 0),      9,      None,       Some(two)),
        (session(10),         1, end(900, 0),    9,      None,       Some(two)),
        (session(9),          1, end(601, 88),   9,      Some(10),   Some(one)),
        (session(9),          1, running,        9,      None,       Some(two)),
        (session(11),         1, running,        9,      Some(10),   None),
        (session(9),          2, running,        9,      None,       None),
        (ChargeKey::Port,     1, end(5, 0),      9,      None,       Some(two)),
        (ChargeKey::Serial("x".into()), 1, running, 9,   None,       Some(two)),
        (ChargeKey::Serial("x".into()), 1, end(5, 0), 9, None,       Some(two)),
        // It has lasted longer than the order exists.
        (ChargeKey::Serial("x".into()), 1, end(600, 87), 9, None,    None),
        // A card's, by the device's word.
        (ChargeKey::Serial("x".into()), 1, Identified::Own, 9, None, None),
    ];
    for (charge, port, report, old_no, young_no, expected) in rows {
        let orders = [young(young_no), old(old_no)];
        let found = identify(&charge, PortNo(port), report, &orders, later(605));
        let found = found.map(|order| order.order_no.as_str().to_owned());
        assert_eq!(
            found.as_deref(),
            expected,
            "{charge:?} {report:?} {young_no:?}"
        );
    }
}

/// The old order, closed without its device.
fn awaited(session: u16) -> Order {
    let mut order = old(session);
    order.provisional = true;
    order
}

#[test]
fn an_awaited_end_is_not_the_next_order_s() {
    let session = ChargeKey::Session;
    let found = |charge, report, young_no| {
        let orders = [young(young_no), awaited(9)];
        let found = identify(&charge, PortNo(1), report, &orders, later(1300));
        found.map(|order| order.provisional)
    };
    let (old, young) = (Some(true), Some(false));
    // The whole minutes of ten minutes and a bit.
    assert_eq!(found(session(9), end(600, 90), None), old);
    assert_eq!(found(session(9), end(660, 95), None), old);
    // What was known is more than this: the number was given again.
    assert_eq!(found(session(9), end(300, 40), None), young);
    assert_eq!(found(session(9), end(660, 80), None), young);
    assert_eq!(found(session(10), end(660, 95), None), young);
    assert_eq!(found(session(9), end(660, 95), Some(9)), young);
    // Without any name, by the time that the order has existed.
    assert_eq!(found(ChargeKey::Port, end(660, 95), None), young);
    assert_eq!(found(ChargeKey::Port, end(900, 99), None), old);
    // A card's, at a pile that does not name it: the order that we started is not meant.
    assert_eq!(found(ChargeKey::Port, Identified::Own, None), None);
}

#[test]
fn numbers_of_ended_orders_are_forgotten_after_a_day() {
    let orders = [old(9)];
    let found = |at| identify(&ChargeKey::Session(9), PortNo(1), end(600, 87), &orders, at);
    assert!(found(later(3600)).is_some());
    assert!(found(later(600 + 25 * 3600)).is_none());
}

#[test]
fn what_a_port_report_says_about_its_order() {
    let mut stage = Stage::charging();
    stage.on(progress(5, 0));
    let order = named(stage.order, "THD1729407600001", Some(9));
    let base = PortReport {
        port: PortNo(1),
        state: PortState::Charging,
        raw: 0,
        faults: Vec::new(),
        reachable: true,
        plugged: None,
        charge: Some(ChargeKey::Session(9)),
        meter: None,
        voltage: None,
        current: None,
        power: None,
        temperature_c: None,
    };
    let seen = |report: &PortReport| events_of_report(report, &order, START);
    let charging = OrderEvent::SeenCharging {
        charge: ChargeKey::Session(9),
    };
    assert_eq!(seen(&base), std::slice::from_ref(&charging));
    let other = PortReport {
        charge: Some(ChargeKey::Session(8)),
        ..base.clone()
    };
    assert_eq!(seen(&other), [OrderEvent::SeenIdle]);
    let idle = PortReport {
        state: PortState::Idle,
        charge: None,
        ..base.clone()
    };
    assert_eq!(seen(&idle), [OrderEvent::SeenIdle]);
    let short = PortReport {
        state: PortState::Fault,
        faults: vec![Fault::ShortCircuit],
        ..base.clone()
    };
    let fault = OrderEvent::PortFault(Fault::ShortCircuit);
    assert_eq!(seen(&short), [charging, fault]);
    let away = PortReport {
        reachable: false,
        ..base
    };
    assert_eq!(seen(&away), [OrderEvent::DeviceOffline { since: START }]);
}
