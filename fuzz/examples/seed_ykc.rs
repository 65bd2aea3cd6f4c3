//! Writes the seed corpus of YKC from its vector file: `cargo run --example seed_ykc`, after the
//! vectors have changed.

use serde_json::Value;
use std::fs;
use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("../testdata/protocols/ykc.jsonl");
    let text = fs::read_to_string(file).expect("a readable vector file");
    let corpus = root.join("corpus");
    for line in text.lines() {
        let vector: Value = serde_json::from_str(line).expect("JSON");
        let name = vector["name"].as_str().expect("every vector has a name");
        let name = name.replace('-', "_").to_lowercase();
        let raw = hex::decode(vector["hex"].as_str().expect("hex")).expect("hex digits");
        write(&corpus, "ykc_decode", &name, &raw);
        // Type, checksum order, body: what the target puts a frame together from.
        let end = raw.len() - 2;
        let seed = [&[raw[5], 0], &raw[6..end]].concat();
        write(&corpus, "ykc_decode", &format!("body_{name}"), &seed);
        if vector["valid"] == true && vector["direction"] == "up" {
            write(&corpus, "ykc_link", &name, &script(&raw));
        }
    }
    for kind in 0..16_u8 {
        // Port, value, kind, then what starts read: plan, attempted; and an answer, and time.
        let mut script = logged_in();
        script.extend([5, 1, 34, kind, 5, 0, 2, 14, 0, 26, 4, 20, 4, 60]);
        write(&corpus, "ykc_link", &format!("command_{kind:02}"), &script);
    }
}

/// A login of the script's pile, and its admission.
fn logged_in() -> Vec<u8> {
    vec![1, 0, 0, 0, 8, 1, 0]
}

/// Login, admission, the frame as it is, its body with the script's pile in it, an answer.
fn script(raw: &[u8]) -> Vec<u8> {
    let mut script = logged_in();
    let body = &raw[6..raw.len() - 2];
    script.extend([1, raw[5], 1, u8::try_from(body.len()).unwrap_or(240)]);
    script.extend(body.iter().take(240));
    script.extend([0, u8::try_from(raw.len()).unwrap_or(u8::MAX)]);
    script.extend(raw.iter().take(255));
    script.extend([7, 0, 0, 7, 2, 4, 20]);
    script
}

fn write(corpus: &Path, target: &str, name: &str, content: &[u8]) {
    let folder = corpus.join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), content).expect("a file");
}
