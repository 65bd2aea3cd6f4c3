//! Forms that the documents allow beside the usual ones, and forms that they do not.

use bkv::frame::{Framing, seal};
use bkv::inspect::{self, Inspection};
use bkv::message::DecodeError;
use device::Direction;
use serde_json::{Value, json};

fn sealed(cmd: u16, direction: Direction, body: &[u8]) -> Vec<u8> {
    let gateway = "82210225000520".parse().expect("fourteen digits");
    let framing = Framing::Gateway {
        cmd,
        seq: 0x0102_0304,
        gateway,
    };
    let mut out = Vec::new();
    seal(framing, direction, &mut out, |out| {
        out.extend_from_slice(body);
    })
    .expect("short enough");
    out
}

fn inspected(cmd: u16, direction: Direction, body: &str) -> Result<Inspection, DecodeError> {
    let body = hex::decode(body).expect("hex");
    let raw = sealed(cmd, direction, &body);
    let found = inspect::frame(&raw, Some(direction))?;
    assert_eq!(hex::encode(&found.reencoded), hex::encode(&raw));
    Ok(found)
}

fn up(cmd: u16, body: &str) -> Inspection {
    inspected(cmd, Direction::Up, body).expect("readable")
}

fn down(cmd: u16, body: &str) -> Inspection {
    inspected(cmd, Direction::Down, body).expect("readable")
}

fn refused(cmd: u16, direction: Direction, body: &str) -> &'static str {
    let error = inspected(cmd, direction, body).expect_err("unreadable");
    error.kind()
}

/// The fields behind the frame header.
fn fields(found: &Inspection) -> Value {
    let header = ["length", "cmd", "seq", "dir", "gateway_id", "checksum"];
    let fields = found.decoded.iter();
    let fields = fields.filter(|(name, _)| !header.contains(&name.as_str()));
    let fields: serde_json::Map<_, _> = fields.map(|(k, v)| (k.clone(), v.clone())).collect();
    Value::Object(fields)
}

const ICCID: &str = "3839383630383535313032344431393838313936";

#[test]
fn heartbeats_may_have_versions_of_other_lengths() {
    let short = up(0x0000, &format!("{ICCID}11"));
    assert_eq!(
        fields(&short),
        json!({"iccid": "898608551024D1988196", "version": "", "signal": 17})
    );
    let long = up(0x0020, &format!("{ICCID}3230302e312e31372d62311f"));
    assert_eq!(fields(&long)["version"], "200.1.17-b1");
    assert_eq!(fields(&long)["signal"], 31);
    assert_eq!(refused(0x0000, Direction::Up, ICCID), "length");
    assert_eq!(refused(0x0000, Direction::Up, ""), "length");
    assert_eq!(refused(0x0000, Direction::Down, "202510201500"), "length");
}

#[test]
fn inner_lengths_may_count_the_sub_command() {
    let counted = down(0x0015, "00030c0101");
    assert_eq!(
        fields(&counted),
        json!({"inner_len": 3, "sub_cmd": "0x0c", "socket_no": 1, "result": 1})
    );
    assert_eq!(counted.notes.len(), 1);
    let shorter = up(0x0015, "0005070102000068aabb");
    assert_eq!(fields(&shorter)["business_no"], 104);
    assert_eq!(fields(&shorter)["surplus_hex"], "aabb");
    assert_eq!(refused(0x0015, Direction::Down, "00040c0101"), "length");
    assert_eq!(refused(0x0015, Direction::Up, "0002"), "length");
    assert_eq!(refused(0x0015, Direction::Up, "0003070100"), "length");
}

#[test]
fn longer_bodies_keep_what_is_not_known() {
    let ack = up(0x0015, "0006070102000068ff");
    assert_eq!(fields(&ack)["trailing_hex"], "ff");
    assert_eq!(fields(&ack)["inner_len"], 6);
    let progress = "5448443137323934303736303030303101003c3a9d000f46506714aaac00050123089d";
    let longer = up(0x0006, &format!("{progress}0102"));
    assert_eq!(fields(&longer)["trailing_hex"], "0102");
    assert_eq!(fields(&longer)["voltage_dv"], 2205);
}

