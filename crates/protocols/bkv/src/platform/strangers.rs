//! Devices that nobody has registered: they are kept reachable and told nothing else.

use super::gateway::count_good;
use super::v86_up::answer_status;
use super::words::{Address, outer};
use super::{Id, answer_time, decode, direct, note, refuse_content};
use crate::frame::{Frame, Framing};
use crate::message::{Body, V86};
use device::Output;
use kernel::Timestamp;

/// A stranger's heartbeat is answered, so that it stays reachable; nothing else is, so that it
/// keeps what it has to report. False when the frame cannot be read.
pub(super) fn hear(id: &Id, frame: &Frame<'_>, now: Timestamp, out: &mut Output) -> bool {
    note(id, frame, "noise", out);
    let message = match decode(frame) {
        Ok(message) => message,
        Err(error) => {
            refuse_content(frame, error.kind(), out);
            return false;
        }
    };
    count_good(frame, &message.body, out);
    match (frame.framing, id.address) {
        (Framing::Gateway { cmd, seq, .. }, Address::Gateway(gateway)) => match &message.body {
            Body::Heartbeat(_) if cmd == outer::HEARTBEAT => answer_time(gateway, seq, now, out),
            Body::V86(V86::Register(_)) => answer_time(gateway, seq, now, out),
            Body::V86(V86::Status(_)) => answer_status(gateway, seq, out),
            _ => {}
        },
        (Framing::Direct, address) => direct::answer_heartbeat(address, frame, now, out),
        _ => {}
    }
    true
}
