//! Commands to devices that are not the start or stop of a charge: parameters, network
//! management, voice, firmware, questions.

use crate::cluster::Reach;
use crate::transact::Aftermath;
use crate::{App, AppError};
use bus::Topic;
use device::{Command, Outcome, ParamContent, ParamValue};
use domain::order::NewLimits;
use kernel::{CommandId, DeviceId, Fen, OrderNo, PhyId};
use std::collections::BTreeMap;
use std::time::Duration;
use store::Tx;
use store::commands;
use store::device_params::{self, DeviceParam};
use tracing::info;

const NO_LETTER: AppError = AppError::NotFound("dead letter");

/// A command under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its row.
    pub command: CommandId,
    /// Its message id on the wire.
    pub msg_id: u32,
    /// `queued` while the device is away, `sent`, or how it ended.
    pub state: String,
    /// What the device said, for a caller that waited long enough.
    pub outcome: Option<Outcome>,
}

impl App {
    /// Gives a device a command, and waits for the outcome if asked to: the answer and the
    /// deadline race, and whichever comes first ends the other.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown device, [`AppError::NotSupported`] and
    /// [`AppError::Semantic`] for what it cannot do, [`AppError::Overloaded`] when its queue is
    /// full.
    pub async fn send_command(
        &self,
        actor: &str,
        phy_id: &PhyId,
        command: Command,
        wait: Option<Duration>,
    ) -> Result<Ticket, AppError> {
        if matches!(
            command,
            Command::StartCharge(_)
                | Command::StopCharge { .. }
                | Command::AdjustCharge { .. }
                | Command::UpdateBalance { .. }
        ) {
            return Err(AppError::NotSupported(
                "a charge is steered through its order".into(),
            ));
        }
        self.give(actor, phy_id, (None, None), command, wait).await
    }

    /// Gives a device a command again that was given up before: a new command, in place of the
    /// dead letter.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a dead letter, [`AppError::NotSupported`] for what
    /// belongs to a charge; otherwise as [`App::send_command`], the dead letter staying.
    pub async fn retry_dead_command(
        &self,
        actor: &str,
        command: CommandId,
    ) -> Result<Ticket, AppError> {
        let mut view = self.db.view().await?;
        let letter = commands::find_dead(view.conn(), command).await?;
        drop(view);
        let letter = letter.ok_or(NO_LETTER)?;
        if letter.order_no.is_some() {
            return Err(AppError::NotSupported(
                "a charge is steered through its order".into(),
            ));
        }
        let place = (None, Some(command));
        self.give(actor, &letter.phy_id, place, letter.payload, None)
            .await
    }

