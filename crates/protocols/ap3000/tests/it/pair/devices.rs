//! Many devices on one connection, and who they are.

use super::{Pair, plan};
use ap3000::pile::{Form, Profile, Setup};
use device::{Command, Event, Outcome};
use kernel::PortNo;
use pile::Action;

fn hosted(units: u16) -> Pair {
    let mut setup = Setup::new("09D62684", Form::Host);
    setup.units = units;
    Pair::new(setup)
}

#[test]
fn each_device_behind_a_host_is_its_own() {
    let mut pair = hosted(3);
    pair.run(10);
    let mut registered: Vec<String> = pair
        .events
        .iter()
        .filter(|envelope| matches!(envelope.event, Event::Registered(_)))
        .map(|envelope| envelope.device.to_string())
        .collect();
    registered.sort();
    registered.dedup();
    assert_eq!(
        registered,
        ["04D62685", "04D62686", "04D62687", "09D62684"],
        "three devices and their host"
    );
    // Ports of the simulation count through: the second device's first is number 3.
    pair.plug(1);
    pair.plug(3);
    let first = pair.command_to(0, Command::StartCharge(plan(1)));
    let second = pair.command_to(1, Command::StartCharge(plan(2)));
    pair.run(5);
    for start in [first, second] {
        assert!(matches!(
            pair.outcome(start),
            Some(Outcome::Accepted { .. })
        ));
    }
    assert!(pair.charging(1) && pair.charging(3));
    pair.run(3700);
    let mut owners: Vec<String> = pair.facts.iter().map(|fact| fact.0.to_string()).collect();
    owners.sort();
    assert_eq!(owners, ["04D62685", "04D62686"]);
    assert!(pair.ends().iter().all(|end| end.port == PortNo(1)));
}

#[test]
fn a_host_shares_its_id_with_its_socket() {
    let mut pair = Pair::combined();
    pair.run(10);
    let ids: Vec<String> = pair
        .events
        .iter()
        .map(|envelope| envelope.device.to_string())
        .collect();
    assert!(ids.iter().all(|id| id == "04A26CF3"));
    let registration = pair
        .events
        .iter()
        .find_map(|envelope| match &envelope.event {
            Event::Registered(seen) if seen.port_count.is_some() => Some(seen.clone()),
            _ => None,
        });
    let registration = registration.expect("the socket introduced itself");
    assert_eq!(registration.port_count, Some(2));
    assert_eq!(pair.connections, 1);
    assert_eq!(pair.malformed, 0);
}

#[test]
fn commands_to_many_devices_keep_the_bus_free() {
    let mut pair = hosted(4);
    pair.run(10);
    let from = pair.downs.len();
    for device in 0..4 {
        pair.command_to(device, Command::QueryPort { port: None });
    }
    pair.run(5);
    let asked: Vec<_> = pair.downs[from..]
        .iter()
        .filter(|(_, down)| down[11] == 0x81)
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(asked.len(), 4);
    for pair in asked.windows(2) {
        assert!(pair[1].since(pair[0]).as_millis() >= 100);
    }
}

#[test]
fn a_device_out_of_reach_does_not_start() {
    let mut pair = hosted(2);
    pair.run(10);
    pair.plug(3);
    pair.act(&Action::SocketLost(PortNo(3)));
    let start = pair.command_to(1, Command::StartCharge(plan(1)));
    pair.run(600);
    assert!(!pair.charging(3));
    assert!(
        !matches!(pair.outcome(start), Some(Outcome::Accepted { .. })),
        "{:?}",
        pair.outcome(start)
    );
}

#[test]
fn strangers_are_kept_reachable_and_told_nothing_that_erases() {
    let mut pair = Pair::new(Setup::new("04A26CF3", Form::Combined));
    pair.restart_platform();
    pair.strangers = true;
    pair.downs.clear();
    pair.run(1800);
    assert!(
        !pair
            .downs
            .iter()
            .any(|(_, down)| matches!(down[11], 0x02 | 0x03))
    );
    assert_eq!(pair.connections, 2, "the connection stays");
}

#[test]
fn heartbeats_of_both_kinds_settle_on_one() {
    let mut pair = Pair::combined();
    pair.run(1800);
    let legacy = pair.downs.iter().filter(|(_, down)| down[11] == 0x01);
    assert_eq!(legacy.count(), 0, "it knows the newer kind");
    let mut old = Pair::new(Setup::new("04A26CF3", Form::Combined).with_profile(Profile::Old));
    old.run(1800);
    let answered = old.downs.iter().filter(|(_, down)| down[11] == 0x01);
    assert!(answered.count() >= 8);
}

#[test]
fn unpublished_commands_and_bytes_are_borne() {
    let setup = Setup::new("04A26CF3", Form::Combined).with_profile(Profile::Extended);
    let mut pair = Pair::new(setup);
    pair.plug(1);
    pair.start(plan(1));
    pair.run(4000);
    assert_eq!(pair.facts.len(), 1);
    assert!(
        !pair
            .downs
            .iter()
            .any(|(_, down)| matches!(down[11], 0x23 | 0x26))
    );
    let told = pair
        .events
        .iter()
        .any(|envelope| matches!(envelope.event, Event::Alarm(_)));
    assert!(told, "people learn of it");
}

#[test]
fn a_stand_alone_device_with_sixteen_sockets() {
    let mut pair = Pair::new(Setup::new("06C65D42", Form::Alone));
    pair.plug(16);
    let mut last = plan(1);
    last.port = PortNo(16);
    let start = pair.start(last);
    pair.run(10);
    assert!(
        matches!(pair.outcome(start), Some(Outcome::Accepted { .. })),
        "{:?}",
        pair.outcome(start)
    );
    pair.run(3700);
    assert_eq!(pair.ends()[0].port, PortNo(16));
}

#[test]
fn a_device_that_has_lost_its_own_number_charges_nobody() {
    // 13000001, which others may show too.
    let mut pair = Pair::new(Setup::new("06C65D41", Form::Alone));
    pair.plug(1);
    let start = pair.start(plan(1));
    pair.run(60);
    assert!(matches!(pair.outcome(start), Some(Outcome::Refused(_))));
    assert!(!pair.downs.iter().any(|(_, down)| down[11] == 0x82));
    assert_eq!(pair.count("alarm"), 1);
}
