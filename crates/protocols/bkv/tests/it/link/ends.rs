//! End reports: stored first, answered in the form that the gateway understands.

use super::{Desk, GATEWAY, container_body, end_body, learnt, pinned, sub_body, up_from};
use device::{Answer, ChargeKey, EndReason, EndReport, Event};
use kernel::{Energy, Fen, PortNo, Power};

const STYLE_0C: &str = "00020c0101";
const STYLE_ECHO: &str = "0002020101";

fn report(desk: &Desk) -> &EndReport {
    match desk.named("record").last() {
        Some(Event::Ended(report)) => report,
        other => panic!("{other:?}"),
    }
}

fn learnt_values(desk: &Desk) -> Vec<(&'static str, String)> {
    let learnt = desk
        .named("learnt")
        .into_iter()
        .filter_map(|event| match event {
            Event::Learnt { key, value } if *key == "end_ack" => Some((*key, value.clone())),
            _ => None,
        });
    learnt.collect()
}

#[test]
fn an_end_is_answered_after_it_is_stored_and_not_before() {
    let mut desk = Desk::new();
    desk.stores = false;
    desk.end(0, 0xB0, 9, 1);
    desk.seconds(5);
    assert_eq!(desk.said(), []);
    let raw = up_from(
        GATEWAY,
        0x0015,
        0,
        &sub_body(0x02, &end_body(0, 0xB0, 9, 1)),
    );
    let envelope = desk.events.last().expect("an end").clone();
    assert_eq!(envelope.raw.as_deref(), Some(&raw[..]));
    desk.resolve(desk.receipts[0], Answer::Stored);
    assert_eq!(desk.last().seq, 0);
    assert_eq!(desk.said(), [(0x0015, STYLE_0C.to_owned())]);
    let report = report(&desk);
    assert_eq!(report.charge, ChargeKey::Session(9));
    assert_eq!(report.port, PortNo(1));
    assert_eq!(
        (report.duration_s, report.energy),
        (60, Energy::from_wh(80))
    );
    assert_eq!(report.reason, EndReason::Normal);
}

#[test]
fn silence_means_silence() {
    let mut desk = Desk::new();
    desk.stores = false;
    desk.end(0, 0xB0, 9, 1);
    desk.resolve(desk.receipts[0], Answer::Silence);
    desk.resolve(desk.receipts[0], Answer::Stored);
    assert_eq!(desk.said(), []);
}

#[test]
fn a_repeat_after_the_answer_gets_the_other_form_which_is_then_kept() {
    let mut desk = Desk::new();
    desk.end(0, 0xB0, 9, 1);
    assert_eq!(desk.said(), [(0x0015, STYLE_0C.to_owned())]);
    desk.seconds(10);
    // Live values differ from repeat to repeat.
    let other_power = end_body(0, 0xA0, 9, 1).replace("00000000005000", "00110022005000");
    desk.sub(0x0015, 0x02, 0, &other_power);
    assert_eq!(desk.said(), [(0x0015, STYLE_ECHO.to_owned())]);
    assert_eq!(learnt_values(&desk), [("end_ack", "echo".to_owned())]);
    desk.seconds(200);
    desk.end(0, 0xB0, 10, 1);
    assert_eq!(desk.said(), [(0x0015, STYLE_ECHO.to_owned())]);
    assert_eq!(desk.named("record").len(), 3, "each is handed on");
}

#[test]
fn a_gateway_that_knows_neither_form_hears_both_in_turn() {
    let mut desk = Desk::new();
    for _ in 0..3 {
        desk.end(0, 0xB0, 9, 1);
        desk.seconds(10);
    }
    let forms: Vec<String> = desk.said().into_iter().map(|(_, body)| body).collect();
    assert_eq!(forms, [STYLE_0C, STYLE_ECHO, STYLE_0C]);
    assert_eq!(learnt_values(&desk).len(), 2);
}

#[test]
fn a_repeat_long_after_the_answer_says_nothing_about_it() {
    let mut desk = Desk::new();
    desk.end(0, 0xB0, 9, 1);
    desk.seconds(61);
    desk.end(0, 0xB0, 9, 1);
    let forms: Vec<String> = desk.said().into_iter().map(|(_, body)| body).collect();
    assert_eq!(forms, [STYLE_0C, STYLE_0C]);
}

