//! The lengths of each version and dialect.

use crate::pile::paper::Paper;
use crate::pile::rig::{CODE, ORDER, Rig};
use crate::pile::{Dialect, Kind, Profile, Setup, Vehicle};

fn charged(mut rig: Rig) -> Rig {
    rig.plug(1);
    let gun_no = u8::from(rig.pile.setup().guns > 1);
    rig.start(gun_no, 1, 120);
    rig.run(140.0);
    rig
}

#[test]
fn every_version_has_its_lengths() {
    for (dialect, profile, sign_in, status, record) in [
        (
            Dialect::Infypower,
            Profile::Normal,
            96,
            (104, 223),
            (202, 288),
        ),
        (Dialect::Infypower, Profile::V20, 90, (104, 169), (202, 256)),
        (Dialect::Infypower, Profile::V26, 96, (104, 172), (202, 288)),
        (Dialect::Infypower, Profile::V28, 96, (504, 223), (502, 400)),
        (
            Dialect::Infypower,
            Profile::Sums,
            96,
            (104, 223),
            (202, 304),
        ),
        (
            Dialect::Infypower,
            Profile::Firmware,
            96,
            (104, 169),
            (202, 288),
        ),
        (
            Dialect::Lvneng,
            Profile::Normal,
            100,
            (109, 199),
            (203, 396),
        ),
        (
            Dialect::Shenghong,
            Profile::Normal,
            133,
            (104, 246),
            (222, 434),
        ),
    ] {
        let rig = charged(Rig::dc(dialect, profile));
        assert_eq!(rig.last(106).body.len(), sign_in, "{profile}");
        assert_eq!(rig.last(status.0).body.len(), status.1, "{profile}");
        assert_eq!(rig.last(record.0).body.len(), record.1, "{profile}");
        assert_eq!(rig.acknowledged(), 1, "{dialect} {profile}");
        assert_eq!(rig.last(106).text(4, 32), CODE);
    }
}

#[test]
fn wide_records_count_in_watt_hours() {
    let rig = charged(Rig::dc(Dialect::Lvneng, Profile::Normal));
    let record = rig.last(203);
    assert_eq!((record.long(96), record.long(92)), (3_000, 359));
    assert_eq!(record.text(360, 32), ORDER);
    let slots: u32 = (0..48).map(|slot| record.long(167 + 4 * slot)).sum();
    assert_eq!(slots, 3_000);
    let rig = charged(Rig::dc(Dialect::Shenghong, Profile::Normal));
    assert_eq!(rig.last(222).long(96), 3_000);
}

#[test]
fn an_ac_pile_knows_nothing_of_the_battery() {
    let setup = Setup::new(CODE, Dialect::Infypower, Kind::Ac);
    let rig = charged(Rig::new(setup));
    let status = rig.of(104);
    let charging = status
        .iter()
        .find(|up| up.byte(39) == 2)
        .expect("it charged");
    assert_eq!((charging.byte(37), charging.byte(38)), (0, 2));
    assert_eq!((charging.byte(40), charging.word(58)), (0, 0));
    assert!(charging.word(73) > 0);
    let record = rig.last(202);
    // 7 kW for two minutes.
    assert_eq!((record.byte(36), record.byte(37)), (2, 0));
    assert_eq!((record.long(92), record.long(96)), (101_007, 23));
}

#[test]
fn v53_passes_the_battery_on() {
    let mut rig = Rig::dc(Dialect::Shenghong, Profile::Normal);
    rig.plug(1);
    rig.start(1, 0, 0);
    rig.run(100.0);
    let battery = rig.last(302);
    assert_eq!(battery.body.len(), 194);
    assert_eq!((battery.byte(6), battery.byte(39)), (1, 2));
    assert_eq!(battery.text(7, 32), CODE);
    assert!((300..400).contains(&battery.word(142)), "SOC in 0.1 %");
    assert_eq!(battery.text(71, 17), Vehicle::car().vin);
}

#[test]
fn a_vehicle_offers_itself() {
    let mut setup = Setup::new(CODE, Dialect::Shenghong, Kind::Dc);
    setup.vehicles = vec![Vehicle::car().offering("LSVAA4182E2000017")];
    let mut rig = Rig::new(setup.clone());
    rig.plug(1);
    let offer = rig.last(208);
    assert_eq!(
        (offer.byte(36), offer.text(37, 17).as_str()),
        (1, "LSVAA4182E2000017")
    );
    let verdict = Paper::bare()
        .zeros(4)
        .text(CODE, 32)
        .byte(1)
        .text("LSVAA4182E2000017", 17)
        .text("", 32)
        .text(ORDER, 32)
        .zeros(12);
    rig.say(207, verdict);
    rig.run(20.0);
    assert_eq!(rig.status(2).text(191, 32), "", "idle");
    let charging = rig.status(1);
    assert_eq!(
        (charging.byte(39), charging.text(191, 32).as_str()),
        (2, ORDER)
    );

    setup.dialect = Dialect::Lvneng;
    let mut rig = Rig::new(setup);
    rig.plug(1);
    rig.run(20.0);
    let charging = rig.status(1);
    assert_eq!((charging.byte(39), charging.byte(105)), (2, 3));
    assert_eq!(charging.text(180, 18), "LSVAA4182E2000017");
}
