//! Text from outside: lines for the decoder, bodies of API calls.

use super::{capture, digits, json, lines, reading::Wanted, text};
use domain::request::{AMOUNT_MAX, ENERGY_MAX, POWER_MAX, PortChoice, start_plan};
use std::io::BufReader;

/// What the decoder may be told to read: every family, every dialect, one that is retired.
const PROTOCOLS: [&str; 9] = [
    "auto",
    "bkv",
    "ap3000",
    "ykc",
    "infypower",
    "infypower-3.0",
    "lvneng-3.4",
    "shenghong-5.3",
    "keda",
];

/// Every line gets exactly one answer, which is JSON; captures are cut into parts without gaps.
pub fn decode_jsonl(data: &[u8]) {
    for name in PROTOCOLS {
        let wanted = Wanted::parse(name).expect("a protocol");
        let mut output = Vec::new();
        lines::answer_all(wanted, &mut BufReader::new(data), &mut output)
            .expect("memory does not fail");
        let asked = data.split(|byte| *byte == b'\n').count()
            - usize::from(data.is_empty() || data.ends_with(b"\n"));
        let answers = String::from_utf8(output).expect("JSON is UTF-8");
        assert_eq!(answers.lines().count(), asked, "a line without its answer");
        for line in answers.lines() {
            let answer: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(
                answer["valid"].as_bool(),
                Some(answer.get("error").is_none())
            );
        }
        let _ = json::whole(wanted, data);
        let (table, _) = text::whole(wanted, data, text::Paint::new(false));
        assert!(!table.contains('\u{1b}'), "a frame steers the terminal");
        let parts = capture::parts(wanted.family(data), data);
        let joined: Vec<&[u8]> = parts.iter().map(|part| part.bytes).collect();
        assert_eq!(joined.concat(), data, "parts with gaps");
    }
    let _ = digits::bytes(&String::from_utf8_lossy(data));
}

/// A start request becomes a plan within its limits, or an error that names a field.
pub fn start_request(data: &[u8]) {
    let Ok(body) = serde_json::from_slice(data) else {
        return;
    };
    match start_plan(&body) {
        Ok(plan) => {
            assert!((0..=AMOUNT_MAX).contains(&plan.amount.0));
            assert!(
                plan.energy
                    .is_none_or(|energy| (0..=ENERGY_MAX.0).contains(&energy.0))
            );
            assert!(
                plan.power_limit
                    .is_none_or(|limit| (0..=POWER_MAX.0).contains(&limit.0))
            );
            assert!(
                plan.duration_s
                    .is_none_or(|seconds| (1..=86_400).contains(&seconds))
            );
            match plan.port {
                PortChoice::Number(port) => assert!((1..=500).contains(&port.0) && port.0 != 255),
                PortChoice::Automatic => {}
                PortChoice::Hole { socket, hole } => {
                    assert!((1..=250).contains(&socket) && hole <= 1);
                }
            }
        }
        Err(fault) => {
            assert!(!fault.field.is_empty() || body.get("").is_some());
            assert!(!fault.problem.is_empty());
            assert!(matches!(fault.class.status(), 400 | 422));
        }
    }
}
