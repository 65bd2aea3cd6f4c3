//! Stops: only what still runs, repeated, watched.

use super::starts::answer;
use super::{CODE, ORDER, Rig, START, ascii, bcd, blank, charging, plan, sealed, status, stop};
use device::{ChargeKey, Command, EndReason, Event, Outcome};
use infypower::codes::{CommandResult, ControlAddress, StartResult, StartType, WorkState};
use infypower::message::ControlAnswer;
use kernel::PortNo;
use std::time::Duration;

pub(super) fn control(gun_no: u8, address: ControlAddress, result: u8) -> Vec<u8> {
    let mut message: ControlAnswer = blank(43);
    message.pile_code = ascii(CODE);
    message.gun_no = gun_no;
    message.start_addr = address;
    message.count = 1;
    message.result = CommandResult::from(result);
    sealed(6, message)
}

fn stops(rig: &Rig) -> usize {
    rig.said().iter().filter(|cmd| **cmd == 5).count()
}

fn running() -> Rig {
    let mut rig = Rig::ready();
    rig.hear(&sealed(104, charging(1, ORDER, 60, 100)));
    rig.forget();
    rig
}

#[test]
fn a_stop_is_accepted_with_the_answer() {
    let mut rig = running();
    let id = rig.command(stop(1));
    rig.hear(&control(1, ControlAddress::Stop, 0));
    assert!(rig.is_accepted(id));
    assert_eq!(stops(&rig), 1);
}

#[test]
fn only_the_order_that_runs_is_stopped() {
    for other in [
        sealed(104, charging(1, "THD1729407600009", 60, 100)),
        sealed(104, status(1, WorkState::Idle)),
        sealed(104, status(1, WorkState::Finished)),
    ] {
        let mut rig = Rig::ready();
        rig.hear(&other);
        let id = rig.command(stop(1));
        assert_eq!(stops(&rig), 0);
        assert_eq!(rig.refusal(id).text, "the gun does not run this charge");
    }
}

#[test]
fn what_was_accepted_and_is_not_shown_yet_can_be_stopped() {
    let mut rig = Rig::ready();
    rig.hear(&sealed(104, status(1, WorkState::Idle)));
    rig.command(Command::StartCharge(plan(1)));
    rig.command(stop(1));
    assert_eq!(stops(&rig), 1, "its start is on the way");
    let mut rig = Rig::ready();
    rig.command(Command::StartCharge(plan(1)));
    rig.hear(&answer(1, StartResult::Success));
    rig.hear(&sealed(104, status(1, WorkState::Preparing)));
    rig.command(stop(1));
    assert_eq!(stops(&rig), 1);
}

/// Addresses of the controls that were written.
fn controls(rig: &Rig) -> Vec<ControlAddress> {
    let down = rig
        .notes
        .iter()
        .filter(|note| note.direction == device::Direction::Down && note.cmd == 5);
    down.map(|note| {
        let address = note.raw[13..17].try_into().expect("four bytes");
        ControlAddress::from(u32::from_le_bytes(address))
    })
    .collect()
}

#[test]
fn a_gun_that_has_not_reported_is_asked_before_it_is_stopped() {
    use ControlAddress::{StatusNow, Stop};
    let another = sealed(104, charging(1, "THD1729407600009", 60, 100));
    for (seen, stopped) in [
        (sealed(104, charging(1, ORDER, 60, 100)), true),
        (another, false),
        (sealed(104, status(1, WorkState::Idle)), false),
    ] {
        let mut rig = Rig::ready();
        let id = rig.command(stop(1));
        assert_eq!(controls(&rig), [StatusNow]);
        assert_eq!(rig.outcome(id), None, "not written yet");
        rig.hear(&control(1, StatusNow, 0));
        rig.hear(&sealed(104, status(2, WorkState::Idle)));
        assert_eq!(controls(&rig), [StatusNow], "not the gun in question");
        rig.hear(&seen);
        if stopped {
            assert_eq!(controls(&rig), [StatusNow, Stop]);
            let written = |attempt| Outcome::Written {
                cmd: 5,
                msg_id: 9,
                attempt,
            };
            assert_eq!(rig.outcome(id), Some(written(1)));
            rig.wait(Duration::from_secs(11));
            assert_eq!(rig.outcome(id), Some(written(2)), "repeated as ever");
            assert_eq!(controls(&rig), [StatusNow, Stop, Stop]);
        } else {
            assert_eq!(controls(&rig), [StatusNow]);
            assert_eq!(rig.refusal(id).text, "the gun does not run this charge");
        }
    }
}

#[test]
fn a_pile_that_answers_no_question_is_stopped_all_the_same() {
    use ControlAddress::{StatusNow, Stop};
    let mut rig = Rig::ready();
    rig.command(stop(1));
    rig.wait(Duration::from_secs(4));
    assert_eq!(controls(&rig), [StatusNow]);
    rig.wait(Duration::from_secs(1));
    assert_eq!(controls(&rig), [StatusNow, Stop]);
    let mut rig = Rig::ready();
    rig.command(stop(1));
    rig.hear(&control(1, StatusNow, 1));
    assert_eq!(controls(&rig), [StatusNow, Stop], "it refuses to tell");
}

