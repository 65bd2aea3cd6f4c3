use crate::{Command, Direction, Duty, Link, Profile, Rhythm};
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
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

/// How a charge begins after a card or a vehicle was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardStart {
    /// The platform makes an order and sends its start command.
    ByCommand,
    /// The platform makes an order; the answer itself carries its plan and starts it.
    ByAnswer,
    /// The device begins by itself and says so: [`crate::Event::Began`].
    ByDevice,
}

/// Which limits of a charge a device keeps by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsKept {
    /// Duration.
    pub time: bool,
    /// Energy.
    pub energy: bool,
    /// Money.
    pub amount: bool,
}

/// How a device comes to its prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TariffUse {
    /// It has none: the platform alone computes.
    None,
    /// It compares its model number at each login and asks ([`crate::Event::TariffAsked`]); a
    /// change in between is pushed while nothing charges.
    Compares,
    /// It is pushed after each login and after each change, while nothing charges.
    Pushed,
}

/// A command that only one family has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorCommand {
    /// Its name, `snake_case`.
    pub name: &'static str,
    /// What it does, for people.
    pub title: &'static str,
    /// Its fields: name and what it holds.
    pub fields: &'static [(&'static str, &'static str)],
    /// Whether a wrong use can harm the device or lose its records: only with confirmation.
    pub dangerous: bool,
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

    /// What devices of this profile have to tell, so that what they leave out can be counted.
    fn duties(&self, _profile: &Profile) -> &'static [Duty] {
        &[Duty::PeriodicStatus, Duty::EndReport]
    }

    /// What becomes of orders when a device stays away.
    fn offline_policy(&self) -> OfflinePolicy;

    /// Whether a command may wait in the queue for a device that is offline; otherwise it is
    /// refused at once.
    fn queues(&self, command: &Command) -> bool;

    /// Whether two ports of this device can feed one vehicle together
    /// ([`crate::ChargePlan::parallel`]).
    fn feeds_together(&self, _profile: &Profile) -> bool {
        false
    }

    /// Whether a stop may wait for a device that is away. Not where the wire names only the gun:
    /// it would hit whoever charges next. [`Protocol::queues`] says the same of the command.
    fn stops_wait(&self) -> bool {
        true
    }

    /// The name that a new charge has on the wire, where it is known before the device has said
    /// it: a charge of another name is another one. `count` grows by one with every order of the
    /// platform.
    fn serial(
        &self,
        _device: &PhyId,
        _port: PortNo,
        _order: OrderNo,
        _at: Timestamp,
        _count: u64,
    ) -> Option<String> {
        None
    }

    /// How a charge begins after a card or a vehicle was accepted.
    fn card_start(&self, _profile: &Profile) -> CardStart {
        CardStart::ByCommand
    }

    /// Whether a device of this profile charges e-bikes, whose batteries are watched.
    fn serves_ebikes(&self, _profile: &Profile) -> bool {
        false
    }

    /// Which limits of a charge a device of this profile keeps by itself. The platform watches
    /// the others and stops the charge.
    fn keeps(&self, _profile: &Profile) -> LimitsKept {
        LimitsKept {
            time: true,
            energy: true,
            amount: false,
        }
    }

    /// How a device of this profile comes to its prices.
    fn tariff_use(&self, _profile: &Profile) -> TariffUse {
        TariffUse::None
    }

    /// The commands that only this family has.
    fn vendor_commands(&self) -> &'static [VendorCommand] {
        &[]
    }

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

    /// The fields of a frame one by one in the order of the wire, with their bytes: a JSON array, as
    /// text, of objects with `offset`, `length`, `hex`, `name`, `value`, `meaning`, `about`. `None`
    /// when it cannot be read.
    fn fields(&self, _frame: &[u8], _direction: Direction, _profile: &Profile) -> Option<String> {
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
