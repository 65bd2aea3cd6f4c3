//! The battery's phases.

use super::{Body, Desk, SERIAL, charging, head};
use device::{ChargeKey, Event, Fault};
use kernel::{Current, PortNo, Voltage};
use ykc::codes::{
    BatteryPermission, BatteryStatus, BatteryType, BmsAbortError, BmsAbortFault, BmsAbortReason,
    BmsErrors, ChargeMode, ChargerAbortError, ChargerAbortFault, ChargerAbortReason, Ownership,
};
use ykc::message::{
    BmsAbort, BmsDemand, BmsEnd, BmsError, BmsHandshake, BmsInfo, BmsParameters, ChargerAbort,
};
use ykc::value::{Ident, U24};

const OTHER: &str = "32010600019236012410201600000002";

#[test]
fn the_handshake_names_the_vehicle() {
    let mut desk = Desk::new();
    desk.up(Body::BmsHandshake(Box::new(BmsHandshake {
        head: head(1, SERIAL),
        bms_protocol_version: Ident([1, 0, 1]),
        battery_type: BatteryType::LithiumIronPhosphate,
        rated_capacity: 2_020,
        rated_voltage: 3_500,
        battery_vendor: wire::Text::padded("BYDB").expect("four"),
        battery_serial: 77,
        made_year: 38,
        made_month: 5,
        made_day: 6,
        charge_count: U24(312),
        ownership: Ownership::Vehicle,
        reserved: 0,
        vin: wire::Text::padded("LGAG4PY5336000001").expect("17"),
        bms_software_version: Ident([1, 2, 3, 0xE7, 7, 0xFF, 0xFF, 0xFF]),
    })));
    let Event::Vehicle(vehicle) = desk.only() else {
        panic!("{:?}", desk.told());
    };
    assert_eq!(vehicle.vin.as_deref(), Some("LGAG4PY5336000001"));
    assert_eq!(vehicle.charge, ChargeKey::Serial(SERIAL.to_owned()));
    let value = |name| {
        let found = vehicle.values.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| *value)
    };
    assert_eq!(value("made_year"), Some(2023));
    assert_eq!(value("bms_software_year"), Some(2023));
    assert_eq!(value("rated_capacity_0_1ah"), Some(2_020));
}

#[test]
fn parameters_and_end_are_kept() {
    let mut desk = Desk::new();
    desk.up(Body::BmsParameters(BmsParameters {
        head: head(1, SERIAL),
        cell_max_voltage: 365,
        max_current: 1_500,
        nominal_energy: 707,
        max_voltage: 4_380,
        max_temp: 105,
        soc: 412,
        battery_voltage: 3_500,
        pile_max_voltage: 7_500,
        pile_min_voltage: 2_000,
        pile_max_current: 1_500,
        pile_min_current: 3_990,
    }));
    let Event::Vehicle(vehicle) = desk.only() else {
        panic!("{:?}", desk.told());
    };
    assert!(vehicle.values.contains(&("max_current_0_1a", 2_500)));
    assert!(vehicle.values.contains(&("pile_min_current_0_1a", 10)));
    desk.forget();
    desk.up(Body::BmsEnd(BmsEnd {
        head: head(1, SERIAL),
        end_soc: 97,
        cell_min_voltage: 330,
        cell_max_voltage: 340,
        min_temp: 74,
        max_temp: 80,
        charged_minutes: 50,
        output_energy: 400,
        charger_no: 0,
    }));
    let told = desk.told();
    assert_eq!(told.len(), 2);
    let Event::Battery(battery) = told[1] else {
        panic!("{told:?}");
    };
    assert_eq!((battery.soc, battery.max_cell_mv), (Some(97), Some(3_400)));
    assert_eq!(
        (battery.min_temp_c, battery.max_temp_c),
        (Some(24), Some(30))
    );
    assert!(desk.said().is_empty(), "none is answered");
}

#[test]
fn currents_lose_their_sign() {
    for raw in [3_250, 4_750] {
        let mut desk = Desk::new();
        desk.up(Body::BmsDemand(BmsDemand {
            head: head(1, SERIAL),
            demand_voltage: 4_160,
            demand_current: raw,
            charge_mode: ChargeMode::ConstantCurrent,
            measured_voltage: 3_937,
            measured_current: raw,
            max_cell: 0x314F,
            soc: 91,
            remaining_minutes: 9,
            output_voltage: 3_940,
            output_current: raw,
            charged_minutes: 22,
        }));
        let Event::Battery(battery) = desk.only() else {
            panic!("{:?}", desk.told());
        };
        assert_eq!(battery.demand_current, Some(Current(75_000)));
        assert_eq!(battery.measured_current, Some(Current(75_000)));
        assert_eq!(battery.demand_voltage, Some(Voltage(4_160)));
        assert_eq!(battery.max_cell_mv, Some(3_350), "without its group");
        assert_eq!((battery.soc, battery.remaining_min), (Some(91), Some(9)));
    }
}

#[test]
fn faults_of_a_session_are_told_once_and_end_with_the_next() {
    let mut desk = Desk::new();
    let info = |first, second| {
        Body::BmsInfo(BmsInfo {
            head: head(1, SERIAL),
            max_voltage_cell_no: 10,
            max_temp: 84,
            max_temp_point: 3,
            min_temp: 76,
            min_temp_point: 9,
            status_bits_1: BatteryStatus(first),
            status_bits_2: BatteryPermission(second),
        })
    };
    desk.up(charging(1, SERIAL, 1));
    desk.forget();
    desk.up(info(0, 0x10));
    assert!(desk.alarms().is_empty());
    desk.up(info(0x40, 0x11));
    desk.up(info(0x40, 0x11));
    let faults: Vec<_> = desk.alarms().iter().map(|(fault, ..)| *fault).collect();
    assert_eq!(
        faults,
        [Some(Fault::OverTemperature), Some(Fault::Insulation)]
    );
    desk.forget();
    desk.up(charging(1, OTHER, 1));
    let ended = desk.alarms();
    assert!(ended.iter().all(|(_, _, active)| !active) && ended.len() == 2);
}

#[test]
fn aborts_and_errors_name_their_fault() {
    let mut desk = Desk::new();
    desk.up(Body::BmsError(BmsError {
        head: head(1, SERIAL),
        error_bits: BmsErrors([0, 0, 0, 0, 0, 0, 0x10, 0]),
    }));
    // Stopped because it is full: nothing is wrong.
    desk.up(Body::BmsAbort(BmsAbort {
        head: head(1, SERIAL),
        reason_bits: BmsAbortReason(1),
        fault_bits: BmsAbortFault(0),
        error_bits: BmsAbortError(0),
    }));
    desk.up(Body::BmsAbort(BmsAbort {
        head: head(1, SERIAL),
        reason_bits: BmsAbortReason(0),
        fault_bits: BmsAbortFault(0x0400),
        error_bits: BmsAbortError(0),
    }));
    desk.up(Body::ChargerAbort(ChargerAbort {
        head: head(2, SERIAL),
        reason_bits: ChargerAbortReason(0x10),
        fault_bits: ChargerAbortFault(0x0100),
        error_bits: ChargerAbortError(0),
    }));
    let told: Vec<_> = desk
        .events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Alarm(alarm) => Some((alarm.port, alarm.fault, alarm.active)),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some(PortNo(1)), Some(Fault::Bms), true),
            (Some(PortNo(1)), Some(Fault::Relay), true),
            (Some(PortNo(2)), Some(Fault::EmergencyStop), true),
        ]
    );
}
