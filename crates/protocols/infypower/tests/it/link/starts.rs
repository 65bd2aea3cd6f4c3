//! Starts: the frame, every kind of answer, and none.

use super::{CODE, ORDER, Rig, ascii, blank, charging, order, pinned, plan, sealed, status, stop};
use device::{ChargeKey, ChargeMode, Command, Event, Outcome};
use infypower::codes::{StartMode, StartResult, StartStrategy, WorkState};
use infypower::message::{Body, Start, StartAnswer};
use infypower::value::Scaled;
use kernel::{Energy, Fen, PortNo};
use std::time::Duration;

pub(super) fn answer(gun_no: u8, result: StartResult) -> Vec<u8> {
    let mut message: StartAnswer = blank(41);
    message.pile_code = ascii(CODE);
    message.gun_no = gun_no;
    message.result = result;
    sealed(8, message)
}

fn started(rig: &Rig) -> Start {
    match rig.last(7) {
        Body::Start(start) => *start,
        other => panic!("{other:?}"),
    }
}

fn confirmed(rig: &Rig) -> Option<bool> {
    rig.find(|event| match event {
        Event::Confirmed(confirmation) => {
            assert_eq!(confirmation.charge, ChargeKey::Order(order()));
            Some(confirmation.accepted)
        }
        _ => None,
    })
}

#[test]
fn a_start_carries_our_number_in_both_fields_and_begins_now() {
    let mut rig = Rig::ready();
    rig.command(Command::StartCharge(plan(2)));
    let start = started(&rig);
    assert_eq!((start.gun_no, start.start_mode), (2, StartMode::Now));
    assert_eq!(start.card_no.text(), ORDER);
    assert_eq!(start.order.get().expect("99 bytes").order_no.text(), ORDER);
    assert_eq!(
        (start.strategy, start.strategy_param),
        (StartStrategy::Full, 0)
    );
    assert_eq!(
        (start.offline_allowed, start.offline_energy_kwh),
        (0, Scaled(0))
    );
    assert_eq!(rig.last_length(7), 99);
}

#[test]
fn strategies_are_by_what_the_charge_is() {
    let cases = [
        (
            ChargeMode::Time,
            Some(3600),
            None,
            0,
            (StartStrategy::Time, 3600),
        ),
        (
            ChargeMode::Energy,
            None,
            Some(Energy(123_400)),
            0,
            (StartStrategy::Energy, 1234),
        ),
        (ChargeMode::Full, None, None, 5000, (StartStrategy::Full, 0)),
    ];
    for (mode, duration_s, energy, fen, expected) in cases {
        let mut rig = Rig::ready();
        let mut wanted = plan(1);
        (wanted.mode, wanted.duration_s, wanted.energy) = (mode, duration_s, energy);
        wanted.amount = Fen(fen);
        rig.command(Command::StartCharge(wanted));
        let start = started(&rig);
        assert_eq!((start.strategy, start.strategy_param), expected);
    }
    // By the prices that the pile holds, by others, and by none that a pile could hold.
    for (price_model, expected) in [
        (Some(7), (StartStrategy::Amount, 5000)),
        (Some(8), (StartStrategy::Full, 0)),
        (None, (StartStrategy::Full, 0)),
    ] {
        let mut priced = Rig::pinned(&[("prices", "7")]);
        let mut wanted = plan(1);
        wanted.amount = Fen(5000);
        wanted.price_model = price_model;
        priced.command(Command::StartCharge(wanted));
        let start = started(&priced);
        assert_eq!((start.strategy, start.strategy_param), expected);
    }
}

