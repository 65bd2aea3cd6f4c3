//! What the jobs of the outbox are about, and what comes next when one is answered or is not.

use super::outbox::Shot;
use super::words::outer;
use crate::message::v86;
use crate::port::Outlet;
use crate::traits::{self, Dialect};
use device::{Command, Profile};
use kernel::{OrderNo, PortNo};
use std::collections::VecDeque;

/// What a job is about.
pub(super) enum Task {
    /// One frame, one answer.
    Once(Kind),
    /// A start without an order number: before it is repeated the device is asked.
    Start(Start),
    /// A question of the link's own about a socket.
    Question(u8),
    /// Networked parameters: set, then read and compared.
    SetParams {
        /// The socket.
        socket: u8,
        /// Key and value of each.
        wanted: Vec<(u32, u64)>,
        /// They have been set and are being read.
        reading: bool,
    },
    /// v8.6 parameters, one frame each.
    Params {
        /// 0x83..=0x89.
        cmd: u16,
        /// The one in flight.
        param_id: u8,
        /// Those still to be sent.
        rest: VecDeque<(u8, u32)>,
    },
    /// A firmware image in chunks.
    Image {
        /// 0xE0..=0xE2.
        cmd: u16,
        /// The whole image.
        image: Vec<u8>,
        /// The chunk in flight, from 1.
        index: u16,
    },
}

/// What a single frame asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Start of an order by its number: the device knows a repetition (v8.6).
    Start(PortNo, OrderNo),
    /// Stop of an order.
    Stop,
    /// Status.
    Query,
    /// Parameters.
    Params,
    /// The whole socket list of a gateway.
    SocketList,
    /// A firmware update that the device fetches.
    Firmware,
    /// Anything else.
    Other,
}

/// A start that the device cannot tell from its repetition.
pub(super) struct Start {
    /// Where.
    pub(super) outlet: Outlet,
    /// The same as the API counts.
    pub(super) port: PortNo,
    /// The order.
    pub(super) order: OrderNo,
    /// The session number that the device proposed for a card.
    pub(super) session: Option<u16>,
    /// The start itself.
    pub(super) shot: Shot,
    /// The number of the start; questions about it have their own.
    pub(super) msg_id: u32,
    /// The other form of it, where gateways differ.
    pub(super) other: Option<Shot>,
    /// How often it has been written.
    pub(super) written: u16,
    /// The device is being asked whether an earlier one has arrived.
    pub(super) asking: bool,
    /// It must not be written again: its order is being stopped.
    pub(super) stopped: bool,
}

impl Task {
    /// The order that it begins.
    pub(super) fn starts(&self) -> Option<OrderNo> {
        match self {
            Self::Start(start) => Some(start.order),
            Self::Once(Kind::Start(_, order)) => Some(*order),
            _ => None,
        }
    }

    /// Whether it must not meet a charge: the gateway restarts, or forgets its sockets.
    pub(super) const fn needs_idle(&self) -> bool {
        matches!(
            self,
            Self::Image { .. } | Self::Once(Kind::Firmware | Kind::SocketList)
        )
    }
}

/// Kinds in the communication log.
pub(super) const fn kind_of(task: &Task) -> &'static str {
    match task {
        Task::Start(start) if start.asking => "query",
        Task::Start(_) | Task::Once(Kind::Start(..)) => "start",
        Task::Once(Kind::Stop) => "stop",
        Task::Once(Kind::Query) | Task::Question(_) => "query",
        Task::Once(Kind::Params) | Task::SetParams { .. } | Task::Params { .. } => "params",
        Task::Image { .. } | Task::Once(Kind::Firmware) => "firmware",
        Task::Once(Kind::SocketList | Kind::Other) => "command",
    }
}

/// The outer command under which a command goes on the wire.
pub(crate) fn wire_command(profile: &Profile, command: &Command) -> Option<u16> {
    match Dialect::of(profile) {
        Dialect::V86 => Some(match command {
            Command::StartCharge(_) | Command::StopCharge { .. } => v86::cmd::CONTROL,
            Command::AdjustCharge { .. } => v86::cmd::MODIFY,
            Command::QueryPort { .. } => v86::cmd::QUERY,
            Command::SetParams { via, .. } => via.unwrap_or(v86::cmd::PARAMETER_FIRST),
            Command::UpdateFirmware { target, .. } => chunk_command(*target),
            _ => return None,
        }),
        Dialect::Networked => Some(match command {
            Command::StartCharge(plan) if !plan.tiers.is_empty() => tier_outer(profile),
            Command::StartCharge(plan) if plan.fees.is_some() => outer::CONTAINER,
            Command::StartCharge(_) | Command::StopCharge { .. } | Command::QueryPort { .. } => {
                outer::CONTROL
            }
            Command::SetVoice(_) => outer::CONTROL,
            Command::SetParams { .. } | Command::QueryParams { .. }
                if traits::is_on(profile, traits::LEGACY_PARAMS) =>
            {
                outer::NETWORK
            }
            Command::SetParams { .. } | Command::QueryParams { .. } => outer::CONTAINER,
            Command::ReplaceSockets { .. } | Command::AddSocket(_) | Command::RemoveSocket(_) => {
                outer::NETWORK
            }
            Command::UpdateFirmware { .. } => outer::FIRMWARE,
            _ => return None,
        }),
    }
}

/// The outer command of a start with power tiers, which gateways disagree about.
pub(super) fn tier_outer(profile: &Profile) -> u16 {
    match profile.get(traits::TIER_OUTER) {
        Some("0015") => outer::CONTROL,
        _ => outer::NETWORK,
    }
}

/// The command of firmware chunks.
pub(super) const fn chunk_command(target: device::FirmwareTarget) -> u16 {
    match target {
        device::FirmwareTarget::Main => v86::cmd::CHUNK_FIRST,
        device::FirmwareTarget::Socket => v86::cmd::CHUNK_FIRST + 1,
        device::FirmwareTarget::Radio => v86::cmd::CHUNK_LAST,
    }
}
