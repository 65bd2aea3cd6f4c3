//! The networked gateway on a virtual clock: the sequences of BKV, docs/protocols/bkv.md,
//! "Message sequences", and its simulator profiles.

use crate::pile::rig::{Rig, Up};
use crate::pile::{Action, Automatic, Dialect, EndAnswer, Event, Profile, Session, Setup};
use kernel::PortNo;

fn setup() -> Setup {
    Setup::new("82241218000382", Dialect::Networked)
}

/// A gateway that has said its first words.
fn awake(setup: Setup) -> Rig {
    let mut rig = Rig::new(setup);
    rig.run(10.0);
    rig.forget();
    rig
}

fn rig() -> Rig {
    awake(setup())
}

fn start(rig: &mut Rig, socket: u8, port: u8, minutes: u8) -> u32 {
    rig.say_sub(0x15, 0x07, &[socket, port, 1, 1, 0, minutes, 0, 0])
}

fn stop(rig: &mut Rig, socket: u8, port: u8) -> u32 {
    rig.say_sub(0x15, 0x07, &[socket, port, 0, 1, 0, 0, 0, 0])
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// Status byte and business number of a hole in a 1017: the header and one socket, whose
/// elements stand in fixed places.
fn hole(up: &Up, hole: usize) -> (u8, u16) {
    let at = 26 + 3 + 4 + 5 + 4 + 4 + hole * 41;
    let inside = &up.body[at + 3..];
    (inside[7], word(inside, 11))
}

fn last_status(rig: &Rig) -> Up {
    rig.of_bkv(0x1017).last().expect("a status report").clone()
}

#[test]
fn bring_up() {
    let mut new = setup();
    new.sockets_listed = false;
    let mut rig = Rig::new(new);
    rig.run(1.7);
    assert!(rig.ups.is_empty());
    rig.run(0.4);
    let beat = &rig.of(0)[0];
    assert_eq!(beat.body.len(), 29);
    assert_eq!(&beat.body[..20], b"898608551024D1988196");
    rig.run(10.0);
    assert!(rig.of_bkv(0x1017).is_empty(), "no socket is known");
    let own = super::mac(&setup(), 0);
    // Channel 5; socket 1 has the first MAC of this gateway.
    let mut parameters = vec![5, 1];
    parameters.extend_from_slice(&own);
    let sequence = rig.say_sub(0x05, 0x08, &parameters);
    rig.run(3.5);
    let stored = &rig.of_sub(0x08)[0];
    assert_eq!((stored.sequence, stored.parameters()), (sequence, &[1][..]));
    rig.run(5.0);
    assert_eq!(hole(&last_status(&rig), 0), (0x80, 0));
    let query = rig.say_sub(0x15, 0x1D, &[1]);
    assert!(query > 0);
    rig.forget();
    rig.run(0.3);
    assert_eq!(rig.of_bkv(0x1017).len(), 1, "a query is answered with 1017");
}

#[test]
fn heartbeats_every_minute() {
    let mut rig = rig();
    rig.run(600.0);
    assert_eq!(rig.of(0).len(), 10);
}

#[test]
fn a_timed_charge_from_start_to_idle() {
    let mut rig = rig();
    rig.plug(1);
    let begun = rig.now;
    let sequence = start(&mut rig, 1, 0, 1);
    rig.run(1.1);
    let ack = rig.of_sub(0x07)[0].clone();
    assert_eq!(ack.sequence, sequence);
    let business = word(ack.parameters(), 3);
    assert_eq!(&ack.parameters()[..3], [1, 1, 0]);
    assert_ne!(business, 0);
    rig.run(0.5);
    assert_eq!(hole(&last_status(&rig), 0), (0x90, business));
    rig.run(60.0);
    let end = rig.of_sub(0x02)[0].clone();
    let parameters = end.parameters();
    assert_eq!(parameters.len(), 17);
    assert_eq!(end.at.since(begun).as_secs(), 60);
    assert_eq!((parameters[6], word(parameters, 7)), (0xB0, business));
    assert_eq!(
        (word(parameters, 13), word(parameters, 15)),
        (3, 1),
        "3 Wh in one minute"
    );
    rig.run(2.0);
    assert_eq!(hole(&last_status(&rig), 0), (0x80, 0));
    assert_eq!((rig.of_sub(0x02).len(), rig.acknowledged()), (1, 1));
}

#[test]
fn progress_every_five_minutes() {
    let mut rig = rig();
    rig.plug(2);
    start(&mut rig, 1, 1, 60);
    rig.run(2.0);
    rig.forget();
    rig.run(1800.0);
    let reports = rig.of_bkv(0x1017);
    assert_eq!(reports.len(), 6);
    assert!(
        reports
            .iter()
            .all(|up| hole(up, 1).0 == 0x90 && hole(up, 0).0 == 0x80)
    );
}

#[test]
fn remote_stop_answers_then_ends() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 0, 60);
    rig.run(300.0);
    rig.forget();
    stop(&mut rig, 1, 0);
    rig.run(2.0);
    let subs: Vec<u8> = rig
        .ups
        .iter()
        .filter(|up| up.command == 0x15)
        .map(Up::sub)
        .collect();
    assert_eq!(subs, [0x07, 0x02]);
    assert_eq!(rig.of_sub(0x02)[0].parameters()[6], 0xB0);
    stop(&mut rig, 1, 0);
    rig.run(2.0);
    assert_eq!(
        rig.of_sub(0x07)[1].parameters(),
        [1, 1, 0, 0, 0],
        "repeating is harmless"
    );
}

