//! Heartbeats and real-time data.

use super::{
    Body, Desk, NONE, SERIAL, beat, charging, charging_data, code, data, idle, record, serial,
};
use device::{ChargeKey, Event, Fault, PortReport, PortState};
use kernel::{Current, Energy, Fen, PortNo, Power, Voltage};
use ykc::codes::{
    FaultBits, FrameType, GunHealth, GunPlugged, GunState, LockAlarm, LockState, ParkingState,
};
use ykc::message::{Heartbeat, LockData, Realtime};
use ykc::value::{Gun, Ident};

/// The only port report.
fn port(desk: &Desk) -> &PortReport {
    let ports: Vec<_> = desk
        .told()
        .into_iter()
        .filter_map(|event| match event {
            Event::Status { ports, .. } => ports.first(),
            _ => None,
        })
        .collect();
    match ports[..] {
        [port] => port,
        ref others => panic!("{} reports", others.len()),
    }
}

fn seen(change: impl FnOnce(&mut Realtime)) -> Desk {
    let mut desk = Desk::new();
    let mut told = charging_data(1, SERIAL, 12);
    change(&mut told);
    desk.up(Body::Realtime(told));
    desk
}

#[test]
fn heartbeats_are_echoed() {
    let mut desk = Desk::new();
    let sequence = desk.up(beat(2));
    let down = desk.last();
    assert_eq!(down.sequence, sequence);
    assert!(matches!(&down.body, Body::HeartbeatAnswer(answer)
        if answer.gun_no == Gun(2) && answer.reply == 0 && answer.pile_code == code()));
    assert!(matches!(desk.events[..], [ref one] if matches!(one.event, Event::Heartbeat(_))));
}

#[test]
fn a_gun_that_beats_with_a_fault_is_asked_once() {
    let mut desk = Desk::new();
    let sick = |gun| {
        Body::Heartbeat(Heartbeat {
            pile_code: code(),
            gun_no: Gun(gun),
            gun_status: GunHealth::Fault,
        })
    };
    desk.up(sick(1));
    desk.up(sick(1));
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime]);
}

#[test]
fn a_charging_gun_in_neutral_words() {
    let desk = seen(|_| ());
    let port = port(&desk);
    assert_eq!((port.port, port.state), (PortNo(1), PortState::Charging));
    assert_eq!(port.charge, Some(ChargeKey::Serial(SERIAL.to_owned())));
    assert_eq!((port.plugged, port.reachable), (Some(true), true));
    assert_eq!(port.voltage, Some(Voltage(3_940)));
    assert_eq!(port.current, Some(Current(74_200)));
    assert_eq!(port.power, Some(Power(292_348)), "29.2348 kW");
    assert_eq!(port.temperature_c, Some(34));
    let meter = port.meter.as_ref().expect("a meter");
    assert_eq!(meter.duration_s, 720);
    assert_eq!(meter.energy, Energy(58_464));
    assert_eq!(meter.device_amount, Some(Fen(585)), "5.8464 rounded");
    assert_eq!((meter.soc, meter.remaining_min), (Some(41), Some(35)));
}

#[test]
fn states_of_a_gun() {
    for (state, plugged, serial_text, wanted, reachable) in [
        (GunState::Idle, GunPlugged::No, NONE, PortState::Idle, true),
        (
            GunState::Idle,
            GunPlugged::Yes,
            NONE,
            PortState::Plugged,
            true,
        ),
        (
            GunState::Idle,
            GunPlugged::Yes,
            SERIAL,
            PortState::Plugged,
            true,
        ),
        (
            GunState::Charging,
            GunPlugged::Yes,
            NONE,
            PortState::Starting,
            true,
        ),
        (
            GunState::Fault,
            GunPlugged::No,
            NONE,
            PortState::Fault,
            true,
        ),
        (
            GunState::Offline,
            GunPlugged::No,
            NONE,
            PortState::Unknown,
            false,
        ),
        (
            GunState::Unknown(9),
            GunPlugged::No,
            NONE,
            PortState::Unknown,
            true,
        ),
    ] {
        let desk = seen(|told| {
            told.state = state;
            told.gun_plugged = plugged;
            told.transaction_no = serial(serial_text);
        });
        let port = port(&desk);
        assert_eq!(
            (port.state, port.reachable),
            (wanted, reachable),
            "{state:?}"
        );
        assert_eq!(port.charge, None);
        assert!(port.meter.is_none());
    }
}

