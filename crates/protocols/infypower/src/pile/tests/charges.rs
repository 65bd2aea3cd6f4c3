//! Charges from start to record.

use crate::pile::paper::Paper;
use crate::pile::rig::{ORDER, Rig};
use crate::pile::{Dialect, Profile};
use ::pile::{Action, Event};
use kernel::PortNo;

fn rig() -> Rig {
    Rig::dc(Dialect::Infypower, Profile::Normal)
}

#[test]
fn a_charge_by_energy_ends_with_its_record() {
    let mut rig = rig();
    rig.plug(1);
    rig.forget();
    // 15 kWh at 90 kW.
    rig.start(1, 3, 1500);
    assert_eq!(rig.last(8).long(37), 0);
    assert_eq!(rig.status(1).byte(39), 1);
    rig.run(6.0);
    assert_eq!(rig.status(1).byte(39), 2);
    rig.run(600.0);
    assert_eq!(rig.ended(), [(306, 15_000, 600)]);
    assert_eq!(rig.status(1).byte(39), 3);
    rig.run(5.0);
    let records = rig.of(202);
    assert_eq!(records.len(), 1);
    let record = &records[0];
    assert_eq!(record.body.len(), 288);
    assert_eq!(record.text(256, 32), ORDER);
    assert_eq!(
        (record.long(86), record.long(92), record.long(96)),
        (600, 306, 1500)
    );
    assert_eq!(record.long(104) - record.long(100), 1500);
    let slots: u32 = (0..48)
        .map(|slot| u32::from(record.word(159 + 2 * slot)))
        .sum();
    assert_eq!(slots, 1500);
    // 1.20 a kWh.
    assert_eq!(record.long(108), 1800);
    let (start, end) = (record.time(70).expect("set"), record.time(78).expect("set"));
    assert_eq!(end.since(start).as_secs(), 600);
    assert_eq!(rig.acknowledged(), 1);
    rig.run(120.0);
    assert_eq!(rig.of(202).len(), 1, "answered once, sent once");
}

#[test]
fn limits_of_time_and_amount_and_a_full_battery() {
    for (strategy, param, reason) in [(1, 900, 307), (2, 1800, 308), (0, 0, 316)] {
        let mut rig = rig();
        rig.plug(1);
        rig.start(1, strategy, param);
        rig.run(3.0 * 3600.0);
        let (found, wh, seconds) = rig.ended()[0];
        assert_eq!(found, reason);
        match strategy {
            1 => assert_eq!((wh, seconds), (22_500, 900)),
            2 => assert_eq!((wh, seconds), (15_000, 600)),
            _ => assert_eq!(wh, 42_000, "30 % of 60 kWh were in the battery"),
        }
    }
}

#[test]
fn a_stop_a_pulled_plug_and_a_button_end_it_for_their_reasons() {
    let end = |finish: fn(&mut Rig)| {
        let mut rig = rig();
        rig.plug(2);
        rig.start(2, 0, 0);
        rig.run(300.0);
        finish(&mut rig);
        rig.run(5.0);
        rig.last(202).long(92)
    };
    assert_eq!(end(|rig| rig.stop(2)), 311);
    assert_eq!(end(|rig| rig.act(&Action::Unplug(PortNo(2)))), 300);
    assert_eq!(end(|rig| rig.act(&Action::Button(PortNo(2)))), 200);
    let stop = Action::SetFault {
        port: PortNo(2),
        bits: 1,
    };
    let mut rig = rig();
    rig.plug(2);
    rig.start(2, 0, 0);
    rig.run(300.0);
    rig.act(&stop);
    rig.run(5.0);
    assert_eq!(rig.last(202).long(92), 302);
    assert_eq!((rig.status(2).byte(39), rig.status(2).long(41)), (6, 3));
    rig.act(&Action::ClearFault(PortNo(2)));
    assert_eq!(rig.status(2).byte(39), 3);
}

#[test]
fn a_battery_that_is_nearly_full_ends_the_charge_soon() {
    let mut rig = rig();
    rig.act(&Action::SetSoc {
        port: PortNo(2),
        percent: 99,
    });
    rig.plug(2);
    rig.start(2, 0, 0);
    rig.run(900.0);
    // 600 of 60,000 Wh were missing.
    assert_eq!(rig.ended(), [(316, 600, 146)]);
}

#[test]
fn a_stop_before_energy_flows_is_kept() {
    let mut rig = rig();
    rig.plug(1);
    rig.start(1, 0, 0);
    rig.run(2.0);
    rig.stop(1);
    assert_eq!(rig.last(6).byte(42), 0);
    rig.run(5.0);
    assert_eq!(rig.ended(), [(311, 0, 0)]);
}

