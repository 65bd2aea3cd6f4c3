//! Real-time data of sessions whose record has come: kept by the pile and told late, or power
//! that flows on.

use crate::message::Realtime;
use crate::value::TransactionNo;
use kernel::Timestamp;
use std::time::Duration;

/// Two reports that grow and are so far apart are no kept data.
const APART: Duration = Duration::from_secs(10);

/// The first such data of a gun.
#[derive(Clone, Debug)]
pub(super) struct Leftover {
    at: Timestamp,
    serial: TransactionNo,
    energy: u32,
    minutes: u16,
}

impl Leftover {
    pub(super) fn of(data: &Realtime, at: Timestamp) -> Self {
        Self {
            at,
            serial: data.transaction_no,
            energy: data.energy,
            minutes: data.charged_minutes,
        }
    }

    pub(super) fn is_about(&self, data: &Realtime) -> bool {
        self.serial == data.transaction_no
    }

    /// Whether later data prove that the session goes on.
    pub(super) fn is_outgrown(&self, data: &Realtime, now: Timestamp) -> bool {
        let grows = data.energy > self.energy || data.charged_minutes > self.minutes;
        grows && now.since(self.at) >= APART
    }
}
