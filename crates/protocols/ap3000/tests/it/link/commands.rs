//! All other commands: what each writes, what its answer means, what is refused and why.

use super::{Desk, HOST, SOCKET, fault, learnt, order, order_hex, pinned, plan, stop};
use ap3000::Ap3000;
use device::{
    ChargeMode, ChargePlan, Command, FirmwareSource, FirmwareTarget, Outcome, ParamContent,
    ParamValue, PowerLimit, PowerTier, Profile, Protocol as _, TariffTable,
};
use kernel::{Energy, Fen, PortNo, Power};

fn number(id: &str, value: i64) -> ParamValue {
    ParamValue {
        id: id.to_owned(),
        value: value.into(),
    }
}

fn text(id: &str, value: &str) -> ParamValue {
    ParamValue {
        id: id.to_owned(),
        value: value.into(),
    }
}

pub(super) fn vendor(name: &str, values: Vec<ParamValue>) -> Command {
    Command::Vendor {
        name: name.to_owned(),
        values,
    }
}

fn adjust(port: u16, sequence: u16, duration_s: Option<u32>, energy: Option<Energy>) -> Command {
    Command::AdjustCharge {
        port: PortNo(port),
        order: order(sequence),
        duration_s,
        energy,
    }
}

#[test]
fn vendor_commands_are_the_documented_frames() {
    let hello = hex::encode("hello");
    let cases = [
        (
            vendor("locate", vec![number("seconds", 10)]),
            0x96,
            "0a".to_owned(),
            SOCKET,
        ),
        (
            vendor("mute", vec![number("mute", 1)]),
            0x97,
            "01".to_owned(),
            SOCKET,
        ),
        (
            vendor("open_door", vec![number("port", 3)]),
            0x98,
            "0002".to_owned(),
            SOCKET,
        ),
        (
            vendor("set_work_mode", vec![number("work_mode", 0)]),
            0x8D,
            "00".to_owned(),
            SOCKET,
        ),
        (
            vendor("set_card_billing", vec![number("tc_mode", 3)]),
            0x8F,
            "03".to_owned(),
            SOCKET,
        ),
        (
            vendor(
                "stop_locked",
                vec![number("port", 3), text("order", order(7).as_str())],
            ),
            0x72,
            format!("02{}", order_hex(7)),
            SOCKET,
        ),
        (
            vendor("show_qr", vec![text("qr_text", "hello")]),
            0x95,
            format!("{hello:0<400}"),
            SOCKET,
        ),
        (vendor("erase_memory", vec![]), 0x88, String::new(), SOCKET),
        (vendor("reboot_host", vec![]), 0x31, String::new(), HOST),
        (vendor("reboot_modem", vec![]), 0x32, String::new(), HOST),
        (vendor("drop_upgrade", vec![]), 0x33, String::new(), HOST),
        (
            vendor(
                "set_server",
                vec![
                    text("address", "hello"),
                    number("server_port", 8888),
                    number("module_type", 3),
                    number("socket_b", 1),
                ],
            ),
            0x34,
            format!("b8220301{hello:0<92}"),
            HOST,
        ),
        (
            vendor(
                "set_radio",
                vec![
                    number("frequency", 470),
                    text("devices", "04A26CF3,04A228CD"),
                ],
            ),
            0x3A,
            "d60100000002f36ca204cd28a204".to_owned(),
            HOST,
        ),
    ];
    for (command, cmd, data, device) in cases {
        for answer in [0, 1] {
            let mut desk = Desk::new();
            desk.idle(device);
            desk.seconds(5);
            desk.forget();
            let id = desk.dispatch(device, command.clone(), false);
            assert_eq!(desk.said(), [(cmd, data.clone())]);
            let wire = Ap3000.wire_command(&Profile::default(), &command);
            assert_eq!(wire, Some(u16::from(cmd)));
            let order = if cmd == 0x72 {
                order_hex(7)
            } else {
                String::new()
            };
            desk.up_as(device, 101, cmd, &format!("{answer:02x}{order}"));
            assert_eq!(desk.accepted(id), answer == 0);
        }
    }
}

