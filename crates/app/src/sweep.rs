//! What time does: deadlines of orders, silence of devices, commands that grow too old, rows
//! that are kept long enough.

use crate::attachment::Attachment;
use crate::cluster::Duty;
use crate::{App, AppError};
use device::Command;
use domain::order::{Order, OrderEvent, OrderStatus, evidence, next_deadline, sweep};
use domain::webhook;
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::cluster::runs;
use store::comm_logs::{self, Day};
use store::commands::{self, QueuedCommand};
use store::curves;
use store::events;
use store::months;
use store::texts;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often the cheap looks are taken.
const TICK: Duration = Duration::from_secs(1);
/// Expired commands of one tick; the rest follows in the next.
const EXPIRED_MAX: u16 = 200;
/// Rows that one purge deletes at once, so that it holds nothing up.
const PURGE_ROWS: u16 = 5000;
/// Purges of one table in one round.
const PURGE_ROUNDS: usize = 20;
/// A charge that has fallen silent is asked about so often.
const QUESTIONS_MAX: u8 = 3;
/// Pause between two of these questions.
const QUESTION_PAUSE: Duration = Duration::from_mins(1);
/// Orders after which others are let through.
const YIELD_EVERY: usize = 500;
/// Steps that one order may take in one look: each deadline leads to another state.
const STEPS_MAX: usize = 4;

