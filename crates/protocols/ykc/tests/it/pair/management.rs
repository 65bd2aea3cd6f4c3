//! Everything else that the platform can tell a pile.

use super::{ID, Pair, order, tariff};
use device::{Command, FirmwareSource, FirmwareTarget, Outcome, PowerLimit};
use kernel::{Fen, PortNo};
use std::net::Ipv4Addr;
use ykc::pile::{Kind, Setup};

fn does(pair: &mut Pair, command: Command) {
    let name = command.name();
    let id = pair.command(command);
    pair.run(10);
    assert!(pair.accepted(id), "{name}: {:?}", pair.outcome(id));
}

/// The first second after the pile is back, with prices that wait for it.
fn pushed_at_login(pair: &mut Pair) -> kernel::CommandId {
    pair.restart_platform();
    let logins = pair.told(0x02);
    while pair.told(0x02) == logins {
        pair.run(1);
    }
    pair.command(Command::PushTariff(tariff(2)))
}

#[test]
fn prices_reach_a_pile_within_seconds_of_its_login() {
    let mut pair = Pair::dc();
    let id = pushed_at_login(&mut pair);
    pair.run(3);
    assert!(pair.accepted(id), "{:?}", pair.outcome(id));
    // It does not hear the question.
    let mut pair = Pair::dc();
    pair.lose = Some(Box::new(|_, raw| matches!(raw[5], 0x12 | 0x13)));
    let id = pushed_at_login(&mut pair);
    pair.run(12);
    assert!(pair.accepted(id), "{:?}", pair.outcome(id));
    // It charges.
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(120);
    let id = pushed_at_login(&mut pair);
    pair.run(60);
    assert_eq!(pair.told(0x58), 0);
    pair.act(&pile::Action::Button(PortNo(1)));
    pair.run(5);
    assert!(pair.accepted(id), "{:?}", pair.outcome(id));
}

#[test]
fn every_plain_command_is_carried_out() {
    let mut pair = Pair::dc();
    does(&mut pair, Command::SyncTime);
    does(
        &mut pair,
        Command::QueryPort {
            port: Some(PortNo(2)),
        },
    );
    does(
        &mut pair,
        Command::SetPowerLimit {
            port: None,
            limit: PowerLimit::Percent(50),
        },
    );
    does(
        &mut pair,
        Command::SetService {
            port: None,
            in_service: false,
        },
    );
    pair.plug(1);
    let refused = pair.start(1, 1, 1_000);
    pair.run(10);
    assert!(matches!(pair.outcome(refused), Some(Outcome::Refused(_))));
    does(
        &mut pair,
        Command::SetService {
            port: None,
            in_service: true,
        },
    );
    does(
        &mut pair,
        Command::MoveGroundLock {
            port: PortNo(2),
            raise: true,
        },
    );
    does(
        &mut pair,
        Command::SetQr {
            port: None,
            text: "https://example.com/g?no=".to_owned(),
        },
    );
}

#[test]
fn a_balance_update_prolongs_a_charge() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 500);
    pair.run(60);
    does(
        &mut pair,
        Command::UpdateBalance {
            port: PortNo(1),
            order: order(1),
            balance: Fen(1_500),
            physical_card: None,
        },
    );
    pair.run(1_200);
    assert_eq!(pair.ends()[0].device_amount, Some(Fen(1_500)));
}

#[test]
fn cards_are_removed_and_asked_for() {
    let mut pair = Pair::dc();
    let physical = |from: u32, to: u32| -> Vec<String> {
        (from..to).map(|card| format!("{card:016X}")).collect()
    };
    let cards = physical(0, 40)
        .into_iter()
        .zip(1_u32..)
        .map(|(physical, number)| device::OfflineCard {
            card_no: number.to_string(),
            physical,
        })
        .collect();
    // More than one frame holds.
    does(&mut pair, Command::StoreCards { cards });
    assert_eq!(pair.told(0x44), 4);
    does(
        &mut pair,
        Command::QueryCards {
            physical: physical(30, 50),
        },
    );
    does(
        &mut pair,
        Command::RemoveCards {
            physical: physical(0, 40),
        },
    );
    assert_eq!(pair.told(0x46), 2);
}

#[test]
fn a_restart_is_followed_by_a_login() {
    let mut pair = Pair::dc();
    does(&mut pair, Command::Restart { when_idle: false });
    pair.run(30);
    assert_eq!(pair.connections, 2);
    assert_eq!(pair.told(0x02), 2);
}

fn update(when_idle: bool) -> Command {
    Command::UpdateFirmware {
        target: FirmwareTarget::Main,
        source: FirmwareSource::Ftp {
            host: Ipv4Addr::new(192, 0, 2, 1),
            port: 21,
            file: "ykc/V5.0.1".to_owned(),
            user: Some("user".to_owned()),
            password: Some("word".to_owned()),
            when_idle,
        },
    }
}

#[test]
fn an_update_is_answered_when_it_was_tried_and_shows_in_the_login() {
    for kind in [Kind::Dc, Kind::Ac] {
        let mut pair = Pair::new(Setup::new(ID, kind));
        let command = pair.command(update(false));
        pair.run(20);
        assert!(!pair.accepted(command), "still fetching");
        pair.run(30);
        assert!(
            pair.accepted(command),
            "{kind:?}: {:?}",
            pair.outcome(command)
        );
        pair.run(30);
        let firmware = pair.found(|event| match event {
            device::Event::Registered(registration) => registration.firmware.clone(),
            _ => None,
        });
        assert_eq!(firmware.last().map(String::as_str), Some("V5.0.1"));
    }
}
