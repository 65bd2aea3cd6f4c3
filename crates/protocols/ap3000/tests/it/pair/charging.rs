//! One charge over a good network: started, told of, ended, settled.

use super::{Pair, by_energy, order, plan, until_full};
use ap3000::pile::{Form, Profile, Setup};
use device::{ChargeKey, Command, EndReason, Event, Fault, Outcome, PortState};
use kernel::PortNo;
use pile::{Action, Load};

fn with(profile: Profile) -> Pair {
    Pair::new(Setup::new("04A26CF3", Form::Combined).with_profile(profile))
}

fn is_accepted(outcome: Option<&Outcome>) -> bool {
    matches!(outcome, Some(Outcome::Accepted { .. }))
}

/// What the last progress says: seconds and 0.01 kWh.
fn progress(pair: &Pair) -> (u32, i64) {
    let mut all = pair.events.iter().rev();
    let last = all.find_map(|envelope| match &envelope.event {
        Event::Progress(progress) => Some((progress.duration_s, progress.energy.centi_kwh())),
        _ => None,
    });
    last.expect("it was told of")
}

#[test]
fn a_charge_by_time_from_start_to_settlement() {
    let mut pair = Pair::combined();
    pair.plug(1);
    let start = pair.start(plan(1));
    pair.run(2);
    assert!(
        is_accepted(pair.outcome(start)),
        "{:?}",
        pair.outcome(start)
    );
    assert!(pair.charging(1) && !pair.charging(2));
    pair.run(1800);
    assert_eq!(progress(&pair), (1515, 8));
    pair.run(1900);
    let ends = pair.ends();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].charge, ChargeKey::Order(order(1)));
    assert_eq!((ends[0].port, ends[0].duration_s), (PortNo(1), 3600));
    assert_eq!((ends[0].reason, ends[0].reason_raw), (EndReason::Normal, 3));
    assert_eq!(ends[0].energy.centi_kwh(), 18);
    assert_eq!(pair.settlements(), 1, "answered at once");
    let acknowledged = |deed: &pile::Event| matches!(deed, pile::Event::EndAcknowledged { .. });
    assert_eq!(pair.deed(acknowledged), 1);
}

#[test]
fn by_energy_and_until_full() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.start(by_energy(1, 9));
    pair.run(2000);
    assert_eq!(pair.ends()[0].reason_raw, 4);
    assert_eq!(pair.ends()[0].energy.centi_kwh(), 9);
    pair.start(until_full(2));
    pair.run(9 * 3600);
    assert_eq!(pair.ends().len(), 2);
    assert_eq!(pair.ends()[1].reason, EndReason::Full);
}

#[test]
fn a_start_without_a_plug_is_refused() {
    let mut pair = Pair::combined();
    let start = pair.start(plan(1));
    pair.run(5);
    let Some(Outcome::Refused(refusal)) = pair.outcome(start) else {
        panic!("{:?}", pair.outcome(start));
    };
    assert_eq!(refusal.code, Some(1));
    pair.run(3600);
    assert!(pair.facts.is_empty());
}

#[test]
fn a_remote_stop_is_settled_with_its_reason() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.start(plan(1));
    pair.run(600);
    let stop = pair.stop(1, order(1));
    pair.run(5);
    assert!(is_accepted(pair.outcome(stop)));
    assert_eq!(pair.ends()[0].reason, EndReason::RemoteStop);
    assert_eq!(pair.ends()[0].reason_raw, 7);
    assert!(!pair.charging(1));
}

#[test]
fn careless_firmware_is_not_stopped_by_our_answers() {
    let mut pair = with(Profile::Gullible);
    pair.plug(1);
    pair.start(plan(1));
    pair.run(3700);
    assert_eq!(pair.ends().len(), 1);
    assert_eq!(
        (pair.ends()[0].reason_raw, pair.ends()[0].duration_s),
        (3, 3600)
    );
    assert_eq!(
        pair.deed(|deed| matches!(deed, pile::Event::StopReceived { .. })),
        0
    );
}

#[test]
fn a_pulled_plug_and_a_fault_end_it() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.start(plan(1));
    pair.run(300);
    pair.act(&Action::Unplug(PortNo(1)));
    pair.run(20);
    assert_eq!(
        (pair.ends()[0].reason, pair.ends()[0].reason_raw),
        (EndReason::Normal, 5)
    );

    pair.plug(1);
    pair.start(plan(2));
    pair.run(300);
    let port = PortNo(1);
    pair.act(&Action::SetFault { port, bits: 0x10A });
    pair.run(20);
    assert_eq!(pair.ends()[1].reason, EndReason::DeviceFault);
    assert_eq!(pair.ends()[1].reason_raw, 0x0A);

    let mut faulty = with(Profile::Fault);
    faulty.plug(1);
    faulty.start(plan(3));
    faulty.run(120);
    assert_eq!(faulty.ends()[0].reason_raw, 0x0C);
}

#[test]
fn overload_ends_it_at_the_limit_of_the_order() {
    let mut setup = Setup::new("04A26CF3", Form::Combined);
    setup.loads = vec![Load::acceptance(0)];
    let mut pair = Pair::new(setup);
    pair.plug(1);
    let mut limited = plan(1);
    limited.power_limit = Some(kernel::Power(8_000));
    pair.start(limited);
    pair.run(10);
    assert_eq!(pair.ends()[0].reason, EndReason::OverPower);
}

