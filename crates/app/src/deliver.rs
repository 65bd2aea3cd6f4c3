//! Commands on their way to devices.
//!
//! A command for a device that is connected is stored as `sent` and handed to its connection
//! after the commit; one for a device that is away is stored as `queued`. Whatever is stored and
//! not answered is handed over again when the device comes back: the row says `sent` before the
//! first byte leaves, so a crash can never make us forget that a start may have arrived.

use crate::attachment::Attachment;
use crate::sessions::{Connection, Downlink};
use crate::transact::Aftermath;
use crate::{App, AppError};
use bus::{CommandRing, Doorbell, Topic};
use dashmap::mapref::entry::Entry;
use device::{Command, Dispatch, Outcome, Protocol};
use domain::command::{self, CommandEvent, CommandLife, CommandState, Fate};
use domain::order::{Context, Order, OrderEvent, OrderStatus, PortMove, apply};
use domain::port;
use futures_util::stream::{self, TryStreamExt as _};
use kernel::{CommandId, DeviceId, OrderNo, PhyId, PortNo, Power, Timestamp};
use std::sync::Arc;
use store::Tx;
use store::commands::{self, NewCommand, QueuedCommand};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// Commands of one device that are looked at in one round; the rest follows when these are
/// answered.
const HAND_OVER_MAX: u16 = 32;

/// Devices whose commands are handed over at the same time.
const DELIVERED_AT_ONCE: usize = 4;

/// Up to this priority a command enters a queue of any length, see [`command::OVERLOAD`].
const ALWAYS_ADMITTED: i16 = 2;

/// A start whose order is over.
const NO_ORDER: AppError = AppError::NotFound("active session");

/// A command that was stored, to be acted upon after the commit.
pub(crate) struct StoredCommand {
    pub(crate) id: CommandId,
    /// What to hand over; none where it waits.
    pub(crate) dispatch: Option<Dispatch>,
    /// What is to be entered in the register, where there is one.
    pub(crate) entry: Option<bus::Entry>,
}

/// A command that a connection of this process has.
pub(crate) struct InFlight {
    /// The connection.
    pub(crate) connection: u64,
    /// The device.
    pub(crate) device: PhyId,
    /// The order that it belongs to.
    pub(crate) order_no: Option<OrderNo>,
    /// When it was handed over.
    pub(crate) since: Timestamp,
}

impl App {
    /// Stores a command. Returns what is to be done after the commit: what to hand over when the
    /// device is `connected` here.
    ///
    /// # Errors
    /// [`AppError::Overloaded`] when too much waits for the device already.
    pub(crate) async fn store_command(
        &self,
        tx: &mut Tx,
        phy_id: &PhyId,
        device_id: DeviceId,
        order_no: Option<OrderNo>,
        command: Command,
        connected: bool,
    ) -> Result<StoredCommand, AppError> {
        let now = self.now();
        if command.priority() > ALWAYS_ADMITTED {
            let waiting = commands::queue_length(tx.conn(), device_id).await?;
            let waiting = usize::try_from(waiting).unwrap_or(usize::MAX);
            if !command::admits(waiting, command.priority()) {
                return Err(AppError::Overloaded);
            }
        }
        let new = NewCommand {
            device_id,
            phy_id: phy_id.clone(),
            order_no,
            trace: crate::trace::current_trace(),
            expire_at: Some(now + command::ttl(&command, &self.settings.policy)),
            command,
            at: now,
        };
        if !connected {
            let id = commands::enqueue(tx.conn(), &new).await?;
            return Ok(StoredCommand {
                id,
                dispatch: None,
                entry: self.queued_entry(&new, id),
            });
        }
        let image = self.image_of(tx.conn(), &new.command).await?;
        let Some(id) = commands::enqueue_sent(tx.conn(), self.run(), &new).await? else {
            // Its connection is being written down, or the device has just moved: asked again a
            // moment later, it is known which.
            return Err(AppError::Unavailable);
        };
        let entry = self.queued_entry(&new, id);
        let dispatch = Dispatch {
            id,
            device: phy_id.clone(),
            command: new.command,
            msg_id: msg_id_of(id),
            attempted: false,
            image,
        };
        Ok(StoredCommand {
            id,
            dispatch: Some(dispatch),
            entry,
        })
    }

    /// Stores a command of an order.
    pub(crate) async fn store_order_command(
        &self,
        tx: &mut Tx,
        order: &Order,
        command: Command,
        connected: bool,
        after: &mut Aftermath,
    ) -> Result<(), AppError> {
        let (device, order_no) = (order.device_id, Some(order.order_no));
        let stored = self
            .store_command(tx, &order.phy_id, device, order_no, command, connected)
            .await?;
        after.entries.extend(stored.entry);
        match stored.dispatch {
            Some(dispatch) => after.dispatches.push(dispatch),
            None => after.waiting.push(order.phy_id.clone()),
        }
        Ok(())
    }

