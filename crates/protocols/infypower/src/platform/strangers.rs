//! Piles that nobody has registered: listened to, so that an operator finds them in the log, and
//! told nothing, so that they keep what they have to report.

use super::{keep, note, refuse_content};
use crate::frame::Frame;
use crate::layout::Dialect;
use crate::message::{Body, DecodeError, decode};
use device::{Direction, Output};
use kernel::PhyId;

/// One good frame of a stranger.
pub(super) fn hear(phy: &PhyId, frame: &Frame<'_>, out: &mut Output) {
    note(phy, frame, "noise", out);
    match decode(frame, Direction::Up, Dialect::default(), None) {
        Ok(message) => count(frame, &message.body, out),
        Err(error @ (DecodeError::Foreign(_) | DecodeError::Encrypted(_))) => {
            out.tally.unknown += frame.raw.len() as u64;
            out.tally.frames += 1;
            keep(frame, error.kind(), out);
        }
        Err(error) => refuse_content(frame, error.kind(), out),
    }
}

/// Counts a frame that could be read.
pub(super) fn count(frame: &Frame<'_>, body: &Body, out: &mut Output) {
    let bytes = frame.raw.len() as u64;
    if matches!(body, Body::Unknown(_)) {
        out.tally.unknown += bytes;
    } else {
        out.tally.decoded += bytes;
    }
    out.tally.frames += 1;
}
