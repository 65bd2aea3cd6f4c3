//! What the program does when somebody sets the machine's clock while it runs: nothing becomes
//! late or early by that. The times that memory holds are moved along, so that as much has passed
//! since each of them as before, and an alarm says that the clock was set.

use crate::{App, AppError};
use domain::alarm::{AlarmCode, Level};
use kernel::{ClockLook, ClockSet, Timestamp};
use parking_lot::Mutex;
use serde_json::json;
use std::sync::atomic::{AtomicI64, Ordering};
use store::alarms::{self, NewAlarm};
use tracing::warn;

/// What is known of the clock.
#[derive(Debug)]
pub(crate) struct ClockWatch {
    /// The last look at it.
    looked: Mutex<ClockLook>,
    /// Since when this program listens, by the clock as it is now.
    listening_since: AtomicI64,
    /// What nobody has been told yet.
    untold: Mutex<Option<ClockSet>>,
}

impl ClockWatch {
    pub(crate) const fn begun(look: ClockLook) -> Self {
        Self {
            looked: Mutex::new(look),
            listening_since: AtomicI64::new(look.now.0),
            untold: Mutex::new(None),
        }
    }
}

impl App {
    /// Since when this program listens: silence before then was its own, not the devices'.
    pub(crate) fn listening_since(&self) -> Timestamp {
        Timestamp(self.clock_watch.listening_since.load(Ordering::Relaxed))
    }

    /// Looks whether somebody set the clock, before anything is judged by it.
    pub(crate) async fn follow_the_clock(&self) {
        let look = ClockLook {
            now: self.clock.now(),
            steady: self.clock.steady(),
        };
        let before = std::mem::replace(&mut *self.clock_watch.looked.lock(), look);
        if let Some(set) = ClockSet::between(before, look) {
            warn!(seconds = set.by_ms / 1000, "the clock was set");
            self.move_along(&set).await;
            *self.clock_watch.untold.lock() = Some(set);
        }
        let untold = *self.clock_watch.untold.lock();
        if let Some(set) = untold {
            match self.tell_of_clock(&set).await {
                Ok(()) => *self.clock_watch.untold.lock() = None,
                Err(error) => warn!(%error, "the alarm about the clock waits for the database"),
            }
        }
    }

    async fn move_along(&self, set: &ClockSet) {
        let since = set.moved(self.listening_since());
        let listening = &self.clock_watch.listening_since;
        listening.store(since.0, Ordering::Relaxed);
        self.live.visit(|live| live.clock_was_set(set));
        self.occupied.clock_was_set(set);
        self.power.clock_was_set(set);
        self.fire.clock_was_set();
        // Every time on every page is another one.
        self.bus.hints_lost();
        for order_no in self.orders.all() {
            let mut guard = self.orders.lock(order_no).await;
            if let Some(mut order) = guard.order().cloned() {
                order.clock_was_set(set);
                guard.store(order);
                self.orders.mark_dirty(order_no);
            }
        }
    }

    async fn tell_of_clock(&self, set: &ClockSet) -> Result<(), AppError> {
        let seconds = set.by_ms / 1000;
        let code = AlarmCode::ClockJump;
        let mut direct = self.db.direct().await?;
        let alarm = NewAlarm {
            code: code.as_str().to_owned(),
            level: Level::letter(self.alarm_rule(code).level).to_owned(),
            object_type: crate::system_watch::SYSTEM.to_owned(),
            object_id: "clock".to_owned(),
            device_id: None,
            port_no: None,
            order_no: None,
            message: format!("the clock was set by {seconds} s"),
            details: json!({"seconds": seconds, "before": set.would_be.unix_seconds(),
                "after": set.now.unix_seconds()}),
            at: self.now(),
        };
        alarms::raise(direct.conn(), &alarm).await?;
        Ok(())
    }
}
