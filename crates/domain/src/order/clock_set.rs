//! What becomes of the times of an order that is alive when somebody sets the clock.

use super::Order;
use kernel::ClockSet;

impl Order {
    /// Moves the times from which its deadlines, its durations and the hours of its energy follow,
    /// so that as much has passed since each of them as before. What is over keeps its end.
    pub fn clock_was_set(&mut self, set: &ClockSet) {
        self.created_at = set.moved(self.created_at);
        // Energy that flowed since the last report is spread over the time since then.
        self.metered_at = self.metered_at.or(self.start_time);
        for at in [
            &mut self.acked_at,
            &mut self.start_time,
            &mut self.last_progress_at,
            &mut self.stop_requested_at,
            &mut self.stop_acked_at,
            &mut self.stop_sent_at,
            &mut self.interrupted_at,
            &mut self.fault_deadline,
            &mut self.idle_since,
            &mut self.restarted_at,
            &mut self.metered_at,
            &mut self.hold_until,
        ] {
            set.move_some(at);
        }
    }
}
