//! What kind of device is simulated.

use ::pile::{Automatic, Chance, LineSetup, Load, Manners, SPEED_MAX};
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Duration;

/// Ports of one device at most: 250 sockets of two holes each (BKV, docs/protocols/bkv.md,
/// device model).
pub const PORTS_MAX: u16 = 500;

/// Ports of a v8.6 gateway at most.
pub const PORTS_V86_MAX: u16 = 16;

/// Ports of a stand-alone device at most: as many as there are port keys in its status report.
pub const PORTS_DIRECT_MAX: u16 = 20;

/// Which command set the device speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Vendor guide V1.7: a gateway with radio sockets.
    Networked,
    /// The command set of the acceptance plan: order numbers on the wire, heartbeat every 11 s.
    V86,
    /// A stand-alone device without gateway header.
    Direct,
}

/// How the device misbehaves, if it does (BKV, docs/protocols/bkv.md, "Device simulator
/// profiles"). Where a dialect has no such misbehaviour it acts as `Normal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// As documented.
    Normal,
    /// Nothing but heartbeats after a start was accepted: no progress, no end report.
    NoEndReport,
    /// End reports are repeated with changing live values, and only one form of answer counts.
    EndRepeat,
    /// No reports from idle sockets.
    IdleSilent,
    /// Old firmware: status as 1C instead of 1017.
    Legacy1c,
    /// Answers take 3 to 8 seconds.
    SlowRadio,
    /// Every command is refused.
    Refuser,
    /// The connection is lost during each session and comes back later.
    OfflineCharging,
    /// Each session ends with a fault.
    Fault,
    /// Garbage, stray bytes, split and joined frames, one wrong checksum in twenty.
    Noisy,
    /// The first report after a reconnect shows an old session.
    Stale,
    /// A stand-alone device; implies [`Dialect::Direct`].
    Direct,
    /// Stops are answered and not obeyed.
    StubbornStop,
    /// End reports tell twenty times the energy that flowed.
    WildEnergy,
    /// A networked socket gives every session the same business number.
    SameNumber,
}

/// All profiles with their names, in the order of the document.
pub const PROFILES: [(&str, Profile); 15] = [
    ("normal", Profile::Normal),
    ("no_end_report", Profile::NoEndReport),
    ("end_repeat", Profile::EndRepeat),
    ("idle_silent", Profile::IdleSilent),
    ("legacy_1c", Profile::Legacy1c),
    ("slow_radio", Profile::SlowRadio),
    ("refuser", Profile::Refuser),
    ("offline_charging", Profile::OfflineCharging),
    ("fault", Profile::Fault),
    ("noisy", Profile::Noisy),
    ("stale", Profile::Stale),
    ("direct", Profile::Direct),
    ("stubborn_stop", Profile::StubbornStop),
    ("wild_energy", Profile::WildEnergy),
    ("same_number", Profile::SameNumber),
];

/// Text that names no dialect or profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {got:?}; one of: {known}")]
pub struct UnknownName {
    what: &'static str,
    got: String,
    known: String,
}

impl FromStr for Profile {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = PROFILES.iter().find(|(name, _)| *name == text);
        found
            .map(|(_, profile)| *profile)
            .ok_or_else(|| UnknownName {
                what: "profile",
                got: text.chars().take(32).collect(),
                known: PROFILES.map(|(name, _)| name).join(", "),
            })
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = PROFILES.iter().find(|(_, profile)| profile == self);
        f.write_str(found.map_or("normal", |(name, _)| name))
    }
}

impl FromStr for Dialect {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "networked" => Ok(Self::Networked),
            "v8.6" | "v86" => Ok(Self::V86),
            "direct" => Ok(Self::Direct),
            _ => Err(UnknownName {
                what: "dialect",
                got: text.chars().take(32).collect(),
                known: "networked, v8.6, direct".to_owned(),
            }),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Networked => "networked",
            Self::V86 => "v8.6",
            Self::Direct => "direct",
        })
    }
}

/// Which answer to the end reports 02 and 18 the device takes as an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndAnswer {
    /// Either form.
    Both,
    /// Only sub-command 0C.
    Only0c,
    /// Only the sub-command of the report.
    OnlyEcho,
}

/// One simulated device.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Gateway id, 14 hex digits; for a stand-alone device its MAC, 12 hex digits.
    pub id: String,
    /// Command set.
    pub dialect: Dialect,
    /// Behaviour.
    pub profile: Profile,
    /// Ports as the API counts them. A networked gateway has a socket for every two.
    pub ports: u16,
    /// How many times faster than real time the device lives, 1 to
    /// [`SPEED_MAX`].
    pub speed: u32,
    /// Seed of everything that varies.
    pub seed: u64,
    /// What is plugged in at port 1, 2, …, over again when there are more ports. Empty: the
    /// dialect's usual load.
    pub loads: Vec<Load>,
    /// Whether a user plugs and unplugs by himself.
    pub automatic: Option<Automatic>,
    /// Heartbeat period of a networked or stand-alone device; 60 s unless told. The v8.6 period
    /// of 11 s is part of that dialect.
    pub heartbeat: Duration,
    /// Firmware version of the gateway, at most 8 ASCII characters.
    pub version: String,
    /// Number of the SIM card, 20 ASCII characters.
    pub iccid: String,
    /// Price of the device's own sum in settlements, fen per kWh. Never billed by anybody.
    pub price_fen_per_kwh: u32,
    /// Whether a v8.6 device ends an order when its own sum has used up the order's amount
    /// (reason 2). Orders that began with a card always end so.
    pub stops_when_spent: bool,
    /// Whether the gateway already knows its sockets; if not, they must be added by commands.
    pub sockets_listed: bool,
    /// Form of acknowledgement that ends the repetition of 02 and 18.
    pub end_answer: EndAnswer,
    /// Local address of the device's connections; the system chooses when there is none.
    pub source: Option<Ipv4Addr>,
}

