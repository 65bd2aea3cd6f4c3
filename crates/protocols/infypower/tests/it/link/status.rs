//! Status reports: states, values, alarms, answers.

use super::{ORDER, Rig, START, ascii, bcd, blank, charging, order, pinned, sealed, status};
use device::{ChargeKey, Event, Fault, PortReport, PortState, Profile};
use infypower::codes::{
    AlarmBit, AlarmBits, AlarmCode, CarLink, ControlAddress, GunType, StartType, WorkState,
};
use infypower::message::{self, Body};
use infypower::value::{Later, Scaled};
use kernel::{Current, Energy, PortNo, Power, Voltage};
use std::time::Duration;

fn port(rig: &Rig) -> PortReport {
    let found = rig.find(|event| match event {
        Event::Status { ports, .. } => ports.first().cloned(),
        _ => None,
    });
    found.expect("a status")
}

/// The codes of each list of faults.
fn lists(rig: &Rig) -> Vec<Vec<(u32, Option<Fault>)>> {
    let list = |event: &device::Envelope| match &event.event {
        Event::Faults(list) => {
            let faults = list.faults.iter();
            Some(faults.map(|listed| (listed.code, listed.fault)).collect())
        }
        _ => None,
    };
    rig.events.iter().filter_map(list).collect()
}

#[test]
fn every_work_state_is_a_port_state() {
    for (state, plug, expected) in [
        (WorkState::Idle, CarLink::Unplugged, PortState::Idle),
        (WorkState::Idle, CarLink::Half, PortState::Plugged),
        (
            WorkState::Preparing,
            CarLink::Connected,
            PortState::Starting,
        ),
        (WorkState::Charging, CarLink::Connected, PortState::Charging),
        (
            WorkState::Finished,
            CarLink::Connected,
            PortState::Finishing,
        ),
        (
            WorkState::StartFailed,
            CarLink::Connected,
            PortState::Plugged,
        ),
        (WorkState::Reserved, CarLink::Connected, PortState::Plugged),
        (WorkState::Fault, CarLink::Unplugged, PortState::Fault),
        (
            WorkState::Suspended,
            CarLink::Unplugged,
            PortState::Disabled,
        ),
    ] {
        let mut rig = Rig::ready();
        let mut message = status(2, state);
        message.car_link = plug;
        rig.hear(&sealed(104, message));
        let found = port(&rig);
        assert_eq!(
            (found.port, found.state),
            (PortNo(2), expected),
            "{state:?}"
        );
        assert_eq!(rig.said(), [103]);
    }
}

#[test]
fn an_unknown_work_state_keeps_the_last_one() {
    let mut rig = Rig::ready();
    rig.hear(&sealed(104, status(1, WorkState::Finished)));
    rig.hear(&sealed(104, status(1, WorkState::Unknown(9))));
    let found = port(&rig);
    assert_eq!((found.state, found.raw), (PortState::Finishing, 9));
}

#[test]
fn an_unknown_work_state_ends_no_charge() {
    let mut rig = Rig::ready();
    rig.hear(&sealed(104, charging(1, ORDER, 60, 100)));
    rig.command(super::stop(1));
    rig.hear(&super::stops::control(1, ControlAddress::Stop, 0));
    let odd = |rig: &mut Rig| {
        rig.wait(Duration::from_secs(15));
        rig.hear(&sealed(104, status(1, WorkState::Unknown(9))));
        let found = port(rig);
        let key = Some(ChargeKey::Order(order()));
        assert_eq!((found.state, found.charge), (PortState::Charging, key));
        assert!(found.meter.is_none(), "whether it flows nobody knows");
    };
    for _ in 0..9 {
        odd(&mut rig);
    }
    rig.hear(&sealed(104, charging(1, ORDER, 50, 90)));
    assert!(port(&rig).meter.is_none(), "the same session went on");
    let stops = rig.said().iter().filter(|cmd| **cmd == 5).count();
    assert_eq!(stops, 2, "the stop that was not obeyed is not forgotten");
    rig.hear(&super::stops::control(1, ControlAddress::Stop, 0));
    let id = rig.send(device::Command::StartCharge(super::plan(1)), true);
    odd(&mut rig);
    assert!(rig.is_accepted(id), "it runs already");
    let mut next = super::plan(1);
    next.order = "THD1729407600009".parse().expect("a number");
    let id = rig.send(device::Command::StartCharge(next), true);
    odd(&mut rig);
    assert_eq!(rig.refusal(id).text, "another charge runs at the gun");
}

