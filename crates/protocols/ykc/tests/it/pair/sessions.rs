//! Sessions that the platform begins.

use super::{Pair, key, plan, tariff};
use device::{Command, EndReason, EnergySplit, Event, Fault, Outcome, PortState, StartSource};
use kernel::{Energy, Fen, PortNo};
use pile::{Action, Vehicle};
use ykc::pile::{Kind, Setup};

#[test]
fn a_pile_is_brought_up() {
    let pair = Pair::dc();
    let registered = pair.found(|event| match event {
        Event::Registered(registration) => Some(registration.clone()),
        _ => None,
    });
    assert_eq!(registered[0].port_count, Some(2));
    assert_eq!(registered[0].firmware.as_deref(), Some("V4.1.50"));
    assert_eq!(registered[0].iccid.as_deref(), Some("898604D11722D0348606"));
    assert!(pair.count("tariff") >= 1);
    assert_eq!(pair.told(0x02), 1);
    assert_eq!(pair.told(0x0A), 1);
    assert_eq!(pair.told(0x56), 1, "the time is told after the login");
    assert!(pair.count("ground_lock") >= 2);
    assert_eq!((pair.malformed, pair.connections), (0, 1));
}

#[test]
fn a_charge_by_amount_is_confirmed_shown_and_recorded_once() {
    let mut pair = Pair::dc();
    pair.plug(1);
    let command = pair.start(1, 1, 2_000);
    pair.run(60);
    assert!(pair.accepted(command), "{:?}", pair.outcome(command));
    let progress = pair.progress();
    assert_eq!(progress[0].charge, key(1, 1));
    assert!(progress.len() >= 3);
    assert_eq!(progress[1].soc, Some(30));
    assert!(progress.last().expect("some").voltage.is_some());
    assert!(pair.count("vehicle") >= 2, "handshake and parameters");
    assert!(pair.count("battery") >= 3);
    pair.run(900);
    let ends = pair.ends();
    assert_eq!(ends.len(), 1);
    assert_eq!((&ends[0].charge, ends[0].port), (&key(1, 1), PortNo(1)));
    assert_eq!(
        (ends[0].reason, ends[0].reason_raw),
        (EndReason::Normal, 0x43)
    );
    assert!((200_000..200_100).contains(&ends[0].energy.0));
    assert_eq!(ends[0].device_amount, Some(Fen(2_000)));
    assert!(
        (790..830).contains(&ends[0].duration_s),
        "{}",
        ends[0].duration_s
    );
    let details = ends[0].details.as_deref().expect("a record has details");
    assert_eq!(details.source, StartSource::Remote);
    assert_eq!(details.doubts, Vec::<&str>::new());
    assert_eq!(details.vin.as_deref(), Some("LNBSC13K0PZ000117"));
    let (before, after) = details.meter.expect("two readings");
    assert_eq!(after.0 - before.0, ends[0].energy.0);
    assert_eq!(pair.told(0x40), 1);
}

#[test]
fn energy_is_split_by_rate() {
    let mut pair = Pair::new(Setup::new(super::ID, Kind::Ac));
    pair.plug(1);
    pair.start(1, 1, 100_000);
    pair.run(5_400);
    pair.stop(1, 1);
    pair.run(10);
    let ends = pair.ends();
    let details = ends[0].details.as_deref().expect("details");
    let EnergySplit::ByRate(shares) = &details.split else {
        panic!("{:?}", details.split);
    };
    let sum: i64 = shares.iter().map(|share| share.energy.0).sum();
    assert_eq!(Energy(sum), ends[0].energy);
    let used = shares.iter().filter(|share| share.energy.0 > 0).count();
    assert_eq!(used, 2, "flat and sharp");
    assert_eq!(details.doubts, Vec::<&str>::new());
    assert_eq!(pair.count("battery"), 0);
}

#[test]
fn limits_that_the_pile_does_not_keep_are_kept_by_a_stop() {
    let mut pair = Pair::dc();
    pair.plug(2);
    pair.start(2, 1, 100_000);
    // The platform watches energy (and time) and stops the charge.
    for _ in 0..400 {
        pair.run(15);
        if pair.progress().iter().any(|it| it.energy >= Energy(50_000)) {
            break;
        }
    }
    let command = pair.stop(2, 1);
    pair.run(10);
    assert!(pair.accepted(command));
    let end = pair.ends()[0].clone();
    assert_eq!(end.reason, EndReason::RemoteStop);
    assert!((50_000..60_000).contains(&end.energy.0), "{:?}", end.energy);
}

