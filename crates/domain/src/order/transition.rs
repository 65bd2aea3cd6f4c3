//! What came of an event: the order as it is now, and what has to be done about it.

use super::{Order, OrderStatus};
use crate::alarm::{Alarm, AlarmCode};
use device::PortState;
use kernel::{Current, Energy, OrderNo, Power, Timestamp, Voltage};

/// The result of one event or sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The order afterwards.
    pub order: Order,
    /// What to do, in this order, in the transaction that stores the order.
    pub effects: Vec<Effect>,
    /// How urgently the order has to be stored.
    pub change: Change,
}

/// How urgently an order has to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing changed.
    None,
    /// Only live values changed; the next batch is early enough.
    Live,
    /// A fact: store it with its effects in one transaction, before anybody is answered.
    Fact,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A row of the status history.
    History(History),
    /// A webhook event about the order; see [`crate::webhook::order_event`].
    Emit(News),
    /// Queue the start command ([`Order::start_command`]).
    SendStart,
    /// Queue a stop command ([`Order::stop_command`]), before everything else.
    SendStop,
    /// Queue a question about the port.
    QueryPort,
    /// Take back the commands of this order that have not been written yet.
    WithdrawCommands,
    /// Move the port; [`crate::port::moved`] gives the state.
    Port(PortMove),
    /// Raise an alarm.
    Raise(Alarm),
    /// Clear an alarm of this order.
    Clear(AlarmCode),
    /// What the end report that was given in is; to be stored with its raw frame.
    Record(RecordKind),
    /// A value that breaks a plausibility rule; counted and shown, never refused.
    Violation(Violation),
}

/// A row of the status history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// State before; none at creation.
    pub from: Option<OrderStatus>,
    /// State after.
    pub to: OrderStatus,
    /// What caused it.
    pub trigger: Trigger,
    /// In words, where there is more to say.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What moved an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// O1: a start request.
    Created,
    /// O3: the device's confirmation.
    Confirmed,
    /// O3: a report that showed it charging.
    Evidence,
    /// O4: the device refused.
    Refused,
    /// O4: no answer to the start command.
    Unanswered,
    /// O5: the user took it back.
    UserCancelled,
    /// O5: the start command grew too old.
    StartExpired,
    /// O5: nobody plugged in.
    PlugTimeout,
    /// O8: the device's end report.
    EndReport,
    /// O9: a port fault.
    PortFault,
    /// R-STUCK.
    Stuck,
    /// R-OFFLINE.
    Offline,
    /// R-OVERDUE.
    Overdue,
    /// O10 after stop commands without effect.
    StopFailed,
    /// The port was seen idle, no end report came.
    IdleUnreported,
    /// O11: it goes on after a provisional end.
    Reopened,
    /// O12: the device's word on a provisional bill.
    Adjusted,
    /// O13: the device lost it.
    LostInDevice,
    /// O14: a newer order took the port.
    Replaced,
    /// An operator decided on a held bill.
    Reviewed,
    /// O15: an administrator ended it.
    ForceFinished,
    /// O15: an administrator cancelled it.
    ForceCancelled,
}

impl Trigger {
    /// Name in the history.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Confirmed => "confirmed",
            Self::Evidence => "evidence",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
            Self::UserCancelled => "user_cancelled",
            Self::StartExpired => "start_expired",
            Self::PlugTimeout => "plug_timeout",
            Self::EndReport => "end_report",
            Self::PortFault => "port_fault",
            Self::Stuck => "stuck",
            Self::Offline => "offline",
            Self::Overdue => "overdue",
            Self::StopFailed => "stop_failed",
            Self::IdleUnreported => "idle_unreported",
            Self::Reopened => "reopened",
            Self::Adjusted => "adjusted",
            Self::LostInDevice => "lost_in_device",
            Self::Replaced => "replaced",
            Self::Reviewed => "reviewed",
            Self::ForceFinished => "force_finished",
            Self::ForceCancelled => "force_cancelled",
        }
    }
}

/// What to tell about an order; the values are in the order itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// `order.created`.
    Created,
    /// `charging.started`, once in an order's life.
    Started,
    /// `charging.progress`, with what the order does not keep.
    Progress(Sample),
    /// `charging.ended`.
    Ended,
    /// `order.completed`.
    Completed,
    /// `order.failed`.
    Failed {
        /// Why.
        reason: String,
    },
    /// `order.cancelled`.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// `order.refunded`: the unused part is free again.
    Refunded {
        /// Why.
        reason: String,
    },
}

/// What becomes of the order's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortMove {
    /// Held for the order.
    Hold,
    /// The order charges.
    Charge,
    /// The order is over.
    Release,
    /// Kept for a member who is on the way.
    Reserve,
}