#[test]
fn energy_no_load_and_full() {
    let mut rig = rig();
    rig.plug(1);
    rig.say_sub(0x15, 0x07, &[1, 0, 1, 0, 0x03, 0x84, 0, 90]);
    start(&mut rig, 1, 1, 60);
    rig.run(125.0);
    let unused = rig.of_sub(0x02)[0].clone();
    assert_eq!((unused.parameters()[5], unused.parameters()[6]), (1, 0x98));
    rig.run(1800.0);
    let filled = rig.of_sub(0x02)[1].clone();
    assert_eq!(
        (filled.parameters()[6], word(filled.parameters(), 13)),
        (0xB0, 90)
    );
    rig.say_sub(0x15, 0x07, &[1, 0, 1, 1, 0x03, 0x84, 0, 0]);
    rig.run(9.0 * 3600.0);
    assert_eq!(rig.of_sub(0x02)[2].parameters()[6], 0xA0, "full");
}

#[test]
fn power_tiers() {
    let mut rig = rig();
    rig.plug(1);
    // 1 yuan; up to 100 W 0.10 per hour, up to 200 W 0.25 per hour.
    let start = hex::decode("010001006402 03e8000a003c 07d00019003c".replace(' ', ""));
    let sequence = rig.say_sub(0x05, 0x17, &start.expect("hex"));
    rig.run(1.1);
    let ack = &rig.of_sub(0x17)[0];
    assert_eq!(
        (ack.command, ack.sequence, ack.parameters()[0]),
        (0x05, sequence, 1)
    );
    rig.run(4.0 * 3600.0 + 5.0);
    let end = rig.of_sub(0x18)[0].clone();
    let parameters = end.parameters();
    assert_eq!(word(parameters, 17), 2024);
    assert_eq!((word(parameters, 25), word(parameters, 27)), (100, 2100));
    assert_eq!(
        (parameters[29], word(parameters, 30), word(parameters, 32)),
        (2, 0, 240)
    );
}

