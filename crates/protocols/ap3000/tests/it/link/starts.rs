//! Starts and stops: what is written, and what each answer and each silence means.

use super::{Desk, OTHER, SOCKET, learnt, order, order_hex, pinned, plan, start, stop};
use device::{ChargeKey, ChargeMode, ChargePlan, Command, Event, Outcome};
use kernel::{Energy, PortNo, Power};

fn confirmed(desk: &Desk) -> usize {
    desk.named("confirm").len()
}

#[test]
fn a_start_by_time_is_the_documented_frame() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    let wanted = format!(
        "00e80300000001100e{}00000000000000000200010000",
        order_hex(1)
    );
    assert_eq!(desk.said(), [(0x82, wanted)]);
    assert!(desk.is_open(id));
}

#[test]
fn energy_full_and_power_are_mapped_to_modes_of_the_wire() {
    let mut desk = Desk::new();
    let plans = [
        (
            ChargePlan {
                mode: ChargeMode::Energy,
                energy: Some(Energy::from_centi_kwh(500)),
                duration_s: Some(36_000),
                power_limit: Some(Power::from_watts(800)),
                ..plan(2, 2)
            },
            format!("02e80300000101f401{}a08c401f00000000020001", order_hex(2)),
        ),
        (
            ChargePlan {
                mode: ChargeMode::Full,
                duration_s: None,
                ..plan(1, 3)
            },
            format!("00e803000000010000{}0000000000000000020000", order_hex(3)),
        ),
        (
            ChargePlan {
                mode: ChargeMode::Power,
                power_limit: Some(Power::from_watts(300)),
                ..plan(1, 4)
            },
            format!("00e80300000001100e{}0000b80b00000000020001", order_hex(4)),
        ),
    ];
    for (plan, wanted) in plans {
        let port = u8::try_from(plan.port.0 - 1).expect("small");
        let key = hex::encode(plan.order.as_bytes());
        desk.command(Command::StartCharge(plan));
        assert!(
            desk.last().data.starts_with(&wanted),
            "{}",
            desk.last().data
        );
        desk.charge_reply(1, &key, port);
        desk.seconds(1);
    }
}

#[test]
fn old_devices_get_the_short_form() {
    for (profile, length) in [
        (learnt(&[("device_type", "31")]), 38),
        (learnt(&[("device_type", "02")]), 29),
        (pinned("start_length", "37"), 37),
        (pinned("start_length", "25"), 25),
    ] {
        let mut desk = Desk::with(profile);
        desk.command(start(1, 1));
        assert_eq!(desk.last().data.len(), 2 * length);
    }
}

#[test]
fn charging_begins_once_with_a_good_answer() {
    for answer in [0, 3, 9] {
        let mut desk = Desk::new();
        let id = desk.command(start(2, 1));
        desk.charge_reply(answer, &order_hex(1), 1);
        assert_eq!(
            *desk.outcome(id),
            Outcome::Accepted {
                port: Some(PortNo(2)),
                session: None,
                data: None
            }
        );
        assert_eq!(confirmed(&desk), 1);
        assert_eq!(desk.named("alarm").len(), usize::from(answer != 0));
        desk.forget();
        desk.power(1, 300, 5, &order_hex(1));
        assert_eq!(confirmed(&desk), 0);
        assert_eq!(desk.named("progress").len(), 1);
    }
}

#[test]
fn refusals_keep_their_code_and_say_why() {
    let cases = [
        (0x01, "no charger plugged in"),
        (0x04, "no such socket"),
        (0x06, "total power of the device exceeded"),
        (0x07, "memory damaged"),
        (0x08, "precheck: relay or fuse"),
        (0x0A, "precheck: load short-circuited"),
        (0x0B, "smoke alarm"),
        (0x0C, "over-voltage"),
        (0x0D, "under-voltage"),
    ];
    for (code, text) in cases {
        let mut desk = Desk::new();
        let id = desk.command(start(1, 1));
        desk.charge_reply(code, &order_hex(1), 0);
        let Outcome::Refused(refusal) = desk.outcome(id) else {
            panic!("refused");
        };
        assert_eq!(refusal.code, Some(u32::from(code)));
        assert_eq!(refusal.text, text);
        assert_eq!(confirmed(&desk), 0);
    }
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.reply(&format!("05{}ff0500", order_hex(1)));
    assert_eq!(desk.refusal(id), "sockets 1, 3 are waiting");
}

#[test]
fn old_firmware_answers_with_one_byte() {
    let mut desk = Desk::new();
    let id = desk.command(start(2, 1));
    desk.reply("00");
    assert!(matches!(
        desk.outcome(id),
        Outcome::Accepted {
            port: Some(PortNo(2)),
            ..
        }
    ));
}

