//! Sign-in, heartbeat, clock, silence.

use super::{CODE, Rig, START, ascii, bcd, blank, heartbeat, pinned, raw, sealed, sign_in};
use device::{Admission, CloseReason, Event, Link as _, Profile};
use infypower::clock::BcdTime;
use infypower::message::{Body, SignIn};
use kernel::Timestamp;
use std::time::Duration;

/// A0-05: bytes 5 to 36 are the pile's code.
#[test]
fn a0_05_the_pile_code_is_decoded_from_bytes_5_to_36() {
    let mut body = vec![0; 96];
    body[4..17].copy_from_slice(&hex::decode("32393030333030383030313033").expect("hex"));
    let mut rig = Rig::new();
    rig.hear(&raw(106, &body));
    let id = rig.identified.expect("it says who it is");
    assert_eq!(id.as_str(), "2900300800103");
}

/// A0-03: the sign-in fills in the mandatory fields.
#[test]
fn a0_03_a_sign_in_tells_what_the_entry_needs() {
    let mut rig = Rig::new();
    rig.hear(&sealed(106, sign_in()));
    let phy = rig.identified.clone().expect("named");
    rig.admit(&phy, Admission::Known(Profile::default()));
    let told = rig.find(|event| match event {
        Event::Registered(registration) => Some(registration.clone()),
        _ => None,
    });
    let told = told.expect("registered");
    assert_eq!(told.port_count, Some(2));
    assert_eq!(told.firmware.as_deref(), Some("0.0.0.0"));
    assert_eq!(rig.said(), [105, 3], "the clock is set after the answer");
    rig.assert_tally();
}

#[test]
fn the_answer_echoes_the_random_number_and_asks_for_no_encryption() {
    let mut rig = Rig::ready();
    rig.hear(&sealed(106, sign_in()));
    let Body::SignInAnswer(answer) = rig.last(105) else {
        panic!("a sign-in answer");
    };
    let random = answer.random.get().expect("the long form");
    assert_eq!((random.random, random.login_verify), (0x1234_5678, 0));
    let keys = random.keys.get().expect("the long form");
    assert_eq!((keys.encryption_flag, keys.rsa_exponent), (0, 0));
    let note = rig.notes.iter().find(|note| note.cmd == 105);
    assert_eq!(
        note.and_then(|note| note.msg_id),
        Some(7),
        "the sequence is copied"
    );
}

#[test]
fn a_repeated_sign_in_is_no_reconnect() {
    let mut rig = Rig::ready();
    rig.hear(&sealed(106, sign_in()));
    assert_eq!(rig.said(), [105]);
    assert_eq!(rig.count("register"), 0, "nothing new");
    let mut more = sign_in();
    more.gun_count = 4;
    rig.hear(&sealed(106, more));
    assert_eq!(rig.count("register"), 1);
}

#[test]
fn answers_have_the_length_that_the_pile_takes() {
    for (length, version, expected) in [
        (90, None, 4),
        (96, Some(0), 142),
        (96, Some(3), 142),
        (96, Some(25), 142),
        (96, Some(26), 142),
        (96, Some(30), 142),
        (96, Some(34), 9),
        (96, Some(35), 142),
        (96, Some(49), 142),
        (96, Some(50), 152),
        (100, Some(34), 9),
        (133, Some(53), 152),
        (110, Some(31), 142),
    ] {
        let mut message: SignIn = blank(length);
        message.pile_code = ascii(CODE);
        if let (Some(version), Some(fields)) = (version, message.v26.0.as_mut()) {
            fields.protocol_version = version;
        }
        let mut rig = Rig::new();
        let mut bytes = Vec::new();
        infypower::message::Message::from(Body::from(message)).write(&mut bytes);
        bytes.resize(length, 0);
        rig.hear(&raw(106, &bytes));
        let phy = rig.identified.clone().expect("named");
        rig.admit(&phy, Admission::Known(Profile::default()));
        assert_eq!(rig.last_length(105), expected, "{length}");
    }
}

#[test]
fn odd_forms_are_told_once_on_a_connection() {
    for (length, version, odd) in [
        (90, 0, false),
        (96, 30, false),
        (96, 33, false),
        (96, 34, true),
        (100, 34, false),
        (100, 30, true),
        (133, 53, false),
        (133, 30, false),
        (101, 30, true),
    ] {
        let mut message: SignIn = blank(length);
        message.pile_code = ascii(CODE);
        if let Some(fields) = message.v26.0.as_mut() {
            fields.protocol_version = version;
        }
        let mut bytes = Vec::new();
        infypower::message::Message::from(Body::from(message)).write(&mut bytes);
        bytes.resize(length, 0);
        let mut rig = Rig::new();
        rig.hear(&raw(106, &bytes));
        let phy = rig.identified.clone().expect("named");
        rig.admit(&phy, Admission::Known(Profile::default()));
        rig.hear(&raw(106, &bytes));
        let told: Vec<_> = rig
            .events
            .iter()
            .filter_map(|event| match &event.event {
                Event::Alarm(report) => Some((report.active, report.values.clone())),
                _ => None,
            })
            .collect();
        let values = vec![
            ("signin_length", i64::try_from(length).expect("short")),
            ("protocol_version", i64::from(version)),
        ];
        let expected = if odd { vec![(false, values)] } else { vec![] };
        assert_eq!(told, expected, "{length} {version}");
    }
}

