//! What kind of device is simulated.

use super::settings::{POWER_MAX_DW, POWER_MAX_WIDE_DW};
use ::pile::{Automatic, Load, SPEED_MAX};
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Duration;

/// Devices behind one host at most (host document V2.9).
pub const UNITS_MAX: u16 = 50;

/// Sockets of one device at most.
pub const PORTS_MAX: u16 = 16;

/// Who owns the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A 4G host that shares its id with its first device (合装主机).
    Combined,
    /// A host with an id of its own and devices on its bus.
    Host,
    /// A device that owns its connection.
    Alone,
}

/// All forms with their names.
pub const FORMS: [(&str, Form); 3] = [
    ("combined", Form::Combined),
    ("host", Form::Host),
    ("alone", Form::Alone),
];

/// What kind of devices these are, and how they misbehave, if they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Sockets of 2025 as documented: both heartbeats until one is answered.
    Normal,
    /// Sockets from before June 2019: heartbeat 0x01 only, 0x04 instead of 0x06 and before the
    /// 0x82 answer, that answer of one byte, settlements of 29 bytes, firmware by 0xF8.
    Old,
    /// Cabinets: wait for the plug, 0x41 with each heartbeat, 0x43 when full, settlement when
    /// the plug is pulled, with the minutes that the place stayed occupied.
    Cabinet,
    /// A host for leakage protection: 0x17 every half hour.
    Leakage,
    /// A radio host: asks for its radio parameters until it is told.
    Radio,
    /// Firmware V6.40 of an incident report: stops whatever order a stop names, so that an
    /// answer to its own answer stops the charge.
    Gullible,
    /// Missed settlements wait for their half hour also after a reconnect, and keep their
    /// message id.
    LazyRecords,
    /// Each settlement comes a second time after it was answered, with a new message id.
    RepeatedRecords,
    /// The second time it has other values.
    ChangedRecords,
    /// No settlement is ever sent.
    NoEndReport,
    /// Every command is refused.
    Refuser,
    /// The host says "no response" to every start, and the socket charges.
    Unclear,
    /// Answers take 3 to 8 seconds.
    SlowRadio,
    /// The connection is lost during each charge and comes back later.
    OfflineCharging,
    /// Each charge ends with over-current after a minute.
    Fault,
    /// Blocks of noise between frames, split writes, a long ICCID, one wrong checksum in twenty.
    Noisy,
    /// The clock stays at 1970.
    NoClock,
    /// Cards charge without asking the platform (card-only mode).
    OfflineCards,
    /// The card that runs a charge stops it at the device.
    CardStop,
    /// Bytes behind known fields, and the unpublished commands 0x23 and 0x26.
    Extended,
}

/// All profiles with their names.
pub const PROFILES: [(&str, Profile); 20] = [
    ("normal", Profile::Normal),
    ("old", Profile::Old),
    ("cabinet", Profile::Cabinet),
    ("leakage", Profile::Leakage),
    ("radio", Profile::Radio),
    ("gullible", Profile::Gullible),
    ("lazy_records", Profile::LazyRecords),
    ("repeated_records", Profile::RepeatedRecords),
    ("changed_records", Profile::ChangedRecords),
    ("no_end_report", Profile::NoEndReport),
    ("refuser", Profile::Refuser),
    ("unclear", Profile::Unclear),
    ("slow_radio", Profile::SlowRadio),
    ("offline_charging", Profile::OfflineCharging),
    ("fault", Profile::Fault),
    ("noisy", Profile::Noisy),
    ("no_clock", Profile::NoClock),
    ("offline_cards", Profile::OfflineCards),
    ("card_stop", Profile::CardStop),
    ("extended", Profile::Extended),
];

/// Text that names no form or profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {got:?}; one of: {known}")]
pub struct UnknownName {
    what: &'static str,
    got: String,
    known: String,
}

impl UnknownName {
    fn new(what: &'static str, got: &str, known: &[&str]) -> Self {
        Self {
            what,
            got: got.chars().take(32).collect(),
            known: known.join(", "),
        }
    }
}

