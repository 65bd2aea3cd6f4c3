//! The vendor guide's dialect between device and link.

use super::{Pair, order};
use bkv::pile::{Action, Dialect, EndAnswer, Profile, Setup};
use device::{ChargeKey, ChargeMode, ChargePlan, Command, Event, Outcome, PortState, SocketEntry};
use kernel::{CommandId, Energy, Fen, PortNo};

fn setup() -> Setup {
    Setup::new("82241218000382", Dialect::Networked)
}

fn start(pair: &mut Pair, port: u16, seconds: u32, session: Option<u16>) -> CommandId {
    pair.command(Command::StartCharge(ChargePlan {
        port: PortNo(port),
        order: order(1),
        mode: ChargeMode::Time,
        duration_s: Some(seconds),
        energy: None,
        power_limit: None,
        amount: Fen(100),
        tiers: Vec::new(),
        fees: None,
        proposed_session: session,
        serial: None,
        card_no: None,
        physical_card: None,
        parallel: None,
        price_model: None,
    }))
}

fn session(pair: &Pair, command: CommandId) -> u16 {
    match pair.outcome(command) {
        Some(Outcome::Accepted {
            session: Some(session),
            ..
        }) => *session,
        other => panic!("not started: {other:?}"),
    }
}

#[test]
fn a_timed_charge_is_accepted_reported_and_ended_once() {
    let mut pair = Pair::new(setup());
    pair.plug(1);
    let command = start(&mut pair, 1, 600, None);
    pair.run(3);
    let business = session(&pair, command);
    let charging = pair.events.iter().any(|envelope| match &envelope.event {
        Event::Status { ports, .. } => ports.iter().any(|port| {
            port.state == PortState::Charging && port.charge == Some(ChargeKey::Session(business))
        }),
        _ => false,
    });
    assert!(charging);
    pair.run(620);
    let ends = pair.ends();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].charge, ChargeKey::Session(business));
    assert_eq!(
        (ends[0].duration_s, ends[0].energy),
        (600, Energy::from_wh(30))
    );
    assert_eq!((pair.connections, pair.malformed), (1, 0));
}

#[test]
fn a_stop_is_accepted_and_followed_by_the_end_report() {
    let mut pair = Pair::new(setup());
    pair.plug(1);
    start(&mut pair, 1, 3600, None);
    pair.run(120);
    let stop = Command::StopCharge {
        port: PortNo(1),
        order: order(1),
        serial: None,
    };
    let command = pair.command(stop);
    pair.run(5);
    assert!(matches!(
        pair.outcome(command),
        Some(Outcome::Accepted { .. })
    ));
    assert_eq!(pair.ends().len(), 1);
}

#[test]
fn the_link_finds_the_acknowledgement_that_a_device_accepts() {
    for answer in [EndAnswer::Both, EndAnswer::Only0c, EndAnswer::OnlyEcho] {
        let mut odd = setup();
        odd.end_answer = answer;
        let mut pair = Pair::new(odd);
        pair.plug(1);
        start(&mut pair, 1, 60, None);
        pair.run(100);
        let so_far = pair.ends().len();
        assert!((1..=2).contains(&so_far), "{answer:?}: {so_far}");
        pair.run(300);
        assert_eq!(pair.ends().len(), so_far, "{answer:?}");
        assert_eq!(pair.connections, 1, "{answer:?}");
    }
}

#[test]
fn what_is_not_stored_comes_again_after_a_reconnect() {
    let mut pair = Pair::new(setup());
    pair.plug(1);
    start(&mut pair, 1, 60, None);
    pair.run(30);
    pair.stores = false;
    pair.run(120);
    assert!(pair.connections >= 2 && pair.ends().len() > 3);
    pair.stores = true;
    pair.run(60);
    let so_far = pair.ends().len();
    pair.run(300);
    assert_eq!(pair.ends().len(), so_far);
}

#[test]
fn a_card_charge_from_swipe_to_end() {
    let mut pair = Pair::new(setup());
    pair.plug(1);
    pair.act(&Action::Swipe {
        port: PortNo(1),
        card: "000000298352".to_owned(),
        balance_fen: 0,
        password: None,
    });
    let proposed = pair
        .events
        .iter()
        .find_map(|envelope| match &envelope.event {
            Event::CardSwiped(swipe) => swipe.proposed_session,
            _ => None,
        });
    let proposed = proposed.expect("a swipe with a business number");
    let command = start(&mut pair, 1, 600, Some(proposed));
    pair.run(620);
    assert!(matches!(
        pair.outcome(command),
        Some(Outcome::Accepted { .. })
    ));
    let ends = pair.ends();
    assert_eq!(ends[0].charge, ChargeKey::Session(proposed));
    assert!(ends[0].card_no.is_some());
    pair.act(&Action::AskBalance {
        port: PortNo(1),
        card: "000000298352".to_owned(),
    });
    assert_eq!(pair.count("balance"), 1);
}

#[test]
fn networking_parameters_and_queries_are_answered() {
    let mut new = setup();
    new.sockets_listed = false;
    let mut pair = Pair::new(new);
    let list = Command::ReplaceSockets {
        channel: 5,
        sockets: vec![SocketEntry {
            socket_no: 1,
            mac: "850bdf08fe00".to_owned(),
        }],
    };
    let command = pair.command(list);
    pair.run(20);
    assert!(matches!(
        pair.outcome(command),
        Some(Outcome::Accepted { .. })
    ));
    let mut known = Pair::new(setup());
    let asked = known.command(Command::QueryParams { socket: Some(1) });
    known.run(5);
    assert!(matches!(
        known.outcome(asked),
        Some(Outcome::Accepted { .. })
    ));
    assert_eq!(known.count("params"), 1);
}

#[test]
fn odd_gateways_are_understood() {
    for profile in [
        Profile::Legacy1c,
        Profile::SlowRadio,
        Profile::EndRepeat,
        Profile::IdleSilent,
        Profile::OfflineCharging,
        Profile::Fault,
        Profile::Stale,
        Profile::Noisy,
    ] {
        let mut pair = Pair::new(setup().with_profile(profile));
        pair.run(60);
        pair.plug(1);
        let command = start(&mut pair, 1, 300, None);
        pair.run(900);
        assert_ne!(session(&pair, command), 0, "{profile}");
        assert!(!pair.ends().is_empty(), "{profile}");
        if profile != Profile::Noisy {
            assert_eq!(pair.malformed, 0, "{profile}");
        }
    }
}

#[test]
fn a_silent_end_is_seen_by_a_query_only() {
    let mut pair = Pair::new(setup().with_profile(Profile::NoEndReport));
    pair.plug(1);
    start(&mut pair, 1, 60, None);
    pair.run(600);
    assert!(pair.ends().is_empty());
    assert!(pair.count("heartbeat") > 8);
}
