//! Parameters: read, changed block by block.

use super::{Desk, SOCKET};
use device::{Command, Event, Outcome, ParamValue};

fn set(values: &[(&str, i64)]) -> Command {
    let value = |(id, value): &(&str, i64)| ParamValue {
        id: (*id).to_owned(),
        value: (*value).into(),
    };
    Command::SetParams {
        socket: None,
        values: values.iter().map(value).collect(),
        via: None,
    }
}

const FIRST: &str = "03000a00140807100eb400";
const SECOND: &str = "20031e0008070a2c01302a2c012c0108072c0150500001";
const LIMITS: &str = "a08c204e8c0ae803";

#[test]
fn a_part_is_written_into_what_the_device_holds() {
    let mut desk = Desk::new();
    let id = desk.command(set(&[("float_percent", 30), ("over_voltage_dv", 2600)]));
    assert_eq!((desk.last().cmd, desk.last().data.as_str()), (0x90, ""));
    desk.reply(FIRST);
    desk.seconds(1);
    assert_eq!(
        (desk.last().cmd, desk.last().data.as_str()),
        (0x83, "03000a001e0807100eb400")
    );
    desk.reply("00");
    desk.seconds(1);
    assert_eq!(desk.last().cmd, 0x92);
    desk.reply(LIMITS);
    desk.seconds(1);
    assert_eq!(
        (desk.last().cmd, desk.last().data.as_str()),
        (0x85, "a08c204e280ae803")
    );
    assert!(desk.is_open(id));
    desk.reply("00");
    assert!(desk.accepted(id));
    let numbers: Vec<u16> = desk.downs.iter().map(|down| down.msg_id).collect();
    let distinct: std::collections::BTreeSet<_> = numbers.iter().collect();
    assert_eq!(distinct.len(), 4, "each frame has a number of its own");
    let Some(Event::Params { values, .. }) = desk.named("params").pop() else {
        panic!("told");
    };
    assert_eq!(values.len(), 10);
    assert!(desk.named("learnt").iter().any(|event| **event
        == Event::Learnt {
            key: "heartbeat_s",
            value: "180".to_owned()
        }));
}

#[test]
fn a_whole_block_needs_no_reading() {
    let mut desk = Desk::new();
    desk.command(set(&[
        ("pull_out_power_dw", 3),
        ("pull_out_time_s", 10),
        ("float_percent", 20),
        ("float_detect_s", 1800),
        ("float_time_s", 3600),
        ("heartbeat_interval_s", 180),
    ]));
    assert_eq!(desk.said(), [(0x83, FIRST.to_owned())]);
}

#[test]
fn limits_are_read_first_even_when_all_are_given() {
    let all = set(&[
        ("max_duration_s", 3600),
        ("overload_power_dw", 8000),
        ("over_voltage_dv", 2600),
        ("under_voltage_dv", 1800),
    ]);
    let mut desk = Desk::new();
    desk.command(all.clone());
    assert_eq!((desk.last().cmd, desk.last().data.as_str()), (0x92, ""));
    desk.reply(LIMITS);
    desk.seconds(1);
    assert_eq!(
        (desk.last().cmd, desk.last().data.as_str()),
        (0x85, "100e401f280a0807")
    );
    // An older device has no voltages, and eight bytes are not for it.
    let mut desk = Desk::new();
    let id = desk.command(all);
    desk.reply("a08c204e");
    desk.seconds(1);
    assert_eq!(desk.written(0x85), 0);
    assert!(desk.refusal(id).contains("over_voltage_dv"));
}

#[test]
fn refusals_and_silence_end_it() {
    let mut desk = Desk::new();
    let id = desk.command(set(&[("overload_power_dw", 30_000)]));
    desk.reply(LIMITS);
    desk.seconds(1);
    desk.reply("01");
    assert_eq!(
        desk.refusal(id),
        "device refused 0x85: beyond what the device can do"
    );
    let mut desk = Desk::new();
    let id = desk.command(set(&[("over_voltage_dv", 2600)]));
    desk.reply("a08c204e");
    assert_eq!(
        desk.refusal(id),
        "this device does not know over_voltage_dv"
    );
    let mut desk = Desk::new();
    let id = desk.command(set(&[("mute", 1)]));
    assert!(desk.refusal(id).contains("no parameter"));
    let id = desk.command(set(&[("float_percent", 30)]));
    desk.seconds(31);
    assert!(desk.lapsed(id));
}

#[test]
fn everything_is_read_in_three_questions() {
    let mut desk = Desk::new();
    let id = desk.command(Command::QueryParams { socket: None });
    for answer in [FIRST, SECOND, LIMITS] {
        desk.reply(answer);
        desk.seconds(1);
    }
    let Outcome::Accepted {
        data: Some(data), ..
    } = desk.outcome(id)
    else {
        panic!("read");
    };
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(data["heartbeat_interval_s"], 180);
    assert_eq!(data["env_alarm_temp_c"], 80);
    assert_eq!(data["under_voltage_dv"], 1000);
    assert_eq!(data.as_object().map(serde_json::Map::len), Some(24));
}

#[test]
fn blocks_that_a_device_does_not_know_are_left_out() {
    let mut desk = Desk::new();
    let id = desk.command(Command::QueryParams { socket: None });
    desk.reply(FIRST);
    desk.seconds(64);
    assert!(desk.accepted(id));
    assert_eq!((desk.written(0x91), desk.written(0x92)), (2, 2));
    let mut desk = Desk::new();
    let id = desk.command(Command::QueryParams { socket: None });
    for _ in 0..10 {
        desk.seconds(20);
        desk.idle(SOCKET);
    }
    assert!(desk.lapsed(id));
}
