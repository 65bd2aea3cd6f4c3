//! Sign-in, heartbeat, parameters, prices, history, firmware.

use crate::pile::paper::Paper;
use crate::pile::rig::{Rig, START};
use crate::pile::words::down::PriceSlot;
use crate::pile::words::up;
use crate::pile::{Dialect, Profile};
use ::pile::{Action, Event};
use std::time::Duration;

fn rig() -> Rig {
    Rig::dc(Dialect::Infypower, Profile::Normal)
}

#[test]
fn a_pile_that_nobody_answers_tries_three_times_and_connects_anew() {
    let mut rig = Rig::dc(Dialect::Infypower, Profile::Normal);
    rig.polite = false;
    rig.act(&Action::Cut { silent: false });
    rig.forget();
    rig.act(&Action::Restore);
    rig.run(14.0);
    assert_eq!((rig.connects, rig.of(106).len()), (2, 2));
    rig.run(30.0);
    assert!(rig.connects >= 3);
    assert_eq!(rig.of(102).len(), 0, "nothing but sign-ins");
}

#[test]
fn it_beats_every_twenty_seconds_and_gives_up_after_three_misses() {
    let mut rig = rig();
    rig.forget();
    rig.run(101.0);
    assert_eq!(rig.of(102).len(), 5);
    assert_eq!(rig.connects, 1);
    rig.polite = false;
    rig.run(90.0);
    assert!(rig.connects >= 2);
}

#[test]
fn it_signs_in_again_every_half_hour_without_losing_anything() {
    let mut rig = rig();
    rig.forget();
    rig.run(3700.0);
    assert_eq!((rig.of(106).len(), rig.connects), (2, 1));
}

#[test]
fn guns_are_reported_every_fifteen_seconds_and_on_change() {
    let mut rig = rig();
    rig.forget();
    rig.run(30.5);
    assert_eq!(rig.of(104).len(), 4, "two guns, twice");
    rig.forget();
    rig.plug(2);
    let changed = rig.of(104);
    assert_eq!(changed.len(), 1);
    assert_eq!((changed[0].byte(37), changed[0].byte(45)), (2, 2));
}

#[test]
fn the_platform_sets_the_clock() {
    let mut rig = rig();
    let time = START + Duration::from_hours(100);
    let body = Paper::bare()
        .zeros(4)
        .byte(1)
        .long(2)
        .word(8)
        .time(Some(time));
    rig.say(3, body);
    assert_eq!(rig.last(4).byte(41), 0);
    assert!(rig.events.contains(&Event::TimeReceived(time)));
    rig.control(1, 14);
    assert_eq!(rig.last(106).time(58), Some(time));
}

#[test]
fn parameters_are_kept_and_told() {
    let mut rig = rig();
    let set = Paper::bare()
        .zeros(4)
        .byte(1)
        .long(21)
        .byte(3)
        .word(12)
        .long(15)
        .long(3)
        .long(20);
    rig.say(1, set);
    assert_eq!((rig.last(2).byte(42), rig.last(2).body.len()), (0, 43));
    rig.say(1, Paper::bare().zeros(4).byte(0).long(21).byte(3).word(0));
    let told = rig.last(2);
    assert_eq!((told.long(43), told.long(47), told.long(51)), (15, 3, 20));
    rig.say(
        1,
        Paper::bare()
            .zeros(4)
            .byte(1)
            .long(26)
            .byte(1)
            .word(4)
            .long(9303),
    );
    assert_eq!(rig.last(2).byte(42), 1, "the port only with the address");
}

#[test]
fn prices_are_checked_and_told() {
    let mut rig = rig();
    let forms = crate::pile::forms::Forms::V30;
    let slots = [
        PriceSlot {
            from: 0,
            to: 420,
            price: 3_500,
        },
        PriceSlot {
            from: 420,
            to: 1440,
            price: 12_000,
        },
    ];
    rig.say(1103, up::prices(&forms, &slots));
    assert_eq!(rig.last(1104).byte(0), 0);
    rig.say(1101, Paper::bare());
    assert_eq!(rig.last(1102).body, up::prices(&forms, &slots).into_body());
    rig.say(1103, up::prices(&forms, &slots[..1]));
    assert_eq!(rig.last(1104).byte(0), 1);
}

#[test]
fn records_can_be_asked_for_again() {
    let mut rig = rig();
    rig.plug(1);
    rig.start(1, 1, 60);
    rig.run(90.0);
    rig.say(401, Paper::bare().zeros(4).long(1).long(10));
    let history = rig.of(402);
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].long(36), history[0].long(104)), (1, 150));
}

#[test]
fn an_update_runs_through_its_steps() {
    let mut rig = rig();
    let before = rig.last(106).long(37);
    rig.say(1001, Paper::bare().long(0xAA55));
    for _ in 0..2 {
        rig.say(1001, Paper::bare().long(0));
    }
    assert_eq!(rig.last(1002).byte(0), 100);
    rig.say(1003, Paper::bare().bytes(b"INFY_DC_V312.bin"));
    let chunk = usize::try_from(rig.last(1004).long(0)).expect("small");
    rig.say(1005, Paper::bare().long(300 * 512));
    assert_eq!(rig.last(1006).long(0), 0);
    for piece in 0..300_u32 {
        let number = u8::try_from(piece % 256).expect("below 256");
        rig.say_with(1007, number, Paper::bare().zeros(chunk));
        // A lost answer: the same piece again.
        if piece == 7 {
            rig.say_with(1007, number, Paper::bare().zeros(chunk));
        }
        assert_eq!(
            (rig.last(1008).byte(0), rig.last(1008).byte(1)),
            (0, 0),
            "{piece}"
        );
    }
    rig.say(1009, Paper::bare().long(0));
    rig.say(1011, Paper::bare().long(0));
    assert_eq!(rig.of(1012).len(), 1);
    rig.run(30.0);
    assert_ne!(rig.last(106).long(37), before);
    assert_eq!(rig.connects, 2);
}

#[test]
fn no_update_while_a_gun_charges() {
    let mut rig = rig();
    rig.plug(1);
    rig.start(1, 0, 0);
    rig.say(1001, Paper::bare().long(0xAA55));
    assert_eq!(rig.last(1002).byte(0), 0);
}

#[test]
fn a_restart_is_obeyed_three_seconds_later() {
    let mut rig = rig();
    rig.control(0, 11);
    assert_eq!(rig.last(6).byte(42), 0);
    rig.run(20.0);
    assert_eq!(rig.connects, 2);
}
