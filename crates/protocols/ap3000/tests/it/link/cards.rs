//! Cards: what is asked, what is answered, what follows.

use super::{Desk, SOCKET, order_hex, start};
use device::{Answer, CardRefusal, CardVerdict, Event};
use kernel::{Fen, PortNo};

const SWIPE: &str = "7a8d05dd00010000";

fn waiting() -> Desk {
    let mut desk = Desk::new();
    desk.stores = false;
    desk
}

fn accepted(balance: i64) -> Answer {
    Answer::Card(CardVerdict::Accepted {
        balance: Fen(balance),
        plan: None,
    })
}

#[test]
fn a_swipe_waits_for_the_verdict_and_the_start_follows() {
    let mut desk = waiting();
    desk.up_as(SOCKET, 1, 0x02, SWIPE);
    assert!(desk.downs.is_empty());
    let Some(Event::CardSwiped(swipe)) = desk.named("card").pop().cloned() else {
        panic!("swiped");
    };
    assert_eq!(swipe.card_no, "2056062429");
    assert_eq!(swipe.physical_no.as_deref(), Some("7A8D05DD"));
    assert_eq!((swipe.port, swipe.card_balance), (PortNo(2), None));
    let receipt = desk.receipts[0];
    desk.resolve(receipt, accepted(10_000));
    desk.command(start(2, 1));
    assert_eq!(desk.said(), [(0x02, "7a8d05dd00001027000001".to_owned())]);
    desk.pass(499);
    assert!(desk.downs.is_empty());
    desk.pass(1);
    assert_eq!(desk.written(0x82), 1, "half a second after the answer");
}

#[test]
fn refusals_are_spoken_as_far_as_the_device_can() {
    let cases = [
        (CardRefusal::Unknown, 0x01),
        (CardRefusal::Blocked, 0x01),
        (CardRefusal::BalanceTooLow, 0x06),
        (CardRefusal::Expired, 0x07),
        (CardRefusal::PortUnavailable, 0x08),
        (CardRefusal::NotAllowedHere, 0x0B),
        (CardRefusal::NotServed, 0x0C),
        (CardRefusal::InUse, 0x04),
        (CardRefusal::PasswordWrong, 0x01),
        (CardRefusal::VehicleUnknown, 0x01),
        (CardRefusal::Unsettled, 0x06),
        (CardRefusal::DeviceDisabled, 0x0C),
    ];
    for (reason, state) in cases {
        let mut desk = waiting();
        desk.up(SOCKET, 0x02, SWIPE);
        let refused = Answer::Card(CardVerdict::Refused {
            reason,
            balance: Fen(35),
        });
        let receipt = desk.receipts[0];
        desk.resolve(receipt, refused);
        assert_eq!(desk.last().data, format!("7a8d05dd{state:02x}002300000001"));
    }
}

#[test]
fn money_is_spoken_as_far_as_it_goes() {
    for (balance, spoken) in [(-5, "00000000"), (i64::MAX, "ffffffff")] {
        let mut desk = waiting();
        desk.up(SOCKET, 0x02, SWIPE);
        let receipt = desk.receipts[0];
        desk.resolve(receipt, accepted(balance));
        assert_eq!(desk.last().data[12..20], *spoken);
    }
    let mut desk = waiting();
    desk.up(SOCKET, 0x02, SWIPE);
    let receipt = desk.receipts[0];
    let ask = Answer::Card(CardVerdict::AskPassword { balance: Fen(1) });
    desk.resolve(receipt, ask);
    assert_eq!(desk.last().data[8..10], *"01", "the device has no keys");
}

#[test]
fn a_question_for_the_balance_starts_nothing() {
    let mut desk = waiting();
    desk.up(SOCKET, 0x02, "7a8d05dd00ff000070aa146700");
    assert!(desk.named("card").is_empty());
    assert_eq!(desk.named("balance").len(), 1);
    let receipt = desk.receipts[0];
    desk.resolve(receipt, Answer::Balance(Fen(35)));
    assert_eq!(desk.last().data, "7a8d05dd000023000000ff");
}

#[test]
fn other_kinds_of_cards() {
    let mut desk = waiting();
    desk.up(
        SOCKET,
        0x02,
        "000000000403000 0acaa1467103130303030303030303030303030303a"
            .replace(' ', "")
            .as_str(),
    );
    desk.up(SOCKET, 0x02, "0000000102030f27");
    let swipes: Vec<_> = desk
        .named("card")
        .into_iter()
        .map(|event| match event {
            Event::CardSwiped(swipe) => swipe.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(swipes[0].card_no, "100000000000000:");
    assert_eq!(swipes[0].physical_no, None);
    assert_eq!(swipes[1].card_no, "0000000001");
    assert_eq!(swipes[1].card_balance, Some(Fen(9_999)));
}

#[test]
fn a_repeated_swipe_is_asked_once_and_answered_alike() {
    let mut desk = waiting();
    desk.up_as(SOCKET, 7, 0x02, SWIPE);
    desk.up_as(SOCKET, 7, 0x02, SWIPE);
    assert_eq!(desk.named("card").len(), 1);
    let receipt = desk.receipts[0];
    desk.resolve(receipt, accepted(100));
    desk.up_as(SOCKET, 7, 0x02, SWIPE);
    let said = desk.said();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0], said[1]);
    // Other data under the same number is another swipe.
    desk.up_as(SOCKET, 7, 0x02, "7a8d05de00010000");
    assert_eq!(desk.named("card").len(), 2);
    // And so is the same much later.
    desk.seconds(61);
    desk.up_as(SOCKET, 7, 0x02, SWIPE);
    assert_eq!(desk.named("card").len(), 3);
}

#[test]
fn silence_leaves_the_question_open() {
    let mut desk = waiting();
    desk.up_as(SOCKET, 7, 0x02, SWIPE);
    let receipt = desk.receipts[0];
    desk.resolve(receipt, Answer::Silence);
    desk.up_as(SOCKET, 7, 0x02, SWIPE);
    assert_eq!(desk.named("card").len(), 2, "asked again");
    assert!(desk.downs.is_empty());
    let _ = order_hex(1);
}
