use super::Share;
use crate::text_enum::text_enum;
use kernel::{OrderNo, Timestamp};
use serde::{Deserialize, Serialize};

/// Order numbers that are kept as evidence of one check.
const ORDERS_MAX: usize = 200;

text_enum! {
    /// Where the charge of a check is.
    Phase {
        /// There is none: one is to be started.
        Idle = "idle",
        /// It was asked for.
        Started = "started",
        /// The device refused it, because nothing is plugged in or something still charges.
        Refused = "refused",
        /// It runs.
        Charging = "charging",
        /// What the check is about has been asked for.
        Mishap = "mishap",
        /// The mishap has been seen.
        Seen = "seen",
    }
}

/// What a check has seen so far; kept with it, so that it goes on after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckMemory {
    /// Where its charge is.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// Its charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_no: Option<OrderNo>,
    /// Charges that ended as they must.
    #[serde(default)]
    pub done: u32,
    /// Charges that did not.
    #[serde(default)]
    pub failed: u32,
    /// Events that came in time.
    #[serde(default)]
    pub in_time: Share,
    /// Charges with everything that belongs to one.
    #[serde(default)]
    pub complete: Share,
    /// The device has been there without interruption since then.
    #[serde(default)]
    pub unbroken_since: Option<Timestamp>,
    /// The longest stretch without interruption, seconds.
    #[serde(default)]
    pub unbroken_s: u64,
    /// Interruptions.
    #[serde(default)]
    pub interruptions: u32,
    /// The charges of it, the newest last; of many the newest alone.
    #[serde(default)]
    pub orders: Vec<OrderNo>,
    /// Why the last one that failed did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl CheckMemory {
    /// Nothing seen yet.
    pub fn new(now: Timestamp) -> Self {
        Self {
            phase: Phase::Idle,
            since: now,
            order_no: None,
            done: 0,
            failed: 0,
            in_time: Share::default(),
            complete: Share::default(),
            unbroken_since: None,
            unbroken_s: 0,
            interruptions: 0,
            orders: Vec::new(),
            problem: None,
        }
    }

    /// Goes on to a phase.
    pub fn enter(&mut self, phase: Phase, now: Timestamp) {
        self.phase = phase;
        self.since = now;
    }

    /// A charge of it.
    pub fn begin(&mut self, order_no: OrderNo, now: Timestamp) {
        self.order_no = Some(order_no);
        if self.orders.len() >= ORDERS_MAX {
            self.orders.remove(0);
        }
        self.orders.push(order_no);
        self.enter(Phase::Started, now);
    }

    /// Whether the device is there now: counts stretches and interruptions.
    pub fn watch(&mut self, online: bool, now: Timestamp) {
        match (online, self.unbroken_since) {
            (true, None) => self.unbroken_since = Some(now),
            (true, Some(since)) => {
                // In minutes: what changes all the time would be written all the time.
                self.unbroken_s = self.unbroken_s.max(now.since(since).as_secs() / 60 * 60);
            }
            (false, Some(_)) => {
                self.unbroken_since = None;
                self.interruptions += 1;
            }
            (false, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CheckMemory;
    use kernel::Timestamp;
    use std::time::Duration;

    #[test]
    fn the_longest_stretch_counts() {
        let begin = Timestamp::from_unix_seconds(1_729_407_600);
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut memory = CheckMemory::new(begin);
        for (second, online) in [
            (0, true),
            (150, true),
            (160, false),
            (170, true),
            (200, true),
        ] {
            memory.watch(online, at(second));
        }
        assert_eq!((memory.unbroken_s, memory.interruptions), (120, 1));
        memory.watch(true, at(400));
        assert_eq!(memory.unbroken_s, 180, "whole minutes");
        let kept = serde_json::to_string(&memory).expect("plain data");
        assert_eq!(
            serde_json::from_str::<CheckMemory>(&kept).expect("read"),
            memory
        );
    }
}
