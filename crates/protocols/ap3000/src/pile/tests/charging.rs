//! One charge: who begins it, what ends it.

use super::rig::{ORDER, PLAIN, Rig, SOCKET, word};
use crate::pile::{Form, Profile, Setup};
use ::pile::{Action, Load};
use kernel::PortNo;

fn with(profile: Profile) -> Rig {
    Rig::new(Setup::new("04A26CF3", Form::Combined).with_profile(profile))
}

/// Reasons of the settlements so far.
fn reasons(rig: &Rig) -> Vec<u8> {
    rig.of(0x03).iter().map(|up| up.data[12]).collect()
}

#[test]
fn the_plug_has_to_be_in() {
    let mut rig = Rig::combined();
    rig.start(0, 0, 3600, PLAIN);
    assert_eq!(rig.last(0x82).data[0], 1);
    rig.plug(1);
    rig.start(0, 0, 3600, PLAIN);
    let answer = rig.last(0x82);
    assert_eq!(answer.data[0], 0);
    assert_eq!(answer.data[1..17], ORDER);
    assert!(rig.port(1).charging && !rig.port(2).charging);
}

#[test]
fn a_cabinet_waits_for_the_plug() {
    let mut rig = with(Profile::Cabinet);
    rig.start(1, 0, 3600, PLAIN);
    rig.run(20);
    assert_eq!(rig.last(0x82).data[0], 0);
    assert_eq!(rig.last(0x06).data[..2], [1, 2]);
    assert!(!rig.port(2).charging);
    rig.plug(2);
    rig.run(20);
    assert_eq!(rig.last(0x06).data[1], 1);
    assert!(rig.port(2).charging);
}

#[test]
fn progress_comes_every_five_minutes_with_totals() {
    let mut rig = Rig::combined();
    rig.plug(2);
    rig.start(1, 0, 7200, PLAIN);
    rig.run(3600);
    let beats = rig.of(0x06);
    assert_eq!(beats.len(), 12);
    let last = &beats[11].data;
    assert_eq!((last[0], last[1], last[6], last.len()), (1, 1, 1, 45));
    assert_eq!(word(last, 2), 15 + 11 * 300);
    // 180 W.
    assert_eq!(word(last, 4), 17);
    assert_eq!((word(last, 7), word(last, 13)), (1800, 1800));
    assert_eq!(last[15..31], ORDER);
    let energies: Vec<u16> = beats.iter().map(|beat| word(&beat.data, 4)).collect();
    assert!(energies.is_sorted());
}

#[test]
fn a_preset_time_ends_it_exactly() {
    let mut rig = Rig::combined();
    rig.plug(1);
    // The longest time does not bound it.
    let mut tail = PLAIN;
    tail[0] = 60;
    rig.start(0, 0, 600, tail);
    rig.run(700);
    let record = rig.last(0x03);
    assert_eq!((record.data[12], word(&record.data, 0)), (3, 600));
    assert_eq!((word(&record.data, 4), record.data[7]), (3, 1));
    assert_eq!(record.data[13..29], ORDER);
    assert_eq!(record.data.len(), 35);
}

#[test]
fn a_preset_energy_is_bounded_by_the_longest_time() {
    let mut rig = Rig::combined();
    rig.plug(1);
    rig.start(0, 2, 9, PLAIN);
    rig.run(1900);
    let record = rig.last(0x03).data;
    assert_eq!((record[12], word(&record, 4)), (4, 9));
    assert_eq!(word(&record, 0), 1800);

    let mut bounded = PLAIN;
    bounded[..2].copy_from_slice(&900_u16.to_le_bytes());
    rig.start(0, 2, 900, bounded);
    rig.run(1000);
    assert_eq!(reasons(&rig), [4, 2]);
}

#[test]
fn a_full_battery_floats_before_it_is_full() {
    let mut rig = Rig::combined();
    rig.plug(1);
    rig.start(0, 0, 0, PLAIN);
    rig.run(5 * 3600);
    let mut states = Vec::new();
    for _ in 0..24 {
        rig.run(600);
        states.push(rig.last(0x21).data[3]);
    }
    assert_eq!(reasons(&rig), [1]);
    states.dedup();
    assert_eq!(states, [1, 5, 3]);
    let record = rig.last(0x03).data;
    assert!(word(&record, 4) >= 96, "a battery of 960 Wh");
}

#[test]
fn the_plug_is_missed_after_ten_seconds() {
    let mut rig = Rig::combined();
    rig.plug(1);
    rig.start(0, 0, 3600, PLAIN);
    rig.run(60);
    rig.act(&Action::Unplug(PortNo(1)));
    rig.run(9);
    assert!(rig.port(1).charging);
    rig.run(4);
    assert_eq!(reasons(&rig), [5]);
    let mut blind = PLAIN;
    blind[9] = 1;
    rig.plug(1);
    rig.start(0, 0, 3600, blind);
    rig.act(&Action::Unplug(PortNo(1)));
    rig.run(60);
    assert!(rig.port(1).charging, "removal is ignored");
}

#[test]
fn too_much_and_too_little_power_end_it() {
    let mut setup = Setup::new("04A26CF3", Form::Combined);
    let tiny = Load {
        power_dw: 200,
        peak_dw: 210,
        wh_per_hour: 20,
        capacity_wh: None,
    };
    setup.loads = vec![Load::e_bike(), tiny];
    let mut rig = Rig::new(setup);
    rig.plug(1);
    rig.plug(2);
    let mut strict = PLAIN;
    strict[2..4].copy_from_slice(&1_000_u16.to_le_bytes());
    rig.start(0, 0, 3600, strict);
    rig.run(5);
    assert_eq!(reasons(&rig), [6], "180 W where 100 W are allowed");
    rig.start(1, 0, 7200, PLAIN);
    rig.run(1900);
    assert_eq!(reasons(&rig), [6, 9], "never 30 W within half an hour");
}

