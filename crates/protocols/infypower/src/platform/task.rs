//! What a job is about.

use super::firmware::Upgrade;
use super::outbox::Shot;
use device::{ChargeKey, ParamContent};
use kernel::{OrderNo, PortNo};
use std::borrow::Cow;
use std::collections::VecDeque;

/// A name and what it holds.
pub(super) type Value = (Cow<'static, str>, ParamContent);

/// What a job is about.
#[derive(Debug)]
pub(super) enum Task {
    /// A charge begins.
    Start(Box<StartTask>),
    /// A charge is to end.
    Stop {
        /// Which.
        charge: ChargeKey,
        /// Where.
        port: PortNo,
        /// Whether the gun is being asked what it runs.
        asking: bool,
    },
    /// Something that needs one or more frames, each answered with a yes.
    Steps(Steps),
    /// The state of guns, one after the other; these are still to be asked.
    Status(VecDeque<Shot>),
    /// A restart; one firmware says no and does it.
    Restart {
        /// Only while no gun charges.
        when_idle: bool,
    },
    /// A price table is sent.
    PushPrices(Box<device::TariffTable>),
    /// The price table is read.
    QueryPrices,
    /// Records are read.
    History {
        /// How many are still to come.
        left: u32,
        /// How many came.
        came: u32,
    },
    /// Firmware in pieces.
    Firmware(Box<Upgrade>),
}

/// A start.
#[derive(Debug)]
pub(super) struct StartTask {
    pub(super) order: OrderNo,
    pub(super) port: PortNo,
    pub(super) gun_no: u8,
    /// Its own frame, while the pile is being asked what it does.
    pub(super) shot: Shot,
    /// What the pile is being asked about.
    pub(super) asking: Asking,
    /// How often the start itself has been written.
    pub(super) written: u16,
    /// It is being stopped: whatever comes of it, it is not written again.
    pub(super) stopped: bool,
}

/// Why a pile is asked for its status on account of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// It is not.
    No,
    /// An earlier connection may have delivered the start.
    BeforeRepeat,
    /// It says that the gun charges already, with this code: perhaps this very order.
    AlreadyCharging(u32),
}

/// Several frames, one after the other.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Those still to be sent.
    pub(super) rest: VecDeque<Shot>,
    /// What was read.
    pub(super) values: Vec<Value>,
    /// What was refused, where that does not end it.
    pub(super) refused: Vec<String>,
    /// Whether this reads: a refused part is then left out.
    pub(super) reads: bool,
    /// Whether it sets the clock.
    pub(super) clock: bool,
}

impl Task {
    /// The end of a charge.
    pub(super) const fn stop(charge: ChargeKey, port: PortNo) -> Self {
        Self::Stop {
            charge,
            port,
            asking: false,
        }
    }

    /// Whether it is a stop that waits for a status.
    pub(super) const fn is_held_stop(&self) -> bool {
        matches!(self, Self::Stop { asking: true, .. })
    }

    /// The order that it starts.
    pub(super) fn starts(&self) -> Option<OrderNo> {
        match self {
            Self::Start(start) => Some(start.order),
            _ => None,
        }
    }

    /// Whether it needs a pile that does not charge.
    pub(super) const fn needs_idle(&self) -> bool {
        matches!(
            self,
            Self::Firmware(_) | Self::PushPrices(_) | Self::Restart { when_idle: true }
        )
    }
}
