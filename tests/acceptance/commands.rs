//! `openpile replay` on captures and `openpile certify` on simulated devices, as people run them.

use serde_json::Value;
use simulator::family::FAMILIES;
use std::path::PathBuf;
use std::process::{Command, Output};

/// What a gateway answers to a start, and the head of another frame.
const CAPTURE: &str =
    "FCFE00250015000000000186004459453005001102025036302000980068000000010050002d41fcee";

fn openpile(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_openpile"))
        .args(words)
        .output()
        .expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn file(name: &str, content: &str) -> PathBuf {
    let name = format!("openpile-commands-{}-{name}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, content).expect("written");
    path
}

#[test]
fn a_capture_is_gone_through_without_a_database() {
    let path = file("capture.txt", CAPTURE);
    let name = path.display().to_string();
    for more in [&["--no-state"][..], &[]] {
        let words = [&["replay", "--json", "--capture", &name], more].concat();
        let output = openpile(&words);
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}{}", text(&output.stdout), text(&output.stderr)));
        let found = &told["devices"][0];
        assert_eq!(output.status.code(), Some(0), "{found}");
        let entries = found["entries"].as_array().expect("a list");
        let frames: Vec<_> = entries
            .iter()
            .filter(|entry| entry["what"] == "frame")
            .collect();
        assert_eq!(frames.len(), 1, "{entries:?}");
        assert_eq!(frames[0]["data"]["hex"], CAPTURE.to_uppercase());
        assert_eq!(frames[0]["data"]["valid"], true);
        assert_eq!(found["differences"], serde_json::json!([]));
    }
    std::fs::remove_file(path).expect("removed");
}

#[test]
fn what_cannot_be_gone_through_is_said_so() {
    let noise = file("noise.txt", "0102030405");
    let letters = file("letters.txt", "no digits");
    let (noise_name, letters_name) = (noise.display().to_string(), letters.display().to_string());
    for (words, problem) in [
        (vec!["replay", "--capture", "/nowhere.txt"], "cannot read"),
        (vec!["replay", "--capture", &noise_name], "like no protocol"),
        (
            vec!["replay", "--capture", &letters_name],
            "no hexadecimal digit",
        ),
        (
            vec!["replay", "--device", "82210225000520"],
            "--from and --to",
        ),
        (
            vec!["certify", "--simulate", "--cycles", "0"],
            "cycles must be",
        ),
    ] {
        let output = openpile(&words);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains(problem), "{words:?}: {said}");
    }
    for path in [noise, letters] {
        std::fs::remove_file(path).expect("removed");
    }
}

/// Runs the suite on a simulated device, on a clock of its own: exit status and what was said.
fn certify(what: &[&str]) -> (Option<i32>, String) {
    let short = [
        "certify",
        "--simulate",
        "--charge-s",
        "420",
        "--cycles",
        "3",
        "--continuous-s",
        "3600",
        "--stability-s",
        "7200",
        "--patience-s",
        "900",
    ];
    let output = openpile(&[&short, what].concat());
    let said = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), said)
}

/// Every family in each of its dialects passes every check, mishaps included.
#[test]
fn simulated_devices_of_every_family_pass_every_check() {
    for family in FAMILIES {
        for dialect in family.dialects() {
            let (status, said) = certify(&["--family", family.name(), "--dialect", dialect]);
            assert_eq!(status, Some(0), "{family} {dialect}: {said}");
            assert!(
                said.contains("passed, score 100"),
                "{family} {dialect}: {said}"
            );
            assert!(said.contains("certifies nothing"), "{said}");
        }
    }
}

/// A device with a known defect fails at the checks that are about it, and nowhere else.
#[test]
fn a_defect_fails_at_its_own_check() {
    const DATA: [&str; 4] = ["full_charge", "cycles", "stability", "flow"];
    const SERIES: [&str; 3] = ["cycles", "stability", "flow"];
    // Without an end report nothing says that a stop was obeyed.
    const SILENT: [&str; 6] = [
        "commands",
        "full_charge",
        "cycles",
        "stability",
        "timeliness",
        "flow",
    ];
    let cases: [(&str, &str, &str, &[&str], &str); 10] = [
        (
            "ap3000",
            "combined",
            "no_end_report",
            &SILENT,
            "no end report",
        ),
        ("ykc", "dc", "no_record", &SILENT, "no end report"),
        (
            "bkv",
            "v8.6",
            "stubborn_stop",
            &["commands"],
            "not obeyed: stop",
        ),
        (
            "infypower",
            "dc",
            "stubborn_stop",
            &["commands"],
            "the stop was not obeyed",
        ),
        (
            "bkv",
            "v8.6",
            "wild_energy",
            &DATA,
            "more energy than its power allows",
        ),
        (
            "ykc",
            "dc",
            "wild_energy",
            &DATA,
            "more energy than its power allows",
        ),
        ("infypower", "dc", "too_much", &DATA, "energy, period_sum"),
        (
            "bkv",
            "networked",
            "same_number",
            &SERIES,
            "its session number is that of the charge before",
        ),
        (
            "bkv",
            "v8.6",
            "end_repeat",
            &SERIES,
            "end reports are repeated although they are acknowledged",
        ),
        (
            "ap3000",
            "combined",
            "repeated_records",
            &SERIES,
            "end reports are repeated although they are acknowledged",
        ),
    ];
    for (family, dialect, profile, checks, why) in cases {
        let what = [
            "--family",
            family,
            "--dialect",
            dialect,
            "--profile",
            profile,
        ];
        let (status, said) = certify(&what);
        assert_eq!(status, Some(1), "{what:?}: {said}");
        let failed: Vec<&str> = said
            .lines()
            .filter_map(|line| line.strip_prefix("  failed"))
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(failed, checks, "{what:?}: {said}");
        assert!(said.contains(why), "{what:?}: {said}");
    }
}

/// The report, for people and for programs, with the frames as they went over the wire.
#[test]
fn a_report_shows_what_it_rests_on() {
    let base = std::env::temp_dir().join(format!("openpile-commands-{}", std::process::id()));
    let (page, data) = (base.with_extension("html"), base.with_extension("json"));
    for file in [&page, &data] {
        let name = file.display().to_string();
        let (status, said) = certify(&["--family", "bkv", "--dialect", "v8.6", "--report", &name]);
        assert_eq!(status, Some(0), "{said}");
    }
    let shown = std::fs::read_to_string(&page).expect("the report");
    for words in ["设备认证报告", "100 / 100", "<code>FCFE"] {
        assert!(shown.contains(words), "{words}");
    }
    let read = std::fs::read(&data).expect("the report");
    let report: Value = serde_json::from_slice(&read).expect("JSON");
    assert_eq!(report["report"]["certification"]["score"], 100);
    let evidence = report["evidence"].as_array().expect("evidence");
    let charge = evidence.iter().find(|piece| piece["code"] == "full_charge");
    let frames = charge.expect("the charge")["frames"]
        .as_array()
        .expect("frames");
    assert_eq!(frames.len(), 20, "as many as a report shows");
    assert!(frames.iter().any(|frame| frame["direction"] == "down"));
    for file in [page, data] {
        std::fs::remove_file(file).expect("removed");
    }
}
