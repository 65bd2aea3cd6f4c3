//! What the devices said last, in memory. Heartbeats and meter values land here and reach the
//! database in batches ([`crate::flush`]); losing this table costs freshness, never a fact.

use crate::Settings;
use crate::alarm_budget::AlarmBudget;
use crate::contact::THINNED_KINDS;
use crate::live_port::LivePort;
use crate::port_locks::PortLock;
use crate::quality::Witness;
use crate::tariffs::HeldTariff;
use dashmap::DashMap;
use device::{
    Duty, FirmwareProgress, Profile, Protocol, Registration, Rhythm, SocketReport, Vitals,
};
use domain::alarm::{Alarm, AlarmCode, ToldBy};
use domain::device_status::DeviceStatus;
use domain::networks::Networks;
use kernel::{ClockSet, DeviceId, PhyId, PortNo, Power, RunId, Timestamp};
use parking_lot::Mutex;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use store::devices::Device;

/// Ports that one device may have; a number beyond is not believed.
pub(crate) const PORTS_MAX: u16 = 512;

/// Whether a device may have a port of that number.
fn is_credible(port: PortNo) -> bool {
    (1..=PORTS_MAX).contains(&port.0)
}

/// A device that comes back more often than that within ten minutes flaps (domain §17).
const FLAPPING_MAX: usize = 6;
const FLAPPING_WITHIN: Duration = Duration::from_mins(10);
/// Sessions that are remembered.
const FLAPPING_KEPT: usize = 16;

/// A condition of a device or port whose alarm is open: (code, port).
pub(crate) type Condition = (AlarmCode, Option<PortNo>);

/// An open alarm of a fault that a device tells in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ListedAlarm {
    pub(crate) code: AlarmCode,
    pub(crate) port: Option<PortNo>,
    pub(crate) fault_code: u32,
}

impl ListedAlarm {
    /// None for an alarm of another kind.
    pub(crate) fn of(alarm: &Alarm) -> Option<Self> {
        (alarm.told_by == ToldBy::List).then_some(Self {
            code: alarm.code,
            port: alarm.port,
            fault_code: alarm.fault_code?,
        })
    }

    /// The alarm whose end is to be written.
    pub(crate) fn over(self) -> Alarm {
        Alarm {
            port: self.port,
            fault_code: Some(self.fault_code),
            told_by: ToldBy::List,
            ..Alarm::of_device(self.code, "")
        }
    }
}

/// One device of ours.
pub struct LiveDevice {
    /// Its row.
    pub id: DeviceId,
    /// Its id on the wire.
    pub phy_id: PhyId,
    /// `devices.status`.
    pub lifecycle: DeviceStatus,
    /// Its station.
    pub station_id: Option<i64>,
    /// What it speaks.
    pub protocol: Arc<dyn Protocol>,
    /// Its traits.
    pub profile: Profile,
    /// How often it speaks.
    pub rhythm: Rhythm,
    /// An operator's own figure for `rhythm.offline_after`.
    pub offline_after_override: Option<Duration>,
    /// Where it may connect from.
    pub allow_networks: Networks,
    /// When somebody else was last told of who gave its id.
    pub(crate) impostor_told_at: Option<Timestamp>,
    /// Where it connects from.
    pub ip: Option<IpAddr>,
    /// Its last valid frame.
    pub last_seen: Option<Timestamp>,
    /// Since when it has been online without a gap; none while offline.
    pub online_since: Option<Timestamp>,
    /// Since when it has been offline, while it is.
    pub offline_since: Option<Timestamp>,
    /// When `device.registered` was last announced.
    pub announced_at: Option<Timestamp>,
    /// The session in which it last introduced itself.
    pub registered_in: Option<u64>,
    /// What it is known to be.
    pub registration: Registration,
    /// Its own values.
    pub vitals: Vitals,
    /// Heartbeats so far, over all sessions; every tenth is announced.
    pub heartbeats: u64,
    /// When the last of them came, in this session.
    pub heartbeat_at: Option<Timestamp>,
    /// When one was last announced.
    pub heartbeat_told_at: Option<Timestamp>,
    /// By how many milliseconds its clock is ahead of ours; negative when behind. None before it
    /// has told the time.
    pub clock_ahead_ms: Option<i64>,
    /// A session has begun and is about to make it count as online.
    pub(crate) arriving: bool,
    /// Rated power of the whole device; zero when unknown.
    pub rated_power: Power,
    /// Its ports, in order of their numbers.
    pub ports: Vec<LivePort>,
    /// The socket boxes behind it.
    pub sockets: Vec<SocketReport>,
    /// The prices that it holds.
    pub(crate) tariff: HeldTariff,
    /// When frames of the kinds that are thinned out were last logged.
    pub(crate) logged: [Option<Timestamp>; THINNED_KINDS],
    /// How far the image is that it is taking.
    pub update: Option<FirmwareProgress>,
    /// When it began its sessions of the last minutes; empty while it has only one.
    pub(crate) arrivals: Vec<Timestamp>,
    /// When it last began one.
    pub(crate) arrived_at: Option<Timestamp>,
    /// Conditions whose alarms are open.
    pub(crate) conditions: Vec<Condition>,
    /// Faults that it has listed whose alarms are open.
    pub(crate) listed: Vec<ListedAlarm>,
    /// How many of its alarms may change; none while it has not changed any lately.
    pub(crate) alarm_budget: Option<Box<AlarmBudget>>,
    /// Open alarms that keep ports from being used.
    pub(crate) locked_by: Vec<PortLock>,
    /// What has been seen of it since it was last written down.
    pub(crate) witness: Witness,
    /// The run of another node that carries it.
    pub(crate) elsewhere: Option<RunId>,
    /// The newest epoch of its sessions that was heard of.
    pub(crate) epoch: i64,
    /// Whether it is online, as other nodes were last told.
    pub(crate) told_online: bool,
    dirty: bool,
}

