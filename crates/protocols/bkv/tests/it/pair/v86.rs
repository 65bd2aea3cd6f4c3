//! v8.6: the acceptance plan between device and link.

use super::{Pair, order};
use bkv::pile::{Action, Dialect, Profile, Setup};
use device::{ChargeKey, ChargeMode, ChargePlan, Command, EndReason, Event, Outcome};
use kernel::{Energy, Fen, PortNo};

fn pair() -> Pair {
    Pair::new(Setup::new("82210225000520", Dialect::V86))
}

fn start(pair: &mut Pair, port: u16, seconds: u32, sequence: u16) -> kernel::CommandId {
    pair.command(Command::StartCharge(ChargePlan {
        port: PortNo(port),
        order: order(sequence),
        mode: ChargeMode::Time,
        duration_s: Some(seconds),
        energy: None,
        power_limit: None,
        amount: Fen(1000),
        tiers: Vec::new(),
        fees: None,
        proposed_session: None,
        serial: None,
        card_no: None,
        physical_card: None,
        parallel: None,
        price_model: None,
    }))
}

#[test]
fn a4_tc001_one_hour_is_523_and_one_report() {
    let mut pair = pair();
    assert_eq!(pair.profile.get("dialect"), Some("v8.6"));
    let command = start(&mut pair, 1, 3600, 1);
    pair.run(1);
    assert!(matches!(
        pair.outcome(command),
        Some(Outcome::Accepted { .. })
    ));
    pair.plug(1);
    pair.run(3620);
    assert_eq!(pair.count("confirm"), 1);
    assert!(pair.count("progress") > 300);
    let ends = pair.ends();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].charge, ChargeKey::Order(order(1)));
    assert_eq!(
        (ends[0].duration_s, ends[0].energy),
        (3600, Energy::from_centi_kwh(523))
    );
    assert_eq!(
        (ends[0].device_amount, ends[0].reason),
        (Some(Fen(785)), EndReason::Normal)
    );
    assert_eq!((pair.connections, pair.malformed), (1, 0));
}

#[test]
fn a4_tc002_a_stop_ends_the_charge() {
    let mut pair = pair();
    pair.plug(1);
    start(&mut pair, 1, 3600, 1);
    pair.run(1200);
    let stop = Command::StopCharge {
        port: PortNo(1),
        order: order(1),
        serial: None,
    };
    let command = pair.command(stop);
    pair.run(5);
    assert!(matches!(
        pair.outcome(command),
        Some(Outcome::Accepted { .. })
    ));
    assert_eq!(pair.ends()[0].reason, EndReason::RemoteStop);
}

#[test]
fn a_settlement_is_repeated_until_it_is_stored() {
    let mut pair = pair();
    pair.plug(1);
    start(&mut pair, 1, 60, 1);
    pair.run(30);
    pair.stores = false;
    pair.run(120);
    assert!(pair.ends().len() >= 3);
    pair.stores = true;
    pair.run(31);
    let so_far = pair.ends().len();
    pair.run(120);
    assert_eq!(pair.ends().len(), so_far);
}

#[test]
fn a4_tc003_the_cumulated_values_arrive_after_the_gap() {
    let mut pair = pair();
    pair.plug(1);
    start(&mut pair, 1, 3600, 1);
    pair.run(600);
    pair.act(&Action::Cut { silent: true });
    pair.run(45);
    let before = pair.count("progress");
    pair.act(&Action::Restore);
    pair.run(11);
    let gap = pair
        .events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Progress(progress) => Some(progress.duration_s),
            _ => None,
        });
    let first_after: Vec<u32> = gap.skip(before).collect();
    assert!(first_after[0] > 640, "{first_after:?}");
}

#[test]
fn odd_devices_are_understood_and_never_cut_off() {
    for profile in [
        Profile::SlowRadio,
        Profile::EndRepeat,
        Profile::Fault,
        Profile::OfflineCharging,
        Profile::Stale,
        Profile::Noisy,
    ] {
        let setup = Setup::new("82210225000520", Dialect::V86).with_profile(profile);
        let mut pair = Pair::new(setup);
        pair.run(60);
        pair.plug(1);
        let command = start(&mut pair, 1, 300, 1);
        pair.run(900);
        let outcome = pair.outcome(command);
        assert!(
            matches!(outcome, Some(Outcome::Accepted { .. })),
            "{profile}: {outcome:?}"
        );
        assert!(!pair.ends().is_empty(), "{profile}");
        if profile != Profile::Noisy {
            assert_eq!(pair.malformed, 0, "{profile}");
        }
    }
}

#[test]
fn a_refusal_and_silence_are_told_apart() {
    let setup = Setup::new("82210225000520", Dialect::V86).with_profile(Profile::Refuser);
    let mut pair = Pair::new(setup);
    let refused = start(&mut pair, 1, 300, 1);
    pair.run(5);
    assert!(matches!(pair.outcome(refused), Some(Outcome::Refused(_))));
    pair.act(&Action::Ignore(true));
    let ignored = start(&mut pair, 2, 300, 2);
    pair.run(120);
    assert!(matches!(
        pair.outcome(ignored),
        Some(Outcome::Lapsed { .. })
    ));
}
