//! Starts with power tiers and with service fee.

use super::{Desk, container_body, learnt, pinned, plan};
use device::{
    ChargePlan, Command, Event, FeeSegment, Outcome, PowerTier, Profile, Protocol as _,
    ServiceFeePlan,
};
use kernel::{CommandId, Fen, Power};

pub(crate) fn tier(watts: i64, fen: i64, minutes: u16) -> PowerTier {
    PowerTier {
        up_to: Power(watts * 10),
        price: Fen(fen),
        minutes,
    }
}

fn tiers() -> Command {
    Command::StartCharge(ChargePlan {
        tiers: vec![tier(200, 25, 60), tier(400, 50, 60)],
        ..plan(1, 1)
    })
}

const TIERS: &str = "00121701000100640207d00019003c0fa00032003c";

fn body() -> String {
    TIERS.to_owned()
}

fn learnt_outer(desk: &Desk) -> Option<String> {
    desk.named("learnt")
        .into_iter()
        .find_map(|event| match event {
            Event::Learnt { key, value } if *key == "tier_outer" => Some(value.clone()),
            _ => None,
        })
}

fn accept(desk: &mut Desk, cmd: u16) {
    desk.sub(cmd, 0x17, 101, "0101000009");
}

fn is_accepted(desk: &Desk, id: CommandId) -> bool {
    matches!(
        desk.outcome(id),
        Outcome::Accepted {
            session: Some(9),
            ..
        }
    )
}

#[test]
fn the_printed_outer_command_comes_first() {
    let mut desk = Desk::new();
    let id = desk.command(tiers());
    assert_eq!(desk.said(), [(0x0005, body())]);
    accept(&mut desk, 0x0005);
    assert!(is_accepted(&desk, id));
    assert_eq!(learnt_outer(&desk), None, "it is what was assumed");
}

#[test]
fn the_other_one_follows_when_the_port_stays_idle_and_is_remembered() {
    let mut desk = Desk::new();
    desk.status((0x80, 0), (0x80, 0));
    let id = desk.command(tiers());
    desk.seconds(10);
    desk.said();
    desk.status((0x80, 0), (0x80, 0));
    desk.pass(300);
    assert_eq!(desk.said().last(), Some(&(0x0015, body())));
    accept(&mut desk, 0x0015);
    assert!(is_accepted(&desk, id));
    assert_eq!(learnt_outer(&desk).as_deref(), Some("0015"));
}

#[test]
fn a_late_answer_to_the_first_form_teaches_nothing_wrong() {
    let mut desk = Desk::new();
    desk.status((0x80, 0), (0x80, 0));
    let id = desk.command(tiers());
    desk.seconds(10);
    desk.status((0x80, 0), (0x80, 0));
    desk.pass(300);
    accept(&mut desk, 0x0005);
    assert!(is_accepted(&desk, id));
    assert_eq!(learnt_outer(&desk), None);
}

#[test]
fn a_session_found_by_asking_confirms_the_second_form() {
    let mut desk = Desk::new();
    desk.status((0x80, 0), (0x80, 0));
    let id = desk.command(tiers());
    desk.seconds(10);
    desk.status((0x80, 0), (0x80, 0));
    desk.seconds(11);
    desk.status((0x90, 9), (0x80, 0));
    assert!(is_accepted(&desk, id));
    assert_eq!(learnt_outer(&desk).as_deref(), Some("0015"));
}

#[test]
fn what_was_learnt_is_used_and_what_was_pinned_wins() {
    let mut both = learnt("tier_outer", "0015");
    for (profile, cmd) in [
        (both.clone(), 0x0015),
        (pinned("tier_outer", "0015"), 0x0015),
        (
            {
                both.pinned.insert("tier_outer", "0005");
                both
            },
            0x0005,
        ),
    ] {
        let mut desk = Desk::with(profile);
        desk.command(tiers());
        assert_eq!(desk.said(), [(cmd, body())]);
    }
}

#[test]
fn after_a_reconnect_the_form_is_not_to_blame() {
    let mut desk = Desk::new();
    desk.status((0x80, 0), (0x80, 0));
    desk.dispatch(tiers(), true);
    desk.status((0x80, 0), (0x80, 0));
    desk.pass(300);
    assert_eq!(desk.said().last(), Some(&(0x0005, body())));
}

fn fees(segments: Vec<FeeSegment>) -> ChargePlan {
    ChargePlan {
        fees: Some(ServiceFeePlan {
            service_by_time: false,
            segments,
        }),
        ..plan(1, 1)
    }
}

fn segment(hour: u8, minute: u8) -> FeeSegment {
    FeeSegment {
        until: (hour, minute),
        electricity: 50,
        service: 50,
    }
}

#[test]
fn a_start_with_service_fee_and_its_answers() {
    for (ack, ok) in [("01", true), ("00", false)] {
        let mut desk = Desk::new();
        let id = desk.command(Command::StartCharge(fees(vec![segment(23, 59)])));
        let body = container_body(
            0x1007,
            101,
            &[
                (0x4A, "01"),
                (0x08, "00"),
                (0x13, "01"),
                (0x12, "04"),
                (0x47, "01"),
                (0xF4, "02"),
                (0x88, "0064"),
                (0x80, "01"),
                (0x89, "01"),
                (0x83, "173b00320032"),
            ],
        );
        assert_eq!(desk.said(), [(0x1000, body)]);
        desk.container(0x1007, 101, &[(0x0F, ack), (0x0A, "0009"), (0x97, "05")]);
        if ok {
            assert!(is_accepted(&desk, id));
        } else {
            match desk.outcome(id) {
                Outcome::Refused(refusal) => assert_eq!(refusal.code, Some(5)),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn segments_cover_the_day_and_money_fits() {
    let check = |plan: ChargePlan| {
        bkv::Bkv
            .check(&Profile::default(), &Command::StartCharge(plan))
            .is_ok()
    };
    assert!(check(fees(vec![segment(8, 0), segment(23, 59)])));
    assert!(!check(fees(vec![])));
    assert!(!check(fees(vec![segment(23, 58)])));
    assert!(!check(fees(vec![
        segment(8, 0),
        segment(8, 0),
        segment(23, 59)
    ])));
    assert!(!check(fees(vec![segment(8, 60), segment(23, 59)])));
    let free = ChargePlan {
        amount: Fen::ZERO,
        ..fees(vec![segment(23, 59)])
    };
    assert!(!check(free));
    let falling = ChargePlan {
        tiers: vec![tier(400, 50, 60), tier(200, 25, 60)],
        ..plan(1, 1)
    };
    assert!(!check(falling));
}