#[test]
fn a_stop_names_its_order() {
    let mut rig = Rig::combined();
    rig.plug(1);
    rig.start(0, 0, 3600, PLAIN);
    rig.run(60);
    rig.stop(0, *b"THD1729407600002");
    assert_eq!(rig.last(0x82).data[0], 2);
    assert_eq!(rig.last(0x82).data[1..17], ORDER);
    assert!(rig.port(1).charging);
    rig.stop(0, ORDER);
    rig.run(2);
    assert_eq!(rig.last(0x82).data[0], 0);
    assert_eq!(reasons(&rig), [7]);
    rig.stop(0, ORDER);
    assert_eq!(rig.last(0x82).data[..17], [&[2][..], &[0; 16]].concat());
}

#[test]
fn an_answer_to_its_answer_stops_a_careless_device() {
    for (profile, wanted) in [(Profile::Gullible, vec![7]), (Profile::Normal, vec![])] {
        let mut rig = with(profile);
        rig.plug(1);
        rig.start(0, 0, 3600, PLAIN);
        let answer = rig.last(0x82);
        rig.say_as(SOCKET, answer.msg, 0x82, &[0]);
        rig.run(4);
        assert_eq!(reasons(&rig), wanted, "{profile}");
    }
}

#[test]
fn the_smart_port_finds_the_socket_that_waits() {
    let mut rig = Rig::combined();
    rig.start(0xFF, 0, 600, PLAIN);
    assert_eq!(rig.last(0x82).data[0], 1);
    rig.plug(1);
    rig.plug(2);
    rig.start(0xFF, 0, 600, PLAIN);
    let answer = rig.last(0x82).data;
    assert_eq!((answer[0], answer[17], word(&answer, 18)), (5, 0xFF, 3));
    rig.act(&Action::Unplug(PortNo(1)));
    rig.start(0xFF, 0, 600, PLAIN);
    assert_eq!((rig.last(0x82).data[0], rig.last(0x82).data[17]), (0, 1));
}

#[test]
fn faults_answer_as_documented() {
    let answers = [
        (0x09, 9, true),
        (0x0B, 8, false),
        (0x06, 7, false),
        (0x0D, 0x0A, false),
        (0x04, 3, true),
        (0x0F, 0, true),
    ];
    for (fault, wanted, charges) in answers {
        let mut rig = Rig::combined();
        rig.plug(1);
        let port = PortNo(1);
        rig.act(&Action::SetFault { port, bits: fault });
        rig.run(3);
        assert_eq!(u64::from(rig.last(0x21).data[3]), fault);
        rig.start(0, 0, 600, PLAIN);
        assert_eq!(rig.last(0x82).data[0], wanted, "{fault:#x}");
        assert_eq!(rig.port(1).charging, charges, "{fault:#x}");
    }
}

#[test]
fn a_running_charge_is_modified() {
    let mut rig = Rig::combined();
    rig.plug(1);
    rig.start(0, 0, 3600, PLAIN);
    rig.run(599);
    rig.say(SOCKET, 0x8A, &[0, 0, 0x84, 0x03]);
    rig.run(1);
    assert_eq!(rig.last(0x8A).data, [0]);
    rig.say(SOCKET, 0x8A, &[0, 1, 0x84, 0x03]);
    rig.run(1);
    assert_eq!(rig.last(0x8A).data, [1], "the other socket does not charge");
    rig.run(300);
    assert_eq!(word(&rig.last(0x03).data, 0), 900);
    rig.start(0, 0, 3600, PLAIN);
    rig.run(599);
    rig.say(SOCKET, 0x8A, &[0, 0, 10, 0]);
    rig.run(3);
    assert_eq!(rig.last(0x8A).data, [2]);
    assert_eq!(reasons(&rig), [3, 3], "what has passed ends it");
}

#[test]
fn old_devices_confirm_and_answer_with_one_byte() {
    let mut rig = with(Profile::Old);
    rig.answers = vec![0x01, 0x20, 0x22, 0x12, 0x03];
    rig.plug(1);
    rig.start(0, 0, 600, PLAIN);
    let (confirm, answer) = (rig.last(0x04), rig.last(0x82));
    assert_eq!(confirm.data[8..24], ORDER);
    assert!(confirm.at < answer.at);
    assert_eq!(answer.data, [0]);
    rig.run(200);
    assert_eq!(rig.of(0x04).len(), 2, "not answered");
    let msg = rig.last(0x04).msg;
    rig.say_as(SOCKET, msg, 0x04, &[0, 0]);
    rig.run(500);
    assert_eq!(rig.of(0x04).len(), 2);
    assert!(rig.of(0x06).is_empty() && rig.of(0x21).is_empty());
    assert_eq!(rig.last(0x03).data.len(), 29);
}

#[test]
fn a_power_cut_interrupts_and_does_not_end() {
    let mut rig = Rig::combined();
    rig.plug(1);
    rig.start(0, 0, 3600, PLAIN);
    rig.run(600);
    rig.forget();
    rig.act(&Action::Reboot { memory: true });
    rig.run(60);
    assert_eq!(rig.of(0x20).len(), 1, "a power-up registers");
    assert!(rig.port(1).charging);
    assert_eq!(rig.last(0x06).data[15..31], ORDER);
    assert!(word(&rig.last(0x06).data, 2) >= 600);
    rig.act(&Action::Reboot { memory: true });
    rig.act(&Action::Unplug(PortNo(1)));
    rig.run(60);
    assert_eq!(reasons(&rig), [5], "the plug is gone");
}
