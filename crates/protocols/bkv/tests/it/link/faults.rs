//! Exceptions and status bytes that contradict themselves.

use super::{Desk, container_body};
use device::{Event, Fault, PortState};
use kernel::PortNo;

const QUERY: (u16, &str) = (0x0015, "00011d01");

fn queries(desk: &mut Desk) -> usize {
    let said = desk.said();
    said.iter()
        .filter(|(cmd, body)| (*cmd, body.as_str()) == QUERY)
        .count()
}

#[test]
fn an_exception_is_an_alarm_for_every_reason_and_the_socket_is_asked() {
    let mut desk = Desk::new();
    desk.stores = false;
    desk.container(
        0x1010,
        0,
        &[
            (0x4A, "01"),
            (0x54, "08"),
            (0x4B, "00"),
            (0x56, "03"),
            (0x4D, "01"),
            (0x4E, "08bc"),
            (0x58, "b0"),
        ],
    );
    let alarms: Vec<_> = desk
        .named("alarm")
        .into_iter()
        .filter_map(|event| match event {
            Event::Alarm(alarm) => Some((alarm.port, alarm.code, alarm.active)),
            _ => None,
        })
        .collect();
    assert_eq!(alarms, [(None, 8, false), (Some(PortNo(2)), 3, true)]);
    assert_eq!(desk.receipts.len(), 1, "one answer for all of them");
    assert_eq!(queries(&mut desk), 1);
    assert_eq!(desk.named("record").len(), 0, "it never ends a session");
    desk.resolve(desk.receipts[0], device::Answer::Stored);
    let ack = container_body(0x1010, 0, &[(0x4A, "01"), (0x0F, "01")]);
    assert_eq!(desk.said(), [(0x1000, ack)]);
}

#[test]
fn exceptions_of_two_sockets_ask_both_but_each_once() {
    let mut desk = Desk::new();
    for socket in ["01", "02", "01", "02"] {
        desk.container(0x1010, 0, &[(0x4A, socket), (0x54, "08")]);
    }
    desk.seconds(5);
    let asked = desk.said();
    let asked: Vec<&str> = asked
        .iter()
        .filter(|(cmd, _)| *cmd == 0x0015)
        .map(|(_, body)| body.as_str())
        .collect();
    assert_eq!(asked, ["00011d01", "00011d02"]);
}

#[test]
fn a_contradiction_is_asked_about_once() {
    let mut desk = Desk::new();
    for _ in 0..5 {
        desk.status((0x80, 9), (0x80, 0));
        desk.seconds(1);
    }
    assert_eq!(queries(&mut desk), 1);
    desk.status((0x90, 9), (0x80, 0));
    desk.status((0x80, 9), (0x80, 0));
    assert_eq!(queries(&mut desk), 1, "a new one");
}

#[test]
fn protection_bits_are_a_fault_of_the_port_that_keeps_its_session() {
    let mut desk = Desk::new();
    desk.status((0x94, 9), (0x80, 0));
    let port = desk
        .named("status")
        .into_iter()
        .find_map(|event| match event {
            Event::Status { ports, .. } => ports.first().cloned(),
            _ => None,
        })
        .expect("a port");
    assert_eq!(
        (port.state, port.faults),
        (PortState::Fault, vec![Fault::OverTemperature])
    );
    assert!(port.charge.is_some() && port.meter.is_some());
}

#[test]
fn holes_that_cannot_be_raise_one_alarm() {
    let mut desk = Desk::new();
    for _ in 0..3 {
        desk.status_of(1, &[(0, 0x80, 0), (5, 0x80, 0), (0x7F, 0x80, 0)]);
        desk.status_of(0, &[(0, 0x80, 0)]);
    }
    assert_eq!(desk.named("alarm").len(), 2);
    for socket in 0..=255_u8 {
        desk.status_of(socket, &[(9, 0x80, 0)]);
    }
    assert_eq!(desk.named("alarm").len(), 16, "no flood");
}

#[test]
fn a_flood_of_reasons_to_ask_does_not_stop_commands() {
    let mut desk = Desk::new();
    for socket in 1..=250 {
        desk.status_of(socket, &[(0, 0x80, 9)]);
    }
    desk.said();
    desk.command(super::stop(500, 1));
    desk.pass(300);
    let said = desk.said();
    assert_eq!(
        said.last().map(|(_, body)| body.as_str()),
        Some("000807fa01000100000000")
    );
    desk.seconds(600);
    assert!(desk.said().len() <= 3 * 32 + 3);
}
