//! Every file of the fuzz corpus through its target, as a plain test: the corpus is made from the
//! vector file, so this runs decoder and link on good and damaged input.

#[path = "../../../../../fuzz/src/ap3000.rs"]
mod frames;

#[path = "../../../../../fuzz/src/ap3000_link.rs"]
mod script;

use std::fs;
use std::path::Path;

fn run_all(target: &str, work: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../fuzz/corpus")
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
fn decoder() {
    run_all("ap3000_decode", frames::decode);
}

#[test]
fn link() {
    run_all("ap3000_link", script::link);
}