impl LiveDevice {
    /// A device as the database knows it, before it has said anything.
    pub fn from_row(
        phy_id: PhyId,
        row: &Device,
        protocol: Arc<dyn Protocol>,
        ports: Vec<LivePort>,
        settings: &Settings,
    ) -> Self {
        let own = row
            .offline_after_s
            .and_then(|seconds| u64::try_from(seconds).ok());
        Self {
            id: row.id,
            phy_id,
            lifecycle: row.status,
            station_id: row.station_id,
            rhythm: protocol.rhythm(&row.profile),
            protocol,
            profile: row.profile.clone(),
            offline_after_override: own.map(Duration::from_secs).or(settings.offline_after),
            allow_networks: row.allow_networks.clone(),
            impostor_told_at: None,
            ip: row.ip.as_deref().and_then(|ip| ip.parse().ok()),
            last_seen: row.last_seen_at,
            online_since: None,
            offline_since: row.last_seen_at,
            announced_at: None,
            registered_in: None,
            registration: registration_of(row),
            vitals: Vitals {
                signal: row.rssi,
                temperature_c: row.temp,
                voltage: None,
            },
            heartbeats: 0,
            heartbeat_at: None,
            heartbeat_told_at: None,
            clock_ahead_ms: None,
            arriving: false,
            rated_power: Power::from_watts(row.rated_power_w.unwrap_or(0)),
            ports,
            sockets: Vec::new(),
            tariff: HeldTariff::default(),
            logged: [None; THINNED_KINDS],
            update: None,
            arrivals: Vec::new(),
            arrived_at: None,
            conditions: Vec::new(),
            listed: Vec::new(),
            alarm_budget: None,
            locked_by: Vec::new(),
            witness: Witness::default(),
            elsewhere: None,
            epoch: row.session_epoch,
            told_online: false,
            dirty: false,
        }
    }

    /// Takes what may have been changed by another node.
    pub(crate) fn take_row(&mut self, row: &Device, settings: &Settings) {
        let own = row
            .offline_after_s
            .and_then(|seconds| u64::try_from(seconds).ok());
        self.lifecycle = row.status;
        self.station_id = row.station_id;
        self.allow_networks = row.allow_networks.clone();
        self.offline_after_override = own.map(Duration::from_secs).or(settings.offline_after);
        self.rated_power = Power::from_watts(row.rated_power_w.unwrap_or(0));
        self.epoch = self.epoch.max(row.session_epoch);
        self.registration = registration_of(row);
        self.set_profile(row.profile.clone());
    }

    /// A new session begins. Returns where it came from before.
    pub fn begin_session(&mut self, protocol: &Arc<dyn Protocol>, ip: IpAddr) -> Option<IpAddr> {
        self.protocol = protocol.clone();
        self.rhythm = protocol.rhythm(&self.profile);
        self.registered_in = None;
        self.heartbeat_at = None;
        self.tariff.begin_session();
        self.arriving = true;
        self.ip.replace(ip)
    }

