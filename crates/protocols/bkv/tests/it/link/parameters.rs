//! Parameters: set, read, compared; the forms of older firmware.

use super::{Desk, container_body, pinned};
use bkv::Bkv;
use device::{Command, Event, Outcome, ParamValue, Profile, Protocol as _};

fn values(pairs: &[(&str, i64)]) -> Vec<ParamValue> {
    let value = |(id, value): &(&str, i64)| ParamValue {
        id: (*id).to_owned(),
        value: (*value).into(),
    };
    pairs.iter().map(value).collect()
}

fn set(pairs: &[(&str, i64)]) -> Command {
    Command::SetParams {
        socket: Some(2),
        values: values(pairs),
        via: None,
    }
}

const PAIRS: [(&str, i64); 3] = [
    ("full_delay_s", 7200),
    ("temp_threshold_c", 85),
    ("0x59", 600),
];

fn begun() -> (Desk, kernel::CommandId) {
    let mut desk = Desk::new();
    let id = desk.command(set(&PAIRS));
    let body = container_body(
        0x1011,
        101,
        &[(0x4A, "02"), (0x21, "1c20"), (0x25, "55"), (0x59, "0258")],
    );
    assert_eq!(desk.said(), [(0x1000, body)]);
    desk.container(0x1011, 101, &[(0x4A, "02"), (0x0F, "01")]);
    assert!(desk.is_open(id), "not before it was compared");
    desk.pass(300);
    let number = desk.last().seq;
    let query = container_body(0x1012, number, &[(0x4A, "02")]);
    assert_eq!(desk.said(), [(0x1000, query)]);
    (desk, id)
}

fn read_back(desk: &mut Desk, id: kernel::CommandId, full_delay: &str) -> Outcome {
    let number = desk_number(desk);
    desk.container(
        0x1012,
        number,
        &[
            (0x4A, "02"),
            (0x0F, "01"),
            (0x21, full_delay),
            (0x25, "55"),
            (0x59, "0258"),
        ],
    );
    desk.outcome(id).clone()
}

/// The number of the last frame, from the log.
fn desk_number(desk: &Desk) -> u32 {
    let number = desk.items.iter().rev().find_map(|item| match item {
        device::Item::Frame(note) if note.direction == device::Direction::Down => note.msg_id,
        _ => None,
    });
    number.expect("a frame went down")
}

#[test]
fn a_setting_is_read_back_and_compared() {
    let (mut desk, id) = begun();
    match read_back(&mut desk, id, "1c20") {
        Outcome::Accepted {
            data: Some(data), ..
        } => assert!(data.contains("\"full_delay_s\":7200"), "{data}"),
        other => panic!("{other:?}"),
    }
    match desk.named("params")[..] {
        [Event::Params { socket, values }] => {
            assert_eq!(*socket, Some(2));
            assert!(values.contains(&("max_charge_min".into(), 600.into())));
        }
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_value_that_did_not_stick_is_no_success() {
    let (mut desk, id) = begun();
    match read_back(&mut desk, id, "0e10") {
        Outcome::Refused(refusal) => {
            assert_eq!(
                refusal.text,
                "full_delay_s is 3600 after setting it to 7200"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn refusals_of_either_step_end_it() {
    let mut desk = Desk::new();
    let id = desk.command(set(&PAIRS));
    desk.container(0x1011, 101, &[(0x4A, "02"), (0x0F, "00")]);
    assert_eq!(desk.refusal(id), "device refused");
    let (mut desk, id) = begun();
    let number = desk_number(&desk);
    desk.container(0x1012, number, &[(0x4A, "02"), (0x0F, "00")]);
    assert_eq!(desk.refusal(id), "device refused");
}

#[test]
fn each_step_is_written_three_times() {
    let mut desk = Desk::new();
    let id = desk.command(set(&PAIRS));
    desk.seconds(60);
    assert_eq!(desk.downs.len(), 3);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 3 });
    let (mut desk, id) = begun();
    desk.seconds(60);
    assert_eq!(desk.downs.len(), 2);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 3 });
}

#[test]
fn a_reading_alone_is_told_and_accepted() {
    let mut desk = Desk::new();
    let id = desk.command(Command::QueryParams { socket: None });
    assert_eq!(desk.said().len(), 1);
    desk.container(0x1012, 101, &[(0x4A, "01"), (0x0F, "01"), (0x22, "0078")]);
    assert!(desk.accepted(id));
    assert_eq!(desk.named("params").len(), 1);
}

#[test]
fn older_firmware_has_forms_of_its_own_behind_a_switch() {
    let all = [
        ("full_delay_s", 7200),
        ("no_load_delay_s", 120),
        ("full_power_0_1w", 100),
        ("no_load_power_0_1w", 8),
        ("temp_threshold_c", 85),
    ];
    let mut desk = Desk::with(pinned("legacy_params", "1"));
    let id = desk.command(set(&all));
    let body = "000b0302001c2000780064000855".to_owned();
    assert_eq!(desk.said(), [(0x0005, body)]);
    desk.sub(0x0005, 0x03, 101, "0201");
    assert!(desk.accepted(id), "that it came is all that can be said");
    desk.pass(300);
    let limits = Command::SetParams {
        socket: Some(2),
        values: values(&[("port", 1), ("max_current_ma", 4000), ("max_power", 700)]),
        via: Some(6),
    };
    desk.command(limits);
    assert_eq!(desk.said(), [(0x0005, "00060602010fa002bc".to_owned())]);
    desk.sub(0x0005, 0x06, 102, "");
    desk.pass(300);
    desk.command(Command::QueryParams { socket: Some(2) });
    assert_eq!(desk.said(), [(0x0005, "00011302".to_owned())]);
}

#[test]
fn what_cannot_be_set_is_refused_before() {
    let refused = |profile: &Profile, pairs: &[(&str, i64)], via: Option<u16>| {
        let command = Command::SetParams {
            socket: None,
            values: values(pairs),
            via,
        };
        Bkv.check(profile, &command).is_err()
    };
    let modern = Profile::default();
    let legacy = pinned("legacy_params", "1");
    assert!(!refused(&modern, &PAIRS, None));
    assert!(refused(&modern, &PAIRS, Some(3)), "only with the switch");
    assert!(refused(&modern, &[], None));
    assert!(refused(&modern, &[("temp_threshold_c", 256)], None));
    assert!(refused(&modern, &[("button_base_amount", 1)], None));
    assert!(refused(&modern, &[("speed", 1)], None));
    assert!(refused(&legacy, &PAIRS, None), "all at once or none");
    assert!(refused(&legacy, &PAIRS, Some(0x83)));
}
