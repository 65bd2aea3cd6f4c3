//! Who may know whom: docs/architecture.md draws the arrows, this test reads the manifests.

use serde_json::Value;
use std::process::Command;

/// The storeys of the house, lowest first. A crate may depend on crates below its own storey.
const STOREYS: [&[&str]; 6] = [
    &["kernel", "wire"],
    &["device", "pile", "protocols"],
    &["domain", "store", "bus", "tls"],
    &["app", "channels"],
    &["gateway", "api", "interconnect", "simulator"],
    &["openpile"],
];

/// The only arrows within one storey.
const LEVEL_ARROWS: [(&str, &str); 5] = [
    ("wire", "kernel"),
    ("protocols", "pile"),
    ("protocols", "device"),
    ("store", "domain"),
    ("app", "channels"),
];

/// The only ones that may name a concrete protocol: the wiring and the simulated devices.
const KNOW_PROTOCOLS: [&str; 2] = ["openpile", "simulator"];

/// Libraries that only these crates may use: SQL, HTTP serving, HTTP calling.
const OWNED_LIBRARIES: [(&str, &[&str]); 3] = [
    ("sqlx", &["store"]),
    ("axum", &["api", "openpile"]),
    // `openpile` calls only itself: the tour of the demo, the load generator.
    (
        "reqwest",
        &["channels", "interconnect", "simulator", "openpile"],
    ),
];

/// Crates that see no socket, no clock, no database, no runtime.
const PURE: [&str; 6] = ["kernel", "wire", "device", "pile", "protocols", "domain"];
const IMPURE_LIBRARIES: [&str; 7] = [
    "tokio",
    "tokio-util",
    "futures-util",
    "socket2",
    "sqlx",
    "axum",
    "reqwest",
];

/// Crates for tests, which the product must not contain.
const DEV_ONLY: [&str; 2] = ["testkit", "tidy"];

struct Arrow {
    from: String,
    from_room: String,
    to: String,
    to_room: Option<String>,
    dev: bool,
}

/// Every dependency that a manifest of the workspace declares.
fn arrows() -> Vec<Arrow> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs, for it runs this test");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo speaks JSON");
    let mut arrows = Vec::new();
    for package in metadata["packages"].as_array().expect("a list of packages") {
        for dependency in package["dependencies"].as_array().expect("a list") {
            arrows.push(Arrow {
                from: text(&package["name"]),
                from_room: room(&text(&package["manifest_path"])),
                to: text(&dependency["name"]),
                to_room: dependency["path"].as_str().map(room),
                dev: dependency["kind"] == "dev",
            });
        }
    }
    assert!(arrows.len() > 20, "the manifests could not be read");
    arrows
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The folder below `crates/`: the crate's own name, or `protocols`.
fn room(path: &str) -> String {
    let below = path
        .rsplit_once("crates/")
        .expect("crates live in crates/")
        .1;
    below
        .split('/')
        .next()
        .expect("split yields one part")
        .to_owned()
}

fn storey(room: &str) -> usize {
    STOREYS
        .iter()
        .position(|rooms| rooms.contains(&room))
        .unwrap_or_else(|| panic!("crate {room} has no storey yet: add it to STOREYS"))
}

fn is_allowed(arrow: &Arrow) -> bool {
    let (from, to) = (arrow.from_room.as_str(), arrow.to.as_str());
    let Some(to_room) = arrow.to_room.as_deref() else {
        let owned = OWNED_LIBRARIES
            .iter()
            .any(|(library, owners)| *library == to && !owners.contains(&from));
        let impure = PURE.contains(&from) && IMPURE_LIBRARIES.contains(&to);
        return !owned && !impure;
    };
    if to_room == "protocols" && !KNOW_PROTOCOLS.contains(&from) {
        return false;
    }
    !DEV_ONLY.contains(&to_room)
        && (storey(to_room) < storey(from) || LEVEL_ARROWS.contains(&(from, to_room)))
}

#[test]
fn arrows_point_down() {
    let forbidden: Vec<String> = arrows()
        .iter()
        .filter(|arrow| !arrow.dev && !DEV_ONLY.contains(&arrow.from_room.as_str()))
        .filter(|arrow| !is_allowed(arrow))
        .map(|arrow| format!("{} -> {}", arrow.from, arrow.to))
        .collect();
    assert!(
        forbidden.is_empty(),
        "forbidden dependencies: {forbidden:#?}"
    );
}

/// Not even in their tests: what two protocols share belongs into `wire`.
#[test]
fn protocols_never_know_each_other() {
    for arrow in arrows() {
        let between_protocols =
            arrow.from_room == "protocols" && arrow.to_room.as_deref() == Some("protocols");
        assert!(!between_protocols, "{} -> {}", arrow.from, arrow.to);
    }
}