#[test]
fn two_silent_tries_leave_a_start_unclear_and_the_device_is_asked() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.seconds(16);
    assert_eq!(desk.written(0x82), 2);
    assert_eq!(
        desk.downs[0].msg_id, desk.downs[1].msg_id,
        "the same number"
    );
    desk.seconds(15);
    assert_eq!((desk.written(0x82), desk.written(0x81)), (2, 1));
    assert!(desk.is_open(id));
    // Too early: the relay may close yet.
    desk.states(SOCKET, 2, 0);
    assert!(desk.is_open(id));
    desk.seconds(31);
    assert_eq!(desk.written(0x81), 2, "asked again once the word counts");
    desk.states(SOCKET, 2, 0);
    assert_eq!(desk.refusal(id), "the socket does not charge");
}

#[test]
fn the_first_report_of_the_order_settles_an_unclear_start() {
    let unclear = || {
        let mut desk = Desk::new();
        let id = desk.command(start(1, 1));
        desk.charge_reply(0x0E, &order_hex(1), 0);
        assert!(desk.is_open(id));
        (desk, id)
    };
    let (mut desk, id) = unclear();
    desk.power(0, 60, 1, &order_hex(1));
    assert!(desk.accepted(id));
    let (mut desk, id) = unclear();
    desk.settle(0, 60, 1, 5, &order_hex(1));
    assert!(desk.accepted(id));
    let ended = desk
        .events
        .iter()
        .position(|event| event.event.name() == "record");
    let told = desk.events.iter().position(|event| {
        matches!(&event.event, Event::Command(report) if matches!(report.outcome, Outcome::Accepted { .. }))
    });
    assert!(told < ended, "the order begins before it ends");
    let (mut desk, id) = unclear();
    desk.up(SOCKET, 0x04, &format!("0001000000000500{}", order_hex(1)));
    assert!(desk.accepted(id));
    // A late answer is as good as one in time.
    let (mut desk, id) = unclear();
    let start = desk
        .downs
        .iter()
        .find(|down| down.cmd == 0x82)
        .expect("written")
        .clone();
    desk.up_as(
        SOCKET,
        start.msg_id,
        0x82,
        &format!("00{}000000", order_hex(1)),
    );
    assert!(desk.accepted(id));
    assert_eq!(confirmed(&desk), 1);
    // Somebody else's charge says nothing.
    let (mut desk, id) = unclear();
    desk.power(0, 60, 1, &order_hex(7));
    desk.states(SOCKET, 1, 0);
    assert!(desk.is_open(id));
    for _ in 0..3 {
        desk.seconds(120);
        desk.states(SOCKET, 1, 0);
    }
    assert!(desk.lapsed(id), "six minutes without a word");
}

#[test]
fn a_socket_with_an_unclear_start_takes_no_other() {
    let mut desk = Desk::new();
    desk.command(start(1, 1));
    desk.charge_reply(0x0E, &order_hex(1), 0);
    let second = desk.command(start(1, 2));
    assert_eq!(
        desk.refusal(second),
        "whether an earlier start happened is not known yet"
    );
    desk.seconds(1);
    let other = desk.command(start(2, 3));
    assert!(desk.is_open(other));
}

#[test]
fn that_state_already_means_success_after_a_repetition() {
    // First try: the socket is busy with something else.
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.charge_reply(2, &"00".repeat(16), 0);
    assert_eq!(desk.refusal(id), "socket busy");
    // With our own order: it runs.
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.charge_reply(2, &order_hex(1), 0);
    assert!(desk.is_open(id));
    desk.states(SOCKET, 1, 0);
    assert!(desk.accepted(id));
    assert_eq!(confirmed(&desk), 1);
    // Our own repetition, or that of an earlier connection.
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.seconds(16);
    desk.charge_reply(2, &"00".repeat(16), 0);
    assert!(desk.is_open(id));
    let mut desk = Desk::new();
    let id = desk.dispatch(SOCKET, start(1, 1), true);
    desk.charge_reply(2, &"00".repeat(16), 0);
    desk.states(SOCKET, 5, 0);
    assert!(desk.accepted(id));
}

