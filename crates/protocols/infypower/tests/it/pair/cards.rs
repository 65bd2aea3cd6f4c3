//! Cards, passwords and vehicles.

use super::{CODE, Mode, Pair, order, plan};
use device::{CardRefusal, CardVerdict, ChargeKey, EndReason, Event, StartSource};
use infypower::pile::{Dialect, Kind, Profile, Setup, Vehicle};
use kernel::Fen;

fn pair() -> Pair {
    Pair::dc(Dialect::Infypower, Profile::Normal)
}

fn begun(pair: &Pair) -> Vec<&device::DeviceStart> {
    let events = pair.events.iter();
    events
        .filter_map(|envelope| match &envelope.event {
            Event::Began(start) => Some(start),
            _ => None,
        })
        .collect()
}

#[test]
fn a_card_that_is_allowed_charges_under_one_name() {
    for dialect in [Dialect::Infypower, Dialect::Shenghong] {
        let mut pair = Pair::dc(dialect, Profile::Normal);
        pair.plug(1);
        pair.swipe(1, "0012345678");
        pair.run(120);
        assert_eq!(pair.count("card"), 1);
        let starts = begun(&pair);
        assert_eq!(starts.len(), 1, "{dialect}");
        assert_eq!(starts[0].source, StartSource::Card);
        assert_eq!(starts[0].card_no.as_deref(), Some("0012345678"));
        assert!(starts[0].started_at.is_some());
        let key = starts[0].charge.clone();
        assert!(matches!(key, ChargeKey::Serial(_)), "{key:?}");
        assert!(
            pair.progress()
                .iter()
                .all(|progress| progress.charge == key)
        );
        pair.swipe(1, "0012345678");
        pair.run(10);
        let end = pair.end();
        assert_eq!((&end.charge, end.reason), (&key, EndReason::UserStop));
        assert_eq!(end.card_no.as_deref(), Some("0012345678"));
    }
}

#[test]
fn a_card_session_keeps_its_name_over_a_reconnect() {
    let mut pair = pair();
    pair.plug(1);
    pair.swipe(1, "0012345678");
    pair.run(120);
    let key = begun(&pair)[0].charge.clone();
    pair.act(&pile::Action::Cut { silent: false });
    pair.run(10);
    pair.act(&pile::Action::Restore);
    pair.run(60);
    assert!(begun(&pair).iter().all(|start| start.charge == key));
    pair.swipe(1, "0012345678");
    pair.run(10);
    assert_eq!(pair.end().charge, key);
}

#[test]
fn a_card_is_refused_for_its_reason() {
    for (reason, code) in [
        (CardRefusal::Unknown, 1),
        (CardRefusal::BalanceTooLow, 2),
        (CardRefusal::Blocked, 6),
        (CardRefusal::Expired, 7),
        (CardRefusal::InUse, 9),
        (CardRefusal::NotAllowedHere, 10),
    ] {
        let mut pair = pair();
        pair.judge = Box::new(move |_| CardVerdict::Refused {
            reason,
            balance: Fen(42),
        });
        pair.plug(1);
        pair.swipe(1, "7");
        pair.run(30);
        let answers: Vec<_> = pair.downs.iter().filter(|frame| frame[6] == 203).collect();
        assert_eq!(answers.len(), 1);
        assert_eq!(u32::from(answers[0][12]), code, "{reason:?}");
        assert_eq!(answers[0][16], 42, "the balance is shown");
        assert!(begun(&pair).is_empty());
    }
}

#[test]
fn a_password_is_asked_for_and_checked() {
    for (typed, charges) in [("123456", true), ("000000", false)] {
        let mut pair = pair();
        pair.password = typed;
        pair.judge = Box::new(|event| {
            let Event::CardSwiped(swipe) = event else {
                panic!("only cards here");
            };
            match &swipe.password {
                None => CardVerdict::AskPassword { balance: Fen(100) },
                Some(device::CardPassword::Plain(text)) if text == "123456" => {
                    CardVerdict::Accepted {
                        balance: Fen(100),
                        plan: None,
                    }
                }
                Some(_) => CardVerdict::Refused {
                    reason: CardRefusal::PasswordWrong,
                    balance: Fen(100),
                },
            }
        });
        pair.plug(1);
        pair.swipe(1, "7");
        pair.run(60);
        assert_eq!((pair.said(203), pair.said(205)), (1, 1));
        assert_eq!(!begun(&pair).is_empty(), charges, "{typed}");
    }
}

