//! O8: the device's end report, and why a charge ended in words that people understand.

use super::finish::{self, Ending, Word};
use super::transition::Draft;
use super::{
    Context, Effect, Order, OrderStatus, RecordKind, Transition, Trigger, Violation, late, plan,
    progress, review, spent, start,
};
use crate::alarm::AlarmCode;
use device::{EndReason, EndReport, EnergySplit, RecordDetails};
use kernel::{Energy, Timestamp};
use std::time::Duration;

/// An end report may name so much less energy than the last progress (0.01 kWh).
pub(super) const ENERGY_TOLERANCE: Energy = Energy(100);

/// A stop sent so shortly before the end caused it, also when its answer is missing.
const STOP_CAUSES_END: Duration = Duration::from_secs(30);

/// A device whose account begins so far from the charge has another time of the day: what it says
/// of price kinds and half hours is not that of the charge.
const CLOCK_OFF: Duration = Duration::from_mins(15);

/// The device's clock and its count of seconds agree when they differ by no more.
const CLOCKS_AGREE_S: i64 = 60;

/// Some devices count whole minutes.
const COUNTED_IN: Duration = Duration::from_mins(1);

/// A report without a time comes late when it comes so long after the duration that it counts.
const LATE_AFTER: Duration = Duration::from_mins(2);

pub(super) fn ended(order: &Order, report: &EndReport, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    let begin_seen = order.start_time.is_some();
    match order.status {
        OrderStatus::Pending => {
            let charged = Duration::from_secs(u64::from(report.duration_s));
            start::begin(&mut draft, ctx.now - charged, Trigger::Evidence);
        }
        OrderStatus::Charging => {}
        OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::Failed => {
            return late::report(order, report, ctx);
        }
    }
    let until = end_time(&draft.order, report, ctx.now, ctx.now);
    let reported_before = draft.order.metered_at.is_some();
    let oddities = take(&mut draft, report, until, begin_seen);
    let reason = reason_of(&draft.order, report, ctx.now);
    let doubt =
        review::doubt(report).or_else(|| spent::doubt(&draft.order, reported_before, report));
    draft.order.end_time = Some(until);
    oddities.mark(&mut draft.order);
    draft.push(Effect::Record(RecordKind::Matched));
    finish::complete(
        &mut draft,
        Ending {
            reason,
            message: None,
            trigger: Trigger::EndReport,
            word: Word::Device,
            abnormal: None,
            doubt,
        },
        ctx,
    );
    draft.done()
}

/// Takes over the values of the report: the device's own account is the bill's ground, also
/// where earlier progress said more. `until` is the end of the charge; `begin_seen` tells whether
/// its beginning is known from elsewhere.
pub(super) fn take(
    draft: &mut Draft,
    report: &EndReport,
    until: Timestamp,
    begin_seen: bool,
) -> Oddities {
    progress::learn_name(draft, &report.charge);
    let less = report.energy.0.saturating_add(ENERGY_TOLERANCE.0) < draft.order.energy.0;
    let below = less || i64::from(report.duration_s) < draft.order.duration_s;
    let clock = begin_seen && is_another_time(&draft.order, report);
    let order = &mut draft.order;
    plan::close(order, report);
    order.duration_s = i64::from(report.duration_s);
    progress::correct(order, report.energy, until);
    order.peak_power = order.peak_power.max(report.peak_power.unwrap_or_default());
    order.device_amount = report.device_amount;
    if order.card_no.is_none() {
        order.card_no.clone_from(&report.card_no);
    }
    if let Some(details) = &report.details {
        take_details(order, details);
    }
    if clock {
        order.device_split = EnergySplit::Whole;
    }
    if let Some(words) = another_vehicle(&draft.order, report) {
        draft.raise(AlarmCode::BillingMismatch, words);
    }
    if spent::contradicts(&draft.order, report) {
        let details = "energy by price kind does not add up to the total";
        draft.raise(AlarmCode::BillingMismatch, details);
    }
    let negative = report.energy < Energy::ZERO;
    let implausible = progress::is_implausible(&draft.order);
    for (broken, rule) in [
        (below, Violation::EndBelowProgress),
        (negative, Violation::Negative),
        (implausible, Violation::ImplausibleEnergy),
    ] {
        if broken {
            draft.violates(rule);
        }
    }
    let words = [
        (clock, "its clock is off"),
        (less, "less energy than was reported while it charged"),
        (negative, "negative energy"),
        (implausible, "more energy than its power allows"),
    ];
    let said = words
        .into_iter()
        .filter_map(|(odd, words)| odd.then_some(words));
    Oddities {
        said: said.collect(),
        // Published sample numbers of real platforms are beyond their power: that is noted, and
        // the order counts as any other.
        abnormal: less || negative,
    }
}