#[test]
fn a_full_battery_ends_a_charge() {
    let mut setup = Setup::new(super::ID, Kind::Dc);
    setup.vehicles = vec![Vehicle::car().at(95)];
    let mut pair = Pair::new(setup);
    pair.plug(1);
    pair.start(1, 1, 100_000);
    pair.run(3_600);
    assert_eq!(pair.ends()[0].reason, EndReason::Full);
}

#[test]
fn a_plug_may_come_after_the_start() {
    let mut pair = Pair::dc();
    let command = pair.start(1, 1, 1_000);
    pair.run(30);
    assert!(
        !matches!(pair.outcome(command), Some(Outcome::Refused(_))),
        "the pile waits for a minute"
    );
    pair.plug(1);
    pair.run(30);
    assert!(pair.accepted(command));
    assert!(!pair.progress().is_empty());
}

#[test]
fn a_plug_that_never_comes_fails_the_start() {
    let mut pair = Pair::dc();
    let command = pair.start(1, 1, 1_000);
    pair.run(120);
    let outcome = pair.outcome(command);
    assert!(
        matches!(outcome, Some(Outcome::Refused(_) | Outcome::Lapsed { .. })),
        "{outcome:?}"
    );
    assert!(pair.ends().is_empty());
}

#[test]
fn a_busy_gun_refuses_another_start() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(30);
    let second = pair.start(1, 2, 10_000);
    pair.run(30);
    assert!(matches!(pair.outcome(second), Some(Outcome::Refused(_))));
}

#[test]
fn a_button_a_pulled_plug_and_a_fault_end_charges_for_their_reasons() {
    let cases: [(Action, EndReason); 3] = [
        (Action::Button(PortNo(1)), EndReason::UserStop),
        (Action::Unplug(PortNo(1)), EndReason::GunFault),
        (
            Action::SetFault {
                port: PortNo(1),
                bits: 1,
            },
            EndReason::EmergencyStop,
        ),
    ];
    for (action, reason) in cases {
        let mut pair = Pair::dc();
        pair.plug(1);
        pair.start(1, 1, 10_000);
        pair.run(120);
        pair.act(&action);
        pair.run(10);
        let ends = pair.ends();
        assert_eq!(ends.len(), 1, "{action:?}");
        assert_eq!(ends[0].reason, reason, "{action:?}");
        assert!(ends[0].energy.0 > 0);
    }
}

#[test]
fn a_fault_is_seen_at_its_port() {
    let mut pair = Pair::dc();
    pair.act(&Action::SetFault {
        port: PortNo(2),
        bits: 4,
    });
    pair.run(1);
    let faulty = pair.found(|event| match event {
        Event::Status { ports, .. } => ports
            .iter()
            .find(|port| port.port == PortNo(2) && port.state == PortState::Fault)
            .map(|port| port.faults.clone()),
        _ => None,
    });
    assert_eq!(faulty.first(), Some(&vec![Fault::OverTemperature]));
}

#[test]
fn parallel_guns_charge_as_two_orders() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.plug(2);
    for port in [1, 2] {
        let mut plan = plan(port, port, 500);
        plan.parallel = Some("241020150010".to_owned());
        let command = pair.command(Command::StartCharge(plan));
        pair.run(1);
        assert!(pair.accepted(command), "{:?}", pair.outcome(command));
    }
    assert_eq!(pair.told(0xA4), 2);
    pair.run(1_200);
    let mut keys: Vec<_> = pair.ends().iter().map(|end| end.charge.clone()).collect();
    keys.sort_by_key(|key| format!("{key:?}"));
    assert_eq!(keys, [key(1, 1), key(2, 2)]);
}

#[test]
fn prices_are_pushed_while_nothing_charges() {
    let mut pair = Pair::dc();
    let command = pair.command(Command::PushTariff(tariff(2)));
    pair.run(5);
    assert!(pair.accepted(command), "{:?}", pair.outcome(command));
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(60);
    let refused = pair.command(Command::PushTariff(tariff(3)));
    pair.run(120);
    assert!(!pair.accepted(refused), "{:?}", pair.outcome(refused));
}
