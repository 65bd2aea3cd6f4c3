//! The counters of what comes in, looked up once for each protocol: a look-up for every frame
//! costs more than decoding it.

use dashmap::DashMap;
use device::Tally;
use metrics::{Counter, counter};
use std::sync::{Arc, LazyLock};

/// All that have been looked up: one entry for each protocol.
static BY_PROTOCOL: LazyLock<DashMap<&'static str, Arc<Meters>>> = LazyLock::new(DashMap::new);

/// Counters of one protocol.
pub(crate) struct Meters {
    decoded: Counter,
    unknown: Counter,
    malformed: Counter,
    skipped: Counter,
    frames: Counter,
    bad_frames: Counter,
}

impl Meters {
    /// The counters of a protocol.
    pub(crate) fn of(protocol: &'static str) -> Arc<Self> {
        let found = BY_PROTOCOL.entry(protocol);
        found
            .or_insert_with(|| Arc::new(Self::look_up(protocol)))
            .clone()
    }

    fn look_up(protocol: &'static str) -> Self {
        let frames = |valid: &'static str| counter!("openpile_frames_total", "protocol" => protocol, "valid" => valid);
        Self {
            decoded: bytes("decoded"),
            unknown: bytes("unknown"),
            malformed: bytes("malformed"),
            skipped: bytes("skipped"),
            frames: frames("true"),
            bad_frames: frames("false"),
        }
    }

    /// Counts what became of some bytes.
    pub(crate) fn count(&self, tally: &Tally) {
        self.decoded.increment(tally.decoded);
        self.unknown.increment(tally.unknown);
        self.malformed.increment(tally.malformed);
        self.skipped.increment(tally.skipped);
        self.frames.increment(tally.frames);
        self.bad_frames.increment(tally.bad_frames);
    }
}

/// The counter of bytes with this fate.
pub(crate) fn bytes(fate: &'static str) -> Counter {
    counter!("openpile_bytes_received_total", "fate" => fate)
}
