//! All other commands: frames, answers, refusals, waiting.

use super::stops::control;
use super::{CODE, Rig, ascii, blank, plan, sealed, status, stop};
use device::{
    Command, CommandFault, Event, Link as _, Outcome, ParamContent, ParamValue, PowerLimit,
    Profile, Protocol as _,
};
use infypower::Infypower;
use infypower::codes::{CommandResult, ControlAddress, NumberParam, ParamOp, TextParam, WorkState};
use infypower::message::{Body, Characters, CharactersAnswer, Numbers, NumbersAnswer};
use infypower::value::HexTail;
use kernel::{CommandId, PortNo};
use std::time::Duration;
use wire::Tail;

fn numbers(op: ParamOp, first: NumberParam, result: u8, values: &[u32]) -> Vec<u8> {
    let mut message: NumbersAnswer = blank(43);
    message.pile_code = ascii(CODE);
    message.op = op;
    message.start_addr = first;
    message.result = CommandResult::from(result);
    message.params = Tail(values.to_vec());
    sealed(2, message)
}

fn text(op: ParamOp, addr: TextParam, result: u8, data: &[u8]) -> Vec<u8> {
    let mut message: CharactersAnswer = blank(42);
    message.pile_code = ascii(CODE);
    message.op = op;
    message.addr = addr;
    message.result = CommandResult::from(result);
    message.data = HexTail(data.to_vec());
    sealed(4, message)
}

fn param(id: &str, value: impl Into<ParamContent>) -> ParamValue {
    ParamValue {
        id: id.to_owned(),
        value: value.into(),
    }
}

fn set(values: Vec<ParamValue>) -> Command {
    Command::SetParams {
        socket: None,
        values,
        via: None,
    }
}

fn last_numbers(rig: &Rig) -> Numbers {
    match rig.last(1) {
        Body::Numbers(message) => message,
        other => panic!("{other:?}"),
    }
}

fn last_text(rig: &Rig) -> Characters {
    match rig.last(3) {
        Body::Characters(message) => message,
        other => panic!("{other:?}"),
    }
}

pub(super) fn data(rig: &Rig, id: CommandId) -> String {
    match rig.outcome(id) {
        Some(Outcome::Accepted {
            data: Some(data), ..
        }) => data,
        other => panic!("{other:?}"),
    }
}

#[test]
fn parameters_are_set_one_by_one() {
    let mut rig = Rig::ready();
    let id = rig.command(set(vec![
        param("heartbeat_period_s", 30),
        param("23", 60),
        param("hot_line_1", "400-800-1234"),
    ]));
    let first = last_numbers(&rig);
    assert_eq!(
        (first.op, first.start_addr),
        (ParamOp::Set, NumberParam::HeartbeatPeriod)
    );
    assert_eq!(
        (first.count, first.param_len, first.params.0),
        (1, 4, vec![30])
    );
    rig.hear(&numbers(ParamOp::Set, NumberParam::HeartbeatPeriod, 0, &[]));
    rig.hear(&numbers(ParamOp::Set, NumberParam::StatusPeriod, 0, &[]));
    let line = last_text(&rig);
    assert_eq!(
        (line.addr, line.data.0.len()),
        (TextParam::HotLine1, 16),
        "padded"
    );
    assert!(!rig.is_accepted(id));
    rig.hear(&text(ParamOp::Set, TextParam::HotLine1, 0, &[]));
    assert!(rig.is_accepted(id));
    assert_eq!(rig.said(), [1, 1, 3]);
}

#[test]
fn server_address_and_port_go_together() {
    let mut rig = Rig::ready();
    rig.command(set(vec![
        param("server_port", 9303),
        param("server_address", "192.168.1.123"),
    ]));
    let sent = last_numbers(&rig);
    assert_eq!(
        (sent.start_addr, sent.count),
        (NumberParam::ServerAddress, 2)
    );
    assert_eq!(sent.params.0, [2_063_706_304, 9303]);
    let fault = Infypower.check(&Profile::default(), &set(vec![param("server_port", 1)]));
    assert!(matches!(fault, Err(CommandFault::OutOfRange { .. })));
}

