//! What no log and no view may show of a frame.

use crate::frame::{Frame, parse, seal};
use std::borrow::Cow;
use std::ops::Range;

/// Where a body has a password or a key.
const fn secret_in(cmd: u16) -> Option<Range<usize>> {
    match cmd {
        // The login password of old piles, reserved in newer ones.
        106 => Some(82..90),
        // What a holder typed at the pile.
        204 => Some(73..105),
        206 => Some(68..100),
        // Password and key of the encrypted login.
        1202 => Some(4..48),
        1201 => Some(8..32),
        // User and password of a server.
        1401 => Some(38..70),
        1406 => Some(37..69),
        _ => None,
    }
}

/// The bytes of a good frame as logs may hold them.
pub(crate) fn loggable_bytes(cmd: u16, raw: &[u8]) -> Cow<'_, [u8]> {
    match secret_in(cmd).and_then(|_| parse(raw).ok()) {
        Some(frame) => loggable(&frame),
        None => Cow::Borrowed(raw),
    }
}

/// A frame as logs may hold it: secrets zeroed, the checksum made right again.
pub(crate) fn loggable<'a>(frame: &Frame<'a>) -> Cow<'a, [u8]> {
    let secret = secret_in(frame.cmd)
        .filter(|secret| frame.version.is_plain() && frame.body.len() > secret.start);
    let Some(secret) = secret else {
        return Cow::Borrowed(frame.raw);
    };
    let mut masked = Vec::with_capacity(frame.raw.len());
    let sealed = seal(frame.version, frame.seq, frame.cmd, &mut masked, |out| {
        let shown = frame.body.iter().enumerate();
        out.extend(shown.map(|(at, byte)| if secret.contains(&at) { 0 } else { *byte }));
    });
    if sealed.is_err() {
        masked.clear();
    }
    Cow::Owned(masked)
}
