//! Gathers what memory has counted, once a minute, and adds it to the database in batches. What
//! cannot be written is kept and written with the next batch.

use super::witness::{Note, Seen, What};
use crate::{App, AppError};
use device::PortState;
use domain::day::Day;
use domain::device_status::DeviceStatus;
use domain::kpi::{Business, Counts, Figure, Kpi};
use domain::quality::Rule;
use kernel::{DeviceId, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;
use store::kpis::{self, Tally};
use store::protocol_quality::{self, Broken, COUNTS, SeenOfDevice};
use store::{QueryTimes, session_quality};

/// Counts of memory are added up over so long.
const SLOT_MS: i64 = 300_000;

/// A longer time between two looks is a clock that was set, or a program that was stopped: nobody
/// knows what the devices did meanwhile.
const BETWEEN_LOOKS_MAX: Duration = Duration::from_mins(5);

/// What has been gathered and not written yet.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    looked_at: Option<Timestamp>,
    slots: BTreeMap<Timestamp, BTreeMap<i64, Tally>>,
    devices: BTreeMap<DeviceDay, OfDay>,
    query_times: QueryTimes,
    /// Bytes of connections that no device of ours was known on.
    pub(crate) of_nobody: Seen,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DeviceDay {
    day: Day,
    device: DeviceId,
    firmware: String,
}

#[derive(Clone, Debug, Default)]
struct OfDay {
    model: String,
    protocol: &'static str,
    seen: Seen,
    broken: BTreeMap<Rule, Note>,
}

impl Pending {
    /// Adds to what stands for a station since the last write.
    pub(crate) fn note(&mut self, at: Timestamp, station: i64, figure: Figure, counts: Counts) {
        let slot = self.slots.entry(slot_of(at)).or_default();
        let known = slot.entry(station).or_default().entry(figure).or_default();
        *known = *known + counts;
    }
}

/// When the slot of an instant begins.
pub(crate) const fn slot_of(at: Timestamp) -> Timestamp {
    Timestamp(at.0.div_euclid(SLOT_MS) * SLOT_MS)
}

impl App {
    /// Adds what a check of orders against ports found: how many charging orders it looked at, and
    /// how many of them were inconsistent.
    pub fn count_consistency(&self, checked: u64, inconsistent: u64) {
        let counts = Counts::of(inconsistent, checked);
        let now = self.now();
        let mut pending = self.pending.lock();
        pending.note(now, 0, Kpi::StateConsistency.into(), counts);
    }

    /// Gathers what memory has counted since the last look.
    pub(crate) fn gather(&self) {
        let now = self.now();
        let since = self.pending.lock().looked_at.replace(now);
        let elapsed = since.map_or(Duration::ZERO, |since| now.since(since));
        let seconds = if elapsed > BETWEEN_LOOKS_MAX {
            0
        } else {
            elapsed.as_secs()
        };
        let mut stations: BTreeMap<i64, Tally> = BTreeMap::new();
        let mut devices = Vec::new();
        self.live.visit(|live| {
            let (seen, broken) = live.witness.take();
            let tally = stations.entry(live.station_id.unwrap_or(0)).or_default();
            note_traffic(tally, &seen);
            note_time(tally, live, seconds);
            if seen.iter().any(|count| *count > 0) || !broken.is_empty() {
                let said = |text: &Option<String>| text.clone().unwrap_or_default();
                let key = DeviceDay {
                    day: Day::of(now),
                    device: live.id,
                    firmware: said(&live.registration.firmware),
                };
                let model = said(&live.registration.model);
                devices.push((key, model, live.protocol.name(), seen, broken));
            }
        });
        let mut pending = self.pending.lock();
        for (station, tally) in stations {
            for (figure, counts) in tally {
                pending.note(now, station, figure, counts);
            }
        }
        if let Some(micros) = pending.query_times.take_p95() {
            let millis = (micros + 500) / 1000;
            let figure = Kpi::DatabaseResponse.into();
            pending.note(now, 0, figure, Counts::of(millis, 1));
        }
        for (key, model, protocol, seen, broken) in devices {
            let known = pending.devices.entry(key).or_default();
            known.model = model;
            known.protocol = protocol;
            add(&mut known.seen, &seen);
            for note in broken {
                keep(&mut known.broken, note);
            }
        }
        let nobody = std::mem::take(&mut pending.of_nobody);
        if nobody.iter().any(|count| *count > 0) {
            let key = DeviceDay {
                day: Day::of(now),
                device: DeviceId(0),
                firmware: String::new(),
            };
            add(&mut pending.devices.entry(key).or_default().seen, &nobody);
            let (frames, bad) = (
                nobody[What::Frames as usize],
                nobody[What::BadFrames as usize],
            );
            let counts = Counts::of(bad, frames + bad);
            pending.note(now, 0, Kpi::ProtocolError.into(), counts);
        }
    }

    /// Adds what has been gathered for key figures to the database.
    ///
    /// # Errors
    /// When the database is away; what was gathered is kept.
    pub(crate) async fn write_slots(&self) -> Result<(), AppError> {
        let slots = std::mem::take(&mut self.pending.lock().slots);
        let written = self.try_slots(&slots).await;
        if written.is_err() {
            let mut pending = self.pending.lock();
            for (at, stations) in slots {
                for (station, tally) in stations {
                    for (figure, counts) in tally {
                        pending.note(at, station, figure, counts);
                    }
                }
            }
        }
        written
    }

    async fn try_slots(
        &self,
        slots: &BTreeMap<Timestamp, BTreeMap<i64, Tally>>,
    ) -> Result<(), AppError> {
        if slots.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        for (at, stations) in slots {
            let seen: Vec<kpis::Seen> = stations
                .iter()
                .flat_map(|(station, tally)| {
                    tally.iter().map(|(figure, counts)| kpis::Seen {
                        station_id: *station,
                        figure: *figure,
                        counts: *counts,
                    })
                })
                .collect();
            kpis::add(tx.conn(), *at, &seen).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Adds what has been gathered of devices to the database, and what runs.
    ///
    /// # Errors
    /// When the database is away; what was gathered is kept.
    pub(crate) async fn write_devices(&self) -> Result<(), AppError> {
        let devices = std::mem::take(&mut self.pending.lock().devices);
        let sessions = self.running_sessions();
        let written = self.try_devices(&devices, &sessions).await;
        if written.is_err() {
            self.watch_is_unwritten(&sessions);
            let mut pending = self.pending.lock();
            for (key, day) in devices {
                let known = pending.devices.entry(key).or_default();
                add(&mut known.seen, &day.seen);
                known.model = day.model;
                known.protocol = day.protocol;
                for (_, note) in day.broken {
                    keep(&mut known.broken, note);
                }
            }
        }
        written
    }

    async fn try_devices(
        &self,
        devices: &BTreeMap<DeviceDay, OfDay>,
        sessions: &[session_quality::SessionRow],
    ) -> Result<(), AppError> {
        if devices.is_empty() && sessions.is_empty() {
            return Ok(());
        }
        let (mut seen, mut broken) = (Vec::new(), Vec::new());
        for (key, day) in devices {
            seen.push(row_of(key, day));
            broken.extend(day.broken.values().map(|note| broken_of(key, day, note)));
        }
        let mut tx = self.db.begin().await?;
        protocol_quality::add(tx.conn(), &seen).await?;
        protocol_quality::add_broken(tx.conn(), &broken).await?;
        session_quality::put(tx.conn(), sessions).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn add(sum: &mut Seen, more: &Seen) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}

/// The newer example stays, the counts add up.
fn keep(known: &mut BTreeMap<Rule, Note>, note: Note) {
    match known.get_mut(&note.rule) {
        None => {
            known.insert(note.rule, note);
        }
        Some(old) => {
            let count = old.count + note.count;
            let raw = note.raw.clone().or_else(|| old.raw.take());
            let newer = if note.at >= old.at { note } else { old.clone() };
            *old = Note {
                count,
                raw,
                ..newer
            };
        }
    }
}

fn note_traffic(tally: &mut Tally, seen: &Seen) {
    let count = |what: What| seen[what as usize];
    let frames = Counts::of(
        count(What::BadFrames),
        count(What::Frames) + count(What::BadFrames),
    );
    let heartbeats = Counts::of(
        count(What::HeartbeatsReceived),
        count(What::HeartbeatsExpected),
    );
    for (kpi, counts) in [
        (Kpi::ProtocolError, frames),
        (Kpi::HeartbeatLoss, heartbeats),
    ] {
        note(tally, kpi.into(), counts);
    }
}

/// Time that devices in service were online, and that their ports charged.
fn note_time(tally: &mut Tally, live: &crate::LiveDevice, seconds: u64) {
    let in_service = matches!(
        live.lifecycle,
        DeviceStatus::Active | DeviceStatus::Registered
    );
    // One that has never been seen is not in service yet.
    if !in_service || live.last_seen.is_none() || seconds == 0 {
        return;
    }
    let online = if live.is_online() { seconds } else { 0 };
    note(tally, Kpi::DeviceOnline.into(), Counts::of(online, seconds));
    let usable = |state: PortState| state != PortState::Disabled;
    let ports = live.ports.iter().filter(|port| usable(port.memory.state));
    let all = u64::try_from(ports.count()).unwrap_or(0) * seconds;
    let charging = live
        .ports
        .iter()
        .filter(|port| port.memory.state == PortState::Charging);
    let busy = u64::try_from(charging.count()).unwrap_or(0) * seconds;
    note(tally, Kpi::PortUtilisation.into(), Counts::of(busy, all));
    note(tally, Business::PortSeconds.into(), Counts::of(all, 0));
    // 3600 times 0.1 W for a second are 0.1 Wh.
    let rated = u64::try_from(live.rated_power.0).unwrap_or(0);
    let most = rated * seconds / 3600;
    note(tally, Kpi::EnergyUtilisation.into(), Counts::of(0, most));
}

fn note(tally: &mut Tally, figure: Figure, counts: Counts) {
    if counts != Counts::default() {
        let known = tally.entry(figure).or_default();
        *known = *known + counts;
    }
}

fn row_of(key: &DeviceDay, day: &OfDay) -> SeenOfDevice {
    let mut counts = [0; COUNTS.len()];
    for (stored, seen) in counts.iter_mut().zip(day.seen) {
        *stored = i64::try_from(seen).unwrap_or(i64::MAX);
    }
    SeenOfDevice {
        day: key.day.to_string(),
        device_id: key.device,
        firmware: key.firmware.clone(),
        model: day.model.clone(),
        protocol: day.protocol.to_owned(),
        counts,
    }
}

fn broken_of(key: &DeviceDay, day: &OfDay, note: &Note) -> Broken {
    Broken {
        day: key.day.to_string(),
        device_id: key.device,
        firmware: key.firmware.clone(),
        model: day.model.clone(),
        rule: note.rule,
        count: i64::try_from(note.count).unwrap_or(i64::MAX),
        at: note.at,
        port: note.port,
        order: note.order,
        raw_hex: note.raw.as_deref().map(hex::encode_upper),
    }
}
