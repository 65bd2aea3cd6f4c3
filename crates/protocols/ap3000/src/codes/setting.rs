//! Answers to settings, and the values that settings take.

use serde_json::Value;
use wire::{Field, Reader, WireError, Writer};

wire::codes! {
    /// Answer to most settings.
    pub enum Done: u8 {
        /// ok
        Ok = 0,
        /// parameter error
        Error = 1,
    }
}

wire::codes! {
    /// Answer to limits (0x85).
    pub enum LimitAnswer: u8 {
        /// ok
        Ok = 0,
        /// beyond what the device can do
        BeyondDevice = 1,
    }
}

wire::codes! {
    /// Answer to a change of the work mode (0x8D).
    pub enum WorkModeAnswer: u8 {
        /// ok
        Ok = 0,
        /// cannot be switched
        NotSwitchable = 1,
    }
}

wire::codes! {
    /// Who decides over charges (0x8D).
    pub enum ChargingBy: u8 {
        /// the server
        Server = 0,
        /// cards alone
        Card = 1,
    }
}

wire::codes! {
    /// What the main screen shows (0x8E).
    pub enum QrScreen: u8 {
        /// states of the ports
        PortStates = 0,
        /// QR code
        QrCode = 1,
    }
}

wire::codes! {
    /// What 0x98 does.
    pub enum SpecialFunction: u8 {
        /// force a cabinet door open
        OpenDoor = 0,
    }
}

wire::codes! {
    /// A light that is on by default.
    pub enum Switch: u8 {
        /// on
        On = 0,
        /// off
        Off = 1,
    }
}

/// Work mode as registrations and old heartbeats report it: bits, not a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct WorkModeBits(pub u8);

impl WorkModeBits {
    /// Cards alone decide, the device asks no server.
    pub const fn card_only(self) -> bool {
        self.0 & 1 != 0
    }

    /// The meter is a BL0939, else an RN8209.
    pub const fn meter_bl0939(self) -> bool {
        self.0 & 2 != 0
    }

    /// The device tests for short circuits before it closes a relay.
    pub const fn short_check(self) -> bool {
        self.0 & 4 != 0
    }

    /// Plugs are noticed by a lamp circuit, else by an optocoupler.
    pub const fn lamp_detection(self) -> bool {
        self.0 & 8 != 0
    }

    /// The bits in words.
    pub fn words(self) -> String {
        let who = if self.card_only() {
            "card only"
        } else {
            "networked"
        };
        let meter = if self.meter_bl0939() {
            "BL0939"
        } else {
            "RN8209"
        };
        let mut words = format!("{who}, meter {meter}");
        if self.short_check() {
            words.push_str(", short-circuit precheck");
        }
        if self.lamp_detection() {
            words.push_str(", lamp detection");
        }
        words
    }
}

impl Field for WorkModeBits {
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
