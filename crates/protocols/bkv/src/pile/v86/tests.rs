//! The v8.6 device on a virtual clock.

use crate::pile::rig::Rig;
use crate::pile::{Action, Automatic, Dialect, Event, Load, Profile, Session, Setup};
use kernel::PortNo;
use std::time::Duration;

const ORDER: &str = "THD1729407600001";
const OTHER: &str = "THD1729407600002";

fn setup() -> Setup {
    Setup::new("82210225000520", Dialect::V86)
}

fn rig() -> Rig {
    Rig::new(setup())
}

/// Table F.
fn control(mode: u8, port: u8, switch: u8, value: u16, order: &str) -> Vec<u8> {
    let mut body = vec![mode, 0, 0, 0x03, 0xE8, port, switch];
    body.extend_from_slice(&value.to_be_bytes());
    body.extend_from_slice(order.as_bytes());
    body
}

fn start(rig: &mut Rig, port: u8, seconds: u16, order: &str) -> u32 {
    rig.say(0x82, &control(1, port, 1, seconds, order))
}

fn stop(rig: &mut Rig, port: u8, order: &str) -> u32 {
    rig.say(0x82, &control(1, port, 0, 0, order))
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Result, port and waiting ports of the last answer to 0x0082.
fn answer(rig: &Rig) -> (u8, u8, u8) {
    let answers = rig.of(0x82);
    let body = &answers.last().expect("an answer").body;
    (body[0], body[17], body[18])
}

#[test]
fn registration_then_status_at_once_then_every_eleven_seconds() {
    let mut rig = rig();
    let commands: Vec<u16> = rig.ups.iter().map(|up| up.command).collect();
    assert_eq!(commands, [0x0000, 0x0021]);
    assert_eq!(rig.ups[1].body, [0x08, 0x9D, 4, 0, 0, 0, 0, 22, 35]);
    rig.run(110.0);
    assert_eq!(rig.of(0x21).len(), 11);
}

#[test]
fn a4_tc001_time_order_to_its_settlement() {
    let mut rig = rig();
    let sequence = start(&mut rig, 1, 3600, ORDER);
    assert_eq!(rig.of(0x82)[0].sequence, sequence);
    assert_eq!(answer(&rig), (0, 1, 1));
    assert!(rig.of(0x04).is_empty(), "nothing is plugged in");
    rig.plug(1);
    rig.run(5.0);
    let confirm = rig.of(0x04)[0].clone();
    assert_eq!(&confirm.body[..16], ORDER.as_bytes());
    assert_eq!(&confirm.body[16..], [1, 0]);
    assert!((2.0..=5.0).contains(&Rig::seconds(confirm.at)));
    rig.forget();
    rig.run(3601.0);
    let progress = rig.of(0x06);
    assert_eq!(progress.len(), 327, "every 11 s for an hour");
    for (index, up) in progress.iter().enumerate() {
        let seconds = 11 * (u64::try_from(index).expect("small") + 1);
        assert_eq!(up.body.len(), 35);
        assert_eq!(number(&up.body[17..19]), seconds);
        assert_eq!(number(&up.body[19..21]), 15_000);
        assert_eq!(number(&up.body[21..23]), (523 * seconds * 2 + 3600) / 7200);
        assert_eq!(number(&up.body[23..25]), 18_000);
        assert_eq!(up.body[31], 1, "charging, no fault");
    }
    let ends = rig.of(0x03);
    assert_eq!(ends.len(), 1, "acknowledged, so never repeated");
    let body = &ends[0].body;
    assert_eq!(body.len(), 32);
    assert_eq!((number(&body[17..21]), number(&body[21..23])), (3600, 523));
    assert_eq!(
        (number(&body[23..25]), body[25], number(&body[26..28])),
        (785, 0, 18_000)
    );
    let begun = number(&confirm.body[..0]) + confirm.at.0.cast_unsigned() / 1000;
    assert_eq!(number(&body[28..32]), begun + 3600);
    assert_eq!(rig.acknowledged(), 1);
}

#[test]
fn a4_tc002_remote_stop_after_twenty_minutes() {
    let mut rig = rig();
    rig.plug(1);
    rig.run(5.0);
    start(&mut rig, 1, 3600, ORDER);
    let commands: Vec<u16> = rig.ups.iter().rev().take(2).map(|up| up.command).collect();
    assert_eq!(
        commands,
        [0x04, 0x82],
        "plugged in before: confirmed right after the answer"
    );
    rig.run(1200.0);
    stop(&mut rig, 1, ORDER);
    assert_eq!(answer(&rig), (0, 1, 0));
    let body = rig.of(0x03)[0].body.clone();
    assert_eq!((number(&body[17..21]), body[25]), (1200, 3));
    rig.forget();
    stop(&mut rig, 1, ORDER);
    assert_eq!(answer(&rig).0, 0, "a repeated stop is answered again");
    assert!(rig.of(0x03).is_empty(), "and does nothing");
}

#[test]
fn a_repeated_start_is_answered_and_changes_nothing() {
    let mut rig = rig();
    start(&mut rig, 2, 600, ORDER);
    start(&mut rig, 2, 600, ORDER);
    assert_eq!(answer(&rig), (0, 2, 1));
    start(&mut rig, 2, 600, OTHER);
    assert_eq!(answer(&rig).0, 1, "busy with another order");
    start(&mut rig, 9, 600, OTHER);
    assert_eq!(answer(&rig).0, 3, "no such port");
    rig.say(0x82, &control(7, 3, 1, 600, OTHER));
    assert_eq!(answer(&rig).0, 4, "no such mode");
}

#[test]
fn the_gateway_chooses_a_plugged_port() {
    let mut rig = rig();
    rig.plug(3);
    rig.run(5.0);
    start(&mut rig, 255, 600, ORDER);
    assert_eq!(answer(&rig).1, 3);
    start(&mut rig, 255, 600, OTHER);
    assert_eq!(answer(&rig).1, 1, "then the first idle one");
    start(&mut rig, 255, 600, OTHER);
    assert_eq!(answer(&rig), (0, 1, 1), "a repeat keeps its port");
}

#[test]
fn without_a_plug_the_order_is_dropped_after_ten_minutes() {
    let mut rig = rig();
    rig.polite = false;
    start(&mut rig, 1, 600, ORDER);
    for _ in 0..599 {
        rig.run(1.0);
    }
    assert!(rig.of(0x04).is_empty());
    rig.run(1.0);
    let refused = rig.of(0x04);
    assert_eq!(&refused[0].body[16..], [1, 1]);
    rig.run(61.0);
    assert!(
        rig.of(0x04).len() >= 3,
        "repeated every 30 s until answered"
    );
}

#[test]
fn unacknowledged_reports_are_repeated_every_thirty_seconds() {
    let mut rig = rig();
    rig.plug(1);
    rig.run(5.0);
    rig.polite = false;
    start(&mut rig, 1, 60, ORDER);
    rig.run(25.0);
    assert_eq!(rig.of(0x04).len(), 1);
    // Heartbeats are answered, nothing else is.
    for _ in 0..8 {
        rig.run(10.0);
        rig.say(0x21, &[0]);
    }
    assert!(rig.of(0x03).len() >= 2, "{:?}", rig.of(0x03));
    let again = rig.of(0x03);
    assert_eq!(again[0].body, again[1].body);
    let gap = again[1].at.since(again[0].at);
    assert_eq!(gap, Duration::from_secs(30));
}

#[test]
fn unplugging_settles_at_once() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 3600, ORDER);
    rig.run(65.0);
    rig.act(&Action::Unplug(PortNo(1)));
    let body = rig.of(0x03)[0].body.clone();
    assert_eq!(body[25], 0);
    assert!((60..=63).contains(&number(&body[17..21])));
    rig.forget();
    rig.plug(1);
    rig.run(30.0);
    assert!(rig.of(0x06).is_empty(), "no charge without a new order");
}

