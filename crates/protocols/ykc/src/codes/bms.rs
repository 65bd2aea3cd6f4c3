//! What battery and charger say of each other (GB/T 27930, carried by the BMS frames).

use device::Fault;
use serde_json::Value;
use wire::{Field, Reader, WireError, Writer};

wire::codes! {
    /// Kind of battery (BMS 电池类型).
    pub enum BatteryType: u8 {
        /// lead-acid
        LeadAcid = 1,
        /// nickel metal hydride
        NickelMetalHydride = 2,
        /// lithium iron phosphate
        LithiumIronPhosphate = 3,
        /// lithium manganese oxide
        LithiumManganese = 4,
        /// lithium cobalt oxide
        LithiumCobalt = 5,
        /// ternary
        Ternary = 6,
        /// polymer
        Polymer = 7,
        /// titanate
        Titanate = 8,
        /// other
        Other = 0xFF,
    }
}

wire::codes! {
    /// Who owns the battery (产权标识).
    pub enum Ownership: u8 {
        /// leased
        Leased = 0,
        /// owned by the vehicle
        Vehicle = 1,
    }
}

wire::codes! {
    /// How the battery wants to be charged (BMS 充电模式).
    pub enum ChargeMode: u8 {
        /// constant voltage
        ConstantVoltage = 1,
        /// constant current
        ConstantCurrent = 2,
    }
}

/// A 2-bit group: what GB/T 27930 says of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// 00: no, normal.
    Normal,
    /// 01: yes, fault, timeout.
    Yes,
    /// 10: not trustworthy, where the item has no other word for it.
    Doubtful,
    /// 11: not defined.
    Undefined,
}

impl Group {
    const fn of(bits: u64, shift: u32) -> Self {
        match (bits >> shift) & 0b11 {
            0 => Self::Normal,
            1 => Self::Yes,
            2 => Self::Doubtful,
            _ => Self::Undefined,
        }
    }
}

/// One item of a field of 2-bit groups.
struct Item {
    /// Lowest bit.
    shift: u32,
    /// What 01 says.
    yes: &'static str,
    /// What 10 says, if it is not "not trustworthy".
    second: Option<&'static str>,
    /// The fault that 01 stands for.
    fault: Option<Fault>,
}

const fn item(shift: u32, yes: &'static str, fault: Option<Fault>) -> Item {
    Item {
        shift,
        yes,
        second: None,
        fault,
    }
}

const fn two(shift: u32, yes: &'static str, second: &'static str, fault: Fault) -> Item {
    Item {
        shift,
        yes,
        second: Some(second),
        fault: Some(fault),
    }
}

fn words(items: &[Item], bits: u64) -> String {
    let said: Vec<String> = items
        .iter()
        .filter_map(|item| match (Group::of(bits, item.shift), item.second) {
            (Group::Normal, _) => None,
            (Group::Yes, _) => Some(item.yes.to_owned()),
            (Group::Doubtful, Some(second)) => Some(second.to_owned()),
            (Group::Doubtful, None) => Some(format!("{} (not trustworthy)", item.yes)),
            (Group::Undefined, _) => Some(format!("{} (undefined)", item.yes)),
        })
        .collect();
    if said.is_empty() {
        return "none".to_owned();
    }
    said.join(", ")
}

fn leading(items: &[Item], bits: u64) -> Option<Fault> {
    items
        .iter()
        .find(|item| match Group::of(bits, item.shift) {
            Group::Yes => item.fault.is_some(),
            Group::Doubtful => item.second.is_some() && item.fault.is_some(),
            Group::Normal | Group::Undefined => false,
        })
        .and_then(|item| item.fault)
}

macro_rules! groups {
    ($( $(#[doc = $doc:literal])+ $name:ident($number:ident) = $items:expr; )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(pub $number);

        impl $name {
            const ITEMS: &'static [Item] = &$items;

            /// What is set, in words.
            pub fn words(self) -> String {
                words(Self::ITEMS, u64::from(self.0))
            }

            /// The first fault that is set, in neutral words.
            pub fn fault(self) -> Option<Fault> {
                leading(Self::ITEMS, u64::from(self.0))
            }
        }

        impl Field for $name {
            #[inline]
            fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
                reader.$number(name).map(Self)
            }

            fn put(&self, writer: &mut Writer<'_>) {
                writer.$number(self.0);
            }

            fn show(&self) -> Value {
                Value::from(self.0)
            }

            fn meaning(&self) -> Option<String> {
                Some(self.words())
            }
        }
    )+};
}