#[test]
fn starts_are_refused_for_their_reasons() {
    let mut rig = rig();
    rig.start(1, 0, 0);
    assert_eq!(rig.last(8).long(37), 1, "not plugged");
    rig.start(3, 0, 0);
    assert_eq!(rig.last(8).long(37), 100_005, "no such gun");
    rig.plug(1);
    rig.start(1, 9, 0);
    assert_eq!(rig.last(8).long(37), 20, "no such strategy");
    rig.start(1, 0, 0);
    rig.run(10.0);
    rig.start(1, 0, 0);
    assert_eq!(rig.last(8).long(37), 13, "charging already");
    rig.act(&Action::Refuse(1));
    rig.plug(2);
    rig.start(2, 0, 0);
    assert_eq!(rig.last(8).long(37), 4);
}

#[test]
fn records_wait_for_a_platform_that_stores_them() {
    let mut rig = rig();
    rig.stores = false;
    rig.plug(1);
    rig.start(1, 1, 60);
    rig.run(65.0 + 2.0 + 45.0);
    assert_eq!(rig.of(202).len(), 5, "every ten seconds");
    rig.act(&Action::Cut { silent: true });
    rig.plug(2);
    rig.run(60.0);
    rig.forget();
    rig.stores = true;
    rig.act(&Action::Restore);
    rig.run(20.0);
    assert_eq!((rig.of(106).len(), rig.of(202).len()), (1, 1));
    assert_eq!(rig.acknowledged(), 1);
}

#[test]
fn a_charge_goes_on_without_the_platform() {
    let mut rig = rig();
    rig.plug(1);
    rig.start(1, 1, 900);
    rig.run(60.0);
    rig.act(&Action::Cut { silent: false });
    rig.run(1200.0);
    assert_eq!(rig.ended(), [(307, 22_500, 900)]);
    assert_eq!(rig.of(202).len(), 0);
    rig.act(&Action::Restore);
    rig.run(20.0);
    assert_eq!(rig.of(202).len(), 1);
}

#[test]
fn power_loss_ends_a_charge_and_the_record_comes_after_it() {
    let mut rig = rig();
    rig.plug(1);
    rig.start(1, 0, 0);
    rig.run(125.0);
    rig.forget();
    rig.act(&Action::Reboot { memory: true });
    rig.run(30.0);
    assert_eq!(rig.last(106).long(43), 2, "boots");
    assert_eq!(rig.last(202).long(92), 2015);
}

#[test]
fn a_card_asks_until_it_is_answered_and_ends_its_own_charge() {
    let mut rig = rig();
    let swipe = Action::Swipe {
        port: PortNo(1),
        card: "0012345678".to_owned(),
        balance_fen: 0,
        password: None,
    };
    rig.plug(1);
    rig.act(&swipe);
    rig.run(30.0);
    assert_eq!(rig.of(204).len(), 4, "0, 3, 6 and 9 s");
    rig.act(&swipe);
    rig.say(203, Paper::bare().zeros(4).long(0).long(8850).zeros(8));
    rig.run(60.0);
    let status = rig.status(1);
    assert_eq!((status.byte(39), status.byte(97)), (2, 0));
    assert_eq!(status.text(104, 32), "0012345678");
    rig.act(&swipe);
    rig.run(5.0);
    let record = rig.last(202);
    assert_eq!((record.long(92), record.byte(255)), (301, 0));
    assert_eq!(record.time(70), status.time(137), "the same session");
}

#[test]
fn a_password_is_typed_when_asked_for() {
    let mut rig = rig();
    rig.plug(1);
    rig.act(&Action::Swipe {
        port: PortNo(1),
        card: "7".to_owned(),
        balance_fen: 0,
        password: Some("123456".to_owned()),
    });
    let ask = Paper::bare()
        .zeros(4)
        .long(0)
        .long(100)
        .zeros(4)
        .byte(1)
        .zeros(3);
    rig.say(203, ask);
    assert_eq!(rig.last(206).text(68, 32), "123456");
    rig.say(205, Paper::bare().zeros(4).long(8).long(0));
    rig.run(10.0);
    assert!(rig.events.contains(&Event::CardAnswered {
        port: PortNo(1),
        result: 8,
        balance_fen: Some(0),
    }));
    assert_eq!(rig.status(1).byte(39), 0);
}

#[test]
fn the_curve_is_that_of_a_car() {
    let mut rig = rig();
    rig.plug(1);
    rig.start(1, 0, 0);
    rig.run(6.0);
    rig.forget();
    rig.run(3600.0);
    let powers: Vec<u32> = rig
        .of(104)
        .iter()
        .filter(|up| up.byte(37) == 1 && up.byte(39) == 2)
        .map(|up| up.long(153))
        .collect();
    assert_eq!(powers[0], 900);
    assert!(
        powers.windows(2).all(|pair| pair[1] <= pair[0]),
        "{powers:?}"
    );
    assert!(*powers.last().expect("many") < 200);
}
