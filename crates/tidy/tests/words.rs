//! What decoded frames say in English: collected from the definitions of the protocols, so that
//! the console's tests can ask whether it has Chinese for all of it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The texts, one a line; the console compares its dictionaries with them.
const LIST: &str = "../../testdata/words/frames.txt";
/// When this is set, the list is written instead of compared.
const WRITE: &str = "OPENPILE_WRITE_WORDS";

const PROTOCOLS: [&str; 4] = ["ap3000", "bkv", "infypower", "ykc"];
/// The modules of a protocol whose words stand beside decoded fields.
const MODULES: [&str; 9] = [
    "clock",
    "codes",
    "inspect",
    "key",
    "message",
    "physical_id",
    "port",
    "status",
    "value",
];
/// Files among them whose words go elsewhere: to programs, to the terminal, to forms.
const SILENT: [&str; 4] = ["category.rs", "parameter.rs", "table.rs", "tests.rs"];
/// Values in the form of words.
const BYTES: [&str; 2] = ["fcfe", "fcff"];

fn crates_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn texts() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let wire = crates_dir().join("wire/src");
    for file in ["code.rs", "list.rs"] {
        read(&wire.join(file), &mut texts);
    }
    for protocol in PROTOCOLS {
        let source = crates_dir().join("protocols").join(protocol).join("src");
        for module in MODULES {
            let file = source.join(module).with_extension("rs");
            if file.exists() {
                read(&file, &mut texts);
            }
            read_all(&source.join(module), &mut texts);
        }
    }
    texts.retain(|text| !BYTES.contains(&text.as_str()));
    texts
}

fn read_all(folder: &Path, texts: &mut BTreeSet<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.map(|entry| entry.expect("a readable entry").path()) {
        if path.is_dir() {
            read_all(&path, texts);
        } else {
            read(&path, texts);
        }
    }
}

fn read(path: &Path, texts: &mut BTreeSet<String>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if SILENT.contains(&name.as_ref()) {
        return;
    }
    let text = fs::read_to_string(path).expect("a readable source");
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = documented(product, texts);
    literals(&code, texts);
}

/// The documentation of fields and codes is what is said of them; the code that is left is returned.
fn documented(product: &str, texts: &mut BTreeSet<String>) -> String {
    let mut code = String::new();
    let mut words = String::new();
    let mut table: Option<usize> = None;
    for line in product.lines() {
        let bare = line.trim();
        let indent = line.len() - line.trim_start().len();
        if let Some(doc) = bare.strip_prefix("///") {
            words.push_str(doc);
            continue;
        }
        if bare.starts_with("//") {
            continue;
        }
        // That of a whole table is for readers of the source.
        if table.is_some() && !words.is_empty() && !bare.starts_with("pub ") {
            texts.insert(words.trim().to_owned());
        }
        words.clear();
        if bare.ends_with("message! {") || bare.ends_with("codes! {") {
            table = Some(indent);
        } else if bare == "}" && table == Some(indent) {
            table = None;
        }
        if !bare.starts_with("#[") && !bare.contains("expect(") {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// Texts in quotes that are no names of fields and no forms of numbers.
fn literals(code: &str, texts: &mut BTreeSet<String>) {
    let mut rest = code;
    let mut before = 0;
    while let Some(start) = rest.find('"') {
        let (told, behind) = quoted(&rest[start + 1..]);
        let lead = &code[..before + start];
        let head = told.strip_suffix(", {}");
        let told = head.unwrap_or(told);
        let is_text = told.contains(|letter: char| letter.is_ascii_lowercase())
            && !told.contains(['{', '}', '\\', '_']);
        if is_text && (told.contains(' ') || head.is_some() || !is_name(lead, behind)) {
            texts.insert(told.trim_matches([' ', ',']).to_owned());
        }
        before = code.len() - behind.len();
        rest = behind;
    }
}

/// The text up to its closing quote, and what is behind that.
fn quoted(text: &str) -> (&str, &str) {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' if !is_escaped => return (&text[..at], &text[at + 1..]),
            _ => is_escaped = letter == '\\' && !is_escaped,
        }
    }
    (text, "")
}

/// A single word is the name of a field where more follows it, but not in a row of a table.
fn is_name(lead: &str, behind: &str) -> bool {
    let follows_number = lead
        .strip_suffix(", ")
        .is_some_and(|row| row.ends_with(|last: char| last.is_ascii_digit() || last == '_'));
    behind.starts_with(',') && !follows_number && !lead.ends_with("=> ")
}

#[test]
fn the_list_of_what_frames_say_is_complete() {
    let texts = texts();
    assert!(texts.len() > 1000, "the definitions could not be read");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    if env::var_os(WRITE).is_some() {
        let lines: Vec<&str> = texts.iter().map(String::as_str).collect();
        fs::write(&path, lines.join("\n") + "\n").expect("the list is written");
        return;
    }
    let list = fs::read_to_string(&path).unwrap_or_default();
    let listed: BTreeSet<String> = list.lines().map(str::to_owned).collect();
    let new: Vec<&String> = texts.difference(&listed).collect();
    let gone: Vec<&String> = listed.difference(&texts).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "testdata/words/frames.txt lacks {new:#?} and has too much: {gone:#?}; \
         write it anew with `{WRITE}=1 cargo test -p tidy --test words`, \
         then say the new ones in Chinese in web/src/words/frames/"
    );
}