#[test]
fn lengths_and_fields_are_as_pinned() {
    for (traits, length, order_no, card_no) in [
        (&[("start_length", "67")][..], 67, None, ORDER),
        (&[("order_field", "card_no")], 99, Some(""), ORDER),
        (
            &[("order_field", "order_no")],
            99,
            Some(ORDER),
            "0012345678",
        ),
        (&[("start_length", "105")], 105, Some(ORDER), ORDER),
    ] {
        let mut rig = Rig::pinned(traits);
        let mut wanted = plan(1);
        wanted.card_no = Some("0012345678".to_owned());
        rig.command(Command::StartCharge(wanted));
        let start = started(&rig);
        assert_eq!(rig.last_length(7), length);
        let found = start
            .order
            .get()
            .map(|order| order.order_no.text().into_owned());
        assert_eq!(found.as_deref(), order_no);
        assert_eq!(start.card_no.text(), card_no);
    }
    let mut rig = Rig::pinned(&[("offline_kwh", "12")]);
    rig.command(Command::StartCharge(plan(1)));
    assert_eq!(started(&rig).offline_energy_kwh, Scaled(1200));
}

#[test]
fn success_is_the_answer_or_the_status_whichever_comes_first() {
    for by_status in [false, true] {
        let mut rig = Rig::ready();
        let id = rig.command(Command::StartCharge(plan(1)));
        assert!(matches!(
            rig.outcome(id),
            Some(Outcome::Written {
                cmd: 7,
                attempt: 1,
                ..
            })
        ));
        rig.wait(Duration::from_mins(1));
        if by_status {
            rig.hear(&sealed(104, charging(1, ORDER, 1, 0)));
        } else {
            rig.hear(&answer(1, StartResult::Success));
        }
        assert!(rig.is_accepted(id));
        assert_eq!(confirmed(&rig), Some(true));
        rig.forget();
        rig.hear(&answer(1, StartResult::Success));
        assert_eq!(rig.events.len(), 0, "once is enough");
    }
}

#[test]
fn every_refusal_has_its_code_and_words() {
    for code in [1, 5, 12, 30, 96, 100_001, 100_002, 100_005, 777] {
        let mut rig = Rig::ready();
        let id = rig.command(Command::StartCharge(plan(1)));
        rig.hear(&answer(1, StartResult::from(code)));
        let refusal = rig.refusal(id);
        assert_eq!(refusal.code, Some(code));
        assert!(!refusal.text.is_empty());
    }
}

#[test]
fn a_gun_that_cannot_be_answers_the_only_start() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::StartCharge(plan(1)));
    rig.hear(&answer(0xCC, StartResult::from(45)));
    assert_eq!(rig.refusal(id).code, Some(45));

    let mut rig = Rig::ready();
    let first = rig.command(Command::StartCharge(plan(1)));
    let mut other = plan(2);
    other.order = "THD1729407600002".parse().expect("a number");
    let second = rig.command(Command::StartCharge(other));
    rig.wait(Duration::from_secs(11));
    rig.hear(&answer(0xCC, StartResult::Success));
    assert!(
        !rig.is_accepted(first) && !rig.is_accepted(second),
        "it could be either"
    );
    rig.hear(&answer(2, StartResult::Success));
    assert!(!rig.is_accepted(first) && rig.is_accepted(second));
}

#[test]
fn a_gun_called_0_may_answer_a_start_as_gun_1() {
    for gun_no in [0, 1] {
        let mut rig = Rig::with(device::Profile::default(), super::sign_in_of_one_gun());
        rig.hear(&sealed(104, status(0, WorkState::Idle)));
        let id = rig.command(Command::StartCharge(plan(1)));
        rig.hear(&answer(gun_no, StartResult::Success));
        assert!(rig.is_accepted(id), "{gun_no}");
    }
}

#[test]
fn an_echoed_order_number_wins_over_the_gun() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::StartCharge(plan(1)));
    rig.hear(&echo(2, ORDER, StartResult::Success));
    assert!(rig.is_accepted(id));
}

/// 8 that gives an order number back.
fn echo(gun_no: u8, order_no: &str, result: StartResult) -> Vec<u8> {
    let mut message: StartAnswer = blank(73);
    message.pile_code = ascii(CODE);
    message.gun_no = gun_no;
    message.result = result;
    message.order.0.as_mut().expect("73 bytes").order_no = ascii(order_no);
    sealed(8, message)
}

