use serde_json::{Map, Number, Value};
use std::fmt;
use tracing::field::{Field, Visit};

/// The keys that every line has.
pub(super) const OWN_KEYS: [&str; 4] = ["time", "level", "target", "msg"];
/// The name that `tracing` gives to the message of an event.
const MESSAGE: &str = "message";

/// Collects fields as JSON values: numbers as numbers, everything else as text.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) message: String,
    pub(super) values: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        let name = field.name();
        if name == MESSAGE {
            self.message = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
        } else if OWN_KEYS.contains(&name) {
            self.values.insert(format!("{name}_"), value);
        } else {
            // `r#type` is how Rust spells a field named `type`.
            let name = name.strip_prefix("r#").unwrap_or(name);
            self.values.insert(name.to_owned(), value);
        }
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        let number =
            Number::from_f64(value).map_or_else(|| value.to_string().into(), Value::Number);
        self.put(field, number);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}