    /// Throws a dead letter away. The command itself stays in the list of commands.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without one.
    pub async fn remove_dead_command(&self, command: CommandId) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        if !commands::take_dead(tx.conn(), command).await? {
            return Err(NO_LETTER);
        }
        tx.commit().await?;
        self.hint(&Topic::Commands);
        Ok(())
    }

    /// Changes the limits of a running charge; they are the order's once the device has taken
    /// them. Money is a limit that only grows, and a command of its own.
    ///
    /// # Errors
    /// As [`App::send_command`]; [`AppError::NotFound`] when the order is unknown or over,
    /// [`AppError::Semantic`] for limits that are no such thing.
    pub async fn adjust_charging(
        &self,
        caller: &crate::Caller,
        order_no: OrderNo,
        limits: NewLimits,
    ) -> Result<Ticket, AppError> {
        let NewLimits {
            duration_s,
            energy,
            amount,
        } = limits;
        let order = self
            .order_now(order_no)
            .await?
            .filter(|order| order.status.is_active());
        let order = order.ok_or(AppError::NotFound("active session"))?;
        let port = order.port_no;
        let wrong = |field: &str, problem: &str| AppError::Semantic {
            field: field.to_owned(),
            problem: problem.to_owned(),
        };
        let command = match (amount, duration_s.is_some() || energy.is_some()) {
            (None, true) => Command::AdjustCharge {
                port,
                order: order_no,
                duration_s,
                energy,
            },
            (Some(_), true) => return Err(wrong("amount", "must be changed by itself")),
            (None, false) => return Err(wrong("duration", "or kwh or amount is required")),
            (Some(amount), false) if order.amount == Fen::ZERO => {
                let problem = format!("{} fen: the order has no limit of money", amount.0);
                return Err(wrong("amount", &problem));
            }
            (Some(_), false) if order.planned_energy.is_some() => {
                return Err(wrong(
                    "amount",
                    "does not change the energy that ends the charge",
                ));
            }
            (Some(amount), false) if amount <= order.amount => {
                let problem = format!("must be more than the {} fen of now", order.amount.0);
                return Err(wrong("amount", &problem));
            }
            (Some(balance), false) => Command::UpdateBalance {
                port,
                order: order_no,
                balance,
                physical_card: order.physical_card.clone(),
            },
        };
        self.give(
            &caller.actor(),
            &order.phy_id,
            (Some(order_no), None),
            command,
            None,
        )
        .await
    }

    /// Gives a command, of an order or in place of a dead letter where there is one.
    async fn give(
        &self,
        actor: &str,
        phy_id: &PhyId,
        (order_no, letter): (Option<OrderNo>, Option<CommandId>),
        command: Command,
        wait: Option<Duration>,
    ) -> Result<Ticket, AppError> {
        self.require(phy_id).await?;
        let (device_id, checked) = self
            .live
            .read(phy_id, |live| {
                (live.id, live.protocol.check(&live.profile, &command))
            })
            .ok_or(AppError::NotFound("device"))?;
        checked?;
        let name = command.name();
        let mut tx = self.db.begin().await?;
        let reach = self.reach_of(phy_id);
        if reach == Reach::Away && !self.may_wait(phy_id, &command) {
            return Err(AppError::Conflict("device offline"));
        }
        let wanted = match &command {
            Command::SetParams { socket, values, .. } => Some((*socket, values.clone())),
            _ => None,
        };
        if let Some(letter) = letter
            && !commands::take_dead(tx.conn(), letter).await?
        {
            // Somebody else was faster.
            return Err(NO_LETTER);
        }
        let stored = self
            .store_command(
                &mut tx,
                phy_id,
                device_id,
                order_no,
                command,
                reach == Reach::Here,
            )
            .await?;
        let (id, dispatch) = (stored.id, stored.dispatch);
        if let Some((socket, values)) = wanted {
            self.want_params(&mut tx, device_id, id, socket, &values)
                .await?;
        }
        // Claimed before the command leaves, so that the answer cannot slip through.
        let waiter = wait.map(|_| self.waiters.claim(id));
        tx.commit().await?;
        info!(device = %phy_id, command = name, %id, actor, "command accepted");
        let state = if dispatch.is_some() { "sent" } else { "queued" };
        self.follow_up(Aftermath {
            dispatches: dispatch.into_iter().collect(),
            entries: stored.entry.into_iter().collect(),
            ..Aftermath::default()
        });
        if reach != Reach::Here {
            self.deliver_queued(phy_id);
        }
        let outcome = match (waiter, wait) {
            (Some(waiter), Some(deadline)) if reach == Reach::Elsewhere => {
                self.outcome_from_elsewhere(waiter, id, deadline).await
            }
            (Some(waiter), Some(deadline)) => waiter.outcome(deadline).await,
            _ => None,
        };
        let state = match &outcome {
            Some(Outcome::Accepted { .. }) => "acked",
            Some(Outcome::Refused(_)) => "nacked",
            Some(Outcome::Lapsed { .. }) => "dead",
            Some(Outcome::Written { .. }) | None => state,
        };
        Ok(Ticket {
            command: id,
            msg_id: crate::msg_id_of(id),
            state: state.to_owned(),
            outcome,
        })
    }

    /// Remembers what a device is to be set to.
    async fn want_params(
        &self,
        tx: &mut Tx,
        device_id: DeviceId,
        command: CommandId,
        socket: Option<u8>,
        values: &[ParamValue],
    ) -> Result<(), AppError> {
        let distinct: BTreeMap<&str, &ParamContent> = values
            .iter()
            .map(|param| (param.id.as_str(), &param.value))
            .collect();
        let rows: Vec<DeviceParam> = distinct
            .into_iter()
            .map(|(name, value)| DeviceParam {
                device_id,
                socket_no: i16::from(socket.unwrap_or(0)),
                param_id: name.to_owned(),
                value: value.number().unwrap_or(0),
                text_value: value.text().map(str::to_owned),
                state: device_params::PENDING,
                msg_id: Some(i64::from(crate::msg_id_of(command))),
                confirmed_at: None,
            })
            .collect();
        device_params::put(tx.conn(), &rows, self.now()).await?;
        Ok(())
    }
}
