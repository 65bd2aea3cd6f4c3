use crate::{Reader, Sheet, WireError, Writer};
use serde_json::Value;

/// How a field is called where people read it.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    /// Name of the field.
    pub name: &'static str,
    /// Name of the count that stands before a [`Counted`](crate::Counted) list.
    pub count: Option<&'static str>,
    /// The field's documentation.
    pub doc: &'static str,
}

impl Label {
    /// A label without a count.
    pub const fn new(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            count: None,
            doc,
        }
    }
}

/// A value that knows its place in a message: how it is read, written and shown.
pub trait Field: Sized {
    /// Reads the value; `name` is what errors call it.
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError>;

    /// Writes the value.
    fn put(&self, writer: &mut Writer<'_>);

    /// The value as JSON, without unit or scaling.
    fn show(&self) -> Value;

    /// What the value says in words, where a table tells.
    fn meaning(&self) -> Option<String> {
        None
    }

    /// Adds the value to an inspection sheet.
    fn describe(&self, label: Label, sheet: &mut Sheet) {
        sheet.field(self, label);
    }
}

/// A field of the optional tail of a message: absent when the message ended before it.
impl<T: Field> Field for Option<T> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        if reader.is_empty() {
            return Ok(None);
        }
        T::get(reader, name).map(Some)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        match self {
            Some(value) if !writer.has_ended() => value.put(writer),
            _ => writer.end(),
        }
    }

    fn show(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::show)
    }

    fn meaning(&self) -> Option<String> {
        self.as_ref().and_then(Field::meaning)
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        if let Some(value) = self {
            value.describe(label, sheet);
        }
    }
}
