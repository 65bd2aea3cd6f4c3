//! Records in all forms: identity, doubts, answers, repeats.

use super::{CODE, ORDER, Rig, START, ascii, bcd, blank, charging, order, record, sealed};
use device::{Answer, ChargeKey, EndReason, EndReport, EnergySplit, Event, StartSource};
use infypower::clock::BcdTime;
use infypower::codes::{StartType, StopReason};
use infypower::message::{Body, HistoryRecord, Record, Record53, WideRecord};
use infypower::value::Scaled;
use kernel::{Energy, Fen};
use std::borrow::Cow;
use std::time::Duration;

pub(super) fn end(rig: &Rig) -> EndReport {
    let found = rig.find(|event| match event {
        Event::Ended(report) => Some(report.clone()),
        _ => None,
    });
    found.expect("an end")
}

fn heard(message: Record) -> (Rig, EndReport) {
    let mut rig = Rig::ready();
    rig.hear(&sealed(202, message));
    let report = end(&rig);
    (rig, report)
}

fn doubts(message: Record) -> Vec<Cow<'static, str>> {
    heard(message).1.details.expect("a record").doubts
}

#[test]
fn a_record_is_answered_after_it_is_stored_and_not_before() {
    let (mut rig, report) = heard(record(ORDER));
    assert_eq!(rig.said(), Vec::<u16>::new());
    assert_eq!(report.charge, ChargeKey::Order(order()));
    assert_eq!((report.duration_s, report.energy), (1200, Energy(100_000)));
    let envelope = rig.events.iter().find(|event| event.receipt.is_some());
    let envelope = envelope.expect("waits");
    assert!(envelope.raw.as_ref().is_some_and(|raw| raw.len() == 297));
    rig.answer(Answer::Stored);
    assert_eq!(rig.said(), [201]);
    let Body::RecordAnswer(answer) = rig.last(201) else {
        panic!("a record answer");
    };
    assert_eq!((answer.gun_no, rig.last_length(201)), (1, 37));
    let note = rig.notes.last().expect("201");
    assert_eq!((note.kind, note.msg_id), ("record", Some(7)));
}

#[test]
fn what_is_not_stored_is_not_answered() {
    let (mut rig, _) = heard(record(ORDER));
    rig.answer(Answer::Silence);
    assert_eq!(rig.said(), Vec::<u16>::new());
    rig.hear(&sealed(202, record(ORDER)));
    assert_eq!(rig.count("record"), 2, "it is news once more");
}

#[test]
fn a_stored_record_is_answered_at_once_each_time_whatever_its_index() {
    let (mut rig, _) = heard(record(ORDER));
    rig.answer(Answer::Stored);
    rig.forget();
    for index in 0..5 {
        let mut again = record(ORDER);
        again.record_index = index;
        again.internal_index = index;
        rig.hear(&sealed(202, again));
    }
    assert_eq!(rig.said(), [201; 5]);
    assert_eq!(rig.count("record"), 0);
    let mut other = record(ORDER);
    other.amount_yuan = Scaled(77);
    rig.hear(&sealed(202, other));
    assert_eq!(
        rig.count("record"),
        1,
        "the same order with another amount is not the same"
    );
}

#[test]
fn details_are_passed_on() {
    let mut message = record(ORDER);
    message.vin = ascii("LSVAA49J132047371");
    (message.soc_start, message.soc_end) = (31, 80);
    message.amount_yuan = Scaled(1234);
    message.stop_reason = StopReason::from(308);
    let (_, report) = heard(message);
    assert_eq!(report.device_amount, Some(Fen(1234)));
    assert_eq!((report.reason, report.reason_raw), (EndReason::Normal, 308));
    assert_eq!(report.ended_at, Some(START + Duration::from_mins(20)));
    let details = report.details.expect("a record");
    assert_eq!(details.source, StartSource::Remote);
    assert_eq!(details.started_at, Some(START));
    assert_eq!(details.vin.as_deref(), Some("LSVAA49J132047371"));
    assert_eq!(details.soc, Some((31, 80)));
    assert_eq!(details.meter, Some((Energy(5_000_000), Energy(5_100_000))));
    let EnergySplit::BySlot(slots) = details.split else {
        panic!("by slot");
    };
    assert_eq!(slots[30], Energy(100_000));
    assert_eq!(slots.iter().map(|slot| slot.0).sum::<i64>(), 100_000);
    assert_eq!(details.doubts, Vec::<&str>::new());
}

