//! Lvneng and Shenghong, learnt and pinned.

use super::{
    CODE, ORDER, Rig, START, ascii, bcd, blank, lvneng_record, lvneng_status, order, pinned, plan,
    sealed, sign_in,
};
use device::{Admission, Answer, ChargeKey, Command, EndReason, Event, Fault, Link as _, Profile};
use infypower::codes::{LvnengAlarm, LvnengStop, StartType, WorkState};
use infypower::message::{Body, SignIn, Status};
use infypower::value::Scaled;
use kernel::Energy;
use std::time::Duration;

fn lvneng() -> Rig {
    let mut message: SignIn = blank(100);
    message.pile_code = ascii(CODE);
    message.gun_count = 1;
    message.pile_time = bcd(START);
    message.v26.0.as_mut().expect("100").protocol_version = 34;
    Rig::with(Profile::default(), message)
}

fn learnt(rig: &Rig, wanted: &str) -> Option<String> {
    rig.find(|event| match event {
        Event::Learnt { key, value } if *key == wanted => Some(value.clone()),
        _ => None,
    })
}

fn charge(rig: &Rig) -> Option<ChargeKey> {
    rig.find(|event| match event {
        Event::Status { ports, .. } => ports.first().and_then(|port| port.charge.clone()),
        _ => None,
    })
}

#[test]
fn the_first_sign_in_decides() {
    for (length, version, dialect) in [
        (90, None, "infypower-3.0"),
        (96, Some(0), "infypower-3.0"),
        (96, Some(3), "infypower-3.0"),
        (96, Some(30), "infypower-3.0"),
        (96, Some(40), "infypower-3.0"),
        (100, Some(34), "lvneng-3.4"),
        (100, Some(30), "infypower-3.0"),
        (133, Some(53), "shenghong-5.3"),
    ] {
        let mut message: SignIn = blank(length);
        message.pile_code = ascii(CODE);
        if let (Some(version), Some(fields)) = (version, message.v26.0.as_mut()) {
            fields.protocol_version = version;
        }
        let mut rig = Rig::new();
        rig.hear(&sealed(106, message));
        let phy = rig.identified.clone().expect("named");
        rig.admit(&phy, Admission::Known(Profile::default()));
        assert_eq!(
            learnt(&rig, "dialect").as_deref(),
            Some(dialect),
            "{length}"
        );
        let told = version.unwrap_or(20).to_string();
        assert_eq!(learnt(&rig, "protocol_version"), Some(told));
    }
}

#[test]
fn what_comes_before_a_sign_in_decides_for_the_time_being() {
    let mut long: Status = blank(246);
    long.pile_code = ascii(CODE);
    for (frame, dialect) in [
        (
            sealed(109, lvneng_status(WorkState::Idle)),
            Some("lvneng-3.4"),
        ),
        (sealed(203, lvneng_record()), Some("lvneng-3.4")),
        (sealed(104, long), Some("shenghong-5.3")),
        (sealed(104, super::status(1, WorkState::Idle)), None),
    ] {
        let mut rig = Rig::new();
        rig.hear(&frame);
        let phy = rig.identified.clone().expect("named");
        rig.admit(&phy, Admission::Known(Profile::default()));
        assert_eq!(learnt(&rig, "dialect").as_deref(), dialect);
    }
}

#[test]
fn a_pinned_dialect_wins() {
    let mut rig = Rig::with(pinned(&[("dialect", "lvneng-3.4")]), sign_in());
    rig.hear(&sealed(106, sign_in()));
    assert_eq!(rig.last_length(105), 9);
    let phy = CODE.parse().expect("an id");
    rig.link
        .reprofile(&phy, pinned(&[("dialect", "shenghong-5.3")]));
    rig.hear(&sealed(106, sign_in()));
    assert_eq!(rig.last_length(105), 152, "at once");
}

#[test]
fn a_lvneng_status_is_understood() {
    let mut rig = lvneng();
    let mut message = lvneng_status(WorkState::Charging);
    message.start_type = StartType::Platform;
    message.order_or_card = ascii(ORDER);
    message.energy_kwh = Scaled(15_091);
    message.duration_s = 898;
    message.pile_time = bcd(START);
    message.alarm_code = LvnengAlarm::from(341);
    rig.hear(&sealed(109, message));
    assert_eq!(rig.said(), [103]);
    assert_eq!(charge(&rig), Some(ChargeKey::Order(order())));
    let energy = rig.find(|event| match event {
        Event::Status { ports, .. } => ports[0].meter.as_ref().map(|meter| meter.energy),
        _ => None,
    });
    assert_eq!(energy, Some(Energy(150_910)));
    let fault = rig.find(|event| match event {
        Event::Faults(list) => list
            .faults
            .first()
            .map(|listed| (listed.code, listed.fault)),
        _ => None,
    });
    assert_eq!(fault, Some((341, Some(Fault::EmergencyStop))));
}

