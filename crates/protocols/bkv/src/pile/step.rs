//! What a device wants done, and what it tells those who watch it.

use kernel::{PortNo, Timestamp};
use std::net::Ipv4Addr;
use std::time::Duration;

/// Something that the shell does for the device, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Open a connection, from this local address if one is given. The shell answers with
    /// [`Pile::connected`](super::Pile::connected) or
    /// [`Pile::disconnected`](super::Pile::disconnected).
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
    /// A start command, of either dialect.
    StartReceived {
        /// The port asked for, 255 included.
        port: PortNo,
        /// Order number, where the dialect carries one.
        order: Option<String>,
        /// Whether the device accepted it.
        accepted: bool,
    },
    /// A stop command, of either dialect.
    StopReceived {
        /// Where.
        port: PortNo,
        /// Order number, where the dialect carries one.
        order: Option<String>,
        /// Whether the device accepted it.
        accepted: bool,
    },
    /// Any other command.
    CommandReceived {
        /// Outer command, or for sub-commands `0x0015/1d`, or for BKV commands `0x1000/1012`.
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
        /// Order or business number.
        session: Session,
    },
    /// The relay opened.
    Ended {
        /// Where.
        port: PortNo,
        /// Order or business number.
        session: Session,
        /// v8.6: the reason code; others: the status byte of the end report.
        reason: u8,
        /// Energy of the session, Wh.
        energy_wh: u64,
        /// Time with the relay closed, s of device time.
        seconds: u64,
    },
    /// An end report went out (once more).
    EndReported {
        /// Where.
        port: PortNo,
        /// Order or business number.
        session: Session,
        /// 1 for the first time.
        attempt: u32,
    },
    /// The platform acknowledged an end report; the device forgets it.
    EndAcknowledged {
        /// Where.
        port: PortNo,
        /// Order or business number.
        session: Session,
    },
    /// The platform's answer to a card.
    CardAnswered {
        /// Where.
        port: PortNo,
        /// 0 allowed; v8.6: the result code; others: 1 refused.
        result: u8,
        /// Balance to display, fen, where the answer has one.
        balance_fen: Option<u32>,
    },
}

/// How the wire names a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// v8.6: the platform's order number.
    Order(String),
    /// Others: the device's own counter.
    Business(u16),
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
    /// Fault bits.
    pub faults: u8,
    /// The order or business number that the port holds, begun or not.
    pub session: Option<Session>,
    /// Power, 0.1 W.
    pub power_dw: u32,
    /// Energy of the present or last session, Wh.
    pub energy_wh: u64,
    /// Time of the present or last session, s.
    pub seconds: u64,
}
