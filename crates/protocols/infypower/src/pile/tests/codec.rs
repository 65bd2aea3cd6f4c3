//! What the pile says by its own reading of the document, read by the platform's codec.

use crate::inspect;
use crate::pile::rig::{CODE, ORDER, Rig};
use crate::pile::{Dialect, Kind, PROFILES, Profile, Setup};
use ::pile::Action;
use device::Direction;
use kernel::PortNo;

const DIALECTS: [Dialect; 3] = [Dialect::Infypower, Dialect::Lvneng, Dialect::Shenghong];

/// A day in the life of a pile: a charge by the platform, one by card, an alarm, a restart.
fn lived(setup: Setup) -> Rig {
    let mut rig = Rig::new(setup);
    let gun_no = u8::from(rig.pile.setup().guns > 1);
    rig.plug(1);
    rig.start(gun_no, 1, 120);
    rig.run(400.0);
    rig.act(&Action::Unplug(PortNo(1)));
    rig.act(&Action::SetFault {
        port: PortNo(1),
        bits: 2,
    });
    rig.run(20.0);
    rig.act(&Action::ClearFault(PortNo(1)));
    rig.control(gun_no, 11);
    rig.run(60.0);
    rig
}

#[test]
fn every_frame_of_every_profile_has_a_documented_form() {
    for dialect in DIALECTS {
        for kind in [Kind::Ac, Kind::Dc] {
            for (name, profile) in PROFILES {
                if matches!(profile, Profile::Noisy | Profile::OddLength) {
                    continue;
                }
                let setup = Setup::new(CODE, dialect, kind).with_profile(profile);
                let rig = lived(setup);
                assert!(rig.ups.len() > 10, "{dialect} {name}: {}", rig.ups.len());
                for raw in rig.frames() {
                    let found = inspect::frame(&raw, Some(Direction::Up), Some(dialect))
                        .expect("well framed");
                    let none: [String; 0] = [];
                    assert_eq!(found.notes, none, "{dialect} {name}: {}", found.command);
                    assert_eq!(found.reencoded, raw, "{dialect} {name}: {}", found.command);
                }
            }
        }
    }
}

#[test]
fn the_codec_reads_what_the_pile_means() {
    for (dialect, energy, meter) in [
        (Dialect::Infypower, "3.00", "12348.67"),
        (Dialect::Lvneng, "3.000", "12348.670"),
        (Dialect::Shenghong, "3.000", "12348.670"),
    ] {
        let mut rig = Rig::dc(dialect, Profile::Normal);
        rig.plug(1);
        rig.start(1, 1, 120);
        rig.run(140.0);
        let read = |command: u16| {
            let raw = rig
                .frames()
                .into_iter()
                .rfind(|raw| u16::from_le_bytes([raw[6], raw[7]]) == command);
            let raw = raw.expect("such a frame");
            inspect::frame(&raw, Some(Direction::Up), Some(dialect)).expect("good")
        };
        let record = read(match dialect {
            Dialect::Infypower => 202,
            Dialect::Lvneng => 203,
            Dialect::Shenghong => 222,
        });
        let decoded = &record.decoded;
        assert_eq!(decoded["pile_code"], CODE);
        assert_eq!(decoded["order_no"], ORDER);
        assert_eq!(decoded["energy_kwh"], energy);
        assert_eq!(decoded["meter_end_kwh"], meter);
        assert_eq!(decoded["duration_s"], 120);
        assert_eq!(decoded["amount_yuan"], "3.60");
        assert_eq!(decoded["start_time"], "2024-10-20 15:00:06");
        assert_eq!(decoded["end_time"], "2024-10-20 15:02:06");
        assert_eq!(
            (&decoded["soc_start"], &decoded["soc_end"]),
            (&30.into(), &35.into())
        );
        assert_eq!(decoded["vin"], "LNBSC13K0PZ000117");
        assert_eq!(decoded["start_type"], 1);
        assert_eq!(
            decoded["periods_kwh"]
                .as_object()
                .map(|slots| slots["31"].clone()),
            Some(energy.into())
        );
        let sign_in = read(106);
        assert_eq!(sign_in.decoded["gun_count"], 2);
        assert_eq!(sign_in.decoded["heartbeat_period_s"], 20);
        assert_eq!(sign_in.decoded["pile_time"], "2024-10-20 15:00:00");
    }
}

#[test]
fn the_codec_reads_a_running_charge() {
    for dialect in DIALECTS {
        let mut rig = Rig::dc(dialect, Profile::Normal);
        rig.plug(1);
        rig.start(1, 2, 5000);
        rig.run(300.0);
        let status = rig.status(1);
        let raw = rig
            .frames()
            .into_iter()
            .rfind(|raw| raw.ends_with(&[&status.body[..], &raw[raw.len() - 1..]].concat()))
            .expect("the same frame");
        let found = inspect::frame(&raw, Some(Direction::Up), Some(dialect)).expect("good");
        let decoded = &found.decoded;
        assert_eq!(
            (&decoded["gun_no"], &decoded["work_state"]),
            (&1.into(), &2.into())
        );
        assert_eq!(decoded["power_kw"], "90.0");
        assert_eq!(
            (&decoded["bms_mode"], &decoded["car_link"]),
            (&2.into(), &2.into())
        );
        let number = |name: &str| -> f64 {
            decoded[name]
                .as_str()
                .expect("text")
                .parse()
                .expect("a number")
        };
        let power = number("dc_voltage_v") * number("dc_current_a") / 1000.0;
        assert!((power - 90.0).abs() < 0.2, "{power}");
        assert!(number("energy_kwh") > 6.9 && number("fee_yuan") > 8.0);
        assert_eq!(decoded["vin"], "LNBSC13K0PZ000117");
        assert!((20..50).contains(&decoded["gun_temp_c"].as_i64().expect("°C")));
    }
}
