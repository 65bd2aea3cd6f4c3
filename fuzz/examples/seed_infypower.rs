//! Writes the seed corpus of Infypower from its vector file: `cargo run --example
//! seed_infypower`, after the vectors have changed.

use infypower::inspect;
use infypower::layout::TABLE;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What makes a link ask who that is.
const SIGN_IN: &str = "infy30_106_signin";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("../testdata/protocols/infypower.jsonl");
    let text = fs::read_to_string(file).expect("a readable vector file");
    let corpus = root.join("corpus");
    let vectors: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let sign_in = vectors
        .iter()
        .find(|vector| vector["name"] == SIGN_IN)
        .map(bytes)
        .expect("the sign-in is in the vectors");
    for vector in &vectors {
        let name = vector["name"].as_str().expect("every vector has a name");
        let raw = bytes(vector);
        write(&corpus, "infypower_decode", name, &raw);
        if vector["dialect"] == "stream" || vector["valid"] == false {
            continue;
        }
        seed_body(&corpus, name, &raw);
        if vector["direction"] == "up" {
            // The frame, and a positive answer to whatever it asked.
            let script = [admitted(&sign_in, 0), received(&raw), vec![7, 0, 0]].concat();
            write(&corpus, "infypower_link", name, &script);
        }
    }
    seed_commands(&corpus, &sign_in);
}

fn bytes(vector: &Value) -> Vec<u8> {
    hex::decode(vector["hex"].as_str().expect("hex")).expect("hex digits")
}

fn received(frame: &[u8]) -> Vec<u8> {
    let length = u16::try_from(frame.len()).expect("short");
    [&[0], &length.to_le_bytes()[..], frame].concat()
}

/// A sign-in, and the word that it is one of ours, with the lowest eight switches of the profile.
fn admitted(sign_in: &[u8], switches: u8) -> Vec<u8> {
    [received(sign_in), vec![8, 1, switches, 0]].concat()
}

/// Every command in every dialect, and silence after it.
fn seed_commands(corpus: &Path, sign_in: &[u8]) {
    for (dialect, switches) in [
        ("infypower", 0),
        ("lvneng", 1),
        ("shenghong", 2),
        ("v20", 4),
    ] {
        for kind in 0..20_u8 {
            let mut script = admitted(sign_in, switches);
            // Image, port, value, kind, then what some commands read: plan, attempted.
            script.extend([5, 40, 1, 3, kind, 5, 0]);
            script.extend([3, 20, 4, 30, 4, 130, 4, 30]);
            let name = format!("command_{dialect}_{kind:02}");
            write(corpus, "infypower_link", &name, &script);
        }
    }
}

/// Form, direction and dialect, version, body: what the target puts a frame together from.
fn seed_body(corpus: &Path, name: &str, raw: &[u8]) {
    let found = inspect::frame(raw, None, None).expect("a good frame");
    let cmd = u16::from_le_bytes([raw[6], raw[7]]);
    let body = &raw[8..raw.len() - 1];
    let form = TABLE
        .iter()
        .position(|form| form.cmd == cmd && Some(form.direction) == found.direction);
    let Some(form) = form.and_then(|form| u8::try_from(form).ok()) else {
        return;
    };
    let seed = [&[form, 0, 0x10], body].concat();
    write(corpus, "infypower_decode", &format!("body_{name}"), &seed);
}

fn write(corpus: &Path, target: &str, name: &str, content: &[u8]) {
    let folder = corpus.join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), content).expect("a file");
}
