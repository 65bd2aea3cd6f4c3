//! One id on a connection: asked about, a stranger, or one of ours.

use super::line::Turn;
use super::strangers;
use super::unit::Unit;
use crate::PhysicalId;
use crate::frame::Frame;
use kernel::{PhyId, Timestamp};
use std::collections::VecDeque;

/// Frames that are held back while the platform looks an id up; what comes beyond that, the
/// device says again.
const HELD_MAX: usize = 32;

/// One id on the connection.
pub(super) struct Party {
    pub(super) id: PhysicalId,
    pub(super) phy: PhyId,
    pub(super) heard: Timestamp,
    pub(super) who: Who,
}

/// Who that is.
pub(super) enum Who {
    /// The platform is being asked; frames that came meanwhile.
    Asked(VecDeque<Box<[u8]>>),
    /// Nobody of ours.
    Stranger,
    /// One of ours.
    Ours(Box<Unit>),
}

impl Party {
    /// One good frame under this id.
    pub(super) fn hear(&mut self, frame: &Frame<'_>, turn: &mut Turn<'_>) {
        self.heard = turn.now;
        match &mut self.who {
            Who::Asked(held) if held.len() < HELD_MAX => held.push_back(frame.raw.into()),
            Who::Asked(_) => turn.out.tally.skipped += frame.raw.len() as u64,
            Who::Stranger => strangers::hear(&self.phy, frame, turn),
            Who::Ours(unit) => unit.hear(frame, turn),
        }
    }

    /// Bytes that are held back.
    pub(super) fn held(&self) -> usize {
        match &self.who {
            Who::Asked(held) => held.iter().map(|raw| raw.len()).sum(),
            Who::Stranger | Who::Ours(_) => 0,
        }
    }
}
