//! What a fleet has done so far.

use ::pile::Event;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counted by all devices of a fleet.
#[derive(Debug, Default)]
pub struct Counters {
    online: AtomicU64,
    connects: AtomicU64,
    connect_failures: AtomicU64,
    bytes_up: AtomicU64,
    writes: AtomicU64,
    bytes_down: AtomicU64,
    times_told: AtomicU64,
    starts: AtomicU64,
    stops: AtomicU64,
    begun: AtomicU64,
    ended: AtomicU64,
    ends_acknowledged: AtomicU64,
}

/// A reading of [`Counters`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Devices connected now.
    pub online: u64,
    /// Connections made.
    pub connects: u64,
    /// Connections that could not be made.
    pub connect_failures: u64,
    /// Bytes written.
    pub bytes_up: u64,
    /// Writes, each of one frame or several.
    pub writes: u64,
    /// Bytes read.
    pub bytes_down: u64,
    /// Heartbeats that were answered with the time.
    pub times_told: u64,
    /// Start commands received.
    pub starts: u64,
    /// Stop commands received.
    pub stops: u64,
    /// Charges begun.
    pub begun: u64,
    /// Charges ended.
    pub ended: u64,
    /// End reports acknowledged by the platform.
    pub ends_acknowledged: u64,
}

impl Counters {
    pub(crate) fn came_online(&self) {
        add(&self.online, 1);
        add(&self.connects, 1);
    }

    pub(crate) fn went_offline(&self) {
        self.online.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn connect_failed(&self) {
        add(&self.connect_failures, 1);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        add(&self.writes, 1);
        add(&self.bytes_up, bytes);
    }

    pub(crate) fn received(&self, bytes: usize) {
        add(&self.bytes_down, bytes);
    }

    pub(crate) fn noted(&self, event: &Event) {
        let counter = match event {
            Event::TimeReceived(_) => &self.times_told,
            Event::StartReceived { .. } => &self.starts,
            Event::StopReceived { .. } => &self.stops,
            Event::Began { .. } => &self.begun,
            Event::Ended { .. } => &self.ended,
            Event::EndAcknowledged { .. } => &self.ends_acknowledged,
            Event::CommandReceived { .. }
            | Event::EndReported { .. }
            | Event::CardAnswered { .. } => return,
        };
        add(counter, 1);
    }

    /// All counters; they move on while they are read.
    pub fn read(&self) -> Count {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Count {
            online: read(&self.online),
            connects: read(&self.connects),
            connect_failures: read(&self.connect_failures),
            bytes_up: read(&self.bytes_up),
            writes: read(&self.writes),
            bytes_down: read(&self.bytes_down),
            times_told: read(&self.times_told),
            starts: read(&self.starts),
            stops: read(&self.stops),
            begun: read(&self.begun),
            ended: read(&self.ended),
            ends_acknowledged: read(&self.ends_acknowledged),
        }
    }
}

fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
}
