//! `openpile replay` on captures and `openpile certify` on simulated devices, as people run them.

use serde_json::Value;
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
    let name = format!("openpile-trials-{}-{name}", std::process::id());
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

/// All checks of a short plan, mishaps included, on a clock of its own.
#[test]
fn a_simulated_device_passes_every_check() {
    let report = std::env::temp_dir().join(format!("openpile-trials-{}.html", std::process::id()));
    let name = report.display().to_string();
    let words = [
        "certify",
        "--simulate",
        "--family",
        "bkv",
        "--dialect",
        "v8.6",
        "--charge-s",
        "60",
        "--cycles",
        "3",
        "--continuous-s",
        "600",
        "--stability-s",
        "1200",
        "--patience-s",
        "300",
        "--report",
        &name,
    ];
    let output = openpile(&words);
    let said = text(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{said}{}",
        text(&output.stderr)
    );
    assert!(said.contains("passed, score 100"), "{said}");
    assert!(said.contains("certifies nothing"), "{said}");
    let page = std::fs::read_to_string(&report).expect("the report");
    assert!(page.contains("设备认证报告") && page.contains("100 / 100"));
    std::fs::remove_file(report).expect("removed");
}
