//! Writes the seed corpus from the vector files: `cargo run --example seed_corpus`, after the
//! vectors have changed.

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A heartbeat of a gateway, which makes a link ask who that is.
const HEARTBEAT: &str = "hb_up_guide";
/// Start requests: the documented one, every optional field, and what is refused.
const REQUESTS: [(&str, &str); 8] = [
    (
        "by_time",
        r#"{"port_no":1,"charge_mode":1,"duration":3600,"amount":1000,"price_per_kwh":150,"service_fee":100}"#,
    ),
    (
        "without_price",
        r#"{"port_no":255,"charge_mode":1,"duration":180,"amount":300}"#,
    ),
    (
        "by_energy",
        r#"{"port_no":2,"charge_mode":2,"kwh":1.5,"amount":500,"price_per_kwh":150}"#,
    ),
    (
        "by_amount",
        r#"{"port_no":2,"charge_mode":2,"amount":750,"price_per_kwh":150}"#,
    ),
    (
        "by_power",
        r#"{"socket_no":128,"hole":0,"charge_mode":3,"power_limit_w":700.5,"amount":5}"#,
    ),
    (
        "until_full",
        r#"{"port_no":3,"charge_mode":4,"amount":1,"member_ref":"m-1","notify_url":"https://a.example/h"}"#,
    ),
    (
        "huge",
        r#"{"port_no":1e99,"charge_mode":1,"duration":-1,"amount":99999999999999999999}"#,
    ),
    (
        "wrong_types",
        r#"{"port_no":"1","charge_mode":[],"duration":null,"amount":{},"x":1}"#,
    ),
];

/// Families and their vectors.
const FAMILIES: [(&str, &str); 5] = [
    ("bkv", "bkv.jsonl"),
    ("bkv", "bkv-v8.6.jsonl"),
    ("ap3000", "ap3000.jsonl"),
    ("ykc", "ykc.jsonl"),
    ("infypower", "infypower.jsonl"),
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("../testdata/protocols");
    let corpus = root.join("corpus");
    for (family, file) in FAMILIES {
        seed_lines(&corpus, family, &vectors(&folder, file));
    }
    let vectors = [
        vectors(&folder, "bkv.jsonl"),
        vectors(&folder, "bkv-v8.6.jsonl"),
    ]
    .concat();
    let heartbeat = vectors.iter().find(|vector| vector["name"] == HEARTBEAT);
    let heartbeat = bytes(heartbeat.expect("the heartbeat is in the vectors"));
    for vector in &vectors {
        let name = vector["name"].as_str().expect("every vector has a name");
        let raw = bytes(vector);
        match vector["kind"].as_str() {
            Some("bkv") => write(&corpus, "bkv_elements", name, &raw),
            Some("frame") => {
                write(&corpus, "bkv_frame", name, &raw);
                seed_decoder(&corpus, name, &raw);
                if vector["direction"] == "up" {
                    write(&corpus, "bkv_link", name, &script(&heartbeat, &raw));
                }
            }
            _ => write(&corpus, "bkv_frame", name, &raw),
        }
    }
    seed_commands(&corpus, &heartbeat);
    for (name, body) in REQUESTS {
        write(&corpus, "start_request", name, body.as_bytes());
    }
}

fn vectors(folder: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(file)).expect("a readable vector file");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The line that each vector of a family is for the decoder.
fn seed_lines(corpus: &Path, family: &str, vectors: &[Value]) {
    for vector in vectors {
        let name = vector["name"].as_str().expect("every vector has a name");
        let line = json!({
            "name": name, "hex": vector["hex"], "direction": vector["direction"],
            "dialect": vector["dialect"], "kind": vector["kind"],
        });
        let file = format!("{family}_{name}").replace('-', "_").to_lowercase();
        write(
            corpus,
            "decode_jsonl",
            &file,
            format!("{line}\n").as_bytes(),
        );
    }
}

fn bytes(vector: &Value) -> Vec<u8> {
    hex::decode(vector["hex"].as_str().expect("hex text")).expect("hex digits")
}

/// Command, direction and body of a gateway frame, and the elements of containers.
fn seed_decoder(corpus: &Path, name: &str, raw: &[u8]) {
    let end = raw.len().saturating_sub(3);
    let down = u8::from(raw.get(1) == Some(&0xFF));
    if raw.get(4..7) == Some(&[0x04, 0x01, 0x01]) {
        let elements = raw.get(4..end).unwrap_or_default();
        write(corpus, "bkv_elements", name, elements);
        write(
            corpus,
            "bkv_decode",
            name,
            &[&[0, 0, down | 2, 0], elements].concat(),
        );
    } else if let (Some(&[high, low]), Some(body)) = (
        raw.get(4..6).and_then(|cmd| cmd.first_chunk::<2>()),
        raw.get(18..end),
    ) {
        write(
            corpus,
            "bkv_decode",
            name,
            &[&[high, low, down, 0x82], body].concat(),
        );
        if [high, low] == [0x10, 0x00] {
            write(corpus, "bkv_elements", name, body);
        }
    }
}

/// Heartbeat, admission, the frame, and a positive answer to whatever it asked.
fn script(heartbeat: &[u8], frame: &[u8]) -> Vec<u8> {
    let mut script = admitted(heartbeat, 0);
    script.extend(received(frame));
    script.extend([7, 0, 0]);
    script
}

fn received(frame: &[u8]) -> Vec<u8> {
    let mut step = vec![0, u8::try_from(frame.len()).unwrap_or(u8::MAX)];
    step.extend(frame.iter().take(255));
    step
}

fn admitted(heartbeat: &[u8], profile: u8) -> Vec<u8> {
    let mut script = received(heartbeat);
    script.extend([8, 1, profile]);
    script
}

/// Every command in both dialects, and silence after it.
fn seed_commands(corpus: &Path, heartbeat: &[u8]) {
    for (dialect, profile) in [("networked", 0), ("v86", 1), ("legacy", 0x20)] {
        for kind in 0..13_u8 {
            let mut script = admitted(heartbeat, profile);
            // Port, value, kind, then what some commands read: plan, attempted.
            script.extend([5, 1, 3, kind, 5, 0]);
            script.extend([3, 20, 4, 30, 4, 30, 4, 30]);
            write(
                corpus,
                "bkv_link",
                &format!("command_{dialect}_{kind:02}"),
                &script,
            );
        }
    }
}

fn write(corpus: &Path, target: &str, name: &str, content: &[u8]) {
    let folder: PathBuf = corpus.join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), content).expect("a file");
}
