//! Login, what follows it, versions that are not spoken, strangers, several piles.

use super::{
    Body, Desk, PILE, START, beat, code, idle, login, login_of, phy, pinned, record, time_answer,
};
use device::{Admission, CloseReason, Event, Item, Profile};
use kernel::Timestamp;
use ykc::clock::Cp56Time;
use ykc::codes::{Done, FrameType, LoginResult, QrFormat, RecordResult};
use ykc::frame::CrcOrder;
use ykc::message::{Clock, Message};

#[test]
fn a_login_is_answered_and_the_clock_is_set() {
    let mut desk = Desk::fresh(Profile::default());
    let sequence = desk.up(login());
    assert_eq!(desk.downs[0].sequence, sequence, "copied");
    let said = desk.said();
    let Body::LoginAnswer(answer) = &said[0] else {
        panic!("{said:?}");
    };
    assert_eq!((answer.pile_code, answer.result), (code(), LoginResult::Ok));
    let Body::Time(clock) = &said[1] else {
        panic!("{said:?}");
    };
    assert_eq!(clock.time.instant(), Some(START));
    assert_eq!(said.len(), 2);
    let Event::Registered(registration) = desk.only() else {
        panic!("{:?}", desk.told());
    };
    assert_eq!(registration.iccid.as_deref(), Some("898604D11722D0348606"));
    assert_eq!(registration.model.as_deref(), Some("DC V1.6"));
    assert_eq!(registration.firmware.as_deref(), Some("V4.1.50"));
    assert_eq!(registration.port_count, Some(2));
    let learnt: Vec<_> = desk
        .events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Learnt { key, value } => Some((*key, value.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        learnt,
        [
            ("pile_type", "dc"),
            ("version", "16"),
            ("crc_seen", "lo_hi")
        ]
    );
}

#[test]
fn guns_that_stay_silent_after_a_login_are_asked() {
    let mut desk = Desk::fresh(Profile::default());
    desk.up(login());
    desk.up(time_answer(START));
    desk.up(idle(1));
    desk.said();
    desk.live(29);
    assert!(desk.said().is_empty());
    desk.live(2);
    let said = desk.said();
    assert_eq!(said.len(), 1);
    assert!(matches!(&said[0], Body::ReadRealtime(read) if read.gun_no.number() == 2));
    // Nothing for twelve minutes: both are asked, at their own time.
    desk.live(12 * 60);
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime; 2]);
}

/// What clocks of the pile the platform was told.
fn clocks(desk: &Desk) -> Vec<Timestamp> {
    let events = desk.events.iter();
    events.filter_map(|envelope| envelope.device_time).collect()
}

#[test]
fn a_wrong_clock_is_set_again_and_then_told() {
    let mut desk = Desk::fresh(Profile::default());
    desk.up(login());
    desk.said();
    let unset = Body::TimeAnswer(Clock {
        pile_code: code(),
        time: Cp56Time::default(),
    });
    desk.up(unset.clone());
    assert_eq!(desk.kinds(), [FrameType::Time]);
    assert_eq!(clocks(&desk), []);
    desk.up(unset);
    assert!(desk.kinds().is_empty());
    assert_eq!(clocks(&desk), [Timestamp(0)]);
    // The next day it is right.
    desk.live(24 * 3600);
    assert!(desk.kinds().contains(&FrameType::Time));
    desk.up(time_answer(desk.now));
    assert_eq!(clocks(&desk), [Timestamp(0), desk.now]);
    assert!(desk.alarms().is_empty(), "the platform compares clocks");
}

#[test]
fn the_qr_prefix_is_sent_after_every_login() {
    let mut desk = Desk::fresh(pinned("qr_prefix", "https://example.com/g?no="));
    desk.up(login());
    let said = desk.said();
    let Some(Body::QrPrefix(qr)) = said.last() else {
        panic!("{said:?}");
    };
    assert_eq!(qr.prefix.text(), "https://example.com/g?no=");
    assert_eq!(qr.format, QrFormat::PileAndGun);
    // Silence means that the pile has no such thing.
    desk.live(60);
    assert!(desk.kinds().iter().all(|kind| *kind != FrameType::QrPrefix));
}

