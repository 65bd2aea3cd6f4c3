//! The families of devices that can be simulated. To add one is an arm in each `match` here and
//! in [`Device`].

mod device;
mod framing;
mod trouble;

pub use self::device::{Device, DeviceFault};
pub use self::framing::{Cut, FrameCut};
pub use self::trouble::Trouble;

use ::pile::Automatic;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Duration;

/// A family of devices, one protocol crate each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Networked e-bike sockets, v8.6 gateways, stand-alone devices.
    Bkv,
    /// E-bike sockets behind a host, cabinets, devices alone.
    Ap3000,
    /// EV piles, AC and DC.
    Ykc,
    /// EV piles, AC and DC, in three dialects.
    Infypower,
}

/// All families.
pub const FAMILIES: [Family; 4] = [Family::Bkv, Family::Ap3000, Family::Ykc, Family::Infypower];

/// What is simulated: a family's device with its command set and behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// Command set and behaviour.
    Bkv(bkv::pile::Dialect, bkv::pile::Profile),
    /// Who owns the connection, and behaviour.
    Ap3000(ap3000::pile::Form, ap3000::pile::Profile),
    /// AC or DC, and behaviour.
    Ykc(ykc::pile::Kind, ykc::pile::Profile),
    /// Command set, AC or DC, and behaviour.
    Infypower(
        infypower::pile::Dialect,
        infypower::pile::Kind,
        infypower::pile::Profile,
    ),
}

/// What devices of every family can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// Number that its id is made of; families with shorter ids use the last digits.
    pub number: u64,
    /// Ports as the API counts them.
    pub ports: u16,
    /// How many times faster than real time it lives.
    pub speed: u32,
    /// Seed of everything that varies.
    pub seed: u64,
    /// Whether users plug and unplug by themselves.
    pub automatic: Option<Automatic>,
    /// Heartbeat period; `None`: the family's own.
    pub heartbeat: Option<Duration>,
    /// Local address of its connections; the system chooses when there is none.
    pub source: Option<Ipv4Addr>,
}

/// Text that names no family, command set or behaviour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownModel {
    /// No such family.
    #[error("unknown family {0:?}; one of: {known}", known = names(&FAMILIES.map(Family::name)))]
    Family(String),
    /// The family has no such command set.
    #[error("unknown dialect {got:?} of {family}; one of: {known}", known = names(family.dialects()))]
    Dialect {
        /// Whose.
        family: Family,
        /// What was asked for.
        got: String,
    },
    /// The family has no such behaviour.
    #[error("unknown profile {got:?} of {family}; one of: {known}", known = names(&family.profiles()))]
    Profile {
        /// Whose.
        family: Family,
        /// What was asked for.
        got: String,
    },
}

