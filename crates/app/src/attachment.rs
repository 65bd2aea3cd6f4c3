//! What is written together with an order's transition: the end report that caused it, or the
//! end of the command whose outcome it is.

use crate::transact::Aftermath;
use crate::{App, AppError};
use device::Outcome;
use domain::alarm::{Alarm, AlarmCode};
use domain::command::CommandState;
use domain::order::{RecordKind, Transition};
use kernel::{CommandId, OrderNo};
use store::Tx;
use store::commands::{self, QueuedCommand};
use store::device_records::{self, NewRecord};
use store::prepaid_orders;

/// What belongs into the same transaction as a transition.
pub(crate) enum Attachment {
    /// Nothing.
    None,
    /// The end report, stored also when it changed nothing.
    Record(Box<NewRecord>),
    /// The outcome of a command.
    Outcome(Box<QueuedCommand>, Outcome),
    /// The command grew too old in the queue.
    Expired(CommandId),
    /// What became of an order's payment.
    Prepaid(OrderNo),
    /// These commands are about to be handed to a connection.
    HandedOver(Vec<CommandId>),
}

impl Attachment {
    pub(crate) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl App {
    /// Writes an attachment. False when its command had ended before, and the transaction is to
    /// be undone.
    pub(crate) async fn write_attachment(
        &self,
        tx: &mut Tx,
        attachment: &Attachment,
        transition: &Transition,
        after: &mut Aftermath,
    ) -> Result<bool, AppError> {
        match attachment {
            Attachment::None => Ok(true),
            Attachment::Record(record) => {
                let mut record = record.clone();
                record.kind = transition.record().cloned().unwrap_or(RecordKind::Matched);
                record.order_no = Some(transition.order.order_no);
                if record.kind != RecordKind::Matched && self.is_kept(tx, &record).await? {
                    return Ok(true);
                }
                device_records::insert(tx.conn(), &record).await?;
                Ok(true)
            }
            Attachment::Outcome(row, outcome) => self.end_command(tx, row, outcome, after).await,
            Attachment::Expired(id) => {
                let device = &transition.order.phy_id;
                after.entries.extend(self.done_entry(device, *id));
                Ok(commands::expire(tx.conn(), *id, self.now()).await?)
            }
            Attachment::Prepaid(order_no) => {
                Ok(prepaid_orders::finish(tx.conn(), *order_no, self.now()).await?)
            }
            Attachment::HandedOver(ids) => {
                Ok(commands::hand_over(tx.conn(), self.run(), ids, self.now()).await? > 0)
            }
        }
    }

    /// Whether this repeat of a report has been kept before: a device that does not understand
    /// the answer sends it for ever.
    async fn is_kept(&self, tx: &mut Tx, record: &NewRecord) -> Result<bool, AppError> {
        let (key, kind) = (&record.natural_key, &record.kind);
        Ok(device_records::has_kind(tx.conn(), record.device_id, key, kind).await?)
    }

    /// Writes a command's end with everything that follows from it alone. False when it had
    /// ended before.
    pub(crate) async fn end_command(
        &self,
        tx: &mut Tx,
        row: &QueuedCommand,
        outcome: &Outcome,
        after: &mut Aftermath,
    ) -> Result<bool, AppError> {
        let now = self.now();
        let ended = match outcome {
            Outcome::Written { .. } => true,
            Outcome::Accepted { .. } => {
                let (state, result) = (CommandState::Acked, result_of(outcome));
                commands::finish(tx.conn(), row.id, state, Some(&result), None, now).await?
            }
            Outcome::Refused(refusal) => {
                let (state, result) = (CommandState::Nacked, result_of(outcome));
                let why = Some(refusal.text.as_str());
                commands::finish(tx.conn(), row.id, state, Some(&result), why, now).await?
            }
            Outcome::Lapsed { attempts } => {
                let why = format!("no answer after {attempts} attempts");
                let buried = commands::bury(tx.conn(), row.id, &why, now).await?;
                if buried {
                    let message = format!("{}: {why}", row.cmd);
                    let alarm = Alarm {
                        port: row.port_no,
                        order: row.order_no,
                        ..Alarm::of_device(AlarmCode::CommandDead, message)
                    };
                    self.raise_in(tx, &row.phy_id, row.device_id, &alarm, after)
                        .await?;
                }
                buried
            }
        };
        if ended && !matches!(outcome, Outcome::Written { .. }) {
            after.entries.extend(self.done_entry(&row.phy_id, row.id));
        }
        if ended {
            self.command_consequences(tx, row, outcome, after).await?;
        }
        Ok(ended)
    }
}

/// What a device answered, as the command keeps it.
fn result_of(outcome: &Outcome) -> serde_json::Value {
    match outcome {
        Outcome::Accepted {
            port,
            session,
            data,
        } => serde_json::json!({
            "port_no": port.map(|port| port.0),
            "session": session,
            "data": data.as_deref().map(|text| {
                serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text))
            }),
        }),
        Outcome::Refused(refusal) => {
            serde_json::json!({ "code": refusal.code, "text": refusal.text })
        }
        Outcome::Written { .. } | Outcome::Lapsed { .. } => serde_json::Value::Null,
    }
}
