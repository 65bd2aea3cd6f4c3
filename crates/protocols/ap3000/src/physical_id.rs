//! Physical ids (物理ID).

use crate::codes::Recognition;
use kernel::PhyId;
use serde_json::Value;
use std::fmt;
use std::str::FromStr;
use wire::{Field, InvalidHex, Reader, WireError, Writer};

/// Low three bytes of a physical id.
const DEVICE_NUMBER: u32 = 0x00FF_FFFF;
/// Numbers that devices fall back to after a memory failure, so that two may share one (vendor
/// document V8.6, physical id).
const DEFECTIVE: [u32; 3] = [10_011_001, 12_000_000, 13_000_001];

/// What names a device or a host: recognition code and device number. Written as eight
/// upper-case hex digits, recognition code first (AP3000, docs/protocols/ap3000.md §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhysicalId(pub u32);

impl PhysicalId {
    /// What kind of device it is, by its top byte.
    pub fn recognition(self) -> Recognition {
        let [code, ..] = self.0.to_be_bytes();
        Recognition::from(code)
    }

    /// The number printed below the QR code.
    pub const fn device_number(self) -> u32 {
        self.0 & DEVICE_NUMBER
    }

    /// Whether it is one of the numbers of a device that has lost its own.
    pub fn is_defective(self) -> bool {
        DEFECTIVE.contains(&self.device_number())
    }

    /// The platform's id of the device.
    pub fn phy(self) -> PhyId {
        let text = self.to_string();
        text.parse().expect("eight hex digits are a device id")
    }
}

impl fmt::Display for PhysicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}

impl FromStr for PhysicalId {
    type Err = InvalidHex;

    fn from_str(text: &str) -> Result<Self, InvalidHex> {
        let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(text, 16)
            .ok()
            .filter(|_| digits)
            .map(Self)
            .ok_or(InvalidHex { digits: 8 })
    }
}

impl Field for PhysicalId {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.u32(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u32(self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.to_string())
    }

    fn meaning(&self) -> Option<String> {
        let number = self.device_number();
        let kind = self.recognition().meaning().unwrap_or("unlisted kind");
        Some(format!("{kind}, printed number {number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::PhysicalId;
    use crate::codes::Recognition;

    #[test]
    fn ids_are_written_with_the_recognition_code_first() {
        let id = PhysicalId(u32::from_le_bytes([0x40, 0xAA, 0xCE, 0x04]));
        assert_eq!(id.to_string(), "04CEAA40");
        assert_eq!(id.device_number(), 13_544_000);
        assert_eq!(id.recognition(), Recognition::Dual);
        assert_eq!("04ceaa40".parse(), Ok(id));
        assert_eq!(id.phy().as_str(), "04CEAA40");
        for wrong in ["4CEAA40", "04CEAA400", "+4CEAA40", "04CEAA4g", ""] {
            assert!(wrong.parse::<PhysicalId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_of_devices_that_lost_their_own_are_known() {
        assert!(PhysicalId(0x0400_0000 + 12_000_000).is_defective());
        assert!(PhysicalId(0x0900_0000 + 10_011_001).is_defective());
        assert!(!PhysicalId(0x04CE_AA40).is_defective());
    }
}
