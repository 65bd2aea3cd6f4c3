use serde_json::Value;
use wire::{Field, Label, Reader, Row, Sheet, WireError, Writer};

/// Bytes whose meaning is not public, or that are reserved. Kept as they came; listed among the
/// rows of an inspection, but no part of its JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reserved<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Reserved<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> std::fmt::Debug for Reserved<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

impl<const N: usize> Field for Reserved<N> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(hex::encode_upper(self.0))
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        sheet.rows.push(Row {
            name: label.name.to_owned(),
            offset: sheet.offset(),
            length: N,
            value: self.show(),
            meaning: None,
            doc: label.doc.trim().to_owned(),
        });
        sheet.skip(N);
    }
}

/// Bytes shown as upper-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Raw<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Raw<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> std::fmt::Debug for Raw<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

impl<const N: usize> Field for Raw<N> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(hex::encode_upper(self.0))
    }
}

/// Bytes to the end of the body, shown as upper-case hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HexTail(pub Vec<u8>);

impl Field for HexTail {
    fn get(reader: &mut Reader<'_>, _name: &'static str) -> Result<Self, WireError> {
        Ok(Self(reader.rest().to_vec()))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(hex::encode_upper(&self.0))
    }
}
