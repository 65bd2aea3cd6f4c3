//! One business fact, one transaction: the order as it is now, its history, its commands, its
//! events, its record, its port and its alarms are written together or not at all.

use crate::attachment::Attachment;
use crate::cluster::Reach;
use crate::order_table::Guard;
use crate::quality::ends_session;
use crate::tiers::{SESSION, WAIT};
use crate::trace::FLOW;
use crate::{App, AppError};
use device::{Command, Dispatch, PortState};
use domain::alarm::Alarm;
use domain::occupancy::Occupancy;
use domain::order::{
    Change, Context, Effect, History, News, NotPossible, Order, OrderEvent, OrderStatus, PortMove,
    RecordKind, SettleStatus, Transition, Trigger, Violation, apply, runs_out,
};
use domain::quality::Rule;
use domain::{Policy, port, webhook};
use kernel::{CommandId, Fen, OrderNo, PhyId, PortNo};
use store::events::NewEvent;
use store::{Tx, commands, orders, parking_handovers, ports, status_history};
use tracing::field::display;
use tracing::{Instrument as _, Span, info, trace_span, warn};

/// How often a transaction is tried again because another writer was ahead.
const CONFLICTS_MAX: usize = 5;

/// What became of an event.
pub(crate) struct Applied {
    /// The order afterwards.
    pub(crate) order: Order,
    /// What the end report turned out to be, if one was given in.
    pub(crate) record: Option<RecordKind>,
    /// Whether what was attached has been written.
    pub(crate) attached: bool,
}

/// What a transaction leaves to be done once it has committed.
#[derive(Default)]
pub(crate) struct Aftermath {
    /// What is to be entered in the register: before anybody hears of it.
    pub(crate) entries: Vec<bus::Entry>,
    /// Commands to hand to their device's connection.
    pub(crate) dispatches: Vec<Dispatch>,
    /// Devices for which a command waits: one may have connected since it was looked for.
    pub(crate) waiting: Vec<PhyId>,
    /// Commands that were taken back.
    pub(crate) withdrawn: Vec<CommandId>,
    /// Orders whose commands the link may still drop.
    pub(crate) recall: Vec<OrderNo>,
    /// Ports to be asked.
    pub(crate) queries: Vec<(PhyId, PortNo)>,
    /// Ports that orders moved.
    pub(crate) moves: Vec<(PhyId, PortNo, PortMove)>,
    /// Alarms that began or ended, for the table in memory.
    pub(crate) conditions: Vec<(PhyId, crate::live::Condition, bool)>,
    pub(crate) listed: Vec<(PhyId, crate::live::ListedAlarm, bool)>,
    pub(crate) locks: Vec<(PhyId, crate::port_locks::PortLock, bool)>,
    /// Starts that succeeded or failed.
    pub(crate) starts: Vec<(PhyId, PortNo, bool)>,
    /// Rules of protocols that charges broke by their end.
    pub(crate) broken: Vec<((PhyId, Rule, PortNo), OrderNo)>,
    /// Reports that charges which have ended still owed.
    pub(crate) unreported: Vec<(PhyId, u64)>,
    /// Plugs that are left in after their charge.
    pub(crate) occupied: Vec<Occupancy>,
    /// A device whose alarms began or ended.
    pub(crate) alarmed: Option<PhyId>,
    /// The outbox has new rows.
    pub(crate) outbox: bool,
}

