//! One JSON object per line in, one per line out: for test suites and captures in bulk.

use super::digits;
use super::family::Family;
use super::reading::{self, Unreadable, Wanted, Whole};
use super::{capture, json};
use device::Direction;
use serde_json::{Map, Value, json as object};
use std::collections::HashMap;
use std::io::{self, BufRead, Read as _, Write};

/// Longest line, in bytes; more of it is passed over.
pub(crate) const LINE_MAX: usize = 4 * 1024 * 1024;
/// Frames whose names are remembered for the streams that contain them.
const NAMES_MAX: usize = 10_000;

/// Answers every line of `input` with a line on `output`, empty ones included.
///
/// # Errors
/// Of reading and writing; a reader that went away is none.
pub(crate) fn answer_all<R: io::Read>(
    wanted: Wanted,
    input: &mut io::BufReader<R>,
    output: &mut impl Write,
) -> io::Result<()> {
    let mut lines = Lines::new(wanted);
    let mut line = Vec::new();
    while let Some(whole) = next_line(input, &mut line)? {
        let answer = if whole {
            lines.answer(&line)
        } else {
            too_long()
        };
        let written = writeln!(output, "{answer}").and_then(|()| {
            // Somebody who sends one line and waits must get the answer.
            if input.buffer().is_empty() {
                output.flush()
            } else {
                Ok(())
            }
        });
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
    match output.flush() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        flushed => flushed,
    }
}

/// Reads a line; false if it is longer than [`LINE_MAX`], none at the end.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let limit = u64::try_from(LINE_MAX).unwrap_or(u64::MAX);
    if input.by_ref().take(limit).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Some(true));
    }
    if line.len() < LINE_MAX {
        return Ok(Some(true));
    }
    loop {
        let rest = input.fill_buf()?;
        if rest.is_empty() {
            return Ok(Some(false));
        }
        let end = rest.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(rest.len(), |at| at + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(Some(false));
        }
    }
}

/// Answers lines one by one.
pub(crate) struct Lines {
    wanted: Wanted,
    names: HashMap<Vec<u8>, String>,
}

impl Lines {
    /// For lines of that protocol.
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            names: HashMap::new(),
        }
    }

    /// The answer to one line.
    pub(crate) fn answer(&mut self, line: &[u8]) -> Value {
        if line.iter().all(u8::is_ascii_whitespace) {
            return refusal(&Value::Null, "empty", "the line is empty");
        }
        let question = match serde_json::from_slice::<Value>(line) {
            Ok(Value::Object(question)) => question,
            Ok(_) => return refusal(&Value::Null, "json", "the line is no JSON object"),
            Err(error) => return refusal(&Value::Null, "json", &error.to_string()),
        };
        let name = question.get("name").unwrap_or(&Value::Null);
        match self.read(&question) {
            Ok(mut found) => {
                found.shift_insert(0, "name".to_owned(), name.clone());
                Value::Object(found)
            }
            Err((kind, detail)) => refusal(name, kind, &detail),
        }
    }

    fn read(&mut self, question: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
        let direction = direction(question)?;
        let wanted = self.wanted.in_dialect(dialect(question)?);
        let bytes = match question.get("hex") {
            Some(Value::String(text)) => {
                digits::bytes(text).map_err(|error| ("hex", error.to_string()))?
            }
            Some(_) => return Err(("hex", "hex must be text".to_owned())),
            None => return Err(("hex", "hex is missing".to_owned())),
        };
        let found = match question.get("kind").and_then(Value::as_str) {
            Some("bkv") => reading::elements(wanted, &bytes, direction),
            Some("stream") => {
                let family = wanted.family(&bytes);
                return Ok(self.stream(family, &capture::parts(family, &bytes)));
            }
            _ => match reading::whole(wanted, &bytes, direction) {
                Whole::One(reading) => Ok(*reading),
                Whole::Nothing(error) => Err(error),
                Whole::Capture(_, parts) if is_damaged_frame(&parts) => {
                    reading::frame(wanted, &bytes, direction)
                }
                Whole::Capture(family, parts) => return Ok(self.stream(family, &parts)),
            },
        };
        let found: Result<_, Unreadable> = found;
        if found.is_ok() {
            self.remember(question, bytes);
        }
        Ok(found.map_or_else(
            |error| json::unreadable(&error),
            |reading| json::read(&reading),
        ))
    }

    fn remember(&mut self, question: &Map<String, Value>, bytes: Vec<u8>) {
        if let Some(Value::String(name)) = question.get("name")
            && self.names.len() < NAMES_MAX
        {
            self.names.insert(bytes, name.clone());
        }
    }

    /// A byte stream, as the vector files describe it: its good frames, by the names that
    /// earlier lines gave them or else in digits, and the bytes left waiting.
    fn stream(&self, family: Family, parts: &[capture::Part<'_>]) -> Map<String, Value> {
        let of_kind = |wanted: capture::Kind| parts.iter().filter(move |part| part.kind == wanted);
        let frames: Vec<Value> = of_kind(capture::Kind::Frame)
            .map(|part| {
                let name = self.names.get(part.bytes).cloned();
                Value::from(name.unwrap_or_else(|| hex::encode(part.bytes)))
            })
            .collect();
        let pending: usize = of_kind(capture::Kind::Pending)
            .map(|part| part.bytes.len())
            .sum();
        let decoded = object!({ "frames": frames, "pending_bytes": pending });
        let found = object!({
            "valid": true, "protocol": family.name(), "command": "stream", "decoded": decoded,
        });
        match found {
            Value::Object(found) => found,
            _ => Map::new(),
        }
    }
}

