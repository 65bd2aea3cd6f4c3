//! Frames of the pile, made by hand, and plans of the platform.

use super::{ORDER, PILE, SERIAL, START};
use device::{ChargeMode, ChargePlan, Command, Profile};
use kernel::{Fen, OrderNo, PhyId, PortNo, Timestamp};
use std::time::Duration;
use ykc::clock::Cp56Time;
use ykc::codes::{
    Done, FaultBits, GunHealth, GunHomed, GunPlugged, GunState, NetworkKind, Operator, PileType,
    ProtocolVersion, StartFailure, StartFlag, StopReason,
};
use ykc::message::{
    Body, Clock, Heartbeat, Login, Period, Periods, PileAnswer, Realtime, Record, RecordHead,
    RecordTotals, RemoteStartResult, SessionHead,
};
use ykc::value::{Gun, Ident, PileCode, TransactionNo, U40};

pub(super) fn phy(text: &str) -> PhyId {
    text.parse().expect("an id")
}

pub(super) fn order_no() -> OrderNo {
    ORDER.parse().expect("a number")
}

pub(super) fn code() -> PileCode {
    PILE.parse().expect("fourteen digits")
}

pub(super) fn serial(text: &str) -> TransactionNo {
    text.parse().expect("32 digits")
}

pub(super) fn head(gun: u8, serial_text: &str) -> SessionHead {
    SessionHead {
        transaction_no: serial(serial_text),
        pile_code: code(),
        gun_no: Gun(gun),
    }
}

pub(super) const NONE: &str = "00000000000000000000000000000000";

pub(super) fn login() -> Body {
    login_of(PILE)
}

pub(super) fn login_of(pile: &str) -> Body {
    Body::Login(Login {
        pile_code: pile.parse().expect("digits"),
        pile_type: PileType::Dc,
        gun_count: 2,
        protocol_version: ProtocolVersion::V16,
        firmware_version: wire::Text::padded("V4.1.50").expect("short"),
        network_type: NetworkKind::Lan,
        sim: "898604D11722D0348606".parse().expect("digits"),
        operator: Operator::Mobile,
    })
}

pub(super) fn time_answer(at: Timestamp) -> Body {
    Body::TimeAnswer(Clock {
        pile_code: code(),
        time: Cp56Time::from(at),
    })
}

pub(super) fn beat(gun: u8) -> Body {
    Body::Heartbeat(Heartbeat {
        pile_code: code(),
        gun_no: Gun(gun),
        gun_status: GunHealth::Normal,
    })
}

pub(super) fn data(gun: u8) -> Realtime {
    Realtime {
        transaction_no: serial(NONE),
        pile_code: code(),
        gun_no: Gun(gun),
        state: GunState::Idle,
        gun_homed: GunHomed::Yes,
        gun_plugged: GunPlugged::No,
        output_voltage: 0,
        output_current: 0,
        gun_line_temp: 0,
        gun_line_code: Ident::default(),
        soc: 0,
        battery_max_temp: 0,
        charged_minutes: 0,
        remaining_minutes: 0,
        energy: 0,
        loss_energy: 0,
        amount: 0,
        fault_bits: FaultBits(0),
    }
}

pub(super) fn idle(gun: u8) -> Body {
    Body::Realtime(data(gun))
}

pub(super) fn charging_data(gun: u8, serial_text: &str, minutes: u16) -> Realtime {
    Realtime {
        transaction_no: serial(serial_text),
        state: GunState::Charging,
        gun_plugged: GunPlugged::Yes,
        output_voltage: 3_940,
        output_current: 742,
        gun_line_temp: 84,
        soc: 41,
        battery_max_temp: 80,
        charged_minutes: minutes,
        remaining_minutes: 35,
        energy: u32::from(minutes) * 4_872,
        loss_energy: u32::from(minutes) * 4_872,
        amount: u32::from(minutes) * 4_872,
        ..data(gun)
    }
}

pub(super) fn charging(gun: u8, serial_text: &str, minutes: u16) -> Body {
    Body::Realtime(charging_data(gun, serial_text, minutes))
}

pub(super) fn started(serial_text: &str, result: Done, fail_reason: StartFailure) -> Body {
    Body::RemoteStartResult(RemoteStartResult {
        head: head(1, serial_text),
        result,
        fail_reason,
    })
}

pub(super) fn pile_answer(result: Done) -> PileAnswer {
    PileAnswer {
        pile_code: code(),
        result,
    }
}

pub(super) fn plan(port: u16) -> ChargePlan {
    ChargePlan {
        port: PortNo(port),
        order: order_no(),
        mode: ChargeMode::Full,
        duration_s: None,
        energy: None,
        power_limit: None,
        amount: Fen(5_000),
        tiers: Vec::new(),
        fees: None,
        proposed_session: None,
        serial: Some(SERIAL.to_owned()),
        card_no: None,
        physical_card: None,
        parallel: None,
        price_model: None,
    }
}

pub(super) fn start(port: u16) -> Command {
    Command::StartCharge(plan(port))
}

pub(super) fn stop(port: u16) -> Command {
    Command::StopCharge {
        port: PortNo(port),
        order: order_no(),
        serial: Some(SERIAL.to_owned()),
    }
}

/// 20 kWh peak and 7.3456 kWh flat in an hour.
pub(super) fn record(serial_text: &str) -> Record {
    let period = |unit_price, energy, amount| Period {
        unit_price,
        energy,
        loss_energy: energy,
        amount,
    };
    Record {
        head: RecordHead {
            head: head(1, serial_text),
            start_time: Cp56Time::from(START - Duration::from_hours(1)),
            end_time: Cp56Time::from(START),
        },
        meter: None,
        periods: Periods::of([
            period(180_000, 0, 0),
            period(150_000, 200_000, 300_000),
            period(100_000, 73_456, 73_456),
            period(50_000, 0, 0),
        ]),
        deep_valley: None,
        totals: RecordTotals {
            meter_start: U40(123_456_789_012),
            meter_end: U40(123_457_062_468),
            total_energy: 273_456,
            total_loss_energy: 273_456,
            total_amount: 373_456,
            vin: wire::Text::padded("LGAG4PY5336000001").expect("17"),
            start_flag: StartFlag::App,
            transaction_time: Cp56Time::from(START),
            stop_reason: StopReason::Full,
            physical_card: "0150BE785B3E781B".parse().expect("hex"),
        },
    }
}

pub(super) fn pinned(key: &str, value: &str) -> Profile {
    let mut profile = Profile::default();
    profile.pinned.insert(key.to_owned(), value.to_owned());
    profile
}
