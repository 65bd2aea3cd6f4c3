//! Spot checks of the tables against the document.

use super::{
    AlarmBit, AlarmBits, AlarmCode, CarLink, CardResponse, EndCategory, Ended, LvnengAlarm,
    LvnengStop, NumberParam, StartResult, StopReason, TextParam, Version, WorkState,
};
use device::{CardRefusal, EndReason, Fault, PortState};
use wire::Field;

#[test]
fn the_same_number_means_different_things() {
    assert_eq!(StopReason::from(313).category(), EndCategory::LinkLost);
    assert_eq!(LvnengStop::from(313).category(), EndCategory::EmergencyStop);
    assert_eq!(LvnengAlarm::from(313).fault(), Some(Fault::OverVoltage));
    assert_eq!(StopReason::from(304).end_reason(), EndReason::Insulation);
}

#[test]
fn stop_reasons_of_the_records() {
    assert_eq!(StopReason::from(308).category(), EndCategory::Limit);
    assert_eq!(StopReason::from(311).end_reason(), EndReason::RemoteStop);
    assert_eq!(StopReason::from(0).end_reason(), EndReason::Normal);
    assert_eq!(LvnengStop::from(258).end_reason(), EndReason::RemoteStop);
    assert_eq!(StopReason::from(300).end_reason(), EndReason::Normal);
    assert_eq!(StopReason::from(316).end_reason(), EndReason::Full);
}

#[test]
fn reasons_that_only_the_alarm_table_lists() {
    assert_eq!(StopReason::from(2041).category(), EndCategory::PileFault);
    assert_eq!(StopReason::from(2041).words(), "output short circuit");
    assert_eq!(StopReason::from(100_034).category(), EndCategory::PileFault);
    // Small numbers of the alarm table are not shared.
    assert_eq!(StopReason::from(17).category(), EndCategory::Other);
    assert_eq!(StopReason::from(17).words(), "ended (code 17)");
    assert_eq!(StopReason::from(2032).category(), EndCategory::Other);
}

#[test]
fn alarms_name_their_fault() {
    assert_eq!(AlarmCode::from(0).fault(), None);
    assert_eq!(AlarmCode::from(3).fault(), Some(Fault::EmergencyStop));
    assert_eq!(AlarmCode::from(1002).fault(), Some(Fault::Meter));
    assert_eq!(AlarmCode::from(100_047).fault(), Some(Fault::Meter));
    assert_eq!(LvnengAlarm::from(519).fault(), Some(Fault::EmergencyStop));
    assert_eq!(AlarmCode::from(777).fault(), Some(Fault::Unknown(777)));
}

#[test]
fn unnamed_faults_keep_away_from_the_published_numbers() {
    for code in 1..256 {
        for fault in [
            AlarmCode::from(code).fault(),
            LvnengAlarm::from(code).fault(),
        ] {
            if let Some(Fault::Unknown(published)) = fault {
                assert!(published > 1_000_000, "{code}");
            }
        }
    }
    for code in 0..=u8::MAX {
        if let Fault::Unknown(published) = AlarmBit::from(code).fault() {
            assert!(published >= 1_000_000, "{code}");
        }
    }
}

#[test]
fn alarm_bits_count_from_the_least_significant_bit() {
    let mut bytes = [0; 32];
    bytes[0] = 0x02;
    bytes[5] = 0x04;
    let bits = AlarmBits(bytes);
    let set: Vec<_> = bits.iter().collect();
    assert_eq!(
        set,
        [AlarmBit::EmergencyStop, AlarmBit::ModuleOverTemperature]
    );
    assert_eq!(AlarmBits::of(&set), bits);
    assert_eq!(
        bits.meaning().as_deref(),
        Some("emergency stop, module over-temperature")
    );
    assert_eq!(AlarmBit::EmergencyStop.level(), 3);
}

#[test]
fn work_states_depend_on_plug_and_reservation() {
    let state = |code: u8, plug, reserved| WorkState::from(code).port_state(plug, reserved);
    assert_eq!(state(0, CarLink::Unplugged, false), Some(PortState::Idle));
    assert_eq!(state(0, CarLink::Half, false), Some(PortState::Plugged));
    assert_eq!(
        state(5, CarLink::Connected, true),
        Some(PortState::Reserved)
    );
    assert_eq!(
        state(5, CarLink::Connected, false),
        Some(PortState::Plugged)
    );
    assert_eq!(state(9, CarLink::Connected, false), None);
}

#[test]
fn start_results_and_card_answers() {
    assert!(StartResult::from(100_003).is_already_charging());
    assert_eq!(StartResult::from(45).words(), "unknown failure 45");
    assert_eq!(
        CardResponse::from(CardRefusal::PasswordWrong),
        CardResponse::WrongPassword
    );
}

#[test]
fn parameters_know_their_limits() {
    assert!(NumberParam::from(21).may_be_set() && !NumberParam::from(5).may_be_set());
    assert_eq!(TextParam::from(7).length(), Some(256));
    assert_eq!(TextParam::from(15).length(), None);
}

#[test]
fn version_bytes() {
    assert!(Version::from(0x10).is_plain() && Version::from(0x0A).is_plain());
    assert!(Version::from(0x8A).is_encrypted() && !Version::from(0x8A).is_plain());
    assert!(Version::from(0x24).is_foreign());
}