#[test]
fn a_repeated_login_is_answered_again_and_nothing_more() {
    let mut desk = Desk::new();
    desk.seconds(10);
    desk.up(login());
    assert_eq!(desk.kinds(), [FrameType::LoginAnswer]);
    assert!(desk.told().is_empty());
    desk.live(120);
    desk.said();
    desk.up(login());
    assert_eq!(desk.kinds(), [FrameType::LoginAnswer, FrameType::Time]);
}

#[test]
fn answers_go_out_in_the_order_of_the_profile() {
    for (setting, heard, wanted) in [
        ("lo_hi", CrcOrder::HighLow, CrcOrder::LowHigh),
        ("hi_lo", CrcOrder::LowHigh, CrcOrder::HighLow),
        ("mirror", CrcOrder::HighLow, CrcOrder::HighLow),
        ("mirror", CrcOrder::LowHigh, CrcOrder::LowHigh),
    ] {
        let mut desk = Desk::fresh(pinned("crc_tx_order", setting));
        desk.order = heard;
        desk.up(login());
        assert_eq!(desk.last().order, wanted, "{setting} {heard:?}");
    }
}

#[test]
fn a_pile_that_does_not_understand_our_order_raises_an_alarm() {
    let mut desk = Desk::fresh(Profile::default());
    desk.order = CrcOrder::HighLow;
    for _ in 0..4 {
        desk.up(login());
        desk.seconds(10);
    }
    assert_eq!(desk.alarms(), [(None, 0x02, true)], "once");
}

#[test]
fn twenty_logins_a_minute_are_enough() {
    let mut desk = Desk::new();
    for _ in 0..40 {
        desk.up(login());
    }
    assert!(desk.kinds().len() < 21);
    assert_eq!(desk.alarms(), [(None, 0x01, true)]);
}

#[test]
fn strangers_are_refused_and_may_come_back_as_ours() {
    let mut desk = Desk::fresh(Profile::default());
    desk.ours = false;
    desk.up(login());
    let said = desk.said();
    assert!(
        matches!(&said[..], [Body::LoginAnswer(answer)] if answer.result == LoginResult::Refused)
    );
    assert_eq!(desk.closed(), Some(CloseReason::Refused));
    assert!(desk.told().is_empty());
}

#[test]
fn nothing_is_heard_before_the_login() {
    let mut desk = Desk::fresh(Profile::default());
    desk.up(beat(1));
    desk.up(idle(1));
    desk.up(Body::Record(Box::new(record(super::SERIAL))));
    assert!(desk.downs.is_empty() && desk.events.is_empty());
    assert_eq!(desk.malformed(), ["foreign id"; 3]);
    desk.seconds(30);
    assert_eq!(desk.closed(), Some(CloseReason::NeverIdentified));
}

#[test]
fn silence_closes_after_ninety_seconds() {
    let mut desk = Desk::new();
    desk.seconds(89);
    assert_eq!(desk.closed(), None);
    desk.up(beat(1));
    desk.seconds(90);
    assert_eq!(desk.closed(), Some(CloseReason::Silent));
}

#[test]
fn frames_wait_for_the_platform_and_keep_their_order() {
    let mut desk = Desk::fresh(Profile::default());
    let mut bytes = Vec::new();
    for body in [login(), beat(1), idle(1)] {
        Message::from(body)
            .seal([7, 0], CrcOrder::LowHigh, &mut bytes)
            .expect("short");
    }
    desk.received = bytes.len() as u64;
    let now = desk.now;
    let mut out = device::Output::default();
    device::Link::receive(&mut desk.link, &bytes, now, &mut out);
    assert_eq!(out.items, [Item::Identify(phy(PILE))]);
    assert_eq!(desk.link.pending(), bytes.len());
    desk.seconds(60);
    assert_eq!(desk.closed(), None, "a slow platform is not its fault");
    desk.admit(&phy(PILE), Admission::Known(Profile::default()));
    let kinds: Vec<_> = desk
        .downs
        .iter()
        .map(|down| down.body.frame_type())
        .collect();
    assert_eq!(
        kinds,
        [
            FrameType::LoginAnswer,
            FrameType::Time,
            FrameType::HeartbeatAnswer
        ]
    );
    assert_eq!(desk.link.pending(), 0);
}

#[test]
fn version_two_is_recognised_and_refused() {
    let mut desk = Desk::fresh(Profile::default());
    desk.bytes(&hex::decode("68009f0000").expect("hex"));
    assert_eq!(desk.malformed(), ["version"]);
    assert_eq!(desk.closed(), Some(CloseReason::Refused));
    desk.bytes(&[1, 2, 3]);
    assert!(desk.downs.is_empty());
}