#[test]
fn memory_is_read_and_shown() {
    let read = vendor(
        "read_eeprom",
        vec![number("address", 16), number("length", 4)],
    );
    let mut desk = Desk::new();
    let id = desk.command(read);
    assert_eq!(desk.last().data, "100004");
    desk.reply("00deadbeef");
    let Outcome::Accepted { data, .. } = desk.outcome(id) else {
        panic!("read");
    };
    assert_eq!(data.as_deref(), Some(r#"{"data_hex":"DEADBEEF"}"#));
}

#[test]
fn restarts_need_no_answer_once_the_device_is_back() {
    let mut desk = Desk::new();
    let id = desk.command(Command::Restart { when_idle: true });
    assert_eq!(desk.said(), [(0x87, String::new())]);
    desk.up(SOCKET, 0x20, "8002020a3106");
    assert!(desk.accepted(id));
    let mut desk = Desk::new();
    let id = desk.command(Command::Restart { when_idle: false });
    desk.seconds(16);
    assert_eq!(desk.written(0x87), 1, "not twice");
    assert!(desk.lapsed(id));
    let mut desk = Desk::new();
    desk.states(SOCKET, 1, 0);
    let id = desk.command(Command::Restart { when_idle: true });
    assert_eq!(desk.refusal(id), "a socket of this device charges");
    let mut desk = Desk::new();
    desk.idle(HOST);
    desk.seconds(1);
    desk.dispatch(HOST, Command::Restart { when_idle: false }, false);
    assert_eq!(desk.last().cmd, 0x31);
}

#[test]
fn a_question_is_answered_by_the_next_heartbeat() {
    let mut desk = Desk::new();
    let first = desk.command(Command::QueryPort { port: None });
    let second = desk.command(Command::QueryPort {
        port: Some(PortNo(1)),
    });
    assert_eq!(
        desk.said(),
        [(0x81, String::new())],
        "one question for both"
    );
    desk.up(SOCKET, 0x20, "8002020a3106");
    assert!(desk.is_open(first), "a registration tells no states");
    desk.idle(SOCKET);
    assert!(desk.accepted(first) && desk.accepted(second));
    let third = desk.command(vendor("query_versions", vec![]));
    desk.seconds(40);
    assert!(desk.lapsed(third));
    assert_eq!(desk.written(0x81), 2);
}

#[test]
fn running_charges_are_changed_only_by_their_order() {
    let mut desk = Desk::new();
    let unknown = desk.command(adjust(1, 1, Some(5400), None));
    assert_eq!(
        desk.refusal(unknown),
        "the socket has not said yet which order it runs"
    );
    desk.power(0, 300, 4, &order_hex(1));
    let other = desk.command(adjust(1, 2, Some(5400), None));
    assert_eq!(desk.refusal(other), "the socket runs another order");
    let id = desk.command(adjust(1, 1, Some(5400), None));
    assert_eq!(
        (desk.last().cmd, desk.last().data.as_str()),
        (0x8A, "01001815")
    );
    desk.reply("00");
    assert!(desk.accepted(id));
    desk.seconds(1);
    let id = desk.command(adjust(1, 1, None, Some(Energy::from_centi_kwh(120))));
    assert_eq!(desk.last().data, "02007800");
    desk.reply("02");
    assert_eq!(desk.refusal(id), "the value is below what has passed");
    // It has ended meanwhile.
    desk.settle(0, 600, 8, 1, &order_hex(1));
    let id = desk.command(adjust(1, 1, Some(5400), None));
    assert!(desk.refusal(id).contains("has not said"));
}

#[test]
fn a_changed_time_goes_on_when_full_where_an_operator_wants_it() {
    let mut desk = Desk::with(pinned("stop_when_full", "0"));
    desk.power(0, 300, 4, &order_hex(1));
    desk.command(adjust(1, 1, Some(5400), None));
    assert_eq!(
        (desk.last().cmd, desk.last().data.as_str()),
        (0x8A, "00001815")
    );
}

#[test]
fn the_qr_address_belongs_to_the_device() {
    let mut desk = Desk::new();
    let id = desk.command(Command::SetQr {
        port: None,
        text: "http://example.com/q".to_owned(),
    });
    let wanted = format!("01000000{:0<144}", hex::encode("http://example.com/q"));
    assert_eq!(desk.said(), [(0x8E, wanted)]);
    desk.up_as(SOCKET, 101, 0x8E, "00");
    assert!(desk.accepted(id));
}

#[test]
fn memory_is_not_erased_while_something_could_be_lost() {
    let erase = || vendor("erase_memory", vec![]);
    let mut desk = Desk::new();
    desk.power(0, 300, 4, &order_hex(1));
    let id = desk.command(erase());
    assert_eq!(desk.refusal(id), "a socket of this device charges");
    let mut desk = Desk::new();
    desk.stores = false;
    desk.settle(0, 300, 4, 1, &order_hex(1));
    let id = desk.command(erase());
    assert_eq!(
        desk.refusal(id),
        "a settlement of this device is not stored yet"
    );
}

#[test]
fn self_upgrades_are_sent_once() {
    let mut desk = Desk::new();
    let id = desk.command(vendor("self_upgrade", vec![]));
    assert!(desk.accepted(id));
    desk.seconds(60);
    assert_eq!(desk.written(0xE4), 1);
}

#[test]
fn what_is_never_sent_is_refused_with_its_reason() {
    let any = Profile::default();
    for (name, why) in [
        ("set_card_keys", "cards would become unreadable"),
        ("read_card_keys", "in logs"),
        ("write_eeprom", "never written"),
        ("play_voice", "no device"),
    ] {
        let told = fault(&any, &vendor(name, vec![]));
        assert!(told.contains(why), "{told}");
    }
    assert!(fault(&any, &vendor("format_disk", vec![])).contains("no command of this family"));
    let stray = vendor("locate", vec![number("seconds", 1), number("volume", 3)]);
    assert!(fault(&any, &stray).contains("volume"));
    for wrong in [
        vendor("locate", vec![]),
        vendor("locate", vec![number("seconds", 0)]),
        vendor("locate", vec![text("seconds", "long")]),
        vendor("set_card_billing", vec![number("tc_mode", 2)]),
        vendor("open_door", vec![number("port", 17)]),
        vendor("show_qr", vec![text("qr_text", "é")]),
        vendor(
            "set_radio",
            vec![number("frequency", 470), text("devices", "nobody")],
        ),
        vendor("stop_locked", vec![number("port", 1), text("order", "x")]),
    ] {
        fault(&any, &wrong);
    }
}

#[test]
fn other_families_commands_are_refused_in_words() {
    let any = Profile::default();
    let cases = [
        (Command::SyncTime, "by themselves"),
        (Command::QueryTariff, "no prices"),
        (
            Command::PushTariff(TariffTable {
                model: 1,
                rates: vec![],
                slots: vec![],
            }),
            "no prices",
        ),
        (Command::StoreCards { cards: vec![] }, "by their key"),
        (
            Command::QueryHistory { first: 1, count: 1 },
            "by themselves",
        ),
        (
            Command::SetPowerLimit {
                port: None,
                limit: PowerLimit::Percent(50),
            },
            "cannot draw less",
        ),
        (
            Command::UpdateBalance {
                port: PortNo(1),
                order: order(1),
                balance: Fen(1),
                physical_card: None,
            },
            "no limit of money",
        ),
        (
            Command::MoveGroundLock {
                port: PortNo(1),
                raise: true,
            },
            "no such command",
        ),
        (
            Command::SetService {
                port: None,
                in_service: false,
            },
            "out of service",
        ),
        (
            Command::SetQr {
                port: Some(PortNo(1)),
                text: "x".to_owned(),
            },
            "the device's",
        ),
        (
            Command::UpdateFirmware {
                target: FirmwareTarget::Main,
                source: FirmwareSource::Ftp {
                    host: "192.0.2.1".parse().expect("an address"),
                    port: 21,
                    file: "a".to_owned(),
                    user: None,
                    password: None,
                    when_idle: false,
                },
            },
            "not by FTP",
        ),
    ];
    for (command, why) in cases {
        let told = fault(&any, &command);
        assert!(told.contains(why), "{told}");
        let mut desk = Desk::new();
        let id = desk.command(command);
        assert!(desk.refusal(id).contains(why));
        assert!(desk.downs.is_empty());
    }
}

#[test]
fn values_that_the_wire_cannot_carry_are_refused() {
    let any = Profile::default();
    let wrong_plans = [
        ChargePlan {
            duration_s: Some(65_536),
            ..plan(1, 1)
        },
        ChargePlan {
            duration_s: None,
            ..plan(1, 1)
        },
        ChargePlan {
            mode: ChargeMode::Energy,
            ..plan(1, 1)
        },
        ChargePlan {
            power_limit: Some(Power(65_536)),
            ..plan(1, 1)
        },
        ChargePlan {
            tiers: vec![PowerTier {
                up_to: Power(1),
                price: Fen(1),
                minutes: 1,
            }],
            ..plan(1, 1)
        },
        plan(17, 1),
        plan(255, 1),
        ChargePlan {
            serial: Some("too short".to_owned()),
            ..plan(1, 1)
        },
    ];
    for plan in wrong_plans {
        fault(&any, &Command::StartCharge(plan));
    }
    for wrong in [
        adjust(1, 1, None, None),
        adjust(1, 1, Some(1), Some(Energy::from_wh(1000))),
        adjust(1, 1, Some(0), None),
        adjust(1, 1, Some(65_536), None),
        stop(0, 1),
        Command::QueryParams { socket: Some(1) },
        Command::SetParams {
            socket: None,
            values: vec![],
            via: None,
        },
        Command::SetParams {
            socket: None,
            values: vec![number("float_percent", 101)],
            via: None,
        },
        Command::SetParams {
            socket: None,
            values: vec![number("float_percent", 10)],
            via: Some(0x84),
        },
        Command::SetParams {
            socket: None,
            values: vec![number("heartbeat_interval_s", 1)],
            via: None,
        },
        Command::SetParams {
            socket: None,
            values: vec![ParamValue {
                id: "float_percent".to_owned(),
                value: ParamContent::Text("many".to_owned()),
            }],
            via: None,
        },
    ] {
        fault(&any, &wrong);
    }
    let host = learnt(&[("role", "host")]);
    assert!(fault(&host, &Command::QueryPort { port: None }).contains("no sockets"));
}