#[test]
fn a_late_answer_to_another_order_answers_no_start() {
    let another = "THD1729407600009";
    for result in [StartResult::Success, StartResult::VehicleNotReady] {
        for gun_no in [1, 0xCC] {
            let mut rig = Rig::ready();
            let id = rig.command(Command::StartCharge(plan(1)));
            rig.hear(&echo(gun_no, another, result));
            assert!(matches!(rig.outcome(id), Some(Outcome::Written { .. })));
            rig.hear(&echo(1, ORDER, StartResult::Success));
            assert!(rig.is_accepted(id));
            rig.hear(&echo(1, another, result));
            assert_eq!(confirmed(&rig), Some(true), "nor one that was accepted");
        }
    }
    let mut rig = Rig::ready();
    let id = rig.command(Command::StartCharge(plan(1)));
    rig.hear(&echo(1, "?garbage", StartResult::Success));
    assert!(
        rig.is_accepted(id),
        "an echo that is no order number says nothing"
    );
}

#[test]
fn nothing_for_130_seconds_is_a_lapse_and_what_begins_afterwards_is_stopped() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::StartCharge(plan(1)));
    for _ in 0..12 {
        rig.wait(Duration::from_secs(10));
        rig.hear(&super::heartbeat(1));
    }
    assert!(matches!(rig.outcome(id), Some(Outcome::Written { .. })));
    rig.wait(Duration::from_secs(10));
    assert_eq!(rig.outcome(id), Some(Outcome::Lapsed { attempts: 1 }));
    assert!(!rig.said().contains(&5), "nothing shows that it charges");
    rig.hear(&sealed(104, charging(1, ORDER, 5, 0)));
    assert_eq!(rig.count("alarm"), 1);
    let Body::Control(control) = rig.last(5) else {
        panic!("a stop");
    };
    assert_eq!(
        (control.gun_no, control.params.0.as_slice()),
        (1, &[0x55][..])
    );
    rig.hear(&sealed(104, charging(1, ORDER, 6, 0)));
    assert_eq!(rig.said().iter().filter(|cmd| **cmd == 5).count(), 1);
}

#[test]
fn already_charging_is_a_success_if_it_is_this_order() {
    for (charges, accepted) in [(ORDER, true), ("THD1729407600009", false)] {
        for code in [13, 100_003] {
            let mut rig = Rig::ready();
            let id = rig.command(Command::StartCharge(plan(1)));
            rig.hear(&answer(1, StartResult::from(code)));
            assert_eq!(rig.said(), [7, 5], "it is asked what it does");
            rig.hear(&sealed(104, charging(1, charges, 60, 10)));
            if accepted {
                assert!(rig.is_accepted(id));
            } else {
                assert_eq!(rig.refusal(id).code, Some(code));
            }
        }
    }
}

#[test]
fn already_charging_without_a_status_is_refused_in_the_end() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::StartCharge(plan(1)));
    rig.hear(&answer(1, StartResult::AlreadyCharging));
    rig.wait(Duration::from_secs(21));
    assert_eq!(rig.refusal(id).code, Some(13));
}

#[test]
fn a_start_that_may_have_been_delivered_is_asked_about_first() {
    for (seen, again) in [
        (sealed(104, charging(1, ORDER, 60, 10)), false),
        (sealed(104, status(1, WorkState::Idle)), true),
    ] {
        let mut rig = Rig::ready();
        let id = rig.send(Command::StartCharge(plan(1)), true);
        assert_eq!(rig.said(), [5]);
        rig.hear(&seen);
        assert_eq!(rig.said().contains(&7), again);
        assert_eq!(rig.is_accepted(id), !again);
    }
    let mut rig = Rig::ready();
    let id = rig.send(Command::StartCharge(plan(1)), true);
    rig.hear(&sealed(104, charging(1, "THD1729407600009", 60, 10)));
    assert_eq!(rig.refusal(id).code, None);
}

