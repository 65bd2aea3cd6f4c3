//! Firmware in pieces.

use super::{CODE, ORDER, Rig, charging, plan, raw, sealed};
use device::{
    Command, CommandFault, Dispatch, Event, FirmwareSource, FirmwareTarget, Link as _, Outcome,
    Profile, Protocol as _,
};
use infypower::Infypower;
use infypower::message::Body;
use kernel::CommandId;
use std::sync::Arc;
use std::time::Duration;

fn update(bytes: usize) -> Command {
    Command::UpdateFirmware {
        target: FirmwareTarget::Main,
        source: FirmwareSource::Image {
            hex: "5A".repeat(bytes),
        },
    }
}

fn begun(rig: &mut Rig, bytes: usize) -> CommandId {
    let id = rig.command(update(bytes));
    rig.hear(&raw(1002, &[100]));
    rig.hear(&raw(1004, &512_u32.to_le_bytes()));
    rig.hear(&raw(1006, &[0; 4]));
    id
}

#[test]
fn an_image_is_pushed_piece_by_piece() {
    let mut rig = Rig::ready();
    let id = begun(&mut rig, 1200);
    for (piece, length) in [(0, 512), (1, 512), (2, 176)] {
        assert_eq!(rig.last_length(1007), length);
        let note = rig.notes.last().expect("1007");
        assert_eq!(note.msg_id, Some(piece), "the sequence counts the pieces");
        rig.hear(&raw(1008, &[0; 8]));
    }
    rig.hear(&raw(1010, &[0; 4]));
    assert!(!rig.is_accepted(id));
    rig.hear(&raw(1012, &[0; 4]));
    assert!(rig.is_accepted(id));
    assert_eq!(rig.said(), [1001, 1003, 1005, 1007, 1007, 1007, 1009, 1011]);
    let told = rig.events.iter().filter_map(|event| match &event.event {
        Event::Firmware(progress) => Some((progress.done, progress.total)),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn the_short_answer_names_the_piece() {
    let mut rig = Rig::ready();
    begun(&mut rig, 1200);
    rig.hear(&raw(1008, &[0]));
    rig.hear(&raw(1008, &[0]));
    assert_eq!(
        rig.notes.last().expect("1007").msg_id,
        Some(1),
        "the second one was not named"
    );
    rig.hear(&raw(1008, &[1]));
    assert_eq!(rig.notes.last().expect("1007").msg_id, Some(2));
}

#[test]
fn pieces_stay_below_the_smallest_buffer() {
    let mut rig = Rig::ready();
    rig.command(update(5000));
    rig.hear(&raw(1002, &[100]));
    rig.hear(&raw(1004, &4096_u32.to_le_bytes()));
    rig.hear(&raw(1006, &[0; 4]));
    assert_eq!(rig.last_length(1007), 900);
}

#[test]
fn erasing_is_asked_about_every_two_seconds_for_a_minute() {
    let mut rig = Rig::ready();
    let id = rig.command(update(10));
    rig.hear(&raw(1002, &[10]));
    for _ in 0..29 {
        rig.wait(Duration::from_secs(2));
        rig.hear(&raw(1002, &[50]));
    }
    assert_eq!(rig.said().len(), 30);
    let Body::Erase(query) = rig.last(1001) else {
        panic!("an erase order");
    };
    assert_eq!(u32::from(query.erase_code), 0);
    rig.wait(Duration::from_secs(2));
    rig.hear(&raw(1002, &[99]));
    assert!(rig.refusal(id).text.contains("minute"));
}

#[test]
fn refusals_end_it() {
    let mut rig = Rig::ready();
    let id = rig.command(update(10));
    rig.hear(&raw(1002, &[0]));
    assert_eq!(rig.refusal(id).text, "the pile refuses to erase");
    let id = rig.command(update(10));
    rig.hear(&raw(1002, &[100]));
    rig.hear(&raw(1004, &512_u32.to_le_bytes()));
    rig.hear(&raw(1006, &1_u32.to_le_bytes()));
    assert_eq!(rig.refusal(id).code, Some(1));
    let id = rig.command(update(10));
    rig.hear(&raw(1002, &[100]));
    rig.hear(&raw(1004, &[0; 4]));
    rig.refusal(id);
    let id = begun(&mut rig, 10);
    for _ in 0..3 {
        rig.hear(&raw(1008, &[0, 1, 0, 0, 0, 0, 0, 0]));
    }
    assert!(rig.refusal(id).text.contains("piece 0"));
    let failed = rig.find(|event| match event {
        Event::Firmware(progress) => progress.error.clone(),
        _ => None,
    });
    assert!(failed.is_some());
}

#[test]
fn an_unanswered_piece_is_sent_three_times() {
    let mut rig = Rig::ready();
    let id = begun(&mut rig, 10);
    for _ in 0..3 {
        rig.wait(Duration::from_secs(10));
        rig.hear(&super::heartbeat(1));
    }
    assert_eq!(rig.said().iter().filter(|cmd| **cmd == 1007).count(), 3);
    assert_eq!(rig.outcome(id), Some(Outcome::Lapsed { attempts: 3 }));
}

#[test]
fn nothing_charges_meanwhile() {
    let mut rig = Rig::ready();
    rig.hear(&sealed(104, charging(1, ORDER, 1, 0)));
    let id = rig.command(update(10));
    rig.refusal(id);
    let mut rig = Rig::ready();
    rig.command(update(10));
    let start = rig.command(Command::StartCharge(plan(1)));
    assert_eq!(rig.refusal(start).text, "a firmware update is under way");
}

#[test]
fn the_library_brings_the_bytes() {
    let source = FirmwareSource::Library {
        firmware: 1,
        version: "V3.12 (beta)".to_owned(),
        size: 4,
    };
    let command = Command::UpdateFirmware {
        target: FirmwareTarget::Main,
        source,
    };
    let mut rig = Rig::ready();
    let id = rig.command(command.clone());
    assert_eq!(rig.refusal(id).text, "the image is not there");
    let dispatch = Dispatch {
        id: CommandId(77),
        device: CODE.parse().expect("an id"),
        command,
        msg_id: 1,
        attempted: false,
        image: Some(Arc::from([1, 2, 3, 4])),
    };
    rig.link.command(dispatch, rig.now, &mut rig.out);
    rig.hear(&raw(1002, &[100]));
    let Body::FileName(name) = rig.last(1003) else {
        panic!("a file name");
    };
    assert_eq!(name.file_name.0, b"V3.12beta.bin");
}

#[test]
fn what_does_not_fit_is_refused_before() {
    let check = |target, source| {
        Infypower.check(
            &Profile::default(),
            &Command::UpdateFirmware { target, source },
        )
    };
    let image = |hex: &str| FirmwareSource::Image {
        hex: hex.to_owned(),
    };
    assert!(check(FirmwareTarget::Main, image("00")).is_ok());
    assert!(matches!(
        check(FirmwareTarget::Socket, image("00")),
        Err(CommandFault::NotSupported(_))
    ));
    for bad in ["", "0", "XY"] {
        assert!(check(FirmwareTarget::Main, image(bad)).is_err());
    }
}
