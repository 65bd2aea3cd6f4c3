//! Everything around charges: who speaks when, cards, settings, firmware.

use super::rig::{PLAIN, Rig, SOCKET, START, word};
use crate::pile::{Form, Profile, Setup};
use ::pile::{Action, Event};
use kernel::PortNo;

fn with(profile: Profile) -> Rig {
    Rig::new(Setup::new("04A26CF3", Form::Combined).with_profile(profile))
}

#[test]
fn bring_up_behind_a_host() {
    let mut rig = Rig::combined();
    rig.run(5);
    assert_eq!(rig.bare, b"898604D9162390488297");
    let said: Vec<u8> = rig.ups.iter().map(|up| up.cmd).collect();
    assert_eq!(said, [0x12, 0x11, 0x35, 0x20, 0x22, 0x01, 0x21]);
    assert!(rig.ups.iter().all(|up| up.id == SOCKET));
    // Host and socket count their messages by themselves.
    assert_eq!((rig.of(0x12)[0].msg, rig.of(0x20)[0].msg), (1, 1));
    assert_eq!(rig.of(0x11)[0].data.len(), 71);
    assert_eq!(hex::encode(&rig.of(0x20)[0].data), "8002020a3106");
    rig.forget();
    rig.run(180);
    assert_eq!(rig.of(0x21).len(), 1);
    assert!(rig.of(0x01).is_empty(), "the other heartbeat was answered");
    assert_eq!(rig.bare, b"linklinklinklinklink");
}

#[test]
fn many_devices_on_one_connection() {
    let mut setup = Setup::new("09D62684", Form::Host);
    setup.units = 3;
    let mut rig = Rig::new(setup);
    rig.run(5);
    let ids: Vec<u32> = rig.of(0x20).iter().map(|up| up.id).collect();
    assert_eq!(ids, [0x04D6_2685, 0x04D6_2686, 0x04D6_2687]);
    assert!(rig.of(0x11).iter().all(|up| up.id == 0x09D6_2684));
    rig.plug(4);
    rig.run(3);
    let changed = rig.last(0x21);
    assert_eq!((changed.id, changed.data[4]), (0x04D6_2686, 2));
    rig.say(0x04D6_2686, 0x81, &[]);
    assert_eq!(rig.last(0x20).id, 0x04D6_2686);
}

#[test]
fn unanswered_requests_are_repeated() {
    let mut rig = Rig::combined();
    rig.answers.clear();
    rig.act(&Action::Reboot { memory: true });
    rig.forget();
    rig.run(3 * 180 + 60);
    assert_eq!(rig.of(0x20).len(), 4);
    assert_eq!(rig.of(0x22).len(), 4);
    assert_eq!(rig.of(0x21).len(), 4);
}

#[test]
fn a_device_without_answers_lets_cards_charge() {
    let mut rig = Rig::combined();
    rig.plug(1);
    let swipe = Action::Swipe {
        port: PortNo(1),
        card: "7A8D05DD".to_owned(),
        balance_fen: 0,
        password: None,
    };
    rig.act(&swipe);
    assert_eq!(rig.of(0x02).len(), 1, "it asks");
    rig.run(60);
    assert_eq!(rig.of(0x02).len(), 2, "and once more");
    rig.act(&Action::Cut { silent: true });
    rig.run(600);
    rig.act(&swipe);
    assert!(rig.port(1).charging);
    rig.run(600);
    rig.act(&Action::Unplug(PortNo(1)));
    rig.run(20);
    rig.forget();
    rig.act(&Action::Restore);
    rig.run(60);
    let record = rig.last(0x03).data;
    assert_eq!(record[7..12], [0, 0x7A, 0x8D, 0x05, 0xDD]);
    assert_eq!(record[13..16], [0x20, 0x24, 0x10]);
    assert_eq!(record[28], 0x31);
}

