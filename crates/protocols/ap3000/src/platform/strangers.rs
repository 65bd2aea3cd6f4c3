//! Ids that nobody has registered: they are kept reachable and told nothing else, so that they
//! keep what they have to report.

use super::line::Turn;
use super::{presence, unit, words};
use crate::PhysicalId;
use crate::codes::Cmd;
use crate::frame::Frame;
use crate::message::{Body, Message, decode};
use device::{Direction, FrameNote, Item};
use kernel::PhyId;

/// A stranger's heartbeats and questions for the time are answered, nothing else: its
/// registration comes again until it is ours, its settlements stay with it.
pub(super) fn hear(phy: &PhyId, frame: &Frame<'_>, turn: &mut Turn<'_>) {
    let Ok(message) = decode(frame, Direction::Up) else {
        unit::note(phy, frame, "unknown", turn.out);
        super::refuse_content(frame, turn.out);
        return;
    };
    let kind = words::kind_of(message.cmd, Some(&message));
    unit::note(phy, frame, kind, turn.out);
    super::count_good(frame, &message, turn.out);
    let reply = match (&message.body, message.cmd) {
        (Body::Heartbeat(_), cmd) => presence::success(cmd),
        (Body::Request(_), cmd @ (Cmd::DeviceTime | Cmd::HostTime)) => {
            presence::time_reply(cmd, turn.at)
        }
        _ => return,
    };
    write(phy, frame.id, &reply, frame.msg_id, turn);
}

fn write(phy: &PhyId, id: PhysicalId, reply: &Message, msg_id: u16, turn: &mut Turn<'_>) {
    let begin = turn.out.wire.len();
    if reply.seal(id, msg_id, &mut turn.out.wire).is_err() {
        return;
    }
    let raw = turn.out.wire.get(begin..).unwrap_or_default();
    turn.out.items.push(Item::Frame(FrameNote {
        direction: Direction::Down,
        device: phy.clone(),
        cmd: u16::from(u8::from(reply.cmd)),
        kind: words::kind_of(reply.cmd, Some(reply)),
        msg_id: Some(u32::from(msg_id)),
        data_len: raw.len().saturating_sub(crate::frame::DATA + 2),
        raw: raw.into(),
    }));
}
