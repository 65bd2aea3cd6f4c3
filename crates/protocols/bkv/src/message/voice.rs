//! Voice and buzzer: sub 1B (BKV, docs/protocols/bkv.md §6.14).

use crate::codes::Outcome;
use serde_json::Value;
use wire::{Counted, Field, Reader, WireError, Writer};

wire::message! {
    /// When a port may make sound, 1B down.
    pub struct Voice "voice" {
        /// socket number, 254 for all
        socket_no: u8,
        /// port
        port: u8,
        /// buzzer, 1 on
        buzzer: u8,
        /// voice, 1 on
        voice: u8,
        /// times in which sound is allowed, at most two
        [period_count] periods: Counted<Period, 2>,
    }
}

wire::message! {
    /// A time of the day, both ends in hours and minutes.
    pub struct Period "period" {
        /// begin
        start: DayTime,
        /// end
        end: DayTime,
    }
}

/// Hour and minute, both binary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayTime {
    /// Hour.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
}

impl Field for DayTime {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let [hour, minute] = reader.array(name)?;
        Ok(Self { hour, minute })
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&[self.hour, self.minute]);
    }

    fn show(&self) -> Value {
        Value::from(format!("{:02}:{:02}", self.hour, self.minute))
    }
}

wire::message! {
    /// Answer to 1B.
    pub struct VoiceAck "voice answer" {
        /// socket number
        socket_no: u8,
        /// port
        port: u8,
        /// 1 done, 0 failed
        result: Outcome,
    }
}