#[test]
fn the_answer_names_the_gun_and_the_command() {
    let mut rig = Rig::ready();
    rig.hear(&sealed(104, status(2, WorkState::Idle)));
    rig.hear(&sealed(504, status(1, WorkState::Idle)));
    assert_eq!(rig.said(), [103, 503]);
    let Body::StatusAnswer(answer) = rig.last(503) else {
        panic!("a status answer");
    };
    assert_eq!((answer.gun_no, rig.last_length(503)), (1, 5));
    let mut rig = Rig::pinned(&[("status_answer", "6")]);
    rig.hear(&sealed(104, status(2, WorkState::Idle)));
    assert_eq!(rig.last_length(103), 6);
}

#[test]
fn values_are_converted() {
    let mut rig = Rig::ready();
    let mut message = charging(1, ORDER, 840, 1300);
    message.dc_voltage_v = Scaled(5123);
    message.dc_current_a = Scaled(1187);
    message.power_kw = Scaled(608);
    message.soc = 47;
    message.remain_min = 38;
    message.fee_yuan = Scaled(1560);
    message.temperatures.0.as_mut().expect("there").gun_temp_c = infypower::value::Celsius(85);
    rig.hear(&sealed(104, message));
    let found = port(&rig);
    assert_eq!(found.charge, Some(ChargeKey::Order(order())));
    assert_eq!(found.voltage, Some(Voltage(5123)));
    assert_eq!(found.current, Some(Current(118_700)));
    assert_eq!(found.power, Some(Power(608_000)));
    assert_eq!(found.temperature_c, Some(35));
    let meter = found.meter.expect("it charges");
    assert_eq!((meter.duration_s, meter.energy), (840, Energy(130_000)));
    assert_eq!((meter.soc, meter.remaining_min), (Some(47), Some(38)));
    assert_eq!(meter.device_amount.map(|fen| fen.0), Some(1560));
}

#[test]
fn a_power_in_another_unit_is_computed() {
    for (told, expected) in [(608, 608_000), (608_000, 608_096), (3, 608_096), (0, 0)] {
        let mut rig = Rig::ready();
        let mut message = charging(1, ORDER, 10, 1);
        message.dc_voltage_v = Scaled(5123);
        message.dc_current_a = Scaled(1187);
        message.power_kw = Scaled(told);
        rig.hear(&sealed(104, message));
        let power = port(&rig).power.expect("shown").0;
        assert!((power - expected).abs() <= 5, "{told}: {power}");
    }
}

#[test]
fn an_ac_pile_shows_its_phase() {
    let mut rig = Rig::ready();
    let mut message = charging(1, ORDER, 10, 1);
    message.ac_ua_v = Scaled(2298);
    message.ac_ia_a = Scaled(310);
    rig.hear(&sealed(104, message));
    let found = port(&rig);
    assert_eq!(found.voltage, Some(Voltage(2298)));
    assert_eq!(found.current, Some(Current(31_000)));
}

#[test]
fn the_kind_of_gun_tells_which_side_is_shown() {
    for (kind, dc, shown) in [
        (GunType::Dc, 0, 0),
        (GunType::Dc, 5123, 5123),
        (GunType::Ac, 5123, 2298),
        (GunType::from(0), 0, 2298),
        (GunType::from(0), 5123, 5123),
    ] {
        let mut rig = Rig::ready();
        let mut message = status(1, WorkState::Idle);
        message.gun_type = kind;
        message.dc_voltage_v = Scaled(dc);
        message.ac_ua_v = Scaled(2298);
        rig.hear(&sealed(104, message));
        assert_eq!(port(&rig).voltage, Some(Voltage(shown)), "{kind:?} {dc}");
    }
    let mut rig = Rig::pinned(&[("dialect", "lvneng-3.4")]);
    let mut message = super::lvneng_status(WorkState::Idle);
    message.gun_type = GunType::Dc;
    message.ac_ua_v = Scaled(2298);
    rig.hear(&sealed(109, message));
    assert_eq!(port(&rig).voltage, Some(Voltage(0)));
}

#[test]
fn progress_never_goes_back_within_a_session() {
    let mut rig = Rig::ready();
    for (seconds, energy, told) in [
        (60, 100, true),
        (75, 90, false),
        (70, 110, true),
        (65, 120, false),
        (90, 120, true),
    ] {
        rig.hear(&sealed(104, charging(1, ORDER, seconds, energy)));
        assert_eq!(port(&rig).meter.is_some(), told, "{seconds} {energy}");
    }
    rig.hear(&sealed(104, charging(1, "THD1729407600002", 1, 0)));
    assert!(port(&rig).meter.is_some(), "another session begins at 0");
}

