//! Cards and vehicles at the pile.

use super::{Body, Desk, NONE, SERIAL, charging, code, head, plan};
use device::{Answer, CardPassword, CardRefusal, CardVerdict, ChargeKey, Command, Event};
use kernel::{Fen, PortNo};
use ykc::codes::{Authorised, FrameType, GunRole, NeedPassword, StartMode, StartRefusal};
use ykc::message::{ParallelRequest, StartConfirmation, StartRequest};
use ykc::value::Gun;

const OTHER: &str = "32010600019236012410201600000002";

fn request() -> StartRequest {
    StartRequest {
        pile_code: code(),
        gun_no: Gun(1),
        start_mode: StartMode::Card,
        need_password: NeedPassword::No,
        account_or_card: "00000000D14B0A54".parse().expect("hex"),
        password: wire::Text([0; 16]),
        vin_reversed: wire::Text([0; 17]),
    }
}

fn vin_request(vin_reversed: &str) -> Body {
    Body::StartRequest(StartRequest {
        start_mode: StartMode::Vin,
        account_or_card: ykc::value::Ident::default(),
        vin_reversed: wire::Text::padded(vin_reversed).expect("17"),
        ..request()
    })
}

fn asking() -> Desk {
    let mut desk = Desk::new();
    desk.says = None;
    desk
}

fn accepted() -> Answer {
    let mut plan = plan(1);
    plan.card_no = Some("1000000573".to_owned());
    Answer::Card(CardVerdict::Accepted {
        balance: Fen(12_345),
        plan: Some(Box::new(plan)),
    })
}

fn refused(reason: CardRefusal) -> Answer {
    Answer::Card(CardVerdict::Refused {
        reason,
        balance: Fen(50),
    })
}

fn confirmation(desk: &mut Desk) -> StartConfirmation {
    let said = desk.said();
    match &said[..] {
        [Body::StartConfirmation(answer)] => answer.clone(),
        others => panic!("{others:?}"),
    }
}

#[test]
fn a_card_starts_by_the_answer() {
    let mut desk = asking();
    let sequence = desk.up(Body::StartRequest(request()));
    let Event::CardSwiped(swipe) = desk.only() else {
        panic!("{:?}", desk.told());
    };
    assert_eq!(swipe.physical_no.as_deref(), Some("00000000D14B0A54"));
    assert_eq!((swipe.port, swipe.password.as_ref()), (PortNo(1), None));
    assert!(desk.said().is_empty(), "the platform decides");
    desk.answer(accepted());
    assert_eq!(desk.last().sequence, sequence);
    let answer = confirmation(&mut desk);
    assert_eq!(answer.head, head(1, SERIAL));
    assert_eq!(answer.logical_card.to_string(), "0000001000000573");
    assert_eq!(answer.balance, 5_000, "the order's limit");
    assert_eq!(answer.auth_ok, Authorised::Yes);
    assert_eq!(answer.fail_reason, StartRefusal::None);
    desk.up(charging(1, SERIAL, 0));
    desk.live(120);
    let given_up = desk
        .events
        .iter()
        .any(|envelope| matches!(envelope.event, Event::Confirmed(_)));
    assert!(!given_up);
}

#[test]
fn an_accepted_card_that_does_not_charge_is_given_up() {
    let mut desk = asking();
    desk.up(Body::StartRequest(request()));
    desk.answer(accepted());
    desk.said();
    desk.live(90);
    let Some(Event::Confirmed(word)) = desk.told().last().copied() else {
        panic!("{:?}", desk.told());
    };
    assert_eq!(word.charge, ChargeKey::Serial(SERIAL.to_owned()));
    assert!(!word.accepted);
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
}

#[test]
fn the_same_card_again_hears_the_same_number() {
    let mut desk = asking();
    desk.up(Body::StartRequest(request()));
    let newer = desk.up(Body::StartRequest(request()));
    assert_eq!(desk.told().len(), 1, "asked once");
    desk.answer(accepted());
    assert_eq!(desk.last().sequence, newer);
    let first = confirmation(&mut desk);
    desk.seconds(20);
    desk.up(Body::StartRequest(request()));
    assert_eq!(confirmation(&mut desk), first);
    assert_eq!(desk.told().len(), 1);
    // Once it charges, it is another question.
    desk.up(charging(1, SERIAL, 0));
    desk.forget();
    desk.up(Body::StartRequest(request()));
    assert_eq!(desk.told().len(), 1);
}

#[test]
fn refusals_have_their_reason_and_no_number() {
    for (reason, wanted) in [
        (CardRefusal::Unknown, StartRefusal::NoAccount),
        (CardRefusal::Blocked, StartRefusal::Frozen),
        (CardRefusal::BalanceTooLow, StartRefusal::BalanceTooLow),
        (CardRefusal::PasswordWrong, StartRefusal::PasswordWrong),
        (CardRefusal::VehicleUnknown, StartRefusal::VinUnknown),
        (CardRefusal::NotServed, StartRefusal::NoCards),
    ] {
        let mut desk = asking();
        desk.up(Body::StartRequest(request()));
        desk.answer(refused(reason));
        let answer = confirmation(&mut desk);
        assert_eq!(answer.head, head(1, NONE));
        assert_eq!(answer.auth_ok, Authorised::No);
        assert_eq!((answer.fail_reason, answer.balance), (wanted, 50));
        // A new try is a new question.
        desk.forget();
        desk.up(Body::StartRequest(request()));
        assert_eq!(desk.told().len(), 1);
    }
}