#[test]
fn an_allowed_card_starts_by_command_only() {
    let mut rig = with(Profile::CardStop);
    rig.plug(2);
    let swipe = Action::Swipe {
        port: PortNo(2),
        card: "2056062429".to_owned(),
        balance_fen: 0,
        password: None,
    };
    rig.act(&swipe);
    let asked = rig.last(0x02);
    assert_eq!(asked.data[..6], [0x7A, 0x8D, 0x05, 0xDD, 0, 1]);
    let reply = [0x7A, 0x8D, 0x05, 0xDD, 0, 0, 0x10, 0x27, 0, 0, 1];
    rig.say_as(SOCKET, asked.msg, 0x02, &reply);
    let allowed = Event::CardAnswered {
        port: PortNo(2),
        result: 0,
        balance_fen: Some(10_000),
    };
    assert!(rig.events.contains(&allowed));
    rig.run(30);
    assert!(!rig.port(2).charging);
    rig.start(1, 0, 3600, PLAIN);
    rig.act(&swipe);
    rig.run(5);
    assert_eq!(rig.last(0x03).data[12], 0x16);
    rig.act(&Action::AskBalance {
        port: PortNo(1),
        card: "2056062429".to_owned(),
    });
    assert_eq!(rig.last(0x02).data[5], 0xFF);
}

#[test]
fn settings_are_kept_and_read() {
    let mut rig = Rig::combined();
    let block = [3, 0, 10, 0, 20, 8, 7, 0x10, 0x0E, 60, 0];
    rig.say(SOCKET, 0x83, &block);
    rig.say(SOCKET, 0x90, &[]);
    rig.run(1);
    assert_eq!(rig.last(0x83).data, [0]);
    assert_eq!(rig.last(0x90).data, block);
    rig.forget();
    rig.run(180 + 3 * 60);
    assert_eq!(rig.of(0x21).len(), 4, "the new interval");
    for (cmd, data, wanted) in [
        (0x96, &[10][..], 0),
        (0x8D, &[7], 2),
        (0x85, &[0, 0, 0xFF, 0xFF], 1),
        (0x8F, &[9], 1),
    ] {
        rig.say(SOCKET, cmd, data);
        rig.run(1);
        assert_eq!(rig.last(cmd).data, [wanted], "{cmd:#x}");
    }
    rig.say(SOCKET, 0x8C, &[16, 0, 2, 0xDE, 0xAD]);
    rig.say(SOCKET, 0x8B, &[15, 0, 4]);
    rig.run(1);
    assert_eq!(rig.last(0x8B).data, [0, 0xFF, 0xDE, 0xAD, 0xFF]);
    rig.say(SOCKET, 0x8B, &[16, 0, 33]);
    rig.run(1);
    assert_eq!(rig.last(0x8B).data, [1]);
}

#[test]
fn refusers_refuse() {
    let mut rig = with(Profile::Refuser);
    rig.plug(1);
    rig.start(0, 0, 600, PLAIN);
    assert_eq!(rig.last(0x82).data[0], 6);
    rig.say(SOCKET, 0x97, &[1]);
    rig.run(1);
    assert_eq!(rig.last(0x97).data, [1]);
}

#[test]
fn a_device_out_of_reach_is_spoken_for_by_its_host() {
    let mut rig = Rig::combined();
    rig.plug(1);
    rig.act(&Action::SocketLost(PortNo(1)));
    rig.forget();
    rig.start(0, 0, 600, PLAIN);
    rig.run(3);
    assert_eq!(rig.last(0x82).data[0], 0x0E);
    assert!(!rig.port(1).charging);
    rig.run(400);
    assert!(rig.of(0x21).is_empty());
    rig.act(&Action::SocketBack(PortNo(1)));
    rig.run(180);
    assert!(!rig.of(0x21).is_empty());
}

