//! Writes the seed corpus of AP3000 from its vector file: `cargo run --example seed_ap3000`,
//! after the vectors have changed.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// A heartbeat, which makes a link ask who that is.
const HEARTBEAT: &str = "hb21_up_cap_a";
/// Header, length, physical id, message id.
const HEAD: usize = 11;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("../testdata/protocols/ap3000.jsonl");
    let text = fs::read_to_string(file).expect("a readable vector file");
    let corpus = root.join("corpus");
    let vectors: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let heartbeat = vectors
        .iter()
        .find(|vector| vector["name"] == HEARTBEAT)
        .map(bytes)
        .expect("the heartbeat is in the vectors");
    for vector in &vectors {
        let name = vector["name"].as_str().expect("every vector has a name");
        let raw = bytes(vector);
        write(&corpus, "ap3000_decode", name, &raw);
        if vector["kind"] != "frame" || vector["valid"] == false {
            continue;
        }
        let way = u8::from(vector["direction"] == "down");
        if let Some((&[cmd], rest)) = raw.get(HEAD..).and_then(<[u8]>::split_first_chunk::<1>) {
            let data = rest.get(..rest.len().saturating_sub(2)).unwrap_or_default();
            let spelled = [&[cmd, way], data].concat();
            write(&corpus, "ap3000_decode", &format!("{name}.data"), &spelled);
        }
        if way == 0 {
            // The frame, one of ours, and a positive answer to whatever it asked.
            let script = [
                admitted(&heartbeat, 0),
                received(&raw),
                vec![8, 1, 0, 7, 0, 0],
            ]
            .concat();
            write(&corpus, "ap3000_link", name, &script);
        }
    }
    seed_commands(&corpus, &heartbeat);
}

fn bytes(vector: &Value) -> Vec<u8> {
    hex::decode(vector["hex"].as_str().expect("hex")).expect("hex digits")
}

fn received(frame: &[u8]) -> Vec<u8> {
    let length = u16::try_from(frame.len()).expect("short");
    [&[0], &length.to_le_bytes()[..], frame].concat()
}

/// A heartbeat, and the word that it is one of ours, with the switches of the profile.
fn admitted(heartbeat: &[u8], switches: u8) -> Vec<u8> {
    [received(heartbeat), vec![8, 1, switches]].concat()
}

/// Every command to a new, an old and a host device, with a positive answer, and silence.
fn seed_commands(corpus: &Path, heartbeat: &[u8]) {
    for (device, switches) in [("new", 0), ("old", 0x0C), ("host", 0x30)] {
        for kind in 0..14_u8 {
            let mut script = admitted(heartbeat, switches);
            // Image, device, port, value, kind, then what some commands read: plan, attempted.
            script.extend([5, 40, 0, 1, 3, kind, 5, 0]);
            // An answer of one byte to 0x82, then time.
            script.extend([1, 4, 0, 1, 1, 0, 3, 20, 4, 30, 4, 30, 4, 200]);
            write(
                corpus,
                "ap3000_link",
                &format!("command_{device}_{kind:02}"),
                &script,
            );
        }
    }
}

fn write(corpus: &Path, target: &str, name: &str, content: &[u8]) {
    let folder = corpus.join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), content).expect("a file");
}