#[test]
fn what_may_not_be_set_is_refused() {
    for (id, value) in [
        ("heartbeat_period_s", ParamContent::from(2)),
        ("heartbeat_period_s", ParamContent::from("30")),
        ("2", 5.into()),
        ("administrator_password", "x".into()),
        ("hot_line_1", "0123456789012345".into()),
        ("server_address", "300.1.1.1".into()),
    ] {
        let command = set(vec![param(id, value)]);
        assert!(
            Infypower.check(&Profile::default(), &command).is_err(),
            "{id}"
        );
        let mut rig = Rig::ready();
        let refused = rig.command(command);
        rig.refusal(refused);
        assert_eq!(rig.said(), Vec::<u16>::new());
    }
}

#[test]
fn a_refused_parameter_ends_the_setting() {
    let mut rig = Rig::ready();
    let id = rig.command(set(vec![param("20", 30), param("21", 30)]));
    rig.hear(&numbers(ParamOp::Set, NumberParam::ReportInterval, 1, &[]));
    assert_eq!(rig.refusal(id).code, Some(1));
    assert_eq!(rig.said(), [1]);
}

#[test]
fn parameters_are_read_and_told() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::QueryParams { socket: None });
    rig.hear(&numbers(
        ParamOp::Query,
        NumberParam::SignInInterval,
        0,
        &[30],
    ));
    let values = [15, 20, 3, 15, 0, 0x0100_007F, 9303];
    rig.hear(&numbers(
        ParamOp::Query,
        NumberParam::ReportInterval,
        0,
        &values,
    ));
    let clock = hex::decode("20241020150000FF").expect("hex");
    rig.hear(&text(ParamOp::Query, TextParam::Clock, 0, &clock));
    let told = rig.find(|event| match event {
        Event::Params { values, .. } => Some(values.clone()),
        _ => None,
    });
    let told = told.expect("told");
    let of = |name: &str| {
        told.iter()
            .find(|(of, _)| of == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(of("signin_interval_min"), Some(30.into()));
    assert_eq!(of("heartbeat_period_s"), Some(20.into()));
    assert_eq!(of("server_address"), Some("127.0.0.1".into()));
    assert_eq!(of("clock"), Some("2024-10-20 15:00:00".into()));
    assert_eq!(of("number_24"), Some(0.into()));
    assert!(data(&rig, id).contains("\"server_port\":9303"));
}

#[test]
fn what_a_pile_does_not_know_is_left_out() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::QueryParams { socket: None });
    rig.hear(&numbers(
        ParamOp::Query,
        NumberParam::SignInInterval,
        0,
        &[30],
    ));
    rig.hear(&numbers(
        ParamOp::Query,
        NumberParam::ReportInterval,
        1,
        &[],
    ));
    rig.wait(Duration::from_secs(11));
    assert!(data(&rig, id).contains("missing"));
}

#[test]
fn the_time_is_set_on_demand() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::SyncTime);
    let sent = last_text(&rig);
    assert_eq!((sent.addr, sent.param_len), (TextParam::Clock, 8));
    rig.hear(&text(ParamOp::Set, TextParam::Clock, 0, &[]));
    assert!(rig.is_accepted(id));
}

#[test]
fn a_restart_that_is_denied_and_done_is_done() {
    for result in [0, 1] {
        let mut rig = Rig::ready();
        let id = rig.command(Command::Restart { when_idle: false });
        rig.hear(&control(0, ControlAddress::Restart, result));
        assert_eq!(data(&rig, id), format!("{{\"result\":{result}}}"));
    }
}

#[test]
fn qr_codes_go_where_the_dialect_has_them() {
    for (dialect, port, address, length) in [
        ("infypower-3.0", None, 7, 256),
        ("infypower-3.0", Some(1), 14, 20),
        ("lvneng-3.4", Some(2), 14, 20),
        ("lvneng-3.4", Some(1), 13, 20),
        ("shenghong-5.3", None, 7, 256),
    ] {
        let mut rig = Rig::pinned(&[("dialect", dialect)]);
        let id = rig.command(Command::SetQr {
            port: port.map(PortNo),
            text: "https://example.org/".to_owned(),
        });
        let sent = last_text(&rig);
        assert_eq!(
            (u32::from(sent.addr), sent.data.0.len()),
            (address, length),
            "{dialect}"
        );
        rig.hear(&text(ParamOp::Set, sent.addr, 0, &[]));
        assert!(rig.is_accepted(id));
    }
    let nowhere = Command::SetQr {
        port: Some(PortNo(2)),
        text: "x".to_owned(),
    };
    let fault = Infypower.check(&Profile::default(), &nowhere);
    assert!(matches!(fault, Err(CommandFault::NotSupported(_))));
}

