//! The stand-alone device on a virtual clock.

use crate::pile::rig::{Rig, sealed};
use crate::pile::{Action, Dialect, Event, Setup};
use kernel::PortNo;

const MAC: &str = "610062900001";

fn rig() -> Rig {
    let mut rig = Rig::new(Setup::new(MAC, Dialect::Direct));
    say(&mut rig, 0x1001, 0, "09010620241020150000");
    rig
}

fn say(rig: &mut Rig, command: u16, sequence: u64, elements: &str) {
    let body = format!("040101{command:04x}0a0102{sequence:016x}080103{MAC}{elements}");
    rig.say_bytes(&sealed(&hex::decode(body).expect("hex digits")));
}

/// Bodies of frames with this BKV command.
fn heard(rig: &Rig, command: u16) -> Vec<String> {
    let begin = format!("040101{command:04x}");
    let bodies = rig.ups.iter().map(|up| hex::encode(&up.body));
    bodies.filter(|body| body.starts_with(&begin)).collect()
}

#[test]
fn heartbeat_and_status_of_six_ports() {
    let mut rig = rig();
    assert_eq!(heard(&rig, 0x1001).len(), 1);
    rig.run(1.0);
    let status = &heard(&rig, 0x1002)[0];
    assert!(status.contains(&format!("080103{MAC}")));
    for key in ["011c", "011d", "0149", "014a", "014b", "014c"] {
        assert!(status.contains(key), "{key} in {status}");
    }
    let told = |event: &Event| matches!(event, Event::TimeReceived(_));
    assert!(rig.events.iter().any(|(_, event)| told(event)));
}

#[test]
fn a_timed_charge_until_its_end_is_acknowledged() {
    let mut rig = rig();
    rig.plug(3);
    say(
        &mut rig,
        0x1007,
        0x77,
        "03010802030113010301120103014701040114000a",
    );
    rig.run(1.0);
    let answer = &heard(&rig, 0x1007)[0];
    assert!(answer.contains("0a01020000000000000077"), "{answer}");
    assert!(
        answer.contains("03010f01") && answer.contains("04010a0001"),
        "{answer}"
    );
    rig.run(615.0);
    let ends = heard(&rig, 0x1004);
    assert_eq!(ends.len(), 2, "repeated after ten seconds");
    assert!(
        ends[0].contains("030108020301 09b0".replace(' ', "").as_str()),
        "{}",
        ends[0]
    );
    assert!(ends[0].contains("04010e000a"), "{}", ends[0]);
    say(&mut rig, 0x1004, 0, "0301080203010f01");
    assert_eq!(rig.acknowledged(), 1);
    rig.forget();
    rig.run(25.0);
    assert!(heard(&rig, 0x1004).is_empty());
}

#[test]
fn stop_refusal_parameters_and_malformed_frames() {
    let mut rig = rig();
    say(&mut rig, 0x1007, 1, "030108090301130103011201040114000a");
    rig.run(1.0);
    assert!(heard(&rig, 0x1007)[0].contains("03019701"), "no port 9");
    say(&mut rig, 0x1007, 2, "030108000301130103011201040114000a");
    rig.run(1.0);
    say(&mut rig, 0x1007, 3, "0301080003011300");
    rig.run(1.0);
    assert_eq!(heard(&rig, 0x1004).len(), 1);
    say(&mut rig, 0x100B, 4, "0401210078");
    say(&mut rig, 0x100C, 5, "");
    say(&mut rig, 0x1003, 6, "");
    rig.run(1.0);
    assert!(heard(&rig, 0x100B)[0].contains("03010f01"));
    assert!(heard(&rig, 0x100C)[0].contains("0401210078"));
    assert_eq!(heard(&rig, 0x1003).len(), 1);
    rig.forget();
    rig.act(&Action::Malformed);
    assert_eq!(rig.ups.len(), 1, "the frame is sound, its content is not");
}

#[test]
fn a_card_session_ends_with_its_own_report() {
    let mut rig = rig();
    rig.plug(1);
    rig.act(&Action::Swipe {
        port: PortNo(1),
        card: "1384327424".to_owned(),
        balance_fen: 0,
        password: None,
    });
    assert!(heard(&rig, 0x1009)[0].contains("080116000000298352"));
    say(
        &mut rig,
        0x1007,
        9,
        "0301080003011301030112010301470204011400 05"
            .replace(' ', "")
            .as_str(),
    );
    rig.run(301.0);
    assert_eq!(heard(&rig, 0x100A).len(), 1);
    say(&mut rig, 0x100A, 0, "0301080003010f01");
    assert_eq!(rig.acknowledged(), 1);
}