#[test]
fn two_that_wait_at_the_same_time_are_both_answered_the_same_way() {
    let mut desk = Desk::new();
    desk.stores = false;
    desk.end(0, 0xB0, 9, 1);
    desk.seconds(10);
    desk.end(0, 0xB0, 9, 1);
    assert_eq!(desk.named("record").len(), 2);
    let receipts = desk.receipts.clone();
    for receipt in receipts {
        desk.resolve(receipt, Answer::Stored);
    }
    let forms: Vec<String> = desk.said().into_iter().map(|(_, body)| body).collect();
    assert_eq!(forms, [STYLE_0C, STYLE_0C]);
    assert_eq!(learnt_values(&desk), []);
}

#[test]
fn what_was_learnt_or_pinned_is_used_from_the_first_report_on() {
    for (profile, form) in [
        (learnt("end_ack", "echo"), STYLE_ECHO),
        (pinned("end_ack", "echo"), STYLE_ECHO),
        (pinned("end_ack", "0c"), STYLE_0C),
    ] {
        let mut desk = Desk::with(profile);
        desk.end(0, 0xB0, 9, 1);
        assert_eq!(desk.said(), [(0x0015, form.to_owned())]);
    }
}

#[test]
fn a_tier_end_tells_money_time_and_tiers() {
    let mut desk = Desk::new();
    let tail = "07e406080e15070200110bb8020024000c";
    let body = format!("{}{tail}", end_body(1, 0x98, 9, 48));
    desk.sub(0x0015, 0x18, 0, &body);
    assert_eq!(desk.said(), [(0x0015, STYLE_0C.to_owned())]);
    let found = report(&desk);
    assert_eq!(found.port, PortNo(2));
    assert_eq!(found.device_amount, Some(Fen(17)));
    assert_eq!(found.peak_power, Some(Power(3000)));
    assert_eq!(found.tier_minutes, [36, 12]);
    assert_eq!(found.reason, EndReason::NoLoad);
    assert!(found.ended_at.is_some());
    desk.seconds(10);
    desk.sub(0x0015, 0x18, 0, &body);
    assert_eq!(desk.said(), [(0x0015, "0002180101".to_owned())]);
}

#[test]
fn a_card_end_has_one_form_only() {
    let mut desk = Desk::new();
    let body = format!("{}00000029835200010000000000", end_body(0, 0x98, 9, 48));
    for _ in 0..2 {
        desk.sub(0x0015, 0x0C, 0, &body);
        assert_eq!(desk.said(), [(0x0015, STYLE_0C.to_owned())]);
        desk.seconds(10);
    }
    assert_eq!(report(&desk).card_no.as_deref(), Some("000000298352"));
    assert_eq!(learnt_values(&desk), []);
}

#[test]
fn an_end_in_service_fee_mode_repeats_socket_and_hole() {
    let mut desk = Desk::new();
    desk.container(
        0x1004,
        0,
        &[
            (0x4A, "02"),
            (0x08, "01"),
            (0x09, "98"),
            (0x0A, "0009"),
            (0x0D, "0050"),
            (0x0E, "0030"),
            (0x2F, "08"),
            (0x85, "0010"),
            (0x86, "0005"),
        ],
    );
    let ack = container_body(0x1004, 0, &[(0x0F, "01"), (0x4A, "02"), (0x08, "01")]);
    assert_eq!(desk.said(), [(0x1000, ack)]);
    let report = report(&desk);
    assert_eq!(
        (report.port, report.device_amount),
        (PortNo(4), Some(Fen(21)))
    );
    assert_eq!(
        (report.duration_s, report.reason),
        (2880, EndReason::NoLoad)
    );
}

#[test]
fn an_end_without_a_session_number_is_known_by_its_port() {
    let mut desk = Desk::new();
    desk.end(0, 0xA0, 0, 1);
    assert_eq!(report(&desk).charge, ChargeKey::Port);
    assert_eq!(report(&desk).reason, EndReason::Full);
}

#[test]
fn an_end_of_a_hole_that_cannot_be_is_an_alarm_and_answered() {
    let mut desk = Desk::new();
    desk.end(5, 0xB0, 9, 1);
    assert_eq!(desk.said(), [(0x0015, STYLE_0C.to_owned())]);
    assert_eq!(desk.named("record").len(), 0);
    match desk.named("alarm")[..] {
        [Event::Alarm(alarm)] => {
            assert_eq!((alarm.port, alarm.active), (None, true));
            assert!(alarm.values.contains(&("business_no", 9)));
        }
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_single_device_has_socket_0() {
    let mut desk = Desk::with(pinned("single_device", "1"));
    let body = end_body(1, 0xB0, 9, 1).replacen("01", "00", 1);
    desk.sub(0x0015, 0x02, 0, &body);
    assert_eq!(report(&desk).port, PortNo(2));
    assert_eq!(desk.said(), [(0x0015, "00020c0001".to_owned())]);
}
