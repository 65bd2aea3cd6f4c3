//! Containers as a list of rows and as JSON, by the key table of their framing.

use super::{Container, Sender};
use crate::codes::StatusByte;
use crate::element::{Element, Elements, Key, uint};
use crate::key::{Form, KeyInfo, KeyTable};
use serde_json::{Map, Value};
use wire::{Row, Sheet, printable};

/// Elements before the content: command, sequence, sender.
const HEADER_ELEMENTS: usize = 3;

impl Container {
    /// Adds the header and the elements to an inspection sheet.
    pub(crate) fn describe(&self, sheet: &mut Sheet) {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        let (id_name, id) = match self.sender {
            Sender::Gateway(id) => ("bkv_gateway_id", id.to_string()),
            Sender::Device(mac) => ("device_mac", mac.to_string()),
        };
        let header = [
            ("bkv_cmd", format!("{:#06x}", self.command), "BKV command"),
            ("bkv_seq", format!("{:#018x}", self.sequence), "sequence"),
            (id_name, id, "whose container it is"),
        ];
        let mut elements = Elements::at(&bytes, sheet.offset());
        for ((name, text, doc), element) in header.into_iter().zip(elements.by_ref().flatten()) {
            let value = Value::from(text);
            sheet.object.insert(name.to_owned(), value.clone());
            let row = row(name.to_owned(), &element, value, None, doc);
            sheet.rows.push(row);
        }
        let elements = Elements::at(&bytes, sheet.offset()).skip(HEADER_ELEMENTS);
        let keys = self.sender.keys();
        let object = list(elements.flatten(), keys, "", &mut sheet.rows);
        sheet.object.extend(object);
        sheet.skip(bytes.len());
    }
}

/// One list of elements: its rows are appended, its object is returned.
fn list<'a>(
    elements: impl Iterator<Item = Element<'a>>,
    keys: KeyTable,
    path: &str,
    rows: &mut Vec<Row>,
) -> Map<String, Value> {
    let mut object = Map::new();
    for element in elements {
        let info = element.key.number().and_then(|key| keys.find(key));
        match info {
            Some(info) if info.form == Form::List => {
                let items = object
                    .entry(info.name)
                    .or_insert_with(|| Value::Array(Vec::new()));
                let Value::Array(items) = items else { continue };
                let path = format!("{path}{}[{}].", info.name, items.len());
                let inner = list(element.children().flatten(), keys, &path, rows);
                items.push(Value::Object(inner));
            }
            Some(info) => {
                let (value, meaning) = known(info, element.value);
                let name = format!("{path}{}", info.name);
                rows.push(row(name, &element, value.clone(), meaning, info.doc));
                object.insert(info.name.to_owned(), value);
            }
            None => {
                let name = match element.key {
                    Key::Number(bytes) => format!("key_{}", hex::encode(bytes)),
                    Key::Text(bytes) => printable(bytes),
                };
                let value = code(element.value);
                let path = format!("{path}{name}");
                rows.push(row(path, &element, value.clone(), None, "unknown key"));
                object.insert(name, value);
            }
        }
    }
    object
}

fn row(
    name: String,
    element: &Element<'_>,
    value: Value,
    meaning: Option<String>,
    doc: &str,
) -> Row {
    Row {
        name,
        offset: element.offset,
        length: element.value_offset + element.value.len() - element.offset,
        value,
        meaning,
        doc: doc.to_owned(),
    }
}

/// A known key in its form; in an unexpected size as a number of that size.
fn known(info: &KeyInfo, value: &[u8]) -> (Value, Option<String>) {
    match (info.form, value) {
        (Form::Status, [byte]) => (code(value), Some(StatusByte(*byte).words())),
        (Form::Code | Form::Status, _) => (code(value), None),
        (Form::Text, _) => (Value::from(printable(value)), None),
        (Form::Digits, _) => (Value::from(hex::encode(value)), None),
        (Form::Time, _) if value.len() == 7 => (Value::from(hex::encode(value)), None),
        _ => (uint(value).map_or_else(|| code(value), Value::from), None),
    }
}

fn code(value: &[u8]) -> Value {
    Value::from(format!("0x{}", hex::encode(value)))
}
