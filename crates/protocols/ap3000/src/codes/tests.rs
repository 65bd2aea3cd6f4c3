//! Spot checks of the tables against the document.

use super::{
    AccountState, AlarmType, Cmd, Executed, PARAMETERS, Recognition, SocketState, StartAnswer,
    StopReason, UpgradeAnswer, UpgradeCommand, WorkModeBits, model_of, parameter, parameters_of,
    upgrade_of_host,
};
use device::{CardRefusal, EndReason, Fault, PortState};

#[test]
fn socket_states_are_an_enumeration() {
    assert_eq!(SocketState::from(3).port_state(), PortState::Finishing);
    assert_eq!(SocketState::from(5).port_state(), PortState::Charging);
    assert_eq!(SocketState::from(0x0D).fault(), Some(Fault::ShortCircuit));
    assert_eq!(SocketState::from(9).fault(), Some(Fault::Relay));
    assert!(SocketState::from(9).is_dangerous() && SocketState::from(0x0E).is_dangerous());
    assert!(!SocketState::from(0x0B).is_dangerous());
    let undefined = SocketState::from(0x0C);
    assert_eq!(undefined.port_state(), PortState::Unknown);
    assert_eq!(undefined.fault(), Some(Fault::Unknown(3_000_012)));
}

#[test]
fn derived_end_reasons_are_those_of_the_table() {
    let published = |raw: u8| StopReason::from(raw).end_reason().published().code();
    let table: [(u8, i16); 29] = [
        (0x01, 1),
        (0x02, 5),
        (0x03, 0),
        (0x04, 0),
        (0x05, 0),
        (0x06, 4),
        (0x07, 3),
        (0x08, 4),
        (0x09, 0),
        (0x0A, 4),
        (0x0B, 4),
        (0x0C, 4),
        (0x0D, 0),
        (0x0E, 4),
        (0x0F, 4),
        (0x10, 4),
        (0x11, 4),
        (0x12, 4),
        (0x13, 6),
        (0x14, 4),
        (0x15, 6),
        (0x16, 6),
        (0x17, 3),
        (0x18, 4),
        (0x19, 4),
        (0x1A, 4),
        (0x1B, 4),
        (0x1C, 0),
        (0x99, 0),
    ];
    for (raw, wanted) in table {
        assert_eq!(published(raw), wanted, "{raw:#04x}");
    }
    assert_eq!(StopReason::from(6).end_reason(), EndReason::OverPower);
    assert_eq!(StopReason::from(0x99).end_reason(), EndReason::Unknown);
}

#[test]
fn some_answers_that_are_not_zero_mean_yes() {
    let executed = |raw: u8| StartAnswer::from(raw).executed();
    for raw in [0, 3, 9] {
        assert_eq!(executed(raw), Executed::Yes, "{raw}");
    }
    for raw in [2, 0x0E, 0x4F] {
        assert_eq!(executed(raw), Executed::Unclear, "{raw}");
    }
    for raw in [1, 4, 5, 6, 7, 8, 0x0A, 0x0B, 0x0C, 0x0D] {
        assert_eq!(executed(raw), Executed::No, "{raw}");
    }
    assert_eq!(u8::from(StartAnswer::from(0x4F)), 0x4F);
}

#[test]
fn refusals_never_make_the_device_write_to_a_card() {
    for refusal in [
        CardRefusal::Unknown,
        CardRefusal::Blocked,
        CardRefusal::BalanceTooLow,
        CardRefusal::PortUnavailable,
        CardRefusal::NotServed,
        CardRefusal::PasswordWrong,
        CardRefusal::VehicleUnknown,
        CardRefusal::Unsettled,
        CardRefusal::NotAllowedHere,
        CardRefusal::DeviceDisabled,
        CardRefusal::Expired,
        CardRefusal::InUse,
        CardRefusal::DailyLimit,
    ] {
        let state = AccountState::of_refusal(refusal);
        assert!(!state.rewrites_card() && state != AccountState::Normal);
    }
}

#[test]
fn host_frames_are_told_by_their_command() {
    assert!(Cmd::from(0x11).is_host() && !Cmd::from(0x21).is_host());
    assert!(Cmd::from(0x89).is_never_sent() && Cmd::from(0xFD).is_never_sent());
    assert!(Cmd::from(0x00).is_never_sent() && !Cmd::from(0x82).is_never_sent());
    for byte in 0..=u8::MAX {
        assert_eq!(u8::from(Cmd::from(byte)), byte);
    }
}

#[test]
fn a_type_alone_names_no_model() {
    let name = |kind: Option<u8>, code: u8, version: u16| {
        model_of(kind, Recognition::from(code), version).map(|model| model.name)
    };
    assert_eq!(name(Some(2), 4, 100), Some("old LoRa"));
    assert_eq!(name(Some(2), 4, 210), Some("old 485"));
    assert_eq!(name(Some(2), 5, 310), Some("old 10-way (帝鹏)"));
    assert_eq!(name(Some(0), 6, 150), Some("oldest 10/16-way"));
    assert_eq!(name(Some(0x20), 4, 100), None);
    let captured = model_of(Some(0x31), Recognition::Dual, 640).expect("captured");
    assert_eq!(captured.upgrade, UpgradeCommand::Device);
    assert_eq!(captured.upgrade.byte(), 0xE0);
    assert_eq!(upgrade_of_host(0x01), Some(UpgradeCommand::OldHost));
    assert_eq!(upgrade_of_host(0x55), None);
}

#[test]
fn blocks_have_no_holes() {
    for (set, length, query) in [(0x83, 11, 0x90), (0x84, 23, 0x91), (0x85, 8, 0x92)] {
        let mut end = 0;
        for row in parameters_of(set) {
            assert_eq!((row.offset, row.query()), (end, query), "{}", row.name);
            assert!(row.default.is_none_or(|value| row.allows(value.into())));
            end += row.width;
        }
        assert_eq!(end, length);
    }
    assert_eq!(PARAMETERS.len(), 24);
    let percent = parameter("float_percent").expect("listed");
    assert!(!percent.allows(0) && percent.allows(100) && !percent.allows(101));
}

#[test]
fn alarms_say_what_their_port_means() {
    assert!(AlarmType::from(3).names_socket() && AlarmType::from(7).names_socket());
    assert!(!AlarmType::from(1).names_socket() && !AlarmType::from(4).names_socket());
    assert_eq!(AlarmType::from(2).fault(), Fault::Unknown(3_000_258));
    assert_eq!(AlarmType::from(9).fault(), Fault::Unknown(3_000_265));
}

#[test]
fn bits_and_answers_in_words() {
    let captured = WorkModeBits(0x06);
    assert_eq!(
        captured.words(),
        "networked, meter BL0939, short-circuit precheck"
    );
    assert!(!captured.card_only() && WorkModeBits(1).card_only());
    assert!(WorkModeBits(8).lamp_detection());
    assert_eq!(
        UpgradeAnswer::from(4).reaction(),
        super::Reaction::WithCheck
    );
    assert_eq!(UpgradeAnswer::from(77).reaction(), super::Reaction::Abort);
}
