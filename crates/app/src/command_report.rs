//! What became of commands.

use crate::attachment::Attachment;
use crate::trace::FLOW;
use crate::transact::Aftermath;
use crate::{App, AppError};
use device::{Command, CommandReport, Outcome, SocketEntry, SocketReport};
use domain::order::{NewLimits, OrderEvent};
use domain::webhook;
use kernel::{CommandId, DeviceId, OrderNo, PhyId, TraceId};
use store::Tx;
use store::commands::{self, QueuedCommand};
use store::gateway_sockets::GatewaySocket;
use store::{device_params, gateway_sockets};
use tracing::{info, trace_span, warn};

impl App {
    /// A command's frame has been handed to the socket.
    pub fn command_written(&self, id: CommandId, attempt: u16) {
        if attempt == 1
            && let Some(flight) = self.in_flight.get(&id)
        {
            let latency = self.now().since(flight.since);
            metrics::histogram!("openpile_command_latency_seconds").record(latency.as_secs_f64());
            let trace = flight.order_no.and_then(|order_no| self.trace_of(order_no));
            if let Some(trace_id) = trace {
                trace_span!(target: FLOW, "command sent", %trace_id, device = %flight.device);
            }
        }
    }

    /// The flow of an order that is in memory, as far as nobody is changing it.
    fn trace_of(&self, order_no: OrderNo) -> Option<TraceId> {
        let slot = self.orders.slot(order_no)?;
        let order = slot.try_lock().ok()?;
        order.as_ref()?.trace
    }

    pub(crate) async fn command_report(
        &self,
        device: &PhyId,
        report: &CommandReport,
    ) -> Result<(), AppError> {
        if matches!(report.outcome, Outcome::Written { .. }) {
            return Ok(());
        }
        if crate::questions::is_question(report.command) {
            self.waiters.settle(report.command, &report.outcome);
            return Ok(());
        }
        let mut view = self.db.view().await?;
        let row = commands::find(view.conn(), report.command).await?;
        drop(view);
        match row {
            Some(row) if row.state.is_open() => self.conclude(row, report.outcome.clone()).await?,
            _ => warn!(%device, command = %report.command, "answer to a command that is not open"),
        }
        self.in_flight.remove(&report.command);
        // The next commands may have waited for this one's place.
        self.deliver_queued_here(device);
        Ok(())
    }

    /// Ends a command, and moves its order on in the same transaction.
    pub(crate) async fn conclude(
        &self,
        row: QueuedCommand,
        outcome: Outcome,
    ) -> Result<(), AppError> {
        let (id, device, cmd) = (row.id, row.phy_id.clone(), row.cmd.clone());
        let wire_cmd = self
            .wire_command_of(&device, &row.payload)
            .map(crate::command_text);
        let order_no = row.order_no;
        let ended = match (order_no, order_event(&row.payload, &outcome)) {
            (Some(order_no), Some(event)) => {
                let attachment = Attachment::Outcome(Box::new(row.clone()), outcome.clone());
                match self.apply(order_no, event, attachment, "device").await? {
                    Some(applied) => applied.attached,
                    None => self.end_alone(&row, &outcome).await?,
                }
            }
            _ => self.end_alone(&row, &outcome).await?,
        };
        if !ended {
            return Ok(());
        }
        let result = match &outcome {
            Outcome::Written { .. } => return Ok(()),
            Outcome::Accepted { .. } => "success",
            Outcome::Refused(_) => "failed",
            Outcome::Lapsed { .. } => "timeout",
        };
        if matches!(outcome, Outcome::Lapsed { .. }) {
            warn!(%device, cmd = wire_cmd, name = cmd, "command given up");
        } else {
            info!(%device, cmd = wire_cmd, status = result, msg_id = crate::msg_id_of(id),
                order_no = order_no.map(|order_no| order_no.to_string()),
                "device ack received");
        }
        metrics::counter!("openpile_command_total", "cmd" => cmd, "result" => result).increment(1);
        self.hint_command(&device, order_no);
        // Last, so that whoever waited for the answer sees its consequences.
        self.waiters.settle(id, &outcome);
        self.tell_settled(id, &outcome);
        Ok(())
    }

    async fn end_alone(&self, row: &QueuedCommand, outcome: &Outcome) -> Result<bool, AppError> {
        let mut after = Aftermath::default();
        let mut tx = self.db.begin().await?;
        if !self.end_command(&mut tx, row, outcome, &mut after).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        tx.commit().await?;
        self.follow_up(after);
        Ok(true)
    }

