//! Remote starts.

use super::{
    Body, Desk, NONE, SERIAL, charging, head, idle, order_no, plan, record, start, started, stop,
};
use device::{ChargeKey, Command, Event, Outcome};
use kernel::{Fen, PortNo};
use ykc::codes::{Done, FrameType, GunRole, StartFailure, StopFailure};
use ykc::message::{ParallelResult, RemoteStartResult};

const OTHER: &str = "32010600019236012410201600000002";

/// Orders that were given up.
fn denied(desk: &Desk) -> Vec<&ChargeKey> {
    let events = desk.events.iter();
    events
        .filter_map(|envelope| match &envelope.event {
            Event::Confirmed(word) if !word.accepted => Some(&word.charge),
            _ => None,
        })
        .collect()
}

#[test]
fn a_start_carries_number_card_and_money() {
    let mut desk = Desk::new();
    let mut plan = plan(1);
    plan.card_no = Some("1000000573".to_owned());
    plan.physical_card = Some("D14B0A54".to_owned());
    let id = desk.command(Command::StartCharge(plan));
    let said = desk.said();
    let [Body::RemoteStart(start)] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(start.head, head(1, SERIAL));
    assert_eq!(start.logical_card.to_string(), "0000001000000573");
    assert_eq!(start.physical_card.to_string(), "00000000D14B0A54");
    assert_eq!(start.balance, 5_000);
    assert!(desk.is_open(id));
    let written = desk.events.iter().any(|envelope| {
        matches!(&envelope.event, Event::Command(report)
            if matches!(report.outcome, Outcome::Written { cmd: 0x34, attempt: 1, .. }))
    });
    assert!(written);
    desk.up(started(SERIAL, Done::Ok, StartFailure::None));
    assert!(matches!(
        desk.outcome(id),
        Outcome::Accepted {
            port: Some(PortNo(1)),
            ..
        }
    ));
}

#[test]
fn a_start_without_a_limit_has_a_high_one() {
    let mut desk = Desk::new();
    let mut free = plan(1);
    free.amount = Fen::ZERO;
    desk.command(Command::StartCharge(free));
    assert!(matches!(&desk.said()[..], [Body::RemoteStart(start)] if start.balance == 9_999_999));
}

#[test]
fn refusals_have_their_code() {
    for code in [1, 2, 3, 4, 6, 0x77] {
        let mut desk = Desk::new();
        let id = desk.command(start(1));
        desk.up(started(SERIAL, Done::Failed, StartFailure::from(code)));
        assert_eq!(desk.refusal(id).0, Some(u32::from(code)));
    }
}

#[test]
fn an_answer_to_another_transaction_is_none() {
    let mut desk = Desk::new();
    let id = desk.command(start(1));
    desk.up(started(OTHER, Done::Ok, StartFailure::None));
    assert!(desk.is_open(id));
}

#[test]
fn a_missing_plug_may_be_mended() {
    let mut desk = Desk::new();
    let id = desk.command(start(1));
    desk.up(started(SERIAL, Done::Failed, StartFailure::NotPlugged));
    desk.live(50);
    assert!(desk.is_open(id), "the user walks to the vehicle");
    desk.up(started(SERIAL, Done::Ok, StartFailure::None));
    assert!(desk.is_accepted(id));

    let mut desk = Desk::new();
    let id = desk.command(start(1));
    desk.up(started(SERIAL, Done::Failed, StartFailure::NotPlugged));
    desk.live(64);
    assert!(desk.is_open(id));
    desk.live(1);
    assert_eq!(desk.refusal(id).0, Some(5));
    assert!(
        desk.kinds()
            .iter()
            .all(|kind| *kind == FrameType::RemoteStart),
        "written once"
    );
}

#[test]
fn a_stop_ends_the_wait_for_the_plug() {
    let mut desk = Desk::new();
    let first = desk.command(start(1));
    desk.up(started(SERIAL, Done::Failed, StartFailure::NotPlugged));
    desk.command(stop(1));
    desk.up(super::stops::stopped(Done::Ok, StopFailure::None));
    assert_eq!(desk.refusal(first).0, Some(5));
    desk.forget();
    desk.command(start(1));
    assert_eq!(desk.kinds(), [FrameType::RemoteStart], "it need not wait");
}