#[test]
fn service_fees() {
    let mut rig = rig();
    rig.plug(1);
    let elements = "03014a01 03010800 03011301 03011204 03014701 0301f402 0401880064 03018001 \
                    03018901 080183173b00320032"
        .replace(' ', "");
    let sequence = rig.say_bkv(0x1007, &elements);
    rig.run(1.1);
    let ack = rig.of_bkv(0x1007)[0].clone();
    assert_eq!(ack.sequence, sequence);
    assert_eq!(&ack.body[26..30], [3, 1, 0x0F, 1]);
    rig.polite = false;
    rig.run(1800.0);
    stop(&mut rig, 1, 0);
    rig.run(2.0);
    let end = rig.of_bkv(0x1004)[0].clone();
    let text = hex::encode(&end.body);
    assert!(text.contains("04010d005a"), "90 Wh: {text}");
    assert!(
        text.contains("080184001e0000005a"),
        "30 minutes and 90 Wh in one segment: {text}"
    );
    rig.say_bkv(0x1004, "03010f0103014a0103010800");
    assert_eq!(rig.acknowledged(), 1);
}

#[test]
fn unacknowledged_ends_are_repeated_then_the_gateway_reconnects() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 0, 1);
    rig.run(55.0);
    rig.polite = false;
    rig.run(100.0);
    // Heartbeats go unanswered as well here, but the end report closes the line first.
    let ends = rig.of_sub(0x02);
    let first = ends[0].at;
    let after: Vec<u64> = ends.iter().map(|up| up.at.since(first).as_secs()).collect();
    assert_eq!(after[0], 0);
    assert!(
        (10..=11).contains(&after[1]) && (20..=22).contains(&after[2]),
        "{after:?}"
    );
    let closed = rig.closes[0].since(first).as_secs();
    assert!((37..=39).contains(&closed), "{closed}");
    let back = rig.connects[1].since(rig.closes[0]).as_secs();
    assert_eq!(back, 4);
    assert!(ends.len() > 3, "it starts over");
    rig.polite = true;
    rig.run(30.0);
    assert_eq!(rig.acknowledged(), 1);
    rig.forget();
    rig.run(60.0);
    assert!(rig.of_sub(0x02).is_empty());
}

#[test]
fn a_device_can_insist_on_one_form_of_acknowledgement() {
    let mut rig = awake(setup().with_profile(Profile::EndRepeat));
    rig.plug(1);
    start(&mut rig, 1, 0, 1);
    rig.run(75.0);
    let ends = rig.of_sub(0x02);
    assert_eq!(ends.len(), 2, "0C does not count");
    assert_eq!(ends[0].parameters()[..9], ends[1].parameters()[..9]);
    rig.say_sub(0x15, 0x02, &[1, 1]);
    assert_eq!(rig.acknowledged(), 1);
    let mut other = setup();
    other.end_answer = EndAnswer::Only0c;
    let mut rig = awake(other);
    start(&mut rig, 1, 0, 1);
    rig.run(65.0);
    assert_eq!(rig.acknowledged(), 1);
}

#[test]
fn a_card_from_swipe_to_end() {
    let mut rig = rig();
    rig.plug(1);
    rig.act(&Action::Swipe {
        port: PortNo(1),
        card: "000000298352".to_owned(),
        balance_fen: 0,
        password: None,
    });
    let swipe = rig.of_sub(0x0B)[0].clone();
    assert_eq!(swipe.parameters().len(), 31);
    let business = swipe.parameters()[2..4].to_vec();
    let mut allow = vec![1, 0];
    allow.extend_from_slice(&business);
    allow.extend_from_slice(&[1, 1, 0, 30, 0, 0]);
    let sequence = rig.say_sub(0x15, 0x0B, &allow);
    rig.run(1.1);
    let started = &rig.of_sub(0x0F)[0];
    assert_eq!(
        (started.sequence, started.parameters()),
        (sequence, &[1, 0, 1][..])
    );
    rig.run(1800.0);
    let end = rig.of_sub(0x0C)[0].clone();
    let parameters = end.parameters();
    assert_eq!((parameters.len(), &parameters[7..9]), (30, &business[..]));
    assert_eq!(hex::encode(&parameters[17..23]), "000000298352");
    assert_eq!(&parameters[23..], [0, 1, 0, 0, 0, 0, 0]);
    assert_eq!(rig.acknowledged(), 1);
    rig.act(&Action::AskBalance {
        port: PortNo(1),
        card: "000000298352".to_owned(),
    });
    assert_eq!(rig.of_sub(0x1A)[0].parameters().len(), 8);
}