#[test]
fn an_operator_settles_the_length_without_a_restart() {
    let mut rig = Rig::ready();
    let phy = CODE.parse().expect("an id");
    for length in [4, 9, 142, 152] {
        let traits = [("signin_answer", length.to_string())];
        let traits: Vec<_> = traits
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        rig.link.reprofile(&phy, pinned(&traits));
        rig.hear(&sealed(106, sign_in()));
        assert_eq!(rig.last_length(105), length);
    }
    rig.link.reprofile(&phy, pinned(&[("signin_answer", "77")]));
    rig.hear(&sealed(106, sign_in()));
    assert_eq!(
        rig.last_length(105),
        142,
        "an impossible one does not count"
    );
}

#[test]
fn a_heartbeat_is_echoed_or_as_the_operator_says() {
    for (trait_value, expected) in [("echo", 41), ("next", 42), ("zero", 0)] {
        let mut rig = Rig::pinned(&[("heartbeat_answer", trait_value)]);
        rig.hear(&heartbeat(41));
        let Body::HeartbeatAnswer(answer) = rig.last(101) else {
            panic!("a heartbeat answer");
        };
        assert_eq!(answer.heartbeat_seq, expected);
        assert_eq!(rig.count("heartbeat"), 1);
    }
}

#[test]
fn short_sign_ins_and_heartbeats_keep_the_pile_online() {
    let mut rig = Rig::ready();
    let mut body = vec![0; 36];
    body[4..17].copy_from_slice(CODE.as_bytes());
    rig.hear(&raw(106, &body));
    rig.hear(&raw(102, &body));
    assert_eq!(rig.said(), [105, 101]);
    assert_eq!(rig.malformed, ["short", "short"]);
    rig.hear(&raw(104, &body));
    assert_eq!(rig.said(), [105, 101], "nothing else is answered");
    assert_eq!(rig.closed, None);
    rig.assert_tally();
}

#[test]
fn the_clock_is_set_again_after_some_hours_and_when_it_is_off() {
    let mut rig = Rig::ready();
    let mut off = sign_in();
    off.pile_time = bcd(START + Duration::from_mins(30));
    rig.hear(&sealed(106, off.clone()));
    assert_eq!(rig.said(), [105], "it was set a moment ago");
    for _ in 0..3 * 60 {
        rig.wait(Duration::from_mins(1));
        rig.hear(&heartbeat(1));
    }
    rig.forget();
    off.pile_time = bcd(rig.now + Duration::from_mins(2));
    rig.hear(&sealed(106, off));
    assert_eq!(rig.said(), [105, 3]);
    rig.time_answered();
    rig.forget();
    for _ in 0..=8 * 60 {
        rig.wait(Duration::from_mins(1));
        rig.hear(&heartbeat(1));
    }
    assert_eq!(rig.said().iter().filter(|cmd| **cmd == 3).count(), 1);
    let Body::Characters(set) = rig.last(3) else {
        panic!("a character parameter");
    };
    let written = BcdTime(set.data.0.as_slice().try_into().expect("8 bytes"));
    let at = written.instant().expect("a time");
    assert!(at > START + Duration::from_hours(10), "the time of writing");
}

#[test]
fn a_clock_that_was_never_set_is_no_reason_to_hurry() {
    let mut rig = Rig::ready();
    let mut unset = sign_in();
    unset.pile_time = BcdTime::NONE;
    rig.wait(Duration::from_secs(30));
    rig.hear(&sealed(106, unset));
    assert_eq!(rig.said(), [105]);
}

#[test]
fn silence_is_borne_three_heartbeats_long() {
    for (period, silence) in [(0, 90), (1, 90), (15, 90), (60, 190), (255, 775)] {
        let mut message = sign_in();
        message.heartbeat_period_s = period;
        let mut rig = Rig::with(Profile::default(), message);
        rig.wait(Duration::from_secs(silence - 1));
        assert_eq!(rig.closed, None, "{period}");
        rig.wait(Duration::from_secs(1));
        assert_eq!(rig.closed, Some(CloseReason::Silent), "{period}");
    }
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let mut rig = Rig::new();
    rig.link.tick(Timestamp(START.0), &mut rig.out);
    rig.wait(Duration::from_mins(1));
    assert_eq!(rig.closed, Some(CloseReason::NeverIdentified));
}

#[test]
fn a_version_byte_is_used_as_pinned() {
    let mut rig = Rig::pinned(&[("version_byte", "0A")]);
    rig.hear(&heartbeat(1));
    assert_eq!(rig.notes.last().expect("101").raw[4], 0x0A);
    let mut rig = Rig::pinned(&[("version_byte", "24")]);
    rig.hear(&heartbeat(1));
    assert_eq!(
        rig.notes.last().expect("101").raw[4],
        0x10,
        "never another protocol's"
    );
    let mut rig = Rig::pinned(&[("version_byte", "echo")]);
    let mut frame = heartbeat(1);
    frame[4] = 0x02;
    rig.hear(&frame);
    assert_eq!(rig.notes.last().expect("101").raw[4], 0x02);
}
