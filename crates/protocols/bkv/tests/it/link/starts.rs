//! Starts and stops of the networked dialect: whatever is lost, a charge begins at most once.

use super::{Desk, order, plan, start, stop};
use device::{ChargeKey, ChargeMode, Command, Event, Outcome};
use kernel::{CommandId, Energy, PortNo};

/// Sub-command 1D for socket 1.
const QUERY: &str = "00011d01";
/// Start of socket 1 A for 60 minutes.
const START_A: &str = "00080701000101003c0000";

#[test]
fn a_start_is_eight_bytes_and_its_answer_names_the_session() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    assert_eq!(desk.last().seq, 101);
    assert_eq!(desk.said(), [(0x0015, START_A.to_owned())]);
    desk.pass(1050);
    desk.control_ack(101, 1, 0, 9);
    let accepted = Outcome::Accepted {
        port: Some(PortNo(1)),
        session: Some(9),
        data: None,
    };
    assert_eq!(desk.outcome(id), &accepted);
    match desk.named("confirm")[..] {
        [Event::Confirmed(confirmation)] => {
            assert_eq!(confirmation.charge, ChargeKey::Order(order(1)));
            assert!(confirmation.accepted);
        }
        ref other => panic!("{other:?}"),
    }
    assert_eq!(desk.said(), [], "an answer is never answered");
}

#[test]
fn limits_by_energy_until_full_and_on_the_second_socket() {
    let mut desk = Desk::new();
    let energy = device::ChargePlan {
        mode: ChargeMode::Energy,
        duration_s: None,
        energy: Some(Energy::from_wh(2500)),
        ..plan(4, 1)
    };
    desk.command(Command::StartCharge(energy));
    desk.pass(300);
    let full = device::ChargePlan {
        mode: ChargeMode::Full,
        duration_s: None,
        ..plan(2, 2)
    };
    desk.command(Command::StartCharge(full));
    desk.pass(300);
    desk.command(stop(500, 3));
    let said = desk.said();
    let bodies: Vec<&str> = said.iter().map(|(_, body)| body.as_str()).collect();
    assert_eq!(
        bodies,
        [
            "00080702010100038409c4",
            "0008070101010103840000",
            "000807fa01000100000000",
        ]
    );
}

#[test]
fn a_lost_answer_is_asked_for_before_the_start_is_repeated() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.said();
    desk.seconds(10);
    assert_eq!(desk.said(), [(0x0015, QUERY.to_owned())]);
    // The first word of a socket on a connection may be of yesterday: it is asked again.
    desk.status((0x90, 9), (0x80, 0));
    desk.pass(300);
    let said = desk.said();
    assert_eq!(said.last(), Some(&(0x0015, QUERY.to_owned())));
    assert!(desk.is_open(id));
    desk.status((0x90, 9), (0x80, 0));
    assert!(desk.accepted(id));
    assert_eq!(desk.named("confirm").len(), 1);
    desk.seconds(60);
    assert!(
        desk.said().iter().all(|(cmd, _)| *cmd == 0x1000),
        "acks only"
    );
}

#[test]
fn a_socket_that_is_known_is_believed_at_once() {
    let mut desk = Desk::new();
    desk.status((0x80, 0), (0x80, 0));
    let id = desk.command(start(1, 1));
    desk.seconds(10);
    desk.status((0x90, 9), (0x80, 0));
    let session = match desk.outcome(id) {
        Outcome::Accepted { session, .. } => *session,
        other => panic!("{other:?}"),
    };
    assert_eq!(session, Some(9));
}

#[test]
fn an_idle_port_gets_the_start_once_more_and_no_third_time() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.seconds(10);
    desk.said();
    desk.status((0x80, 0), (0x80, 0));
    desk.pass(300);
    assert_eq!(desk.last().seq, 101, "the same number");
    assert_eq!(desk.said().last(), Some(&(0x0015, START_A.to_owned())));
    desk.seconds(10);
    assert_eq!(desk.said(), [(0x0015, QUERY.to_owned())]);
    desk.status((0x80, 0), (0x80, 0));
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 2 });
}

#[test]
fn a_socket_that_says_nothing_never_gets_a_second_start() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.said();
    desk.seconds(120);
    let said = desk.said();
    assert_eq!(said, vec![(0x0015, QUERY.to_owned()); 3]);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 1 });
}

#[test]
fn an_offline_socket_and_another_hole_are_no_answer() {
    let mut desk = Desk::new();
    desk.status((0x80, 0), (0x80, 0));
    let id = desk.command(start(1, 1));
    desk.seconds(10);
    desk.status((0x00, 0), (0x00, 0));
    desk.status_of(1, &[(1, 0x80, 0)]);
    desk.pass(1000);
    assert!(desk.is_open(id));
    assert_ne!(desk.last().seq, 101);
}

#[test]
fn a_late_answer_counts_while_the_device_is_being_asked() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.seconds(12);
    desk.control_ack(101, 1, 0, 9);
    assert!(desk.accepted(id));
    desk.said();
    desk.seconds(60);
    assert_eq!(desk.said(), []);
}

#[test]
fn an_answer_nobody_waits_for_is_no_acceptance() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.control_ack(999, 1, 0, 9);
    desk.sub(0x0015, 0x1B, 101, "010001");
    assert!(desk.is_open(id));
    assert_eq!(desk.named("confirm").len(), 0);
}

