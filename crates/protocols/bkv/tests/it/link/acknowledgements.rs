//! What is answered, how, and what never is.

use super::{Desk, HEARTBEAT, cluster, container_body};
use device::{Event, Item};

#[test]
fn a_heartbeat_is_answered_with_the_time_and_introduces_the_gateway_once() {
    let mut desk = Desk::fresh(device::Profile::default());
    desk.up(0x0000, 0, HEARTBEAT);
    desk.pass(45);
    desk.up(0x0000, 7, HEARTBEAT);
    assert_eq!(desk.last().seq, 7);
    let time = "20241020150000".to_owned();
    assert_eq!(desk.said(), [(0x0000, time.clone()), (0x0000, time)]);
    assert_eq!(desk.named("register").len(), 1);
    match desk.named("heartbeat")[..] {
        [_, Event::Heartbeat(vitals)] => assert_eq!(vitals.signal, Some(20)),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_status_cluster_is_answered_also_for_sockets_nobody_knows() {
    let mut desk = Desk::new();
    desk.status_of(200, &[(0, 0x80, 0)]);
    assert_eq!(desk.last().seq, 0);
    let ack = container_body(0x1017, 0, &[(0x0F, "01")]);
    assert_eq!(desk.said(), [(0x1000, ack)]);
    assert_eq!(desk.named("status").len(), 2, "the socket and its ports");
}

#[test]
fn a_status_cluster_that_does_not_say_of_what_is_answered_with_0() {
    let mut desk = Desk::new();
    let ack = container_body(0x1017, 0, &[(0x0F, "00")]);
    desk.container(0x1017, 0, &[(0x94, "04013effff")]);
    assert_eq!(desk.said().last(), Some(&(0x1000, ack)));
}

#[test]
fn several_sockets_in_one_cluster() {
    let mut desk = Desk::new();
    let (one, two) = (cluster(1, &[(0, 0x80, 0)]), cluster(2, &[(1, 0x90, 5)]));
    desk.container(0x1017, 0, &[(0x94, &one), (0x94, &two)]);
    assert_eq!(desk.said().len(), 1);
    assert_eq!(desk.named("status").len(), 4);
}

#[test]
fn an_old_status_is_answered_only_when_nobody_asked_for_it() {
    let status = "01ffff1d1e00800000000000000000000000000180000000000000000000000000";
    let mut desk = Desk::new();
    desk.sub(0x0015, 0x1C, 0, status);
    assert_eq!(desk.said(), [(0x0015, "00021c0101".to_owned())]);
    desk.sub(0x0015, 0x1C, 55, status);
    assert_eq!(desk.said(), []);
    assert_eq!(desk.named("status").len(), 4);
}

#[test]
fn a_query_is_answered_by_1c_with_its_number_or_by_1017() {
    let status = "01ffff1d1e0080000000000000000000000000";
    let query = device::Command::QueryPort {
        port: Some(kernel::PortNo(2)),
    };
    let mut desk = Desk::new();
    let first = desk.command(query.clone());
    assert_eq!(desk.said(), [(0x0015, "00011d01".to_owned())]);
    desk.sub(0x0015, 0x1C, 55, status);
    assert!(desk.is_open(first), "an answer to an older question");
    desk.sub(0x0015, 0x1C, 101, status);
    assert!(desk.accepted(first));
    desk.seconds(1);
    let second = desk.command(query);
    desk.status_of(2, &[(0, 0x80, 0)]);
    assert!(desk.is_open(second), "another socket");
    desk.status((0x80, 0), (0x80, 0));
    assert!(desk.accepted(second));
}

#[test]
fn events_are_answered_once_they_are_stored() {
    let mut desk = Desk::new();
    desk.stores = false;
    let event = [
        (0x4A, "01"),
        (0x08, "7f"),
        (0x06, "20241020145959"),
        (0x5A, "0c27"),
    ];
    desk.container(0x1013, 0, &event);
    assert_eq!(desk.said(), []);
    match desk.named("alarm")[..] {
        [Event::Alarm(alarm)] => assert_eq!((alarm.code, alarm.active), (3111, false)),
        ref other => panic!("{other:?}"),
    }
    let receipt = desk.receipts[0];
    desk.resolve(receipt, device::Answer::Stored);
    let ack = container_body(0x1013, 0, &[(0x4A, "01"), (0x0F, "01")]);
    assert_eq!(desk.said(), [(0x1000, ack)]);
    desk.resolve(receipt, device::Answer::Stored);
    assert_eq!(desk.said(), [], "a receipt is good for one answer");
}

#[test]
fn answers_of_the_device_are_never_answered() {
    let mut desk = Desk::new();
    for (cmd, sub, parameters) in [
        (0x0005, 0x08, "01"),
        (0x0005, 0x09, "01"),
        (0x0005, 0x0A, "00"),
        (0x0005, 0x17, "0101000009"),
        (0x0015, 0x0F, "010001"),
        (0x0015, 0x1B, "010001"),
    ] {
        for seq in [0, 77] {
            desk.sub(cmd, sub, seq, parameters);
        }
    }
    desk.container(0x1011, 77, &[(0x4A, "01"), (0x0F, "01")]);
    desk.container(0x1012, 77, &[(0x4A, "01"), (0x0F, "01"), (0x21, "1c20")]);
    desk.up(0x0007, 77, "01");
    desk.seconds(20);
    let said = desk.said();
    // After an unexpected start answer the socket is asked what it is doing.
    assert!(said.iter().all(|(_, body)| body == "00011d01"), "{said:?}");
    assert_eq!(desk.named("command").len(), 0);
}

#[test]
fn what_nobody_knows_is_noted_and_left_alone() {
    let mut desk = Desk::new();
    desk.up(0x1001, 3, "0011");
    desk.up(0x7777, 3, "");
    desk.sub(0x0015, 0x66, 0, "0102");
    desk.container(0x1234, 0, &[(0x4A, "01")]);
    assert_eq!(desk.said(), []);
    assert_eq!(desk.tally.frames, 5);
    assert!(desk.tally.unknown > 0 && desk.tally.malformed == 0);
    let kinds: Vec<&str> = desk
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Frame(note) => Some(note.kind),
            _ => None,
        })
        .collect();
    assert_eq!(
        kinds,
        ["gn_legacy_command", "unknown", "unknown", "unknown"]
    );
    assert!(!desk.closed());
}

#[test]
fn a_report_that_cannot_be_read_is_not_answered() {
    let mut desk = Desk::new();
    desk.sub(0x0015, 0x02, 0, "01ffff");
    desk.up(0x0000, 0, "3839");
    desk.up(0x1000, 0, "0401011017");
    assert_eq!(desk.said(), []);
    assert_eq!((desk.events.len(), desk.tally.bad_frames), (0, 3));
}