#[test]
fn progress_may_end_after_a_field_from_the_peak_power_on() {
    let whole = "5448443137323934303736303030303101003c3a9d000f46506714aaac00050123089d";
    for bytes in 0..whole.len() / 2 {
        let body = &whole[..2 * bytes];
        let found = inspected(0x0006, Direction::Up, body);
        if [25, 29, 31, 32, 33].contains(&bytes) {
            let fields = fields(&found.expect("complete"));
            assert_eq!(
                fields.as_object().expect("an object").len(),
                6 + [25, 29, 31, 32, 33]
                    .iter()
                    .filter(|end| **end < bytes)
                    .count()
            );
        } else {
            assert_eq!(found.expect_err("cut inside").kind(), "length", "{bytes}");
        }
    }
}

#[test]
fn signs_are_read_where_the_table_says_so() {
    let status = up(0x0021, "08980109800c80");
    assert_eq!(
        fields(&status),
        json!({"voltage_dv": 2200, "port_count": 1, "port_states": [9], "signal": 128,
               "temp_c": 12, "trailing_hex": "80"})
    );
    let cold = up(0x0081, "089800ff80");
    assert_eq!(
        fields(&cold),
        json!({"voltage_dv": 2200, "port_count": 0, "port_states": [], "signal": 255,
               "temp_c": -128})
    );
}

#[test]
fn power_tier_reports_show_time_and_tiers() {
    let end = up(
        0x0015,
        "0022180151362d200098001a000000020002001f07e406080e15070200100fa0020024 0006"
            .replace(' ', "")
            .as_str(),
    );
    assert_eq!(
        fields(&end),
        json!({"inner_len": 34, "sub_cmd": "0x18", "socket_no": 1, "fw_version": "0x5136",
               "temp_c": 45, "rssi": 32, "port": 0, "status": "0x98", "business_no": 26,
               "power_0_1w": 0, "current_ma": 2, "energy_wh": 2, "duration_min": 31,
               "end_time": "2020-06-08T14:21:07", "end_reason": 2, "amount_cent": 16,
               "settle_power_0_1w": 4000, "level_count": 2, "level_minutes": [36, 6]})
    );
}

#[test]
fn card_starts_carry_tiers_or_not() {
    let plain = down(0x0015, "000a0b0100001a0101001e0000");
    assert_eq!(fields(&plain)["mode"], 1);
    assert!(fields(&plain).get("levels").is_none());
    let tiers = down(
        0x0015,
        "00130b0100001a010300000000006401 07d00019003c"
            .replace(' ', "")
            .as_str(),
    );
    assert_eq!(
        fields(&tiers),
        json!({"inner_len": 19, "sub_cmd": "0x0b", "socket_no": 1, "port": 0, "business_no": 26,
               "switch": 1, "mode": 3, "duration_min": 0, "energy_wh": 0, "amount_cent": 100,
               "level_count": 1,
               "levels": [{"power_0_1w": 2000, "price_cent": 25, "minutes": 60}]})
    );
}

#[test]
fn unknown_commands_keep_their_bytes() {
    let outer = up(0x2000, "0102");
    assert_eq!(fields(&outer), json!({"body_hex": "0102"}));
    let sub = up(0x0015, "00026601ff");
    assert_eq!(
        fields(&sub),
        json!({"inner_len": 2, "sub_cmd": "0x66", "params_hex": "01ff"})
    );
    let answer = up(0x0007, "01");
    assert_eq!(fields(&answer), json!({"body_hex": "01"}));
    assert_eq!(fields(&up(0x0007, "")), json!({"body_hex": ""}));
}

const HEADER: &str = "0a0102000000000000000009010382210225000520";

#[test]
fn unknown_keys_and_sizes_are_kept_in_place() {
    let event = up(
        0x1000,
        &format!("0401011013{HEADER}03014a010301ee05060208aabbccdd05015a00311103010f0102017a"),
    );
    assert_eq!(
        fields(&event),
        json!({"bkv_cmd": "0x1013", "bkv_seq": "0x0000000000000000",
               "bkv_gateway_id": "82210225000520", "socket_no": 1, "key_ee": "0x05",
               "key_08aa": "0xbbccdd", "event_code": "0x003111", "ack": 1, "key_7a": "0x"})
    );
}

