//! Charges from the start command to the record.

use super::{Mode, Pair, order};
use device::{ChargeKey, Command, EndReason, EnergySplit, Outcome, Rate, StartSource, TariffTable};
use infypower::pile::{Dialect, Profile};
use kernel::{Energy, Fen, PortNo, Price};
use pile::Action;

fn pair() -> Pair {
    Pair::dc(Dialect::Infypower, Profile::Normal)
}

#[test]
fn a_charge_by_energy_runs_from_start_to_record() {
    let mut pair = pair();
    pair.plug(1);
    let command = pair.start(1, Mode::Energy(1500), 1);
    pair.run(8);
    assert!(pair.is_accepted(command), "{:?}", pair.outcome(command));
    pair.run(620);
    let end = pair.end();
    assert_eq!(end.charge, ChargeKey::Order(order(1)));
    assert_eq!(end.port, PortNo(1));
    assert_eq!(
        (end.duration_s, end.energy),
        (600, Energy::from_centi_kwh(1500))
    );
    assert_eq!((end.reason, end.reason_raw), (EndReason::Normal, 306));
    assert_eq!(end.device_amount, Some(Fen(1800)));
    let details = end.details.as_ref().expect("an EV record");
    assert_eq!(details.source, StartSource::Remote);
    assert_eq!(details.vin.as_deref(), Some("LNBSC13K0PZ000117"));
    assert_eq!(details.doubts, Vec::<&str>::new());
    let (before, after) = details.meter.expect("meter readings");
    assert_eq!(after.0 - before.0, end.energy.0);
    let EnergySplit::BySlot(slots) = &details.split else {
        panic!("{:?}", details.split);
    };
    assert_eq!(slots.iter().map(|slot| slot.0).sum::<i64>(), end.energy.0);
    assert_eq!(slots[30], end.energy, "15:00 to 15:30");
    assert_eq!((pair.connections, pair.malformed), (1, 0));
}

#[test]
fn progress_comes_every_fifteen_seconds_and_only_goes_up() {
    let mut pair = pair();
    pair.plug(1);
    pair.start(1, Mode::Time(1200), 1);
    pair.run(1230);
    let progress = pair.progress();
    assert!(progress.len() >= 75, "{}", progress.len());
    for two in progress.windows(2) {
        assert!(two[1].energy >= two[0].energy && two[1].duration_s >= two[0].duration_s);
    }
    let late = progress.last().expect("many");
    assert_eq!(late.charge, ChargeKey::Order(order(1)));
    assert!(late.soc.is_some_and(|soc| soc > 30));
    assert!(late.remaining_min.is_some());
    assert_eq!(late.power.map(|power| power.0), Some(900_000));
    assert!(late.device_amount.is_some_and(|fen| fen.0 > 3000));
    assert_eq!(pair.end().duration_s, 1200);
}

#[test]
fn until_full_the_battery_ends_it() {
    let mut pair = pair();
    pair.plug(2);
    pair.start(2, Mode::Full(0), 1);
    pair.run(3 * 3600);
    let end = pair.end();
    assert_eq!((end.reason, end.reason_raw), (EndReason::Full, 316));
    assert_eq!(end.energy, Energy::from_centi_kwh(4200));
    let details = end.details.as_ref().expect("an EV record");
    assert_eq!(details.soc, Some((30, 100)));
    assert_eq!(end.port, PortNo(2));
}

#[test]
fn a_stop_ends_the_charge() {
    let mut pair = pair();
    pair.plug(1);
    pair.start(1, Mode::Full(0), 1);
    pair.run(600);
    let stop = pair.stop(1, 1);
    pair.run(5);
    assert!(pair.is_accepted(stop), "{:?}", pair.outcome(stop));
    pair.run(5);
    let end = pair.end();
    assert_eq!((end.reason, end.reason_raw), (EndReason::RemoteStop, 311));
}

#[test]
fn a_stop_for_another_order_is_not_sent() {
    let mut pair = pair();
    pair.plug(1);
    pair.start(1, Mode::Full(0), 1);
    pair.run(60);
    let stop = pair.stop(1, 2);
    pair.run(60);
    assert!(matches!(pair.outcome(stop), Some(Outcome::Refused(_))));
    assert_eq!(pair.said(5), 0);
    assert!(pair.ends().is_empty());
}

#[test]
fn people_end_charges_for_their_reasons() {
    let ended = |action: Action| {
        let mut pair = pair();
        pair.plug(1);
        pair.start(1, Mode::Full(0), 1);
        pair.run(300);
        pair.act(&action);
        pair.run(10);
        let end = pair.end();
        (end.reason, end.reason_raw)
    };
    assert_eq!(ended(Action::Unplug(PortNo(1))), (EndReason::Normal, 300));
    assert_eq!(ended(Action::Button(PortNo(1))), (EndReason::UserStop, 200));
    let fault = |bits| Action::SetFault {
        port: PortNo(1),
        bits,
    };
    assert_eq!(ended(fault(1)), (EndReason::EmergencyStop, 302));
    assert_eq!(ended(fault(2)), (EndReason::DeviceFault, 2008));
}

