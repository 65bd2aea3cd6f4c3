//! What a device answered to a command that another node delivered. That node tells; should its
//! word be lost, the row says the same.

use crate::App;
use crate::waiters::Waiter;
use device::{Outcome, Refusal};
use domain::command::CommandState;
use kernel::{CommandId, PortNo};
use serde_json::Value;
use std::time::Duration;
use store::commands::{self, QueuedCommand};
use tokio::time::{Instant, timeout_at};

/// How often the row is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl App {
    /// Tells the other nodes what became of a command: one of them may have a caller waiting.
    pub(crate) fn tell_settled(&self, command: CommandId, outcome: &Outcome) {
        if let Some(line) = self.bus.line()
            && let Ok(outcome) = serde_json::to_value(outcome)
        {
            line.tell(bus::Word::Settled { command, outcome });
        }
    }

    /// The outcome of a command that another node delivers, or `None` when the deadline comes
    /// first.
    pub(crate) async fn outcome_from_elsewhere(
        &self,
        mut waiter: Waiter<'_>,
        command: CommandId,
        deadline: Duration,
    ) -> Option<Outcome> {
        let until = Instant::now() + deadline;
        loop {
            let look = (Instant::now() + LOOK_EVERY).min(until);
            if let Ok(told) = timeout_at(look, waiter.told()).await {
                return told;
            }
            let row = async {
                let mut view = self.db.view().await.ok()?;
                commands::find(view.conn(), command).await.ok()?
            };
            if let Some(outcome) = row.await.and_then(|row| written(&row)) {
                return Some(outcome);
            }
            if Instant::now() >= until {
                return None;
            }
        }
    }
}

/// The outcome that a row has; none while it is open.
fn written(row: &QueuedCommand) -> Option<Outcome> {
    let said = |key: &str| row.result.as_ref().and_then(|result| result.get(key));
    let number = |key: &str| said(key).and_then(Value::as_u64);
    match row.state {
        CommandState::Acked => Some(Outcome::Accepted {
            port: number("port_no")
                .and_then(|port| u16::try_from(port).ok())
                .map(PortNo),
            session: number("session").and_then(|session| u16::try_from(session).ok()),
            data: said("data")
                .filter(|data| !data.is_null())
                .map(Value::to_string),
        }),
        CommandState::Nacked => {
            let refusal = row.result.clone().unwrap_or_default();
            serde_json::from_value::<Refusal>(refusal)
                .ok()
                .map(Outcome::Refused)
        }
        CommandState::Dead => Some(Outcome::Lapsed {
            attempts: u16::try_from(row.retries).unwrap_or(0) + 1,
        }),
        CommandState::Queued
        | CommandState::Sent
        | CommandState::Expired
        | CommandState::Cancelled => None,
    }
}
