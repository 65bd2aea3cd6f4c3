//! Frames that the platform says, written straight from their tables.

use super::outbox::Writer;
use crate::element;
use crate::frame::{Framing, GatewayId, seal};
use device::Direction;
use std::sync::Arc;
use wire::{ByteOrder, Digits, Message};

/// Outer commands of the networked dialect.
pub(super) mod outer {
    pub(crate) const HEARTBEAT: u16 = 0x0000;
    pub(crate) const NETWORK: u16 = 0x0005;
    pub(crate) const FIRMWARE: u16 = 0x0007;
    pub(crate) const CONTROL: u16 = 0x0015;
    pub(crate) const CONTAINER: u16 = 0x1000;
}

/// Elements of a container behind its header: key and value.
pub(super) type Elements = Vec<(u32, Vec<u8>)>;

/// A frame with fixed fields.
pub(super) fn plain<M: Message>(
    gateway: GatewayId,
    cmd: u16,
    seq: u32,
    message: &M,
    out: &mut Vec<u8>,
) {
    write(Framing::Gateway { cmd, seq, gateway }, out, |body| {
        message.encode(ByteOrder::Big, body);
    });
}

/// A frame `inner length · sub-command · parameters`.
pub(super) fn sub<M: Message>(
    gateway: GatewayId,
    cmd: u16,
    sub_cmd: u8,
    seq: u32,
    message: &M,
    out: &mut Vec<u8>,
) {
    write(Framing::Gateway { cmd, seq, gateway }, out, |body| {
        let mut parameters = Vec::new();
        message.encode(ByteOrder::Big, &mut parameters);
        let length = u16::try_from(parameters.len()).unwrap_or(u16::MAX);
        body.extend_from_slice(&length.to_be_bytes());
        body.push(sub_cmd);
        body.extend_from_slice(&parameters);
    });
}

/// Who a container is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A gateway.
    Gateway(GatewayId),
    /// A stand-alone device.
    Direct(Digits<6>),
}

/// A container with its three header elements.
pub(super) fn container(
    address: Address,
    bkv_cmd: u16,
    seq: u64,
    elements: &[(u32, Vec<u8>)],
    out: &mut Vec<u8>,
) {
    let framing = match address {
        Address::Gateway(gateway) => {
            // The outer number is the low half of the inner one.
            let seq = u32::try_from(seq & u64::from(u32::MAX)).unwrap_or(0);
            Framing::Gateway {
                cmd: outer::CONTAINER,
                seq,
                gateway,
            }
        }
        Address::Direct(_) => Framing::Direct,
    };
    let id: &[u8] = match &address {
        Address::Gateway(id) => &id.0,
        Address::Direct(id) => &id.0,
    };
    write(framing, out, |body| {
        element::put(0x01, &bkv_cmd.to_be_bytes(), body);
        element::put(0x02, &seq.to_be_bytes(), body);
        element::put(0x03, id, body);
        for (key, value) in elements {
            element::put(*key, value, body);
        }
    });
}

/// What [`plain`] writes, for the outbox.
pub(super) fn plain_shot<M: Message + Send + Sync + 'static>(
    gateway: GatewayId,
    cmd: u16,
    message: M,
) -> Writer {
    Arc::new(move |seq, out| plain(gateway, cmd, seq, &message, out))
}

/// What [`sub`] writes, for the outbox.
pub(super) fn sub_shot<M: Message + Send + Sync + 'static>(
    gateway: GatewayId,
    cmd: u16,
    sub_cmd: u8,
    message: M,
) -> Writer {
    Arc::new(move |seq, out| sub(gateway, cmd, sub_cmd, seq, &message, out))
}

/// What [`container`] writes, for the outbox.
pub(super) fn container_shot(address: Address, bkv_cmd: u16, elements: Elements) -> Writer {
    Arc::new(move |seq, out| container(address, bkv_cmd, u64::from(seq), &elements, out))
}

fn write(framing: Framing, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    // Every list is checked before a command comes here, so the frame always fits; one that
    // did not would leave `out` as it was and be answered by nobody.
    let _ = seal(framing, Direction::Down, out, body);
}