#[test]
fn no_session_number_yet_is_still_an_acceptance() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.control_ack(101, 1, 0, 0);
    let accepted = Outcome::Accepted {
        port: Some(PortNo(1)),
        session: None,
        data: None,
    };
    assert_eq!(desk.outcome(id), &accepted);
}

#[test]
fn a_refusal_has_no_reason_so_the_status_is_asked() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.said();
    desk.control_ack(101, 0, 0, 0);
    assert_eq!(desk.refusal(id), "device refused");
    desk.pass(300);
    assert_eq!(desk.said(), [(0x0015, QUERY.to_owned())]);
}

#[test]
fn after_a_reconnect_the_device_is_asked_first() {
    let mut desk = Desk::new();
    let id = desk.dispatch(start(1, 1), true);
    assert_eq!(desk.said(), [(0x0015, QUERY.to_owned())]);
    assert!(!desk_withdraws(&mut desk, id), "it may have been delivered");
    // The first report after a reconnect may show an old session.
    desk.status((0x90, 3), (0x80, 0));
    assert!(desk.is_open(id));
    desk.status((0x80, 0), (0x80, 0));
    desk.pass(300);
    desk.status((0x80, 0), (0x80, 0));
    desk.pass(300);
    let starts = desk.said();
    assert_eq!(
        starts.iter().filter(|(_, body)| *body == START_A).count(),
        1
    );
    desk.control_ack(101, 1, 0, 4);
    assert!(desk.accepted(id));
}

fn desk_withdraws(desk: &mut Desk, id: CommandId) -> bool {
    use device::Link as _;
    desk.link.withdraw(id)
}

#[test]
fn only_what_was_never_written_can_be_withdrawn() {
    let mut desk = Desk::new();
    let first = desk.command(start(1, 1));
    let second = desk.command(start(2, 2));
    assert!(!desk_withdraws(&mut desk, first));
    assert!(desk_withdraws(&mut desk, second));
    assert!(!desk_withdraws(&mut desk, second));
    desk.seconds(10);
    // Waiting for its pace, to ask whether it arrived: written all the same.
    assert!(!desk_withdraws(&mut desk, first));
    assert_eq!(desk.outcomes(second).len(), 0);
}

#[test]
fn a_stop_is_repeated_three_times() {
    let mut desk = Desk::new();
    let id = desk.command(stop(1, 1));
    desk.said();
    desk.seconds(60);
    assert_eq!(desk.said().len(), 3);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 4 });
}

#[test]
fn a_stop_is_accepted_whatever_session_its_answer_names() {
    let mut desk = Desk::new();
    let id = desk.command(stop(1, 1));
    desk.control_ack(101, 1, 0, 0);
    assert!(desk.accepted(id));
}

#[test]
fn a_start_that_waits_is_not_sent_after_its_stop() {
    let mut desk = Desk::new();
    desk.command(start(2, 7));
    let late = desk.command(start(1, 1));
    desk.command(stop(1, 1));
    assert_eq!(desk.refusal(late), "stopped before it was sent");
    desk.control_ack(101, 1, 1, 9);
    desk.said();
    desk.seconds(60);
    let starts = desk.said().into_iter().filter(|(_, body)| *body == START_A);
    assert_eq!(starts.count(), 0);
}

#[test]
fn a_start_without_answer_is_not_repeated_after_its_stop() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    let end = desk.command(stop(1, 1));
    assert_eq!(desk.said().len(), 1, "one at a time");
    desk.seconds(10);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 1 });
    desk.control_ack(102, 1, 0, 0);
    assert!(desk.accepted(end));
    desk.said();
    desk.status((0x80, 0), (0x80, 0));
    desk.seconds(60);
    assert!(desk.said().iter().all(|(cmd, _)| *cmd == 0x1000));
}

#[test]
fn a_stop_overtakes_what_waits_for_other_things() {
    let mut desk = Desk::new();
    desk.command(Command::QueryPort {
        port: Some(PortNo(1)),
    });
    desk.command(start(3, 1));
    desk.command(start(5, 2));
    desk.command(stop(7, 3));
    desk.said();
    desk.pass(300);
    let said = desk.said();
    assert_eq!(said[0].1, "0008070400000100000000");
}

#[test]
fn radio_is_slow_one_command_in_300_ms_and_one_per_socket() {
    let mut desk = Desk::new();
    for port in [1, 2, 3, 5, 7] {
        desk.command(start(port, port));
    }
    desk.seconds(5);
    let times: Vec<i64> = desk
        .downs
        .iter()
        .map(|down| down.at.0 - super::START.0)
        .collect();
    assert_eq!(times, [0, 300, 600, 900], "hole 2 waits for hole 1");
    desk.control_ack(101, 1, 0, 9);
    assert_eq!(desk.last().seq, 102);
}

#[test]
fn the_same_command_twice_is_one() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    desk.next_id = 1;
    assert_eq!(desk.command(start(1, 1)), id);
    desk.seconds(1);
    assert_eq!(desk.said().len(), 1);
}

#[test]
fn a_command_for_another_device_is_refused() {
    let mut desk = Desk::new();
    let dispatch = device::Dispatch {
        id: CommandId(7),
        device: super::phy("82210225000520"),
        command: start(1, 1),
        msg_id: 7,
        attempted: false,
        image: None,
    };
    desk.call(|link, now, out| device::Link::command(link, dispatch, now, out));
    assert_eq!(desk.said(), []);
    assert!(desk.refusal(CommandId(7)).contains("does not carry"));
}
