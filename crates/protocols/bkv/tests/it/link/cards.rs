//! Cards and balances of the networked dialect.

use super::{Desk, pinned, plan};
use device::{Answer, CardRefusal, CardVerdict, Command, Event, Outcome};
use kernel::{Fen, PortNo};

const SWIPE: &str = "01000009900000002983520000000000000000000000000000000000000000";
const REFUSAL: &str = "000a0b01000009000100000000";
const CARD_START: &str = "000a0b010000090101003c0000";

fn accepted() -> Answer {
    Answer::Card(CardVerdict::Accepted {
        balance: Fen(10_000),
        plan: None,
    })
}

fn refused() -> Answer {
    Answer::Card(CardVerdict::Refused {
        reason: CardRefusal::Unknown,
        balance: Fen::ZERO,
    })
}

fn card_start() -> Command {
    Command::StartCharge(device::ChargePlan {
        proposed_session: Some(9),
        ..plan(1, 1)
    })
}

fn swiped(profile: device::Profile) -> Desk {
    let mut desk = Desk::with(profile);
    desk.stores = false;
    desk.sub(0x0015, 0x0B, 0, SWIPE);
    desk
}

#[test]
fn a_swipe_tells_both_numbers_of_the_card() {
    let desk = swiped(device::Profile::default());
    match desk.named("card")[..] {
        [Event::CardSwiped(swipe)] => {
            assert_eq!(swipe.card_no, "1384327424");
            assert_eq!(swipe.physical_no.as_deref(), Some("000000298352"));
            assert_eq!((swipe.port, swipe.proposed_session), (PortNo(1), Some(9)));
        }
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn an_accepted_card_hears_from_the_start_that_follows() {
    let mut desk = swiped(device::Profile::default());
    desk.resolve(desk.receipts[0], accepted());
    assert_eq!(desk.said(), []);
    let id = desk.command(card_start());
    assert_eq!(desk.said(), [(0x0015, CARD_START.to_owned())]);
    desk.sub(0x0015, 0x0F, 101, "010001");
    let outcome = Outcome::Accepted {
        port: Some(PortNo(1)),
        session: Some(9),
        data: None,
    };
    assert_eq!(desk.outcome(id), &outcome);
    assert_eq!(desk.said(), []);
}

#[test]
fn a_refused_card_gets_an_empty_start_or_silence() {
    let mut desk = swiped(device::Profile::default());
    desk.resolve(desk.receipts[0], refused());
    assert_ne!(desk.last().seq, 0);
    assert_eq!(desk.said(), [(0x0015, REFUSAL.to_owned())]);
    let mut silent = swiped(pinned("card_refusal", "silence"));
    silent.resolve(silent.receipts[0], refused());
    assert_eq!(silent.said(), []);
}

#[test]
fn the_same_request_within_30_s_gets_the_same_answer() {
    let mut desk = swiped(device::Profile::default());
    desk.sub(0x0015, 0x0B, 0, SWIPE);
    assert_eq!(
        desk.named("card").len(),
        1,
        "the platform is still deciding"
    );
    desk.resolve(desk.receipts[0], refused());
    let first = desk.last().clone();
    desk.seconds(5);
    desk.sub(0x0015, 0x0B, 0, SWIPE);
    assert_eq!(desk.last().raw, first.raw);
    assert_eq!(desk.named("card").len(), 1);
    desk.seconds(30);
    desk.sub(0x0015, 0x0B, 0, SWIPE);
    assert_eq!(desk.named("card").len(), 2, "a new request");
}

#[test]
fn a_repeated_request_after_the_start_gets_the_start_again() {
    let mut desk = swiped(device::Profile::default());
    desk.resolve(desk.receipts[0], accepted());
    desk.command(card_start());
    let first = desk.last().clone();
    desk.seconds(2);
    desk.sub(0x0015, 0x0B, 0, SWIPE);
    assert_eq!(desk.last().raw, first.raw);
    assert_eq!(desk.named("card").len(), 1);
}

#[test]
fn a_start_that_the_device_refused_is_not_its_answer_any_more() {
    let mut desk = swiped(device::Profile::default());
    desk.resolve(desk.receipts[0], accepted());
    let id = desk.command(card_start());
    desk.sub(0x0015, 0x0F, 101, "010000");
    assert_eq!(desk.refusal(id), "device refused");
    desk.said();
    desk.sub(0x0015, 0x0B, 0, SWIPE);
    assert_eq!(desk.said(), []);
    assert_eq!(desk.named("card").len(), 2, "a new request");
}

#[test]
fn a_platform_that_kept_silent_is_asked_again() {
    let mut desk = swiped(device::Profile::default());
    desk.resolve(desk.receipts[0], Answer::Silence);
    desk.sub(0x0015, 0x0B, 0, SWIPE);
    assert_eq!(desk.named("card").len(), 2);
}

#[test]
fn without_an_answer_the_session_number_decides() {
    for (session, text) in [(9, None), (12, Some("another session runs on the port"))] {
        let mut desk = swiped(device::Profile::default());
        desk.resolve(desk.receipts[0], accepted());
        desk.status((0x80, 0), (0x80, 0));
        let id = desk.command(card_start());
        desk.seconds(10);
        assert_eq!(desk.said().last(), Some(&(0x0015, "00011d01".to_owned())));
        desk.status((0x90, session), (0x80, 0));
        match text {
            None => assert!(desk.accepted(id)),
            Some(text) => assert_eq!(desk.refusal(id), text),
        }
    }
}

#[test]
fn a_card_start_by_energy_and_by_tiers() {
    let mut desk = Desk::new();
    desk.command(Command::StartCharge(device::ChargePlan {
        mode: device::ChargeMode::Energy,
        duration_s: None,
        energy: Some(kernel::Energy::from_wh(1000)),
        proposed_session: Some(9),
        ..plan(1, 1)
    }));
    desk.pass(300);
    desk.command(Command::StartCharge(device::ChargePlan {
        tiers: vec![super::tiers::tier(200, 25, 60)],
        proposed_session: Some(10),
        ..plan(3, 2)
    }));
    let bodies: Vec<String> = desk.said().into_iter().map(|(_, body)| body).collect();
    assert_eq!(
        bodies,
        [
            "000a0b010000090102038403e8",
            "00130b0200000a01030000000000640107d00019003c",
        ]
    );
}

#[test]
fn a_balance_is_answered_with_a_number_of_its_own() {
    let mut desk = Desk::new();
    desk.stores = false;
    desk.sub(0x0015, 0x1A, 0, "0100000000298352");
    desk.resolve(desk.receipts[0], Answer::Balance(Fen(1234)));
    assert_ne!(desk.last().seq, 0);
    let reply = "000c1a0100000000298352000004d2".to_owned();
    assert_eq!(desk.said(), [(0x0015, reply)]);
}

#[test]
fn an_answer_that_does_not_fit_the_question_is_not_given() {
    let mut desk = swiped(device::Profile::default());
    desk.resolve(desk.receipts[0], Answer::Balance(Fen(1)));
    desk.sub(0x0015, 0x1A, 0, "0100000000298352");
    desk.resolve(desk.receipts[1], Answer::Stored);
    assert_eq!(desk.said(), []);
}
