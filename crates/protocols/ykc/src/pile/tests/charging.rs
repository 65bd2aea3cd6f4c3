//! Sessions from start to record.

use super::rig::{ID, NUMBER, Rig};
use crate::pile::{Kind, Setup};
use ::pile::{Action, Vehicle};
use kernel::PortNo;

fn dc() -> Setup {
    Setup::new(ID, Kind::Dc)
}

fn ac() -> Setup {
    Setup::new(ID, Kind::Ac)
}

#[test]
fn a_remote_start_runs_to_its_money_and_is_recorded() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    rig.forget();
    rig.start(1, NUMBER, 2_000);
    let accepted = rig.only(0x33);
    assert_eq!(
        (accepted.hex(0, 16), accepted.hex(24, 2)),
        (NUMBER.into(), "0100".into())
    );
    rig.run(60.0);
    assert_eq!(rig.of(0x15).len(), 1);
    assert_eq!(&rig.only(0x15).body[48..65], b"LNBSC13K0PZ000117");
    assert_eq!(rig.of(0x17).len(), 1);
    let first = rig.of(0x13)[0].clone();
    assert_eq!(first.hex(0, 16), NUMBER);
    assert_eq!(first.body[24], 3, "charging");
    // 15 s apart, each with what the battery says.
    let data = rig.of(0x13);
    assert_eq!(data[1].at.since(data[0].at).as_secs(), 15);
    assert_eq!(rig.of(0x23).len(), data.len());
    assert_eq!(rig.of(0x25).len(), data.len());
    // 20 kWh at 1.00: 800 s at 90 kW.
    rig.run(900.0);
    let record = rig.only(0x3B);
    assert_eq!(record.body.len(), 158);
    assert_eq!(record.hex(0, 16), NUMBER);
    assert_eq!(record.body[149], 0x43, "amount reached");
    assert_eq!(record.body[141], 1, "started by app");
    let (energy, amount) = (record.number(112, 4), record.number(120, 4));
    assert!((200_000..200_100).contains(&energy), "{energy}");
    assert_eq!(energy, amount, "1.00 a kWh");
    assert_eq!(record.number(107, 5) - record.number(102, 5), energy);
    assert!(record.number(102, 5) > u64::from(u32::MAX), "five bytes");
    // Flat: price, energy, loss energy, amount.
    assert_eq!(record.number(70, 4), 100_000);
    assert_eq!(record.number(74, 4), energy);
    assert_eq!(record.number(78, 4), energy);
    assert_eq!(record.number(82, 4), amount);
    let mut first_gun = rig.of(0x13);
    first_gun.retain(|up| up.body[23] == 1);
    let last = first_gun.pop().expect("idle data");
    assert_eq!(last.hex(0, 16), "0".repeat(32));
    assert_eq!(last.hex(24, 3), "020001", "idle, still plugged");
    assert_eq!(rig.of(0x19).len(), 1);
}

#[test]
fn energy_is_split_where_the_price_changes() {
    let mut rig = Rig::new(ac());
    rig.plug(1);
    // From 15:00:05 to 16:30: 7 kW, an hour flat and half an hour sharp.
    rig.start(1, NUMBER, 1_000_000);
    rig.run(5400.0);
    rig.act(&Action::Button(PortNo(1)));
    rig.run(5.0);
    let record = rig.only(0x3B);
    let (sharp, flat) = (record.number(42, 4), record.number(74, 4));
    assert_eq!(record.number(112, 4), sharp + flat);
    assert!(sharp.abs_diff(35_000) < 200, "{sharp}");
    assert!(flat.abs_diff(69_980) < 200, "{flat}");
    let (dear, cheap) = (record.number(50, 4), record.number(82, 4));
    assert_eq!((dear, cheap), (sharp * 150_000 / 100_000, flat));
    assert_eq!(record.number(120, 4), dear + cheap);
    assert_eq!(record.body[149], 0x45, "by hand");
    assert!(
        rig.of(0x23).is_empty() && rig.of(0x15).is_empty(),
        "AC knows no battery"
    );
    assert!(
        rig.of(0x13).iter().all(|up| up.body[40] == 0),
        "nor its SOC"
    );
}

#[test]
fn a_full_battery_ends_a_session() {
    let mut setup = dc();
    setup.vehicles = vec![Vehicle::car().at(95)];
    let mut rig = Rig::new(setup);
    rig.plug(1);
    rig.start(1, NUMBER, 1_000_000);
    rig.run(3600.0);
    let record = rig.only(0x3B);
    assert_eq!(record.body[149], 0x41);
    assert_eq!(rig.only(0x19).body[24], 100);
    assert!(
        (29_990..=30_010).contains(&record.number(112, 4)),
        "5 % of 60 kWh"
    );
}

