//! The v8.6 dialect, frame by frame.

use super::{Desk, order, plan, start, stop};
use bkv::Bkv;
use device::{
    Answer, CardRefusal, CardVerdict, ChargeKey, ChargeMode, ChargePlan, Command, EndReason, Event,
    Fault, Outcome, ParamValue, PortState, Protocol as _,
};
use kernel::{Energy, Fen, PortNo, Power};

fn text(sequence: u16) -> String {
    hex::encode(order(sequence).to_string())
}

fn by(mode: ChargeMode) -> ChargePlan {
    ChargePlan {
        mode,
        duration_s: None,
        ..plan(3, 1)
    }
}

#[test]
fn starts_of_all_modes_and_a_stop() {
    let energy = ChargePlan {
        energy: Some(Energy::from_wh(1500)),
        ..by(ChargeMode::Energy)
    };
    let power = ChargePlan {
        power_limit: Some(Power(2000)),
        ..by(ChargeMode::Power)
    };
    for (command, body) in [
        (start(3, 1), "010000006403010e10"),
        (Command::StartCharge(energy), "020000006403010096"),
        (Command::StartCharge(power), "0300000064030107d0"),
        (
            Command::StartCharge(by(ChargeMode::Full)),
            "040000006403010000",
        ),
        (stop(3, 1), "010000000003000000"),
    ] {
        let mut desk = Desk::v86();
        desk.command(command);
        assert_eq!(desk.last().seq, 101);
        let body = format!("{}{}", body, text(1));
        assert_eq!(desk.said(), [(0x0082, body)]);
    }
}

#[test]
fn an_answer_accepts_the_order_and_the_confirmation_begins_it() {
    let mut desk = Desk::v86();
    let id = desk.command(start(3, 1));
    desk.said();
    desk.up(0x0082, 101, &format!("00{}0300", text(1)));
    let accepted = Outcome::Accepted {
        port: Some(PortNo(3)),
        session: None,
        data: None,
    };
    assert_eq!(desk.outcome(id), &accepted);
    assert_eq!(desk.named("confirm").len(), 0);
    desk.stores = false;
    desk.up(0x0004, 9, &format!("{}0300", text(1)));
    assert_eq!(desk.said(), [], "not before it is stored");
    match desk.named("confirm")[..] {
        [Event::Confirmed(confirmation)] => {
            assert_eq!(confirmation.charge, ChargeKey::Order(order(1)));
            assert!(confirmation.accepted);
        }
        ref other => panic!("{other:?}"),
    }
    desk.resolve(desk.receipts[0], Answer::Stored);
    assert_eq!(desk.last().seq, 9);
    assert_eq!(desk.said(), [(0x0004, format!("{}00", text(1)))]);
    desk.up(0x0004, 10, &format!("{}0301", text(1)));
    match desk.named("confirm")[..] {
        [_, Event::Confirmed(confirmation)] => assert!(!confirmation.accepted),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_is_repeated_three_times_every_10_s_with_its_number() {
    let mut desk = Desk::v86();
    let id = desk.command(start(3, 1));
    for _ in 0..6 {
        desk.seconds(10);
        desk.up(0x0021, 0, "089c0200001419");
    }
    let starts: Vec<_> = desk
        .downs
        .iter()
        .filter(|down| down.cmd == 0x0082)
        .collect();
    assert_eq!(starts.len(), 4);
    assert!(
        starts
            .iter()
            .all(|down| down.seq == 101 && down.raw == starts[0].raw)
    );
    let gaps: Vec<i64> = starts
        .windows(2)
        .map(|pair| pair[1].at.0 - pair[0].at.0)
        .collect();
    assert_eq!(gaps, [10_000, 10_000, 10_000]);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 4 });
}

#[test]
fn a_start_is_sent_again_after_a_reconnect_because_the_device_knows_orders() {
    let mut desk = Desk::v86();
    desk.dispatch(start(3, 1), true);
    assert_eq!(desk.last().cmd, 0x0082);
}

#[test]
fn a_start_is_not_repeated_after_its_stop() {
    let mut desk = Desk::v86();
    let begun = desk.command(start(3, 1));
    let ended = desk.command(stop(3, 1));
    desk.seconds(10);
    assert_eq!(desk.outcome(begun), &Outcome::Lapsed { attempts: 1 });
    desk.up(0x0082, 102, &format!("00{}0300", text(1)));
    assert!(desk.accepted(ended));
    desk.said();
    desk.seconds(25);
    assert_eq!(desk.said(), []);
}