#[test]
fn the_first_status_may_call_the_gun_0() {
    let mut rig = Rig::with(device::Profile::default(), super::sign_in_of_one_gun());
    rig.command(stop(1));
    rig.hear(&sealed(104, charging(0, ORDER, 60, 100)));
    let super::Body::Control(written) = rig.last(5) else {
        panic!("a stop");
    };
    assert_eq!(
        (written.gun_no, written.start_addr),
        (0, ControlAddress::Stop)
    );
}

#[test]
fn what_was_accepted_on_this_connection_is_stopped_at_once() {
    let mut rig = Rig::ready();
    rig.command(Command::StartCharge(plan(1)));
    rig.hear(&answer(1, StartResult::Success));
    rig.command(stop(1));
    assert_eq!(controls(&rig), [ControlAddress::Stop]);
}

#[test]
fn a_session_of_the_pile_is_stopped_by_its_name() {
    let mut rig = Rig::ready();
    let mut message = charging(1, "", 60, 100);
    message.start_type = StartType::Card;
    message.card_no = ascii("0012345678");
    message.start_time = bcd(START);
    rig.hear(&sealed(104, message));
    let name = |text: &str| Command::StopCharge {
        port: PortNo(1),
        order: super::order(),
        serial: Some(text.to_owned()),
    };
    let wrong = rig.command(name("0012345678@20241020140000"));
    rig.refusal(wrong);
    rig.command(name("0012345678@20241020150000"));
    assert_eq!(stops(&rig), 1);
}

#[test]
fn no_answer_is_asked_again_twice_and_then_an_alarm() {
    let mut rig = running();
    let id = rig.command(stop(1));
    rig.wait(Duration::from_secs(29));
    assert_eq!(stops(&rig), 3);
    rig.wait(Duration::from_secs(2));
    assert_eq!(rig.outcome(id), Some(Outcome::Lapsed { attempts: 3 }));
    assert_eq!(rig.count("alarm"), 1);
}

#[test]
fn a_refusal_is_asked_again_twice_and_then_an_alarm() {
    let mut rig = running();
    let id = rig.command(stop(1));
    for _ in 0..3 {
        rig.hear(&control(1, ControlAddress::Stop, 1));
    }
    assert_eq!(stops(&rig), 3);
    assert_eq!(rig.refusal(id).code, Some(1));
    assert_eq!(rig.count("alarm"), 1);
}

#[test]
fn a_repeat_is_not_written_when_another_charge_runs_by_then() {
    let mut rig = running();
    let id = rig.command(stop(1));
    rig.hear(&sealed(104, charging(1, "THD1729407600009", 1, 0)));
    rig.wait(Duration::from_secs(11));
    assert_eq!(stops(&rig), 1);
    assert!(rig.is_accepted(id), "what it was for is over");
}

#[test]
fn a_yes_that_is_not_obeyed_is_said_again_twice() {
    let mut rig = running();
    rig.command(stop(1));
    rig.hear(&control(1, ControlAddress::Stop, 0));
    let mut seconds = 60;
    for _ in 0..12 {
        rig.wait(Duration::from_secs(15));
        seconds += 15;
        rig.hear(&sealed(104, charging(1, ORDER, seconds, seconds)));
        if rig.said().last() == Some(&5) {
            rig.hear(&control(1, ControlAddress::Stop, 0));
        }
    }
    assert_eq!(stops(&rig), 3);
    assert_eq!(rig.count("alarm"), 1);
}

#[test]
fn a_yes_that_nobody_waits_for_is_watched_too() {
    for (late, said_again) in [(Some(0), true), (Some(1), false), (None, false)] {
        let mut rig = running();
        rig.command(stop(1));
        rig.wait(Duration::from_secs(31));
        assert_eq!(stops(&rig), 3, "given up");
        if let Some(result) = late {
            rig.hear(&control(1, ControlAddress::Stop, result));
        }
        rig.wait(Duration::from_secs(30));
        rig.hear(&sealed(104, charging(1, ORDER, 121, 121)));
        assert_eq!(stops(&rig) == 4, said_again, "{late:?}");
    }
    let mut rig = running();
    rig.hear(&control(1, ControlAddress::Stop, 0));
    rig.wait(Duration::from_secs(30));
    rig.hear(&sealed(104, charging(1, ORDER, 90, 90)));
    assert_eq!(stops(&rig), 0, "nobody stopped it");
}

#[test]
fn a_stop_waits_for_no_start_and_no_question() {
    let mut rig = running();
    rig.command(Command::QueryPort {
        port: Some(PortNo(2)),
    });
    rig.command(stop(1));
    assert_eq!(stops(&rig), 2);
}

#[test]
fn a_stop_of_ours_explains_a_record_without_a_reason() {
    for (stopped, reason) in [(true, EndReason::RemoteStop), (false, EndReason::Normal)] {
        let mut rig = running();
        if stopped {
            rig.command(stop(1));
        }
        rig.hear(&sealed(202, super::record(ORDER)));
        let end = rig.find(|event| match event {
            Event::Ended(end) => Some((end.charge.clone(), end.reason, end.reason_raw)),
            _ => None,
        });
        let charge = ChargeKey::Order(super::order());
        assert_eq!(end, Some((charge, reason, 0)));
    }
}