#[test]
fn a_stop_ends_it_and_an_idle_gun_says_so() {
    let mut rig = Rig::new(dc());
    rig.say(0x36, &format!("{ID}02"));
    assert_eq!(rig.only(0x35).hex(7, 3), "020002", "nothing runs there");
    rig.plug(1);
    rig.start(1, NUMBER, 1_000_000);
    rig.run(60.0);
    rig.forget();
    rig.say(0x36, &format!("{ID}01"));
    rig.run(10.0);
    assert_eq!(rig.only(0x35).hex(7, 3), "010100");
    assert_eq!(rig.only(0x3B).body[149], 0x40);
}

#[test]
fn a_missing_plug_may_come_within_a_minute() {
    let mut rig = Rig::new(dc());
    rig.start(1, NUMBER, 1_000);
    assert_eq!(rig.only(0x33).hex(24, 2), "0005");
    rig.run(50.0);
    rig.plug(1);
    let answers = rig.of(0x33);
    assert_eq!(answers[1].hex(24, 2), "0100");
    rig.run(30.0);
    assert_eq!(rig.of(0x13).last().expect("data").body[24], 3);

    let mut late = Rig::new(dc());
    late.start(1, NUMBER, 1_000);
    late.run(61.0);
    late.plug(1);
    late.run(60.0);
    assert_eq!(late.of(0x33).len(), 1);
    assert!(late.of(0x3B).is_empty() && late.of(0x15).is_empty());
}

#[test]
fn pulling_the_plug_ends_a_session_at_once() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    rig.start(1, NUMBER, 1_000_000);
    rig.run(120.0);
    rig.forget();
    rig.act(&Action::Unplug(PortNo(1)));
    assert_eq!(rig.only(0x13).hex(24, 3), "020100");
    rig.run(5.0);
    assert_eq!(rig.only(0x3B).body[149], 0x6B);
}

#[test]
fn a_failed_start_is_recorded_with_nothing() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    rig.start(1, NUMBER, 0);
    rig.run(30.0);
    let record = rig.only(0x3B);
    assert_eq!(record.body[149], 0x4E, "balance");
    assert_eq!(record.number(112, 4), 0);
}

#[test]
fn an_emergency_stop_ends_both_sides_of_the_story() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    rig.start(1, NUMBER, 1_000_000);
    rig.run(120.0);
    rig.forget();
    rig.act(&Action::SetFault {
        port: PortNo(1),
        bits: 1,
    });
    rig.run(5.0);
    let data = rig.only(0x13);
    assert_eq!((data.body[24], data.number(58, 2)), (1, 1));
    assert_eq!(rig.only(0x21).number(25, 2), 0x0100);
    assert_eq!(rig.only(0x3B).body[149], 0x72);
    rig.forget();
    rig.start(1, "32010600019236012410201500000002", 1_000);
    assert_eq!(rig.only(0x33).hex(24, 2), "0003");
    rig.act(&Action::ClearFault(PortNo(1)));
    assert_eq!(rig.only(0x13).body[24], 2);
}

#[test]
fn a_card_begins_and_ends_a_session() {
    let mut rig = Rig::new(dc());
    rig.plug(2);
    let swipe = Action::Swipe {
        port: PortNo(2),
        card: "D14B0A54".to_owned(),
        balance_fen: 0,
        password: None,
    };
    rig.act(&swipe);
    let asked = rig.only(0x31);
    assert_eq!(asked.hex(7, 3), "020100", "gun 2, card, no password");
    assert_eq!(asked.hex(10, 8), "00000000D14B0A54");
    // Nobody answers: it asks again, and gives up after a minute.
    rig.run(70.0);
    assert_eq!(rig.of(0x31).len(), 3);
    rig.forget();
    rig.act(&swipe);
    let number = "32010600019236022410201500000001";
    rig.say(0x32, &format!("{number}{ID}02{:016}{}0100", 7, "88130000"));
    rig.run(60.0);
    assert!(rig.of(0x33).is_empty());
    assert_eq!(rig.of(0x13).last().expect("data").hex(0, 16), number);
    rig.act(&swipe);
    rig.run(5.0);
    let record = rig.only(0x3B);
    assert_eq!((record.body[141], record.body[149]), (2, 0x45));
    assert_eq!(record.hex(150, 8), "00000000D14B0A54");
}

#[test]
fn a_refused_card_does_nothing() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    rig.act(&Action::Swipe {
        port: PortNo(1),
        card: "1".to_owned(),
        balance_fen: 0,
        password: None,
    });
    rig.say(
        0x32,
        &format!("{}{ID}01{:016}000000000003", "0".repeat(32), 0),
    );
    rig.run(100.0);
    assert_eq!(rig.of(0x31).len(), 1, "it does not insist");
    assert!(rig.of(0x15).is_empty());
}

#[test]
fn a_vehicle_offers_itself_backwards() {
    let mut setup = dc();
    setup.vehicles = vec![Vehicle::car().offering("LSVAA4182E2000017")];
    let mut rig = Rig::new(setup);
    rig.plug(1);
    rig.run(4.0);
    let asked = rig.only(0x31);
    assert_eq!(asked.body[8], 3);
    assert_eq!(&asked.body[34..51], b"7100002E2814AAVSL");
    rig.say(0x32, &format!("{NUMBER}{ID}01{:016}{}0100", 0, "88130000"));
    rig.run(120.0);
    rig.act(&Action::Unplug(PortNo(1)));
    rig.run(5.0);
    let record = rig.only(0x3B);
    assert_eq!(record.body[141], 5);
    assert_eq!(&record.body[124..141], b"LSVAA4182E2000017");
}