#[test]
fn a_refusal_carries_the_devices_code() {
    let mut desk = Desk::v86();
    let id = desk.command(start(3, 1));
    desk.up(0x0082, 101, &format!("04{}0300", text(1)));
    match desk.outcome(id) {
        Outcome::Refused(refusal) => assert_eq!(refusal.code, Some(4)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_port_was_chosen_when_the_answer_says_255() {
    let mut desk = Desk::v86();
    let id = desk.command(start(3, 1));
    desk.up(0x0082, 101, &format!("00{}ff00", text(1)));
    assert!(matches!(
        desk.outcome(id),
        Outcome::Accepted { port: None, .. }
    ));
}

#[test]
fn ports_beyond_16_and_255_are_never_sent() {
    let mut desk = Desk::v86();
    for port in [0, 17, 255, 256] {
        for command in [
            start(port, 1),
            stop(port, 1),
            Command::QueryPort {
                port: Some(PortNo(port)),
            },
        ] {
            let id = desk.command(command);
            assert!(desk.refusal(id).contains("port_no"), "{port}");
        }
    }
    assert_eq!(desk.said(), []);
}

#[test]
fn a_status_heartbeat_is_answered_at_once() {
    let mut desk = Desk::v86();
    desk.stores = false;
    desk.up(0x0021, 4, "089c04010512001419");
    assert_eq!(desk.last().seq, 4);
    assert_eq!(desk.said(), [(0x0021, "00".to_owned())]);
    let (vitals, ports) = desk
        .named("status")
        .into_iter()
        .find_map(|event| match event {
            Event::Status { vitals, ports } => Some((*vitals, ports.clone())),
            _ => None,
        })
        .expect("ports");
    assert_eq!(vitals.temperature_c, Some(25), "the device's own");
    assert!(ports.iter().all(|port| port.temperature_c.is_none()));
    let states: Vec<_> = ports.iter().map(|port| (port.port.0, port.state)).collect();
    assert_eq!(
        states,
        [
            (1, PortState::Charging),
            (2, PortState::Fault),
            (3, PortState::Fault),
            (4, PortState::Idle),
        ]
    );
    assert_eq!(ports[1].faults, [Fault::ShortCircuit]);
    assert_eq!(ports[2].faults, [Fault::OverTemperature]);
}

#[test]
fn registration_is_answered_like_a_heartbeat() {
    let mut desk = Desk::v86();
    desk.up(0x0020, 2, super::HEARTBEAT);
    assert_eq!(desk.said(), [(0x0000, "20241020150000".to_owned())]);
}

#[test]
fn progress_is_not_answered_and_may_be_short() {
    let mut desk = Desk::v86();
    let whole = format!("{}030e103a9d00963a9e6714b08000050119089d", text(1));
    desk.up(0x0006, 0, &whole);
    match desk.named("progress")[..] {
        [Event::Progress(progress)] => {
            assert_eq!(
                (progress.duration_s, progress.energy),
                (3600, Energy::from_wh(1500))
            );
            assert_eq!(progress.power, Some(Power(15005)));
            assert_eq!(progress.current.map(|current| current.0 / 100), Some(68));
        }
        ref other => panic!("{other:?}"),
    }
    assert_eq!(desk.named("status").len(), 1);
    desk.up(0x0006, 0, &whole[..50]);
    assert_eq!(desk.named("progress").len(), 2);
    assert_eq!(desk.named("status").len(), 1, "it did not say");
    assert_eq!(desk.said(), []);
}

fn settlement(sequence: u16, reason: u8) -> String {
    format!(
        "{}0300000e1000960064{reason:02x}3a9e6714b080",
        text(sequence)
    )
}

#[test]
fn a_settlement_is_answered_once_it_is_durable_and_again_when_repeated() {
    let mut desk = Desk::v86();
    desk.stores = false;
    for seq in [5, 6] {
        desk.up(0x0003, seq, &settlement(1, 3));
        assert_eq!(desk.said(), []);
    }
    assert_eq!(desk.named("record").len(), 2, "each is handed on");
    let receipts = desk.receipts.clone();
    for (receipt, seq) in receipts.into_iter().zip([5, 6]) {
        desk.resolve(receipt, Answer::Stored);
        assert_eq!(desk.last().seq, seq);
        assert_eq!(desk.said(), [(0x0003, format!("{}00", text(1)))]);
    }
    match desk.named("record")[..] {
        [Event::Ended(report), _] => {
            assert_eq!(report.charge, ChargeKey::Order(order(1)));
            assert_eq!(report.reason, EndReason::RemoteStop);
            assert_eq!(report.device_amount, Some(Fen(100)));
        }
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn orders_of_other_platforms_are_kept_as_they_are_and_answered() {
    let mut desk = Desk::v86();
    let foreign = "41".repeat(16);
    desk.up(0x0003, 5, &settlement(1, 0).replace(&text(1), &foreign));
    match desk.named("record")[..] {
        [Event::Ended(report)] => {
            assert_eq!(report.charge, ChargeKey::Serial("A".repeat(16)));
        }
        ref other => panic!("{other:?}"),
    }
    assert_eq!(desk.said(), [(0x0003, format!("{foreign}00"))]);
}

#[test]
fn every_verdict_on_a_card() {
    let refused = |reason| CardVerdict::Refused {
        reason,
        balance: Fen(5),
    };
    for (verdict, result) in [
        (
            CardVerdict::Accepted {
                balance: Fen(5),
                plan: None,
            },
            0,
        ),
        (refused(CardRefusal::Unknown), 1),
        (refused(CardRefusal::Blocked), 2),
        (refused(CardRefusal::BalanceTooLow), 3),
        (refused(CardRefusal::PortUnavailable), 4),
        (refused(CardRefusal::NotServed), 5),
    ] {
        let mut desk = Desk::v86();
        desk.stores = false;
        desk.up(0x0002, 8, "3b9aca010300000000");
        match desk.named("card")[..] {
            [Event::CardSwiped(swipe)] => assert_eq!(swipe.card_no, "1000000001"),
            ref other => panic!("{other:?}"),
        }
        desk.resolve(desk.receipts[0], Answer::Card(verdict));
        assert_eq!(desk.last().seq, 8);
        assert_eq!(
            desk.said(),
            [(0x0002, format!("3b9aca01{result:02x}00000005"))]
        );
    }
}

fn params(pairs: &[(&str, i64)], via: Option<u16>) -> Command {
    let value = |(id, value): &(&str, i64)| ParamValue {
        id: (*id).to_owned(),
        value: (*value).into(),
    };
    Command::SetParams {
        socket: None,
        values: pairs.iter().map(value).collect(),
        via,
    }
}

#[test]
fn parameters_go_one_by_one_each_after_the_answer_to_the_last() {
    let mut desk = Desk::v86();
    let id = desk.command(params(&[("1", 10), ("2", 0xFFFF_FFFF)], None));
    assert_eq!(desk.said(), [(0x0083, "010000000a".to_owned())]);
    desk.seconds(1);
    assert_eq!(desk.said(), []);
    desk.up(0x0083, 101, "0001");
    assert!(desk.is_open(id));
    let number = desk.last().seq;
    assert_eq!(desk.said(), [(0x0083, "02ffffffff".to_owned())]);
    desk.up(0x0083, number, "0002");
    assert!(desk.accepted(id));
}

#[test]
fn a_refused_parameter_ends_it_and_is_named() {
    let mut desk = Desk::v86();
    let id = desk.command(params(&[("1", 10), ("2", 20), ("3", 30)], Some(0x88)));
    desk.seconds(1);
    desk.up(0x0088, 101, "0001");
    let number = desk.last().seq;
    desk.up(0x0088, number, "0702");
    assert_eq!(desk.refusal(id), "device refused parameter 2");
    desk.said();
    desk.seconds(20);
    assert_eq!(desk.said(), []);
}

#[test]
fn queries_and_changes() {
    let mut desk = Desk::v86();
    let all = desk.command(Command::QueryPort { port: None });
    assert_eq!(desk.said(), [(0x0081, "ff".to_owned())]);
    desk.up(0x0081, 101, "089c0200001419");
    assert!(desk.accepted(all));
    assert_eq!(desk.named("status").len(), 1);
    assert_eq!(desk.said(), [], "an answer is not answered");
    desk.pass(300);
    let change = desk.command(Command::AdjustCharge {
        port: PortNo(3),
        order: order(1),
        duration_s: Some(7200),
        energy: None,
    });
    assert_eq!(desk.said(), [(0x008A, format!("{}031c200000", text(1)))]);
    desk.up(0x008A, 102, &format!("00{}", text(1)));
    assert!(desk.accepted(change));
}

#[test]
fn what_the_dialect_has_not_is_refused() {
    let profile = super::learnt("dialect", "v8.6");
    let check = |command: Command| {
        let found = Bkv.check(&profile, &command);
        found.expect_err("refused").to_string()
    };
    let long = ChargePlan {
        duration_s: Some(65_536),
        ..plan(1, 1)
    };
    assert!(check(Command::StartCharge(long)).contains("65535"));
    assert!(check(params(&[("1", 1)], Some(0x8A))).contains("0x83 to 0x89"));
    assert!(check(params(&[("256", 1)], None)).contains("id"));
    assert!(check(params(&[("1", -1)], None)).contains("value"));
    assert!(check(Command::QueryParams { socket: None }).contains("read"));
    let nothing = Command::AdjustCharge {
        port: PortNo(1),
        order: order(1),
        duration_s: None,
        energy: None,
    };
    assert!(check(nothing).contains("must be given"));
}