#[test]
fn implausible_records_are_doubted_and_passed_on() {
    let change = |change: fn(&mut Record)| {
        let mut message = record(ORDER);
        change(&mut message);
        doubts(message)
    };
    assert_eq!(
        change(|r| r.end_time = bcd(START - Duration::from_secs(1))),
        ["times"]
    );
    assert_eq!(change(|r| r.duration_s = 1321), ["duration"]);
    assert_eq!(change(|r| r.duration_s = 1320), Vec::<&str>::new());
    assert_eq!(change(|r| r.meter_end_kwh = Scaled(51_006)), ["meter"]);
    assert_eq!(
        change(|r| r.meter_end_kwh = Scaled(51_005)),
        Vec::<&str>::new()
    );
    assert_eq!(
        change(|r| r.meter_end_kwh = Scaled(40_000)),
        ["meter"],
        "it went back"
    );
    assert_eq!(
        change(|r| {
            r.energy_kwh = Scaled(50_001);
            r.meter_end_kwh = Scaled(100_001);
        }),
        ["energy", "period_sum"]
    );
    assert_eq!(
        change(|r| r.periods_kwh.0[30] = Scaled(949)),
        ["period_sum"]
    );
    assert_eq!(
        change(|r| {
            r.duration_s = 90_000;
            r.end_time = bcd(START + Duration::from_hours(25));
        }),
        ["length"]
    );
}

#[test]
fn small_differences_go_to_the_largest_slot_and_missing_slots_are_no_zero() {
    let mut message = record(ORDER);
    message.periods_kwh.0[30] = Scaled(700);
    message.periods_kwh.0[31] = Scaled(280);
    let details = heard(message).1.details.expect("a record");
    let EnergySplit::BySlot(slots) = details.split else {
        panic!("by slot");
    };
    assert_eq!((slots[30], slots[31]), (Energy(72_000), Energy(28_000)));
    let mut message = record(ORDER);
    message.periods_kwh.0[30] = Scaled(0);
    let details = heard(message).1.details.expect("a record");
    assert_eq!(details.split, EnergySplit::Whole);
}

#[test]
fn clocks_that_were_never_set_are_no_times() {
    for time in [BcdTime::NONE, BcdTime([0x19, 0x70, 1, 1, 0, 0, 5, 0xFF])] {
        let mut message = record(ORDER);
        message.start_time = time;
        let (_, report) = heard(message);
        assert_eq!(report.charge, ChargeKey::Order(order()), "by number only");
        let details = report.details.expect("a record");
        assert_eq!(
            (details.started_at, details.split),
            (None, EnergySplit::Whole)
        );
    }
}

#[test]
fn a_gun_that_cannot_be_is_doubted_unless_the_order_is_named() {
    let of_gun = |gun_no, order: &str| {
        let mut message = record(order);
        message.start_type = StartType::Card;
        message.gun_no = gun_no;
        doubts(message)
    };
    assert_eq!(of_gun(0xCC, ""), ["gun"]);
    assert_eq!(of_gun(2, ""), Vec::<&str>::new());
    assert_eq!(of_gun(0xCC, ORDER), Vec::<&str>::new());
}

#[test]
fn an_orphan_is_known_by_its_body() {
    let nameless = |index| {
        let mut message = record("");
        message.start_time = BcdTime::NONE;
        message.start_type = StartType::Card;
        message.record_index = index;
        message
    };
    let (_, first) = heard(nameless(1));
    let (_, again) = heard(nameless(2));
    assert_eq!(first.charge, again.charge);
    let ChargeKey::Serial(name) = &first.charge else {
        panic!("a serial");
    };
    assert!(name.starts_with("ORPHAN-"));
    assert!(
        first
            .details
            .expect("a record")
            .doubts
            .contains(&"no_clock".into())
    );
}

#[test]
fn a_card_session_is_named_the_same_in_status_and_record() {
    let mut rig = Rig::ready();
    let mut running = charging(1, "", 60, 100);
    running.start_type = StartType::Card;
    running.card_no = ascii("0012345678");
    running.start_time = bcd(START);
    rig.hear(&sealed(104, running));
    let began = rig.find(|event| match event {
        Event::Began(start) => Some(start.clone()),
        _ => None,
    });
    let began = began.expect("told");
    assert_eq!(
        (began.source, began.card_no.as_deref()),
        (StartSource::Card, Some("0012345678"))
    );
    let mut done = record("");
    done.start_type = StartType::Card;
    done.card_no = ascii("0012345678");
    rig.hear(&sealed(202, done));
    let report = end(&rig);
    assert_eq!(report.charge, began.charge);
    assert_eq!(report.card_no.as_deref(), Some("0012345678"));
}

#[test]
fn a_record_with_31_digits_is_another_platforms() {
    let number = "2103041840010000000000000000001";
    let (mut rig, report) = heard(record(number));
    assert_eq!(report.charge, ChargeKey::Serial(number.to_owned()));
    rig.answer(Answer::Stored);
    assert_eq!(rig.said(), [201], "it hears its answer all the same");
}