#[test]
fn energy_full_and_button_end_with_their_reasons() {
    let mut rig = rig();
    for port in 1..=3 {
        rig.plug(port);
    }
    rig.run(5.0);
    rig.say(0x82, &control(2, 1, 1, 500, ORDER));
    rig.say(0x82, &control(4, 2, 1, 0, OTHER));
    rig.say(0x82, &control(3, 3, 1, 7_500, "THD1729407600003"));
    rig.run(60.0);
    let capped = rig
        .of(0x06)
        .into_iter()
        .find(|up| up.body[16] == 3)
        .expect("a report");
    assert_eq!(number(&capped.body[19..21]), 7_500, "limited to 750 W");
    rig.act(&Action::Button(PortNo(3)));
    rig.run(4.0 * 3600.0);
    let reasons: Vec<(u8, u64, u8)> = rig
        .of(0x03)
        .iter()
        .map(|up| (up.body[16], number(&up.body[21..23]), up.body[25]))
        .collect();
    assert_eq!(reasons[0].2, 6, "the button");
    assert_eq!(reasons[1], (1, 500, 0), "5 kWh");
    assert_eq!(reasons[2], (2, 1000, 1), "full");
}

#[test]
fn a_fault_opens_the_relay() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 3600, ORDER);
    rig.run(60.0);
    rig.forget();
    rig.act(&Action::SetFault {
        port: PortNo(1),
        bits: 4,
    });
    let commands: Vec<u16> = rig.ups.iter().map(|up| up.command).collect();
    assert_eq!(commands, [0x21, 0x06, 0x03]);
    assert_eq!(rig.ups[1].body[31], 5, "charging with a short circuit");
    assert_eq!(rig.ups[2].body[25], 4);
    start(&mut rig, 1, 600, OTHER);
    assert_eq!(answer(&rig).0, 2, "a faulty port takes no order");
    rig.act(&Action::ClearFault(PortNo(1)));
    start(&mut rig, 1, 600, OTHER);
    assert_eq!(answer(&rig).0, 0);
}

