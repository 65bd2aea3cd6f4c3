use serde_json::Value;
use wire::{Field, Label, Reader, Sheet, WireError, Writer};

/// Fields that only longer bodies have: present whole, or not at all. What is too short to be
/// whole stays behind the message, unread.
///
/// A group of fields ends with the next later group, so that none is read without those before
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later<T>(pub Option<T>);

impl<T> Later<T> {
    /// Not there.
    pub const NONE: Self = Self(None);

    /// The fields, if they are there.
    pub const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Whether they are there.
    pub const fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<T> for Later<T> {
    fn from(fields: T) -> Self {
        Self(Some(fields))
    }
}

impl<T: Field> Field for Later<T> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        if reader.is_empty() {
            return Ok(Self(None));
        }
        let mut ahead = *reader;
        Ok(Self(T::get(&mut ahead, name).ok().inspect(|_| {
            *reader = ahead;
        })))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        if let Some(fields) = &self.0 {
            fields.put(writer);
        }
    }

    fn show(&self) -> Value {
        self.0.as_ref().map_or(Value::Null, Field::show)
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        if let Some(fields) = &self.0 {
            fields.describe(label, sheet);
        }
    }
}