#[test]
fn a_lvneng_record_is_answered_by_its_index() {
    let mut rig = lvneng();
    let mut message = lvneng_record();
    message.start_type = StartType::Platform;
    message.order_no = ascii(ORDER);
    message.stop_reason = LvnengStop::from(258);
    rig.hear(&sealed(203, message));
    let end = super::records::end(&rig);
    assert_eq!((end.reason, end.reason_raw), (EndReason::RemoteStop, 258));
    assert_eq!(end.energy, Energy(100_000));
    rig.answer(Answer::Stored);
    let Body::LvnengRecordAnswer(answer) = rig.last(201) else {
        panic!("a record answer");
    };
    assert_eq!(
        (answer.order_no.text(), answer.internal_index),
        (ORDER.into(), 4711)
    );
}

#[test]
fn a_lvneng_card_session_has_one_name_in_status_and_record() {
    for (kind, card, vin, holder) in [
        (StartType::Card, "0012345678", "", "0012345678"),
        (StartType::Vin, "", "LSVAA49J132047371", "LSVAA49J132047371"),
    ] {
        let mut rig = lvneng();
        let mut status = lvneng_status(WorkState::Charging);
        status.start_type = kind;
        status.order_or_card = ascii(card);
        status.vin = ascii(vin);
        for (clock, seconds) in [(600, 601), (615, 614), (630, 630)] {
            status.pile_time = bcd(START + Duration::from_secs(clock));
            status.duration_s = seconds;
            rig.hear(&sealed(109, status.clone()));
        }
        assert_eq!(rig.count("began"), 1, "seconds of difference are none");
        let name = ChargeKey::Serial(format!("{holder}@20241020145959"));
        assert_eq!(charge(&rig), Some(name.clone()));
        let mut record = lvneng_record();
        record.start_type = kind;
        record.card_no = ascii(card);
        record.vin = ascii(vin);
        rig.hear(&sealed(203, record));
        assert_eq!(
            super::records::end(&rig).charge,
            name,
            "although it says 15:00:00"
        );
    }
}

#[test]
fn a_lvneng_start_has_99_bytes_and_a_shenghong_one_105() {
    for (dialect, length) in [
        ("lvneng-3.4", 99),
        ("shenghong-5.3", 105),
        ("infypower-3.0", 99),
    ] {
        let mut rig = Rig::pinned(&[("dialect", dialect)]);
        rig.command(Command::StartCharge(plan(1)));
        assert_eq!(rig.last_length(7), length);
    }
    let mut old: SignIn = blank(90);
    old.pile_code = ascii(CODE);
    old.gun_count = 1;
    let mut rig = Rig::with(Profile::default(), old);
    rig.command(Command::StartCharge(plan(1)));
    assert_eq!(rig.last_length(7), 67);
    for version in [0, 3, 25, 40] {
        let mut odd = sign_in();
        odd.v26.0.as_mut().expect("96").protocol_version = version;
        let mut rig = Rig::with(Profile::default(), odd);
        rig.command(Command::StartCharge(plan(1)));
        assert_eq!(rig.last_length(7), 99, "{version}");
    }
    rig.forget();
    let table = device::TariffTable {
        model: 1,
        rates: vec![device::Rate::default()],
        slots: vec![0; 48],
    };
    rig.hear(&super::starts::answer(
        1,
        infypower::codes::StartResult::OtherFailure,
    ));
    rig.command(Command::PushTariff(table));
    assert_eq!(rig.last_length(1103), 48, "six slots");
}

#[test]
fn a_pinned_record_answer_is_used() {
    let mut rig = Rig::pinned(&[("record_answer", "41")]);
    rig.hear(&sealed(202, super::record(ORDER)));
    rig.answer(Answer::Stored);
    assert_eq!(rig.last_length(201), 41);
}

#[test]
fn descriptions_use_the_dialect() {
    use device::{Direction, Protocol as _};
    let frame = sealed(203, lvneng_record());
    let text = infypower::Infypower.describe(&frame, Direction::Up, &Profile::default());
    assert!(text.expect("read").contains("\"energy_kwh\":\"10.000\""));
    let odd = super::raw(9998, &[1, 2, 3]);
    let text = infypower::Infypower.describe(&odd, Direction::Up, &Profile::default());
    assert!(text.expect("shown raw").contains("\"body\":\"010203\""));
    assert_eq!(
        infypower::Infypower.describe(&[1, 2], Direction::Up, &Profile::default()),
        None
    );
}