impl App {
    /// Applies an event to an order, durably if it is a fact. `None` when there is no such order.
    ///
    /// # Errors
    /// [`AppError::NotFound`] and [`AppError::Conflict`] for a person's wish that the order's
    /// state does not allow; [`AppError::Unavailable`] when the database is away, nothing having
    /// changed.
    pub(crate) async fn apply(
        &self,
        order_no: OrderNo,
        event: OrderEvent,
        attachment: Attachment,
        actor: &str,
    ) -> Result<Option<Applied>, AppError> {
        let rule = |order: &Order, ctx: &Context<'_>| {
            apply(order, event.clone(), ctx).map_err(|not_possible| match not_possible {
                NotPossible::NotActive => AppError::NotFound("active session"),
                NotPossible::NotCharging => AppError::Conflict("order is not charging"),
                NotPossible::NotHeld => AppError::Conflict("bill is not held"),
            })
        };
        // Its state is large, and whoever waits for the database would carry it along.
        Box::pin(self.transit(order_no, attachment, actor, rule)).await
    }

    /// What a device or the clock did to an order; see [`App::apply`].
    pub(crate) async fn happened(
        &self,
        order_no: OrderNo,
        event: OrderEvent,
    ) -> Result<Option<Applied>, AppError> {
        self.apply(order_no, event, Attachment::None, "device")
            .await
    }

    /// Moves an order on by any rule.
    pub(crate) async fn transit(
        &self,
        order_no: OrderNo,
        attachment: Attachment,
        actor: &str,
        rule: impl Fn(&Order, &Context<'_>) -> Result<Transition, AppError>,
    ) -> Result<Option<Applied>, AppError> {
        let mut guard = self.orders.lock(order_no).await;
        for _ in 0..CONFLICTS_MAX {
            let order = if let Some(order) = guard.order() {
                order.clone()
            } else {
                let mut view = self.db.view().await?;
                let found = orders::find_by_no(view.conn(), order_no).await?;
                drop(view);
                let Some(order) = found else { return Ok(None) };
                self.take_back(&mut guard, &order);
                order
            };
            let policy = self.policy_of(&order.phy_id);
            let mut transition = rule(&order, &self.context(&order, &policy))?;
            let record = transition.record().cloned();
            let alone = attachment.is_none();
            match transition.change {
                Change::None if alone => {
                    return Ok(Some(Applied {
                        order,
                        record,
                        attached: false,
                    }));
                }
                Change::Live if alone => {
                    for violation in transition.violations() {
                        self.violated(&transition.order, violation);
                    }
                    guard.store(transition.order.clone());
                    self.orders.mark_dirty(order_no);
                    self.hint_meter(order_no);
                    return Ok(Some(Applied {
                        order: transition.order,
                        record,
                        attached: false,
                    }));
                }
                Change::None | Change::Live | Change::Fact => {}
            }
            let mut tx = self.db.begin().await?;
            let mut after = Aftermath::default();
            if runs_out(&order, &transition.order)
                && let Some(extended) = self.hold_more_in(&mut tx, &order).await?
            {
                transition = rule(&extended, &self.context(&extended, &policy))?;
                transition.change = Change::Fact;
                self.tell_limit_in(&mut tx, &transition.order, &mut after)
                    .await?;
            }
            if transition.change > Change::None
                && !orders::update(tx.conn(), &mut transition.order).await?
            {
                tx.rollback().await?;
                guard.forget();
                continue;
            }
            // First, because an order that ends takes back whatever is still in its queue.
            if !self
                .write_attachment(&mut tx, &attachment, &transition, &mut after)
                .await?
            {
                // The command had ended before: what it led to has been done.
                tx.rollback().await?;
                return Ok(Some(Applied {
                    order,
                    record: None,
                    attached: false,
                }));
            }
            self.write_effects(&mut tx, &transition, actor, &mut after)
                .instrument(span_of(&order, &transition.order))
                .await?;
            // From here until it is known to be durable, memory knows nothing of the order: a
            // commit that is cut off may have happened.
            guard.forget();
            tx.commit().await?;
            self.keep_order(&mut guard, transition.order.clone());
            drop(guard);
            announce(&transition);
            self.hint_order(&transition.order);
            self.follow_up(after);
            return Ok(Some(Applied {
                order: transition.order,
                record,
                attached: !alone,
            }));
        }
        warn!(%order_no, "an order changes faster than it can be written");
        Err(AppError::Unavailable)
    }

    /// Takes an order into memory that memory had lost: a commit was cut off under it. Its port
    /// follows, because nobody told it what the commit meant.
    pub(crate) fn take_back(&self, guard: &mut Guard<'_>, order: &Order) {
        let (device, port) = (&order.phy_id, order.port_no);
        let held = self.orders.on_port(device, port) == Some(order.order_no);
        let runs = self.live.read(device, |live| {
            let state = live.port(port).map(|port| port.memory.state);
            matches!(state, Some(PortState::Charging | PortState::Suspended))
        });
        if self.looks_after(device) {
            guard.store(order.clone());
        } else {
            guard.let_go(order);
        }
        self.hint_order(order);
        let movement = match order.status {
            OrderStatus::Pending if !held => PortMove::Hold,
            OrderStatus::Charging if runs != Some(true) => PortMove::Charge,
            OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::Failed if held => {
                PortMove::Release
            }
            _ => return,
        };
        self.move_port(device, port, movement);
    }

    /// What is true around an order now.
    pub(crate) fn context<'a>(&self, order: &Order, policy: &'a Policy) -> Context<'a> {
        let on_port = self.orders.on_port(&order.phy_id, order.port_no);
        Context {
            now: self.now(),
            policy,
            port_taken: on_port.is_some_and(|other| other != order.order_no),
        }
    }

    /// Writes what a transition wants done into the same transaction as the order.
    pub(crate) async fn write_effects(
        &self,
        tx: &mut Tx,
        transition: &Transition,
        actor: &str,
        after: &mut Aftermath,
    ) -> Result<(), AppError> {
        let order = &transition.order;
        let now = self.now();
        let mut news = Vec::new();
        let mut history = Vec::new();
        let mut settlement = None;
        for effect in &transition.effects {
            match effect {
                Effect::History(row) => history.push(row),
                Effect::Emit(item) => {
                    if *item == News::Ended {
                        let wait = async |tx: &mut Tx| self.begin_occupancy(tx, order).await;
                        after.occupied.extend(self.beside(tx, WAIT, wait).await?);
                    }
                    if *item == News::Completed {
                        let (number, device) = (order.order_no, order.device_id);
                        parking_handovers::begin(tx.conn(), number, device, now).await?;
                    }
                    self.count_start_in(tx, order, item, after).await?;
                    news.push(item);
                }
                Effect::SendStart => {
                    let (command, connected) = (order.start_command(), order.start_sent);
                    self.store_order_command(tx, order, command, connected, after)
                        .await?;
                }
                Effect::SendStop => {
                    let reach = self.reach_of(&order.phy_id);
                    let command = order.stop_command();
                    if reach == Reach::Away && !self.may_wait(&order.phy_id, &command) {
                        info!(device = %order.phy_id, order_no = %order.order_no,
                            "the stop goes out when the device is back");
                        continue;
                    }
                    let here = reach == Reach::Here;
                    self.store_order_command(tx, order, command, here, after)
                        .await?;
                }
                Effect::QueryPort => after.queries.push((order.phy_id.clone(), order.port_no)),
                Effect::WithdrawCommands => {
                    let order_no = order.order_no;
                    let cancelled = commands::cancel_of_order(tx.conn(), order_no, now).await?;
                    let done = |id: &CommandId| self.done_entry(&order.phy_id, *id);
                    after.entries.extend(cancelled.iter().filter_map(done));
                    after.withdrawn.extend(cancelled);
                    after.recall.push(order_no);
                }
                Effect::Port(movement) => {
                    let state = self.port_state_after(order, *movement);
                    let holder = order.status.is_active().then_some(order.order_no);
                    let (device, port) = (order.device_id, order.port_no);
                    ports::set_state(tx.conn(), device, port, state, holder, now).await?;
                    after.moves.push((order.phy_id.clone(), port, *movement));
                }
                Effect::Raise(alarm) => {
                    self.raise_in(tx, &order.phy_id, order.device_id, alarm, after)
                        .await?;
                }
                Effect::Clear(code) => {
                    let alarm = Alarm::of_order(*code, order.port_no, order.order_no, "");
                    self.clear_in(tx, &order.phy_id, &alarm, after).await?;
                }
                Effect::Record(_) => {}
                Effect::Violation(rule) => self.violated(order, *rule),
            }
        }
        if ends_session(transition) {
            self.beside(tx, SESSION, async |tx: &mut Tx| {
                self.judge_session_in(tx, transition, after).await
            })
            .await?;
        }
        if !history.is_empty() {
            status_history::insert_order(tx.conn(), order, &history, actor).await?;
        }
        if !transition.effects.is_empty() {
            settlement = Box::pin(self.settle_money_in(tx, order, actor)).await?;
            let money = settlement.as_ref().map(|settlement| &settlement.money);
            self.tell_of_end_in(tx, transition, money).await?;
        }
        let unused = settlement.as_ref().map(|settlement| settlement.unused);
        let events = self.events_of(order, unused, &news);
        after.outbox |= self.publish_in(tx, &events).await?;
        if let Some(settlement) = settlement {
            Box::pin(self.post_in(tx, settlement, actor)).await?;
        }
        Ok(())
    }

    /// What is told of an order; what it did not use, where its payer's money is here.
    fn events_of(&self, order: &Order, unused: Option<Fen>, news: &[&News]) -> Vec<NewEvent> {
        let told = unused.map(|refund_fen| Order {
            refund_fen,
            ..order.clone()
        });
        let told = told.as_ref().unwrap_or(order);
        let event = |item: &&News| {
            let event = webhook::order_event(told, item, self.now());
            self.order_event(event, told)
        };
        news.iter().map(event).collect()
    }

    /// Tells a device that keeps the limit of money itself what it has become. One that is away,
    /// or has no such command, is not told: the platform watches the money anyway.
    async fn tell_limit_in(
        &self,
        tx: &mut Tx,
        order: &Order,
        after: &mut Aftermath,
    ) -> Result<(), AppError> {
        let command = Command::UpdateBalance {
            port: order.port_no,
            order: order.order_no,
            balance: order.amount,
            physical_card: order.physical_card.clone(),
        };
        let takes = self.live.read(&order.phy_id, |live| {
            live.protocol.check(&live.profile, &command).is_ok()
        });
        if takes != Some(true)
            || order.stop_requested_at.is_some()
            || self.reach_of(&order.phy_id) == Reach::Away
        {
            return Ok(());
        }
        let here = self.reach_of(&order.phy_id) == Reach::Here;
        self.store_order_command(tx, order, command, here, after)
            .await
    }

    /// Whether a command may wait in the queue of a device that is away.
    pub(crate) fn may_wait(&self, device: &PhyId, command: &Command) -> bool {
        let queues = self.live.read(device, |live| live.protocol.queues(command));
        queues.unwrap_or(true)
    }

    fn port_state_after(&self, order: &Order, movement: PortMove) -> PortState {
        let memory = self.live.read(&order.phy_id, |device| {
            device.port(order.port_no).map(|port| port.memory.clone())
        });
        let memory = memory.flatten().unwrap_or_default();
        port::moved(&memory, order.port_no, movement).memory.state
    }
}