#[test]
fn a_running_charge_is_adjusted() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.start(plan(1));
    pair.run(600);
    let adjusted = pair.command(Command::AdjustCharge {
        port: PortNo(1),
        order: order(1),
        duration_s: Some(1200),
        energy: None,
    });
    pair.run(5);
    assert!(
        is_accepted(pair.outcome(adjusted)),
        "{:?}",
        pair.outcome(adjusted)
    );
    pair.run(700);
    assert_eq!(pair.ends()[0].duration_s, 1200);
}

#[test]
fn an_allowed_card_starts_and_a_balance_is_told() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.act(&Action::Swipe {
        port: PortNo(1),
        card: "7A8D05DD".to_owned(),
        balance_fen: 0,
        password: None,
    });
    pair.run(1);
    let card = pair
        .events
        .iter()
        .find_map(|envelope| match &envelope.event {
            Event::CardSwiped(swipe) => Some(swipe.clone()),
            _ => None,
        });
    let card = card.expect("the platform was asked");
    assert_eq!(
        (card.card_no.as_str(), card.port),
        ("2056062429", PortNo(1))
    );
    let start = pair.start(plan(1));
    pair.run(5);
    assert!(is_accepted(pair.outcome(start)));
    pair.act(&Action::AskBalance {
        port: PortNo(2),
        card: "7A8D05DD".to_owned(),
    });
    pair.run(5);
    let told: Vec<_> = pair
        .deeds
        .iter()
        .filter_map(|deed| match deed {
            pile::Event::CardAnswered {
                result,
                balance_fen,
                ..
            } => Some((*result, *balance_fen)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(0, Some(10_000)), (0, Some(10_000))]);
}

#[test]
fn a_charge_that_a_card_began_offline_is_told_and_settled() {
    let mut pair = with(Profile::OfflineCards);
    pair.plug(1);
    pair.act(&Action::Swipe {
        port: PortNo(1),
        card: "7A8D05DD".to_owned(),
        balance_fen: 0,
        password: None,
    });
    pair.run(700);
    assert_eq!(pair.count("began"), 1);
    pair.act(&Action::Unplug(PortNo(1)));
    pair.run(20);
    let ends = pair.ends();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].card_no.as_deref(), Some("2056062429"));
    assert!(
        matches!(&ends[0].charge, ChargeKey::Serial(_)),
        "{:?}",
        ends[0].charge
    );
    let began = pair
        .events
        .iter()
        .find_map(|envelope| match &envelope.event {
            Event::Began(start) => Some(start.charge.clone()),
            _ => None,
        });
    assert_eq!(began.as_ref(), Some(&ends[0].charge));
}

#[test]
fn a_cabinet_waits_for_the_plug_and_settles_once() {
    let mut pair = with(Profile::Cabinet);
    let start = pair.start(until_full(1));
    pair.run(60);
    assert!(is_accepted(pair.outcome(start)));
    assert_eq!(pair.count("progress"), 0, "nothing flows yet");
    pair.plug(1);
    pair.run(10 * 3600);
    assert_eq!(pair.ends().len(), 1);
    assert_eq!(pair.ends()[0].reason, EndReason::Full);
    assert_eq!(pair.settlements(), 1);
    let until_the_end = pair
        .events
        .iter()
        .take_while(|envelope| !matches!(envelope.event, Event::Ended(_)));
    let states: Vec<_> = until_the_end
        .filter_map(|envelope| match &envelope.event {
            Event::Status { ports, .. } => Some(ports[0].state),
            _ => None,
        })
        .collect();
    assert!(!states.contains(&PortState::Finishing), "{states:?}");
    let held = states.iter().rev();
    let held = held.take_while(|state| **state == PortState::Suspended);
    assert!(held.count() > 5, "the place is occupied: {states:?}");
}

#[test]
fn old_devices_charge_too() {
    let mut pair = with(Profile::Old);
    pair.run(200);
    pair.plug(1);
    let start = pair.start(plan(1));
    pair.run(30);
    assert!(
        is_accepted(pair.outcome(start)),
        "{:?}",
        pair.outcome(start)
    );
    assert_eq!(pair.count("confirm"), 1);
    pair.run(4000);
    assert_eq!((pair.ends().len(), pair.ends()[0].duration_s), (1, 3600));
    let lengths: Vec<usize> = pair
        .downs
        .iter()
        .filter(|(_, down)| down[11] == 0x82)
        .map(|(_, down)| down.len() - 14)
        .collect();
    assert_eq!(lengths, [29], "the short form");
}

#[test]
fn faults_and_plugs_are_told() {
    let mut pair = Pair::combined();
    pair.plug(2);
    let port = PortNo(1);
    pair.act(&Action::SetFault { port, bits: 0x09 });
    pair.run(5);
    let ports = pair
        .events
        .iter()
        .rev()
        .find_map(|envelope| match &envelope.event {
            Event::Status { ports, .. } => Some(ports.clone()),
            _ => None,
        });
    let ports = ports.expect("a heartbeat");
    assert_eq!(
        (ports[0].state, ports[0].faults[0]),
        (PortState::Fault, Fault::Relay)
    );
    assert_eq!(
        (ports[1].state, ports[1].plugged),
        (PortState::Plugged, Some(true))
    );
    pair.act(&Action::SetFault { port, bits: 0x204 });
    pair.run(1);
    let smoke = pair.events.iter().any(|envelope| {
        matches!(
            &envelope.event, Event::Alarm(alarm) if alarm.fault == Some(Fault::Smoke)
        )
    });
    assert!(smoke);
}