#[test]
fn a_refused_card_starts_nothing() {
    let mut rig = rig();
    rig.act(&Action::Swipe {
        port: PortNo(2),
        card: "1384327424".to_owned(),
        balance_fen: 0,
        password: None,
    });
    let swipe = rig.of_sub(0x0B)[0].clone();
    let mut refuse = swipe.parameters()[..4].to_vec();
    refuse.extend_from_slice(&[0, 1, 0, 0, 0, 0]);
    rig.say_sub(0x15, 0x0B, &refuse);
    rig.run(5.0);
    assert!(rig.of_sub(0x0F).is_empty());
    let refused = |event: &Event| matches!(event, Event::CardAnswered { result: 1, .. });
    assert!(rig.events.iter().any(|(_, event)| refused(event)));
}

#[test]
fn offline_while_charging_then_back() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 0, 10);
    rig.run(120.0);
    rig.act(&Action::Cut { silent: true });
    rig.run(900.0);
    rig.forget();
    rig.act(&Action::Restore);
    rig.run(8.0);
    let order: Vec<u16> = rig.ups.iter().map(|up| up.command).collect();
    assert_eq!(order[0], 0x0000);
    assert_eq!(rig.of_bkv(0x1013).len(), 1);
    let end = &rig.of_sub(0x02)[0];
    assert_eq!(word(end.parameters(), 15), 10, "it counted on");
    assert_eq!(rig.acknowledged(), 1);
}

#[test]
fn a_lost_socket_reports_zeros() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 0, 60);
    rig.run(5.0);
    rig.act(&Action::SocketLost(PortNo(1)));
    rig.run(1.0);
    assert_eq!(hole(&last_status(&rig), 0).0, 0);
    rig.act(&Action::SocketBack(PortNo(1)));
    rig.run(1.0);
    assert_eq!(hole(&last_status(&rig), 0).0, 0x90);
}

#[test]
fn a_fault_is_reported_twice_and_ends_the_session() {
    let mut rig = awake(setup().with_profile(Profile::Fault));
    rig.plug(1);
    start(&mut rig, 1, 0, 60);
    rig.run(60.5);
    assert_eq!(hole(&last_status(&rig), 0).0, 0x94);
    assert_eq!(rig.of_bkv(0x1010).len(), 1);
    rig.run(10.0);
    assert_eq!(rig.of_sub(0x02)[0].parameters()[6], 0x94);
    rig.run(300.0);
    assert_eq!(hole(&last_status(&rig), 0).0, 0x80, "back in service");
}

#[test]
fn parameters_voice_and_legacy_commands_are_answered() {
    let mut rig = rig();
    let set = rig.say_bkv(0x1011, "03014a010401210e10040159000a");
    rig.run(1.0);
    assert_eq!(rig.of_bkv(0x1011)[0].sequence, set);
    rig.say_bkv(0x1012, "03014a01");
    rig.run(1.0);
    let answer = hex::encode(&rig.of_bkv(0x1012)[0].body);
    assert!(
        answer.contains("0401210e10") && answer.contains("040159000a"),
        "{answer}"
    );
    rig.say_sub(0x15, 0x1B, &[254, 0, 1, 1, 1, 8, 0, 20, 0]);
    rig.run(1.0);
    assert_eq!(rig.of_sub(0x1B)[0].parameters(), [254, 0, 1]);
    rig.say_sub(0x05, 0x03, &[1, 0, 0, 60, 0, 30, 0, 90, 0, 9, 80]);
    rig.say_sub(0x05, 0x06, &[1, 0, 0x27, 0x10, 0x1B, 0x58]);
    rig.say_sub(0x05, 0x13, &[1]);
    rig.run(1.0);
    assert_eq!(
        rig.of_sub(0x13)[0].parameters(),
        [1, 0, 0, 60, 0, 30, 0, 90, 0, 9, 80]
    );
    // The longest charge is ten minutes now, whatever a start asks for.
    rig.plug(1);
    start(&mut rig, 1, 0, 60);
    rig.run(605.0);
    assert_eq!(rig.of_sub(0x02).len(), 1);
}

