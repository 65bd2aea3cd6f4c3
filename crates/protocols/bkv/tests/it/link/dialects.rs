//! Which dialect a gateway is spoken to in; strangers; ids that do not belong here.

use super::{Desk, HEARTBEAT, learnt, phy, pinned, up_from};
use device::{Admission, CloseReason, Command, Event, Item, Link as _, Profile};
use std::time::Duration;

const STATUS_V86: &str = "089c0200001419";

fn dialects(desk: &Desk) -> Vec<String> {
    let learnt = desk
        .named("learnt")
        .into_iter()
        .filter_map(|event| match event {
            Event::Learnt { key, value } if *key == "dialect" => Some(value.clone()),
            _ => None,
        });
    learnt.collect()
}

/// Outer command of a stop, which both dialects have.
fn spoken(desk: &mut Desk) -> u16 {
    desk.said();
    desk.seconds(1);
    let port = u16::try_from(desk.next_id * 4).expect("small");
    desk.command(super::stop(port, 1));
    let cmd = desk.last().cmd;
    desk.said();
    cmd
}

#[test]
fn heartbeats_and_unknown_commands_decide_nothing() {
    let mut desk = Desk::new();
    desk.up(0x0000, 0, HEARTBEAT);
    desk.up(0x1001, 0, "00");
    desk.up(0x7777, 0, "00");
    desk.up(0x0005, 0, "ff");
    assert_eq!(dialects(&desk), Vec::<String>::new());
    assert_eq!(spoken(&mut desk), 0x0015, "networked is the assumption");
}

#[test]
fn the_first_frame_that_only_one_dialect_has_decides() {
    let mut desk = Desk::new();
    desk.up(0x0021, 1, STATUS_V86);
    assert_eq!(dialects(&desk), ["v8.6"]);
    assert_eq!(spoken(&mut desk), 0x0082);
    // Understood and answered all the same, but no reason to change our mind to and fro.
    desk.status((0x80, 0), (0x80, 0));
    assert_eq!(desk.said().len(), 1);
    desk.up(0x0021, 1, STATUS_V86);
    assert_eq!(dialects(&desk), ["v8.6"]);
    let mut other = Desk::with(learnt("dialect", "v8.6"));
    other.status((0x80, 0), (0x80, 0));
    assert_eq!(
        dialects(&other),
        ["networked"],
        "a new connection may tell better"
    );
    assert_eq!(spoken(&mut other), 0x0015);
}

#[test]
fn an_operators_pin_wins() {
    let mut desk = Desk::with(pinned("dialect", "networked"));
    desk.up(0x0021, 1, STATUS_V86);
    assert_eq!(spoken(&mut desk), 0x0015);
}

#[test]
fn a_pin_counts_at_once_and_what_was_just_learnt_is_kept() {
    let mut desk = Desk::new();
    desk.status((0x80, 0), (0x80, 0));
    desk.link
        .reprofile(&phy("82210225000520"), pinned("dialect", "v8.6"));
    assert_eq!(spoken(&mut desk), 0x0015, "another device");
    desk.link
        .reprofile(&phy(super::GATEWAY), pinned("dialect", "v8.6"));
    assert_eq!(spoken(&mut desk), 0x0082);
    desk.link
        .reprofile(&phy(super::GATEWAY), Profile::default());
    desk.up(0x0005, 0, "00010801");
    assert_eq!(
        dialects(&desk),
        ["networked"],
        "learnt once, not told again"
    );
}

#[test]
fn silence_is_borne_as_long_as_the_dialect_allows() {
    for (mut desk, seconds) in [(Desk::new(), 300), (Desk::v86(), 30)] {
        desk.seconds(seconds - 1);
        assert!(!desk.closed());
        desk.seconds(1);
        assert!(desk.items.contains(&Item::Close(CloseReason::Silent)));
    }
}

fn stranger() -> Desk {
    let mut desk = Desk::fresh(Profile::default());
    desk.ours = false;
    desk.up(0x0000, 3, HEARTBEAT);
    desk
}

