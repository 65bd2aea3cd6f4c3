use super::Share;
use crate::order::{Order, OrderStatus};
use std::time::Duration;

/// A start is answered in this time.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// An end is reported in this time after it was due.
const ENDED_WITHIN: Duration = Duration::from_mins(1);

/// What is known of a charge of a certification once it is over.
#[derive(Clone, Debug)]
pub struct ChargeFacts<'a> {
    /// The order.
    pub order: &'a Order,
    /// End reports of it that were matched.
    pub end_reports: usize,
    /// Whether the two charges before it were reported again, though their reports had been
    /// acknowledged: one may be lost on its way, not one after the other.
    pub repeats_ends: bool,
    /// Whether the charge before it had the same number of the device's.
    pub reuses_number: bool,
    /// Reports with values while it ran.
    pub reports: usize,
    /// Whether one of them named voltage, power and current where the device has them.
    pub has_values: bool,
}

/// Which of the device's words came in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promptness(pub Share);

impl ChargeFacts<'_> {
    /// What is missing of everything that belongs to a charge, or cannot be true of it: accepted,
    /// begun, reported on, ended by the device with one report, billed by an account without
    /// doubts.
    pub fn flaw(&self) -> Option<String> {
        let order = self.order;
        let missing = if order.acked_at.is_none() {
            "the start was not answered"
        } else if order.start_time.is_none() {
            "it did not begin"
        } else if self.reports == 0 {
            "nothing was reported while it ran"
        } else if !self.has_values {
            "reports without power"
        } else if self.end_reports == 0 {
            "no end report"
        } else if order.status != OrderStatus::Completed {
            "it was not completed"
        } else if self.end_reports > 1 {
            "more than one end report"
        } else if self.repeats_ends {
            "end reports are repeated although they are acknowledged"
        } else if self.reuses_number {
            "its session number is that of the charge before"
        } else if order.final_amount.is_none() {
            "no bill"
        } else {
            return order.abnormal_reason.clone();
        };
        Some(missing.to_owned())
    }

    /// Which words came in time: the answer to the start, and the end report after it was due.
    pub fn promptness(&self) -> Promptness {
        let order = self.order;
        let mut share = Share::default();
        let answered = order.acked_at;
        share.count(answered.is_some_and(|at| at.since(order.created_at) <= ANSWERED_WITHIN));
        if let (Some(begun), Some(planned)) = (order.start_time, order.planned_duration_s) {
            let planned = Duration::from_secs(u64::try_from(planned).unwrap_or(0));
            let due = begun + planned + ENDED_WITHIN;
            let reported = order.end_time.filter(|_| self.end_reports > 0);
            share.count(reported.is_some_and(|at| at <= due));
        }
        Promptness(share)
    }
}