/// Somebody's card charges at the socket: "in that state already" is no word on our start.
#[test]
fn the_charge_of_another_confirms_no_start() {
    let none = "00".repeat(16);
    let occupied = |named: bool| {
        let mut desk = Desk::new();
        desk.states(SOCKET, 1, 0);
        if named {
            desk.power(0, 60, 1, &order_hex(7));
        }
        let id = desk.dispatch(SOCKET, start(1, 1), true);
        desk.seconds(1);
        desk.charge_reply(2, &none, 0);
        (desk, id)
    };
    for named in [false, true] {
        let (mut desk, id) = occupied(named);
        desk.states(SOCKET, 1, 0);
        assert!(desk.is_open(id), "order of the charge named: {named}");
        assert_eq!(confirmed(&desk), 0);
        // Its own report does confirm.
        desk.power(0, 120, 2, &order_hex(1));
        assert!(desk.accepted(id));
    }
    // The other order shows only after the answer.
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.seconds(16);
    desk.charge_reply(2, &none, 0);
    desk.power(0, 60, 1, &order_hex(7));
    desk.states(SOCKET, 1, 0);
    assert!(desk.is_open(id));
    assert_eq!(confirmed(&desk), 0);
}

#[test]
fn stops_name_their_order_and_await_the_settlement() {
    let mut desk = Desk::new();
    let id = desk.command(stop(1, 1));
    let wanted = format!(
        "000000000000000000{}00000000000000000200000000",
        order_hex(1)
    );
    assert_eq!(desk.said(), [(0x82, wanted)]);
    let mut desk = Desk::new();
    let again = desk.command(stop(1, 1));
    desk.charge_reply(0, &order_hex(1), 0);
    assert!(desk.accepted(again));
    desk.seconds(59);
    assert_eq!(desk.written(0x81), 0);
    desk.seconds(2);
    assert_eq!(desk.written(0x81), 1, "no settlement: the device is asked");
    let mut desk = Desk::new();
    let _ = (id, desk.command(stop(1, 1)));
    desk.charge_reply(0, &order_hex(1), 0);
    desk.settle(0, 60, 1, 7, &order_hex(1));
    desk.seconds(70);
    assert_eq!(desk.written(0x81), 0);
}

#[test]
fn a_stop_of_what_is_stopped_is_done_and_silence_is_not() {
    let mut desk = Desk::new();
    let id = desk.command(stop(1, 1));
    desk.charge_reply(2, &"00".repeat(16), 0);
    assert!(desk.accepted(id));
    let mut desk = Desk::new();
    let id = desk.command(stop(1, 1));
    desk.seconds(31);
    assert!(desk.lapsed(id));
    assert_eq!(desk.written(0x82), 2);
}

#[test]
fn charges_with_names_of_their_own_are_stopped_by_them() {
    let mut desk = Desk::new();
    desk.command(Command::StopCharge {
        port: PortNo(1),
        order: order(1),
        serial: Some(super::OWN_ORDER.to_uppercase()),
    });
    assert!(desk.last().data.contains(super::OWN_ORDER));
}

#[test]
fn a_stop_calls_its_start_off() {
    let mut desk = Desk::new();
    let first = desk.command(start(2, 9));
    let begun = desk.command(start(1, 1));
    let stopped = desk.command(stop(1, 1));
    assert_eq!(desk.refusal(begun), "stopped before it was sent");
    desk.charge_reply(0, &order_hex(9), 1);
    desk.seconds(1);
    assert!(desk.accepted(first) && desk.is_open(stopped));
    // One that has been written is not repeated.
    let mut desk = Desk::new();
    let begun = desk.command(start(1, 1));
    desk.command(stop(1, 1));
    desk.seconds(16);
    assert!(desk.lapsed(begun));
    let starts = desk.downs.iter().filter(|down| down.data[12..14] == *"01");
    assert_eq!(starts.count(), 1);
}

#[test]
fn a_wrong_device_is_no_place_for_a_command() {
    let mut desk = Desk::new();
    let id = desk.dispatch(OTHER, start(1, 1), false);
    assert_eq!(
        desk.refusal(id),
        "this connection does not carry the device"
    );
}

#[test]
fn reports_name_the_order_of_the_platform() {
    let mut desk = Desk::new();
    desk.power(1, 3600, 48, &order_hex(1));
    let Some(Event::Progress(progress)) = desk.named("progress").pop().cloned() else {
        panic!("progress");
    };
    assert_eq!(progress.charge, ChargeKey::Order(order(1)));
    assert_eq!((progress.port, progress.duration_s), (PortNo(2), 3600));
    assert_eq!(progress.energy, Energy::from_centi_kwh(48));
    assert_eq!(progress.power, Some(Power(1460)));
    assert_eq!(progress.peak_power, Some(Power(1502)));
    assert_eq!(progress.voltage.map(|voltage| voltage.0), Some(2342));
    assert_eq!(progress.current.map(|current| current.0), Some(640));
    assert_eq!(progress.temperature_c, Some(30));
}
