//! What the jobs of a device are about: which frame each writes, and how long its answer may take.

use super::params::Params;
use super::upgrade::Upgrade;
use crate::codes::Cmd;
use crate::message::{Body, Charge, Message, Modify, OrderKey};
use kernel::CommandId;
use std::time::Duration;

/// Answers to commands (vendor document V8.6, retransmission).
const ANSWER_WAIT: Duration = Duration::from_secs(15);
/// A command is written at most so often: once more with the same number.
const TRIES: u16 = 2;
/// Answers to pieces of firmware.
const PIECE_WAIT: Duration = Duration::from_secs(30);
/// A piece is written at most so often.
const PIECE_TRIES: u16 = 4;

/// What a job is about.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// Begins a charge.
    Start(Start),
    /// Ends one.
    Stop(Stop),
    /// Changes the limits of the one that runs at a socket.
    Modify(Modify),
    /// One frame, one answer.
    Once(Message),
    /// Parameters, block by block.
    Params(Params),
    /// Firmware, piece by piece.
    Upgrade(Box<Upgrade>),
}

/// A start.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// The socket as on the wire.
    pub(super) port: u8,
    /// The order.
    pub(super) order: OrderKey,
    /// What is written.
    pub(super) charge: Charge,
    /// An earlier try may have arrived without our hearing of it.
    pub(super) doubtful: bool,
    /// The socket charged when the start came in, and nothing says that it was this order.
    pub(super) occupied: bool,
    /// It must not be written again: its order is being stopped.
    pub(super) stopped: bool,
}

/// A stop.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// The socket as on the wire.
    pub(super) port: u8,
    /// The order.
    pub(super) order: OrderKey,
    /// What is written.
    pub(super) charge: Charge,
}

impl Task {
    /// What is to be written now.
    pub(super) fn message(&self) -> Message {
        match self {
            Self::Start(Start { charge, .. }) | Self::Stop(Stop { charge, .. }) => {
                Message::new(Cmd::Charge, Body::Charge(charge.clone()))
            }
            Self::Modify(modify) => Message::new(Cmd::Modify, Body::Modify(modify.clone())),
            Self::Once(message) => message.clone(),
            Self::Params(params) => params.message(),
            Self::Upgrade(upgrade) => upgrade.message(),
        }
    }

    /// The command byte of that.
    pub(super) fn cmd(&self) -> Cmd {
        match self {
            Self::Start(_) | Self::Stop(_) => Cmd::Charge,
            Self::Modify(_) => Cmd::Modify,
            Self::Once(message) => message.cmd,
            Self::Params(params) => params.cmd(),
            Self::Upgrade(upgrade) => upgrade.cmd(),
        }
    }

    /// How long its answer may take.
    pub(super) const fn wait(&self) -> Duration {
        match self {
            Self::Upgrade(_) => PIECE_WAIT,
            _ => ANSWER_WAIT,
        }
    }

    /// How often it is written at most.
    pub(super) fn tries(&self) -> u16 {
        match self {
            Self::Upgrade(_) => PIECE_TRIES,
            Self::Start(start) if start.stopped => 1,
            // The answer may be lost in the restart, and nobody needs a second one.
            Self::Once(message) if restarts(message.cmd) => 1,
            _ => TRIES,
        }
    }

    /// The order that it begins.
    pub(super) const fn starts(&self) -> Option<OrderKey> {
        match self {
            Self::Start(start) => Some(start.order),
            _ => None,
        }
    }

    /// Whether it must not meet a charge.
    pub(super) fn needs_idle(&self) -> bool {
        match self {
            Self::Upgrade(_) => true,
            Self::Once(message) => matches!(message.cmd, Cmd::Erase | Cmd::SelfUpgrade),
            _ => false,
        }
    }

    /// Whether only hosts do such.
    pub(super) fn is_for_host(&self) -> bool {
        matches!(
            self.cmd(),
            Cmd::UpgradeUnified | Cmd::UpgradeHost | Cmd::UpgradeOldHost
        )
    }

    /// Whether it consists of several frames.
    pub(super) const fn has_steps(&self) -> bool {
        matches!(self, Self::Params(_) | Self::Upgrade(_))
    }
}

/// Whether a device that does this restarts, so that its answer may be lost.
pub(super) const fn restarts(cmd: Cmd) -> bool {
    matches!(cmd, Cmd::Reboot | Cmd::RebootHost | Cmd::RebootModem)
}

/// A command, or a frame of the link's own, on its way.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// The stored command; none for the link's own.
    pub(super) id: Option<CommandId>,
    /// 1 first.
    pub(super) priority: i16,
    /// The number on the wire, the same on every repeat of the same frame.
    pub(super) msg_id: u16,
    /// How often the present frame has been written.
    pub(super) attempts: u16,
    /// Some frame of it has been written: it cannot be taken back any more.
    pub(super) begun: bool,
    /// What it is about.
    pub(super) task: Task,
}