#[test]
fn a_query_is_answered_by_the_status_of_each_gun() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::QueryPort { port: None });
    rig.hear(&control(1, ControlAddress::StatusNow, 0));
    rig.hear(&sealed(104, status(1, WorkState::Idle)));
    assert!(!rig.is_accepted(id));
    rig.hear(&sealed(104, status(2, WorkState::Idle)));
    assert!(rig.is_accepted(id));
    let id = rig.command(Command::QueryPort {
        port: Some(PortNo(1)),
    });
    rig.hear(&control(1, ControlAddress::StatusNow, 1));
    rig.refusal(id);
    let id = rig.command(Command::QueryPort {
        port: Some(PortNo(1)),
    });
    rig.wait(Duration::from_secs(21));
    assert_eq!(rig.outcome(id), Some(Outcome::Lapsed { attempts: 2 }));
}

#[test]
fn service_is_suspended_with_the_next_sign_in_of_v53() {
    let command = |in_service| Command::SetService {
        port: None,
        in_service,
    };
    let fault = Infypower.check(&Profile::default(), &command(false));
    assert!(matches!(fault, Err(CommandFault::NotSupported(_))));
    let mut rig = Rig::pinned(&[("dialect", "shenghong-5.3")]);
    let id = rig.command(command(false));
    rig.hear(&control(0, ControlAddress::SignInNow, 0));
    assert!(rig.is_accepted(id));
    rig.hear(&sealed(106, super::sign_in()));
    let Body::SignInAnswer(answer) = rig.last(105) else {
        panic!("a sign-in answer");
    };
    let keys = answer.random.get().expect("152").keys.get().expect("152");
    let service = keys.service.get().expect("152");
    assert_eq!((service.service_flag, service.use_222), (0x55, 1));
    assert!(service.platform_time.instant().is_some());
}

#[test]
fn vendor_commands_are_listed_and_checked() {
    let vendor = |name: &str, values: Vec<ParamValue>| Command::Vendor {
        name: name.to_owned(),
        values,
    };
    let names: Vec<_> = Infypower
        .vendor_commands()
        .iter()
        .map(|command| command.name)
        .collect();
    assert_eq!(
        names,
        [
            "read_numbers",
            "read_text",
            "sign_in_now",
            "cancel_reservation"
        ]
    );
    for bad in [
        vendor("start_blind", vec![]),
        vendor("read_text", vec![param("address", 4)]),
        vendor(
            "read_numbers",
            vec![param("address", 1), param("count", 11)],
        ),
        vendor("sign_in_now", vec![param("x", 1)]),
        vendor("cancel_reservation", vec![]),
    ] {
        assert!(
            Infypower.check(&Profile::default(), &bad).is_err(),
            "{bad:?}"
        );
        let mut rig = Rig::ready();
        let id = rig.command(bad);
        rig.refusal(id);
    }
    let mut rig = Rig::ready();
    let id = rig.command(vendor(
        "read_numbers",
        vec![param("address", 35), param("count", 2)],
    ));
    rig.hear(&numbers(
        ParamOp::Query,
        NumberParam::OverVoltageLimit,
        0,
        &[750, 200],
    ));
    assert_eq!(data(&rig, id), "{\"number_35\":750,\"number_36\":200}");
    let id = rig.command(vendor("read_text", vec![param("address", 13)]));
    rig.hear(&text(
        ParamOp::Query,
        TextParam::Domain,
        0,
        b"pile.example.org\0\0",
    ));
    assert_eq!(data(&rig, id), "{\"text_13\":\"pile.example.org\"}");
    let id = rig.command(vendor("cancel_reservation", vec![param("port_no", 2)]));
    rig.hear(&control(2, ControlAddress::CancelReservation, 0));
    assert!(rig.is_accepted(id));
}

