use super::{
    Occupancy, OccupancyEvent, OccupancyNews, OccupancyState, apply, next_deadline, occupancy_no,
};
use crate::pricing::occupancy::{Fee, OccupancyClock, OccupancyRule};
use kernel::{DeviceId, Fen, PortNo, Timestamp};

const START: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);

fn at(minutes: i64) -> Timestamp {
    Timestamp(START.0 + minutes * 60_000)
}

fn waiting() -> Occupancy {
    Occupancy {
        occ_no: occupancy_no(START, 7),
        order_no: "THD1729407600001".parse().expect("legal number"),
        device_id: DeviceId(1),
        phy_id: "82210225000520".parse().expect("legal id"),
        port_no: PortNo(1),
        member_ref: Some("m-1".to_owned()),
        api_key_id: None,
        rule: OccupancyRule::default(),
        state: OccupancyState::Waiting,
        started_at: START,
        ended_at: None,
        clock: OccupancyClock::begun(START),
        fee: Fee::default(),
        note: None,
    }
}

fn new_order(member: &str, cancelled_today: bool) -> OccupancyEvent {
    OccupancyEvent::NewOrder {
        member_ref: Some(member.to_owned()),
        cancelled_today,
    }
}

#[test]
fn unplugging_in_the_free_time_costs_nothing() {
    let step = apply(&waiting(), OccupancyEvent::Unplugged, at(15));
    assert_eq!(
        (step.next.state, step.next.fee.fen),
        (OccupancyState::Waived, Fen(0))
    );
    assert_eq!(step.news, []);
    assert!(step.changed);
}

#[test]
fn the_fee_begins_after_the_free_time_and_ends_with_the_unplugging() {
    let waiting = waiting();
    assert_eq!(next_deadline(&waiting), Some(at(15)));
    assert!(!apply(&waiting, OccupancyEvent::Tick, at(15)).changed);
    let timing = apply(&waiting, OccupancyEvent::Tick, at(16));
    assert_eq!(timing.news, [OccupancyNews::Started]);
    assert_eq!(timing.next.state, OccupancyState::Timing);
    assert_eq!(next_deadline(&timing.next), None);
    let later = apply(&timing.next, OccupancyEvent::Tick, at(20));
    assert!(!later.changed && later.news.is_empty());
    assert_eq!(later.next.fee.fen, Fen(250));
    let ended = apply(&timing.next, OccupancyEvent::Unplugged, at(25));
    assert_eq!(ended.news, [OccupancyNews::Ended]);
    assert_eq!(ended.next.state, OccupancyState::ToPay);
    assert_eq!((ended.next.fee.units, ended.next.fee.fen), (10, Fen(500)));
    assert_eq!(ended.next.fee_at(at(900)).fen, Fen(500));
    // Nobody looked in between: both are told.
    let at_once = apply(&waiting, OccupancyEvent::Unplugged, at(25));
    assert_eq!(at_once.news, [OccupancyNews::Started, OccupancyNews::Ended]);
    assert_eq!(at_once.next.fee, ended.next.fee);
}

#[test]
fn time_out_of_sight_does_not_count() {
    let away = apply(&waiting(), OccupancyEvent::OutOfSight, at(10)).next;
    assert_eq!(next_deadline(&away), None);
    assert!(!apply(&away, OccupancyEvent::OutOfSight, at(50)).changed);
    let back = apply(&away, OccupancyEvent::InSight, at(100)).next;
    assert_eq!(next_deadline(&back), Some(at(105)));
    let ended = apply(&back, OccupancyEvent::Unplugged, at(107)).next;
    assert_eq!(ended.fee.fen, Fen(100));
}

#[test]
fn the_same_member_charges_on_once_a_day() {
    let soon = apply(&waiting(), new_order("m-1", false), at(4)).next;
    assert_eq!(soon.state, OccupancyState::Waived);
    assert!(soon.note.is_some());
    let strict = OccupancyRule {
        free_minutes: 0,
        ..OccupancyRule::default()
    };
    let without_free_time = Occupancy {
        rule: strict,
        ..waiting()
    };
    for (event, minutes) in [
        (new_order("m-2", false), 4),
        (new_order("m-1", true), 4),
        (new_order("m-1", false), 6),
    ] {
        let ended = apply(&without_free_time, event, at(minutes)).next;
        assert_eq!(ended.state, OccupancyState::ToPay);
    }
}

#[test]
fn what_was_waived_is_not_due() {
    let due = apply(&waiting(), OccupancyEvent::Unplugged, at(25)).next;
    let reason = "complaint".to_owned();
    let waived = apply(&due, OccupancyEvent::Waived { reason }, at(30)).next;
    assert_eq!(waived.state, OccupancyState::Waived);
    assert_eq!((waived.due_at(at(30)), waived.fee.fen), (Fen(0), Fen(500)));
    assert_eq!(
        apply(&waived, OccupancyEvent::Unplugged, at(40)).next,
        waived
    );
}

#[test]
fn numbers_fit_where_payments_put_them() {
    let number = occupancy_no(START, 12_345_678);
    assert_eq!(number, "OC2024102015000034567812");
    assert!(number.len() <= 32);
}