#[test]
fn a4_tc003_lost_link_goes_on_charging() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 3600, ORDER);
    rig.run(600.0);
    rig.act(&Action::Cut { silent: true });
    assert_eq!((rig.abandons, rig.closes.len()), (1, 0));
    rig.forget();
    rig.run(45.0);
    assert!(rig.ups.is_empty());
    let restored = rig.now;
    rig.act(&Action::Restore);
    rig.run(11.0);
    let back = *rig.connects.last().expect("a connection");
    assert!((5..=10).contains(&back.since(restored).as_secs()));
    let commands: Vec<u16> = rig.ups.iter().map(|up| up.command).take(3).collect();
    assert_eq!(commands, [0x00, 0x21, 0x06]);
    let seconds = number(&rig.ups[2].body[17..19]);
    assert!((645..=656).contains(&seconds), "{seconds}");
}

#[test]
fn a4_tc003_a_settlement_waits_for_the_link() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 60, ORDER);
    rig.run(20.0);
    rig.act(&Action::Cut { silent: false });
    assert_eq!(rig.closes.len(), 1);
    rig.run(120.0);
    assert!(rig.of(0x03).is_empty());
    rig.act(&Action::Restore);
    rig.run(11.0);
    assert_eq!(rig.of(0x03).len(), 1);
    assert_eq!(rig.acknowledged(), 1);
}

#[test]
fn a4_tc004_restart_with_and_without_memory() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 3600, ORDER);
    rig.run(600.0);
    rig.forget();
    rig.act(&Action::Reboot { memory: true });
    rig.run(20.0);
    let progress = rig.of(0x06);
    assert_eq!(&progress[0].body[..16], ORDER.as_bytes());
    assert!(number(&progress[0].body[17..19]) > 590, "it counts on");
    assert!(rig.of(0x04).is_empty(), "the same charge");
    rig.forget();
    rig.act(&Action::Reboot { memory: false });
    rig.run(60.0);
    assert!(rig.of(0x06).is_empty());
    assert!(rig.of(0x03).is_empty(), "the order is lost");
    assert_eq!(rig.of(0x21)[0].body[3] & 3, 0, "an idle port");
    stop(&mut rig, 1, ORDER);
    assert_eq!(answer(&rig).0, 5, "nobody knows that order any more");
}

#[test]
fn a4_tc005_four_ports_keep_to_themselves() {
    let mut rig = rig();
    for port in 1..=4 {
        rig.plug(port);
    }
    rig.run(5.0);
    for port in 1..=4_u8 {
        start(&mut rig, port, 3600, &format!("THD172940760000{port}"));
        rig.run(5.0);
    }
    rig.run(30.0);
    let mut total = 0;
    for port in 1..=4_u8 {
        let order = format!("THD172940760000{port}");
        let mine: Vec<_> = rig
            .of(6)
            .into_iter()
            .filter(|up| up.body[16] == port)
            .collect();
        assert!(mine.iter().all(|up| &up.body[..16] == order.as_bytes()));
        total += number(&mine.last().expect("reports").body[19..21]);
    }
    assert_eq!(total, 59_500, "5950 W, below a rating of 6000 W");
}