#[test]
fn a_gun_out_of_use_names_all_its_faults() {
    let desk = seen(|told| {
        told.state = GunState::Fault;
        told.fault_bits = FaultBits(0x9401);
    });
    let port = port(&desk);
    assert_eq!(port.faults[0], Fault::EmergencyStop, "the worst leads");
    assert_eq!(port.faults.len(), 4);
    assert!(port.faults.contains(&Fault::Unknown(0x8000)));
    assert_eq!(port.raw, 0x0001_9401);
    assert!(port.charge.is_some(), "its session is named");
    assert!(desk.lists().is_empty(), "it was told idle without any");
}

#[test]
fn fault_bits_of_a_gun_that_goes_on_are_alarms() {
    let mut desk = seen(|told| told.fault_bits = FaultBits(0x0080));
    assert!(port(&desk).faults.is_empty());
    assert_eq!(desk.lists(), [vec![(Some(Fault::InnerLink), 0x80)]]);
    desk.forget();
    desk.up(Body::Realtime(Realtime {
        fault_bits: FaultBits(0x1000),
        ..charging_data(1, SERIAL, 13)
    }));
    assert_eq!(desk.lists(), [vec![(Some(Fault::Door), 0x1000)]]);
}

#[test]
fn every_fault_bit_is_told() {
    let mut desk = seen(|told| told.fault_bits = FaultBits(0xFFFF));
    assert_eq!(desk.lists()[0].len(), 16);
    desk.forget();
    desk.up(idle(1));
    desk.up(idle(1));
    assert_eq!(desk.lists(), [vec![]], "once");
}

#[test]
fn what_cannot_be_measured_is_no_value() {
    let desk = seen(|told| {
        told.output_voltage = 15_001;
        told.output_current = 10_001;
        told.gun_line_temp = 0;
        told.soc = 101;
        told.remaining_minutes = 0;
    });
    let port = port(&desk);
    assert_eq!((port.voltage, port.current, port.power), (None, None, None));
    assert_eq!(port.temperature_c, None);
    let meter = port.meter.as_ref().expect("a meter");
    assert_eq!((meter.soc, meter.remaining_min), (None, None));
}

#[test]
fn no_current_is_no_power() {
    let desk = seen(|told| told.output_current = 0);
    assert_eq!(port(&desk).power, Some(Power::ZERO));
}

#[test]
fn meters_that_fall_are_passed_on_as_they_are() {
    let mut desk = seen(|_| ());
    desk.forget();
    desk.up(Body::Realtime(charging_data(1, SERIAL, 11)));
    let meter = port(&desk).meter.as_ref().expect("a meter");
    assert_eq!((meter.duration_s, meter.energy), (660, Energy(53_592)));
}

#[test]
fn guns_that_a_pile_has_not_got_are_not_made() {
    let mut desk = Desk::new();
    for gun in [0, 0xFF] {
        desk.up(idle(gun));
    }
    assert!(desk.told().is_empty());
    let asked = desk.downs.len();
    desk.up(idle(3));
    assert_eq!(port(&desk).port, PortNo(3), "it is told, as evidence");
    assert_eq!(desk.downs.len(), asked, "and nothing is asked of it");
    assert_eq!(desk.tally.bad_frames, 0, "but the frames are sound");
    // Both forms of writing ten, on a pile that has ten.
    let mut desk = Desk::fresh(device::Profile::default());
    let Body::Login(mut login) = super::login() else {
        panic!("a login");
    };
    login.gun_count = 12;
    desk.up(Body::Login(login));
    desk.forget();
    desk.up(idle(0x10));
    assert_eq!(port(&desk).port, PortNo(10));
    desk.forget();
    desk.up(idle(0x0A));
    assert_eq!(port(&desk).port, PortNo(10));
}