impl Family {
    /// Its protocol's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bkv => "bkv",
            Self::Ap3000 => "ap3000",
            Self::Ykc => "ykc",
            Self::Infypower => "infypower",
        }
    }

    /// Its command sets and kinds; the first is the usual one.
    pub const fn dialects(self) -> &'static [&'static str] {
        match self {
            Self::Bkv => &["networked", "v8.6", "direct"],
            Self::Ap3000 => &["combined", "host", "alone"],
            Self::Ykc => &["dc", "ac"],
            Self::Infypower => &[
                "dc",
                "ac",
                "infypower-3.0/dc",
                "infypower-3.0/ac",
                "lvneng-3.4/dc",
                "lvneng-3.4/ac",
                "shenghong-5.3/dc",
                "shenghong-5.3/ac",
            ],
        }
    }

    /// Its behaviours, as its document lists them.
    pub fn profiles(self) -> Vec<&'static str> {
        match self {
            Self::Bkv => bkv::pile::PROFILES.map(|(name, _)| name).to_vec(),
            Self::Ap3000 => ap3000::pile::PROFILES.map(|(name, _)| name).to_vec(),
            Self::Ykc => ykc::pile::PROFILES.map(|(name, _)| name).to_vec(),
            Self::Infypower => infypower::pile::PROFILES.map(|(name, _)| name).to_vec(),
        }
    }

    /// A device of this family. Without a dialect, the family's usual one.
    ///
    /// # Errors
    /// When the family has no such dialect or profile.
    pub fn model(self, dialect: Option<&str>, profile: &str) -> Result<Model, UnknownModel> {
        let dialect = dialect
            .or_else(|| self.dialects().first().copied())
            .unwrap_or_default();
        let no_dialect = || UnknownModel::Dialect {
            family: self,
            got: shortened(dialect),
        };
        let no_profile = || UnknownModel::Profile {
            family: self,
            got: shortened(profile),
        };
        match self {
            Self::Bkv => {
                let dialect = dialect.parse().map_err(|_| no_dialect())?;
                let profile = profile.parse().map_err(|_| no_profile())?;
                Ok(Model::Bkv(dialect, profile))
            }
            Self::Ap3000 => {
                let form = dialect.parse().map_err(|_| no_dialect())?;
                let profile = profile.parse().map_err(|_| no_profile())?;
                Ok(Model::Ap3000(form, profile))
            }
            Self::Ykc => {
                let kind = match dialect {
                    "ac" => ykc::pile::Kind::Ac,
                    "dc" => ykc::pile::Kind::Dc,
                    _ => return Err(no_dialect()),
                };
                let profile = profile.parse().map_err(|_| no_profile())?;
                Ok(Model::Ykc(kind, profile))
            }
            Self::Infypower => {
                let (words, kind) = match dialect.rsplit_once('/') {
                    Some((words, kind)) => (words, kind),
                    None => ("infypower-3.0", dialect),
                };
                let kind = match kind {
                    "ac" => infypower::pile::Kind::Ac,
                    "dc" => infypower::pile::Kind::Dc,
                    _ => return Err(no_dialect()),
                };
                let dialect = words.parse().map_err(|_| no_dialect())?;
                let profile = profile.parse().map_err(|_| no_profile())?;
                Ok(Model::Infypower(dialect, kind, profile))
            }
        }
    }
}

impl Model {
    /// The device that was wished for, not yet switched on.
    pub fn device(self, wishes: &Wishes) -> Device {
        let id = format!("{:014}", wishes.number);
        // More guns than the number has room for are refused when the device is switched on.
        let guns = u8::try_from(wishes.ports).unwrap_or(u8::MAX);
        match self {
            Self::Bkv(dialect, profile) => {
                let mut setup = bkv::pile::Setup::new(&id, dialect).with_profile(profile);
                if setup.dialect == bkv::pile::Dialect::Direct {
                    id.get(2..).unwrap_or_default().clone_into(&mut setup.id);
                }
                setup.ports = wishes.ports;
                setup.speed = wishes.speed;
                setup.seed = wishes.seed;
                setup.automatic = wishes.automatic;
                setup.heartbeat = wishes.heartbeat.unwrap_or(setup.heartbeat);
                setup.source = wishes.source;
                setup.into()
            }
            Self::Ap3000(form, profile) => {
                let id = physical_id(form, wishes);
                let mut setup = ap3000::pile::Setup::new(&id, form).with_profile(profile);
                setup.ports = wishes.ports;
                setup.speed = wishes.speed;
                setup.seed = wishes.seed;
                setup.automatic = wishes.automatic;
                setup.heartbeat = wishes.heartbeat.unwrap_or(setup.heartbeat);
                setup.source = wishes.source;
                setup.into()
            }
            Self::Ykc(kind, profile) => {
                let setup = ykc::pile::Setup::new(&id, kind).with_profile(profile);
                let mut setup = setup.with_guns(guns);
                setup.speed = wishes.speed;
                setup.seed = wishes.seed;
                setup.automatic = wishes.automatic;
                setup.heartbeat = wishes.heartbeat.unwrap_or(setup.heartbeat);
                setup.source = wishes.source;
                setup.into()
            }
            Self::Infypower(dialect, kind, profile) => {
                let setup = infypower::pile::Setup::new(&id, dialect, kind).with_profile(profile);
                let mut setup = setup.with_guns(guns);
                setup.speed = wishes.speed;
                setup.seed = wishes.seed;
                setup.automatic = wishes.automatic;
                setup.heartbeat = wishes.heartbeat.unwrap_or(setup.heartbeat);
                setup.source = wishes.source;
                setup.into()
            }
        }
    }
}

