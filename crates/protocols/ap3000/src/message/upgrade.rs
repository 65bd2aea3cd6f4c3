//! Firmware in pieces.

use super::field::Chunk;
use crate::codes::UpgradeAnswer;
use serde_json::Value;
use wire::{Field, Label, Reader, Sheet, WireError, Writer};

wire::message! {
    /// 0xE0, 0xE1, 0xE2 down.
    pub struct Piece "piece of firmware" {
        /// pieces in all
        total_packets: u16,
        /// this one, from 1
        packet_no: u16,
        /// its bytes
        chunk_len: Chunk<200>,
    }
}

wire::message! {
    /// 0xF8, 0xF9 down.
    pub struct LongPiece "piece of old firmware" {
        /// pieces in all
        total_packets: u16,
        /// this one, from 1
        packet_no: u16,
        /// its bytes
        chunk_len: Chunk<256>,
    }
}

/// 0xFA down: a piece, or nothing to make the host ask for the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPiece(pub Option<Piece>);

impl wire::Message for HostPiece {
    const TITLE: &'static str = "piece of host firmware";
}

impl Field for HostPiece {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        Field::get(reader, name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        self.0.put(writer);
    }

    fn show(&self) -> Value {
        self.0.show()
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        self.0.describe(label, sheet);
    }
}

wire::message! {
    /// Answer to a piece. From a host with packet 0: begin with piece 1.
    pub struct UpgradeReply "upgrade answer" {
        /// what to do next
        answer: UpgradeAnswer,
        /// the last piece received, or the one to repeat
        packet_no: u16,
    }
}
