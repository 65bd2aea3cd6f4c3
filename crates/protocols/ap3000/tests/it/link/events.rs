//! What every uplink becomes.

use super::{Desk, HOST, OTHER, SOCKET, order, order_hex, pinned};
use device::{ChargeKey, Event, Fault, PortState};
use kernel::{PortNo, Power};

/// 0x01 of a dual socket, the second one plugged in and drawing 10.0 W.
pub(super) const LEGACY: &str = "80022609020002000064000000c8000a00025d";

fn ports(desk: &Desk) -> Vec<device::PortReport> {
    match desk.named("status").last() {
        Some(Event::Status { ports, .. }) => ports.clone(),
        other => panic!("{other:?}"),
    }
}

fn alarms(desk: &Desk) -> Vec<device::AlarmReport> {
    let alarms = desk.named("alarm").into_iter();
    alarms
        .filter_map(|event| match event {
            Event::Alarm(report) => Some(report.clone()),
            _ => None,
        })
        .collect()
}

fn learnt(desk: &Desk) -> Vec<(&'static str, String)> {
    let learnt = desk.named("learnt").into_iter();
    learnt
        .filter_map(|event| match event {
            Event::Learnt { key, value } => Some((*key, value.clone())),
            _ => None,
        })
        .collect()
}

#[test]
fn a_heartbeat_is_a_sign_of_life_and_a_state() {
    let mut desk = Desk::new();
    desk.states(SOCKET, 0, 2);
    assert_eq!(desk.said(), [(0x21, "00".to_owned())]);
    let Some(Event::Heartbeat(vitals)) = desk.named("heartbeat").pop() else {
        panic!("heartbeat");
    };
    assert_eq!(vitals.voltage.map(|voltage| voltage.0), Some(2322));
    assert_eq!((vitals.temperature_c, vitals.signal), (Some(31), None));
    let ports = ports(&desk);
    assert_eq!(ports.len(), 2);
    assert_eq!(
        (ports[0].port, ports[0].state),
        (PortNo(1), PortState::Idle)
    );
    assert_eq!(
        (ports[1].port, ports[1].state),
        (PortNo(2), PortState::Plugged)
    );
    assert_eq!(
        (ports[0].plugged, ports[1].plugged),
        (Some(false), Some(true))
    );
    assert_eq!(ports[1].raw, 2);
}

#[test]
fn every_state_of_a_socket_is_an_enumeration() {
    let cases = [
        (0x01, PortState::Charging, None),
        (0x03, PortState::Finishing, None),
        (0x04, PortState::Fault, Some(Fault::Meter)),
        (0x05, PortState::Charging, None),
        (0x09, PortState::Fault, Some(Fault::Relay)),
        (0x0D, PortState::Fault, Some(Fault::ShortCircuit)),
        (0x0F, PortState::Unknown, None),
        (0x0C, PortState::Unknown, Some(Fault::Unknown(3_000_012))),
        (0xEE, PortState::Unknown, Some(Fault::Unknown(3_000_238))),
    ];
    for (raw, state, fault) in cases {
        let mut desk = Desk::new();
        desk.states(SOCKET, raw, 0);
        let port = &ports(&desk)[0];
        assert_eq!((port.state, port.faults.first().copied()), (state, fault));
    }
}

#[test]
fn danger_and_unknown_states_alarm_once() {
    let mut desk = Desk::new();
    desk.states(SOCKET, 9, 0);
    desk.states(SOCKET, 9, 0);
    desk.states(SOCKET, 0x0E, 0);
    desk.states(SOCKET, 0, 0);
    let told: Vec<_> = alarms(&desk)
        .into_iter()
        .map(|alarm| (alarm.code, alarm.active, alarm.fault))
        .collect();
    let relay = Some(Fault::Relay);
    assert_eq!(told, [(9, true, relay), (0x0E, false, relay)]);
    desk.forget();
    desk.states(SOCKET, 0xEE, 0);
    desk.states(SOCKET, 0xEE, 0);
    assert_eq!(alarms(&desk).len(), 1);
}

