//! Nonces that have been used. Each is remembered for at least ten minutes, twice as long as a
//! signed request stays fresh.
//!
//! Memory is enough for requests without a signature: whoever can read the key can make up
//! another nonce. For signed writes the guard stores the nonce in the database as well.

use kernel::{ApiKeyId, Timestamp};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::Duration;

/// A nonce may not come again within this time.
pub(crate) const NONCE_TTL: Duration = Duration::from_mins(10);

/// Longest nonce, in characters.
pub(crate) const NONCE_LENGTH_MAX: usize = 64;

/// Nonces of one generation; 16 bytes each. More than 800 a second for ten minutes are refused.
const GENERATION_MAX: usize = 500_000;

/// What became of a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Never seen; now it has been.
    Fresh,
    /// Seen before.
    Used,
    /// There is no room to remember it.
    Full,
}

/// The memory of used nonces: this generation and the one before.
#[derive(Debug, Default)]
pub(crate) struct Nonces(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    begun: Timestamp,
    current: HashSet<[u8; 16]>,
    previous: HashSet<[u8; 16]>,
}

impl Nonces {
    /// Uses up a nonce.
    pub(crate) fn take(&self, key: ApiKeyId, nonce: &str, now: Timestamp) -> Verdict {
        let mark = mark(key, nonce);
        let mut seen = self.0.lock();
        let age = now.since(seen.begun);
        if age >= NONCE_TTL {
            let current = std::mem::take(&mut seen.current);
            // After a pause both generations are too old to matter.
            seen.previous = if age < NONCE_TTL * 2 {
                current
            } else {
                HashSet::new()
            };
            seen.begun = now;
        }
        if seen.previous.contains(&mark) || seen.current.contains(&mark) {
            return Verdict::Used;
        }
        if seen.current.len() >= GENERATION_MAX {
            return Verdict::Full;
        }
        seen.current.insert(mark);
        Verdict::Fresh
    }
}

fn mark(key: ApiKeyId, nonce: &str) -> [u8; 16] {
    let digest = Sha256::new()
        .chain_update(key.0.to_be_bytes())
        .chain_update(nonce)
        .finalize();
    let mut mark = [0; 16];
    mark.copy_from_slice(&digest[..16]);
    mark
}

#[cfg(test)]
mod tests {
    use super::{NONCE_TTL, Nonces, Verdict};
    use kernel::{ApiKeyId, Timestamp};
    use std::time::Duration;

    #[test]
    fn a_nonce_is_good_once_in_ten_minutes() {
        let nonces = Nonces::default();
        let start = Timestamp::from_unix_seconds(1_729_407_600);
        let take = |key, nonce, after| nonces.take(ApiKeyId(key), nonce, start + after);
        assert_eq!(take(1, "a", Duration::ZERO), Verdict::Fresh);
        assert_eq!(take(1, "a", Duration::ZERO), Verdict::Used);
        assert_eq!(
            take(2, "a", Duration::ZERO),
            Verdict::Fresh,
            "another key, another nonce"
        );
        let almost = NONCE_TTL.saturating_sub(Duration::from_millis(1));
        assert_eq!(take(1, "b", almost), Verdict::Fresh);
        assert_eq!(take(1, "b", almost + almost), Verdict::Used);
        assert_eq!(take(1, "a", NONCE_TTL * 3), Verdict::Fresh);
    }
}