#[test]
fn a_card_that_nobody_answers_is_asked_about_again() {
    let mut pair = pair();
    pair.lose = Some(Box::new(|_, frame| frame[6] == 203 && frame[7] == 0));
    pair.plug(1);
    pair.swipe(1, "7");
    pair.run(30);
    assert!(pair.said(203) >= 3, "every repeat is answered");
    assert!(begun(&pair).is_empty());
}

#[test]
fn a_card_session_of_a_stubborn_firmware_cannot_be_stopped_silently() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::Firmware);
    pair.plug(1);
    pair.swipe(1, "0012345678");
    pair.run(60);
    assert_eq!(begun(&pair).len(), 1);
    pair.swipe(1, "0012345678");
    pair.run(10);
    assert_eq!(pair.end().charge, begun(&pair)[0].charge);
}

#[test]
fn lvneng_vehicles_begin_by_themselves() {
    let mut setup = Setup::new(CODE, Dialect::Lvneng, Kind::Dc);
    setup.vehicles = vec![Vehicle::car().offering("LSVAA4182E2000017")];
    let mut pair = Pair::new(setup);
    pair.plug(1);
    pair.run(120);
    let starts = begun(&pair);
    assert_eq!(starts.len(), 1);
    assert_eq!(starts[0].source, StartSource::Vin);
    assert_eq!(starts[0].vin.as_deref(), Some("LSVAA4182E2000017"));
    let key = starts[0].charge.clone();
    pair.act(&pile::Action::Unplug(kernel::PortNo(1)));
    pair.run(10);
    assert_eq!(pair.end().charge, key);
}

#[test]
fn a_vehicle_of_v53_charges_under_the_order_of_the_answer() {
    for welcome in [true, false] {
        let mut setup = Setup::new(CODE, Dialect::Shenghong, Kind::Dc);
        setup.vehicles = vec![Vehicle::car().offering("LSVAA4182E2000017")];
        let mut pair = Pair::new(setup);
        pair.judge = Box::new(move |event| {
            let Event::VinOffered(offer) = event else {
                panic!("only vehicles here");
            };
            assert_eq!(offer.vin, "LSVAA4182E2000017");
            if welcome {
                CardVerdict::Accepted {
                    balance: Fen(5_000),
                    plan: Some(Box::new(plan(offer.port.0, Mode::Full(5_000), 9))),
                }
            } else {
                CardVerdict::Refused {
                    reason: CardRefusal::VehicleUnknown,
                    balance: Fen::ZERO,
                }
            }
        });
        pair.plug(1);
        pair.run(300);
        assert_eq!((pair.count("vin"), pair.said(207)), (1, 1));
        assert!(begun(&pair).is_empty(), "it has an order of ours");
        pair.act(&pile::Action::Unplug(kernel::PortNo(1)));
        pair.run(10);
        if welcome {
            assert!(pair.progress().len() > 10);
            assert_eq!(pair.end().charge, ChargeKey::Order(order(9)));
        } else {
            assert!(pair.ends().is_empty());
        }
    }
}

#[test]
fn a_card_session_without_a_clock_keeps_its_name_to_the_record() {
    for away in [false, true] {
        let mut pair = Pair::dc(Dialect::Infypower, Profile::NoClock);
        pair.plug(1);
        pair.swipe(1, "0012345678");
        pair.run(120);
        let key = begun(&pair)[0].charge.clone();
        if away {
            pair.act(&pile::Action::Cut { silent: false });
            pair.run(10);
            pair.act(&pile::Action::Restore);
            pair.run(60);
        }
        pair.swipe(1, "0012345678");
        pair.run(10);
        assert_eq!(pair.end().charge, key, "away: {away}");
        assert_eq!(
            pair.end().details.as_ref().and_then(|it| it.started_at),
            None
        );
    }
}