#[test]
fn strangers_hear_answers_to_heartbeats_and_nothing_else() {
    let mut desk = stranger();
    assert_eq!(desk.said(), [(0x0000, "20241020150000".to_owned())]);
    desk.end(0, 0xB0, 9, 1);
    desk.status((0x80, 0), (0x80, 0));
    desk.sub(0x0015, 0x0B, 0, "00");
    desk.up(0x0003, 9, &"31".repeat(32));
    desk.up(0x7777, 9, "");
    assert_eq!(desk.said(), []);
    assert_eq!(desk.events, []);
    assert_eq!(desk.tally.bad_frames, 1);
    desk.up(0x0020, 4, HEARTBEAT);
    desk.up(0x0021, 5, STATUS_V86);
    let cmds: Vec<u16> = desk.said().into_iter().map(|(cmd, _)| cmd).collect();
    assert_eq!(cmds, [0x0000, 0x0021]);
    let id = desk.command(super::start(1, 1));
    assert!(desk.refusal(id).contains("does not carry"));
    assert!(!desk.closed());
}

#[test]
fn a_stranger_that_is_registered_is_ours_from_the_next_frame_on() {
    let mut desk = stranger();
    desk.end(0, 0xB0, 9, 1);
    desk.forget();
    let known = Admission::Known(Profile::default());
    desk.call(|link, now, out| link.admit(&phy("82210225000520"), known.clone(), now, out));
    desk.end(0, 0xB0, 9, 1);
    assert_eq!(desk.events, [], "another device was meant");
    desk.call(|link, now, out| link.admit(&phy(super::GATEWAY), known, now, out));
    desk.end(0, 0xB0, 9, 1);
    assert_eq!(desk.named("record").len(), 1);
    assert_eq!(desk.said(), [(0x0015, "00020c0101".to_owned())]);
}

#[test]
fn while_the_platform_thinks_everything_waits_in_order() {
    let mut desk = Desk::fresh(Profile::default());
    let mut bytes = up_from(super::GATEWAY, 0, 0, HEARTBEAT);
    bytes.extend(up_from(
        super::GATEWAY,
        0x0015,
        0,
        &super::sub_body(0x02, &super::end_body(0, 0xB0, 9, 1)),
    ));
    let mut out = device::Output::default();
    desk.link.receive(&bytes, desk.now, &mut out);
    assert_eq!(out.items, [Item::Identify(phy(super::GATEWAY))]);
    assert!(out.wire.is_empty());
    desk.link.receive(
        &up_from(super::GATEWAY, 0, 0, HEARTBEAT),
        desk.now,
        &mut out,
    );
    assert_eq!(out.items.len(), 1, "asked once");
    let late = desk.now + Duration::from_secs(40);
    desk.link.tick(late, &mut out);
    assert_eq!(
        out.items.len(),
        1,
        "a slow platform is not the device's fault"
    );
    let known = Admission::Known(Profile::default());
    desk.link.admit(&phy(super::GATEWAY), known, late, &mut out);
    let names: Vec<&str> = out
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Event(envelope) => Some(envelope.event.name()),
            _ => None,
        })
        .collect();
    assert_eq!(
        names,
        ["register", "heartbeat", "learnt", "record", "heartbeat"]
    );
}

#[test]
fn more_than_can_be_held_back_closes() {
    let mut desk = Desk::fresh(Profile::default());
    let frame = up_from(super::GATEWAY, 0, 0, HEARTBEAT);
    let mut out = device::Output::default();
    for _ in 0..2000 {
        desk.link.receive(&frame, desk.now, &mut out);
    }
    assert!(out.items.contains(&Item::Close(CloseReason::Garbage)));
    assert_eq!(out.tally.skipped, 2000 * frame.len() as u64);
    assert_eq!((desk.link.pending(), desk.link.deadline()), (0, None));
}

#[test]
fn a_connection_belongs_to_one_gateway() {
    let mut desk = Desk::new();
    let foreign = up_from("82210225000520", 0, 0, HEARTBEAT);
    for _ in 0..9 {
        desk.bytes(&foreign);
    }
    assert_eq!((desk.said(), desk.events.len()), (vec![], 0));
    desk.up(0x0000, 0, HEARTBEAT);
    assert!(!desk.closed());
    for _ in 0..10 {
        desk.bytes(&foreign);
    }
    assert!(desk.closed());
}

#[test]
fn foreign_frames_are_no_sign_of_life() {
    let mut desk = Desk::new();
    let foreign = up_from("82210225000520", 0, 0, HEARTBEAT);
    for _ in 0..5 {
        desk.seconds(60);
        desk.bytes(&foreign);
    }
    assert!(desk.closed());
}

#[test]
fn commands_that_waited_when_the_connection_closed_come_again_elsewhere() {
    let mut desk = Desk::new();
    desk.seconds(300);
    let id = desk.command(Command::QueryPort { port: None });
    assert!(desk.closed() && desk.is_open(id));
}
