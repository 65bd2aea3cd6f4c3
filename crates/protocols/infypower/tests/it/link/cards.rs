//! Cards, passwords and vehicles.

use super::{CODE, Rig, ascii, blank, plan, sealed};
use device::{
    Answer, CardPassword, CardRefusal, CardVerdict, Direction, Event, Profile, Protocol as _,
};
use infypower::Infypower;
use infypower::codes::CardResponse;
use infypower::message::{Body, CardAnswer, CardAsk, PasswordAsk, VinAsk};
use kernel::{Fen, PortNo};
use std::time::Duration;

fn swipe(length: usize, black: u8) -> Vec<u8> {
    let mut message: CardAsk = blank(length);
    message.pile_code = ascii(CODE);
    message.card_no = ascii("0012345678");
    message.black_flag = black;
    sealed(204, message)
}

fn welcome() -> Answer {
    Answer::Card(CardVerdict::Accepted {
        balance: Fen(8850),
        plan: None,
    })
}

fn answered(rig: &Rig) -> CardAnswer {
    match rig.last(203) {
        Body::CardAnswer(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_card_is_asked_about_and_answered() {
    let mut rig = Rig::ready();
    rig.hear(&swipe(73, 0));
    let swiped = rig.find(|event| match event {
        Event::CardSwiped(swipe) => Some(swipe.clone()),
        _ => None,
    });
    let swiped = swiped.expect("asked");
    assert_eq!(
        (swiped.card_no.as_str(), swiped.port),
        ("0012345678", PortNo(1))
    );
    assert_eq!(rig.said(), Vec::<u16>::new());
    rig.answer(welcome());
    let answer = answered(&rig);
    assert_eq!(answer.response_code, CardResponse::Valid);
    assert_eq!(answer.balance_yuan.0, 8850);
    assert_eq!(rig.last_length(203), 20);
}

#[test]
fn every_repeat_is_answered_the_same() {
    let mut rig = Rig::ready();
    rig.hear(&swipe(73, 0));
    rig.answer(welcome());
    for _ in 0..2 {
        rig.wait(Duration::from_secs(3));
        rig.hear(&swipe(73, 0));
    }
    assert_eq!(rig.said(), [203; 3]);
    assert_eq!(rig.count("card"), 1);
    rig.wait(Duration::from_secs(11));
    rig.hear(&swipe(73, 0));
    assert_eq!(rig.count("card"), 2, "a new request");
}

#[test]
fn refusals_have_their_codes() {
    for (reason, code) in [
        (CardRefusal::Unknown, CardResponse::Invalid),
        (CardRefusal::Blocked, CardResponse::Lost),
        (CardRefusal::BalanceTooLow, CardResponse::BalanceTooLow),
        (CardRefusal::InUse, CardResponse::InUse),
        (CardRefusal::Expired, CardResponse::Cancelled),
        (CardRefusal::DeviceDisabled, CardResponse::Forbidden),
    ] {
        let mut rig = Rig::ready();
        rig.hear(&swipe(153, 0));
        rig.answer(Answer::Card(CardVerdict::Refused {
            reason,
            balance: Fen(1),
        }));
        assert_eq!(answered(&rig).response_code, code);
    }
}

#[test]
fn a_black_mark_on_a_good_card_is_wiped() {
    let mut rig = Rig::ready();
    rig.hear(&swipe(73, 1));
    rig.answer(welcome());
    assert_eq!(answered(&rig).response_code, CardResponse::MakeNormal);
}

#[test]
fn a_password_is_asked_for_and_passed_on() {
    let mut rig = Rig::pinned(&[("card_answer", "12")]);
    rig.hear(&swipe(73, 0));
    rig.answer(Answer::Card(CardVerdict::AskPassword { balance: Fen(1) }));
    let prices = answered(&rig).prices;
    assert_eq!(
        prices
            .get()
            .expect("the short form cannot ask")
            .password_check,
        1
    );
    let mut typed: PasswordAsk = blank(100);
    typed.pile_code = ascii(CODE);
    typed.card_no = ascii("0012345678");
    typed.card_password = ascii("428731");
    rig.hear(&sealed(206, typed.clone()));
    let password = rig.find(|event| match event {
        Event::CardSwiped(swipe) => swipe.password.clone(),
        _ => None,
    });
    assert!(password == Some(CardPassword::Plain("428731".to_owned())));
    // It is in no line of the log, whose frames stay sound, and in no view of one.
    let line = rig.notes.iter().find(|note| note.cmd == 206);
    let line = &line.expect("logged").raw;
    assert!(!line.windows(6).any(|some| some == b"428731"));
    let shown = |raw: &[u8]| {
        let words = Infypower.describe(raw, Direction::Up, &Profile::default());
        words.expect("a sound frame")
    };
    for raw in [&line[..], &sealed(206, typed)] {
        let words = shown(raw);
        assert!(
            words.contains("0012345678") && !words.contains("428731"),
            "{words}"
        );
    }
    rig.answer(Answer::Card(CardVerdict::AskPassword { balance: Fen(1) }));
    let Body::PasswordAnswer(answer) = rig.last(205) else {
        panic!("a password answer");
    };
    assert_eq!(answer.response_code, CardResponse::WrongPassword);
}

#[test]
fn a_card_without_a_number_is_refused_at_once() {
    let mut rig = Rig::ready();
    let mut message: CardAsk = blank(73);
    message.pile_code = ascii(CODE);
    rig.hear(&sealed(204, message));
    assert_eq!(answered(&rig).response_code, CardResponse::IllegalNumber);
    assert_eq!(rig.count("card"), 0);
}

#[test]
fn a_short_answer_is_sent_where_pinned() {
    let mut rig = Rig::pinned(&[("card_answer", "12")]);
    rig.hear(&swipe(73, 0));
    rig.answer(welcome());
    assert_eq!(rig.last_length(203), 12);
}

#[test]
fn a_vehicle_is_answered_with_its_order() {
    let vin = "LSVAA49J132047371";
    let ask = || {
        let mut message: VinAsk = blank(59);
        message.pile_code = ascii(CODE);
        message.gun_no = 2;
        message.vin = ascii(vin);
        sealed(208, message)
    };
    let mut rig = Rig::pinned(&[("dialect", "shenghong-5.3")]);
    rig.hear(&ask());
    let offer = rig.find(|event| match event {
        Event::VinOffered(offer) => Some(offer.clone()),
        _ => None,
    });
    let offer = offer.expect("asked");
    assert_eq!((offer.vin.as_str(), offer.port), (vin, PortNo(2)));
    rig.answer(Answer::Card(CardVerdict::Accepted {
        balance: Fen(100),
        plan: Some(Box::new(plan(2))),
    }));
    let Body::VinAnswer(answer) = rig.last(207) else {
        panic!("a VIN answer");
    };
    assert_eq!((answer.result, answer.gun_no), (0, 2));
    assert_eq!(answer.order_no.text(), super::ORDER);
    assert_eq!(
        (answer.vin.text(), answer.pile_code.text()),
        (vin.into(), CODE.into())
    );

    rig.hear(&ask());
    rig.answer(Answer::Card(CardVerdict::Refused {
        reason: CardRefusal::VehicleUnknown,
        balance: Fen(0),
    }));
    let Body::VinAnswer(answer) = rig.last(207) else {
        panic!("a VIN answer");
    };
    assert_eq!((answer.result, answer.reason), (1, 1));
    assert_eq!(answer.order_no.text(), "");
}