/// The span of a change of an order: of its settlement when it ends.
fn span_of(before: &Order, order: &Order) -> Span {
    let trace_id = order.trace.map(display);
    let order_no = display(&order.order_no);
    if before.status.is_active() && !order.status.is_active() {
        trace_span!(target: FLOW, "settlement", trace_id, order_no)
    } else {
        trace_span!(target: FLOW, "order change", trace_id, order_no)
    }
}

/// By which the program closes an order that its device does not end.
pub(crate) const STUCK: [Trigger; 4] = [
    Trigger::Stuck,
    Trigger::Offline,
    Trigger::Overdue,
    Trigger::StopFailed,
];

/// Counts a broken plausibility rule.
pub(crate) fn count_violation(rule: Violation) {
    metrics::counter!("openpile_violations_total", "rule" => rule.as_str()).increment(1);
}

/// Log lines and figures of a transition that has committed.
pub(crate) fn announce(transition: &Transition) {
    let order = &transition.order;
    let device = &order.phy_id;
    for effect in &transition.effects {
        match effect {
            Effect::Emit(news) => announce_news(order, device, news),
            Effect::History(History { trigger, .. }) if STUCK.contains(trigger) => {
                metrics::counter!("openpile_order_stuck_total", "rule" => trigger.as_str())
                    .increment(1);
            }
            _ => {}
        }
    }
}

