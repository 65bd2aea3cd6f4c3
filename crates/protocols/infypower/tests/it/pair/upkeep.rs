//! Everything but charging.

use super::{CODE, Mode, Pair};
use device::{
    Command, Event, FirmwareSource, FirmwareTarget, Outcome, ParamContent, ParamValue, Rate,
    TariffTable,
};
use infypower::pile::{Dialect, Kind, Profile, Setup};
use kernel::{Price, Timestamp};
use pile::Action;
use pile::Step;
use std::sync::Arc;

const DIALECTS: [Dialect; 3] = [Dialect::Infypower, Dialect::Lvneng, Dialect::Shenghong];

fn pair() -> Pair {
    Pair::dc(Dialect::Infypower, Profile::Normal)
}

#[test]
fn a0_03_a_sign_in_tells_what_the_pile_is() {
    for dialect in DIALECTS {
        let pair = Pair::dc(dialect, Profile::Normal);
        let registrations: Vec<_> = pair
            .events
            .iter()
            .filter_map(|envelope| match &envelope.event {
                Event::Registered(registration) => Some(registration),
                _ => None,
            })
            .collect();
        assert_eq!(registrations.len(), 1, "{dialect}");
        assert_eq!(registrations[0].port_count, Some(2));
        assert_eq!(registrations[0].firmware.as_deref(), Some("3.2.0.0"));
    }
}

#[test]
fn the_clock_is_set_after_the_sign_in() {
    let pair = pair();
    assert_eq!(pair.said(105), 1);
    assert!(pair.said(3) >= 1);
    let order: Vec<u16> = pair
        .downs
        .iter()
        .map(|frame| u16::from_le_bytes([frame[6], frame[7]]))
        .collect();
    let at = |command| order.iter().position(|said| *said == command);
    assert!(at(105) < at(3), "{order:?}");
}

#[test]
fn a_wrong_clock_is_set_right() {
    let mut pair = pair();
    let wrong = Timestamp(pair.now.0 + 3_600_000);
    // Somebody sets the clock of the pile an hour ahead, and it signs in again.
    let frame = clock_frame(wrong);
    let mut steps: Vec<Step> = Vec::new();
    pair.pile.receive(&frame, pair.now, &mut steps);
    let before = pair.said(3);
    pair.run(1900);
    assert!(pair.said(3) > before);
}

fn clock_frame(time: Timestamp) -> Vec<u8> {
    let mut out = Vec::new();
    let bcd = infypower::clock::BcdTime::from(time);
    infypower::frame::seal(infypower::codes::Version::Plain, 0, 3, &mut out, |out| {
        out.extend_from_slice(&[0, 0, 0, 0, 1, 2, 0, 0, 0, 8, 0]);
        out.extend_from_slice(&bcd.0);
    })
    .expect("short");
    out
}

fn tariff(kinds: usize) -> TariffTable {
    let rates = (0..kinds)
        .map(|kind| {
            let step = i64::try_from(kind).expect("small");
            Rate {
                electricity: Price(60_000 + 20_000 * step),
                service: Price(40_000),
            }
        })
        .collect();
    TariffTable {
        model: 7,
        rates,
        slots: (0..48)
            .map(|slot| u8::try_from(slot / 6 % kinds).expect("small"))
            .collect(),
    }
}

#[test]
fn prices_are_pushed_and_taken() {
    for dialect in DIALECTS {
        let mut pair = Pair::dc(dialect, Profile::Normal);
        let command = pair.command(Command::PushTariff(tariff(4)));
        pair.run(5);
        let outcome = pair.outcome(command);
        assert!(pair.is_accepted(command), "{dialect}: {outcome:?}");
        pair.plug(1);
        pair.start(1, Mode::Energy(1000), 1);
        pair.run(420);
        // 15:00 lies in the slots of kind 1: 0.80 and 0.40 a kWh.
        let amount = pair.end().device_amount.expect("told");
        assert_eq!(amount.0, 1200, "{dialect}");
    }
}

#[test]
fn a_table_with_too_many_periods_is_not_sent() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::V20);
    let command = pair.command(Command::PushTariff(tariff(4)));
    pair.run(5);
    assert!(matches!(pair.outcome(command), Some(Outcome::Refused(_))));
    assert_eq!(pair.said(1103), 0);
}

#[test]
fn parameters_are_set_and_read() {
    let mut pair = pair();
    let command = pair.command(Command::SetParams {
        socket: None,
        values: vec![ParamValue {
            id: "21".to_owned(),
            value: ParamContent::Number(30),
        }],
        via: None,
    });
    pair.run(5);
    assert!(pair.is_accepted(command), "{:?}", pair.outcome(command));
    let read = pair.command(Command::QueryParams { socket: None });
    pair.run(20);
    assert!(pair.is_accepted(read), "{:?}", pair.outcome(read));
    let told = pair.events.iter().any(|envelope| {
        matches!(&envelope.event, Event::Params { values, .. }
            if values.iter().any(|(_, value)| *value == ParamContent::Number(30)))
    });
    assert!(told);
}

