//! Values that only this family has.

use crate::codes::SocketState;
use serde_json::Value;
use std::fmt;
use wire::{Counted, Field, Label, Reader, Sheet, WireError, Writer};

/// `N` bytes that people write as upper-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UpperHex<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for UpperHex<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> UpperHex<N> {
    /// Whether all bytes are zero.
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }
}

impl<const N: usize> fmt::Display for UpperHex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl<const N: usize> fmt::Debug for UpperHex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> Field for UpperHex<N> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.to_string())
    }
}

/// The 16 bytes that name a charge, opaque to the device. All 16 count.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey(pub [u8; 16]);

impl OrderKey {
    /// Whether it names nothing.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// As text, when it is all printable.
    pub fn ascii(&self) -> Option<&str> {
        let printable = self.0.iter().all(|byte| (b' '..=b'~').contains(byte));
        std::str::from_utf8(&self.0).ok().filter(|_| printable)
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ascii() {
            Some(text) => f.write_str(text),
            None => fmt::Display::fmt(&UpperHex(self.0), f),
        }
    }
}

impl fmt::Debug for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Field for OrderKey {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(UpperHex(self.0).to_string())
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        let label = Label::new("order_hex", label.doc);
        let text = self.ascii().map(str::to_owned);
        sheet.row(label, self.0.len(), self.show(), text.clone());
        if let Some(text) = text {
            sheet.object.insert("order_ascii".to_owned(), text.into());
        }
    }
}

/// Bytes that mean nothing; shown only when they are not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Reserved<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Field for Reserved<N> {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        UpperHex(self.0).show()
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        if UpperHex(self.0).is_zero() {
            sheet.skip(N);
        } else {
            sheet.field(&UpperHex(self.0), label);
        }
    }
}

/// Bytes to the end of the data.
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

/// A piece of firmware, always `N` bytes; only its length is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Chunk<N> {
    /// The first `N` bytes, filled up with zeros.
    pub fn padded(bytes: &[u8]) -> Self {
        let mut chunk = Box::new([0; N]);
        for (to, from) in chunk.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self(chunk)
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Chunk<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N} bytes")
    }
}

impl<const N: usize> Field for Chunk<N> {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(|bytes| Self(Box::new(bytes)))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(self.0.as_slice());
    }

    fn show(&self) -> Value {
        Value::from(N)
    }
}

/// The optional end of a card swipe: a second card number behind its length. One that is cut off
/// is left unread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondCard(pub Option<Vec<u8>>);

impl Field for SecondCard {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let mut ahead = *reader;
        let Ok(count) = ahead.u8(name) else {
            return Ok(Self(None));
        };
        let Ok(bytes) = ahead.take(usize::from(count), name) else {
            return Ok(Self(None));
        };
        *reader = ahead;
        Ok(Self(Some(bytes.to_vec())))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        if let Some(bytes) = self.0.as_deref().filter(|_| !writer.has_ended()) {
            writer.u8(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
            writer.bytes(bytes.get(..bytes.len().min(255)).unwrap_or_default());
        }
    }

    fn show(&self) -> Value {
        Value::from(self.0.as_ref().map(hex::encode_upper))
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        let Some(bytes) = &self.0 else {
            return;
        };
        let length = Label::new("card2_len", "length of the second card number");
        sheet.row(length, 1, bytes.len().into(), None);
        if !bytes.is_empty() {
            let text = wire::printable(bytes);
            let label = Label::new("card2_hex", label.doc);
            sheet.row(label, bytes.len(), self.show(), Some(text));
        }
    }
}

/// The sockets of an old heartbeat: one count, then all states, all powers, all peaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegacyPorts {
    states: Counted<SocketState, 16>,
    powers: Vec<u16>,
    peaks: Vec<u16>,
}

impl LegacyPorts {
    /// Sockets with state, power and highest power of the session, 0.1 W each.
    ///
    /// # Errors
    /// When there are more than a count byte can say.
    pub fn new(sockets: &[(SocketState, u16, u16)]) -> Result<Self, wire::TooMany> {
        let states: Vec<_> = sockets.iter().map(|socket| socket.0).collect();
        Ok(Self {
            states: states.try_into()?,
            powers: sockets.iter().map(|socket| socket.1).collect(),
            peaks: sockets.iter().map(|socket| socket.2).collect(),
        })
    }

    /// State, power and highest power of each socket.
    pub fn iter(&self) -> impl Iterator<Item = (SocketState, u16, u16)> + '_ {
        let meters = self.powers.iter().zip(&self.peaks);
        let sockets = self.states.iter().zip(meters);
        sockets.map(|(state, (power, peak))| (*state, *power, *peak))
    }

    /// The states alone.
    pub fn states(&self) -> &[SocketState] {
        self.states.as_slice()
    }
}

impl Field for LegacyPorts {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let states: Counted<SocketState, 16> = Field::get(reader, name)?;
        let mut words = |name| -> Result<Vec<u16>, WireError> {
            (0..states.len()).map(|_| reader.u16(name)).collect()
        };
        let powers = words("port_power_dw")?;
        let peaks = words("port_peak_power_dw")?;
        Ok(Self {
            states,
            powers,
            peaks,
        })
    }

    fn put(&self, writer: &mut Writer<'_>) {
        self.states.put(writer);
        for word in self.powers.iter().chain(&self.peaks) {
            writer.u16(*word);
        }
    }

    fn show(&self) -> Value {
        self.states.show()
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        let states = Label {
            name: "port_states",
            count: Some("port_count"),
            doc: label.doc,
        };
        self.states.describe(states, sheet);
        sheet.list(&self.powers, Label::new("port_power_dw", "power, 0.1 W"));
        let label = Label::new("port_peak_power_dw", "highest power so far, 0.1 W");
        sheet.list(&self.peaks, label);
    }
}