#[test]
fn an_encrypted_login_ends_the_connection_and_other_frames_do_not() {
    let mut desk = Desk::new();
    let mut bytes = Vec::new();
    Message::from(beat(1))
        .seal([0, 0], CrcOrder::LowHigh, &mut bytes)
        .expect("short");
    let encrypt = |mut bytes: Vec<u8>| {
        bytes[4] = 1;
        let end = bytes.len() - 2;
        let crc = ykc::frame::crc16(&bytes[2..end]).to_le_bytes();
        bytes[end..].copy_from_slice(&crc);
        bytes
    };
    desk.bytes(&encrypt(bytes));
    assert_eq!(desk.malformed(), ["encrypted"]);
    assert!(desk.said().is_empty() && desk.closed().is_none());

    let mut desk = Desk::fresh(Profile::default());
    let mut bytes = Vec::new();
    Message::from(login())
        .seal([0, 0], CrcOrder::LowHigh, &mut bytes)
        .expect("short");
    desk.bytes(&encrypt(bytes));
    assert_eq!(desk.closed(), Some(CloseReason::Refused));
    assert!(desk.downs.is_empty());
}

#[test]
fn several_piles_share_a_connection() {
    const OTHER: &str = "32010600019237";
    let mut desk = Desk::new();
    desk.up(login_of(OTHER));
    let said = desk.said();
    let Body::LoginAnswer(answer) = &said[0] else {
        panic!("{said:?}");
    };
    assert_eq!(answer.pile_code.to_string(), OTHER);
    let id = device::Dispatch {
        id: kernel::CommandId(77),
        device: phy(OTHER),
        command: device::Command::Restart { when_idle: true },
        msg_id: 1,
        attempted: false,
        image: None,
    };
    desk.call(|link, now, out| device::Link::command(link, id, now, out));
    let said = desk.said();
    assert!(
        matches!(&said[..], [Body::Reboot(reboot)] if reboot.pile_code.to_string() == OTHER),
        "{said:?}"
    );
    // A third one is not ours: told so, and the others go on.
    desk.ours = false;
    desk.forget();
    desk.up(login_of("32010600019238"));
    assert_eq!(desk.closed(), None);
    desk.up(beat(1));
    desk.up(login_of("32010600019238"));
    assert_eq!(
        desk.kinds(),
        [FrameType::LoginAnswer],
        "refused once, then ignored"
    );
    // It moves elsewhere: nothing is said for it here.
    desk.call(|link, now, out| device::Link::release(link, &phy(OTHER), now, out));
    desk.forget();
    desk.up(Body::RebootAnswer(ykc::message::PileAnswer {
        pile_code: OTHER.parse().expect("digits"),
        result: Done::Ok,
    }));
    assert!(desk.events.is_empty());
    assert_eq!(desk.malformed(), ["foreign id"]);
}

#[test]
fn a_record_of_a_pile_that_is_not_here_is_illegal() {
    let mut desk = Desk::new();
    let mut foreign = record(super::SERIAL);
    foreign.head.head.pile_code = "99999999999999".parse().expect("digits");
    desk.up(Body::Record(Box::new(foreign)));
    let said = desk.said();
    assert!(
        matches!(&said[..], [Body::RecordConfirmation(answer)]
            if answer.result == RecordResult::Illegal),
        "{said:?}"
    );
    assert!(desk.told().is_empty());
}

#[test]
fn a_connection_that_talks_nonsense_is_closed() {
    let mut desk = Desk::new();
    desk.bytes(&[0x55; 4096]);
    assert_eq!(desk.closed(), None);
    desk.bytes(&[0x55; 1]);
    assert_eq!(desk.closed(), Some(CloseReason::Garbage));
    let mut desk = Desk::new();
    let mut bytes = Vec::new();
    Message::from(beat(1))
        .seal([0, 0], CrcOrder::LowHigh, &mut bytes)
        .expect("short");
    bytes[7] ^= 1;
    for round in 0..11 {
        assert_eq!(desk.closed(), None, "round {round}");
        desk.bytes(&bytes);
        desk.pass(100);
    }
    assert_eq!(desk.closed(), Some(CloseReason::Garbage));
    assert_eq!(desk.malformed().len(), 11);
}
