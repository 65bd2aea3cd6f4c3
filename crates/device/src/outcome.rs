use kernel::{CommandId, PortNo};
use serde::{Deserialize, Serialize};

/// News of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandReport {
    /// The command.
    pub command: CommandId,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a command. All but `Written` are final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The frame has been handed to the socket, for the n-th time.
    Written {
        /// Wire command, as logs print it.
        cmd: u16,
        /// Message id on the wire.
        msg_id: u32,
        /// 1 for the first time.
        attempt: u16,
    },
    /// The device said yes.
    Accepted {
        /// The port that the device chose or confirmed.
        port: Option<PortNo>,
        /// The session number that the device gave to a start.
        session: Option<u16>,
        /// Anything else that came back, as JSON text.
        data: Option<String>,
    },
    /// The device said no, or the link refused to send it.
    Refused(Refusal),
    /// No answer after all tries: what the device did is unknown.
    Lapsed {
        /// How often it was sent.
        attempts: u16,
    },
}

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The device's own code, where there is one.
    pub code: Option<u32>,
    /// In words.
    pub text: String,
}