    /// Somebody set the clock: as much has passed since everything it remembers as before.
    pub(crate) fn clock_was_set(&mut self, set: &ClockSet) {
        for at in [
            &mut self.last_seen,
            &mut self.online_since,
            &mut self.offline_since,
            &mut self.announced_at,
            &mut self.heartbeat_at,
            &mut self.heartbeat_told_at,
            &mut self.arrived_at,
        ]
        .into_iter()
        .chain(&mut self.logged)
        {
            set.move_some(at);
        }
        for at in &mut self.arrivals {
            *at = set.moved(*at);
        }
        self.tariff.clock_was_set(set);
        self.alarm_budget = None;
        for port in &mut self.ports {
            port.clock_was_set(set);
        }
    }

    /// Remembers a session that begins, if the one before it is not long ago.
    pub(crate) fn note_arrival(&mut self, now: Timestamp) {
        let before = self.arrived_at.replace(now);
        self.arrivals.retain(|at| now.since(*at) < FLAPPING_WITHIN);
        if before.is_some_and(|before| now.since(before) < FLAPPING_WITHIN)
            && self.arrivals.len() < FLAPPING_KEPT
        {
            self.arrivals.push(now);
        }
    }

    /// How often it has come back within the last ten minutes, if that is too often.
    pub(crate) fn flaps(&self, now: Timestamp) -> Option<usize> {
        let lately = self.arrivals.iter();
        let count = lately
            .filter(|at| now.since(**at) < FLAPPING_WITHIN)
            .count();
        (count > FLAPPING_MAX).then_some(count)
    }

    /// Whether it can be reached, by its own profile.
    pub fn is_online(&self) -> bool {
        self.online_since.is_some()
    }

    /// How long its silence is believed.
    pub fn offline_after(&self) -> Duration {
        self.offline_after_override
            .unwrap_or(self.rhythm.offline_after)
    }

    /// Takes new traits; its rhythm may change with them.
    pub fn set_profile(&mut self, profile: Profile) {
        self.rhythm = self.protocol.rhythm(&profile);
        self.profile = profile;
    }

    /// The port of that number.
    pub fn port(&self, port: PortNo) -> Option<&LivePort> {
        let place = self
            .ports
            .binary_search_by_key(&port, |live| live.port)
            .ok()?;
        self.ports.get(place)
    }

    /// Whether it has a port of that number, as far as is known: one that is in the table, any that
    /// its own count covers, and any at all where devices of its protocol do not count their ports.
    pub(crate) fn has_port(&self, port: PortNo) -> bool {
        let told = self.registration.port_count.filter(|count| *count > 0);
        let covers = |count: u16| port.0 <= count || !self.owes(Duty::PortCount);
        is_credible(port) && (self.port(port).is_some() || told.is_none_or(covers))
    }

    /// Whether its protocol obliges it to tell that.
    pub(crate) fn owes(&self, duty: Duty) -> bool {
        self.protocol.duties(&self.profile).contains(&duty)
    }

    /// The port of that number, made when it was never heard of.
    pub fn port_mut(&mut self, port: PortNo) -> &mut LivePort {
        let place = self.ports.partition_point(|live| live.port < port);
        if self.ports.get(place).is_none_or(|live| live.port != port) {
            // Most devices have two ports; the usual growth makes room for four.
            self.ports.reserve_exact(1);
            self.ports.insert(place, LivePort::unknown(port));
        }
        &mut self.ports[place]
    }

    /// Merges values that a frame carried; what it did not carry stays.
    pub fn take_vitals(&mut self, vitals: Vitals) {
        self.vitals = Vitals {
            signal: vitals.signal.or(self.vitals.signal),
            temperature_c: vitals.temperature_c.or(self.vitals.temperature_c),
            voltage: vitals.voltage.or(self.vitals.voltage),
        };
    }

    /// What it is known to be after it introduced itself thus.
    pub fn known_with(&self, news: &Registration) -> Registration {
        let known = &self.registration;
        Registration {
            iccid: news.iccid.clone().or_else(|| known.iccid.clone()),
            imei: news.imei.clone().or_else(|| known.imei.clone()),
            model: news.model.clone().or_else(|| known.model.clone()),
            firmware: news.firmware.clone().or_else(|| known.firmware.clone()),
            port_count: news.port_count.or(known.port_count),
        }
    }