#[test]
fn wide_records_are_scaled_and_checked_against_the_status() {
    let wide = |factor: u32| {
        let mut message: WideRecord = blank(400);
        message.pile_code = ascii(CODE);
        message.gun_no = 1;
        message.start_type = StartType::Platform;
        message.order_no = ascii(ORDER);
        message.start_time = bcd(START);
        message.end_time = bcd(START + Duration::from_mins(20));
        message.duration_s = 1200;
        message.energy_raw = 1000 * factor;
        message.meter_end_raw = 1000 * factor;
        message.periods_raw.0[30] = 1000 * factor;
        sealed(502, message)
    };
    let mut rig = Rig::ready();
    rig.hear(&wide(10));
    assert_eq!(end(&rig).energy, Energy(100_000));
    rig.answer(Answer::Stored);
    assert_eq!(rig.said(), [501]);

    // The status saw 9 kWh; a record of 1000 units is 1 kWh by 0.001, 10 kWh by 0.01.
    for (scale, doubtful) in [("0.001", true), ("0.01", false)] {
        let mut rig = Rig::pinned(&[("wide_scale", scale)]);
        let mut seen = charging(1, ORDER, 1000, 900);
        seen.meter_start_kwh = Scaled(50_000);
        seen.meter_now_kwh = Scaled(50_900);
        rig.hear(&sealed(104, seen));
        rig.hear(&wide(1));
        let doubts = end(&rig).details.expect("a record").doubts;
        assert_eq!(doubts.contains(&"scale".into()), doubtful, "{scale}");
    }
}

#[test]
fn v53_records_are_answered_in_their_own_form() {
    let mut rig = Rig::pinned(&[("dialect", "shenghong-5.3")]);
    let mut message: Record53 = blank(434);
    message.pile_code = ascii(CODE);
    message.gun_no = 2;
    message.card_no = ascii("U1");
    message.order_no = ascii(ORDER);
    message.internal_index = 99;
    message.energy_kwh = Scaled(55_127);
    rig.hear(&sealed(222, message));
    assert_eq!(end(&rig).energy, Energy(551_270));
    rig.answer(Answer::Stored);
    let Body::RecordAnswer53(answer) = rig.last(221) else {
        panic!("a record answer");
    };
    assert_eq!(
        (answer.gun_no, answer.internal_index, answer.fee_valid),
        (2, 99, 0)
    );
}

#[test]
fn history_is_read_and_not_answered() {
    let mut rig = Rig::ready();
    let id = rig.command(device::Command::QueryHistory { first: 5, count: 2 });
    assert_eq!(rig.said(), [401]);
    for index in [5, 6] {
        let mut message: HistoryRecord = blank(264);
        message.pile_code = ascii(CODE);
        message.record_index = index;
        message.gun_no = 1;
        message.card_no = ascii(ORDER);
        rig.wait(Duration::from_secs(8));
        rig.hear(&sealed(402, message));
    }
    assert_eq!((rig.count("record"), rig.said()), (2, vec![401]));
    assert!(rig.events.iter().all(|event| event.receipt.is_none()));
    assert!(rig.is_accepted(id));
    let id = rig.command(device::Command::QueryHistory { first: 5, count: 2 });
    rig.wait(Duration::from_secs(11));
    assert!(matches!(
        rig.outcome(id),
        Some(device::Outcome::Lapsed { .. })
    ));
}

#[test]
fn history_without_our_number_is_looked_at_before_it_is_billed() {
    for (card, doubts) in [(ORDER, 0), ("1000000001", 1)] {
        let mut rig = Rig::ready();
        rig.command(device::Command::QueryHistory { first: 5, count: 1 });
        let mut message: HistoryRecord = blank(264);
        message.pile_code = ascii(CODE);
        message.gun_no = 1;
        message.card_no = ascii(card);
        rig.hear(&sealed(402, message));
        let told = end(&rig)
            .details
            .as_ref()
            .map(|details| details.doubts.clone());
        let history = told.unwrap_or_default();
        let history = history.iter().filter(|doubt| **doubt == "history");
        assert_eq!(history.count(), doubts, "{card}");
    }
}

#[test]
fn a_record_of_an_impossible_gun_is_not_lost() {
    let mut message = record(ORDER);
    message.gun_no = 0xEE;
    let (mut rig, _) = heard(message);
    rig.answer(Answer::Stored);
    let Body::RecordAnswer(answer) = rig.last(201) else {
        panic!("a record answer");
    };
    assert_eq!(answer.gun_no, 0xEE, "as it came");
}

#[test]
fn longer_records_keep_what_nobody_knows() {
    let mut rig = Rig::ready();
    let mut bytes = Vec::new();
    infypower::message::Message::from(Body::from(record(ORDER))).write(&mut bytes);
    bytes.extend_from_slice(&[0x5A; 40]);
    rig.hear(&super::raw(202, &bytes));
    assert_eq!(end(&rig).charge, ChargeKey::Order(order()));
    let mut bounded = Rig::pinned(&[("record_length", "256")]);
    bounded.hear(&super::raw(202, &bytes));
    assert_ne!(end(&bounded).charge, ChargeKey::Order(order()));
}
