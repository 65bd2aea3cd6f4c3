//! Pauses, one command at a time, repeats, numbers, and how much may wait.

use super::commands::vendor;
use super::{Desk, OTHER, SOCKET, learnt, order_hex, pinned, start, stop};
use ap3000::Ap3000;
use device::{Command, Event, Link as _, Outcome, Profile, Protocol as _};
use std::time::Duration;

#[test]
fn half_a_second_between_commands_to_one_device() {
    let mut desk = Desk::new();
    let first = desk.command(start(1, 1));
    desk.command(start(2, 2));
    let began = desk.downs[0].at;
    desk.pass(100);
    desk.charge_reply(0, &order_hex(1), 0);
    assert!(desk.accepted(first));
    assert_eq!(desk.downs.len(), 1);
    desk.seconds(1);
    assert_eq!(desk.downs[1].at, began + Duration::from_millis(500));
}

#[test]
fn answers_do_not_wait_but_commands_wait_for_answers() {
    let mut desk = Desk::new();
    desk.command(start(1, 1));
    desk.pass(100);
    desk.idle(SOCKET);
    assert_eq!(desk.last().cmd, 0x21);
    let answered = desk.last().at;
    desk.charge_reply_to_start(&order_hex(1));
    desk.command(stop(1, 1));
    desk.seconds(1);
    assert_eq!(desk.last().at, answered + Duration::from_millis(500));
}

/// A device that says something three times a second.
#[test]
fn a_device_that_talks_all_the_time_still_hears_a_stop() {
    let mut desk = Desk::new();
    desk.idle(SOCKET);
    desk.command(stop(1, 1));
    for _ in 0..10 {
        desk.pass(300);
        desk.idle(SOCKET);
    }
    let first = desk.downs.iter().find(|down| down.cmd == 0x82);
    let written = first.expect("the stop is written").at;
    assert!(written.since(desk.downs[0].at) <= Duration::from_millis(2600));
}

impl Desk {
    fn charge_reply_to_start(&mut self, order: &str) {
        let start = self
            .downs
            .iter()
            .find(|down| down.cmd == 0x82)
            .expect("written")
            .clone();
        self.up_as(start.id, start.msg_id, 0x82, &format!("00{order}000000"));
    }
}

#[test]
fn devices_of_one_bus_take_turns() {
    for (profile, gap) in [
        (Profile::default(), 100),
        (pinned("bus_gap_ms", "700"), 700),
    ] {
        let mut desk = Desk::new();
        desk.profiles.insert(OTHER, profile);
        desk.idle(OTHER);
        desk.seconds(5);
        desk.forget();
        desk.command(start(1, 1));
        desk.dispatch(OTHER, start(1, 2), false);
        assert_eq!(desk.downs.len(), 1);
        desk.seconds(2);
        assert_eq!(desk.downs.len(), 2);
        assert_eq!(
            desk.downs[1].at,
            desk.downs[0].at + Duration::from_millis(gap)
        );
    }
}

#[test]
fn one_unanswered_command_at_a_time_the_urgent_first() {
    let mut desk = Desk::new();
    desk.command(vendor(
        "locate",
        vec![super::properties::number("seconds", 5)],
    ));
    let queued = desk.command(start(2, 2));
    let urgent = desk.command(stop(1, 1));
    desk.seconds(14);
    assert_eq!(
        desk.written(0x82),
        0,
        "while the first may still be answered"
    );
    desk.seconds(2);
    let last = desk.last().clone();
    assert_eq!((last.cmd, &last.data[12..14]), (0x82, "00"), "the stop");
    assert!(desk.is_open(queued) && desk.is_open(urgent));
}

#[test]
fn a_stop_waits_for_no_question() {
    let mut desk = Desk::new();
    desk.command(Command::QueryPort { port: None });
    desk.command(stop(1, 1));
    desk.seconds(1);
    assert_eq!(desk.written(0x82), 1);
}

#[test]
fn numbers_are_kept_over_repeats_and_never_zero() {
    let mut desk = Desk::new();
    desk.command(start(1, 1));
    desk.seconds(16);
    assert_eq!(desk.downs[0].msg_id, 101);
    assert_eq!(desk.downs[1].msg_id, 101);
    let written: Vec<_> = desk
        .named("command")
        .into_iter()
        .filter_map(|event| match event {
            Event::Command(report) => match report.outcome {
                Outcome::Written {
                    cmd,
                    msg_id,
                    attempt,
                } => Some((cmd, msg_id, attempt)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(written, [(0x82, 101, 1), (0x82, 101, 2)]);
    // Rows are numbered without end, frames are not.
    let mut desk = Desk::new();
    desk.next_id = 65_535 * 3 - 100;
    desk.command(start(1, 1));
    assert_eq!(desk.last().msg_id, 65_535);
    desk.charge_reply(0, &order_hex(1), 0);
    desk.seconds(1);
    desk.command(start(2, 2));
    assert_eq!(desk.last().msg_id, 1);
}

#[test]
fn a_command_that_is_known_is_not_taken_twice() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.next_id -= 1;
    desk.command(start(1, 1));
    desk.charge_reply(0, &order_hex(1), 0);
    desk.seconds(2);
    assert_eq!(desk.written(0x82), 1);
    assert!(desk.accepted(id));
}

#[test]
fn what_waits_can_be_taken_back_and_what_is_written_cannot() {
    let mut desk = Desk::new();
    let written = desk.command(start(1, 1));
    let waiting = desk.command(start(2, 2));
    let asked = desk.command(Command::QueryPort { port: None });
    assert!(!desk.link.withdraw(written));
    assert!(desk.link.withdraw(waiting));
    assert!(desk.link.withdraw(asked));
    assert!(!desk.link.withdraw(waiting));
    desk.charge_reply(0, &order_hex(1), 0);
    desk.seconds(5);
    assert_eq!(desk.written(0x82), 1);
    assert!(desk.is_open(waiting));
}

#[test]
fn too_much_waiting_is_refused() {
    let mut desk = Desk::new();
    let ids: Vec<_> = (0..100).map(|_| desk.command(stop(1, 1))).collect();
    let refused = ids.iter().filter(|id| !desk.is_open(**id)).count();
    assert_eq!(refused, 100 - 65);
    assert!(desk.refusal(ids[99]).contains("too many"));
}

#[test]
fn a_clock_that_is_set_back_holds_nothing_up() {
    let mut desk = Desk::new();
    desk.command(start(1, 1));
    desk.now.0 -= 3_600_000;
    desk.idle(SOCKET);
    let told = desk.events.last().expect("a status");
    assert_eq!(told.at, desk.now, "events carry the caller's time");
    desk.seconds(16);
    assert_eq!(desk.written(0x82), 2);
}

#[test]
fn rhythms_follow_the_heartbeat() {
    let seconds = Duration::from_secs;
    let rhythm = Ap3000.rhythm(&Profile::default());
    assert_eq!(rhythm.heartbeat, seconds(180));
    assert_eq!(rhythm.offline_after, seconds(420));
    assert_eq!(rhythm.close_after, seconds(300));
    assert_eq!(rhythm.query_after, seconds(900));
    let faster = Ap3000.rhythm(&learnt(&[("heartbeat_s", "60")]));
    assert_eq!(faster.offline_after, seconds(180));
    let absurd = Ap3000.rhythm(&learnt(&[("heartbeat_s", "0")]));
    assert_eq!(absurd.heartbeat, seconds(180));
    let host = Ap3000.rhythm(&learnt(&[("role", "host")]));
    assert_eq!(
        (host.heartbeat, host.close_after),
        (seconds(1800), seconds(300))
    );
}
