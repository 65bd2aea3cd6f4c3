//! Firmware: by FTP (networked), in pieces (v8.6), and never while somebody charges.

use super::{Desk, order, start};
use device::{Command, Event, FirmwareSource, FirmwareTarget, Outcome};
use kernel::CommandId;

fn ftp() -> Command {
    Command::UpdateFirmware {
        target: FirmwareTarget::Main,
        source: FirmwareSource::Ftp {
            host: "192.168.1.10".parse().expect("an address"),
            port: 21,
            file: "GV.8r12.OTA".to_owned(),
            user: None,
            password: None,
            when_idle: false,
        },
    }
}

const FTP: &str = "01c0a8010a001547562e387231322e4f54410000";

#[test]
fn any_word_of_the_gateway_is_received() {
    let mut desk = Desk::new();
    let id = desk.command(ftp());
    assert_eq!(desk.said(), [(0x0007, FTP.to_owned())]);
    desk.up(0x0007, 0, "ffee");
    assert!(desk.accepted(id));
    assert_eq!(desk.said(), []);
    assert_eq!(desk.tally.unknown, 0);
}

#[test]
fn it_is_sent_once() {
    let mut desk = Desk::new();
    let id = desk.command(ftp());
    desk.seconds(100);
    assert_eq!(desk.downs.len(), 1);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 1 });
}

fn is_refused(desk: &mut Desk, command: Command) {
    let id = desk.command(command);
    assert!(desk.refusal(id).contains("session"));
}

#[test]
fn not_while_a_port_has_a_session() {
    let mut desk = Desk::new();
    desk.status((0x80, 0), (0x90, 9));
    is_refused(&mut desk, ftp());
    // A socket that is out of reach may still be charging.
    desk.status((0x00, 0), (0x00, 0));
    is_refused(&mut desk, ftp());
    desk.status((0x80, 0), (0x80, 0));
    let id = desk.command(ftp());
    assert!(desk.is_open(id));
}

#[test]
fn not_between_a_start_and_its_first_status() {
    let mut desk = Desk::new();
    desk.command(start(1, 1));
    is_refused(&mut desk, ftp());
    desk.control_ack(101, 1, 0, 9);
    is_refused(&mut desk, ftp());
    desk.end(0, 0xB0, 9, 1);
    let id = desk.command(ftp());
    assert!(desk.is_open(id));
}

#[test]
fn not_when_a_session_began_while_it_waited() {
    let mut desk = Desk::new();
    desk.command(Command::QueryPort {
        port: Some(kernel::PortNo(1)),
    });
    let id = desk.command(ftp());
    desk.said();
    desk.status((0x90, 9), (0x80, 0));
    desk.seconds(2);
    assert!(desk.refusal(id).contains("session"));
    assert!(desk.said().iter().all(|(cmd, _)| *cmd != 0x0007));
}

fn image(bytes: usize) -> Command {
    Command::UpdateFirmware {
        target: FirmwareTarget::Socket,
        source: FirmwareSource::Image {
            hex: "ab".repeat(bytes),
        },
    }
}

fn send(bytes: usize) -> (Desk, CommandId) {
    let mut desk = Desk::v86();
    let id = desk.command(image(bytes));
    (desk, id)
}

#[test]
fn an_image_goes_in_pieces_of_200_bytes() {
    let (mut desk, id) = send(450);
    for (index, length) in [(1, 200), (2, 200), (3, 50)] {
        let down = desk.last().clone();
        let body = format!("0003{index:04x}{length:02x}{}", "ab".repeat(length));
        assert_eq!((down.cmd, down.body), (0x00E1, body));
        assert!(desk.is_open(id));
        desk.up(0x00E1, down.seq, &format!("00{index:04x}"));
        desk.pass(300);
    }
    assert!(desk.accepted(id));
    let done: Vec<u32> = desk
        .named("firmware")
        .into_iter()
        .filter_map(|event| match event {
            Event::Firmware(progress) => Some(progress.done),
            _ => None,
        })
        .collect();
    assert_eq!(done, [1, 2, 3]);
}

#[test]
fn a_piece_is_repeated_three_times_and_a_refused_one_ends_it() {
    let (mut desk, id) = send(450);
    let first = desk.last().seq;
    for _ in 0..6 {
        desk.seconds(10);
        desk.up(0x0000, 0, super::HEARTBEAT);
    }
    let pieces: Vec<_> = desk
        .downs
        .iter()
        .filter(|down| down.cmd == 0x00E1)
        .collect();
    assert_eq!(pieces.len(), 4);
    assert!(pieces.iter().all(|down| down.seq == first));
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 4 });
    let (mut desk, id) = send(450);
    desk.up(0x00E1, desk.last().seq, "010001");
    assert_eq!(desk.refusal(id), "device refused chunk 1");
    assert_eq!(desk.named("firmware").len(), 1);
}

#[test]
fn not_while_an_order_runs_on_a_v86_port() {
    let mut desk = Desk::v86();
    let confirm = format!("{}0100", hex::encode(order(1).to_string()));
    desk.up(0x0004, 5, &confirm);
    is_refused(&mut desk, image(10));
    desk.up(0x0021, 6, "089c0200001419");
    let id = desk.command(image(10));
    assert!(desk.is_open(id));
}