groups! {
    /// Why the battery ended the charge (0x1D, BMS 中止充电原因).
    BmsAbortReason(u8) = [
        item(0, "target SOC reached", None),
        item(2, "total voltage reached", None),
        item(4, "cell voltage reached", None),
        item(6, "stopped by the charger", None),
    ];
    /// The fault for which the battery ended the charge (0x1D, BMS 中止充电故障原因).
    BmsAbortFault(u16) = [
        item(0, "insulation", Some(Fault::Insulation)),
        item(2, "output connector over temperature", Some(Fault::OverTemperature)),
        item(4, "BMS component or output connector over temperature", Some(Fault::OverTemperature)),
        item(6, "charging connector", Some(Fault::ControlPilot)),
        item(8, "battery over temperature", Some(Fault::OverTemperature)),
        item(10, "high-voltage relay", Some(Fault::Relay)),
        item(12, "detection point 2 voltage", Some(Fault::ControlPilot)),
        item(14, "other", Some(Fault::Bms)),
    ];
    /// The error for which the battery ended the charge (0x1D, BMS 中止充电错误原因).
    BmsAbortError(u8) = [
        item(0, "current too high", Some(Fault::OverCurrent)),
        item(2, "voltage abnormal", Some(Fault::OverVoltage)),
    ];
    /// Why the charger ended the charge (0x21, 充电机中止充电原因).
    ChargerAbortReason(u8) = [
        item(0, "condition set on the charger reached", None),
        item(2, "stopped by a person", None),
        item(4, "stopped by a fault", None),
        item(6, "stopped by the BMS", None),
    ];
    /// The fault for which the charger ended the charge (0x21, 充电机中止充电故障原因).
    ChargerAbortFault(u16) = [
        item(0, "charger over temperature", Some(Fault::OverTemperature)),
        item(2, "connector", Some(Fault::ControlPilot)),
        item(4, "charger inside over temperature", Some(Fault::OverTemperature)),
        item(6, "energy cannot be delivered", Some(Fault::ChargingModule)),
        item(8, "charger emergency stop", Some(Fault::EmergencyStop)),
        item(10, "other", Some(Fault::ChargingModule)),
    ];
    /// The error for which the charger ended the charge (0x21, 充电机中止充电错误原因).
    ChargerAbortError(u8) = [
        item(0, "current mismatch", Some(Fault::OverCurrent)),
        item(2, "voltage abnormal", Some(Fault::OverVoltage)),
    ];
    /// State of the battery, first byte of 0x25.
    BatteryStatus(u8) = [
        two(0, "cell voltage too high", "cell voltage too low", Fault::Bms),
        two(2, "SOC too high", "SOC too low", Fault::Bms),
        item(4, "over-current", Some(Fault::OverCurrent)),
        item(6, "battery temperature too high", Some(Fault::OverTemperature)),
    ];
}

/// State of the battery, second byte of 0x25: insulation, connector, and whether charging is
/// allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BatteryPermission(pub u8);

impl BatteryPermission {
    const ITEMS: [Item; 2] = [
        item(0, "insulation abnormal", Some(Fault::Insulation)),
        item(2, "output connector abnormal", Some(Fault::ControlPilot)),
    ];

    /// Whether the battery allows charging.
    pub const fn is_allowed(self) -> bool {
        (self.0 >> 4) & 0b11 == 1
    }

    /// The state in words.
    pub fn words(self) -> String {
        let permission = match (self.0 >> 4) & 0b11 {
            0 => "charging forbidden",
            1 => "charging allowed",
            _ => "charging permission undefined",
        };
        match words(&Self::ITEMS, u64::from(self.0)).as_str() {
            "none" => permission.to_owned(),
            faults => format!("{permission}, {faults}"),
        }
    }

