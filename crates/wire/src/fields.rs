use serde_json::{Map, Value};

/// One field of a message as an inspector shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Where it begins in the body.
    pub offset: usize,
    /// How long it is.
    pub length: usize,
    /// Its value.
    pub value: Value,
}

/// The fields of a message in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    list: Vec<Field>,
    at: usize,
}

impl Fields {
    /// Adds a field of so many bytes.
    pub fn push(&mut self, name: impl Into<String>, length: usize, value: impl Into<Value>) {
        let (offset, value) = (self.at, value.into());
        self.at += length;
        self.list.push(Field { name: name.into(), offset, length, value });
    }

    /// The fields.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.list.iter()
    }

    /// As a JSON object, in order.
    pub fn into_json(self) -> Map<String, Value> {
        self.list.into_iter().map(|field| (field.name, field.value)).collect()
    }
}