impl FromStr for Profile {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = PROFILES.iter().find(|(name, _)| *name == text);
        let unknown = || UnknownName::new("profile", text, &PROFILES.map(|(name, _)| name));
        found.map(|(_, profile)| *profile).ok_or_else(unknown)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = PROFILES.iter().find(|(_, profile)| profile == self);
        f.write_str(found.map_or("normal", |(name, _)| name))
    }
}

impl FromStr for Form {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = FORMS.iter().find(|(name, _)| *name == text);
        let unknown = || UnknownName::new("form", text, &FORMS.map(|(name, _)| name));
        found.map(|(_, form)| *form).ok_or_else(unknown)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = FORMS.iter().find(|(_, form)| form == self);
        f.write_str(found.map_or("combined", |(name, _)| name))
    }
}

/// One connection with what hangs on it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Physical id of the host or stand-alone device, eight hex digits, recognition code first.
    pub id: String,
    /// Who owns the connection.
    pub form: Form,
    /// Behaviour.
    pub profile: Profile,
    /// Devices behind the host, 1 to [`UNITS_MAX`]; 1 when it stands alone.
    pub units: u16,
    /// Sockets of each device, 1 to [`PORTS_MAX`].
    pub ports: u16,
    /// How many times faster than real time the devices live, 1 to [`SPEED_MAX`].
    pub speed: u32,
    /// Seed of everything that varies.
    pub seed: u64,
    /// What is plugged in at socket 1, 2, …, over again when there are more sockets. Empty:
    /// e-bikes.
    pub loads: Vec<Load>,
    /// Whether users plug and unplug by themselves.
    pub automatic: Option<Automatic>,
    /// Heartbeat period as it leaves the factory.
    pub heartbeat: Duration,
    /// Firmware version of the devices, 640 is V6.40.
    pub version: u16,
    /// Device type of registrations.
    pub device_type: u8,
    /// Number of the SIM card, 20 ASCII characters.
    pub iccid: String,
    /// Power of all sockets of one device together, 0.1 W; a start above it is refused.
    pub rating_dw: Option<u32>,
    /// Whether a device insists on the check packet behind its firmware.
    pub wants_check: bool,
    /// Local address of the connections; the system chooses when there is none.
    pub source: Option<Ipv4Addr>,
}

impl Setup {
    /// Devices as the document describes them, in real time, nobody at the plug: dual sockets
    /// behind a host, or 16 sockets alone.
    pub fn new(id: &str, form: Form) -> Self {
        Self {
            id: id.to_ascii_uppercase(),
            form,
            profile: Profile::Normal,
            units: match form {
                Form::Combined | Form::Alone => 1,
                Form::Host => 2,
            },
            ports: match form {
                Form::Combined | Form::Host => 2,
                Form::Alone => 16,
            },
            speed: 1,
            seed: 1,
            loads: Vec::new(),
            automatic: None,
            heartbeat: Duration::from_mins(3),
            version: match form {
                Form::Combined | Form::Host => 640,
                Form::Alone => 115,
            },
            device_type: match form {
                Form::Combined | Form::Host => 0x31,
                Form::Alone => 0x20,
            },
            iccid: "898604D9162390488297".to_owned(),
            rating_dw: None,
            wants_check: false,
            source: None,
        }
    }