#[test]
fn time_and_energy_of_a_running_order_can_be_changed() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 3600, ORDER);
    rig.run(60.0);
    let mut change = ORDER.as_bytes().to_vec();
    change.extend_from_slice(&[1, 0, 120, 0, 0]);
    rig.say(0x8A, &change);
    assert_eq!(rig.of(0x8A)[0].body[0], 0);
    rig.run(70.0);
    assert_eq!(number(&rig.of(3)[0].body[17..21]), 120);
    rig.say(0x8A, &change);
    assert_ne!(rig.of(0x8A)[1].body[0], 0, "the order is over");
}

#[test]
fn cards_queries_parameters_and_chunks_are_answered() {
    let mut rig = rig();
    rig.act(&Action::Swipe {
        port: PortNo(1),
        card: "1000000001".to_owned(),
        balance_fen: 0,
        password: None,
    });
    let card = rig.of(0x02)[0].clone();
    assert_eq!(card.body, [0x3B, 0x9A, 0xCA, 0x01, 1, 0, 0, 0, 0]);
    rig.say_with(
        0x02,
        card.sequence,
        &[0x3B, 0x9A, 0xCA, 0x01, 0, 0, 0, 0x27, 0x10],
    );
    let answered = Event::CardAnswered {
        port: PortNo(1),
        result: 0,
        balance_fen: Some(10_000),
    };
    assert!(rig.events.iter().any(|(_, event)| *event == answered));
    let query = rig.say(0x81, &[0xFF]);
    assert_eq!(
        (rig.of(0x81)[0].sequence, rig.of(0x81)[0].body.len()),
        (query, 9)
    );
    rig.say(0x83, &[7, 0, 0, 0, 1]);
    assert_eq!(rig.of(0x83)[0].body, [0, 7]);
    rig.say(0xE0, &[0, 2, 0, 1, 1, 0xAA]);
    rig.say(0xE0, &[0, 2, 0, 1, 1, 0xAA]);
    rig.say(0xE0, &[0, 2, 0, 2, 1, 0xBB]);
    let results: Vec<&[u8]> = rig
        .ups
        .iter()
        .filter(|up| up.command == 0xE0)
        .map(|up| &up.body[..])
        .collect();
    assert_eq!(results, [[0, 0, 1], [0, 0, 1], [0, 0, 2]]);
    rig.forget();
    rig.run(30.0);
    assert_eq!(
        &rig.of(0)[0].body[20..28],
        b"200.2.1\0",
        "the new version, after a restart"
    );
}

#[test]
fn a_card_order_ends_when_its_money_is_used_up() {
    let mut rig = rig();
    rig.plug(1);
    rig.act(&Action::Swipe {
        port: PortNo(1),
        card: "7".to_owned(),
        balance_fen: 0,
        password: None,
    });
    rig.say(0x02, &[0, 0, 0, 7, 0, 0, 0, 0, 0]);
    rig.run(5.0);
    // Ten yuan at 1.50 a kWh: 6.67 kWh.
    rig.say(0x82, &control(4, 1, 1, 0, ORDER));
    rig.run(3.0 * 3600.0);
    let body = rig.of(0x03)[0].body.clone();
    assert_eq!((body[25], number(&body[21..23])), (2, 667));
}

