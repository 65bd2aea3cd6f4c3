//! What no log and no view may show of a frame.

use crate::codes::FrameType;
use crate::frame::{Frame, parse, seal};
use std::borrow::Cow;
use std::ops::Range;

/// User and password of the firmware server in an update's body.
const SERVER_LOGIN: Range<usize> = 28..60;
/// The password of a card in a request's body: a hash of a few digits is soon undone.
const CARD_PASSWORD: Range<usize> = 18..34;

const fn secret_in(kind: FrameType) -> Option<Range<usize>> {
    match kind {
        FrameType::Update => Some(SERVER_LOGIN),
        FrameType::StartRequest | FrameType::ParallelRequest => Some(CARD_PASSWORD),
        _ => None,
    }
}

/// The bytes of a good frame as logs may hold them.
pub(crate) fn loggable_bytes(kind: FrameType, raw: &[u8]) -> Cow<'_, [u8]> {
    match secret_in(kind).and_then(|_| parse(raw).ok()) {
        Some(frame) => loggable(&frame),
        None => Cow::Borrowed(raw),
    }
}

/// A frame as logs may hold it: secrets zeroed, the checksum made right again.
pub(crate) fn loggable<'a>(frame: &Frame<'a>) -> Cow<'a, [u8]> {
    let secret =
        secret_in(frame.kind).filter(|secret| !frame.encrypted && frame.body.len() > secret.start);
    let Some(secret) = secret else {
        return Cow::Borrowed(frame.raw);
    };
    let mut masked = Vec::with_capacity(frame.raw.len());
    let sealed = seal(
        frame.kind,
        frame.sequence,
        frame.order,
        &mut masked,
        |out| {
            let shown = frame.body.iter().enumerate();
            out.extend(shown.map(|(at, byte)| if secret.contains(&at) { 0 } else { *byte }));
        },
    );
    if sealed.is_err() {
        masked.clear();
    }
    Cow::Owned(masked)
}
