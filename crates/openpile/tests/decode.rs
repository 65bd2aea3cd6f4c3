//! `openpile decode` as people and scripts run it: the real program, its output, its exit status.

use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const FRAME: &str = "fcff0018000000000000008220052000486920200730164545a7fcee";

fn decode(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_openpile"))
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_owned();
    // In a thread of its own: both pipes may fill up.
    let writer = std::thread::spawn(move || {
        // The program may be done before it has read everything.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer ends");
    output
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn objects(output: &Output) -> Vec<Value> {
    text(output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn vectors(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("../../testdata/protocols").join(file);
    std::fs::read_to_string(path).expect("a readable vector file")
}

#[test]
fn every_vector_decodes_to_what_it_says() {
    for file in ["bkv.jsonl", "bkv-v8.6.jsonl"] {
        let input = vectors(file);
        for protocol in ["auto", "bkv", "gn"] {
            let output = decode(&["--jsonl", "--protocol", protocol], &input);
            assert!(output.status.success());
            let answers = objects(&output);
            assert_eq!(answers.len(), input.lines().count());
            for (line, answer) in input.lines().zip(&answers) {
                let vector: Value = serde_json::from_str(line).expect("JSON");
                let name = &vector["name"];
                assert_eq!(answer["name"], *name);
                assert_eq!(answer["valid"], vector["valid"], "{name}");
                assert_eq!(answer["decoded"], vector["decoded"], "{name}");
                assert_eq!(answer["protocol"], "bkv", "{name}");
                if vector["valid"] == false {
                    assert_eq!(answer["error"], vector["decoded"]["error"], "{name}");
                } else if vector["kind"] != "stream" {
                    assert_eq!(answer["reencoded"], vector["hex"], "{name}");
                    assert!(answer["command"].is_string(), "{name}");
                }
            }
        }
    }
}

#[test]
fn vectors_decode_without_their_hints() {
    let input = vectors("bkv.jsonl");
    for line in input.lines() {
        let vector: Value = serde_json::from_str(line).expect("JSON");
        if vector["kind"] == "stream" {
            continue;
        }
        let digits = vector["hex"].as_str().expect("text");
        let output = decode(&["--json", digits], "");
        let found: Value = serde_json::from_str(&text(&output)).expect("one JSON object");
        assert_eq!(found["decoded"], vector["decoded"], "{}", vector["name"]);
        assert_eq!(output.status.success(), vector["valid"] == true);
    }
}

#[test]
fn a_frame_is_shown_field_by_field() {
    let output = decode(&[FRAME], "");
    assert!(output.status.success());
    let shown = text(&output);
    for part in [
        "BKV 0x0000",
        "down",
        "gateway_id",
        "82200520004869",
        "20200730164545",
        "0xa7",
    ] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    assert!(!shown.contains('\u{1b}'), "no colours where nobody looks");
}

#[test]
fn digits_come_in_every_form_and_from_a_pipe() {
    let spaced: Vec<String> = FRAME
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
        .collect();
    let words: Vec<&str> = spaced.iter().map(String::as_str).collect();
    let plain = text(&decode(&[FRAME], ""));
    assert_eq!(text(&decode(&words, "")), plain);
    assert_eq!(text(&decode(&[&spaced.join(":")], "")), plain);
    assert_eq!(
        text(&decode(&[&format!("0x{}", spaced.join(", 0x"))], "")),
        plain
    );
    assert_eq!(
        text(&decode(&[], &format!("{}\r\n", spaced.join("\n")))),
        plain
    );
}

#[test]
fn a_capture_shows_its_frames_and_what_lies_between_them() {
    let capture = format!("00 {FRAME} 0e {FRAME} fcff0018");
    let output = decode(&[&capture], "");
    assert_eq!(
        output.status.code(),
        Some(1),
        "not everything was understood"
    );
    let shown = text(&output);
    assert_eq!(shown.matches("BKV 0x0000").count(), 2, "{shown}");
    assert!(shown.contains("1 byte at byte 29: no frame"), "{shown}");
    assert!(
        shown.contains("2 frames, 6 bytes outside of frames"),
        "{shown}"
    );

    let output = decode(&["--json", &capture], "");
    let found: Value = serde_json::from_str(&text(&output)).expect("one JSON object");
    let offsets: Vec<_> = found["parts"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|part| (part["offset"].as_u64(), part["valid"].as_bool()))
        .collect();
    let wanted = [(0, false), (1, true), (29, false), (30, true), (58, false)];
    assert_eq!(
        offsets,
        wanted.map(|(offset, valid)| (Some(offset), Some(valid)))
    );
}

#[test]
fn frames_of_every_family_are_known_by_their_beginning() {
    for family in ["ap3000", "ykc", "infypower"] {
        let input = vectors(&format!("{family}.jsonl"));
        let output = decode(&["--jsonl"], &input);
        let answers = objects(&output);
        assert_eq!(answers.len(), input.lines().count());
        let mut compared = 0;
        for (line, answer) in input.lines().zip(&answers) {
            let vector: Value = serde_json::from_str(line).expect("JSON");
            let name = &vector["name"];
            let is_stream = name.as_str().is_some_and(|name| name.starts_with("stream"));
            if is_stream || vector["valid"] == false {
                continue;
            }
            assert_eq!(answer["decoded"], vector["decoded"], "{family} {name}");
            assert_eq!(answer["protocol"], family, "{name}");
            compared += 1;
        }
        assert!(compared > 30, "{family}: {compared}");
    }
}

/// The console says in Chinese what stands in that list, and lists of it; numbers and names stay.
fn is_said_in_chinese(listed: &BTreeSet<&str>, said: &str) -> bool {
    let is_listed = |word: &str| {
        let word = word.trim_end_matches(" (undefined)");
        let is_value = word.contains(|letter: char| letter.is_ascii_digit() || letter == '"');
        listed.contains(word) || is_value
    };
    said.is_empty() || listed.contains(said) || said.split(", ").all(is_listed)
}

#[test]
fn what_is_said_of_frames_stands_in_the_list_of_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = std::fs::read_to_string(root.join("../../testdata/words/frames.txt"));
    let list = list.expect("a readable list");
    let listed: BTreeSet<&str> = list.lines().collect();
    let mut heard = 0;
    for family in ["ap3000", "bkv", "infypower", "ykc"] {
        let input = vectors(&format!("{family}.jsonl"));
        let vectors = input
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let capture: Vec<String> = vectors
            .filter(|vector| vector["valid"] != false)
            .filter_map(|vector| Some(vector["hex"].as_str()?.to_owned()))
            .collect();
        let output = decode(&["--json", "--protocol", family], &capture.join(" "));
        let found: Value = serde_json::from_str(&text(&output)).expect("one JSON object");
        for part in found["parts"].as_array().expect("a list") {
            let fields = part["fields"].as_array().into_iter().flatten();
            let about = fields.flat_map(|field| [&field["about"], &field["meaning"]]);
            for said in about.chain([&part["title"]]).filter_map(Value::as_str) {
                assert!(is_said_in_chinese(&listed, said), "{family}: {said}");
                heard += 1;
            }
        }
    }
    assert!(heard > 1000, "{heard}");
}

#[test]
fn a_wrong_checksum_is_said_and_the_rest_shown() {
    let damaged = FRAME.replace("a7fcee", "a8fcee");
    let output = decode(&[&damaged], "");
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output);
    assert!(shown.contains("checksum"), "{shown}");
    assert!(shown.contains("20200730164545"), "{shown}");
}

#[test]
fn what_is_no_frame_is_refused_in_words() {
    for (arguments, status) in [
        (&["zz"][..], 1),
        (&["fcf"], 1),
        (&["00"], 1),
        (&[""], 1),
        (&["--protocol", "keda", FRAME], 1),
        (&["--protocol", "ykc", FRAME], 1),
        (&["--protocol", "ocpp", FRAME], 2),
        (&["--jsonl", "--json"], 2),
    ] {
        let output = decode(arguments, "");
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        assert!(
            !output.stdout.is_empty() || !output.stderr.is_empty(),
            "{arguments:?}"
        );
    }
}

#[test]
fn bad_lines_are_answered_and_harm_no_good_ones() {
    let good = format!("{{\"name\":\"good\",\"hex\":\"{FRAME}\",\"dialect\":\"v8.6\"}}");
    let input = format!("{good}\n\nnonsense\n[1]\n{{\"hex\":1}}\n{{\"name\":\"n\"}}\n{good}");
    let answers = objects(&decode(&["--jsonl"], &input));
    let valid: Vec<_> = answers
        .iter()
        .map(|answer| answer["valid"] == true)
        .collect();
    assert_eq!(valid, [true, false, false, false, false, false, true]);
    let bad = answers.iter().filter(|answer| answer["valid"] == false);
    assert!(bad.clone().all(|answer| answer["error"].is_string()));
    assert_eq!(answers[5]["name"], "n");
    assert_eq!(answers[0], answers[6]);
}

#[test]
fn retired_protocols_are_not_read() {
    let line = format!("{{\"hex\":\"{FRAME}\"}}");
    let answers = objects(&decode(&["--jsonl", "--protocol", "keda"], &line));
    assert_eq!(answers[0]["error"], "protocol_retired");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let line = format!("{{\"hex\":\"{FRAME}\"}}\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_openpile"))
        .args(["decode", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("piped");
    for _ in 0..2000 {
        if stdin.write_all(line.as_bytes()).is_err() {
            break;
        }
    }
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stderr.is_empty());
}