#[test]
fn a_gun_called_0_is_shown_as_1_and_spoken_to_as_0() {
    let spoken_to = |rig: &mut Rig, port| {
        rig.command(device::Command::StartCharge(super::plan(port)));
        match rig.last(7) {
            Body::Start(start) => start.gun_no,
            other => panic!("{other:?}"),
        }
    };
    let mut rig = Rig::with(Profile::default(), super::sign_in_of_one_gun());
    rig.hear(&sealed(104, status(0, WorkState::Idle)));
    assert_eq!(port(&rig).port, PortNo(1));
    assert_eq!(spoken_to(&mut rig, 1), 0);
    let mut rig = Rig::ready();
    rig.hear(&sealed(104, status(0, WorkState::Idle)));
    assert_eq!(port(&rig).port, PortNo(1));
    assert_eq!(spoken_to(&mut rig, 1), 1, "a pile with two guns has none 0");
    for (port, gun_no) in [(1, 0), (2, 2)] {
        let mut rig = Rig::pinned(&[("gun_zero", "1")]);
        assert_eq!(spoken_to(&mut rig, port), gun_no, "pinned");
    }
}

#[test]
fn a_gun_that_cannot_be_is_answered_and_not_shown() {
    let mut rig = Rig::ready();
    rig.hear(&sealed(104, status(0xCC, WorkState::Idle)));
    assert_eq!(rig.said(), [103]);
    assert_eq!(rig.count("status"), 0);
}

#[test]
fn alarm_codes_are_raised_and_cleared() {
    let mut rig = Rig::ready();
    for code in [0, 0, 3, 3, 2023, 0] {
        let mut message = status(1, WorkState::Idle);
        message.alarm_code = AlarmCode::from(code);
        rig.hear(&sealed(104, message));
    }
    let stop = vec![(3, Some(Fault::EmergencyStop))];
    let hot = vec![(2023, Some(Fault::OverTemperature))];
    assert_eq!(lists(&rig), [vec![], stop, hot, vec![]], "each once");
    assert!(port(&rig).faults.is_empty());
}

#[test]
fn an_alarm_in_the_fault_state_is_the_ports_fault() {
    let mut rig = Rig::ready();
    let mut message = status(1, WorkState::Fault);
    message.alarm_code = AlarmCode::from(19);
    rig.hear(&sealed(104, message));
    assert_eq!(port(&rig).faults, [Fault::ChargingModule]);
}

#[test]
fn alarm_bits_are_told_as_a_list_and_answered_only_to_those_that_insist() {
    let mut rig = Rig::ready();
    let report = |bits: &[AlarmBit]| {
        let mut message: message::AlarmReport = blank(68);
        message.pile_code = ascii(super::CODE);
        message.alarm_bits = AlarmBits::of(bits);
        sealed(108, message)
    };
    rig.hear(&report(&[AlarmBit::EmergencyStop, AlarmBit::Door]));
    rig.hear(&report(&[AlarmBit::Door]));
    let (stop, door) = ((1, Some(Fault::EmergencyStop)), (27, Some(Fault::Door)));
    assert_eq!(lists(&rig), [vec![stop, door], vec![door]]);
    assert_eq!(rig.said(), Vec::<u16>::new());
    for _ in 0..3 {
        rig.hear(&report(&[AlarmBit::Door]));
    }
    assert_eq!(rig.said(), [107]);
}

#[test]
fn bodies_of_unexpected_length_are_read_as_far_as_groups_reach() {
    for (length, order_known) in [
        (169, false),
        (171, false),
        (200, false),
        (223, true),
        (300, true),
    ] {
        let mut rig = Rig::ready();
        let mut bytes = Vec::new();
        let mut told = charging(1, ORDER, 60, 100);
        told.card_no = ascii("");
        message::Message::from(Body::from(told)).write(&mut bytes);
        bytes.resize(length, 0xEE);
        rig.hear(&super::raw(104, &bytes));
        let expected = if order_known {
            ChargeKey::Order(order())
        } else {
            ChargeKey::Port
        };
        assert_eq!(port(&rig).charge, Some(expected), "{length}");
        rig.assert_tally();
    }
}

#[test]
fn an_operator_bounds_what_is_believed_of_a_status() {
    let mut rig = Rig::pinned(&[("status_length", "169")]);
    let mut message = charging(1, ORDER, 60, 100);
    message.card_no = ascii("");
    rig.hear(&sealed(104, message));
    assert_eq!(port(&rig).charge, Some(ChargeKey::Port));
}

#[test]
fn wide_status_counts_in_the_scale_of_the_profile() {
    for (scale, energy) in [("0.001", 13_000), ("0.01", 130_000)] {
        let mut rig = Rig::pinned(&[("wide_scale", scale)]);
        rig.hear(&sealed(504, charging(1, ORDER, 60, 1300)));
        assert_eq!(port(&rig).meter.expect("runs").energy, Energy(energy));
    }
}

