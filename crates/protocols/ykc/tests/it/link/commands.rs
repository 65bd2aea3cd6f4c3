//! Which commands a pile can be given.

use super::{Desk, PILE, phy, plan, start, stop};
use device::{
    Command, CommandFault, FirmwareSource, FirmwareTarget, OfflineCard, ParamValue, PowerLimit,
    PowerTier, Profile, Protocol, SocketEntry,
};
use kernel::{Fen, PortNo, Power};
use ykc::Ykc;

fn check(command: &Command) -> Result<(), CommandFault> {
    Ykc.check(&Profile::default(), command)
}

fn unsupported(command: &Command) -> bool {
    matches!(check(command), Err(CommandFault::NotSupported(_)))
}

fn out_of_range(command: &Command) -> bool {
    matches!(check(command), Err(CommandFault::OutOfRange { .. }))
}

fn changed(change: impl FnOnce(&mut device::ChargePlan)) -> Command {
    let mut plan = plan(1);
    change(&mut plan);
    Command::StartCharge(plan)
}

#[test]
fn what_there_is_not_is_said_so() {
    let socket = || SocketEntry {
        socket_no: 1,
        mac: "001122334455".to_owned(),
    };
    for command in [
        Command::AdjustCharge {
            port: PortNo(1),
            order: super::order_no(),
            duration_s: Some(1),
            energy: None,
        },
        Command::SetParams {
            socket: None,
            values: Vec::new(),
            via: None,
        },
        Command::QueryParams { socket: None },
        Command::QueryTariff,
        Command::QueryHistory { first: 1, count: 2 },
        Command::AddSocket(socket()),
        Command::SetQr {
            port: Some(PortNo(1)),
            text: "x".to_owned(),
        },
        Command::SetPowerLimit {
            port: None,
            limit: PowerLimit::Power(Power::from_watts(7_000)),
        },
        Command::SetService {
            port: Some(PortNo(1)),
            in_service: true,
        },
        Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source: FirmwareSource::Image {
                hex: "00".to_owned(),
            },
        },
        Command::Vendor {
            name: "format".to_owned(),
            values: Vec::new(),
        },
        changed(|plan| {
            plan.tiers = vec![PowerTier {
                up_to: Power(1),
                price: Fen(1),
                minutes: 1,
            }];
        }),
        changed(|plan| plan.power_limit = Some(Power(1))),
    ] {
        assert!(unsupported(&command), "{command:?}");
        let mut desk = Desk::new();
        let id = desk.command(command);
        assert!(desk.refusal(id).1.starts_with("not supported"));
        assert!(desk.said().is_empty());
    }
}

#[test]
fn limits_are_kept() {
    let card = |card_no: &str, physical: &str| Command::StoreCards {
        cards: vec![OfflineCard {
            card_no: card_no.to_owned(),
            physical: physical.to_owned(),
        }],
    };
    for command in [
        start(0),
        start(33),
        stop(256),
        changed(|plan| plan.serial = Some("1".to_owned())),
        changed(|plan| plan.serial = Some("0".repeat(32))),
        changed(|plan| plan.amount = Fen(-1)),
        changed(|plan| plan.amount = Fen(1 << 40)),
        changed(|plan| plan.parallel = Some("2410".to_owned())),
        changed(|plan| plan.physical_card = Some("xyz".to_owned())),
        Command::SetPowerLimit {
            port: None,
            limit: PowerLimit::Percent(29),
        },
        Command::SetQr {
            port: None,
            text: "x".repeat(201),
        },
        Command::SetQr {
            port: None,
            text: String::new(),
        },
        Command::StoreCards { cards: Vec::new() },
        card("12345678901234567", "01"),
        card("12A4", "01"),
        card("1234", ""),
        card("1234", "0g"),
        Command::RemoveCards {
            physical: vec!["1".repeat(17)],
        },
        Command::QueryCards {
            physical: vec![String::from("01"); 1001],
        },
        Command::UpdateBalance {
            port: PortNo(1),
            order: super::order_no(),
            balance: Fen(-1),
            physical_card: None,
        },
        Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source: FirmwareSource::Ftp {
                host: std::net::Ipv4Addr::LOCALHOST,
                port: 21,
                file: "f".repeat(33),
                user: None,
                password: None,
                when_idle: false,
            },
        },
        Command::Vendor {
            name: "stop_gun".to_owned(),
            values: vec![ParamValue {
                id: "gun_no".to_owned(),
                value: 33.into(),
            }],
        },
        Command::Vendor {
            name: "stop_gun".to_owned(),
            values: vec![ParamValue {
                id: "gun".to_owned(),
                value: 1.into(),
            }],
        },
    ] {
        assert!(out_of_range(&command), "{command:?}");
    }
    assert!(check(&card("0000001000000573", "00000000D14B0A54")).is_ok());
    assert!(
        Ykc.vendor_commands()
            .iter()
            .all(|command| command.dangerous)
    );
}

#[test]
fn every_command_has_its_number() {
    let none = Profile::default();
    for (command, number) in [
        (start(1), Some(0x34)),
        (
            changed(|plan| plan.parallel = Some("241020150000".to_owned())),
            Some(0xA4),
        ),
        (stop(1), Some(0x36)),
        (Command::QueryPort { port: None }, Some(0x12)),
        (Command::SyncTime, Some(0x56)),
        (Command::Restart { when_idle: true }, Some(0x92)),
        (Command::QueryTariff, None),
    ] {
        assert_eq!(Ykc.wire_command(&none, &command), number);
    }
}

#[test]
fn a_connection_speaks_for_its_own_piles_only() {
    let mut desk = Desk::fresh(Profile::default());
    let id = desk.command(start(1));
    assert_eq!(
        desk.refusal(id).1,
        "this connection does not carry the device"
    );
    assert_eq!(phy(PILE).as_str(), PILE);
}

#[test]
fn an_adopted_pile_is_given_its_commands_after_its_login() {
    let mut desk = Desk::new();
    desk.ours = false;
    desk.up(super::login_of("32010600019238"));
    let device = phy("32010600019238");
    desk.call(|link, now, out| {
        let known = device::Admission::Known(Profile::default());
        device::Link::admit(link, &device, known, now, out);
    });
    let dispatch = device::Dispatch {
        id: kernel::CommandId(50),
        device: device.clone(),
        command: Command::Restart { when_idle: true },
        msg_id: 1,
        attempted: false,
        image: None,
    };
    desk.said();
    desk.call(|link, now, out| device::Link::command(link, dispatch, now, out));
    assert!(desk.said().is_empty(), "not before it has logged in");
    desk.up(super::login_of("32010600019238"));
    let kinds = desk.kinds();
    assert!(kinds.contains(&ykc::codes::FrameType::LoginAnswer));
    assert!(kinds.contains(&ykc::codes::FrameType::Reboot));
}

#[test]
fn a_pinned_trait_counts_from_then_on() {
    let mut desk = Desk::new();
    let mut profile = super::pinned("crc_tx_order", "hi_lo");
    profile.learnt.clear();
    device::Link::reprofile(&mut desk.link, &phy(PILE), profile);
    desk.up(super::beat(1));
    assert_eq!(desk.last().order, ykc::frame::CrcOrder::HighLow);
    desk.command(Command::SetPowerLimit {
        port: None,
        limit: PowerLimit::Percent(80),
    });
    assert_eq!(desk.kinds(), [ykc::codes::FrameType::Work]);
}