#[test]
fn the_first_charging_data_answer_a_start() {
    let mut desk = Desk::new();
    let id = desk.command(start(1));
    desk.live(40);
    desk.up(idle(1));
    assert!(desk.is_open(id), "idle is normal before it begins");
    desk.up(charging(1, SERIAL, 0));
    assert!(desk.is_accepted(id));
    desk.live(120);
    assert!(denied(&desk).is_empty());
}

#[test]
fn silence_lasts_ninety_seconds_and_no_repeat_is_written() {
    let mut desk = Desk::new();
    let id = desk.command(start(1));
    desk.live(89);
    assert!(desk.is_open(id));
    desk.live(2);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 1 });
    assert_eq!(desk.kinds(), [FrameType::RemoteStart]);
}

#[test]
fn a_session_that_does_not_begin_is_stopped_once_and_given_up() {
    let mut desk = Desk::new();
    desk.command(start(1));
    desk.live(10);
    desk.up(started(SERIAL, Done::Ok, StartFailure::None));
    // Charging without a number is the time before it begins.
    desk.up(charging(1, NONE, 0));
    desk.live(79);
    assert!(denied(&desk).is_empty());
    desk.live(1);
    assert_eq!(denied(&desk), [&ChargeKey::Serial(SERIAL.to_owned())]);
    desk.live(60);
    let kinds = desk.kinds();
    let stops = kinds.iter().filter(|kind| **kind == FrameType::RemoteStop);
    assert_eq!(stops.count(), 1);
}

#[test]
fn a_record_ends_the_waiting() {
    let mut desk = Desk::new();
    let id = desk.command(start(1));
    desk.up(Body::Record(Box::new(record(SERIAL))));
    assert!(desk.is_accepted(id), "every executed start has its record");
    let mut desk = Desk::new();
    desk.command(start(1));
    desk.up(started(SERIAL, Done::Ok, StartFailure::None));
    desk.up(Body::Record(Box::new(record(SERIAL))));
    desk.live(120);
    assert!(denied(&desk).is_empty());
}

#[test]
fn a_start_that_may_have_arrived_is_asked_about_first() {
    // It runs.
    let mut desk = Desk::new();
    let id = desk.dispatch(start(1), true);
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime]);
    desk.up(charging(1, SERIAL, 1));
    assert!(desk.is_accepted(id));
    assert!(desk.kinds().is_empty());
    // It does not.
    let mut desk = Desk::new();
    let id = desk.dispatch(start(1), true);
    desk.up(idle(1));
    assert_eq!(
        desk.kinds(),
        [FrameType::ReadRealtime, FrameType::RemoteStart]
    );
    desk.up(started(SERIAL, Done::Ok, StartFailure::None));
    assert!(desk.is_accepted(id));
    // Another one runs there.
    let mut desk = Desk::new();
    let id = desk.dispatch(start(1), true);
    desk.up(charging(1, OTHER, 1));
    assert_eq!(desk.refusal(id).0, Some(2));
    // It says nothing.
    let mut desk = Desk::new();
    let id = desk.dispatch(start(1), true);
    desk.live(10);
    assert_eq!(
        desk.kinds(),
        [FrameType::ReadRealtime, FrameType::RemoteStart]
    );
    assert!(desk.is_open(id));
}

#[test]
fn an_answer_that_overtakes_the_question_begins_the_wait() {
    let mut desk = Desk::new();
    let id = desk.dispatch(start(1), true);
    desk.up(started(SERIAL, Done::Ok, StartFailure::None));
    assert!(desk.is_accepted(id));
    desk.live(80);
    assert!(denied(&desk).is_empty(), "ninety seconds from now");
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime], "and no stop");
    desk.up(charging(1, SERIAL, 1));
    desk.live(60);
    assert!(denied(&desk).is_empty());
    // The plug is missing: the question is still what decides.
    let mut desk = Desk::new();
    let id = desk.dispatch(start(1), true);
    desk.up(started(SERIAL, Done::Failed, StartFailure::NotPlugged));
    desk.live(5);
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime]);
    desk.up(charging(1, SERIAL, 1));
    assert!(desk.is_accepted(id));
}

#[test]
fn a_stop_takes_back_a_start_that_waits() {
    let mut desk = Desk::new();
    desk.command(stop(1));
    // The start waits for the stop of its gun.
    let id = desk.command(start(1));
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    desk.command(Command::StopCharge {
        port: PortNo(1),
        order: order_no(),
        serial: Some(SERIAL.to_owned()),
    });
    assert_eq!(desk.refusal(id).1, "stopped before it was sent");
}