#[test]
fn a_restart_is_ordered_and_seen() {
    for profile in [Profile::Normal, Profile::Firmware] {
        let mut pair = Pair::dc(Dialect::Infypower, profile);
        let command = pair.command(Command::Restart { when_idle: false });
        pair.run(60);
        assert_eq!(pair.connections, 2, "{profile}");
        assert!(pair.outcome(command).is_some(), "{profile}");
    }
}

#[test]
fn firmware_is_pushed_piece_by_piece() {
    let mut pair = pair();
    let image: Arc<[u8]> = (0..70_000_u32).map(|byte| byte.to_le_bytes()[0]).collect();
    let source = FirmwareSource::Library {
        firmware: 1,
        version: "3.1.2".to_owned(),
        size: 70_000,
    };
    let command = pair.command_with(
        Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source,
        },
        Some(image),
    );
    pair.run(120);
    let outcome = pair.outcome(command);
    assert!(pair.is_accepted(command), "{outcome:?}");
    assert_eq!(pair.said(1007), 137, "512 bytes each");
    assert!(pair.count("firmware") > 5);
    assert_eq!(pair.connections, 2, "it restarts");
}

#[test]
fn an_update_goes_on_after_lost_pieces_and_answers() {
    let mut pair = pair();
    let image: Arc<[u8]> = vec![0x5A; 5_000].into();
    let mut count = 0;
    pair.lose = Some(Box::new(move |_, frame| {
        let piece = matches!(u16::from_le_bytes([frame[6], frame[7]]), 1007 | 1008);
        count += usize::from(piece);
        piece && count % 7 == 0
    }));
    let source = FirmwareSource::Library {
        firmware: 1,
        version: "3.1.2".to_owned(),
        size: 5_000,
    };
    let command = pair.command_with(
        Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source,
        },
        Some(image),
    );
    pair.run(300);
    assert!(pair.is_accepted(command), "{:?}", pair.outcome(command));
}

#[test]
fn no_update_while_a_gun_charges() {
    let mut pair = pair();
    pair.plug(1);
    pair.start(1, Mode::Full(0), 1);
    pair.run(60);
    let source = FirmwareSource::Library {
        firmware: 1,
        version: "3.1.2".to_owned(),
        size: 1_000,
    };
    let image: Arc<[u8]> = vec![0x5A; 1_000].into();
    let command = pair.command_with(
        Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source,
        },
        Some(image),
    );
    pair.run(60);
    assert!(matches!(pair.outcome(command), Some(Outcome::Refused(_))));
    assert_eq!(pair.said(1007), 0);
}

#[test]
fn records_can_be_asked_for() {
    let mut pair = pair();
    pair.plug(1);
    pair.start(1, Mode::Time(60), 1);
    pair.run(120);
    let command = pair.command(Command::QueryHistory { first: 1, count: 5 });
    pair.run(30);
    assert!(pair.outcome(command).is_some());
    let ends = pair.ends();
    assert_eq!(ends.len(), 2, "the record, and once more as history");
    assert_eq!(ends[0].energy, ends[1].energy);
}

#[test]
fn vehicles_and_batteries_are_told_of() {
    let mut pair = Pair::dc(Dialect::Shenghong, Profile::Normal);
    pair.plug(1);
    pair.start(1, Mode::Time(300), 1);
    pair.run(200);
    assert!(pair.count("battery") >= 4, "{}", pair.count("battery"));
    let battery = pair
        .events
        .iter()
        .rev()
        .find_map(|envelope| match &envelope.event {
            Event::Battery(battery) => Some(battery),
            _ => None,
        });
    let battery = battery.expect("some");
    assert!(battery.soc.is_some_and(|soc| (30..40).contains(&soc)));
    assert!(
        battery
            .max_temp_c
            .is_some_and(|degrees| (20..60).contains(&degrees))
    );
    assert!(battery.measured_voltage.is_some() && battery.measured_current.is_some());
}

#[test]
fn alarm_bits_are_alarms() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::Telemetry);
    let before = pair.count("faults");
    pair.act(&Action::SetFault {
        port: kernel::PortNo(1),
        bits: 1,
    });
    pair.run(2);
    assert!(pair.count("faults") > before);
    assert_eq!(pair.said(107), 0, "not answered");
}

#[test]
fn an_accelerated_pile_talks_at_its_own_pace() {
    let mut setup = Setup::new(CODE, Dialect::Infypower, Kind::Dc);
    setup.speed = 60;
    let mut pair = Pair::new(setup);
    pair.plug(1);
    let command = pair.start(1, Mode::Time(1800), 1);
    pair.run(70);
    assert!(pair.is_accepted(command), "{:?}", pair.outcome(command));
    let end = pair.end();
    assert_eq!(end.duration_s, 1800);
    let details = end.details.as_ref().expect("an EV record");
    assert_eq!(details.doubts, Vec::<&str>::new());
}