#[test]
fn elements_that_overrun_are_malformed() {
    for tail in ["05014a01", "80", "0000", "04019403014a", "0701940501080001"] {
        let body = format!("0401011017{HEADER}{tail}");
        assert_eq!(refused(0x1000, Direction::Up, &body), "length", "{tail}");
    }
    let elsewhere = format!("0401011013{HEADER}035b05aa");
    assert_eq!(refused(0x1000, Direction::Up, &elsewhere), "length");
    assert_eq!(refused(0x1000, Direction::Up, "04010110"), "length");
    assert_eq!(refused(0x1000, Direction::Up, "0401011017"), "header");
    assert_eq!(refused(0x1000, Direction::Up, ""), "header");
}

#[test]
fn lists_inside_lists_have_a_limit() {
    use bkv::element::{NESTING_MAX, put};
    let nested = |depth: usize| {
        let inside = (0..depth).fold(Vec::new(), |inside, _| {
            let mut out = Vec::new();
            put(0x94, &inside, &mut out);
            out
        });
        format!("0401011234{HEADER}{}", hex::encode(inside))
    };
    up(0x1000, &nested(NESTING_MAX));
    for depth in [NESTING_MAX + 1, 500, 900] {
        assert_eq!(refused(0x1000, Direction::Up, &nested(depth)), "length");
    }
}

#[test]
fn firmware_chunks_have_at_most_two_hundred_bytes() {
    let body = |count: usize| format!("00020001{count:02x}{}", "5a".repeat(count));
    assert_eq!(fields(&down(0x00E2, &body(200)))["data_len"], 200);
    assert_eq!(fields(&down(0x00E0, &body(0)))["data"], "");
    assert_eq!(refused(0x00E1, Direction::Down, &body(201)), "length");
    assert_eq!(refused(0x00E1, Direction::Down, "0002000103aabb"), "length");
}

#[test]
fn network_lists_may_be_empty_or_long() {
    let empty = down(0x0005, "0001080f");
    assert_eq!(fields(&empty)["nodes"], json!([]));
    let nodes: Vec<String> = (1..=250_u8)
        .map(|n| format!("{n:02x}854121800889"))
        .collect();
    let nodes = nodes.concat();
    let full = down(0x0005, &format!("06d70801{nodes}"));
    assert_eq!(full.decoded["length"], 1775 - 4);
    assert_eq!(full.decoded["nodes"].as_array().map(Vec::len), Some(250));
}

#[test]
fn frames_longer_than_the_limit_are_not_written() {
    let gateway = "82210225000520".parse().expect("fourteen digits");
    let framing = Framing::Gateway {
        cmd: 0,
        seq: 0,
        gateway,
    };
    let mut out = vec![1, 2, 3];
    let body = vec![0; 4096 - 16];
    let sealed = seal(framing, Direction::Down, &mut out, |out| {
        out.extend_from_slice(&body);
    });
    assert!(sealed.is_err());
    assert_eq!(out, [1, 2, 3]);
}

#[test]
fn what_came_in_its_own_order_can_be_changed_and_sent_on() {
    use bkv::codes::Outcome;
    use bkv::message::{Body, Container, Content, Message, decode};

    let body = hex::decode(format!("0401011010{HEADER}03010f010301ee05"));
    let raw = sealed(0x1000, Direction::Down, &body.expect("hex"));
    let frame = bkv::frame::parse(&raw).expect("a frame");
    let Ok(Message {
        body: Body::Container(container),
        ..
    }) = decode(&frame)
    else {
        panic!("a container");
    };
    let Container {
        content: Content::SocketAck(mut ack),
        ..
    } = *container
    else {
        panic!("an acknowledgement");
    };
    assert_eq!((ack.ack, ack.socket_no), (Some(Outcome::Done), None));
    assert!(!ack.layout.is_regular());
    ack.socket_no = Some(7);
    ack.ack = Some(Outcome::Failed);
    let changed = Message::from(Container {
        content: Content::SocketAck(ack),
        ..*container
    });
    let mut out = Vec::new();
    changed.write(&mut out);
    assert!(hex::encode(out).ends_with("03010f000301ee0503014a07"));
}
