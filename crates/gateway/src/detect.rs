//! Which protocol a connection speaks, told from its first bytes.

use crate::Limits;
use device::{Detection, Protocol, Registry};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout_at};

/// No protocol needs more than this to be told apart.
const FIRST_BYTES_MAX: usize = 256;

/// After the first byte, a peer that stays undecided for so long is taken for a stranger.
const UNDECIDED_AFTER: Duration = Duration::from_secs(10);

/// What the first bytes of a connection say.
pub(crate) enum Opening {
    /// It speaks a protocol; the bytes read so far belong to its link.
    Speaks(Arc<dyn Protocol>, Vec<u8>),
    /// It speaks nothing known.
    Noise(Vec<u8>),
    /// It never said anything, or went away before it could be told.
    Gone(Vec<u8>, io::Error),
}

/// Reads until the protocol is certain. Nothing is allocated while the peer is silent.
pub(crate) async fn opening<S: AsyncRead + Unpin>(
    stream: &mut S,
    registry: &Registry,
    limits: &Limits,
) -> Opening {
    let mut first = Vec::new();
    let mut until = Instant::now() + limits.unidentified_close_after;
    loop {
        let mut byte_buffer = [0_u8; 64];
        let read = match timeout_at(until, stream.read(&mut byte_buffer)).await {
            Ok(Ok(0)) => return Opening::Gone(first, io::ErrorKind::UnexpectedEof.into()),
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return Opening::Gone(first, error),
            Err(_) if first.is_empty() => {
                return Opening::Gone(first, io::ErrorKind::TimedOut.into());
            }
            Err(_) => return Opening::Noise(first),
        };
        if first.is_empty() {
            until = until.min(Instant::now() + UNDECIDED_AFTER);
        }
        first.extend_from_slice(&byte_buffer[..read]);
        match registry.detect(&first) {
            (Detection::Yes, Some(protocol)) => return Opening::Speaks(protocol.clone(), first),
            (Detection::Maybe, _) if first.len() < FIRST_BYTES_MAX => {}
            _ => return Opening::Noise(first),
        }
    }
}
