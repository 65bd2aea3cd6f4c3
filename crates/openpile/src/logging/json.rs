use super::fields::Fields;
use kernel::Timestamp;
use serde_json::{Map, Value};
use std::io::Write;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

/// Writes each event as one JSON object on one line.
#[derive(Debug)]
pub struct JsonLines<W> {
    writer: W,
    now: fn() -> Timestamp,
}

impl<W> JsonLines<W> {
    /// Lines go to `writer`, stamped by the system's clock.
    pub fn to(writer: W) -> Self {
        Self {
            writer,
            now: system_time,
        }
    }

    #[cfg(test)]
    pub(super) fn stamped_by(writer: W, now: fn() -> Timestamp) -> Self {
        Self { writer, now }
    }
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Fields::default();
        event.record(&mut own);
        let metadata = event.metadata();
        let mut line: Map<String, Value> = Map::new();
        line.insert("time".to_owned(), rfc3339((self.now)()).into());
        let level = metadata.level().as_str().to_ascii_lowercase();
        line.insert("level".to_owned(), level.into());
        line.insert("target".to_owned(), metadata.target().into());
        line.insert("msg".to_owned(), own.message.into());
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(Scope::from_root)
        {
            if let Some(fields) = span.extensions().get::<Fields>() {
                for (name, value) in &fields.values {
                    line.insert(name.clone(), value.clone());
                }
            }
        }
        line.extend(own.values);
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        // One write for the whole line, so that lines of parallel tasks never mix. A reader of
        // the log that went away must not stop a charge, so failure is ignored.
        let _ = self
            .writer
            .make_writer_for(metadata)
            .write_all(text.as_bytes());
    }
}

/// `2025-10-20T15:01:00.123+08:00`: the operator's own time of day.
fn rfc3339(at: Timestamp) -> String {
    let [year, month, day, hour, minute, second] = at.shanghai();
    let millisecond = at.0.rem_euclid(1000);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}+08:00"
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "log lines bear the machine's time, also where a test moves the business clock"
)]
fn system_time() -> Timestamp {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