#[test]
fn an_update_shows_in_later_heartbeats() {
    let mut rig = rig();
    let mut body = vec![1, 101, 37, 145, 162, 0, 21];
    body.extend_from_slice(b"GV.8r12.OTA\0\0");
    rig.say(0x07, &body);
    rig.run(1.0);
    assert_eq!(rig.of(0x07).len(), 1);
    rig.run(70.0);
    assert_eq!(
        &rig.of(0).last().expect("a heartbeat").body[20..28],
        b"V.8r12\0\0"
    );
    assert_eq!(rig.connects.len(), 2, "it reconnected");
}

#[test]
fn sockets_are_added_and_deleted() {
    let mut rig = rig();
    let mut node = vec![9];
    node.extend_from_slice(&super::mac(&setup(), 0));
    rig.say_sub(0x05, 0x09, &node);
    rig.run(10.0);
    assert_eq!(rig.of_sub(0x09)[0].parameters(), [1]);
    start(&mut rig, 9, 0, 1);
    rig.run(2.0);
    assert_eq!(rig.of_sub(0x07)[0].parameters()[..2], [1, 9]);
    rig.say_sub(0x05, 0x0A, &node);
    start(&mut rig, 9, 1, 1);
    rig.run(4.0);
    assert_eq!(
        rig.of_sub(0x07)[1].parameters()[0],
        0,
        "no such socket any more"
    );
}

#[test]
fn misbehaving_gateways() {
    let mut refuser = awake(setup().with_profile(Profile::Refuser));
    start(&mut refuser, 1, 0, 60);
    refuser.run(2.0);
    assert_eq!(refuser.of_sub(0x07)[0].parameters(), [0, 1, 0, 0, 0]);

    let mut mute = awake(setup().with_profile(Profile::NoEndReport));
    start(&mut mute, 1, 0, 1);
    mute.run(1.2);
    mute.forget();
    mute.say_sub(0x15, 0x1D, &[1]);
    mute.run(900.0);
    assert!(mute.ups.iter().all(|up| up.command == 0), "heartbeats only");

    let mut silent = awake(setup().with_profile(Profile::IdleSilent));
    silent.run(1500.0);
    assert!(silent.of_bkv(0x1017).is_empty());
    let mut normal = rig();
    normal.run(1500.0);
    assert_eq!(normal.of_bkv(0x1017).len(), 5);

    let mut old = awake(setup().with_profile(Profile::Legacy1c));
    let sequence = old.say_sub(0x15, 0x1D, &[1]);
    assert_eq!(old.of_sub(0x1C)[0].sequence, sequence);
    assert_eq!(old.of_sub(0x1C)[0].parameters().len(), 0x21);
    start(&mut old, 1, 0, 60);
    old.run(2.0);
    assert_eq!(old.of_sub(0x1C)[1].sequence, 0, "spontaneous");

    let mut slow = awake(setup().with_profile(Profile::SlowRadio));
    start(&mut slow, 1, 0, 60);
    slow.run(2.9);
    assert!(slow.of_sub(0x07).is_empty());
    slow.run(5.2);
    assert_eq!(slow.of_sub(0x07).len(), 1);

    let mut wanderer = awake(setup().with_profile(Profile::OfflineCharging));
    wanderer.plug(1);
    start(&mut wanderer, 1, 0, 3);
    wanderer.run(330.0);
    assert_eq!((wanderer.connects.len(), wanderer.acknowledged()), (2, 1));

    let mut stale = awake(setup().with_profile(Profile::Stale));
    start(&mut stale, 1, 0, 1);
    stale.run(70.0);
    stale.act(&Action::Cut { silent: false });
    stale.act(&Action::Restore);
    stale.forget();
    stale.run(10.0);
    let first = stale.of_bkv(0x1017)[0].clone();
    assert_eq!(hole(&first, 0).0, 0x90);
    assert_ne!(hole(&first, 0).1, 0);
}