#[test]
fn misbehaving_devices() {
    let mut refuser = Rig::new(setup().with_profile(Profile::Refuser));
    start(&mut refuser, 1, 60, ORDER);
    assert_ne!(answer(&refuser).0, 0);

    let mut silent = Rig::new(setup().with_profile(Profile::NoEndReport));
    silent.plug(1);
    start(&mut silent, 1, 60, ORDER);
    silent.run(600.0);
    assert_eq!((silent.of(6).len(), silent.of(3).len()), (0, 0));
    assert_eq!(silent.ended().len(), 1);

    let mut slow = Rig::new(setup().with_profile(Profile::SlowRadio));
    start(&mut slow, 1, 60, ORDER);
    slow.run(2.9);
    assert!(slow.of(0x82).is_empty());
    slow.run(5.2);
    assert_eq!(slow.of(0x82).len(), 1);

    let mut repeater = Rig::new(setup().with_profile(Profile::EndRepeat));
    repeater.plug(1);
    start(&mut repeater, 1, 60, ORDER);
    repeater.run(300.0);
    assert_eq!(repeater.of(3).len(), 3, "two answers are overheard");

    let mut faulty = Rig::new(setup().with_profile(Profile::Fault));
    faulty.plug(1);
    start(&mut faulty, 1, 600, ORDER);
    faulty.run(300.0);
    assert_eq!(faulty.of(3)[0].body[25], 4);

    let mut wanderer = Rig::new(setup().with_profile(Profile::OfflineCharging));
    wanderer.plug(1);
    start(&mut wanderer, 1, 600, ORDER);
    wanderer.run(700.0);
    assert_eq!((wanderer.connects.len(), wanderer.of(3).len()), (2, 1));
    assert_eq!(number(&wanderer.of(3)[0].body[17..21]), 600);
}

#[test]
fn a_stale_gateway_shows_an_old_order_after_a_reconnect() {
    let mut rig = Rig::new(setup().with_profile(Profile::Stale));
    rig.plug(1);
    start(&mut rig, 1, 60, ORDER);
    rig.run(100.0);
    rig.act(&Action::Cut { silent: false });
    rig.act(&Action::Restore);
    rig.forget();
    rig.run(11.0);
    assert_eq!(&rig.of(6)[0].body[..16], ORDER.as_bytes());
}

#[test]
fn tests_can_make_a_device_ignore_refuse_and_repeat() {
    let mut rig = rig();
    rig.act(&Action::Ignore(true));
    start(&mut rig, 1, 60, ORDER);
    assert!(rig.of(0x82).is_empty());
    rig.act(&Action::Ignore(false));
    rig.act(&Action::Refuse(1));
    start(&mut rig, 1, 60, ORDER);
    assert_ne!(answer(&rig).0, 0);
    start(&mut rig, 1, 60, ORDER);
    assert_eq!(answer(&rig).0, 0);
    rig.plug(1);
    rig.run(70.0);
    rig.act(&Action::RepeatEnd(PortNo(1)));
    let ends = rig.of(3);
    assert_eq!((ends.len(), ends[0].body == ends[1].body), (2, true));
    rig.plug(1);
    start(&mut rig, 1, 60, OTHER);
    rig.run(20.0);
    rig.act(&Action::SilentEnd(PortNo(1)));
    rig.run(100.0);
    assert_eq!(rig.of(3).len(), 2);
    assert_eq!(
        rig.ended().last().expect("two").0,
        Session::Order(OTHER.to_owned())
    );
    rig.forget();
    rig.act(&Action::WrongChecksum);
    assert!(
        rig.ups.is_empty() && !rig.bytes.is_empty(),
        "no sound frame, but bytes"
    );
    rig.act(&Action::Malformed);
    assert_eq!(
        rig.of(3)[0].body.len(),
        8,
        "a settlement cut short in a sound frame"
    );
}

#[test]
fn a_gateway_without_answers_connects_anew() {
    let mut rig = rig();
    rig.polite = false;
    rig.run(60.0);
    assert!(!rig.closes.is_empty());
    assert!(rig.connects.len() >= 2);
}

#[test]
fn users_can_act_by_themselves_on_a_fast_clock() {
    let mut fast = setup();
    fast.speed = 60;
    fast.automatic = Some(Automatic::default());
    fast.loads = vec![Load::acceptance(0)];
    let mut rig = Rig::new(fast);
    start(&mut rig, 1, 3600, ORDER);
    rig.run(62.0);
    let body = rig.of(3)[0].body.clone();
    assert_eq!((number(&body[17..21]), number(&body[21..23])), (3600, 523));
    let told = number(&body[28..32]);
    assert!(
        (1_729_407_600..1_729_407_700).contains(&told),
        "the calendar is not accelerated"
    );
    rig.run(1.0);
    let port = rig.pile.ports(rig.now)[0].clone();
    assert_eq!(
        (port.plugged, port.charging, port.session),
        (false, false, None)
    );
}
