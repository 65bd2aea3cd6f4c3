//! Commands to a device: how long the caller waits for the answer, and what it is told.

use crate::failure::Failure;
use app::Ticket;
use device::Outcome;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// Longest time that a caller may wait for a device's answer, in seconds.
pub(crate) const WAIT_MAX_S: u8 = 25;

/// A command that has been queued.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketOut {
    /// Its id: `GET /api/v1/third/commands/{id}` tells what becomes of it.
    #[schema(example = 42)]
    command_id: i64,
    /// Message id on the wire; 0 while it waits for its device.
    #[schema(example = 7)]
    msg_id: u32,
    /// `queued`, `sent`, `acked`, `nacked`, `dead`, `expired`, `cancelled`.
    #[schema(example = "acked")]
    state: String,
    /// What the device answered, if that was waited for and came in time.
    result: Option<OutcomeOut>,
}

/// What a device made of a command.
#[derive(Serialize, ToSchema)]
pub(crate) struct OutcomeOut {
    /// `written`, `accepted`, `refused` or `lapsed` (no answer).
    #[schema(example = "accepted")]
    outcome: &'static str,
    /// The device's own code of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    /// The reason of a refusal, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// What came with the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<serde_json::Value>,
}

impl From<Outcome> for OutcomeOut {
    fn from(outcome: Outcome) -> Self {
        let plain = |outcome| Self {
            outcome,
            code: None,
            text: None,
            data: None,
        };
        match outcome {
            Outcome::Written { .. } => plain("written"),
            Outcome::Accepted { data, .. } => Self {
                data: data.map(|text| {
                    serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))
                }),
                ..plain("accepted")
            },
            Outcome::Refused(refusal) => Self {
                code: refusal.code,
                text: Some(refusal.text),
                ..plain("refused")
            },
            Outcome::Lapsed { .. } => plain("lapsed"),
        }
    }
}

impl From<Ticket> for TicketOut {
    fn from(ticket: Ticket) -> Self {
        Self {
            command_id: ticket.command.0,
            msg_id: ticket.msg_id,
            state: ticket.state,
            result: ticket.outcome.map(OutcomeOut::from),
        }
    }
}

/// How long to wait, from the `wait` field of a body.
pub(crate) fn wait(seconds: Option<u8>) -> Result<Option<Duration>, Failure> {
    match seconds {
        None | Some(0) => Ok(None),
        Some(seconds @ 1..=WAIT_MAX_S) => Ok(Some(Duration::from_secs(u64::from(seconds)))),
        Some(_) => Err(Failure::invalid("wait", "must be 0 to 25 seconds")),
    }
}
