use crate::{Command, Direction, Link, Profile, Rhythm};
use kernel::PortNo;
use std::sync::Arc;

/// Whether the first bytes of a connection belong to a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detection {
    /// Certainly not.
    No,
    /// Could be; more bytes are needed to tell.
    Maybe,
    /// Certainly.
    Yes,
}

/// What becomes of an order whose device stays away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfflinePolicy {
    /// It is completed provisionally; a late report corrects it.
    Complete,
    /// It waits: the device keeps the session and delivers the record later.
    Hold,
}

/// Why a command cannot be given to a device. The first broken rule is the one reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandFault {
    /// The protocol, or this device's dialect of it, has no such command.
    #[error("not supported by this device: {0}")]
    NotSupported(&'static str),
    /// A value that the wire format cannot carry or the device would refuse.
    #[error("{field} {problem}")]
    OutOfRange {
        /// Which value.
        field: &'static str,
        /// What is wrong with it, with the range.
        problem: String,
    },
    /// The protocol is retired: known by name, spoken no more.
    #[error("protocol_retired")]
    Retired,
}

/// One device family.
pub trait Protocol: Send + Sync {
    /// Name in configuration, database and logs, lower case: `bkv`.
    fn name(&self) -> &'static str;

    /// Name in log messages for people: `BKV`.
    fn label(&self) -> &'static str;

    /// Other names that mean the same.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a connection that begins with `first` speaks this protocol.
    fn detect(&self, first: &[u8]) -> Detection;

    /// A link for a new connection.
    fn link(&self) -> Box<dyn Link>;

    /// How often a device of this profile speaks.
    fn rhythm(&self, profile: &Profile) -> Rhythm;

    /// What becomes of orders when a device stays away.
    fn offline_policy(&self) -> OfflinePolicy;

    /// Whether a start may wait in the queue for a device that is offline.
    fn queues_starts(&self) -> bool;

    /// Whether a device of this profile could be given this command, before anything is
    /// stored or sent.
    fn check(&self, profile: &Profile, command: &Command) -> Result<(), CommandFault>;

    /// The command number that goes on the wire, as the queue and logs print it (`0x82`).
    fn wire_command(&self, profile: &Profile, command: &Command) -> Option<u16>;

    /// A frame of the communication log in words: a JSON object of its fields, as text. `None`
    /// when it cannot be read.
    fn describe(&self, _frame: &[u8], _direction: Direction, _profile: &Profile) -> Option<String> {
        None
    }

    /// The port number of a hole of a socket behind a gateway, for protocols that have such.
    fn port_of_hole(&self, _profile: &Profile, _socket: u8, _hole: u8) -> Option<PortNo> {
        None
    }
}

/// All protocols that the program speaks, in the order of detection.
#[derive(Clone, Default)]
pub struct Registry {
    protocols: Vec<Arc<dyn Protocol>>,
}

impl Registry {
    /// A registry of these protocols.
    pub fn new(protocols: Vec<Arc<dyn Protocol>>) -> Self {
        Self { protocols }
    }

    /// The protocol of that name or alias.
    pub fn find(&self, name: &str) -> Option<&Arc<dyn Protocol>> {
        self.protocols
            .iter()
            .find(|protocol| protocol.name() == name || protocol.aliases().contains(&name))
    }

    /// The protocol that a connection beginning with `first` speaks. `Maybe` asks for more.
    pub fn detect(&self, first: &[u8]) -> (Detection, Option<&Arc<dyn Protocol>>) {
        let mut verdict = Detection::No;
        for protocol in &self.protocols {
            match protocol.detect(first) {
                Detection::Yes => return (Detection::Yes, Some(protocol)),
                Detection::Maybe => verdict = Detection::Maybe,
                Detection::No => {}
            }
        }
        (verdict, None)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Protocol>> {
        self.protocols.iter()
    }
}