#[test]
fn v53_has_a_third_decimal_and_battery_reports() {
    let mut rig = Rig::with(pinned(&[("dialect", "shenghong-5.3")]), super::sign_in());
    let mut message: message::Status = blank(246);
    message.pile_code = ascii(super::CODE);
    message.gun_no = 1;
    message.work_state = WorkState::Charging;
    message.start_type = StartType::Platform;
    message.energy_kwh = Scaled(1300);
    super::set_order(&mut message, ORDER);
    let vehicle = message
        .temperatures
        .0
        .as_mut()
        .expect("246")
        .vehicle
        .0
        .as_mut();
    let v53 = vehicle.expect("246").v53.0.as_mut().expect("246");
    v53.energy_milli = 7;
    rig.hear(&sealed(104, message));
    assert_eq!(port(&rig).meter.expect("runs").energy, Energy(130_070));

    let mut battery: message::Battery = blank(194);
    battery.gun_no = 1;
    battery.pile_code = ascii(super::CODE);
    battery.bcs_soc_pct = Scaled(473);
    battery.bcl_voltage_v = Scaled(5600);
    battery.bcl_current_a = Scaled(1250);
    battery.brm_vin = ascii("LSVAA49J132047371");
    battery.bcs_current_a = Scaled(u32::MAX);
    rig.hear(&sealed(302, battery.clone()));
    rig.hear(&sealed(302, battery));
    assert_eq!((rig.count("battery"), rig.count("vehicle")), (2, 1));
    assert_eq!(rig.said(), [103, 301, 301]);
    let report = rig.find(|event| match event {
        Event::Battery(report) => Some(report.clone()),
        _ => None,
    });
    let report = report.expect("told");
    assert_eq!((report.soc, report.measured_current), (Some(47), None));
    assert_eq!(report.demand_current, Some(Current(125_000)));
}

#[test]
fn a_report_of_a_battery_at_a_gun_that_does_not_charge_is_answered_only() {
    let mut rig = Rig::with(Profile::default(), super::sign_in());
    rig.hear(&super::raw(302, &[0; 212]));
    rig.hear(&super::raw(302, &[0; 99]));
    rig.hear(&super::raw(302, &[0xAA; 250]));
    assert_eq!(rig.said(), [301, 301, 301]);
    assert_eq!(rig.count("battery"), 0);
    rig.assert_tally();
}

#[test]
fn sessions_of_cards_are_told_once_before_their_progress() {
    let mut rig = Rig::ready();
    let mut message = charging(1, "", 60, 100);
    message.start_type = StartType::Card;
    message.card_no = ascii("0012345678");
    message.start_time = bcd(START);
    for seconds in [60, 75] {
        message.duration_s = seconds;
        rig.hear(&sealed(104, message.clone()));
    }
    let place = |name| rig.told().iter().position(|told| *told == name);
    assert!(place("began") < place("status"));
    assert_eq!(rig.count("began"), 1);
    let key = ChargeKey::Serial("0012345678@20241020150000".to_owned());
    assert_eq!(port(&rig).charge, Some(key));
    let mut again = Rig::ready();
    again.hear(&sealed(104, message));
    assert_eq!(again.count("began"), 1, "once on each connection");
}

#[test]
fn the_reserved_state_needs_its_flag() {
    let mut rig = Rig::ready();
    let mut message = status(1, WorkState::Reserved);
    message.reserve_flag = 1;
    rig.hear(&sealed(104, message));
    assert_eq!(port(&rig).state, PortState::Reserved);
}

#[test]
fn a_session_without_a_start_time_is_named_by_an_estimate_and_remembered() {
    let mut rig = Rig::ready();
    let mut message = charging(1, "", 600, 100);
    message.start_type = StartType::Card;
    message.card_no = ascii("77");
    rig.hear(&sealed(104, message.clone()));
    let first = port(&rig).charge;
    rig.wait(Duration::from_secs(17));
    message.duration_s = 615;
    rig.hear(&sealed(104, message.clone()));
    assert_eq!(port(&rig).charge, first, "two seconds off");
    let learnt = rig.find(|event| match event {
        Event::Learnt {
            key: "sessions",
            value,
        } => Some(value.clone()),
        _ => None,
    });
    let learnt = learnt.expect("remembered");
    let mut profile = Profile::default();
    profile.learnt.insert("sessions".to_owned(), learnt);
    let mut next = Rig::with(profile, super::sign_in());
    next.now = rig.now + Duration::from_secs(31);
    message.duration_s = 640;
    next.hear(&sealed(104, message));
    assert_eq!(port(&next).charge, first, "after a reconnect too");
}

#[test]
fn the_longer_heartbeat_is_understood() {
    let mut rig = Rig::ready();
    let mut message: message::Heartbeat = blank(54);
    message.pile_code = ascii(super::CODE);
    message.heartbeat_seq = 3;
    message.plugs = Later(message.plugs.0);
    rig.hear(&sealed(102, message));
    assert_eq!(rig.said(), [101]);
}
