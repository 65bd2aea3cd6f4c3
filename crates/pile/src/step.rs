//! What a device wants done, and what it tells those who watch it.

use kernel::{PortNo, Timestamp};
use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

/// Something that the shell does for the device, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Open a connection, from this local address if one is given. The shell answers with
    /// [`Pile::connected`](crate::Pile::connected) or
    /// [`Pile::disconnected`](crate::Pile::disconnected).
    Connect {
        /// Local address.
        source: Option<Ipv4Addr>,
    },
    /// Write to the connection.
    Write(Writing),
    /// Close the connection properly.
    Close,
    /// Leave the connection as it is and touch it no more: neither read, write nor close. The
    /// peer must find out by itself.
    Abandon,
    /// For whoever watches.
    Note(Note),
}

/// Bytes for the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// All of them.
    pub bytes: Vec<u8>,
    /// How they are cut up; whole when `None`.
    pub pieces: Option<Pieces>,
}

/// Writing in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pieces {
    /// Bytes per piece, at least 1.
    pub size: usize,
    /// Pause between two pieces, real time.
    pub gap: Duration,
}

/// Something worth knowing that the device did or heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Real time.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// What the device did or heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A start command.
    StartReceived {
        /// The port asked for, ones that do not exist included.
        port: PortNo,
        /// Order number, where the wire carries one.
        order: Option<String>,
        /// Whether the device accepted it.
        accepted: bool,
    },
    /// A stop command.
    StopReceived {
        /// Where.
        port: PortNo,
        /// Order number, where the wire carries one.
        order: Option<String>,
        /// Whether the device accepted it.
        accepted: bool,
    },
    /// Any other command.
    CommandReceived {
        /// Its number, written as the family's document does.
        command: String,
        /// What it asked for, in words.
        detail: String,
    },
    /// The platform told the time of day.
    TimeReceived(Timestamp),
    /// The relay closed.
    Began {
        /// Where.
        port: PortNo,
        /// Its name on the wire.
        session: Session,
    },
    /// The relay opened.
    Ended {
        /// Where.
        port: PortNo,
        /// Its name on the wire.
        session: Session,
        /// The reason on the wire, as the family numbers them.
        reason: u32,
        /// Energy of the session, Wh.
        energy_wh: u64,
        /// Time with the relay closed, s of device time.
        seconds: u64,
    },
    /// An end report went out (once more).
    EndReported {
        /// Where.
        port: PortNo,
        /// Its name on the wire.
        session: Session,
        /// 1 for the first time.
        attempt: u32,
    },
    /// The platform acknowledged an end report; the device forgets it.
    EndAcknowledged {
        /// Where.
        port: PortNo,
        /// Its name on the wire.
        session: Session,
    },
    /// The platform's answer to a card.
    CardAnswered {
        /// Where.
        port: PortNo,
        /// 0 allowed; others as the family numbers them.
        result: u32,
        /// Balance to display, fen, where the answer has one.
        balance_fen: Option<u32>,
    },
}

/// How the wire names a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// The platform's order number.
    Order(String),
    /// The device's own counter.
    Business(u16),
    /// A transaction number or another name that is no order number.
    Serial(String),
}

/// What a watcher sees of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortView {
    /// Number as the API counts.
    pub port: PortNo,
    /// A vehicle is plugged in.
    pub plugged: bool,
    /// The relay is closed.
    pub charging: bool,
    /// Fault bits, as the family numbers them.
    pub faults: u64,
    /// The charge that the port holds, begun or not.
    pub session: Option<Session>,
    /// Power, 0.1 W.
    pub power_dw: u32,
    /// Energy of the present or last session, Wh.
    pub energy_wh: u64,
    /// Time of the present or last session, s.
    pub seconds: u64,
    /// State of charge of the plugged vehicle, percent, where the device learns it.
    pub soc: Option<u8>,
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(number) => write!(f, "order {number}"),
            Self::Business(number) => write!(f, "business {number}"),
            Self::Serial(serial) => write!(f, "serial {serial}"),
        }
    }
}
