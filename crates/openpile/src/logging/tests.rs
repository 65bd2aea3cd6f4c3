use super::JsonLines;
use kernel::Timestamp;
use serde_json::{Value, json};
use std::io;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no panic while held")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn lines(log: impl FnOnce()) -> Vec<String> {
    let captured = Captured::default();
    let layer = JsonLines::stamped_by(captured.clone(), || Timestamp(1_729_407_660_123));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, log);
    let bytes = captured.0.lock().expect("no panic while held").clone();
    let text = String::from_utf8(bytes).expect("JSON is UTF-8");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_line_is_one_flat_object_with_msg() {
    let lines = lines(|| {
        tracing::info!(
            target: "gateway",
            device = "82210225000520",
            cmd = "0x0004",
            msg_id = 7_u32,
            kwh = 0.25,
            ok = true,
            retries = -1,
            addr = %"1.2.3.4:5",
            r#type = "x",
            "BKV frame sent"
        );
    });
    assert_eq!(
        lines,
        [concat!(
            r#"{"time":"2024-10-20T15:01:00.123+08:00","level":"info","target":"gateway","#,
            r#""msg":"BKV frame sent","device":"82210225000520","cmd":"0x0004","msg_id":7,"#,
            r#""kwh":0.25,"ok":true,"retries":-1,"addr":"1.2.3.4:5","type":"x"}"#
        )]
    );
}

#[test]
fn fields_of_spans_join_and_the_innermost_wins() {
    let lines = lines(|| {
        let outer = tracing::info_span!("connection", remote_addr = "a", device = "old");
        let _outer = outer.enter();
        let inner = tracing::info_span!("frame", device = tracing::field::Empty, port_no = 1);
        inner.record("device", "new");
        let _inner = inner.enter();
        tracing::warn!(port_no = 2, "order confirmed");
    });
    let line: Value = serde_json::from_str(&lines[0]).expect("a JSON line");
    assert_eq!(line["remote_addr"], "a");
    assert_eq!(line["device"], "new");
    assert_eq!(line["port_no"], 2);
    assert_eq!(line["level"], "warn");
}

#[test]
fn hostile_texts_stay_on_one_line_and_own_keys_are_kept() {
    let lines = lines(|| {
        tracing::error!(
            level = "forged",
            device = "a\n{\"msg\":\"forged\"}\u{0}",
            "x\ny \"z\""
        );
    });
    assert_eq!(lines.len(), 1);
    let line: Value = serde_json::from_str(&lines[0]).expect("a JSON line");
    assert_eq!(line["msg"], "x\ny \"z\"");
    assert_eq!(line["level"], "error");
    assert_eq!(line["level_"], "forged");
    assert_eq!(line["device"], "a\n{\"msg\":\"forged\"}\u{0}");
}

#[test]
fn numbers_that_json_lacks_are_texts() {
    let lines = lines(|| tracing::info!(value = f64::NAN, "odd"));
    let line: Value = serde_json::from_str(&lines[0]).expect("a JSON line");
    assert_eq!(line["value"], json!("NaN"));
}