    /// What remains to be done once a transaction has committed.
    pub(crate) fn follow_up(&self, after: Aftermath) {
        self.enter(after.entries);
        let commands = !after.withdrawn.is_empty() || !after.waiting.is_empty();
        for dispatch in &after.dispatches {
            self.hint_command(&dispatch.device, order_of(&dispatch.command));
        }
        for (device, port, movement) in after.moves {
            self.move_port(&device, port, movement);
            self.hint_ports(&device, true);
            if movement == PortMove::Charge {
                self.watch_from_here(&device, port);
            }
        }
        for ((device, rule, port), order) in after.broken {
            self.broke(&device, rule, Some(port), Some(order), None);
        }
        for (device, due) in after.unreported {
            self.never_came(&device, due);
        }
        for occupancy in after.occupied {
            self.occupied.insert(occupancy);
        }
        for (device, (code, port), open) in after.conditions {
            self.live
                .change(&device, |live| live.set_condition(code, port, open));
        }
        for (device, fault, open) in after.listed {
            self.live
                .change(&device, |live| live.set_listed(fault, open));
        }
        for (device, port, failed) in after.starts {
            self.note_start(&device, port, failed);
        }
        for (device, lock, open) in after.locks {
            self.live.change(&device, |live| live.set_lock(lock, open));
        }
        for id in after.withdrawn {
            self.in_flight.remove(&id);
        }
        for order_no in after.recall {
            self.recall_start(order_no);
        }
        for dispatch in after.dispatches {
            self.hand_over(dispatch);
        }
        for device in after.waiting {
            self.deliver_queued(&device);
        }
        for (device, port) in after.queries {
            self.ask_port(&device, port);
        }
        if commands {
            self.hint(&Topic::Commands);
        }
        if let Some(device) = after.alarmed {
            self.hint_alarms(Some(&device));
        }
        self.ring_outbox(after.outbox);
    }

    /// Moves a port in memory as its order demands.
    pub(crate) fn move_port(&self, device: &PhyId, port: PortNo, movement: PortMove) {
        self.live.change(device, |live| {
            let live_port = live.port_mut(port);
            live_port.memory = port::moved(&live_port.memory, port, movement).memory;
            if movement == PortMove::Release {
                live_port.power = Power::ZERO;
            }
            live_port.dirty = true;
        });
    }

    /// Takes a start back that its connection may not have written yet. When it has, the stop
    /// that follows settles the matter.
    pub(crate) fn recall_start(&self, order_no: OrderNo) {
        let carried: Vec<(CommandId, PhyId)> = self
            .in_flight
            .iter()
            .filter(|flight| flight.order_no == Some(order_no))
            .map(|flight| (*flight.key(), flight.device.clone()))
            .collect();
        for (id, device) in carried {
            if let Some(connection) = self.sessions.find(&device) {
                connection.tell(Downlink::Withdraw(id));
            }
        }
    }

    /// A link dropped a command that it had not written.
    pub fn command_withdrawn(self: &Arc<Self>, id: CommandId) {
        let Some((_, flight)) = self.in_flight.remove(&id) else {
            return;
        };
        let (app, device) = (self.clone(), flight.device);
        self.chores.spawn(async move {
            let now = app.now();
            let cancelled = async {
                let mut direct = app.db.direct().await?;
                let state = CommandState::Cancelled;
                commands::finish(direct.conn(), id, state, None, None, now).await
            };
            let outcome = cancelled.await;
            app.enter(app.done_entry(&device, id));
            app.hint(&Topic::Commands);
            if let Err(error) = outcome {
                debug!(command = %id, %error, "withdrawn command could not be closed");
            }
        });
    }

    /// Gives a stored command to the device's connection. One that cannot be handed over stays
    /// open; the next round finds it.
    pub(crate) fn hand_over(&self, dispatch: Dispatch) {
        let Some(connection) = self.sessions.find(&dispatch.device) else {
            return;
        };
        let (id, device) = (dispatch.id, dispatch.device.clone());
        let flight = InFlight {
            connection: connection.id,
            device: device.clone(),
            order_no: order_of(&dispatch.command),
            since: self.now(),
        };
        match self.in_flight.entry(id) {
            // Somebody else was faster; a connection gets a command once.
            Entry::Occupied(held) if held.get().connection == connection.id => return,
            entry => drop(entry.insert(flight)),
        }
        let word = Downlink::Command(Box::new(dispatch));
        if !connection.inbox.offer(word) {
            // No doorbell: as long as the connection is stuck that would go round in circles.
            self.in_flight.remove(&id);
            debug!(%device, command = %id, "connection is busy, the command waits");
        }
    }