#[test]
fn each_gun_of_a_parallel_start_is_told_its_order_s_money() {
    let mut desk = Desk::new();
    let mut main = plan(1);
    main.amount = Fen(5_001);
    main.parallel = Some("241020150000".to_owned());
    let id = desk.command(Command::StartCharge(main));
    let said = desk.said();
    let [Body::ParallelStart(start)] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(
        start.start.balance, 5_001,
        "the order has its share already"
    );
    assert_eq!(start.parallel_no.to_string(), "241020150000");
    desk.up(Body::ParallelResult(ParallelResult {
        result: RemoteStartResult {
            head: head(1, SERIAL),
            result: Done::Ok,
            fail_reason: StartFailure::None,
        },
        gun_role: GunRole::Main,
        parallel_no: start.parallel_no,
    }));
    assert!(desk.is_accepted(id));
}

/// Two guns of one parallel charge; the commands, and the answer of a gun.
fn parallel() -> (Desk, [kernel::CommandId; 2]) {
    let mut desk = Desk::new();
    let ids = [(1, SERIAL), (2, OTHER)].map(|(gun, text)| {
        let mut plan = plan(gun);
        plan.serial = Some(text.to_owned());
        plan.parallel = Some("241020150000".to_owned());
        desk.command(Command::StartCharge(plan))
    });
    assert_eq!(desk.kinds(), [FrameType::ParallelStart; 2]);
    (desk, ids)
}

fn parallel_answer(gun: u8, serial_text: &str, result: Done) -> Body {
    Body::ParallelResult(ParallelResult {
        result: RemoteStartResult {
            head: head(gun, serial_text),
            result,
            fail_reason: StartFailure::Fault,
        },
        gun_role: GunRole::Main,
        parallel_no: "241020150000".parse().expect("digits"),
    })
}

#[test]
fn if_one_gun_of_a_parallel_charge_fails_none_starts() {
    // The other one has said yes.
    let (mut desk, [first, second]) = parallel();
    desk.up(parallel_answer(1, SERIAL, Done::Ok));
    desk.up(parallel_answer(2, OTHER, Done::Failed));
    assert!(desk.is_accepted(first));
    assert_eq!(desk.refusal(second).0, Some(3));
    assert_eq!(denied(&desk), [&ChargeKey::Serial(SERIAL.to_owned())]);
    assert!(matches!(&desk.said()[..], [Body::RemoteStop(stop)] if stop.gun_no.number() == 1));
    // It has said nothing yet.
    let (mut desk, [first, second]) = parallel();
    desk.up(parallel_answer(2, OTHER, Done::Failed));
    assert_eq!(desk.refusal(second).0, Some(3));
    assert_eq!(
        desk.refusal(first).1,
        "another gun of the parallel charge did not start"
    );
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    // It charges already, and the other one stays silent for half a minute.
    let (mut desk, [first, second]) = parallel();
    desk.up(parallel_answer(1, SERIAL, Done::Ok));
    desk.up(charging(1, SERIAL, 0));
    desk.live(30);
    assert!(desk.is_accepted(first));
    assert_eq!(desk.outcome(second), &Outcome::Lapsed { attempts: 1 });
    assert!(denied(&desk).is_empty(), "its record ends it");
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    // Both say yes.
    let (mut desk, _) = parallel();
    desk.up(parallel_answer(1, SERIAL, Done::Ok));
    desk.up(parallel_answer(2, OTHER, Done::Ok));
    desk.up(charging(1, SERIAL, 0));
    desk.up(charging(2, OTHER, 0));
    desk.live(120);
    assert!(denied(&desk).is_empty() && desk.kinds().is_empty());
}

#[test]
fn a_command_is_taken_once_and_can_be_taken_back() {
    let mut desk = Desk::new();
    desk.command(stop(1));
    let id = desk.command(start(1));
    assert!(device::Link::withdraw(&mut desk.link, id));
    assert!(!device::Link::withdraw(&mut desk.link, id));
    let written = desk.command(start(2));
    assert!(!device::Link::withdraw(&mut desk.link, written));
    desk.next_id -= 1;
    desk.said();
    desk.command(start(2));
    assert!(desk.said().is_empty(), "it is here already");
}

#[test]
fn guns_are_started_independently() {
    let mut desk = Desk::new();
    desk.command(start(1));
    let mut second = plan(2);
    second.serial = Some(OTHER.to_owned());
    desk.command(Command::StartCharge(second));
    assert_eq!(desk.kinds(), [FrameType::RemoteStart; 2]);
}