    /// Power of all ports together.
    pub fn total_power(&self) -> Power {
        Power(self.ports.iter().map(|port| port.power.0).sum())
    }

    /// Whether the alarm of a condition is open.
    pub fn has_condition(&self, code: AlarmCode, port: Option<PortNo>) -> bool {
        self.conditions.contains(&(code, port))
    }

    /// Remembers that the alarm of a condition is open, or over.
    pub fn set_condition(&mut self, code: AlarmCode, port: Option<PortNo>, open: bool) {
        self.conditions.retain(|known| *known != (code, port));
        if open {
            self.conditions.push((code, port));
        }
    }

    /// Remembers that the alarm of a listed fault is open, or over.
    pub(crate) fn set_listed(&mut self, fault: ListedAlarm, open: bool) {
        self.listed.retain(|known| *known != fault);
        if open {
            self.listed.push(fault);
        }
    }
}

fn registration_of(row: &Device) -> Registration {
    Registration {
        iccid: row.iccid.clone(),
        imei: row.imei.clone(),
        model: row.device_model.clone(),
        firmware: row.firmware_version.clone(),
        port_count: row.port_count,
    }
}

/// All devices of ours.
#[derive(Default)]
pub struct LiveTable {
    /// Boxed: a map has up to twice as many places as devices.
    devices: DashMap<PhyId, Box<LiveDevice>>,
    dirty: Mutex<Vec<PhyId>>,
}

impl LiveTable {
    /// Adds a device unless it is there already.
    pub fn insert_new(&self, device: LiveDevice) {
        let entry = self.devices.entry(device.phy_id.clone());
        entry.or_insert_with(|| Box::new(device));
    }

    /// Runs `read` on a device.
    pub fn read<T>(&self, phy_id: &PhyId, read: impl FnOnce(&LiveDevice) -> T) -> Option<T> {
        self.devices.get(phy_id).map(|device| read(&device))
    }

    /// Runs `change` on a device and marks it for the next flush.
    pub fn change<T>(
        &self,
        phy_id: &PhyId,
        change: impl FnOnce(&mut LiveDevice) -> T,
    ) -> Option<T> {
        let mut device = self.devices.get_mut(phy_id)?;
        let result = change(&mut device);
        self.mark(&mut device);
        Some(result)
    }

    /// Runs `note` on a device without marking it for the next flush: for what is gathered
    /// elsewhere.
    pub(crate) fn witness<T>(
        &self,
        phy_id: &PhyId,
        note: impl FnOnce(&mut LiveDevice) -> T,
    ) -> Option<T> {
        let mut device = self.devices.get_mut(phy_id)?;
        Some(note(&mut device))
    }

    /// Visits every device, to take what was noted away.
    pub(crate) fn visit(&self, mut visit: impl FnMut(&mut LiveDevice)) {
        for mut device in self.devices.iter_mut() {
            visit(&mut device);
        }
    }

    fn mark(&self, device: &mut LiveDevice) {
        if !device.dirty {
            device.dirty = true;
            self.dirty.lock().push(device.phy_id.clone());
        }
    }

    /// Takes the devices that changed since the last call and copies out what `copy` wants.
    pub fn drain_dirty<T>(&self, mut copy: impl FnMut(&mut LiveDevice) -> T) -> Vec<T> {
        let dirty = std::mem::take(&mut *self.dirty.lock());
        dirty
            .iter()
            .filter_map(|phy_id| {
                let mut device = self.devices.get_mut(phy_id)?;
                device.dirty = false;
                Some(copy(&mut device))
            })
            .collect()
    }

    /// Forgets a device that has been retired.
    pub fn remove(&self, phy_id: &PhyId) {
        self.devices.remove(phy_id);
    }

    /// How many devices there are.
    pub fn len(&self) -> usize {
        self.devices.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }

    /// Visits every device.
    pub fn for_each(&self, mut visit: impl FnMut(&LiveDevice)) {
        for device in &self.devices {
            visit(&device);
        }
    }

    /// The devices whose silence has lasted too long, and that still count as online.
    pub fn silent(&self, now: Timestamp) -> Vec<PhyId> {
        let mut silent = Vec::new();
        self.for_each(|device| {
            let last = device.last_seen.or(device.online_since);
            if device.elsewhere.is_none()
                && device.is_online()
                && last.is_some_and(|last| now.since(last) > device.offline_after())
            {
                silent.push(device.phy_id.clone());
            }
        });
        silent
    }
}