    /// Asks for delivery of everything that waits for a device, at whichever node it is.
    pub fn deliver_queued(&self, phy_id: &PhyId) {
        self.bus.ring(Doorbell::Commands(phy_id.clone()));
    }

    /// The same for a device that is connected here.
    pub(crate) fn deliver_queued_here(&self, phy_id: &PhyId) {
        self.bus.ring_here(Doorbell::Commands(phy_id.clone()));
    }

    pub(crate) async fn deliver_regularly(self: Arc<Self>, stop: CancellationToken) {
        let mut bell = self.bus.command_bell();
        let mut sweep = tokio::time::interval(self.settings.redeliver_every);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let ring = tokio::select! {
                () = stop.cancelled() => return,
                ring = bell.rung() => ring,
                _ = sweep.tick() => CommandRing::Missed,
            };
            let outcome = match ring {
                CommandRing::Devices(devices) => self.deliver_to(devices).await,
                CommandRing::Missed => self.deliver_everywhere().await,
            };
            if let Err(error) = outcome {
                debug!(%error, "queued commands could not be read, trying again later");
            }
        }
    }

    /// One look at the queues of all connected devices, for rings that were missed.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn deliver_everywhere(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let devices = commands::devices_with_open(view.conn()).await?;
        drop(view);
        metrics::gauge!("openpile_queue_length", "queue" => "devices_waiting")
            .set(f64::from(u32::try_from(devices.len()).unwrap_or(u32::MAX)));
        self.deliver_each(devices).await
    }

    /// Looks at the queues of devices that have rung. When a node is lost these are thousands at
    /// once, and nothing waits for most of them.
    async fn deliver_to(&self, devices: Vec<PhyId>) -> Result<(), AppError> {
        if devices.len() == 1 {
            return self.deliver_each(devices).await;
        }
        let here = devices
            .iter()
            .filter(|device| self.sessions.find(device).is_some());
        let ids: Vec<DeviceId> = here
            .filter_map(|device| self.live.read(device, |live| live.id))
            .collect();
        let mut view = self.db.view().await?;
        let waiting = commands::with_open(view.conn(), &ids).await?;
        drop(view);
        self.deliver_each(waiting).await
    }

    /// Several at a time: one whose order is being worked on does not hold up the others.
    async fn deliver_each(&self, devices: Vec<PhyId>) -> Result<(), AppError> {
        stream::iter(devices.into_iter().map(Ok))
            .try_for_each_concurrent(DELIVERED_AT_ONCE, |device| async move {
                match self.deliver(&device).await {
                    Err(AppError::Unavailable) => Err(AppError::Unavailable),
                    Err(error) => {
                        warn!(%device, %error, "queued commands not delivered");
                        Ok(())
                    }
                    Ok(()) => Ok(()),
                }
            })
            .await
    }

    /// Hands over what is stored for a device and not in the hands of its present connection.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn deliver(&self, phy_id: &PhyId) -> Result<(), AppError> {
        let (Some(connection), Some(device_id)) = (
            self.sessions.find(phy_id),
            self.live.read(phy_id, |device| device.id),
        ) else {
            return Ok(());
        };
        let now = self.now();
        let mut view = self.db.view().await?;
        let open = commands::list_open(view.conn(), device_id, HAND_OVER_MAX).await?;
        drop(view);
        let due = open.into_iter().filter(|row| {
            let expired = row.state == CommandState::Queued
                && row.expire_at.is_some_and(|until| until <= now);
            !expired && !self.is_carried(row.id, &connection)
        });
        for row in due {
            // A connection that cannot take more is looked at again when it has answered.
            if connection.inbox.is_full() {
                return Ok(());
            }
            let id = row.id;
            match self.deliver_row(row, &connection).await {
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                Err(error) => warn!(device = %phy_id, command = %id, %error,
                    "a queued command could not be delivered"),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    async fn deliver_row(
        &self,
        row: QueuedCommand,
        connection: &Arc<Connection>,
    ) -> Result<(), AppError> {
        let now = self.now();
        let attempted = row.sent_at.is_some();
        if attempted && self.is_worn_out(&row, now) {
            let attempts = u16::try_from(row.retries).unwrap_or(0) + 1;
            return self.conclude(row, Outcome::Lapsed { attempts }).await;
        }
        if attempted && self.has_begun(&row).await {
            let accepted = Outcome::Accepted {
                port: row.port_no,
                session: None,
                data: None,
            };
            return self.conclude(row, accepted).await;
        }
        let ids = vec![row.id];
        let handed_over =
            if let (Command::StartCharge(_), Some(order_no)) = (&row.payload, row.order_no) {
                self.start_written(&row.phy_id, order_no, ids).await?
            } else {
                let mut direct = self.db.direct().await?;
                commands::hand_over(direct.conn(), self.run(), &ids, now).await? > 0
            };
        if !handed_over {
            return Ok(());
        }
        if self.is_carried(row.id, connection) {
            return Ok(());
        }
        let mut view = self.db.view().await?;
        let image = self.image_of(view.conn(), &row.payload).await?;
        drop(view);
        self.hand_over(Dispatch {
            id: row.id,
            device: row.phy_id,
            command: row.payload,
            msg_id: msg_id_of(row.id),
            attempted,
            image,
        });
        Ok(())
    }

    /// Whether a start has done its work although its answer was lost: its order charges. Said
    /// again it could begin another charge.
    async fn has_begun(&self, row: &QueuedCommand) -> bool {
        let (Command::StartCharge(_), Some(order_no)) = (&row.payload, row.order_no) else {
            return false;
        };
        let order = self.orders.peek(order_no).await;
        order.is_some_and(|order| order.status == OrderStatus::Charging)
    }

    /// Marks a start as handed over, together with its order. False when the order has ended
    /// meanwhile; its start is taken back then.
    async fn start_written(
        &self,
        device: &PhyId,
        order_no: OrderNo,
        ids: Vec<CommandId>,
    ) -> Result<bool, AppError> {
        let id = ids.first().copied();
        let handed_over = Attachment::HandedOver(ids);
        let rule = |order: &Order, ctx: &Context<'_>| match order.status {
            OrderStatus::Pending | OrderStatus::Charging => {
                apply(order, OrderEvent::StartWritten, ctx).map_err(|_| NO_ORDER)
            }
            OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::Failed => Err(NO_ORDER),
        };
        match self.transit(order_no, handed_over, "system", rule).await {
            Ok(applied) => Ok(applied.is_some_and(|applied| applied.attached)),
            Err(AppError::NotFound(_)) => {
                if let Some(id) = id {
                    let mut direct = self.db.direct().await?;
                    let state = CommandState::Cancelled;
                    commands::finish(direct.conn(), id, state, None, None, self.now()).await?;
                    drop(direct);
                    self.enter(self.done_entry(device, id));
                }
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether its connection has been lost under a command too often.
    fn is_worn_out(&self, row: &QueuedCommand, now: Timestamp) -> bool {
        let life = CommandLife {
            state: CommandState::Sent,
            retries: row.retries,
            expire_at: row.expire_at.unwrap_or(now),
            sent_at: row.sent_at,
            done_at: None,
            last_error: None,
        };
        let step = life.step(&CommandEvent::ConnectionLost, now, &self.settings.policy);
        step.is_some_and(|(_, fate)| fate == Fate::Lapsed)
    }

    fn is_carried(&self, id: CommandId, connection: &Connection) -> bool {
        self.in_flight
            .get(&id)
            .is_some_and(|flight| flight.connection == connection.id)
    }

    /// The wire command that a device would be sent, as the queue prints it.
    pub fn wire_command_of(&self, phy_id: &PhyId, command: &Command) -> Option<u16> {
        self.live
            .read(phy_id, |device| {
                device.protocol.wire_command(&device.profile, command)
            })
            .flatten()
    }

    /// The wire command that a connection would send to a device, as logs print it.
    pub fn wire_command(
        &self,
        protocol: &Arc<dyn Protocol>,
        phy_id: &PhyId,
        command: &Command,
    ) -> Option<u16> {
        let profile = self.live.read(phy_id, |device| device.profile.clone());
        protocol.wire_command(&profile.unwrap_or_default(), command)
    }
}

fn order_of(command: &Command) -> Option<OrderNo> {
    match command {
        Command::StartCharge(plan) => Some(plan.order),
        _ => None,
    }
}

/// The message id of a command: the low half of its row id, and never 0 or in the upper half of
/// the number space, which belongs to the links' own queries.
pub fn msg_id_of(id: CommandId) -> u32 {
    const OURS: i64 = 0x7fff_ffff;
    u32::try_from((id.0 - 1).rem_euclid(OURS) + 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::msg_id_of;
    use kernel::CommandId;

    #[test]
    fn message_ids_are_never_zero_and_stay_in_our_half() {
        assert_eq!(msg_id_of(CommandId(1)), 1);
        assert_eq!(msg_id_of(CommandId(0x7fff_ffff)), 0x7fff_ffff);
        assert_eq!(msg_id_of(CommandId(0x8000_0000)), 1);
    }
}
