use crate::{ByteOrder, Field, Label, Writer};
use serde_json::{Map, Value};

/// One field of an inspected message.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Name, with the path inside lists (`sockets[0].socket_no`).
    pub name: String,
    /// First byte, counted from where the sheet starts.
    pub offset: usize,
    /// Number of bytes.
    pub length: usize,
    /// The value without unit or scaling.
    pub value: Value,
    /// What the value says in words, where a table tells.
    pub meaning: Option<String>,
    /// What the field is.
    pub doc: String,
}

/// The fields of one message in the order of the wire, for people and for JSON.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The fields as a JSON object, nested where the message nests.
    pub object: Map<String, Value>,
    /// The same fields one by one with their place.
    pub rows: Vec<Row>,
    prefix: String,
    offset: usize,
}

impl Sheet {
    /// An empty sheet whose first field begins at `offset`.
    pub fn starting_at(offset: usize) -> Self {
        Self {
            offset,
            ..Self::default()
        }
    }

    /// Where the next field begins.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Passes over bytes that belong to no field of the JSON object.
    pub const fn skip(&mut self, length: usize) {
        self.offset += length;
    }

    /// Adds a field by its value.
    pub fn field<T: Field>(&mut self, value: &T, label: Label) {
        self.row(label, encoded_len(value), value.show(), value.meaning());
    }

    /// Adds a field by its parts.
    pub fn row(&mut self, label: Label, length: usize, value: Value, meaning: Option<String>) {
        self.object.insert(label.name.to_owned(), value.clone());
        self.rows.push(Row {
            name: format!("{}{}", self.prefix, label.name),
            offset: self.offset,
            length,
            value,
            meaning,
            doc: label.doc.trim().to_owned(),
        });
        self.offset += length;
    }

    /// Adds a list: an array in the object; in the rows one by one, or the items' own fields.
    pub fn list<T: Field>(&mut self, items: &[T], label: Label) {
        let array = items.iter().map(Field::show).collect();
        for (index, item) in items.iter().enumerate() {
            let mut inner = Self {
                prefix: format!("{}{}[{index}].", self.prefix, label.name),
                offset: self.offset,
                ..Self::default()
            };
            item.describe(Label { name: "", ..label }, &mut inner);
            self.offset = inner.offset;
            self.rows.extend(inner.rows.into_iter().map(Row::tidied));
        }
        self.object.insert(label.name.to_owned(), array);
    }
}

impl Row {
    /// The field with its bytes, for whoever takes `frame` apart: `offset`, `length`, `hex`,
    /// `name`, `value`, `meaning`, `about`.
    pub fn to_json(&self, frame: &[u8]) -> Value {
        let end = self.offset.saturating_add(self.length);
        let raw = frame.get(self.offset..end).unwrap_or_default();
        serde_json::json!({
            "offset": self.offset,
            "length": self.length,
            "hex": hex::encode(raw),
            "name": self.name,
            "value": self.value,
            "meaning": self.meaning,
            "about": self.doc,
        })
    }

    /// A list of plain values has items without names of their own.
    fn tidied(mut self) -> Self {
        if self.name.ends_with('.') {
            self.name.pop();
        }
        self
    }
}

fn encoded_len<T: Field>(value: &T) -> usize {
    let mut bytes = Vec::new();
    value.put(&mut Writer::new(&mut bytes, ByteOrder::Big));
    bytes.len()
}