    /// What the end of a command means beyond the command and its order: parameters, the socket
    /// list of a gateway.
    pub(crate) async fn command_consequences(
        &self,
        tx: &mut Tx,
        row: &QueuedCommand,
        outcome: &Outcome,
        after: &mut Aftermath,
    ) -> Result<(), AppError> {
        let now = self.now();
        let accepted = matches!(outcome, Outcome::Accepted { .. });
        let device_id = row.device_id;
        match &row.payload {
            Command::PushTariff(table) => {
                let device = (device_id, &row.phy_id);
                self.tariff_answered(tx, device, table, outcome).await?;
            }
            Command::SetParams { .. } => {
                let msg_id = i64::from(crate::msg_id_of(row.id));
                device_params::settle(tx.conn(), device_id, msg_id, accepted, now).await?;
                let error = match outcome {
                    Outcome::Refused(refusal) => Some(refusal.text.as_str()),
                    Outcome::Lapsed { .. } => Some("no answer from device"),
                    Outcome::Accepted { .. } | Outcome::Written { .. } => None,
                };
                let event = webhook::param_result(&row.phy_id, msg_id, accepted, error, now);
                after.outbox |= self.publish_in(tx, &[self.device_event(event)]).await?;
            }
            Command::ReplaceSockets { channel, sockets } if accepted => {
                let channel = Some(i16::from(*channel));
                let rows: Vec<_> = sockets
                    .iter()
                    .map(|entry| listed(device_id, entry, channel))
                    .collect();
                gateway_sockets::remove_all(tx.conn(), device_id).await?;
                gateway_sockets::put(tx.conn(), &rows, now).await?;
            }
            Command::AddSocket(socket) if accepted => {
                let row = listed(device_id, socket, None);
                gateway_sockets::put(tx.conn(), &[row], now).await?;
            }
            Command::RemoveSocket(socket) if accepted => {
                let socket_no = i16::from(socket.socket_no);
                gateway_sockets::remove(tx.conn(), device_id, socket_no).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A socket behind a gateway was described.
    pub(crate) async fn socket_seen(
        &self,
        device: &PhyId,
        socket: &SocketReport,
    ) -> Result<(), AppError> {
        let Some(device_id) = self.live.read(device, |live| live.id) else {
            return Ok(());
        };
        let mut direct = self.db.direct().await?;
        let now = self.now();
        let row = GatewaySocket {
            status: i16::from(socket.online),
            signal: socket.signal,
            temp: socket.temperature_c,
            firmware: socket.firmware.clone(),
            last_seen_at: socket.online.then_some(now),
            ..unheard(device_id, socket.socket_no)
        };
        gateway_sockets::put(direct.conn(), &[row], now).await?;
        drop(direct);
        self.live.change(device, |live| {
            live.sockets
                .retain(|known| known.socket_no != socket.socket_no);
            live.sockets.push(socket.clone());
        });
        Ok(())
    }
}

/// A socket as the platform listed it.
fn listed(gateway: DeviceId, entry: &SocketEntry, channel: Option<i16>) -> GatewaySocket {
    GatewaySocket {
        socket_mac: Some(entry.mac.clone()),
        channel,
        ..unheard(gateway, entry.socket_no)
    }
}

/// A socket of which nothing is known but its number.
fn unheard(gateway: DeviceId, socket_no: u8) -> GatewaySocket {
    GatewaySocket {
        gateway_id: gateway,
        socket_no: i16::from(socket_no),
        socket_mac: None,
        socket_uid: None,
        channel: None,
        status: 0,
        signal: None,
        temp: None,
        firmware: None,
        last_seen_at: None,
    }
}

fn order_event(command: &Command, outcome: &Outcome) -> Option<OrderEvent> {
    match (command, outcome) {
        (Command::StartCharge(_), Outcome::Accepted { session, .. }) => {
            Some(OrderEvent::StartAccepted { session: *session })
        }
        (Command::StartCharge(_), Outcome::Refused(refusal)) => {
            Some(OrderEvent::StartRefused(refusal.clone()))
        }
        (Command::StartCharge(_), Outcome::Lapsed { .. }) => Some(OrderEvent::StartLapsed),
        (
            Command::AdjustCharge {
                duration_s, energy, ..
            },
            Outcome::Accepted { .. },
        ) => Some(OrderEvent::Adjusted(NewLimits {
            duration_s: *duration_s,
            energy: *energy,
            amount: None,
        })),
        (Command::UpdateBalance { balance, .. }, Outcome::Accepted { .. }) => {
            Some(OrderEvent::Adjusted(NewLimits {
                amount: Some(*balance),
                ..NewLimits::default()
            }))
        }
        (Command::StopCharge { .. }, Outcome::Accepted { .. }) => Some(OrderEvent::StopAccepted),
        (Command::StopCharge { .. }, Outcome::Refused(refusal)) => {
            Some(OrderEvent::StopRefused(refusal.clone()))
        }
        (Command::StopCharge { .. }, Outcome::Lapsed { .. }) => Some(OrderEvent::StopLapsed),
        _ => None,
    }
}