#[test]
fn commands_of_other_families_are_refused_in_words() {
    let order = super::order();
    for command in [
        Command::AdjustCharge {
            port: PortNo(1),
            order,
            duration_s: Some(1),
            energy: None,
        },
        Command::UpdateBalance {
            port: PortNo(1),
            order,
            balance: kernel::Fen(1),
            physical_card: None,
        },
        Command::SetPowerLimit {
            port: None,
            limit: PowerLimit::Percent(50),
        },
        Command::MoveGroundLock {
            port: PortNo(1),
            raise: true,
        },
        Command::StoreCards { cards: vec![] },
        Command::QueryCards { physical: vec![] },
        Command::RemoveCards { physical: vec![] },
        Command::SetService {
            port: None,
            in_service: true,
        },
    ] {
        let fault = Infypower.check(&Profile::default(), &command);
        assert!(
            matches!(fault, Err(CommandFault::NotSupported(_))),
            "{command:?}"
        );
        let mut rig = Rig::ready();
        let id = rig.command(command);
        assert!(
            rig.refusal(id)
                .text
                .starts_with("not supported by this device")
        );
    }
}

#[test]
fn one_command_at_a_time() {
    let mut rig = Rig::ready();
    let first = rig.command(Command::QueryTariff);
    let second = rig.command(Command::QueryParams { socket: None });
    assert_eq!(rig.said(), [1101]);
    rig.wait(Duration::from_secs(11));
    assert!(matches!(
        rig.outcome(first),
        Some(Outcome::Lapsed { attempts: 1 })
    ));
    assert_eq!(rig.said(), [1101, 1]);
    assert!(matches!(rig.outcome(second), Some(Outcome::Written { .. })));
}

#[test]
fn too_many_commands_are_refused_and_unwritten_ones_can_be_taken_back() {
    let mut rig = Rig::ready();
    let ids: Vec<_> = (0..100)
        .map(|_| rig.command(Command::QueryTariff))
        .collect();
    let refused = ids
        .iter()
        .filter(|id| matches!(rig.outcome(**id), Some(Outcome::Refused(_))));
    assert_eq!(refused.count(), 36);
    assert!(!rig.link.withdraw(ids[0]), "written");
    assert!(rig.link.withdraw(ids[1]));
    assert!(!rig.link.withdraw(ids[1]));
}

#[test]
fn a_command_that_is_here_already_is_not_taken_twice() {
    let mut rig = Rig::ready();
    rig.command(Command::QueryTariff);
    let before = rig.said().len();
    let dispatch = device::Dispatch {
        id: CommandId(1),
        device: CODE.parse().expect("an id"),
        command: Command::QueryTariff,
        msg_id: 9,
        attempted: true,
        image: None,
    };
    rig.link.command(dispatch, rig.now, &mut rig.out);
    rig.wait(Duration::from_secs(11));
    assert_eq!(rig.said().len(), before);
}

#[test]
fn what_may_wait_for_a_pile_that_is_away() {
    assert!(!Infypower.queues(&Command::StartCharge(plan(1))));
    assert!(!Infypower.queues(&stop(1)));
    assert!(Infypower.queues(&Command::PushTariff(super::tariff::table())));
    assert_eq!(Infypower.offline_policy(), device::OfflinePolicy::Hold);
}

#[test]
fn requests_of_the_pile_that_are_not_offered_are_answered() {
    let mut rig = Rig::ready();
    let mut body = vec![0; 42];
    body[4..17].copy_from_slice(CODE.as_bytes());
    rig.hear(&super::raw(10, &body));
    rig.hear(&super::raw(110, &[1, 2, 3]));
    rig.hear(&super::raw(1202, &[0; 48]));
    assert_eq!(rig.said(), [9, 109, 1201]);
    let Body::LoginAnswer(answer) = rig.last(1201) else {
        panic!("a login answer");
    };
    assert_eq!(answer.aes_mode, 3);
}