#[test]
fn parallel_guns_begin_together() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    rig.plug(2);
    rig.act(&Action::Swipe {
        port: PortNo(1),
        card: "parallel:D14B0A54".to_owned(),
        balance_fen: 0,
        password: None,
    });
    let asked = rig.of(0xA1);
    assert_eq!(asked.len(), 2);
    assert_eq!(
        (asked[0].body[51], asked[1].body[51]),
        (0, 1),
        "main, auxiliary"
    );
    assert_eq!(asked[0].hex(52, 6), asked[1].hex(52, 6));
    let parallel = asked[0].hex(52, 6);
    let allow = |rig: &mut Rig, gun: u8| {
        let number = format!("{ID}{gun:02}2410201500000001");
        rig.say(
            0xA2,
            &format!("{number}{ID}{gun:02}{:016}881300000100{parallel}", 0),
        );
    };
    allow(&mut rig, 1);
    rig.run(15.0);
    assert!(rig.of(0x15).is_empty(), "the other gun is not allowed yet");
    allow(&mut rig, 2);
    rig.run(30.0);
    assert_eq!(rig.of(0x15).len(), 2);
    let ports = rig.pile.ports(rig.now);
    assert!(ports.iter().all(|port| port.charging));
    // 90 kW each is more than the pile has: they share 120 kW.
    assert_eq!(ports[0].power_dw, 600_000);
}

#[test]
fn a_remote_parallel_start_is_answered_in_kind() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    let body = format!("{NUMBER}{ID}01{:016}{:016}E8030000241020150000", 0, 0);
    rig.say(0xA4, &body);
    let answer = rig.only(0xA3);
    assert_eq!(answer.hex(24, 9), "010000241020150000");
}

#[test]
fn a_session_goes_on_without_a_connection() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    rig.start(1, NUMBER, 500);
    rig.run(30.0);
    rig.act(&Action::Cut { silent: true });
    rig.forget();
    rig.run(600.0);
    assert!(rig.ups.is_empty());
    rig.act(&Action::Restore);
    rig.run(20.0);
    let record = rig.only(0x3B);
    assert_eq!(record.hex(0, 16), NUMBER);
    assert_eq!(record.body[149], 0x43);
}

#[test]
fn offline_cards_charge_without_the_platform() {
    let mut rig = Rig::new(dc());
    rig.say(0x44, &format!("{ID}01{:016}00000000D14B0A54", 10_000_001));
    assert_eq!(rig.only(0x43).hex(7, 2), "0100");
    rig.act(&Action::Cut { silent: true });
    rig.plug(1);
    let swipe = |card: &str| Action::Swipe {
        port: PortNo(1),
        card: card.to_owned(),
        balance_fen: 0,
        password: None,
    };
    rig.act(&swipe("D14B0A55"));
    rig.run(20.0);
    assert!(!rig.pile.ports(rig.now)[0].charging, "unknown card");
    rig.act(&swipe("D14B0A54"));
    rig.run(300.0);
    assert!(rig.pile.ports(rig.now)[0].charging);
    rig.act(&swipe("D14B0A54"));
    rig.forget();
    rig.act(&Action::Restore);
    rig.run(20.0);
    let record = rig.only(0x3B);
    assert_eq!(record.body[141], 4);
    assert!(record.hex(0, 16).starts_with("3201060001923601241020"));
}

#[test]
fn a_power_cut_ends_sessions_and_keeps_their_records() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    rig.start(1, NUMBER, 100_000);
    rig.run(60.0);
    rig.forget();
    rig.act(&Action::Reboot { memory: true });
    rig.run(30.0);
    assert_eq!(rig.of(0x01).len(), 1);
    assert_eq!(rig.only(0x3B).body[149], 0x83);

    rig.start(1, "32010600019236012410201500000002", 100_000);
    rig.run(60.0);
    rig.forget();
    rig.act(&Action::Reboot { memory: false });
    rig.run(30.0);
    assert!(rig.of(0x3B).is_empty());
    assert_eq!(rig.only(0x05).hex(7, 2), "0000", "the model is gone too");
}

#[test]
fn a_repeated_start_is_answered_again_and_another_one_refused() {
    let mut rig = Rig::new(dc());
    rig.plug(1);
    rig.start(1, NUMBER, 100_000);
    rig.start(1, NUMBER, 100_000);
    rig.start(1, "32010600019236012410201500000002", 100_000);
    let answers: Vec<String> = rig.of(0x33).iter().map(|up| up.hex(24, 2)).collect();
    assert_eq!(answers, ["0100", "0100", "0002"]);
}
