//! Socket lists, voice, queries of everything; what is refused before it is sent.

use super::{Desk, phy, start};
use bkv::Bkv;
use device::{
    Command, FirmwareSource, FirmwareTarget, Outcome, Protocol as _, QuietPeriod, SocketEntry,
    VoiceSchedule,
};
use kernel::{CommandId, PortNo};

fn entry(socket_no: u8) -> SocketEntry {
    SocketEntry {
        socket_no,
        mac: "854121800889".to_owned(),
    }
}

fn list(count: u8) -> Command {
    Command::ReplaceSockets {
        channel: 5,
        sockets: (1..=count).map(entry).collect(),
    }
}

fn voice(socket: u8) -> Command {
    Command::SetVoice(VoiceSchedule {
        socket,
        hole: 1,
        buzzer: true,
        voice: false,
        periods: vec![QuietPeriod {
            start: (8, 0),
            end: (22, 30),
        }],
    })
}

#[test]
fn lists_and_voice_on_the_wire_and_their_answers() {
    for (command, cmd, body, answer) in [
        (
            list(2),
            0x0005,
            "000f08050185412180088902854121800889",
            "01",
        ),
        (
            Command::AddSocket(entry(3)),
            0x0005,
            "00070903854121800889",
            "01",
        ),
        (
            Command::RemoveSocket(entry(3)),
            0x0005,
            "00070a03854121800889",
            "01",
        ),
        (voice(1), 0x0015, "00091b01010100010800161e", "010101"),
        (voice(254), 0x0015, "00091bfe010100010800161e", "fe0101"),
    ] {
        let mut desk = Desk::new();
        let id = desk.command(command);
        let body = body.to_owned();
        let sub_cmd = u8::from_str_radix(&body[4..6], 16).expect("hex");
        assert_eq!(desk.said(), [(cmd, body)]);
        desk.sub(cmd, sub_cmd, 100, answer);
        assert!(desk.is_open(id), "another number");
        desk.sub(cmd, sub_cmd ^ 1, 101, answer);
        assert!(desk.is_open(id), "another command");
        desk.sub(cmd, sub_cmd, 101, answer);
        assert!(desk.accepted(id));
        assert_eq!(desk.said(), []);
    }
}

#[test]
fn a_failed_list_is_refused_and_a_silent_one_repeated_twice_after_15_s() {
    let mut desk = Desk::new();
    let failed = desk.command(list(1));
    desk.sub(0x0005, 0x08, 101, "00");
    assert_eq!(desk.refusal(failed), "device refused");
    desk.said();
    desk.pass(300);
    let silent = desk.command(list(250));
    assert_eq!(desk.last().raw.len(), 1775);
    desk.seconds(60);
    let times: Vec<i64> = desk.downs.iter().map(|down| down.at.0).collect();
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps, [15_000, 15_000]);
    assert!(desk.downs.iter().all(|down| down.seq == 102));
    assert_eq!(desk.outcome(silent), &Outcome::Lapsed { attempts: 3 });
}

#[test]
fn a_list_never_meets_a_session() {
    let mut desk = Desk::new();
    desk.status((0x90, 9), (0x80, 0));
    let id = desk.command(list(2));
    assert!(desk.refusal(id).contains("session"));
    desk.end(0, 0xB0, 9, 1);
    let id = desk.command(list(2));
    assert!(desk.is_open(id));
}

#[test]
fn a_query_of_all_asks_every_socket_that_has_shown_itself() {
    let mut desk = Desk::new();
    let nobody = desk.command(Command::QueryPort { port: None });
    assert!(desk.refusal(nobody).contains("no socket"));
    for socket in [1, 2, 250] {
        desk.status_of(socket, &[(0, 0x80, 0)]);
    }
    desk.status_of(0, &[(0, 0x80, 0)]);
    desk.said();
    let id = desk.command(Command::QueryPort { port: None });
    desk.seconds(2);
    let said: Vec<String> = desk.said().into_iter().map(|(_, body)| body).collect();
    assert_eq!(said, ["00011d01", "00011d02", "00011dfa"]);
    desk.status((0x80, 0), (0x80, 0));
    assert!(desk.accepted(id));
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let check = |command: Command| {
        let found = Bkv.check(&device::Profile::default(), &command);
        found.expect_err("refused").to_string()
    };
    assert!(check(start(0, 1)).contains("port_no must be 1 to 500"));
    assert!(check(start(501, 1)).contains("port_no"));
    assert!(check(Command::Restart { when_idle: false }).contains("no restart"));
    assert!(check(Command::AddSocket(entry(0))).contains("socket_no"));
    assert!(check(Command::AddSocket(entry(251))).contains("socket_no"));
    assert!(check(list(0)).contains("sockets"));
    assert!(check(voice(0)).contains("socket_no"));
    let mut backwards = VoiceSchedule {
        socket: 1,
        hole: 0,
        buzzer: false,
        voice: false,
        periods: Vec::new(),
    };
    backwards.periods.push(QuietPeriod {
        start: (22, 0),
        end: (8, 0),
    });
    assert!(check(Command::SetVoice(backwards)).contains("periods"));
    let file = Command::UpdateFirmware {
        target: FirmwareTarget::Main,
        source: FirmwareSource::Ftp {
            host: std::net::Ipv4Addr::LOCALHOST,
            port: 21,
            file: "fourteen-chars".to_owned(),
            user: None,
            password: None,
            when_idle: false,
        },
    };
    assert!(check(file).contains("file"));
}

#[test]
fn a_command_that_the_dialect_learnt_since_does_not_have_is_refused_by_the_link() {
    let mut desk = Desk::new();
    let mut by_power = super::plan(1, 1);
    by_power.mode = device::ChargeMode::Power;
    let id = desk.command(Command::StartCharge(by_power));
    assert!(desk.refusal(id).contains("power tiers"));
    assert_eq!(desk.said(), []);
}

#[test]
fn what_waits_has_a_limit() {
    let mut desk = Desk::new();
    let ids: Vec<CommandId> = (0..600)
        .map(|_| {
            desk.command(Command::QueryPort {
                port: Some(PortNo(1)),
            })
        })
        .collect();
    let refused = ids.iter().filter(|id| !desk.is_open(**id)).count();
    assert_eq!(refused, 600 - 512);
    assert!(desk.refusal(ids[599]).contains("too many"));
}

#[test]
fn commands_on_the_way_to_nobody_are_refused() {
    let mut desk = Desk::fresh(device::Profile::default());
    let early = desk.command(start(1, 1));
    assert!(desk.refusal(early).contains("does not carry"));
    assert_eq!(desk.events[0].device, phy(super::GATEWAY));
}
