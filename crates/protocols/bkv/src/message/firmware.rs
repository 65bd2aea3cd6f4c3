//! Firmware update: outer 0007 (BKV, docs/protocols/bkv.md §6.15).

use crate::codes::UpdateTarget;
use serde_json::Value;
use std::net::Ipv4Addr;
use wire::{Field, Reader, Text, WireError, Writer};

wire::message! {
    /// Fetch a file by FTP and install it, 0007 down. No credentials are sent.
    pub struct FirmwareOrder "firmware update" {
        /// 1 gateway, 2 socket
        target: UpdateTarget,
        /// FTP server
        ip: Address,
        /// FTP port
        port: u16,
        /// file name, padded with zeros
        file: Text<13>,
    }
}

/// An IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address(pub Ipv4Addr);

impl Field for Address {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array::<4>(name).map(|bytes| Self(bytes.into()))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0.octets());
    }

    fn show(&self) -> Value {
        Value::from(self.0.to_string())
    }
}
