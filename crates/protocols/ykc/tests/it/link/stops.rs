//! Remote stops.

use super::{
    Body, Desk, NONE, SERIAL, charging, code, idle, login, record, started, stop, time_answer,
};
use device::{Command, Outcome, Profile};
use kernel::PortNo;
use ykc::codes::{Done, FrameType, StartFailure, StopFailure};
use ykc::message::RemoteStopResult;
use ykc::value::Gun;

const OTHER: &str = "32010600019236012410201600000002";

pub(super) fn stopped(result: Done, fail_reason: StopFailure) -> Body {
    Body::RemoteStopResult(RemoteStopResult {
        pile_code: code(),
        gun_no: Gun(1),
        result,
        fail_reason,
    })
}

fn running() -> Desk {
    let mut desk = Desk::new();
    desk.charging();
    desk
}

#[test]
fn a_stop_is_answered() {
    let mut desk = running();
    let id = desk.command(stop(1));
    assert!(matches!(&desk.said()[..], [Body::RemoteStop(stop)] if stop.gun_no == Gun(1)));
    desk.up(stopped(Done::Ok, StopFailure::None));
    assert!(desk.is_accepted(id));
}

#[test]
fn a_stop_is_written_three_times_at_ten_seconds() {
    let mut desk = running();
    let id = desk.command(stop(1));
    desk.live(9);
    desk.up(charging(1, SERIAL, 1));
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    desk.live(21);
    assert_eq!(desk.kinds(), [FrameType::RemoteStop; 2]);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 3 });
}

#[test]
fn a_session_that_was_never_seen_is_stopped_once() {
    let mut desk = Desk::new();
    desk.command(super::start(1));
    desk.live(91);
    desk.said();
    let id = desk.command(stop(1));
    desk.live(60);
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 1 });
    // It begins while the stop is on its way.
    let mut desk = Desk::new();
    desk.command(super::start(1));
    desk.live(91);
    desk.said();
    desk.command(stop(1));
    desk.live(5);
    desk.up(charging(1, SERIAL, 0));
    desk.live(60);
    assert_eq!(desk.kinds(), [FrameType::RemoteStop; 3]);
}

#[test]
fn a_stop_is_not_repeated_once_the_gun_is_free() {
    let mut desk = running();
    let id = desk.command(stop(1));
    desk.up(idle(1));
    assert!(desk.is_accepted(id), "it has stopped");
    desk.live(30);
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    let mut desk = running();
    let id = desk.command(stop(1));
    desk.up(Body::Record(Box::new(record(SERIAL))));
    assert!(desk.is_accepted(id), "the record came first");
}

#[test]
fn a_stop_never_hits_somebody_else() {
    let mut desk = Desk::new();
    desk.up(charging(1, OTHER, 1));
    desk.forget();
    let id = desk.command(stop(1));
    assert!(desk.said().is_empty());
    assert_eq!(desk.refusal(id).1, "another transaction runs on that gun");
    // The next one begins between two repeats.
    let mut desk = running();
    let id = desk.command(stop(1));
    desk.up(charging(1, OTHER, 0));
    assert!(desk.is_accepted(id));
    desk.live(30);
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
}

/// A pile that has just come back, with something on gun 1 that nobody has heard of yet.
fn returned() -> Desk {
    let mut desk = Desk::fresh(Profile::default());
    desk.up(login());
    desk.up(time_answer(desk.now));
    desk.forget();
    desk
}

#[test]
fn a_gun_that_was_not_heard_since_the_login_is_asked_before_it_is_stopped() {
    // It still runs.
    let mut desk = returned();
    let id = desk.command(stop(1));
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime]);
    desk.up(stopped(Done::Ok, StopFailure::None));
    assert!(desk.is_open(id), "that answers an earlier one");
    desk.up(charging(1, SERIAL, 12));
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    desk.up(stopped(Done::Ok, StopFailure::None));
    assert!(desk.is_accepted(id));
    // Somebody else has begun.
    let mut desk = returned();
    let id = desk.command(stop(1));
    desk.up(charging(1, OTHER, 1));
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime]);
    assert_eq!(desk.refusal(id).1, "another transaction runs on that gun");
    // It has ended.
    let mut desk = returned();
    let id = desk.command(stop(1));
    desk.up(Body::Record(Box::new(record(SERIAL))));
    assert!(desk.is_accepted(id));
    desk.live(20);
    assert!(!desk.kinds().contains(&FrameType::RemoteStop));
}

#[test]
fn a_silent_gun_is_stopped_all_the_same() {
    let mut desk = returned();
    let id = desk.command(stop(1));
    desk.live(9);
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime]);
    desk.live(1);
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    desk.up(charging(1, SERIAL, 12));
    assert!(desk.is_open(id));
    desk.up(stopped(Done::Ok, StopFailure::None));
    assert!(desk.is_accepted(id));
}

#[test]
fn what_began_here_or_has_no_number_is_stopped_without_a_question() {
    let mut desk = returned();
    desk.command(super::start(1));
    desk.up(started(SERIAL, Done::Ok, StartFailure::None));
    desk.forget();
    desk.command(stop(1));
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    let mut desk = returned();
    desk.command(Command::StopCharge {
        port: PortNo(1),
        order: super::order_no(),
        serial: None,
    });
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
}

#[test]
fn not_charging_is_looked_into() {
    // It is true.
    let mut desk = running();
    let id = desk.command(stop(1));
    desk.up(stopped(Done::Failed, StopFailure::NotCharging));
    assert_eq!(
        desk.kinds(),
        [FrameType::RemoteStop, FrameType::ReadRealtime]
    );
    assert!(desk.is_open(id));
    desk.up(idle(1));
    assert!(desk.is_accepted(id));
    // It is not: once more, then the refusal stands.
    let mut desk = running();
    let id = desk.command(stop(1));
    desk.up(stopped(Done::Failed, StopFailure::NotCharging));
    desk.said();
    desk.up(charging(1, SERIAL, 1));
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    desk.up(stopped(Done::Failed, StopFailure::NotCharging));
    assert_eq!(desk.refusal(id).0, Some(2));
}

#[test]
fn other_failures_are_tried_once_more() {
    let mut desk = running();
    let id = desk.command(stop(1));
    desk.up(stopped(Done::Failed, StopFailure::Other));
    assert_eq!(desk.kinds(), [FrameType::RemoteStop; 2]);
    desk.up(stopped(Done::Failed, StopFailure::WrongPile));
    assert_eq!(desk.refusal(id).0, Some(1));
}

#[test]
fn a_stop_before_the_session_begins_waits_for_its_answer() {
    let mut desk = Desk::new();
    desk.command(super::start(1));
    let id = desk.command(stop(1));
    desk.up(idle(1));
    assert!(desk.is_open(id), "idle says nothing yet");
    desk.up(charging(1, NONE, 0));
    assert!(desk.is_open(id));
    desk.up(stopped(Done::Ok, StopFailure::None));
    assert!(desk.is_accepted(id));
}

#[test]
fn a_stop_overtakes_everything() {
    let mut desk = running();
    for _ in 0..3 {
        desk.command(Command::QueryPort { port: None });
    }
    desk.command(stop(1));
    let kinds = desk.kinds();
    assert_eq!(kinds, [FrameType::ReadRealtime, FrameType::RemoteStop]);
    let other = desk.command(Command::StopCharge {
        port: PortNo(2),
        order: super::order_no(),
        serial: None,
    });
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    assert!(desk.is_open(other));
}
