//! Every command of the documents has a type, in each of its directions.

use bkv::element::put;
use bkv::frame::{Frame, Framing};
use bkv::message::{Body, Content, Dialect, Sub, decode};
use device::Direction::{self, Down, Up};

fn body_of(cmd: u16, direction: Direction, body: &[u8]) -> Body {
    let gateway = "82210225000520".parse().expect("fourteen digits");
    let frame = Frame {
        framing: Framing::Gateway {
            cmd,
            seq: 1,
            gateway,
        },
        direction,
        body,
        checksum: 0,
        raw: &[],
    };
    decode(&frame).expect("zeros fit every layout").body
}

#[test]
fn outer_commands() {
    let both: [u16; 20] = [
        0x0000, 0x0002, 0x0003, 0x0004, 0x0021, 0x0081, 0x0082, 0x0083, 0x0084, 0x0085, 0x0086,
        0x0087, 0x0088, 0x0089, 0x008A, 0x00E0, 0x00E1, 0x00E2, 0x0005, 0x0015,
    ];
    let one = [(0x0006, Up), (0x0020, Up), (0x0007, Down)];
    let all = both
        .iter()
        .flat_map(|cmd| [(*cmd, Up), (*cmd, Down)])
        .chain(one);
    for (cmd, way) in all {
        let body = body_of(cmd, way, &[0; 64]);
        assert!(!matches!(body, Body::Unknown(_)), "{cmd:#06x} {way:?}");
    }
    for (cmd, way) in [(0x0006, Down), (0x0020, Down), (0x0007, Up), (0x1001, Up)] {
        let body = body_of(cmd, way, &[0; 64]);
        assert!(matches!(body, Body::Unknown(_)), "{cmd:#06x} {way:?}");
    }
}

#[test]
fn sub_commands() {
    let known = [
        (0x0005, 0x08, &[Up, Down][..]),
        (0x0005, 0x09, &[Up, Down]),
        (0x0005, 0x0A, &[Up, Down]),
        (0x0005, 0x03, &[Down]),
        (0x0005, 0x06, &[Down]),
        (0x0005, 0x13, &[Down]),
        (0x0005, 0x17, &[Up, Down]),
        (0x0015, 0x17, &[Up, Down]),
        (0x0015, 0x1D, &[Down]),
        (0x0015, 0x1C, &[Up, Down]),
        (0x0015, 0x07, &[Up, Down]),
        (0x0015, 0x02, &[Up, Down]),
        (0x0015, 0x18, &[Up, Down]),
        (0x0015, 0x0B, &[Up, Down]),
        (0x0015, 0x0F, &[Up]),
        (0x0015, 0x0C, &[Up, Down]),
        (0x0015, 0x1A, &[Up, Down]),
        (0x0015, 0x1B, &[Up, Down]),
    ];
    for (outer, code, ways) in known {
        for way in [Up, Down] {
            let mut body = vec![0, 60, code];
            body.extend_from_slice(&[0; 60]);
            let Body::Sub(found, sub) = body_of(outer, way, &body) else {
                panic!("{code:#04x} is a sub-command");
            };
            assert_eq!(found, code);
            let typed = !matches!(sub, Sub::Unknown(_));
            assert_eq!(
                typed,
                ways.contains(&way),
                "{outer:#06x}/{code:#04x} {way:?}"
            );
        }
    }
}

fn content_of(command: u16, direction: Direction, direct: bool) -> Content {
    let mut body = Vec::new();
    put(1, &command.to_be_bytes(), &mut body);
    put(2, &[0; 8], &mut body);
    put(3, if direct { &[0; 6] } else { &[0; 7][..] }, &mut body);
    let container = bkv::message::Container::read(&body, direction, None).expect("a header");
    container.content
}

#[test]
fn container_commands() {
    for command in [0x1004, 0x1007, 0x1010, 0x1011, 0x1012, 0x1013, 0x1017] {
        for way in [Up, Down] {
            let content = content_of(command, way, false);
            assert!(
                !matches!(content, Content::Unlisted(_)),
                "{command:#06x} {way:?}"
            );
        }
    }
    let direct = [
        (0x1001, &[Up, Down][..]),
        (0x1002, &[Up, Down]),
        (0x1003, &[Up]),
        (0x1004, &[Up, Down]),
        (0x1005, &[Up, Down]),
        (0x1006, &[Up, Down]),
        (0x1007, &[Up, Down]),
        (0x1008, &[Up, Down]),
        (0x1009, &[Up]),
        (0x100A, &[Up, Down]),
        (0x100B, &[Up, Down]),
        (0x100C, &[Up, Down]),
        (0x100D, &[Up]),
        (0x1010, &[Up, Down]),
        (0x1011, &[Up, Down]),
        (0x1013, &[Up, Down]),
        (0x1014, &[Up]),
    ];
    for (command, ways) in direct {
        for way in [Up, Down] {
            let typed = !matches!(content_of(command, way, true), Content::Unlisted(_));
            assert_eq!(typed, ways.contains(&way), "direct {command:#06x} {way:?}");
        }
    }
}

#[test]
fn each_command_proves_its_dialect() {
    for cmd in [0x0005, 0x0007, 0x0015, 0x1000] {
        assert_eq!(Dialect::of_command(cmd), Some(Dialect::Networked));
    }
    for cmd in [
        0x0002, 0x0003, 0x0004, 0x0006, 0x0020, 0x0021, 0x0081, 0x008A, 0x00E0, 0x00E2,
    ] {
        assert_eq!(Dialect::of_command(cmd), Some(Dialect::V86), "{cmd:#06x}");
    }
    for cmd in [0x0000, 0x0001, 0x0022, 0x008B, 0x00E3, 0x1001, 0x2000] {
        assert_eq!(Dialect::of_command(cmd), None, "{cmd:#06x}");
    }
    assert!(Dialect::is_gn_legacy(0x2000));
}