#[test]
fn firmware_is_taken_and_started() {
    let mut rig = Rig::combined();
    let piece = |number: u8, bytes: &[u8]| {
        let mut data = vec![3, 0, number, 0];
        data.extend(bytes);
        data.resize(204, 0);
        data
    };
    let check = [
        &[0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8][..],
        &400_u32.to_le_bytes(),
        &[0x31, 0x81, 0x02],
    ]
    .concat();
    for (number, bytes) in [(1, vec![1; 200]), (2, vec![1; 200]), (3, check)] {
        rig.say(SOCKET, 0xE0, &piece(number, &bytes));
        rig.run(1);
        assert_eq!(rig.last(0xE0).data, [0, number, 0]);
    }
    rig.forget();
    rig.run(20);
    assert_eq!(word(&rig.last(0x20).data, 0), 641);
}

#[test]
fn a_host_asks_for_its_firmware() {
    let mut rig = Rig::new(Setup::new("09D62684", Form::Host));
    let host = 0x09D6_2684;
    rig.say(host, 0xFA, &[]);
    rig.run(1);
    assert_eq!(rig.last(0xFA).data, [0, 0, 0]);
    rig.run(200);
    assert_eq!(rig.of(0xFA).len(), 2, "it asks again after silence");
    let mut piece = vec![1, 0, 1, 0];
    piece.resize(204, 7);
    rig.say(host, 0xFA, &piece);
    rig.run(40);
    assert_eq!(rig.last(0xFA).data, [0, 1, 0]);
    assert_eq!(rig.connections, 2);
    assert_eq!(word(&rig.last(0x11).data, 0), 617);
}

#[test]
fn a_reboot_by_command_registers_anew() {
    let mut rig = Rig::combined();
    rig.plug(1);
    rig.start(0, 0, 3600, PLAIN);
    rig.forget();
    rig.say(SOCKET, 0x87, &[]);
    assert_eq!(rig.last(0x87).data, [0]);
    rig.run(30);
    assert_eq!((rig.of(0x20).len(), rig.connections), (1, 1));
    assert_eq!(rig.last(0x20).msg, 1, "it counts from the beginning");
    assert!(rig.port(1).charging);
    let mut alone = Rig::new(Setup::new("06C65D41", Form::Alone));
    alone.say(0x06C6_5D41, 0x87, &[]);
    alone.run(30);
    assert_eq!(alone.connections, 2);
}

#[test]
fn alarms_and_other_words_of_the_profiles() {
    let mut rig = Rig::combined();
    rig.act(&Action::SetFault {
        port: PortNo(2),
        bits: 0x204,
    });
    assert_eq!(rig.last(0x42).data, [4, 1, 0]);
    let mut leakage = with(Profile::Leakage);
    leakage.run(1800);
    assert_eq!(leakage.of(0x17).len(), 2);
    assert_eq!(leakage.last(0x17).data.len(), 23);
    let mut radio = with(Profile::Radio);
    radio.run(7200);
    assert_eq!(radio.of(0x3B).len(), 2);
    radio.say(SOCKET, 0x3A, &[0xD6, 1, 0, 0, 0, 0]);
    radio.run(7200);
    assert_eq!((radio.of(0x3B).len(), radio.last(0x3A).data), (2, vec![0]));
    let extended = with(Profile::Extended);
    assert!(extended.last(0x20).data.ends_with(&[0xE4, 0]));
    let mut clockless = with(Profile::NoClock);
    clockless.plug(1);
    clockless.start(0, 0, 60, PLAIN);
    clockless.run(100);
    assert_eq!(clockless.last(0x03).data[33..35], [0, 0], "1970");
    assert!(clockless.now > START);
}

#[test]
fn noise_breaks_some_frames_and_no_charge() {
    let mut rig = with(Profile::Noisy);
    rig.plug(1);
    rig.start(0, 0, 600, PLAIN);
    rig.run(7200);
    assert!(!rig.of(0x03).is_empty());
    assert!(rig.bare.len() > 23);
}