impl App {
    pub(crate) async fn sweep_regularly(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut heavy = tokio::time::interval(self.settings.sweep_every);
        heavy.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => self.sweep().await,
                _ = heavy.tick() => self.tidy().await,
            }
        }
    }

    /// The look of every second: silent devices, alarms, expired commands, deadlines of orders.
    pub async fn sweep(self: &Arc<Self>) {
        self.follow_the_clock().await;
        let now = self.now();
        for device in self.live.silent(now) {
            let since = self.go_offline(&device, now);
            if let Err(error) = self.gone(&device, since, true).await {
                warn!(%device, %error, "silence of a device not recorded");
            }
        }
        if self.holds(Duty::QUEUES) {
            if let Err(error) = self.expire_commands(now).await {
                warn!(%error, "expired commands not looked for");
            }
            if let Err(error) = self.look_at_requested().await {
                warn!(%error, "requests in the database not looked for");
            }
        }
        for (number, order_no) in self.orders.all().into_iter().enumerate() {
            if number % YIELD_EVERY == YIELD_EVERY - 1 {
                tokio::task::yield_now().await;
            }
            if let Err(error) = self.look_at(order_no).await {
                warn!(%order_no, %error, "deadlines of an order not looked after");
                if matches!(error, AppError::Unavailable) {
                    break;
                }
            }
        }
        self.judge_conditions().await;
        if let Err(error) = self.release_held_alarms().await {
            warn!(%error, "alarms that were held back are not written");
        }
        self.set_gauges();
    }

    /// Applies what an order's deadlines demand, and asks about it when it is too silent.
    pub(crate) async fn look_at(&self, order_no: OrderNo) -> Result<(), AppError> {
        for _ in 0..STEPS_MAX {
            let Some(slot) = self.orders.slot(order_no) else {
                return Ok(());
            };
            let Ok(guard) = slot.try_lock() else {
                return Ok(());
            };
            let order = guard.clone();
            drop(guard);
            let due = match &order {
                Some(order) => {
                    self.ask_if_silent(order);
                    let policy = self.policy_of(&order.phy_id);
                    let ctx = self.context(order, &policy);
                    let connectivity = self.connectivity(&order.phy_id);
                    next_deadline(order, connectivity, &ctx).is_some_and(|at| at <= ctx.now)
                }
                // It has to be read anew.
                None => true,
            };
            if !due {
                return Ok(());
            }
            let rule = |order: &Order, ctx: &domain::order::Context<'_>| {
                Ok(sweep(order, self.connectivity(&order.phy_id), ctx))
            };
            self.transit(order_no, Attachment::None, "system", rule)
                .await?;
        }
        Ok(())
    }

    /// Asks the device about a charge that its rhythm says should have been heard of.
    fn ask_if_silent(&self, order: &Order) {
        if order.status != OrderStatus::Charging {
            return;
        }
        let now = self.now();
        let (device, port): (&PhyId, PortNo) = (&order.phy_id, order.port_no);
        let heard = evidence(order);
        let due = self.live.read(device, |live| {
            let known = live.port(port);
            let asked = known.map_or(0, |port| port.asked);
            let last = known.and_then(|port| port.asked_at).unwrap_or(heard);
            live.is_online()
                && asked < QUESTIONS_MAX
                && now.since(heard) > live.rhythm.query_after
                && (asked == 0 || now.since(last) >= QUESTION_PAUSE)
        });
        if due != Some(true) {
            return;
        }
        self.live.change(device, |live| {
            let known = live.port_mut(port);
            known.asked += 1;
            known.asked_at = Some(now);
        });
        info!(%device, order_no = %order.order_no, port_no = port.0, "silent charge asked about");
        self.ask_port(device, port);
    }

    async fn expire_commands(&self, now: Timestamp) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let expired = commands::list_expired(view.conn(), now, EXPIRED_MAX).await?;
        drop(view);
        for row in expired {
            let (id, device) = (row.id, row.phy_id.clone());
            match self.expire(row, now).await {
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                Err(error) => warn!(%device, command = %id, %error, "command not expired"),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    async fn expire(&self, row: QueuedCommand, now: Timestamp) -> Result<(), AppError> {
        let (id, device) = (row.id, &row.phy_id);
        info!(%device, command = row.cmd, %id, "command expired in the queue");
        metrics::counter!("openpile_command_total", "cmd" => row.cmd.clone(), "result" => "expired")
            .increment(1);
        if let (Command::StartCharge(_), Some(order_no)) = (&row.payload, row.order_no) {
            let expired = Attachment::Expired(id);
            let applied = self
                .apply(order_no, OrderEvent::StartExpired, expired, "system")
                .await?;
            if applied.is_some() {
                return Ok(());
            }
        }
        let mut tx = self.db.begin().await?;
        commands::expire(tx.conn(), id, now).await?;
        if matches!(row.payload, Command::SetParams { .. }) {
            let msg_id = i64::from(crate::msg_id_of(id));
            let why = Some("expired before the device came back");
            let event = webhook::param_result(device, msg_id, false, why, now);
            store::device_params::settle(tx.conn(), row.device_id, msg_id, false, now).await?;
            let outbox = self
                .publish_in(&mut tx, &[self.device_event(event)])
                .await?;
            tx.commit().await?;
            self.ring_outbox(outbox);
        } else {
            tx.commit().await?;
        }
        self.enter(self.done_entry(device, id));
        Ok(())
    }

    /// The look of every minute: commands of devices that have left, rows kept long enough.
    pub async fn tidy(&self) {
        if let Err(error) = self.requeue_stranded().await {
            warn!(%error, "stranded commands not put back");
        }
        self.strangers
            .retain(|_, connection| !connection.inbox.is_closed());
        if self.holds(Duty::PURGE)
            && let Err(error) = self.purge().await
        {
            warn!(%error, "old rows not purged");
        }
        self.keep_consistent_regularly().await;
        if let Err(error) = self.count_dead_letters().await {
            warn!(%error, "dead letters not counted");
        }
    }

    /// Commands that were handed to a connection which ended in the same moment.
    async fn requeue_stranded(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let waiting = commands::devices_with_open(view.conn()).await?;
        drop(view);
        for device in waiting {
            let id = self.live.read(&device, |live| live.id);
            if let Some(id) = id
                && self.sessions.find(&device).is_none()
                && self.looks_after(&device)
            {
                let mut direct = self.db.direct().await?;
                commands::requeue_sent(direct.conn(), Some(id), self.now()).await?;
            }
        }
        Ok(())
    }

    async fn purge(&self) -> Result<(), AppError> {
        let now = self.now();
        months::prepare(&self.db, now).await?;
        let mut direct = self.db.direct().await?;
        runs::purge(direct.conn()).await?;
        drop(direct);
        let before = |days: u32| now - Duration::from_secs(u64::from(days) * 86_400);
        let settings = &self.settings;
        let mut tx = self.db.begin().await?;
        let first = Day::of(before(settings.comm_log_days));
        comm_logs::drop_before(&mut tx, first).await?;
        texts::purge(tx.conn(), before(settings.comm_log_days)).await?;
        tx.commit().await?;
        for (table, days) in [
            (months::COMMANDS, settings.command_days),
            (months::CURVES, settings.curve_days),
        ] {
            months::drop_before(&self.db, table, before(days)).await?;
        }
        for _ in 0..PURGE_ROUNDS {
            let mut direct = self.db.direct().await?;
            let kept_from = before(settings.command_days);
            let gone = commands::purge(direct.conn(), kept_from, PURGE_ROWS).await?;
            if gone < u64::from(PURGE_ROWS) {
                break;
            }
        }
        for _ in 0..PURGE_ROUNDS {
            let mut direct = self.db.direct().await?;
            let kept_from = before(settings.curve_days);
            let gone = curves::purge(direct.conn(), kept_from, PURGE_ROWS).await?;
            if gone < u64::from(PURGE_ROWS) {
                break;
            }
        }
        for _ in 0..PURGE_ROUNDS {
            let mut tx = self.db.begin().await?;
            let gone = events::purge(tx.conn(), before(settings.event_days), PURGE_ROWS).await?;
            tx.commit().await?;
            if gone == 0 {
                break;
            }
        }
        Ok(())
    }
}
