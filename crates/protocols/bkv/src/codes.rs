//! Wire codes and what they mean. Unknown ones are kept everywhere.

use serde_json::Value;
use wire::{Field, Reader, WireError, Writer};

wire::codes! {
    /// Relay order of the networked and of the v8.6 dialect.
    pub enum Switch: u8 {
        /// stop
        Off = 0,
        /// start
        On = 1,
    }
}

wire::codes! {
    /// Mode of sub-command 07. Not the numbers of a card start ([`CardMode`]).
    pub enum ControlMode: u8 {
        /// by energy
        Energy = 0,
        /// by time
        Time = 1,
    }
}

wire::codes! {
    /// Mode of a card start (0B down) and of its end report (0C up), and of key 0x12.
    pub enum ChargeMode: u8 {
        /// by time
        Time = 1,
        /// by energy
        Energy = 2,
        /// by power tiers
        Tiers = 3,
        /// electricity and service fee
        Fees = 4,
    }
}

wire::codes! {
    /// Result of a command in the networked dialect, and key 0x0F.
    pub enum Outcome: u8 {
        /// failed
        Failed = 0,
        /// done
        Done = 1,
    }
}

wire::codes! {
    /// Who started a charge: key 0x47.
    pub enum ControlType: u8 {
        /// remote
        Remote = 1,
        /// card
        Card = 2,
    }
}

wire::codes! {
    /// What the service fee is charged by: key 0x80.
    pub enum ServiceFeeMode: u8 {
        /// by time
        Time = 0,
        /// by energy
        Energy = 1,
    }
}

wire::codes! {
    /// What a firmware file is for.
    pub enum UpdateTarget: u8 {
        /// gateway
        Gateway = 1,
        /// socket
        Socket = 2,
    }
}

wire::codes! {
    /// Charge mode of the v8.6 dialect.
    pub enum V86Mode: u8 {
        /// by time, seconds
        Time = 1,
        /// by energy, 0.01 kWh
        Energy = 2,
        /// by time with a power limit, 0.1 W
        Power = 3,
        /// until full
        Full = 4,
    }
}

wire::codes! {
    /// Answer to a card in the v8.6 dialect.
    pub enum CardResult: u8 {
        /// ok
        Ok = 0,
        /// unknown card
        UnknownCard = 1,
        /// lost or blocked
        Blocked = 2,
        /// balance too low
        BalanceTooLow = 3,
        /// port busy or faulty
        PortBusy = 4,
        /// not served here
        NotServed = 5,
    }
}

wire::codes! {
    /// Order confirmation of the v8.6 dialect.
    pub enum ConfirmStatus: u8 {
        /// confirmed
        Confirmed = 0,
        /// refused
        Refused = 1,
    }
}

wire::codes! {
    /// Why a v8.6 charge ended.
    pub enum SettlementReason: u8 {
        /// normal
        Normal = 0,
        /// battery full
        Full = 1,
        /// balance used up
        Balance = 2,
        /// stopped remotely
        Remote = 3,
        /// fault
        Fault = 4,
        /// timeout
        Timeout = 5,
        /// stopped by the user
        User = 6,
    }
}

/// Status byte of a port in the networked dialect (插座状态), docs/protocols/bkv.md §8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StatusByte(pub u8);

impl StatusByte {
    /// Bit 7: the socket is heard.
    pub const fn is_online(self) -> bool {
        self.has(0x80)
    }

    /// Bit 4: the relay is on.
    pub const fn is_charging(self) -> bool {
        self.has(0x10)
    }

    /// Bit 3: nothing draws power.
    pub const fn has_no_load(self) -> bool {
        self.has(0x08)
    }

    /// Bit 2: temperature abnormal.
    pub const fn is_too_hot(self) -> bool {
        self.has(0x04)
    }

    /// Bit 1: current abnormal.
    pub const fn has_bad_current(self) -> bool {
        self.has(0x02)
    }

    /// Bit 0: power abnormal.
    pub const fn has_bad_power(self) -> bool {
        self.has(0x01)
    }

    /// Any abnormal bit, the reserved bit 6 included.
    pub const fn is_faulty(self) -> bool {
        self.has(0x47)
    }

