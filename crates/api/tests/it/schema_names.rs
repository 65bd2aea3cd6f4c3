//! Two types of one name would stand in the document as one: bodies of the one would be described
//! as the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The names under which the types of a source file stand in the document.
fn names(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let mut derive = line.trim().to_owned();
        if !derive.starts_with("#[derive(") {
            continue;
        }
        while !derive.contains(")]") {
            derive.push_str(lines.next().unwrap_or(")]").trim());
        }
        if !derive.contains("ToSchema") {
            continue;
        }
        let mut renamed = None;
        for line in lines.by_ref() {
            let line = line.trim();
            if let Some((_, rest)) = line.split_once("schema(as = ") {
                renamed = rest.split([',', ')']).next().map(str::to_owned);
            }
            let after = |word: &str| line.split_once(word).map(|(_, rest)| rest);
            if let Some(rest) = after("struct ").or_else(|| after("enum "))
                && !line.starts_with(['#', '/', '"'])
            {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let name = &rest[..end.unwrap_or(rest.len())];
                found.push(renamed.take().unwrap_or_else(|| name.to_owned()));
                break;
            }
        }
    }
    found
}

fn walk(folder: &Path, seen: &mut BTreeMap<String, Vec<String>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, seen);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = fs::read_to_string(&path).expect("a source file");
            for name in names(&source) {
                let at = path.display().to_string();
                seen.entry(name).or_default().push(at);
            }
        }
    }
}

#[test]
fn no_two_types_stand_under_one_name_in_the_document() {
    let mut seen = BTreeMap::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    walk(&sources, &mut seen);
    assert!(seen.len() > 200, "{}", seen.len());
    for known in ["OrderOut", "BillLineOut", "BookLineOut", "Envelope"] {
        assert!(seen.contains_key(known), "{known} is found");
    }
    let twice: Vec<_> = seen.iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:#?}");
}

#[test]
fn names_are_found_however_they_are_written() {
    let source = "#[derive(\n    Serialize, ToSchema,\n)]\n#[schema(example = json!({}))]\n\
        pub(crate) struct Page<T> {\n}\n#[derive(ToSchema)]\n#[schema(as = Other)]\nenum Wish {}\n\
        #[derive(Debug)]\nstruct Hidden;\n";
    assert_eq!(names(source), ["Page", "Other"]);
}