#[test]
fn kept_data_of_a_session_that_is_over_changes_nothing() {
    let mut desk = Desk::new();
    desk.up(Body::Record(Box::new(record(SERIAL))));
    desk.forget();
    desk.up(Body::Realtime(charging_data(1, SERIAL, 5)));
    assert!(desk.told().is_empty());
    desk.up(Body::Realtime(Realtime {
        transaction_no: serial(SERIAL),
        ..data(1)
    }));
    assert_eq!(port(&desk).state, PortState::Idle);
}

#[test]
fn power_that_flows_on_after_the_record_is_told() {
    let mut desk = Desk::new();
    desk.charging();
    desk.up(Body::Record(Box::new(record(SERIAL))));
    desk.forget();
    desk.up(charging(1, SERIAL, 20));
    desk.seconds(9);
    desk.up(charging(1, SERIAL, 21));
    assert!(desk.told().is_empty(), "a backlog comes fast");
    desk.seconds(6);
    desk.up(charging(1, SERIAL, 20));
    assert!(desk.told().is_empty(), "and what stands still is the past");
    desk.up(charging(1, SERIAL, 21));
    assert_eq!(port(&desk).state, PortState::Charging);
    assert_eq!(
        port(&desk).charge,
        Some(ChargeKey::Serial(SERIAL.to_owned()))
    );
    desk.forget();
    desk.seconds(15);
    desk.up(charging(1, SERIAL, 21));
    assert_eq!(port(&desk).state, PortState::Charging, "and so is the rest");
    // The platform stops it.
    desk.command(super::stop(1));
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
    // Idle in between begins the proof anew.
    desk.up(idle(1));
    desk.forget();
    desk.up(charging(1, SERIAL, 30));
    assert!(desk.told().is_empty());
}

#[test]
fn two_sessions_that_are_over_prove_nothing_for_each_other() {
    const OTHER: &str = "32010600019236012410201600000002";
    let mut desk = Desk::new();
    for number in [SERIAL, OTHER] {
        desk.up(Body::Record(Box::new(record(number))));
    }
    desk.forget();
    for (minutes, number) in [(5, SERIAL), (6, OTHER), (7, SERIAL), (8, OTHER)] {
        desk.up(charging(1, number, minutes));
        desk.seconds(15);
    }
    assert!(desk.told().is_empty());
}

#[test]
fn bodies_of_unexpected_length() {
    let mut desk = Desk::new();
    let mut bytes = Vec::new();
    // One byte short: logged and not processed.
    let body = {
        let mut body = Vec::new();
        ykc::message::Message::from(idle(1)).write(&mut body);
        body
    };
    for (length, told) in [(59, 0), (61, 1)] {
        desk.forget();
        bytes.clear();
        let mut body = body.clone();
        body.resize(length, 0);
        ykc::frame::seal(
            FrameType::Realtime,
            [0, 0],
            ykc::frame::CrcOrder::LowHigh,
            &mut bytes,
            |out| out.extend_from_slice(&body),
        )
        .expect("short");
        desk.bytes(&bytes);
        assert_eq!(desk.told().len(), told, "{length} bytes");
        assert_eq!(desk.malformed().len(), 1 - told);
    }
    assert_eq!(desk.closed(), None);
}

#[test]
fn ground_locks_are_told() {
    let mut desk = Desk::new();
    desk.up(Body::LockData(LockData {
        pile_code: code(),
        gun_no: 2,
        lock_state: LockState::Raised,
        parking_state: ParkingState::Empty,
        lock_battery: 88,
        alarm: LockAlarm::Stuck,
        reserved: Ident::default(),
    }));
    let Event::GroundLock(lock) = desk.only() else {
        panic!("{:?}", desk.told());
    };
    assert_eq!((lock.port, lock.raised), (PortNo(2), Some(true)));
    assert_eq!((lock.occupied, lock.battery), (Some(false), Some(88)));
    assert_eq!(lock.alarm, 0x55);
}