/// A word and a sentence.
type Refusal = (&'static str, String);

/// Whether a line that should hold one frame holds it with something before or behind it. Glued
/// frames with nothing else are a stream.
fn is_damaged_frame(parts: &[capture::Part<'_>]) -> bool {
    let first = parts
        .first()
        .is_some_and(|part| Family::of(part.bytes).is_some());
    first && parts.iter().any(|part| part.kind != capture::Kind::Frame)
}

fn direction(question: &Map<String, Value>) -> Result<Option<Direction>, Refusal> {
    match question.get("direction") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(way)) if way == "up" => Ok(Some(Direction::Up)),
        Some(Value::String(way)) if way == "down" => Ok(Some(Direction::Down)),
        Some(_) => Err(("json", "direction must be up or down".to_owned())),
    }
}

/// The dialect of a line. BKV's do not collide, so there it changes nothing.
fn dialect(question: &Map<String, Value>) -> Result<Option<&str>, Refusal> {
    match question.get("dialect") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Ok(Some(name)),
        Some(_) => Err(("json", "dialect must be text".to_owned())),
    }
}

fn refusal(name: &Value, kind: &'static str, detail: &str) -> Value {
    let error = Unreadable {
        protocol: None,
        kind,
        detail: detail.to_owned(),
    };
    let mut refused = json::unreadable(&error);
    refused.shift_insert(0, "name".to_owned(), name.clone());
    Value::Object(refused)
}

fn too_long() -> Value {
    let detail = format!("the line is longer than {LINE_MAX} bytes");
    refusal(&Value::Null, "too_long", &detail)
}

#[cfg(test)]
mod tests {
    use super::super::reading::Wanted;
    use super::{LINE_MAX, answer_all};
    use serde_json::Value;
    use std::io::BufReader;

    fn answers(input: &str) -> Vec<Value> {
        let mut output = Vec::new();
        let mut input = BufReader::new(input.as_bytes());
        answer_all(Wanted::Auto, &mut input, &mut output).expect("memory does not fail");
        let text = String::from_utf8(output).expect("JSON is UTF-8");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    #[test]
    fn every_line_gets_an_answer() {
        let answers = answers("\n{}\n[]\nnonsense\n{\"hex\":\"f\",\"name\":\"half\"}\n{\"hex\":7}");
        let errors: Vec<_> = answers
            .iter()
            .map(|answer| answer["error"].clone())
            .collect();
        assert_eq!(errors, ["empty", "hex", "json", "json", "hex", "hex"]);
        assert!(answers.iter().all(|answer| answer["valid"] == false));
        assert_eq!(answers[4]["name"], "half");
    }

    #[test]
    fn a_line_without_end_is_passed_over() {
        let long = format!(
            "{{\"hex\":\"{}\"}}\n{{\"hex\":\"\"}}\n",
            "0".repeat(LINE_MAX)
        );
        let answers = answers(&long);
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[0]["error"], "too_long");
        assert_eq!(answers[1]["error"], "empty");
    }

    #[test]
    fn glued_frames_are_a_stream_and_a_frame_with_a_tail_is_none() {
        let frame = "fcff0018000000000000008220052000486920200730164545a7fcee";
        let input = format!(
            "{{\"name\":\"time\",\"hex\":\"{frame}\"}}\n{{\"hex\":\"{frame}{frame}\"}}\n\
             {{\"hex\":\"{frame}0e\"}}\n{{\"hex\":\"00{frame}fcff\",\"kind\":\"stream\"}}\n\
             {{\"hex\":\"{frame}\",\"direction\":\"up\"}}"
        );
        let answers = answers(&input);
        assert_eq!(answers[0]["valid"], true);
        assert_eq!(answers[0]["reencoded"], frame);
        assert_eq!(
            answers[1]["decoded"]["frames"],
            serde_json::json!(["time", "time"])
        );
        assert_eq!(answers[2]["error"], "length");
        assert_eq!(answers[3]["decoded"]["pending_bytes"], 2);
        assert_eq!(answers[4]["error"], "direction");
    }

    #[test]
    fn a_stream_is_of_the_family_of_its_frames() {
        let answer = "444e590a003b37ab04b9000100d002";
        let answers = answers(&format!("{{\"hex\":\"{answer}{answer}\"}}"));
        assert_eq!(answers[0]["protocol"], "ap3000", "{}", answers[0]);
        assert_eq!(answers[0]["command"], "stream");
    }
}
