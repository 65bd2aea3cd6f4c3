//! What the jobs of the outbox are about, and what comes after them.

use crate::codes::{StartFailure, StopFailure};
use crate::message::Body;
use crate::value::{ParallelNo, TransactionNo};
use kernel::{OrderNo, PortNo, Timestamp};
use serde_json::Value;
use std::collections::VecDeque;

/// What a job is about.
pub(super) enum Task {
    /// One frame, one answer, nothing after it.
    Once,
    /// A start.
    Start(Start),
    /// A stop.
    Stop(Stop),
    /// Real-time data of a gun, and then of these.
    Query(VecDeque<u8>),
    /// Cards in several frames.
    Cards {
        /// The frames that are left.
        rest: VecDeque<Body>,
        /// What was answered so far.
        said: Vec<Value>,
    },
    /// Work parameters, which the pile takes together.
    Work {
        /// May it work no more?
        locked: bool,
        /// Highest output power, percent.
        max_power: u8,
    },
    /// The clock; whether it has been set once more already.
    Time(bool),
    /// The prefix of the QR code.
    Qr(String),
    /// An update, whose answer comes after the attempt.
    Update,
}

/// A start on its way.
pub(super) struct Start {
    pub(super) order: OrderNo,
    pub(super) port: PortNo,
    pub(super) serial: TransactionNo,
    /// The parallel charge that it is part of.
    pub(super) parallel: Option<ParallelNo>,
    /// The frame.
    pub(super) body: Body,
    /// When it was written.
    pub(super) written_at: Timestamp,
    /// It may have been delivered before: the gun is asked first.
    pub(super) ask_first: bool,
    /// The pile said no, but may take it back while it waits for the plug.
    pub(super) refusal: Option<StartFailure>,
}

/// A stop on its way.
pub(super) struct Stop {
    pub(super) port: PortNo,
    /// The transaction that must be running there; none for whatever runs.
    pub(super) serial: Option<TransactionNo>,
    /// The gun is being asked what runs there; the stop itself comes after that.
    pub(super) asking: bool,
    /// The pile said no once.
    pub(super) refusal: Option<StopFailure>,
}

impl Task {
    /// The order that it begins.
    pub(super) const fn starts(&self) -> Option<OrderNo> {
        match self {
            Self::Start(start) => Some(start.order),
            _ => None,
        }
    }
}
