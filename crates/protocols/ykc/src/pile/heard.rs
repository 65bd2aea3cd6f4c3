//! What the platform can say to a pile, as the pile understands it.

use super::billing::Model;
use super::cards::OfflineCard;
use super::gun::{Card, Parallel, Transaction};
use kernel::Timestamp;

/// One frame from the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// The two bytes as they came; an answer repeats them.
    pub(super) sequence: [u8; 2],
    /// Frame type.
    pub(super) kind: u8,
    /// Whether it is meant for this pile. Record confirmations carry no pile number.
    pub(super) mine: bool,
    pub(super) said: Said,
}

/// A start by the platform: 0x34 and 0xA4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RemoteStart {
    pub(super) gun: u8,
    pub(super) transaction: Transaction,
    pub(super) card: Card,
    pub(super) balance: u32,
    pub(super) parallel: Option<Parallel>,
}

/// The verdict on a card or a vehicle: 0x32 and 0xA2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) gun: u8,
    pub(super) transaction: Transaction,
    pub(super) balance: u32,
    pub(super) authorised: bool,
    pub(super) reason: u8,
    pub(super) parallel: Option<Parallel>,
}

/// An update to fetch: 0x94.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Update {
    /// 1 DC, 2 AC.
    pub(super) model: u8,
    pub(super) file: String,
    pub(super) when_idle: bool,
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    LoginAnswer {
        accepted: bool,
    },
    HeartbeatAnswer,
    ModelChecked {
        same: bool,
    },
    /// Answer to a request (0x0A).
    Model(Box<Model>),
    /// A new model (0x58).
    SetModel(Box<Model>),
    Read {
        gun: u8,
    },
    Start(RemoteStart),
    Stop {
        gun: u8,
    },
    Verdict(Verdict),
    Confirmed {
        transaction: Transaction,
        result: u8,
    },
    Balance {
        gun: u8,
        card: Card,
        balance: u32,
    },
    StoreCards(Vec<OfflineCard>),
    ClearCards(Vec<Card>),
    QueryCards(Vec<Card>),
    Work {
        locked: bool,
        percent: u8,
    },
    Time(Option<Timestamp>),
    Lock {
        gun: u8,
        raise: bool,
    },
    Reboot {
        when_idle: bool,
    },
    Update(Update),
    Qr {
        prefix: String,
    },
    /// Nothing that a pile understands.
    Other,
}
