//! The ends of an order: billed (completed) or not (failed, cancelled).

use super::transition::Draft;
use super::{
    Context, Effect, News, Order, OrderStatus, PortMove, SettleStatus, Trigger, end_message,
};
use super::{plan, review, spent};
use crate::alarm::AlarmCode;
use crate::pricing::Bill;
use crate::pricing::third_party::{Usage, bill};
use crate::pricing::time_of_use::{self, BillSheet};
use device::{EndReason, EnergySplit};
use kernel::{Fen, Power};

/// A device's own sum may differ from ours by so many fen before anybody is told: one for its
/// single period and one on top.
const DEVICE_AMOUNT_TOLERANCE: u64 = 2;

/// How an order is completed.
pub(super) struct Ending {
    pub(super) reason: EndReason,
    /// Text for people, where it differs from the reason's own.
    pub(super) message: Option<&'static str>,
    pub(super) trigger: Trigger,
    pub(super) word: Word,
    /// Set when somebody should look at it.
    pub(super) abnormal: Option<String>,
    /// Set when nobody is to pay before somebody has looked at it.
    pub(super) doubt: Option<String>,
}

/// On whose word an order is completed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// The device's end report.
    Device,
    /// Ours, with the last known values: a late report corrects the bill.
    Provisional {
        /// Unused money stays frozen, and progress re-opens the order, until the hold is over.
        hold: bool,
    },
}

/// Completes and bills a charging order.
pub(super) fn complete(draft: &mut Draft, ending: Ending, ctx: &Context<'_>) {
    let order = &mut draft.order;
    let was_billed = order.reopened_count > 0;
    order.end_time = order.end_time.or(Some(ctx.now));
    order.end_reason = Some(ending.reason);
    order.current_power = Power::ZERO;
    order.provisional = ending.word != Word::Device;
    order.hold_until = match ending.word {
        Word::Provisional { hold: true } => Some(ctx.now + ctx.policy.hold),
        Word::Provisional { hold: false } | Word::Device => None,
    };
    order.fault_deadline = None;
    order.interrupted_at = None;
    order.idle_reports = 0;
    order.idle_since = None;
    order.restarted_at = None;
    if let Some(abnormal) = ending.abnormal {
        order.abnormal = true;
        order.abnormal_reason = Some(abnormal);
    }
    order.end_reason_msg = Some(match ending.message {
        Some(message) => message.to_owned(),
        None => end_message(order, ending.reason),
    });
    settle(draft, was_billed);
    let doubt = ending.doubt.or_else(|| review::unpriced(&draft.order));
    let held = doubt.is_some();
    if let Some(doubt) = doubt {
        review::hold(draft, &doubt);
    }
    let reason = draft.order.abnormal_reason.clone();
    draft.status(OrderStatus::Completed, ending.trigger, reason);
    draft.push(Effect::WithdrawCommands);
    draft.push(Effect::Port(PortMove::Release));
    draft.emit(News::Ended);
    if !held {
        draft.emit(News::Completed);
    }
    if ending.word != Word::Device {
        draft.raise(
            AlarmCode::EndReportMissing,
            "completed without the device's end report",
        );
    }
}

/// What the order would cost if it ended now.
pub(super) fn estimate(order: &Order) -> Fen {
    made(order).0.total
}

/// The bill of an order as it is, with its lines where the price depends on the time.
fn made(order: &Order) -> (Bill, Option<Box<BillSheet>>) {
    if order.is_unpriced() {
        return (Bill::nothing(order.amount), None);
    }
    if let Some(snapshot) = &order.terms.plan {
        return (plan::bill(order, &snapshot.plan), None);
    }
    match &order.terms.tariff {
        Some(tariff) => {
            let sheet = time_of_use::bill(&tariff.table, &spent::by_kind(order, &tariff.table));
            (spent::limited(&sheet, order), Some(Box::new(sheet)))
        }
        None => (bill(&Usage::of(order)), None),
    }
}

/// Makes the bill from the order's values and writes it into the order.
pub(super) fn settle(draft: &mut Draft, again: bool) {
    let (sum, sheet) = made(&draft.order);
    let tolerance = sheet
        .as_ref()
        .map_or(DEVICE_AMOUNT_TOLERANCE, |sheet| sheet.tolerance());
    let order = &mut draft.order;
    let gross = sheet.as_ref().map_or(sum.total, |sheet| sheet.total());
    order.bill = sheet;
    order.final_amount = Some(sum.total);
    order.elec_fen = sum.elec;
    order.service_fen = sum.service;
    order.refund_fen = sum.refund;
    order.settle_status = if again {
        SettleStatus::Adjusted
    } else {
        SettleStatus::Settled
    };
    // A device that splits its bill over the day computes by the prices that it holds. Where the
    // order has another price, the two sums have nothing to do with each other.
    let comparable = order.terms.tariff.is_some() || order.device_split == EnergySplit::Whole;
    let device_amount = order.device_amount.filter(|amount| *amount > Fen::ZERO);
    if comparable
        && let Some(device) = device_amount
        && device.0.abs_diff(gross.0) > tolerance
    {
        let details = format!("device computed {device}, billed {gross}");
        draft.raise(AlarmCode::BillingMismatch, details);
    }
    draft.fact();
}

/// O4: the device did not begin. Everything goes back.
pub(super) fn failed(draft: &mut Draft, trigger: Trigger, reason: String) {
    close(draft, OrderStatus::Failed, trigger, &reason);
    draft.raise(AlarmCode::StartFailed, reason.clone());
    draft.emit(News::Failed { reason });
}

/// O5, O15: a person or a clock ended it. Everything goes back.
pub(super) fn cancelled(draft: &mut Draft, trigger: Trigger, reason: String) {
    close(draft, OrderStatus::Cancelled, trigger, &reason);
    draft.emit(News::Cancelled { reason });
}

fn close(draft: &mut Draft, to: OrderStatus, trigger: Trigger, reason: &str) {
    let order = &mut draft.order;
    order.end_time = Some(draft.now);
    order.end_reason_msg = Some(reason.to_owned());
    order.bill = None;
    order.final_amount = Some(Fen::ZERO);
    order.elec_fen = Fen::ZERO;
    order.service_fen = Fen::ZERO;
    order.refund_fen = order.amount;
    order.current_power = Power::ZERO;
    order.interrupted_at = None;
    order.fault_deadline = None;
    draft.status(to, trigger, Some(reason.to_owned()));
    draft.push(Effect::WithdrawCommands);
    draft.push(Effect::Port(PortMove::Release));
}