#[test]
fn other_verdicts() {
    for (verdict, wanted) in [
        (
            CardVerdict::AskPassword { balance: Fen(1) },
            StartRefusal::PasswordWrong,
        ),
        (
            CardVerdict::Accepted {
                balance: Fen(1),
                plan: None,
            },
            StartRefusal::CardUnsettled,
        ),
        (
            CardVerdict::Accepted {
                balance: Fen(1),
                plan: Some(Box::new(device::ChargePlan {
                    serial: None,
                    ..plan(1)
                })),
            },
            StartRefusal::PileUnsettled,
        ),
    ] {
        let mut desk = asking();
        desk.up(Body::StartRequest(request()));
        desk.answer(Answer::Card(verdict));
        assert_eq!(confirmation(&mut desk).fail_reason, wanted);
    }
    let mut desk = asking();
    desk.up(Body::StartRequest(request()));
    desk.answer(Answer::Silence);
    assert!(desk.said().is_empty());
}

#[test]
fn a_password_goes_along_as_it_came() {
    let mut desk = asking();
    desk.up(Body::StartRequest(StartRequest {
        need_password: NeedPassword::Yes,
        password: wire::Text::padded("49ba59abbe56e057").expect("16"),
        ..request()
    }));
    let Event::CardSwiped(swipe) = desk.only() else {
        panic!("{:?}", desk.told());
    };
    assert!(
        swipe.password == Some(CardPassword::Md5Middle("49ba59abbe56e057".to_owned())),
        "not hashed again"
    );
}

#[test]
fn vehicles_are_read_backwards() {
    let mut desk = asking();
    desk.up(vin_request("1000006335YP4GAGL"));
    let Event::VinOffered(offer) = desk.only() else {
        panic!("{:?}", desk.told());
    };
    assert_eq!(offer.vin, "LGAG4PY5336000001");
    assert_eq!(offer.vin_other.as_deref(), Some("1000006335YP4GAGL"));
    desk.answer(accepted());
    assert_eq!(confirmation(&mut desk).auth_ok, Authorised::Yes);
}

#[test]
fn accounts_and_nameless_cards_are_refused_at_once() {
    let nameless = StartRequest {
        account_or_card: ykc::value::Ident::default(),
        ..request()
    };
    let account = StartRequest {
        start_mode: StartMode::Account,
        ..request()
    };
    for asked in [nameless, account] {
        let mut desk = asking();
        desk.up(Body::StartRequest(asked));
        assert!(desk.told().is_empty());
        assert_eq!(confirmation(&mut desk).fail_reason, StartRefusal::NoAccount);
    }
    let mut desk = asking();
    desk.up(vin_request(""));
    assert!(desk.told().is_empty());
    assert_eq!(desk.kinds(), [FrameType::StartConfirmation]);
}

#[test]
fn a_verdict_that_comes_too_late_starts_nothing() {
    let mut desk = asking();
    desk.up(Body::StartRequest(request()));
    desk.live(56);
    desk.said();
    desk.answer(accepted());
    assert!(desk.said().is_empty());
    assert!(
        matches!(desk.told().last(), Some(Event::Confirmed(word)) if !word.accepted),
        "its order is given up"
    );
}

#[test]
fn a_card_is_not_let_in_under_the_stop_of_another_session() {
    let mut desk = asking();
    desk.command(Command::StopCharge {
        port: PortNo(1),
        order: super::order_no(),
        serial: Some(OTHER.to_owned()),
    });
    desk.up(Body::StartRequest(request()));
    desk.said();
    desk.answer(accepted());
    let answer = confirmation(&mut desk);
    assert_eq!(answer.auth_ok, Authorised::No);
    assert_eq!(answer.fail_reason, StartRefusal::PileUnsettled);
    assert!(
        matches!(desk.told().last(), Some(Event::Confirmed(word)) if !word.accepted),
        "its order is given up"
    );
    desk.live(10);
    desk.said();
    desk.up(Body::StartRequest(request()));
    desk.answer(accepted());
    assert_eq!(confirmation(&mut desk).auth_ok, Authorised::Yes);
    let late = desk.command(Command::StopCharge {
        port: PortNo(1),
        order: super::order_no(),
        serial: Some(OTHER.to_owned()),
    });
    assert!(desk.said().is_empty());
    assert_eq!(desk.refusal(late).1, "another transaction runs on that gun");
}

#[test]
fn parallel_requests_share_number_and_money() {
    let mut desk = asking();
    let asked = ParallelRequest {
        request: request(),
        gun_role: GunRole::Auxiliary,
        parallel_no: "241020150001".parse().expect("digits"),
    };
    desk.up(Body::ParallelRequest(asked));
    let Event::CardSwiped(swipe) = desk.only() else {
        panic!("{:?}", desk.told());
    };
    assert_eq!(swipe.parallel.as_deref(), Some("241020150001"));
    desk.answer(accepted());
    let said = desk.said();
    let [Body::ParallelConfirmation(answer)] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(answer.parallel_no.to_string(), "241020150001");
    assert_eq!(answer.confirmation.balance, 2_500);
    // The same request alone is another one.
    desk.forget();
    desk.up(Body::StartRequest(request()));
    assert_eq!(desk.told().len(), 1);
}