impl Setup {
    /// A device as the document describes it: real time, two ports (networked), four (v8.6) or
    /// six (stand-alone), nobody at the plug.
    pub fn new(id: &str, dialect: Dialect) -> Self {
        Self {
            id: id.to_owned(),
            dialect,
            profile: match dialect {
                Dialect::Direct => Profile::Direct,
                Dialect::Networked | Dialect::V86 => Profile::Normal,
            },
            ports: match dialect {
                Dialect::Networked => 2,
                Dialect::V86 => 4,
                Dialect::Direct => 6,
            },
            speed: 1,
            seed: 1,
            loads: Vec::new(),
            automatic: None,
            heartbeat: Duration::from_mins(1),
            version: "200.1.17".to_owned(),
            iccid: "898608551024D1988196".to_owned(),
            price_fen_per_kwh: 150,
            stops_when_spent: false,
            sockets_listed: true,
            end_answer: EndAnswer::Both,
            source: None,
        }
    }

    /// The same device with another behaviour. `direct` changes the dialect, `end_repeat` makes
    /// it insist on the echo form of acknowledgement.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        match profile {
            Profile::Direct => self.dialect = Dialect::Direct,
            Profile::EndRepeat => self.end_answer = EndAnswer::OnlyEcho,
            _ => {}
        }
        self
    }

    /// What an end report tells for so much energy.
    pub(super) fn told_energy(&self, energy: u16) -> u16 {
        if self.profile == Profile::WildEnergy {
            energy.saturating_mul(20)
        } else {
            energy
        }
    }

    /// What hangs on the cable of a port, counted from 0.
    pub fn load(&self, port_index: usize) -> Load {
        match (self.loads.len(), self.dialect) {
            (0, Dialect::V86) => Load::acceptance(port_index),
            (0, Dialect::Networked | Dialect::Direct) => Load::e_bike(),
            (count, _) => self.loads[port_index % count],
        }
    }

    /// The device's line. It is set up again after about 4 s, by v8.6 devices after 5 to 10 s
    /// (BKV, docs/protocols/bkv.md, transport).
    pub(super) fn line(&self) -> LineSetup {
        LineSetup {
            speed: self.speed,
            seed: self.seed,
            source: self.source,
            reconnect_ms: match self.dialect {
                Dialect::V86 => (5_000, 9_500),
                Dialect::Networked | Dialect::Direct => (4_000, 4_000),
            },
            manners: Manners {
                noisy: self.profile == Profile::Noisy,
                refuses: self.profile == Profile::Refuser,
                slow_radio: self.profile == Profile::SlowRadio,
            },
            spoil,
        }
    }

    pub(super) fn check(&self) -> Result<(), SetupFault> {
        let (digits, ports_max) = match self.dialect {
            Dialect::Networked => (14, PORTS_MAX),
            Dialect::V86 => (14, PORTS_V86_MAX),
            Dialect::Direct => (12, PORTS_DIRECT_MAX),
        };
        if self.id.len() != digits || !self.id.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(SetupFault::Id { digits });
        }
        if !(1..=ports_max).contains(&self.ports) {
            return Err(SetupFault::Ports { ports_max });
        }
        if !(1..=SPEED_MAX).contains(&self.speed) {
            return Err(SetupFault::Speed);
        }
        if !self.version.is_ascii() || self.version.len() > 8 {
            return Err(SetupFault::Version);
        }
        if !self.iccid.is_ascii() || self.iccid.len() != 20 {
            return Err(SetupFault::Iccid);
        }
        if self.heartbeat < Duration::from_millis(100) {
            return Err(SetupFault::Heartbeat);
        }
        Ok(())
    }
}

/// One wrong checksum in twenty, and a stray 0E behind every fourth frame.
fn spoil(frame: &mut Vec<u8>, chance: &mut Chance) {
    if chance.once_in(20) {
        super::ear::break_checksum(frame);
    }
    if chance.once_in(4) {
        frame.push(0x0E);
    }
}

/// Why there can be no such device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupFault {
    /// The id has not the form of the dialect.
    #[error("the id must have {digits} hexadecimal digits")]
    Id {
        /// How many.
        digits: usize,
    },
    /// No port, or more than the dialect can number.
    #[error("a device of this dialect has 1 to {ports_max} ports")]
    Ports {
        /// The most.
        ports_max: u16,
    },
    /// The clock would stand or run away.
    #[error("speed must be 1 to {}", SPEED_MAX)]
    Speed,
    /// Does not fit into the heartbeat.
    #[error("the firmware version has at most 8 ASCII characters")]
    Version,
    /// Does not fit into the heartbeat.
    #[error("the SIM card number has 20 ASCII characters")]
    Iccid,
    /// A flood.
    #[error("the heartbeat period must be 100 ms or more")]
    Heartbeat,
}