    /// The first fault that is set, in neutral words.
    pub fn fault(self) -> Option<Fault> {
        leading(&Self::ITEMS, u64::from(self.0))
    }
}

impl Field for BatteryPermission {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.u8(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u8(self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.0)
    }

    fn meaning(&self) -> Option<String> {
        Some(self.words())
    }
}

/// Which message of the other side did not come in time (0x1B): eight bytes of 2-bit groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BmsErrors(pub [u8; 8]);

impl BmsErrors {
    /// The items by the lowest bit in the eight bytes, first byte lowest.
    const ITEMS: [Item; 18] = [
        item(0, "charger recognition (00)", Some(Fault::Bms)),
        item(2, "charger recognition (AA)", Some(Fault::Bms)),
        item(8, "time sync and output limits", Some(Fault::Bms)),
        item(10, "charger ready", Some(Fault::Bms)),
        item(16, "charger state", Some(Fault::Bms)),
        item(18, "charger abort", Some(Fault::Bms)),
        item(24, "charger statistics", Some(Fault::Bms)),
        item(26, "other of the BMS", Some(Fault::Bms)),
        item(28, "other of the BMS, second", Some(Fault::Bms)),
        item(30, "other of the BMS, third", Some(Fault::Bms)),
        item(32, "BMS and vehicle recognition", Some(Fault::Bms)),
        item(40, "battery parameters", Some(Fault::Bms)),
        item(42, "BMS ready", Some(Fault::Bms)),
        item(48, "battery state", Some(Fault::Bms)),
        item(50, "battery demand", Some(Fault::Bms)),
        item(52, "BMS abort", Some(Fault::Bms)),
        item(56, "BMS statistics", Some(Fault::Bms)),
        item(58, "other of the charger", Some(Fault::Bms)),
    ];

    /// The messages that are late or not trusted, in words.
    pub fn words(self) -> String {
        words(&Self::ITEMS, u64::from_le_bytes(self.0))
    }

    /// Whether any message is late.
    pub fn fault(self) -> Option<Fault> {
        leading(&Self::ITEMS, u64::from_le_bytes(self.0))
    }
}

impl Field for BmsErrors {
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

    fn meaning(&self) -> Option<String> {
        Some(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        BatteryPermission, BatteryStatus, BmsAbortError, BmsAbortFault, BmsAbortReason, BmsErrors,
        ChargerAbortFault,
    };
    use device::Fault;

    #[test]
    fn groups_are_read_low_bits_first() {
        assert_eq!(BmsAbortReason(0b01).words(), "target SOC reached");
        assert_eq!(BmsAbortReason(0b01).fault(), None);
        assert_eq!(
            BmsAbortFault(0b0100).words(),
            "output connector over temperature"
        );
        assert_eq!(BmsAbortError(0b0100).words(), "voltage abnormal");
        assert_eq!(
            ChargerAbortFault(0x0300).words(),
            "charger emergency stop (undefined)"
        );
        assert_eq!(
            ChargerAbortFault(0x0100).fault(),
            Some(Fault::EmergencyStop)
        );
        assert_eq!(BmsAbortFault(0b10).fault(), None, "not trustworthy");
    }

    #[test]
    fn some_items_have_a_word_for_the_second_value() {
        assert_eq!(
            BatteryStatus(0b0110).words(),
            "cell voltage too low, SOC too high"
        );
        assert_eq!(BatteryPermission(0x10).words(), "charging allowed");
        assert!(BatteryPermission(0x10).is_allowed());
        assert_eq!(
            BatteryPermission(0x01).words(),
            "charging forbidden, insulation abnormal"
        );
    }

    #[test]
    fn late_messages_are_named() {
        assert_eq!(BmsErrors::default().fault(), None);
        let all = BmsErrors([1; 8]);
        assert_eq!(all.words().split(", ").count(), 8);
        assert_eq!(all.fault(), Some(Fault::Bms));
        assert_eq!(BmsErrors([0, 0, 0, 0, 0, 0, 0x10, 0]).words(), "BMS abort");
    }
}