    const fn has(self, bits: u8) -> bool {
        self.0 & bits != 0
    }

    /// The bits in words.
    pub fn words(self) -> String {
        let words = [
            (self.is_charging(), "charging"),
            (self.has_no_load(), "no load"),
            (self.has(0x20), "metering"),
            (self.has(0x40), "reserved bit 6"),
            (self.is_too_hot(), "temperature abnormal"),
            (self.has_bad_current(), "current abnormal"),
            (self.has_bad_power(), "power abnormal"),
        ];
        let set: Vec<&str> = words
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, word)| *word)
            .collect();
        match (self.is_online(), set.is_empty()) {
            (false, true) => "offline".to_owned(),
            (false, false) => format!("offline, {}", set.join(", ")),
            (true, true) => "online, idle".to_owned(),
            (true, false) => format!("online, {}", set.join(", ")),
        }
    }
}

impl Field for StatusByte {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.u8(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u8(self.0);
    }

    fn show(&self) -> Value {
        Value::from(format!("{:#04x}", self.0))
    }

    fn meaning(&self) -> Option<String> {
        Some(self.words())
    }
}

/// Charging state of a port in the v8.6 dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortPhase {
    /// Nothing plugged in.
    Idle,
    /// The relay is on.
    Charging,
    /// Plugged in and not charging: before a start or after an end.
    Plugged,
    /// Not used by the documents.
    Reserved,
}

/// Status byte of a port in the v8.6 dialect (docs/protocols/bkv-v8.6.md, table A).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PortStatus(pub u8);

impl PortStatus {
    /// Fault bit of a short circuit.
    pub const SHORT_CIRCUIT: u8 = 0x04;
    /// Fault bit of an over-current.
    pub const OVER_CURRENT: u8 = 0x08;
    /// Fault bit of an over-temperature.
    pub const OVER_TEMPERATURE: u8 = 0x10;

    /// Bits 0 and 1.
    pub const fn phase(self) -> PortPhase {
        match self.0 & 0x03 {
            0 => PortPhase::Idle,
            1 => PortPhase::Charging,
            2 => PortPhase::Plugged,
            _ => PortPhase::Reserved,
        }
    }

    /// Bits 2 to 7 in their place; 0 is no fault. Several may be set.
    pub const fn fault_code(self) -> u8 {
        self.0 & 0xFC
    }

    /// The state in words.
    pub fn words(self) -> String {
        let phase = match self.phase() {
            PortPhase::Idle => "idle",
            PortPhase::Charging => "charging",
            PortPhase::Plugged => "plugged or finished",
            PortPhase::Reserved => "reserved state",
        };
        let faults = [
            (Self::SHORT_CIRCUIT, "short circuit"),
            (Self::OVER_CURRENT, "over-current"),
            (Self::OVER_TEMPERATURE, "over-temperature"),
            (0xE0, "unknown fault"),
        ];
        let mut words = phase.to_owned();
        for (bits, word) in faults {
            if self.0 & bits != 0 {
                words.push_str(", ");
                words.push_str(word);
            }
        }
        words
    }
}

impl Field for PortStatus {
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

#[cfg(test)]
mod tests {
    use super::{PortPhase, PortStatus, StatusByte};

    #[test]
    fn status_bytes_of_the_captures_read_as_documented() {
        assert_eq!(StatusByte(0x00).words(), "offline");
        assert_eq!(StatusByte(0x80).words(), "online, idle");
        assert_eq!(StatusByte(0x90).words(), "online, charging");
        assert_eq!(StatusByte(0x98).words(), "online, charging, no load");
        assert!(StatusByte(0x94).is_faulty() && StatusByte(0x94).is_too_hot());
        assert!(!StatusByte(0xB0).is_faulty());
    }

    #[test]
    fn v86_fault_codes_are_not_shifted() {
        assert_eq!(PortStatus(8).fault_code(), 8);
        assert_eq!(
            PortStatus(0x15).words(),
            "charging, short circuit, over-temperature"
        );
        assert_eq!(PortStatus(2).phase(), PortPhase::Plugged);
    }
}