impl FromStr for Family {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        let found = FAMILIES.into_iter().find(|family| family.name() == text);
        found.ok_or_else(|| UnknownModel::Family(shortened(text)))
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Recognition code and device number (AP3000, docs/protocols/ap3000.md §1); the number is that of
/// the wish. The two devices of a host have the numbers behind the host's, so that hosts are three
/// apart.
fn physical_id(form: ap3000::pile::Form, wishes: &Wishes) -> String {
    /// Three times as many still fit into three bytes.
    const NUMBERS: u64 = 5_000_000;
    let apart = match form {
        ap3000::pile::Form::Host => 3,
        ap3000::pile::Form::Combined | ap3000::pile::Form::Alone => 1,
    };
    let code = match (form, wishes.ports) {
        (ap3000::pile::Form::Host, _) => 0x09,
        (ap3000::pile::Form::Combined, _) | (ap3000::pile::Form::Alone, ..=2) => 0x04,
        (ap3000::pile::Form::Alone, ..=10) => 0x05,
        (ap3000::pile::Form::Alone, ..=12) => 0x07,
        (ap3000::pile::Form::Alone, _) => 0x06,
    };
    format!("{code:02X}{:06X}", wishes.number % NUMBERS * apart)
}

fn names(known: &[&str]) -> String {
    known.join(", ")
}

/// What somebody typed, for a message.
fn shortened(text: &str) -> String {
    text.chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::{Device, FAMILIES, Family, Model, UnknownModel, Wishes};
    use kernel::Timestamp;

    const WISHES: Wishes = Wishes {
        number: 99_000_000_000_001,
        ports: 2,
        speed: 60,
        seed: 1,
        automatic: None,
        heartbeat: None,
        source: None,
    };

    #[test]
    fn every_name_makes_a_device_that_connects() {
        for family in FAMILIES {
            assert_eq!(family.name().parse(), Ok(family));
            for dialect in family.dialects() {
                for profile in family.profiles() {
                    let model = family.model(Some(dialect), profile).expect("a known name");
                    let device = model.device(&WISHES);
                    let id = device.id().to_owned();
                    let mut pile = device.switch_on(Timestamp(0)).expect("a possible device");
                    assert!(id.starts_with(pile.id()) || pile.id().starts_with(&id));
                    let ports = pile.ports(Timestamp(0)).len();
                    assert!(
                        [2, 4].contains(&ports),
                        "{family} {dialect} {profile}: {ports}"
                    );
                    let mut steps = Vec::new();
                    pile.tick(Timestamp(0), &mut steps);
                    assert!(
                        matches!(steps.first(), Some(::pile::Step::Connect { .. })),
                        "{family} {dialect} {profile}"
                    );
                }
            }
        }
    }

    #[test]
    fn hosts_of_a_fleet_share_no_device() {
        let model = Family::Ap3000
            .model(Some("host"), "normal")
            .expect("a known name");
        let mut ids: Vec<String> = (0..4)
            .flat_map(|index| {
                let number = WISHES.number + index;
                match model.device(&Wishes { number, ..WISHES }) {
                    Device::Ap3000(setup) => setup.device_ids(),
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 8, "{ids:?}");
    }

    #[test]
    fn unknown_names_are_explained() {
        let family = "ocpp".parse::<Family>().expect_err("no such family");
        assert!(family.to_string().contains("ykc"), "{family}");
        let dialect = Family::Ykc.model(Some("v8.6"), "normal");
        assert!(matches!(dialect, Err(UnknownModel::Dialect { .. })));
        let profile = Family::Bkv.model(None, "sdk").expect_err("no such profile");
        assert!(profile.to_string().contains("slow_radio"), "{profile}");
    }

    #[test]
    fn impossible_devices_are_refused_when_they_are_switched_on() {
        let model = Family::Ykc.model(None, "normal").expect("a known name");
        let many = Wishes {
            ports: 300,
            ..WISHES
        };
        assert!(model.device(&many).switch_on(Timestamp(0)).is_err());
        assert!(matches!(model, Model::Ykc(..)));
    }
}