/// Counts money of one kind that was billed.
pub(crate) fn count_revenue(kind: &'static str, amount: Fen) {
    metrics::counter!("openpile_revenue_fen_total", "kind" => kind)
        .increment(u64::try_from(amount.0).unwrap_or(0));
}

/// Energy and money of a first bill; corrections are not counted again.
fn count_bill(order: &Order) {
    if order.settle_status != SettleStatus::Settled {
        return;
    }
    count_revenue("electricity", order.elec_fen);
    count_revenue("service", order.service_fen);
    // Counters are whole numbers; the sum of small charges must not vanish in rounding.
    metrics::gauge!("openpile_energy_kwh_total").increment(order.energy.kwh());
}

fn announce_news(order: &Order, device: &PhyId, news: &News) {
    let (order_no, port_no) = (order.order_no, order.port_no.0);
    let trace_id = order.trace.map(|trace| trace.to_string());
    let count = |result: &'static str| {
        metrics::counter!("openpile_orders_total",
            "source" => order.source.as_str(), "result" => result)
        .increment(1);
    };
    let start_result = |result: &'static str| {
        metrics::counter!("openpile_start_result_total", "result" => result).increment(1);
    };
    match news {
        News::Created => {
            info!(%device, %order_no, port_no, trace_id, amount = order.amount.0, "order created");
            count("created");
        }
        News::Started => {
            info!(%device, %order_no, port_no, trace_id, "order confirmed");
            start_result("success");
        }
        News::Completed => {
            info!(%device, %order_no, port_no, trace_id,
                duration = order.duration_s,
                kwh = webhook::kwh(order.energy),
                final_amount = order.final_amount.map(|amount| amount.0),
                end_reason = order.end_reason.map(device::EndReason::as_str),
                provisional = order.provisional,
                "order completed");
            count("completed");
            count_bill(order);
        }
        News::Failed { reason } => {
            info!(%device, %order_no, port_no, trace_id, reason, "order failed");
            count("failed");
            start_result("failed");
        }
        News::Cancelled { reason } => {
            info!(%device, %order_no, port_no, trace_id, reason, "order cancelled");
            count("cancelled");
        }
        News::Refunded { .. } | News::Ended | News::Progress(_) => {}
    }
}
