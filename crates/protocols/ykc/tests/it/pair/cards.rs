//! Sessions that a card or a vehicle begins.

use super::{Pair, key};
use device::{CardRefusal, Command, EndReason, Event, OfflineCard, StartSource};
use pile::{Action, Vehicle};
use ykc::pile::{Kind, Setup};

#[test]
fn a_card_begins_a_charge_by_the_answer() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.swipe(1, "D14B0A54");
    pair.run(60);
    let swipes = pair.found(|event| match event {
        Event::CardSwiped(swipe) => Some(swipe.clone()),
        _ => None,
    });
    assert_eq!(swipes.len(), 1);
    let number = swipes[0]
        .physical_no
        .clone()
        .unwrap_or(swipes[0].card_no.clone());
    assert!(number.ends_with("D14B0A54"), "{number}");
    assert_eq!(pair.told(0x34), 0, "no start command");
    assert_eq!(pair.progress()[0].charge, key(1, 501));
    // The same card ends it.
    pair.swipe(1, "D14B0A54");
    pair.run(10);
    let ends = pair.ends();
    assert_eq!(ends[0].charge, key(1, 501));
    assert_eq!(ends[0].reason, EndReason::UserStop);
    let details = ends[0].details.as_deref().expect("details");
    assert_eq!(details.source, StartSource::Card);
    assert!(
        details
            .physical_card
            .as_deref()
            .is_some_and(|card| card.ends_with("D14B0A54"))
    );
}

#[test]
fn a_refused_card_starts_nothing() {
    let mut pair = Pair::dc();
    pair.refuses = Some(CardRefusal::BalanceTooLow);
    pair.plug(1);
    pair.swipe(1, "1");
    pair.run(120);
    assert_eq!(pair.told(0x32), 1);
    let verdict = pair.downs.iter().find(|raw| raw[5] == 0x32).expect("one");
    assert_eq!(verdict[42..44], [0, 3]);
    assert!(pair.progress().is_empty());
}

#[test]
fn a_lost_verdict_is_asked_for_again_and_begins_one_charge() {
    let mut pair = Pair::dc();
    pair.plug(1);
    let mut lost = 0;
    pair.lose = Some(Box::new(move |_, raw| {
        lost += u32::from(raw[5] == 0x32);
        raw[5] == 0x32 && lost == 1
    }));
    pair.swipe(1, "D14B0A54");
    pair.run(90);
    assert_eq!(pair.told(0x32), 2);
    let verdicts: Vec<&[u8]> = pair
        .downs
        .iter()
        .filter(|raw| raw[5] == 0x32)
        .map(|raw| &raw[6..22])
        .collect();
    assert_eq!(verdicts[0], verdicts[1], "the same transaction");
    let charges: std::collections::BTreeSet<String> = pair
        .progress()
        .iter()
        .map(|progress| format!("{:?}", progress.charge))
        .collect();
    assert_eq!(charges.len(), 1);
}

#[test]
fn a_vehicle_begins_a_charge() {
    let mut setup = Setup::new(super::ID, Kind::Dc);
    setup.vehicles = vec![Vehicle::car().offering("LSVAA4182E2000099")];
    let mut pair = Pair::new(setup);
    pair.plug(1);
    pair.run(60);
    let offers = pair.found(|event| match event {
        Event::VinOffered(offer) => Some(offer.clone()),
        _ => None,
    });
    assert_eq!(offers[0].vin, "LSVAA4182E2000099");
    pair.stop(1, 501);
    pair.run(10);
    let end = pair.ends()[0].clone();
    let details = end.details.expect("details");
    assert_eq!(details.source, StartSource::Vin);
    assert_eq!(details.vin.as_deref(), Some("LSVAA4182E2000099"));
}

#[test]
fn an_unknown_vehicle_is_refused_with_its_reason() {
    let mut setup = Setup::new(super::ID, Kind::Dc);
    setup.vehicles = vec![Vehicle::car().offering("LSVAA4182E2000099")];
    let mut pair = Pair::new(setup);
    pair.refuses = Some(CardRefusal::VehicleUnknown);
    pair.plug(1);
    pair.run(60);
    let verdict = pair.downs.iter().find(|raw| raw[5] == 0x32).expect("one");
    assert_eq!(verdict[42..44], [0, 9]);
}

#[test]
fn a_card_for_all_guns_begins_two_charges() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.plug(2);
    pair.swipe(1, "parallel:D14B0A54");
    pair.run(60);
    assert_eq!(pair.told(0xA2), 2);
    let ports: std::collections::BTreeSet<u16> =
        pair.progress().iter().map(|it| it.port.0).collect();
    assert_eq!(ports.len(), 2);
}

#[test]
fn an_offline_card_charges_and_its_record_comes_later() {
    let mut pair = Pair::dc();
    let command = pair.command(Command::StoreCards {
        cards: vec![OfflineCard {
            card_no: "1000000001".to_owned(),
            physical: "00000000D14B0A54".to_owned(),
        }],
    });
    pair.run(5);
    assert!(pair.accepted(command), "{:?}", pair.outcome(command));
    pair.act(&Action::Cut { silent: true });
    pair.link = None;
    pair.plug(1);
    pair.swipe(1, "D14B0A54");
    pair.run(300);
    pair.swipe(1, "D14B0A54");
    pair.run(5);
    pair.act(&Action::Restore);
    pair.run(30);
    let ends = pair.ends();
    assert_eq!(ends.len(), 1);
    let details = ends[0].details.as_deref().expect("details");
    assert_eq!(details.source, StartSource::OfflineCard);
    assert!(
        details
            .physical_card
            .as_deref()
            .is_some_and(|card| card.ends_with("D14B0A54"))
    );
    assert_eq!(pair.told(0x40), 1);
}