#[test]
fn faults_raise_and_clear_alarms() {
    let mut pair = pair();
    let quiet = pair.count("faults");
    pair.act(&Action::SetFault {
        port: PortNo(1),
        bits: 1,
    });
    pair.run(2);
    assert!(pair.count("faults") > quiet);
    let raised = pair.count("faults");
    pair.run(120);
    assert_eq!(pair.count("faults"), raised, "told once");
    pair.act(&Action::ClearFault(PortNo(1)));
    pair.run(20);
    assert_eq!(pair.count("faults"), raised + 1);
}

#[test]
fn a_start_without_a_plug_is_refused_with_the_reason() {
    let mut pair = pair();
    let command = pair.start(1, Mode::Time(600), 1);
    pair.run(2);
    let Some(Outcome::Refused(refusal)) = pair.outcome(command) else {
        panic!("{:?}", pair.outcome(command));
    };
    assert_eq!(refusal.code, Some(1));
    pair.run(300);
    assert!(pair.ends().is_empty());
}

#[test]
fn two_guns_charge_side_by_side() {
    let mut pair = pair();
    pair.plug(1);
    pair.plug(2);
    let first = pair.start(1, Mode::Time(300), 1);
    let second = pair.start(2, Mode::Energy(500), 2);
    pair.run(400);
    assert!(pair.is_accepted(first) && pair.is_accepted(second));
    let mut ends: Vec<_> = pair
        .ends()
        .iter()
        .map(|end| (end.port, end.charge.clone()))
        .collect();
    ends.sort_by_key(|(port, _)| *port);
    assert_eq!(
        ends,
        [
            (PortNo(1), ChargeKey::Order(order(1))),
            (PortNo(2), ChargeKey::Order(order(2))),
        ]
    );
}

#[test]
fn a_stop_before_energy_flows_is_obeyed_when_it_does() {
    let mut pair = pair();
    pair.plug(1);
    pair.start(1, Mode::Full(0), 1);
    pair.run(1);
    pair.stop(1, 1);
    pair.run(30);
    let end = pair.end();
    assert_eq!(
        (end.energy, end.reason),
        (Energy::ZERO, EndReason::RemoteStop)
    );
}

#[test]
fn ports_can_be_asked_about() {
    let mut pair = pair();
    pair.plug(1);
    let before = pair.count("status");
    let command = pair.command(Command::QueryPort { port: None });
    pair.run(2);
    assert!(pair.is_accepted(command), "{:?}", pair.outcome(command));
    assert!(pair.count("status") > before);
}

#[test]
fn an_amount_ends_the_charge_once_the_pile_has_our_prices() {
    let mut pair = pair();
    let rate = Rate {
        electricity: Price(80_000),
        service: Price(40_000),
    };
    pair.command(Command::PushTariff(TariffTable {
        model: 1,
        rates: vec![rate],
        slots: vec![0; 48],
    }));
    pair.run(5);
    pair.plug(1);
    pair.start_by_tariff(1, Mode::Full(1_800), 1);
    pair.run(700);
    let end = pair.end();
    assert_eq!((end.reason, end.reason_raw), (EndReason::Normal, 308));
    assert_eq!(end.energy, Energy::from_centi_kwh(1500));
    assert_eq!(end.device_amount, Some(Fen(1800)));
}

#[test]
fn a_charge_over_midnight_lies_in_its_half_hours() {
    let mut pair = pair();
    // Five minutes to midnight.
    let before = kernel::Timestamp::from_shanghai([2024, 10, 20, 23, 55, 0]).expect("a time");
    let wait = before.since(pair.now).as_secs();
    pair.run(wait);
    pair.plug(1);
    pair.start(1, Mode::Time(900), 1);
    pair.run(1000);
    let end = pair.end();
    let details = end.details.as_ref().expect("an EV record");
    assert_eq!(details.doubts, Vec::<&str>::new());
    let EnergySplit::BySlot(slots) = &details.split else {
        panic!("{:?}", details.split);
    };
    let used: Vec<usize> = (0..48).filter(|slot| slots[*slot].0 > 0).collect();
    assert_eq!(used, [0, 47]);
    assert_eq!(slots[0].0 + slots[47].0, end.energy.0);
    assert!(slots[0] > slots[47]);
}

#[test]
fn a_lost_clock_loses_no_order() {
    let mut pair = pair();
    pair.act(&Action::ClockLost);
    pair.plug(1);
    pair.start(1, Mode::Time(300), 1);
    pair.run(400);
    let end = pair.end();
    assert_eq!(end.charge, ChargeKey::Order(order(1)));
    assert_eq!(end.energy, Energy::from_centi_kwh(750));
}
