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
    }
}

fn write(corpus: &Path, target: &str, name: &str, content: &[u8]) {
    let folder = corpus.join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), content).expect("a file");
}