#[test]
fn a_broken_card_reader_is_an_alarm_at_a_socket_that_can_be_used() {
    let listed = |desk: &Desk| -> Vec<(u16, Vec<u32>)> {
        let lists = desk.named("faults").into_iter();
        lists
            .map(|event| match event {
                Event::Faults(list) => (
                    list.port.expect("a socket").0,
                    list.faults.iter().map(|listed| listed.code).collect(),
                ),
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let mut desk = Desk::fresh();
    for _ in 0..2 {
        desk.states(SOCKET, 0x0F, 0);
    }
    assert_eq!(listed(&desk), [(1, vec![0x0F]), (2, vec![])]);
    let port = &ports(&desk)[0];
    assert_eq!((port.state, port.faults.len()), (PortState::Unknown, 0));
    desk.forget();
    desk.states(SOCKET, 2, 0);
    assert_eq!(listed(&desk), [(1, vec![])]);
    assert!(alarms(&desk).is_empty());
    // It was repaired while nobody was connected: the first word says so, once.
    let mut desk = Desk::fresh();
    for _ in 0..2 {
        desk.idle(SOCKET);
    }
    assert_eq!(listed(&desk), [(1, vec![]), (2, vec![])]);
}

#[test]
fn the_old_heartbeat_is_answered_from_the_second_on() {
    let body = LEGACY;
    let mut desk = Desk::fresh();
    desk.up(OTHER, 0x01, body);
    assert_eq!(desk.written(0x01), 0);
    desk.up(OTHER, 0x01, body);
    assert_eq!(desk.written(0x01), 1);
    let ports = ports(&desk);
    assert_eq!(ports[1].power, Some(Power(100)));
    assert_eq!(ports[1].state, PortState::Plugged);
    let Some(Event::Registered(registration)) = desk.named("register").pop() else {
        panic!("registered");
    };
    assert_eq!(registration.firmware.as_deref(), Some("6.40"));
    // From a device that has the newer one it is used but not answered, on later connections
    // as well.
    let mut desk = Desk::with(super::learnt(&[("heartbeat", "21")]));
    for _ in 0..3 {
        desk.up(SOCKET, 0x01, body);
    }
    assert_eq!((desk.written(0x01), desk.named("status").len()), (0, 3));
}

#[test]
fn time_is_told_to_devices_and_hosts() {
    let mut desk = Desk::new();
    desk.idle(HOST);
    desk.forget();
    desk.up_as(SOCKET, 571, 0x22, "");
    desk.up_as(HOST, 2, 0x12, "");
    let seconds = hex::encode(1_729_407_605_u32.to_le_bytes());
    assert_eq!(desk.said(), [(0x22, seconds.clone()), (0x12, seconds)]);
}

#[test]
fn what_a_device_is_gets_learnt() {
    let mut desk = Desk::fresh();
    desk.up(SOCKET, 0x20, "8002020031066400");
    desk.idle(SOCKET);
    let told = learnt(&desk);
    for pair in [
        ("device_type", "31"),
        ("fw_version", "640"),
        ("power_board", "1"),
        ("heartbeat", "21"),
    ] {
        assert!(told.contains(&(pair.0, pair.1.to_owned())), "{told:?}");
    }
    desk.forget();
    desk.up(SOCKET, 0x20, "8002020031066400");
    desk.idle(SOCKET);
    assert!(learnt(&desk).is_empty());
}

#[test]
fn a_cabinet_that_waits_for_the_plug_has_not_begun() {
    let mut desk = Desk::new();
    desk.up(
        SOCKET,
        0x06,
        &super::power_data(0, 2, 0, 0, 1, &order_hex(1)),
    );
    assert!(desk.named("progress").is_empty());
}

#[test]
fn a_full_notice_settles_nothing() {
    let mut desk = Desk::new();
    let data = super::settle_data(1, 7200, 26, 1, "00000000", 1, &order_hex(7));
    desk.up(SOCKET, 0x43, &data[..58]);
    assert!(desk.named("record").is_empty() && desk.downs.is_empty());
    let port = &ports(&desk)[0];
    assert_eq!((port.port, port.state), (PortNo(2), PortState::Suspended));
    assert_eq!(port.charge, Some(ChargeKey::Order(order(7))));
}

/// 0x43 of socket 2.
fn full_notice(desk: &mut Desk, sequence: u16) {
    let data = super::settle_data(1, 7200, 26, 1, "00000000", 1, &order_hex(sequence));
    desk.up(SOCKET, 0x43, &data[..58]);
}

fn second(desk: &Desk) -> (PortState, Option<ChargeKey>) {
    let port = &ports(desk)[1];
    (port.state, port.charge.clone())
}

#[test]
fn a_full_charge_keeps_its_place_until_it_is_settled() {
    let held = (PortState::Suspended, Some(ChargeKey::Order(order(7))));
    let over = (PortState::Finishing, None);
    let mut desk = Desk::new();
    desk.states(SOCKET, 0, 3);
    assert_eq!(second(&desk), over, "no order is known there");
    full_notice(&mut desk, 7);
    for _ in 0..30 {
        desk.seconds(180);
        desk.states(SOCKET, 3, 3);
        assert_eq!(second(&desk), held);
        assert_eq!(ports(&desk)[0].state, PortState::Finishing);
    }
    desk.settle(1, 7200, 26, 1, &order_hex(7));
    desk.states(SOCKET, 0, 3);
    assert_eq!(second(&desk), over);
    // The power heartbeat says the same.
    let mut desk = Desk::new();
    desk.up(
        SOCKET,
        0x06,
        &super::power_data(1, 3, 7200, 26, 1, &order_hex(7)),
    );
    desk.states(SOCKET, 0, 3);
    assert_eq!(second(&desk), held);
}

#[test]
fn a_place_that_is_free_or_has_another_charge_is_not_held() {
    for free in [0, 2] {
        let mut desk = Desk::new();
        full_notice(&mut desk, 7);
        desk.states(SOCKET, 0, free);
        desk.states(SOCKET, 0, 3);
        assert_eq!(second(&desk), (PortState::Finishing, None));
    }
    let mut desk = Desk::new();
    full_notice(&mut desk, 7);
    desk.power(1, 300, 4, &order_hex(8));
    desk.states(SOCKET, 0, 3);
    assert_eq!(second(&desk), (PortState::Finishing, None));
}

#[test]
fn a_place_is_held_over_a_reconnect() {
    let mut desk = Desk::new();
    full_notice(&mut desk, 7);
    let last = |desk: &Desk| {
        let told = learnt(desk).into_iter().filter(|(key, _)| *key == "held");
        told.map(|(_, value)| value).next_back().expect("told")
    };
    let told = last(&desk);
    let mut desk = Desk::with(super::learnt(&[("held", &told)]));
    desk.states(SOCKET, 0, 3);
    let held = (PortState::Suspended, Some(ChargeKey::Order(order(7))));
    // The first heartbeat of this connection has shown the place free.
    assert_ne!(second(&desk), held);
    let mut desk = Desk::fresh();
    desk.profiles
        .insert(SOCKET, super::learnt(&[("held", &told)]));
    desk.states(SOCKET, 0, 3);
    assert_eq!(second(&desk), held);
    desk.settle(1, 7200, 26, 1, &order_hex(7));
    assert_eq!(last(&desk), "none");
}

#[test]
fn alarms_name_their_place_and_are_not_answered() {
    let mut desk = Desk::new();
    desk.up(SOCKET, 0x42, "0103");
    desk.up(SOCKET, 0x42, "040005");
    desk.up(SOCKET, 0x42, "0301");
    desk.up(SOCKET, 0x42, "09ff");
    desk.up(SOCKET, 0x44, &format!("0102{}", order_hex(1)));
    let told = alarms(&desk);
    let faults: Vec<_> = told.iter().map(|alarm| (alarm.fault, alarm.port)).collect();
    assert_eq!(
        faults,
        [
            (Some(Fault::PowerLoss), None),
            (Some(Fault::Smoke), None),
            (Some(Fault::Smoke), Some(PortNo(2))),
            (Some(Fault::Unknown(3_000_265)), None),
            (Some(Fault::Door), Some(PortNo(3))),
        ]
    );
    assert_eq!(told[1].values, [("sensor_address", 0), ("trigger_bits", 5)]);
    assert!(desk.downs.is_empty());
}

#[test]
fn doors_and_smoke_are_told_when_they_change() {
    let mut desk = Desk::new();
    desk.up(SOCKET, 0x41, "0c05000000ff0f0000");
    desk.up(SOCKET, 0x41, "0c05000000ff0f0000");
    desk.up(SOCKET, 0x41, "0c04000000ff0f0000");
    let doors: Vec<_> = desk
        .named("params")
        .into_iter()
        .map(|event| match event {
            Event::Params { values, .. } => (values[0].1.number(), values[1].1.number()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(doors, [(Some(5), Some(0x0FFF)), (Some(4), Some(0x0FFF))]);
    assert!(alarms(&desk).is_empty(), "people open doors to charge");
    desk.forget();
    let state = |smoke: u8| format!("015d1209010000000000020000000000{smoke:02x}0105");
    for smoke in [1, 1, 0] {
        desk.up(HOST, 0x17, &state(smoke));
    }
    let smoke: Vec<_> = alarms(&desk)
        .into_iter()
        .map(|alarm| alarm.active)
        .collect();
    assert_eq!(smoke, [true, false]);
    assert!(desk.written(0x17) == 0 && desk.written(0x41) == 0);
}

#[test]
fn unpublished_commands_alarm_and_stay_unanswered() {
    let mut desk = Desk::new();
    for cmd in [
        0x23, 0x26, 0x23, 0x07, 0x73, 0x13, 0xA1, 0x00, 0x09, 0x0A, 0xFD,
    ] {
        desk.up(SOCKET, cmd, "00010203");
    }
    assert_eq!(alarms(&desk).len(), 2);
    assert!(desk.downs.is_empty() && !desk.closed());
    assert_eq!(desk.tally.unknown, 11 * 18);
}

#[test]
fn radio_requests_are_answered_only_by_those_who_know_the_bus() {
    let mut desk = Desk::fresh();
    desk.up(HOST, 0x3B, "d601");
    desk.up(HOST, 0x3B, "d601");
    assert_eq!((desk.written(0x3A), alarms(&desk).len()), (0, 1));
    let mut desk = Desk::fresh();
    desk.profiles
        .insert(HOST, pinned("sub_devices", "04A26CF3, 04A228CD"));
    desk.up(HOST, 0x3B, "d601");
    assert_eq!(
        desk.said(),
        [(0x3A, "d60100000002f36ca204cd28a204".to_owned())]
    );
    let mut desk = Desk::fresh();
    desk.profiles
        .insert(HOST, pinned("sub_devices", "nonsense"));
    desk.up(HOST, 0x3B, "d601");
    assert!(desk.downs.is_empty());
}

#[test]
fn short_data_is_neither_answered_nor_acted_upon() {
    let mut desk = Desk::new();
    desk.up(SOCKET, 0x03, &"00".repeat(28));
    desk.up(SOCKET, 0x21, "120910000000");
    desk.up(SOCKET, 0x02, "7a8d05dd000100");
    assert!(desk.downs.is_empty() && desk.events.is_empty() && !desk.closed());
    assert_eq!(desk.tally.bad_frames, 3);
}
