//! Outer 0000 and 0020: the heartbeat of a gateway and the time that answers it.

use crate::clock::BcdTime;
use serde_json::Value;
use smallvec::SmallVec;
use wire::{Field, Reader, Text, WireError, Writer, printable};

wire::message! {
    /// Heartbeat (心跳), outer 0000 up in both dialects; also 0020 up, the v8.6 registration.
    pub struct Heartbeat "heartbeat" {
        /// ICCID of the SIM card; may contain letters
        iccid: Text<20>,
        /// gateway firmware, padded with zeros
        version: Version,
        /// signal strength, 0..31, larger is better
        signal: u8,
    }
}

impl Heartbeat {
    /// A heartbeat, or `None` when a text is longer than 20 and 8 characters or not ASCII.
    pub fn new(iccid: &str, version: &str, signal: u8) -> Option<Self> {
        Some(Self {
            iccid: Text::padded(iccid)?,
            version: Version::padded(version)?,
            signal,
        })
    }
}

/// Firmware version of a gateway: what stands between the ICCID and the last byte, usually eight
/// bytes. Kept as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version(SmallVec<[u8; 8]>);

impl Version {
    /// Usual width.
    const WIDTH: usize = 8;

    /// The text padded to eight bytes, or `None` when it is longer or not ASCII.
    pub fn padded(text: &str) -> Option<Self> {
        Text::<{ Self::WIDTH }>::padded(text).map(|text| Self(SmallVec::from_slice(&text.0)))
    }

    /// The text without its padding.
    pub fn text(&self) -> String {
        printable(&self.0)
    }
}

impl Field for Version {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let Some(length) = reader.remaining().checked_sub(1) else {
            return Err(reader.short(1, "signal"));
        };
        let bytes = reader.take(length, name)?;
        Ok(Self(SmallVec::from_slice(bytes)))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.text())
    }
}

wire::message! {
    /// Answer to a heartbeat, outer 0000 down: the gateway sets its clock from it.
    pub struct TimeReply "heartbeat reply" {
        /// local time of the platform, UTC+8
        time: BcdTime,
    }
}