/// What cannot be true of an account that is billed all the same.
pub(super) struct Oddities {
    said: Vec<&'static str>,
    abnormal: bool,
}

impl Oddities {
    /// Marks the order for people.
    pub(super) fn mark(self, order: &mut Order) {
        order.abnormal |= self.abnormal;
        let known = order.abnormal_reason.as_deref();
        let all: Vec<&str> = known.into_iter().chain(self.said).collect();
        order.abnormal_reason = (!all.is_empty()).then(|| all.join(", "));
    }
}

/// Whether the device's account begins at another time than the charge did.
fn is_another_time(order: &Order, report: &EndReport) -> bool {
    let said = report
        .details
        .as_ref()
        .and_then(|details| details.started_at);
    said.zip(order.start_time)
        .is_some_and(|(said, began)| said.since(began).max(began.since(said)) > CLOCK_OFF)
}

/// Says that a record is of another vehicle than the one that charged.
fn another_vehicle(order: &Order, report: &EndReport) -> Option<String> {
    let known = order.vin.as_ref()?;
    let said = report.details.as_ref()?.vin.as_ref()?;
    (said != known).then(|| format!("the record of vehicle {known} names {said}"))
}

/// What records of EV piles say beyond the common values.
fn take_details(order: &mut Order, details: &RecordDetails) {
    if order.vin.is_none() {
        order.vin.clone_from(&details.vin);
    }
    if order.physical_card.is_none() {
        order.physical_card.clone_from(&details.physical_card);
    }
    order.meter = details.meter.or(order.meter);
    if let Some((before, after)) = details.soc {
        order.start_soc = Some(before);
        order.soc = Some(after);
    }
    order.device_split.clone_from(&details.split);
}

/// Why the charge ended. A fault that we saw and a stop that we sent explain it better than
/// the device's code, except where the device itself names a fault or the lack of money.
pub(super) fn reason_of(order: &Order, report: &EndReport, now: Timestamp) -> EndReason {
    if order.fault_deadline.is_some() {
        return EndReason::DeviceFault;
    }
    let own = matches!(
        report.reason.published(),
        EndReason::DeviceFault | EndReason::InsufficientBalance
    );
    let stopped = order.stop_acked_at.is_some()
        || order
            .stop_sent_at
            .is_some_and(|sent| now < sent + STOP_CAUSES_END);
    match order.stop_reason {
        Some(reason) if stopped && !own => reason,
        _ => report.reason,
    }
}

/// The server's time of the end. The device's clock is believed only where it agrees with the
/// duration that the device counted, which is how late reports get their true time. One that
/// names no time is late when the counted duration was over long ago: the charge ended then,
/// unless it was heard of later. Else the end is `fallback`.
pub(super) fn end_time(
    order: &Order,
    report: &EndReport,
    fallback: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let Some(start) = order.start_time else {
        return fallback;
    };
    let counted = start + Duration::from_secs(u64::from(report.duration_s));
    let Some(said) = report.ended_at else {
        let heard = order.last_progress_at.unwrap_or(start);
        let goes_on = heard > counted + COUNTED_IN;
        let late = counted + LATE_AFTER < now;
        return if late && !goes_on {
            counted.max(heard)
        } else {
            fallback
        };
    };
    let agrees = (said.unix_seconds() - counted.unix_seconds()).abs() <= CLOCKS_AGREE_S;
    if agrees {
        said.max(start).min(now)
    } else {
        fallback
    }
}

/// The reason as third parties get it: one of the seven literals of the contract.
pub const fn published_reason(reason: EndReason) -> &'static str {
    reason.published().as_str()
}

/// The reason for people. `normal` covers two things that people tell apart: the paid time or
/// energy was reached, or the plug was pulled before.
pub fn end_message(order: &Order, reason: EndReason) -> String {
    let text = match reason {
        EndReason::Normal if time_reached(order) => "正常结束（达到设定时长）",
        EndReason::Normal if energy_reached(order) => "正常结束（达到设定电量）",
        EndReason::Normal => "用户拔出插头",
        named => named.message(),
    };
    text.to_owned()
}

/// The paid time is reached, with 5 s of tolerance; devices that count whole minutes may name
/// one less.
fn time_reached(order: &Order) -> bool {
    let counts_minutes = order.duration_s > 0 && order.duration_s % 60 == 0;
    let tolerance = if counts_minutes { 60 } else { 5 };
    order
        .planned_duration_s
        .is_some_and(|planned| order.duration_s.saturating_add(tolerance) >= planned)
}

/// The paid energy is reached: 98 % of it, the metering tolerance.
fn energy_reached(order: &Order) -> bool {
    order
        .planned_energy
        .is_some_and(|planned| i128::from(order.energy.0) * 100 >= i128::from(planned.0) * 98)
}