#[test]
fn a_noisy_gateway_gets_through_all_the_same() {
    let mut rig = awake(setup().with_profile(Profile::Noisy));
    rig.plug(1);
    rig.run(7200.0);
    let sound: usize = rig.ups.iter().map(|up| up.body.len() + 21).sum();
    assert!(rig.bytes.len() > sound, "there was noise");
    assert!(rig.of(0).len() > 100, "and there were heartbeats");
}

#[test]
fn a_reboot_without_memory_forgets_the_session() {
    let mut rig = rig();
    rig.plug(1);
    start(&mut rig, 1, 0, 60);
    rig.run(60.0);
    rig.act(&Action::Reboot { memory: true });
    rig.run(20.0);
    assert_eq!(hole(&last_status(&rig), 0).0, 0x90);
    rig.act(&Action::Reboot { memory: false });
    rig.run(20.0);
    assert_eq!(hole(&last_status(&rig), 0), (0x80, 0));
    assert!(rig.of_sub(0x02).is_empty());
    start(&mut rig, 1, 0, 60);
    rig.run(2.0);
    assert_eq!(
        word(rig.of_sub(0x07)[1].parameters(), 3),
        1,
        "it counts from one again"
    );
}

#[test]
fn users_can_act_by_themselves() {
    let mut own = setup();
    own.automatic = Some(Automatic::default());
    let mut rig = awake(own);
    start(&mut rig, 1, 0, 10);
    rig.run(605.0);
    let (session, reason, wh, seconds) = rig.ended()[0].clone();
    assert!(matches!(session, Session::Business(_)));
    assert_eq!((reason, wh, seconds), (0xB0, 29, 600));
    rig.run(30.0);
    assert!(!rig.pile.ports(rig.now)[0].plugged);
}

#[test]
fn frames_for_others_and_unknown_commands_are_ignored() {
    let mut rig = rig();
    let mut frame = crate::pile::rig::sealed(&{
        let mut inside = vec![0x00, 0x15, 0, 0, 0, 9, 0];
        inside.extend_from_slice(&hex::decode("82210225000520").expect("hex"));
        inside.extend_from_slice(&[0, 8, 7, 1, 0, 1, 1, 0, 60, 0, 0]);
        inside
    });
    rig.say_bytes(&frame);
    let last = frame.len() - 3;
    frame[last] ^= 1;
    rig.say_bytes(&frame);
    rig.say(0x2000, &[1, 2, 3]);
    rig.say_sub(0x15, 0x77, &[1]);
    rig.say_sub(0x15, 0x07, &[1]);
    rig.run(5.0);
    assert!(rig.of_sub(0x07).is_empty());
    assert_eq!(rig.connects.len(), 1);
}

#[test]
fn many_sockets_have_their_own_counters_and_ports() {
    let mut many = setup();
    many.ports = 8;
    let mut rig = awake(many);
    rig.plug(7);
    start(&mut rig, 4, 0, 1);
    rig.run(62.0);
    let end = rig.of_sub(0x02)[0].clone();
    assert_eq!(
        (
            end.parameters()[0],
            end.parameters()[5],
            end.parameters()[6]
        ),
        (4, 0, 0xB0)
    );
    let ports: Vec<u16> = rig
        .pile
        .ports(rig.now)
        .iter()
        .map(|view| view.port.0)
        .collect();
    assert_eq!(ports, [1, 2, 3, 4, 5, 6, 7, 8]);
}
