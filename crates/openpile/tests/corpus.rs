//! Every file of the fuzz corpus through its target, as a plain test: the corpus is made from the
//! vector files, so this runs every decoder, link and parser on good and damaged input.

#[expect(unreachable_pub, reason = "it is a crate of its own elsewhere")]
#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::path::Path;

fn run_all(target: &str, work: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut files = 0;
    for entry in fs::read_dir(&folder).expect("the corpus is in the repository") {
        let path = entry.expect("a readable entry").path();
        let data = fs::read(&path).expect("a readable file");
        work(&data);
        // Cut off anywhere, nothing may break either.
        for end in (0..data.len()).step_by(7) {
            work(&data[..end]);
        }
        files += 1;
    }
    assert!(files > 5, "{target}: {files} files");
}

#[test]
fn frames() {
    run_all("bkv_frame", fuzz::bkv_frame);
}

#[test]
fn messages() {
    run_all("bkv_decode", fuzz::bkv_decode);
}

#[test]
fn elements() {
    run_all("bkv_elements", fuzz::bkv_elements);
}

#[test]
fn link() {
    run_all("bkv_link", fuzz::bkv_link);
}

#[test]
fn decoder_lines() {
    run_all("decode_jsonl", fuzz::decode_jsonl);
}

#[test]
fn start_requests() {
    run_all("start_request", fuzz::start_request);
}
