//! Fault bits of the real-time data (硬件故障).

use device::Fault;
use serde_json::Value;
use wire::{Field, Reader, WireError, Writer};

/// The fault bits of a gun; "Bit1" of the vendor's table is the lowest bit of the first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FaultBits(pub u16);

/// Mask, words, neutral fault; in the order of the table.
const TABLE: [(u16, &str, Fault); 13] = [
    (0x0001, "emergency stop pressed", Fault::EmergencyStop),
    (0x0002, "no usable rectifier module", Fault::ChargingModule),
    (0x0004, "air outlet too hot", Fault::OverTemperature),
    (0x0008, "AC surge protector", Fault::SurgeProtector),
    (
        0x0010,
        "AC/DC module DC20 communication lost",
        Fault::InnerLink,
    ),
    (
        0x0020,
        "insulation module FC08 communication lost",
        Fault::Insulation,
    ),
    (0x0040, "energy meter communication lost", Fault::Meter),
    (0x0080, "card reader communication lost", Fault::InnerLink),
    (0x0100, "RC10 communication lost", Fault::InnerLink),
    (0x0200, "fan controller", Fault::OverTemperature),
    (0x0400, "DC fuse", Fault::ChargingModule),
    (0x0800, "high-voltage contactor", Fault::Relay),
    (0x1000, "door open", Fault::Door),
];

/// Bits that the table does not define.
const UNDEFINED: u16 = 0xE000;

impl FaultBits {
    /// Emergency stop.
    pub const EMERGENCY_STOP: Self = Self(0x0001);
    /// Air outlet too hot.
    pub const OUTLET_TOO_HOT: Self = Self(0x0004);
    /// Door open.
    pub const DOOR: Self = Self(0x1000);

    /// Whether any bit is set.
    pub const fn any(self) -> bool {
        self.0 != 0
    }

    /// The faults in neutral words, one for each bit. The undefined bits are one unknown fault
    /// with their mask.
    pub fn faults(self) -> Vec<Fault> {
        let known = TABLE
            .iter()
            .filter(|(mask, ..)| self.0 & mask != 0)
            .map(|(_, _, fault)| *fault);
        let undefined = self.0 & UNDEFINED;
        known
            .chain((undefined != 0).then(|| Fault::Unknown(u32::from(undefined))))
            .collect()
    }

    /// The fault that a gun is shown with: the most serious one first, which is what stops a
    /// charge or endangers people; a broken card reader comes last.
    pub fn leading(self) -> Option<Fault> {
        const FIRST: [u16; 14] = [
            0x0001, 0x0800, 0x0400, 0x0008, 0x0020, 0x0004, 0x1000, 0x0002, 0x0040, 0x0010, 0x0200,
            0x0100, 0xE000, 0x0080,
        ];
        let mask = FIRST.into_iter().find(|mask| self.0 & mask != 0)?;
        Self(self.0 & mask).faults().first().copied()
    }

    /// The bits in words.
    pub fn words(self) -> String {
        let mut words: Vec<String> = TABLE
            .iter()
            .filter(|(mask, ..)| self.0 & mask != 0)
            .map(|(_, word, _)| (*word).to_owned())
            .collect();
        if self.0 & UNDEFINED != 0 {
            words.push(format!("unknown {:#06x}", self.0 & UNDEFINED));
        }
        if words.is_empty() {
            return "none".to_owned();
        }
        words.join(", ")
    }
}

impl Field for FaultBits {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.u16(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u16(self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.0)
    }

    fn meaning(&self) -> Option<String> {
        Some(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::FaultBits;
    use device::Fault;

    #[test]
    fn every_bit_is_some_fault() {
        for bit in 0..16 {
            let bits = FaultBits(1 << bit);
            assert_eq!(bits.faults().len(), 1, "bit {bit}");
            assert_eq!(bits.leading(), bits.faults().first().copied());
            assert_ne!(bits.words(), "none");
        }
        assert_eq!(FaultBits(0).leading(), None);
        assert_eq!(FaultBits(0).words(), "none");
    }

    #[test]
    fn undefined_bits_are_kept_and_the_worst_leads() {
        let bits = FaultBits(0x8081);
        assert_eq!(bits.leading(), Some(Fault::EmergencyStop));
        assert!(bits.faults().contains(&Fault::Unknown(0x8000)));
        assert_eq!(
            bits.words(),
            "emergency stop pressed, card reader communication lost, unknown 0x8000"
        );
    }
}
