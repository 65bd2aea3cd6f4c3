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

/// A peer that is still undecided when it has been silent for so long is taken for a stranger.
/// AP3000 modems begin with the number of their SIM card and say `link` every 30 s, which proves
/// no protocol; the first frame of a device behind them may take three minutes
/// (docs/protocols/ap3000.md §15).
const UNDECIDED_AFTER: Duration = Duration::from_mins(1);

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
    let latest = Instant::now() + limits.unidentified_close_after;
    let mut until = latest;
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
        until = latest.min(Instant::now() + UNDECIDED_AFTER);
        first.extend_from_slice(&byte_buffer[..read]);
        match registry.detect(&first) {
            (Detection::Yes, Some(protocol)) => return Opening::Speaks(protocol.clone(), first),
            (Detection::Maybe, _) if first.len() < FIRST_BYTES_MAX => {}
            _ => return Opening::Noise(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Opening, opening};
    use crate::Limits;
    use device::Registry;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::{Instant, sleep};

    const SIM_CARD: &[u8] = b"898604D9162390488297";

    async fn told(
        words: impl AsyncFnOnce(DuplexStream) -> DuplexStream + Send + 'static,
    ) -> Opening {
        let (peer, mut ours) = duplex(64);
        let registry = Registry::new(vec![Arc::new(ap3000::Ap3000)]);
        let limits = Limits::default();
        let (opening, _peer) = tokio::join!(opening(&mut ours, &registry, &limits), words(peer));
        opening
    }

    /// A host whose connection broke: its devices do not register anew, one speaks after minutes.
    #[tokio::test(start_paused = true)]
    async fn a_modem_may_say_for_minutes_no_more_than_that_it_lives() {
        let opening = told(async |mut peer| {
            peer.write_all(SIM_CARD).await.expect("open");
            for _ in 0..6 {
                sleep(Duration::from_secs(30)).await;
                peer.write_all(b"link").await.expect("open");
            }
            peer.write_all(b"DNY").await.expect("open");
            peer
        });
        assert!(matches!(opening.await, Opening::Speaks(..)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_falls_silent_undecided_is_a_stranger_after_a_minute() {
        let began = Instant::now();
        let opening = told(async |mut peer| {
            peer.write_all(SIM_CARD).await.expect("open");
            peer
        });
        assert!(matches!(opening.await, Opening::Noise(first) if first == SIM_CARD));
        assert_eq!(began.elapsed().as_secs(), 60);
    }
}