/// What an end report turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// It ended, or corrected, its order.
    Matched,
    /// Known already.
    Duplicate,
    /// It came after its order was closed without a bill.
    Late,
    /// It contradicts a bill that is final.
    Conflict,
    /// No order of ours.
    Orphan,
}

impl RecordKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Matched,
        Self::Duplicate,
        Self::Late,
        Self::Conflict,
        Self::Orphan,
    ];

    /// Name in the record table.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Duplicate => "duplicate",
            Self::Late => "late",
            Self::Conflict => "conflict",
            Self::Orphan => "orphan",
        }
    }
}

/// One point of the progress curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When, by the server's clock.
    pub at: Timestamp,
    /// Seconds charged.
    pub duration_s: i64,
    /// Energy so far.
    pub energy: Energy,
    /// Power.
    pub power: Power,
    /// Voltage, where known.
    pub voltage: Option<Voltage>,
    /// Current, where known.
    pub current: Option<Current>,
    /// °C, where known.
    pub temperature_c: Option<i16>,
}

/// A value that breaks a plausibility rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Violation {
    /// Duration or energy went backwards; the larger value was kept.
    Decreasing,
    /// More energy than peak power × time allows.
    ImplausibleEnergy,
    /// The end report names less energy than the last progress did.
    EndBelowProgress,
    /// A negative quantity; taken as zero.
    Negative,
}

impl Violation {
    /// Name in counters and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decreasing => "decreasing",
            Self::ImplausibleEnergy => "implausible_energy",
            Self::EndBelowProgress => "end_below_progress",
            Self::Negative => "negative",
        }
    }
}

impl Transition {
    /// The order as it was: nothing to do.
    pub(super) fn unchanged(order: &Order) -> Self {
        Self {
            order: order.clone(),
            effects: Vec::new(),
            change: Change::None,
        }
    }

    /// The plausibility rules that it broke.
    pub fn violations(&self) -> impl Iterator<Item = Violation> {
        self.effects.iter().filter_map(|effect| match effect {
            Effect::Violation(rule) => Some(*rule),
            _ => None,
        })
    }

    /// What the end report given in turned out to be, if one was.
    pub fn record(&self) -> Option<&RecordKind> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Record(kind) => Some(kind),
            _ => None,
        })
    }
}

/// A transition in the making.
pub(super) struct Draft {
    pub(super) order: Order,
    pub(super) now: Timestamp,
    effects: Vec<Effect>,
    change: Change,
}

impl Draft {
    pub(super) fn of(order: &Order, now: Timestamp) -> Self {
        Self {
            order: order.clone(),
            now,
            effects: Vec::new(),
            change: Change::None,
        }
    }

    pub(super) fn live(&mut self) {
        self.change = self.change.max(Change::Live);
    }

    pub(super) fn fact(&mut self) {
        self.change = Change::Fact;
    }

    pub(super) fn push(&mut self, effect: Effect) {
        self.change = Change::Fact;
        self.effects.push(effect);
    }

    /// Notes a broken plausibility rule: a figure, no fact, or a device whose counters run
    /// backwards would cost a transaction with every report.
    pub(super) fn violates(&mut self, rule: Violation) {
        self.live();
        self.effects.push(Effect::Violation(rule));
    }

    pub(super) fn emit(&mut self, news: News) {
        self.push(Effect::Emit(news));
    }

    pub(super) fn raise(&mut self, code: AlarmCode, details: impl Into<String>) {
        let order: OrderNo = self.order.order_no;
        let port = self.order.port_no;
        self.push(Effect::Raise(Alarm::of_order(code, port, order, details)));
    }

    /// Changes the status and writes the history row.
    pub(super) fn status(&mut self, to: OrderStatus, trigger: Trigger, reason: Option<String>) {
        let from = self.order.status;
        self.order.status = to;
        let at = self.now;
        self.push(Effect::History(History {
            from: Some(from),
            to,
            trigger,
            reason,
            at,
        }));
    }

    /// Queues a stop command and remembers when.
    pub(super) fn stop(&mut self) {
        self.order.stop_sent_at = Some(self.now);
        self.push(Effect::SendStop);
    }

    pub(super) fn done(mut self) -> Transition {
        if self.change > Change::None {
            self.order.updated_at = self.now;
        }
        Transition {
            order: self.order,
            effects: self.effects,
            change: self.change,
        }
    }
}

impl PortMove {
    /// The state that the port should have, leaving faults and operators' decisions aside.
    pub const fn state(self, plugged: Option<bool>) -> PortState {
        match self {
            Self::Hold => PortState::Starting,
            Self::Charge => PortState::Charging,
            Self::Reserve => PortState::Reserved,
            Self::Release => match plugged {
                Some(true) => PortState::Finishing,
                Some(false) | None => PortState::Idle,
            },
        }
    }
}