    /// The same devices with another behaviour; what they are follows from it.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        if profile == Profile::Old {
            self.device_type = 0x06;
            self.version = 210;
        }
        self
    }

    /// What hangs on the cable of a socket, counted from 0 over all devices.
    pub fn load(&self, index: usize) -> Load {
        match self.loads.len() {
            0 => Load::e_bike(),
            count => self
                .loads
                .get(index % count)
                .copied()
                .unwrap_or(Load::e_bike()),
        }
    }

    /// The physical ids of the devices. The first of a combined host is the host's own; devices
    /// of a separate host are dual sockets whose numbers follow the host's.
    pub fn device_ids(&self) -> Vec<String> {
        let numbers = self.numbers().unwrap_or_default();
        numbers
            .iter()
            .map(|number| format!("{number:08X}"))
            .collect()
    }

    pub(super) fn number(&self) -> Option<u32> {
        u32::from_str_radix(&self.id, 16).ok()
    }

    pub(super) fn numbers(&self) -> Option<Vec<u32>> {
        const CODE: u32 = 0xFF00_0000;
        let own = self.number()?;
        let (code, first) = match self.form {
            Form::Combined | Form::Alone => (own & CODE, own),
            Form::Host => (0x0400_0000, own.wrapping_add(1)),
        };
        let number = |offset: u16| code | (first.wrapping_add(u32::from(offset)) & !CODE);
        Some((0..self.units).map(number).collect())
    }

    pub(super) fn power_max_dw(&self) -> u16 {
        if self.ports > 2 {
            POWER_MAX_WIDE_DW
        } else {
            POWER_MAX_DW
        }
    }

    pub(super) fn check(&self) -> Result<(), SetupFault> {
        if self.id.len() != 8 || self.number().is_none() {
            return Err(SetupFault::Id);
        }
        let units = match self.form {
            Form::Alone => 1..=1,
            Form::Combined | Form::Host => 1..=UNITS_MAX,
        };
        if !units.contains(&self.units) {
            return Err(SetupFault::Units);
        }
        if !(1..=PORTS_MAX).contains(&self.ports) {
            return Err(SetupFault::Ports);
        }
        if !(1..=SPEED_MAX).contains(&self.speed) {
            return Err(SetupFault::Speed);
        }
        if !self.iccid.is_ascii() || self.iccid.len() != 20 {
            return Err(SetupFault::Iccid);
        }
        let longest = Duration::from_secs(u16::MAX.into());
        if !(Duration::from_secs(1)..=longest).contains(&self.heartbeat) {
            return Err(SetupFault::Heartbeat);
        }
        Ok(())
    }
}

/// Why there can be no such device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupFault {
    /// No physical id.
    #[error("the id must have 8 hexadecimal digits, recognition code first")]
    Id,
    /// None, or more than a host can poll.
    #[error("a host has 1 to {UNITS_MAX} devices, a stand-alone device is one")]
    Units,
    /// None, or more than a device has.
    #[error("a device has 1 to {PORTS_MAX} sockets")]
    Ports,
    /// The clock would stand or run away.
    #[error("speed must be 1 to {SPEED_MAX}")]
    Speed,
    /// Not what the modem sends.
    #[error("the SIM card number has 20 ASCII characters")]
    Iccid,
    /// A flood, or more than the field holds.
    #[error("the heartbeat period must be 1 s to 65535 s")]
    Heartbeat,
}

#[cfg(test)]
mod tests {
    use super::{FORMS, Form, PROFILES, Profile, Setup, SetupFault};

    #[test]
    fn names_are_read_and_written() {
        for (name, profile) in PROFILES {
            assert_eq!(name.parse(), Ok(profile));
            assert_eq!(profile.to_string(), name);
        }
        for (name, form) in FORMS {
            assert_eq!(name.parse(), Ok(form));
            assert_eq!(form.to_string(), name);
        }
        assert!("dance".parse::<Profile>().is_err() && "bus".parse::<Form>().is_err());
    }

    #[test]
    fn ids_of_the_devices() {
        let combined = Setup::new("04a26cf3", Form::Combined);
        assert_eq!(combined.device_ids(), ["04A26CF3"]);
        let host = Setup::new("09D62684", Form::Host);
        assert_eq!(host.device_ids(), ["04D62685", "04D62686"]);
        let last = Setup::new("09FFFFFF", Form::Host);
        assert_eq!(last.device_ids(), ["04000000", "04000001"]);
    }

    #[test]
    fn impossible_devices_are_refused() {
        let mut setup = Setup::new("04A26CF3", Form::Combined);
        assert_eq!(setup.check(), Ok(()));
        setup.ports = 17;
        assert_eq!(setup.check(), Err(SetupFault::Ports));
        setup = Setup::new("06A26CF3", Form::Alone);
        setup.units = 2;
        assert_eq!(setup.check(), Err(SetupFault::Units));
        setup.id = "6A26CF3".to_owned();
        assert_eq!(setup.check(), Err(SetupFault::Id));
    }
}