#[test]
fn a_state_of_failure_fails_the_start() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::StartCharge(plan(1)));
    rig.hear(&sealed(104, status(1, WorkState::StartFailed)));
    rig.refusal(id);
    let mut rig = Rig::ready();
    rig.command(Command::StartCharge(plan(1)));
    rig.hear(&answer(1, StartResult::Success));
    rig.hear(&sealed(104, status(1, WorkState::StartFailed)));
    assert_eq!(
        confirmed(&rig),
        Some(false),
        "accepted, and failed all the same"
    );
    let mut rig = Rig::ready();
    rig.command(Command::StartCharge(plan(1)));
    rig.hear(&answer(1, StartResult::Success));
    rig.hear(&answer(1, StartResult::PileFault));
    assert_eq!(confirmed(&rig), Some(false), "ended at once");
}

#[test]
fn a_start_is_not_written_before_the_sign_in() {
    let mut rig = Rig::new();
    rig.hear(&super::heartbeat(1));
    let phy = rig.identified.clone().expect("named");
    rig.admit(&phy, device::Admission::Known(device::Profile::default()));
    let start = rig.command(Command::StartCharge(plan(1)));
    let stopped = rig.command(stop(1));
    assert_eq!(rig.said(), [101], "answers only");
    for id in [start, stopped] {
        assert_eq!(rig.refusal(id).text, "the pile has not signed in");
    }
    let query = rig.command(Command::QueryTariff);
    assert_eq!(rig.outcome(query), None, "waits");
    rig.hear(&sealed(106, super::sign_in()));
    assert_eq!(rig.said(), [101, 105, 1101]);
}

#[test]
fn a_pile_whose_dialect_is_known_may_be_commanded_after_a_mere_reconnect() {
    let mut rig = Rig::new();
    rig.hear(&super::heartbeat(1));
    let phy = rig.identified.clone().expect("named");
    rig.admit(
        &phy,
        device::Admission::Known(pinned(&[("dialect", "infypower-3.0")])),
    );
    rig.command(Command::StartCharge(plan(1)));
    assert_eq!(rig.said(), [101, 7]);
}

#[test]
fn an_assumed_dialect_is_no_reason_to_command() {
    let assuming = super::sealed(109, super::lvneng_status(WorkState::Idle));
    let mut rig = Rig::new();
    rig.hear(&assuming);
    let phy = rig.identified.clone().expect("named");
    rig.admit(&phy, device::Admission::Known(device::Profile::default()));
    let start = rig.command(Command::StartCharge(plan(1)));
    assert_eq!(rig.said(), [103], "answers only");
    assert_eq!(rig.refusal(start).text, "the pile has not signed in");

    let mut learnt = device::Profile::default();
    learnt.learnt.insert("dialect", "lvneng-3.4");
    for (signed_in_once, said) in [(false, &[103][..]), (true, &[103, 7])] {
        let mut profile = learnt.clone();
        if signed_in_once {
            profile.learnt.insert("protocol_version", "34");
        }
        let mut rig = Rig::new();
        rig.hear(&assuming);
        rig.admit(&phy, device::Admission::Known(profile));
        rig.command(Command::StartCharge(plan(1)));
        assert_eq!(rig.said(), said);
    }
}

#[test]
fn a_stop_calls_off_a_start_that_was_not_written() {
    let mut rig = Rig::ready();
    rig.command(Command::QueryTariff);
    let start = rig.command(Command::StartCharge(plan(1)));
    assert_eq!(rig.outcome(start), None, "one command at a time");
    rig.command(stop(1));
    assert_eq!(rig.refusal(start).text, "stopped before it was sent");
    assert!(!rig.said().contains(&7));
}

#[test]
fn what_a_pile_cannot_be_told_is_refused() {
    let mut rig = Rig::ready();
    let mut by_power = plan(1);
    by_power.mode = ChargeMode::Power;
    let id = rig.command(Command::StartCharge(by_power));
    rig.refusal(id);
    let id = rig.command(Command::StartCharge(device::ChargePlan {
        port: PortNo(3),
        ..plan(1)
    }));
    assert!(rig.refusal(id).text.contains("1 to 2"), "it has two guns");
}
