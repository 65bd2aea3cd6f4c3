//! Writes the seed corpus of Infypower from its vector file: `cargo run --example
//! seed_infypower`, after the vectors have changed.

use infypower::inspect;
use infypower::layout::TABLE;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("../testdata/protocols/infypower.jsonl");
    let text = fs::read_to_string(file).expect("a readable vector file");
    let corpus = root.join("corpus");
    for line in text.lines() {
        let vector: Value = serde_json::from_str(line).expect("JSON");
        let name = vector["name"].as_str().expect("every vector has a name");
        let raw = hex::decode(vector["hex"].as_str().expect("hex")).expect("hex digits");
        write(&corpus, "infypower_decode", name, &raw);
        if vector["dialect"] == "stream" || vector["valid"] == false {
            continue;
        }
        seed_body(&corpus, name, &raw);
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
